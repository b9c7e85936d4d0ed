package storetest

import (
	"strings"
	"time"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

var readCases = []testCase{
	{"returns ranges", func(e *env) {
		for p, content := range map[lake.Path]string{"small": "0123456789", "large": bulk(1_000_003, 7)} {
			e.put(p, content)
			n := int64(len(content))
			for _, r := range [][2]int64{{0, 0}, {0, 1}, {3, 4}, {n - 1, 0}, {n - 1, 5}, {0, n}, {0, 2 * n}, {n / 2, 0}, {n / 3, n / 3}} {
				end := n
				if r[1] > 0 {
					end = min(n, r[0]+r[1])
				}
				if got := e.read(p, r[0], r[1]); got != content[r[0]:end] {
					e.Errorf("range %v of %s is not the content's (%d bytes)", r, p, len(got))
				}
			}
		}
	}},
	{"refuses a range past the end", func(e *env) {
		e.put("f", "abc")
		for _, offset := range []int64{3, 4, 1 << 40} {
			_, err := e.store.Read(e.Context(), e.fs, "f", lake.ReadOptions{Offset: offset})
			e.fails(err, errs.Invalid, lake.CodeInvalidRange)
		}
	}},
	{"returns properties with the content", func(e *env) {
		_, err := e.store.PutBlob(e.Context(), e.fs, "f", strings.NewReader("abc"), lake.PutBlobOptions{Headers: sampleHeaders, Metadata: lake.Metadata{"k": "v"}})
		e.ok(err)
		want := e.stat("f")
		c, err := e.store.Read(e.Context(), e.fs, "f", lake.ReadOptions{Offset: 1, Count: 1})
		e.ok(err)
		e.drain(c)
		e.same("etag", c.Properties.ETag, want.ETag)
		e.same("size", c.Properties.Size, int64(3))
		e.same("content type", c.Properties.Headers.ContentType, sampleHeaders.ContentType)
		e.same("metadata", lower(c.Properties.Metadata), map[string]string{"k": "v"})
	}},
	{"needs a file", func(e *env) {
		e.mkdir("d")
		_, err := e.store.Read(e.Context(), e.fs, "none", lake.ReadOptions{})
		e.fails(err, errs.NotFound, lake.CodePathNotFound)
		_, err = e.store.Read(e.Context(), e.fs, "d/none/none", lake.ReadOptions{})
		e.fails(err, errs.NotFound, lake.CodePathNotFound)
		_, err = e.store.Read(e.Context(), e.fs, "d", lake.ReadOptions{})
		e.fails(err, errs.Conflict, lake.CodeResourceTypeMismatch)
	}},
	{"holds to its conditions", func(e *env) {
		p := e.put("f", "abc")
		for _, c := range []lake.Conditions{
			{IfMatch: p.ETag},
			{IfMatch: lake.AnyETag},
			{IfNoneMatch: "0x8D0000000000001"},
			{IfModifiedSince: p.LastModified.Add(-time.Hour)},
			{IfUnmodifiedSince: p.LastModified.Add(time.Second)},
			{IfUnmodifiedSince: seconds(p.LastModified)},
		} {
			content, err := e.store.Read(e.Context(), e.fs, "f", lake.ReadOptions{Conditions: c})
			e.ok(err)
			e.same("content", string(e.drain(content)), "abc")
		}
		for _, c := range []lake.Conditions{
			{IfMatch: "0x8D0000000000001"},
			{IfNoneMatch: p.ETag},
			{IfModifiedSince: seconds(p.LastModified)},
			{IfUnmodifiedSince: p.LastModified.Add(-time.Hour)},
		} {
			_, err := e.store.Read(e.Context(), e.fs, "f", lake.ReadOptions{Conditions: c})
			e.fails(err, errs.Precondition, lake.CodeConditionNotMet)
		}
	}},
	{"keeps its content while others replace and delete", func(e *env) {
		old := bulk(300_000, 1)
		e.put("f", old)
		c, err := e.store.Read(e.Context(), e.fs, "f", lake.ReadOptions{})
		e.ok(err)
		e.put("f", bulk(300_000, 2))
		e.ok(e.store.Delete(e.Context(), e.fs, "f", lake.DeleteOptions{}))
		if got := string(e.drain(c)); got != old {
			e.Errorf("the open content changed: %d bytes", len(got))
		}
	}},
}

var propertiesCases = []testCase{
	{"of the root are a directory's", func(e *env) {
		p := e.stat(lake.Root)
		e.same("is directory", p.IsDirectory, true)
		e.same("permissions", p.Permissions, "rwxr-x---")
	}},
	{"of a path that does not exist are not found", func(e *env) {
		e.write("f", "")
		e.missing("none")
		e.missing("none/none")
		e.missing("f/none")
	}},
	{"hold to their conditions", func(e *env) {
		p := e.write("f", "x")
		_, err := e.store.Properties(e.Context(), e.fs, "f", lake.Conditions{IfMatch: p.ETag})
		e.ok(err)
		_, err = e.store.Properties(e.Context(), e.fs, "f", lake.Conditions{IfMatch: "0x8D0000000000001"})
		e.fails(err, errs.Precondition, lake.CodeConditionNotMet)
	}},
	{"can be set one by one", func(e *env) {
		before := e.write("f", "abc")
		set, err := e.store.SetProperties(e.Context(), e.fs, "f", lake.PropertyUpdate{Headers: &sampleHeaders}, lake.Conditions{IfMatch: before.ETag})
		e.ok(err)
		if set.ETag == before.ETag {
			e.Errorf("the ETag stayed %s", set.ETag)
		}
		_, err = e.store.SetProperties(e.Context(), e.fs, "f", lake.PropertyUpdate{Metadata: &lake.Metadata{"k": "v"}}, lake.Conditions{})
		e.ok(err)
		got := e.stat("f")
		e.same("headers", got.Headers, sampleHeaders)
		e.same("metadata", lower(got.Metadata), map[string]string{"k": "v"})
		_, err = e.store.SetProperties(e.Context(), e.fs, "f", lake.PropertyUpdate{Metadata: &lake.Metadata{"other": "w"}}, lake.Conditions{})
		e.ok(err)
		e.same("metadata replaced", lower(e.stat("f").Metadata), map[string]string{"other": "w"})
		e.holds("f", "abc")
	}},
	{"are not set when a condition does not hold, or there is nothing", func(e *env) {
		e.write("f", "abc")
		u := lake.PropertyUpdate{Metadata: &lake.Metadata{"k": "v"}}
		_, err := e.store.SetProperties(e.Context(), e.fs, "f", u, lake.Conditions{IfMatch: "0x8D0000000000001"})
		e.fails(err, errs.Precondition, lake.CodeConditionNotMet)
		e.same("metadata", len(e.stat("f").Metadata), 0)
		_, err = e.store.SetProperties(e.Context(), e.fs, "none", u, lake.Conditions{})
		e.fails(err, errs.NotFound, lake.CodePathNotFound)
	}},
	{"carry an MD5 that the writer gave", func(e *env) {
		h := lake.ContentHeaders{ContentMD5: []byte("0123456789abcdef")}
		_, err := e.store.PutBlob(e.Context(), e.fs, "f", strings.NewReader("abc"), lake.PutBlobOptions{Headers: h})
		e.ok(err)
		e.same("md5", e.stat("f").Headers.ContentMD5, h.ContentMD5)
	}},
}
