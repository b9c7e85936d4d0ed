package storetest

import (
	"crypto/md5" //nolint:gosec // Content-MD5 is the protocol's checksum, not a protection
	"errors"
	"io"
	"strings"
	"testing/iotest"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// codeBlobAlreadyExists is what the blob endpoint says for PathAlreadyExists.
const codeBlobAlreadyExists errs.Code = "BlobAlreadyExists"

func fill(n int, seed byte) io.Reader { return strings.NewReader(bulk(n, seed)) }

var blobCases = []testCase{
	{"is put with its parents, headers and metadata", func(e *env) {
		put, err := e.store.PutBlob(e.Context(), e.fs, "a/b/c", strings.NewReader("abc"), lake.PutBlobOptions{Headers: sampleHeaders, Metadata: lake.Metadata{"k": "v"}})
		e.ok(err)
		got := e.stat("a/b/c")
		e.same("etag", got.ETag, put.ETag)
		e.same("size", got.Size, int64(3))
		e.sameHeaders(got.Headers, sampleHeaders)
		e.same("metadata", lower(got.Metadata), map[string]string{"k": "v"})
		e.same("permissions", got.Permissions, "rw-r-----")
		e.same("tree", e.tree(), []string{"a/", "a/b/", "a/b/c"})
	}},
	{"is put with the MD5 of its content where that is asked for", func(e *env) {
		for _, n := range []int{0, 3, 300 << 10} {
			_, err := e.store.PutBlob(e.Context(), e.fs, "f", fill(n, 1), lake.PutBlobOptions{ComputeMD5: true})
			e.ok(err)
			want := md5.Sum([]byte(bulk(n, 1))) //nolint:gosec // see the import
			e.same("MD5", e.stat("f").Headers.ContentMD5, want[:])
		}
		given := []byte("sixteen bytes...")
		_, err := e.store.PutBlob(e.Context(), e.fs, "f", fill(3, 1), lake.PutBlobOptions{ComputeMD5: true, Headers: lake.ContentHeaders{ContentMD5: given}})
		e.ok(err)
		e.same("MD5 that was given", e.stat("f").Headers.ContentMD5, given)
	}},
	{"of every size has that content", func(e *env) {
		for _, n := range []int{0, 1, 16<<10 - 1, 16 << 10, 16<<10 + 1, 128 << 10, 128<<10 + 1, 256 << 10, 5<<20 + 3} {
			e.put("f", bulk(n, byte(n)))
			e.holds("f", bulk(n, byte(n)))
		}
	}},
	{"replaces the whole content, headers and metadata", func(e *env) {
		_, err := e.store.PutBlob(e.Context(), e.fs, "f", strings.NewReader("a long content"), lake.PutBlobOptions{Headers: sampleHeaders, Metadata: lake.Metadata{"k": "v"}})
		e.ok(err)
		e.put("f", "b")
		e.holds("f", "b")
		e.same("metadata", len(e.stat("f").Metadata), 0)
		e.same("content language", e.stat("f").Headers.ContentLanguage, "")
	}},
	{"holds to its conditions", func(e *env) {
		put := func(content string, c lake.Conditions) (lake.Properties, error) {
			return e.store.PutBlob(e.Context(), e.fs, "f", strings.NewReader(content), lake.PutBlobOptions{Conditions: c})
		}
		_, err := put("0", lake.Conditions{IfMatch: "0x8D0000000000001"})
		e.fails(err, errs.Precondition, lake.CodeConditionNotMet)
		p, err := put("1", lake.Conditions{IfNoneMatch: lake.AnyETag})
		e.ok(err)
		_, err = put("2", lake.Conditions{IfNoneMatch: lake.AnyETag})
		e.fails(err, errs.Exists, lake.CodePathAlreadyExists, codeBlobAlreadyExists)
		_, err = put("3", lake.Conditions{IfMatch: "0x8D0000000000001"})
		e.fails(err, errs.Precondition, lake.CodeConditionNotMet)
		e.holds("f", "1")
		_, err = put("4", lake.Conditions{IfMatch: p.ETag})
		e.ok(err)
		e.holds("f", "4")
	}},
	{"does not take a directory's place, nor lie below a file", func(e *env) {
		e.mkdir("d")
		e.put("f", "x")
		_, err := e.store.PutBlob(e.Context(), e.fs, "d", strings.NewReader("y"), lake.PutBlobOptions{})
		e.fails(err, errs.Conflict, lake.CodePathConflict)
		_, err = e.store.PutBlob(e.Context(), e.fs, "f/below", strings.NewReader("y"), lake.PutBlobOptions{})
		e.fails(err, errs.Conflict, lake.CodePathConflict)
		e.same("tree", e.tree(), []string{"d/", "f"})
	}},
	{"with a wrong MD5 changes nothing", func(e *env) {
		e.put("f", "old")
		for _, n := range []int{10, 100_000} {
			wrong, right := md5.Sum([]byte("other")), md5.Sum([]byte(bulk(n, 1))) //nolint:gosec // see the import
			_, err := e.store.PutBlob(e.Context(), e.fs, "f", fill(n, 1), lake.PutBlobOptions{ContentMD5: wrong[:]})
			e.fails(err, errs.Invalid, lake.CodeMD5Mismatch)
			e.holds("f", "old")
			_, err = e.store.PutBlob(e.Context(), e.fs, "g", fill(n, 1), lake.PutBlobOptions{ContentMD5: right[:]})
			e.ok(err)
		}
	}},
	{"whose content breaks off changes nothing", func(e *env) {
		e.put("f", "old")
		for name, cause := range brokenConnections {
			for _, n := range []int{10, 100_000} {
				broken := func() io.Reader { return io.MultiReader(fill(n, 1), iotest.ErrReader(cause)) }
				if _, err := e.store.PutBlob(e.Context(), e.fs, "f", broken(), lake.PutBlobOptions{}); err == nil {
					e.Errorf("%s after %d bytes: no error from PutBlob", name, n)
				}
				if err := e.store.PutBlock(e.Context(), e.fs, "f", "block", broken(), lake.PutBlockOptions{}); err == nil {
					e.Errorf("%s after %d bytes: no error from PutBlock", name, n)
				}
				if err := e.store.Append(e.Context(), e.fs, "f", 3, broken(), lake.AppendOptions{}); err == nil {
					e.Errorf("%s after %d bytes: no error from Append", name, n)
				}
				e.holds("f", "old")
			}
		}
		_, err := e.store.Flush(e.Context(), e.fs, "f", 13, lake.FlushOptions{})
		e.fails(err, errs.Invalid, lake.CodeInvalidFlushPosition)
	}},
	{"can be continued by appends", func(e *env) {
		e.put("f", bulk(50_000, 1))
		e.append("f", 50_000, "more")
		e.flush("f", 50_004)
		e.holds("f", bulk(50_000, 1)+"more")
	}},
}

// brokenConnections are what reading from a connection that breaks returns: net/http has an error of its own, and a
// server tells whose fault it was.
var brokenConnections = map[string]error{
	"an error":            errors.New("the connection broke"),
	"an early end":        io.ErrUnexpectedEOF,
	"a client that left":  errs.E(errs.Canceled, "the client left", io.ErrUnexpectedEOF),
	"a client's last EOF": errs.E(errs.Canceled, "the client left", io.EOF),
}

func (e *env) putBlock(p lake.Path, id lake.BlockID, content string) {
	e.Helper()
	e.ok(e.store.PutBlock(e.Context(), e.fs, p, id, strings.NewReader(content), lake.PutBlockOptions{}))
}

func (e *env) putList(p lake.Path, refs ...lake.BlockRef) (lake.Properties, error) {
	return e.store.PutBlockList(e.Context(), e.fs, p, refs, lake.PutBlobOptions{})
}

var blockCases = []testCase{
	{"lists make a file of blocks in their order", func(e *env) {
		e.putBlock("d/f", "b1", "one,")
		e.putBlock("d/f", "b2", bulk(40_000, 2))
		e.putBlock("d/f", "b3", "three")
		e.missing("d/f")
		put, err := e.store.PutBlockList(e.Context(), e.fs, "d/f", []lake.BlockRef{{ID: "b3"}, {ID: "b1"}, {ID: "b2"}},
			lake.PutBlobOptions{Headers: sampleHeaders, Metadata: lake.Metadata{"k": "v"}})
		e.ok(err)
		e.holds("d/f", "threeone,"+bulk(40_000, 2))
		got := e.stat("d/f")
		e.same("etag", got.ETag, put.ETag)
		e.sameHeaders(got.Headers, sampleHeaders)
		e.same("metadata", lower(got.Metadata), map[string]string{"k": "v"})
		e.same("a range across blocks", e.read("d/f", 3, 8), "eeone,"+bulk(40_000, 2)[:2])
	}},
	{"are listed as committed and uncommitted", func(e *env) {
		e.putBlock("f", "b2", "22")
		e.putBlock("f", "b1", "1")
		list, err := e.store.BlockList(e.Context(), e.fs, "f")
		e.ok(err)
		e.same("uncommitted", list.Uncommitted, []lake.Block{{ID: "b1", Size: 1}, {ID: "b2", Size: 2}})
		e.same("committed", len(list.Committed), 0)
		if list.Properties != nil {
			e.Errorf("a file that was not committed has properties: %+v", list.Properties)
		}
		_, err = e.putList("f", lake.BlockRef{ID: "b2"}, lake.BlockRef{ID: "b1"})
		e.ok(err)
		e.putBlock("f", "b3", "333")
		list, err = e.store.BlockList(e.Context(), e.fs, "f")
		e.ok(err)
		e.same("committed", list.Committed, []lake.Block{{ID: "b2", Size: 2}, {ID: "b1", Size: 1}})
		e.same("uncommitted", list.Uncommitted, []lake.Block{{ID: "b3", Size: 3}})
		e.same("size", list.Properties.Size, int64(3))
		_, err = e.store.BlockList(e.Context(), e.fs, "none")
		e.fails(err, errs.NotFound, lake.CodePathNotFound)
	}},
	{"are found where the list says", func(e *env) {
		e.putBlock("f", "b1", "old1")
		e.putBlock("f", "b2", "old2")
		_, err := e.putList("f", lake.BlockRef{ID: "b1"}, lake.BlockRef{ID: "b2"})
		e.ok(err)
		e.putBlock("f", "b1", "new1")
		_, err = e.putList("f", lake.BlockRef{ID: "b2", Source: lake.Uncommitted})
		e.fails(err, errs.Invalid, lake.CodeInvalidBlockList)
		_, err = e.putList("f", lake.BlockRef{ID: "b1", Source: lake.Committed}, lake.BlockRef{ID: "b1", Source: lake.Uncommitted},
			lake.BlockRef{ID: "b1"}, lake.BlockRef{ID: "b2"})
		e.ok(err)
		e.holds("f", "old1new1new1old2")
	}},
	{"that were committed can be used again", func(e *env) {
		for i := range 6 {
			e.putBlock("f", lake.BlockID(rune('a'+i)), bulk(30_000, byte(i)))
		}
		_, err := e.putList("f", lake.BlockRef{ID: "a"}, lake.BlockRef{ID: "b"}, lake.BlockRef{ID: "c"}, lake.BlockRef{ID: "d"}, lake.BlockRef{ID: "e"}, lake.BlockRef{ID: "f"})
		e.ok(err)
		e.putBlock("f", "z", "last")
		_, err = e.putList("f", lake.BlockRef{ID: "f"}, lake.BlockRef{ID: "b"}, lake.BlockRef{ID: "z"})
		e.ok(err)
		e.holds("f", bulk(30_000, 5)+bulk(30_000, 1)+"last")
		_, err = e.putList("f", lake.BlockRef{ID: "a"})
		e.fails(err, errs.Invalid, lake.CodeInvalidBlockList)
		e.holds("f", bulk(30_000, 5)+bulk(30_000, 1)+"last")
	}},
	{"that the list leaves out are discarded", func(e *env) {
		e.putBlock("f", "b1", "1")
		e.putBlock("f", "b2", "2")
		_, err := e.putList("f", lake.BlockRef{ID: "b1"})
		e.ok(err)
		_, err = e.putList("f", lake.BlockRef{ID: "b2"})
		e.fails(err, errs.Invalid, lake.CodeInvalidBlockList)
	}},
	{"that are unknown fail the list", func(e *env) {
		_, err := e.putList("f", lake.BlockRef{ID: "none"})
		e.fails(err, errs.Invalid, lake.CodeInvalidBlockList)
		e.missing("f")
	}},
	{"may be put again before the list", func(e *env) {
		e.putBlock("f", "b1", bulk(50_000, 1))
		e.putBlock("f", "b1", "new")
		_, err := e.putList("f", lake.BlockRef{ID: "b1"})
		e.ok(err)
		e.holds("f", "new")
	}},
	{"must have ids of one length", func(e *env) {
		e.putBlock("f", "b1", "1")
		err := e.store.PutBlock(e.Context(), e.fs, "f", "b10", strings.NewReader("x"), lake.PutBlockOptions{})
		e.fails(err, errs.Invalid, lake.CodeInvalidBlobOrBlock)
	}},
	{"may have any bytes as their ids", func(e *env) {
		ids := []lake.BlockID{"\x00\x00\x01", "\x00\xff/", "?%\n"}
		refs := []lake.BlockRef{}
		for _, id := range ids {
			e.putBlock("f", id, "<"+string(id)+">")
			refs = append(refs, lake.BlockRef{ID: id})
		}
		_, err := e.putList("f", refs...)
		e.ok(err)
		e.holds("f", "<\x00\x00\x01><\x00\xff/><?%\n>")
	}},
	{"are dropped when the file is put whole", func(e *env) {
		e.putBlock("f", "b1", "1")
		e.put("f", "whole")
		_, err := e.putList("f", lake.BlockRef{ID: "b1"})
		e.fails(err, errs.Invalid, lake.CodeInvalidBlockList)
		e.holds("f", "whole")
	}},
	{"lists hold to their conditions", func(e *env) {
		e.put("f", "old")
		e.putBlock("f", "b1", "new")
		list := func(c lake.Conditions) error {
			_, err := e.store.PutBlockList(e.Context(), e.fs, "f", []lake.BlockRef{{ID: "b1"}}, lake.PutBlobOptions{Conditions: c})
			return err
		}
		e.fails(list(lake.Conditions{IfNoneMatch: lake.AnyETag}), errs.Exists, lake.CodePathAlreadyExists, codeBlobAlreadyExists)
		e.fails(list(lake.Conditions{IfMatch: "0x8D0000000000001"}), errs.Precondition, lake.CodeConditionNotMet)
		e.holds("f", "old")
		e.ok(list(lake.Conditions{IfMatch: e.stat("f").ETag}))
		e.holds("f", "new")
	}},
	{"lists may be empty", func(e *env) {
		e.put("f", "old")
		_, err := e.putList("f")
		e.ok(err)
		e.holds("f", "")
	}},
	{"do not go into a directory", func(e *env) {
		e.mkdir("d")
		e.fails(e.store.PutBlock(e.Context(), e.fs, "d", "b1", strings.NewReader("x"), lake.PutBlockOptions{}), errs.Conflict, lake.CodePathConflict)
		_, err := e.putList("d")
		e.fails(err, errs.Conflict, lake.CodePathConflict)
	}},
}
