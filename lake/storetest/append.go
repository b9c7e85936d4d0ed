package storetest

import (
	"crypto/md5" //nolint:gosec // Content-MD5 is the protocol's checksum, not a protection
	"strings"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

var appendCases = []testCase{
	{"is not readable before the flush", func(e *env) {
		e.write("f", "")
		e.append("f", 0, "abc")
		e.same("size before", e.stat("f").Size, int64(0))
		e.holds("f", "")
		p := e.flush("f", 3)
		e.same("etag", e.stat("f").ETag, p.ETag)
		e.same("size", e.stat("f").Size, int64(3))
		e.holds("f", "abc")
	}},
	{"may come out of order", func(e *env) {
		e.write("f", "")
		e.append("f", 6, "ghi")
		e.append("f", 0, "abc")
		e.append("f", 3, "def")
		e.flush("f", 9)
		e.holds("f", "abcdefghi")
	}},
	{"may be sent again", func(e *env) {
		e.write("f", "")
		e.append("f", 0, "abcd")
		e.append("f", 0, "abXY")
		e.append("f", 4, "e")
		e.append("f", 3, "Ye")
		e.flush("f", 5)
		e.holds("f", "abXYe")
	}},
	{"continues a flushed file", func(e *env) {
		e.write("f", "one,")
		e.append("f", 4, "two,")
		e.flush("f", 8)
		e.append("f", 8, bulk(100_000, 1))
		e.flush("f", 100_008)
		e.append("f", 100_008, "end")
		e.flush("f", 100_011)
		e.holds("f", "one,two,"+bulk(100_000, 1)+"end")
	}},
	{"of large content out of order gives that content", appendLargeOutOfOrder},
	{"many times grows a file line by line", func(e *env) {
		e.write("log", "")
		want := ""
		for i := range 40 {
			line := bulk(700+i, byte(i))
			e.append("log", len(want), line)
			want += line
			e.flush("log", len(want))
		}
		e.holds("log", want)
		e.same("a range across lines", e.read("log", 650, 1500), want[650:2150])
	}},
	{"needs every byte before the flush", func(e *env) {
		e.write("f", "")
		e.append("f", 0, "abc")
		e.append("f", 4, "e")
		_, err := e.store.Flush(e.Context(), e.fs, "f", 5, lake.FlushOptions{})
		e.fails(err, errs.Invalid, lake.CodeInvalidFlushPosition)
		e.holds("f", "")
		e.append("f", 3, "d")
		e.flush("f", 5)
		e.holds("f", "abcde")
	}},
	{"cannot be flushed below the file's end", func(e *env) {
		e.write("f", "abc")
		_, err := e.store.Flush(e.Context(), e.fs, "f", 2, lake.FlushOptions{})
		e.fails(err, errs.Invalid, lake.CodeInvalidFlushPosition)
		e.holds("f", "abc")
	}},
	{"cannot change what was flushed", func(e *env) {
		e.write("f", "abc")
		err := e.store.Append(e.Context(), e.fs, "f", 1, strings.NewReader("x"), lake.AppendOptions{})
		e.fails(err, errs.Invalid, lake.CodeInvalidRange)
	}},
	{"needs a file", func(e *env) {
		e.mkdir("d")
		err := e.store.Append(e.Context(), e.fs, "none", 0, strings.NewReader("x"), lake.AppendOptions{})
		e.fails(err, errs.NotFound, lake.CodePathNotFound)
		err = e.store.Append(e.Context(), e.fs, "d", 0, strings.NewReader("x"), lake.AppendOptions{})
		e.fails(err, errs.Conflict, lake.CodeResourceTypeMismatch)
		_, err = e.store.Flush(e.Context(), e.fs, "none", 0, lake.FlushOptions{})
		e.fails(err, errs.NotFound, lake.CodePathNotFound)
		_, err = e.store.Flush(e.Context(), e.fs, "d", 0, lake.FlushOptions{})
		e.fails(err, errs.Conflict, lake.CodeResourceTypeMismatch)
	}},
	{"with a wrong MD5 stages nothing", func(e *env) {
		e.write("f", "")
		wrong := md5.Sum([]byte("other")) //nolint:gosec // see the import
		err := e.store.Append(e.Context(), e.fs, "f", 0, strings.NewReader("abc"), lake.AppendOptions{ContentMD5: wrong[:]})
		e.fails(err, errs.Invalid, lake.CodeMD5Mismatch)
		_, err = e.store.Flush(e.Context(), e.fs, "f", 3, lake.FlushOptions{})
		e.fails(err, errs.Invalid, lake.CodeInvalidFlushPosition)
		right := md5.Sum([]byte("abc")) //nolint:gosec // see the import
		e.ok(e.store.Append(e.Context(), e.fs, "f", 0, strings.NewReader("abc"), lake.AppendOptions{ContentMD5: right[:]}))
		e.flush("f", 3)
		e.holds("f", "abc")
	}},
	{"behind the flushed position is dropped", func(e *env) {
		e.write("f", "")
		e.append("f", 0, "abcdef")
		e.flush("f", 3)
		_, err := e.store.Flush(e.Context(), e.fs, "f", 6, lake.FlushOptions{})
		e.fails(err, errs.Invalid, lake.CodeInvalidFlushPosition)
		e.holds("f", "abc")
	}},
	{"behind the flushed position is kept when asked", func(e *env) {
		for _, n := range []int{6, 60_000} {
			p, content := lake.Path("f"), bulk(n, 3)
			e.write(p, "")
			e.append(p, 0, content)
			_, err := e.store.Flush(e.Context(), e.fs, p, int64(n/2), lake.FlushOptions{RetainUncommittedData: true})
			e.ok(err)
			e.holds(p, content[:n/2])
			e.flush(p, n)
			e.holds(p, content)
		}
	}},
	{"is flushed only when the condition holds, and stays staged otherwise", func(e *env) {
		p := e.write("f", "")
		e.append("f", 0, "abc")
		_, err := e.store.Flush(e.Context(), e.fs, "f", 3, lake.FlushOptions{Conditions: lake.Conditions{IfMatch: "0x8D0000000000001"}})
		e.fails(err, errs.Precondition, lake.CodeConditionNotMet)
		e.holds("f", "")
		_, err = e.store.Flush(e.Context(), e.fs, "f", 3, lake.FlushOptions{Conditions: lake.Conditions{IfMatch: p.ETag}})
		e.ok(err)
		e.holds("f", "abc")
	}},
	{"takes headers with the flush", func(e *env) {
		e.write("f", "")
		e.append("f", 0, "abc")
		_, err := e.store.Flush(e.Context(), e.fs, "f", 3, lake.FlushOptions{Headers: &sampleHeaders})
		e.ok(err)
		e.same("headers", e.stat("f").Headers, sampleHeaders)
		e.append("f", 3, "d")
		e.flush("f", 4)
		e.same("headers after a flush without any", e.stat("f").Headers, sampleHeaders)
	}},
}

func appendLargeOutOfOrder(e *env) {
	const part = 700_001
	content := bulk(8*part+17, 5)
	e.write("big", "")
	for _, i := range []int{3, 0, 8, 1, 7, 2, 6, 5, 4} {
		from, to := i*part, min((i+1)*part, len(content))
		e.append("big", from, content[from:to])
	}
	e.flush("big", len(content))
	e.holds("big", content)
}
