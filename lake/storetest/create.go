package storetest

import (
	"time"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

var sampleHeaders = lake.ContentHeaders{
	ContentType: "text/csv; charset=utf-8", ContentEncoding: "identity", ContentLanguage: "de-AT",
	ContentDisposition: `attachment; filename="a b.csv"`, CacheControl: "no-store",
}

var createCases = []testCase{
	{"makes an empty file with its parents", func(e *env) {
		made, err := e.store.Create(e.Context(), e.fs, "a/b/c.csv", lake.CreateOptions{})
		e.ok(err)
		got := e.stat("a/b/c.csv")
		e.same("etag", got.ETag, made.ETag)
		e.same("last modified", seconds(got.LastModified), seconds(made.LastModified))
		e.same("size", got.Size, int64(0))
		e.same("blob type", got.Blob, lake.BlockBlob)
		e.same("owner", got.Owner, access.Superuser)
		e.same("group", got.Group, access.Superuser)
		e.same("permissions", got.Permissions, "rw-r-----")
		e.same("tree", e.tree(), []string{"a/", "a/b/", "a/b/c.csv"})
		e.same("permissions of a parent", e.stat("a/b").Permissions, "rwxr-x---")
		e.same("content", e.read("a/b/c.csv", 0, 0), "")
	}},
	{"replaces an existing file", func(e *env) {
		before := e.write("f", "old")
		_, err := e.store.Create(e.Context(), e.fs, "f", lake.CreateOptions{Metadata: lake.Metadata{"v": "2"}})
		e.ok(err)
		got := e.stat("f")
		e.same("size", got.Size, int64(0))
		e.same("metadata", lower(got.Metadata), map[string]string{"v": "2"})
		if got.ETag == before.ETag {
			e.Errorf("the ETag stayed %s", got.ETag)
		}
	}},
	{"drops appends that were not flushed when it replaces", func(e *env) {
		e.write("f", "")
		e.append("f", 0, "stale")
		e.write("f", "")
		_, err := e.store.Flush(e.Context(), e.fs, "f", 5, lake.FlushOptions{})
		e.fails(err, errs.Invalid, lake.CodeInvalidFlushPosition)
	}},
	{"keeps an existing directory and what is in it", func(e *env) {
		e.write("d/f", "x")
		_, err := e.store.Create(e.Context(), e.fs, "d", lake.CreateOptions{IsDirectory: true, Metadata: lake.Metadata{"k": "v"}})
		e.ok(err)
		e.holds("d/f", "x")
		got := e.stat("d")
		e.same("is directory", got.IsDirectory, true)
		e.same("metadata", lower(got.Metadata)["k"], "v")
	}},
	{"refuses a file in place of a directory and the reverse", func(e *env) {
		e.mkdir("d")
		e.write("f", "x")
		_, err := e.store.Create(e.Context(), e.fs, "d", lake.CreateOptions{})
		e.fails(err, errs.Conflict, lake.CodePathConflict)
		_, err = e.store.Create(e.Context(), e.fs, "f", lake.CreateOptions{IsDirectory: true})
		e.fails(err, errs.Conflict, lake.CodePathConflict)
		e.holds("f", "x")
	}},
	{"refuses a path below a file", func(e *env) {
		e.write("f", "x")
		_, err := e.store.Create(e.Context(), e.fs, "f/below", lake.CreateOptions{})
		e.fails(err, errs.Conflict, lake.CodePathConflict)
		_, err = e.store.Create(e.Context(), e.fs, "f/below/more", lake.CreateOptions{IsDirectory: true})
		e.fails(err, errs.Conflict, lake.CodePathConflict)
		e.same("tree", e.tree(), []string{"f"})
	}},
	{"does not replace when nothing may exist", func(e *env) {
		none := lake.Conditions{IfNoneMatch: lake.AnyETag}
		_, err := e.store.Create(e.Context(), e.fs, "f", lake.CreateOptions{Conditions: none})
		e.ok(err)
		_, err = e.store.Create(e.Context(), e.fs, "f", lake.CreateOptions{Conditions: none})
		e.fails(err, errs.Exists, lake.CodePathAlreadyExists)
		_, err = e.store.Create(e.Context(), e.fs, "d", lake.CreateOptions{IsDirectory: true, Conditions: none})
		e.ok(err)
		_, err = e.store.Create(e.Context(), e.fs, "d", lake.CreateOptions{IsDirectory: true, Conditions: none})
		e.fails(err, errs.Exists, lake.CodePathAlreadyExists)
	}},
	{"replaces only what matches", func(e *env) {
		_, err := e.store.Create(e.Context(), e.fs, "f", lake.CreateOptions{Conditions: lake.Conditions{IfMatch: lake.AnyETag}})
		e.fails(err, errs.Precondition, lake.CodeConditionNotMet)
		e.missing("f")
		p := e.write("f", "x")
		_, err = e.store.Create(e.Context(), e.fs, "f", lake.CreateOptions{Conditions: lake.Conditions{IfMatch: "0x8D0000000000001"}})
		e.fails(err, errs.Precondition, lake.CodeConditionNotMet)
		_, err = e.store.Create(e.Context(), e.fs, "f", lake.CreateOptions{Conditions: lake.Conditions{IfUnmodifiedSince: p.LastModified.Add(-time.Hour)}})
		e.fails(err, errs.Precondition, lake.CodeConditionNotMet)
		e.holds("f", "x")
		_, err = e.store.Create(e.Context(), e.fs, "f", lake.CreateOptions{Conditions: lake.Conditions{IfMatch: p.ETag}})
		e.ok(err)
		e.holds("f", "")
	}},
	{"keeps headers and metadata", func(e *env) {
		_, err := e.store.Create(e.Context(), e.fs, "f", lake.CreateOptions{
			Headers: sampleHeaders, Metadata: lake.Metadata{"Hello": "world", "empty": "", "symbols": "a=b;c,d"},
		})
		e.ok(err)
		got := e.stat("f")
		e.sameHeaders(got.Headers, sampleHeaders)
		e.same("metadata", lower(got.Metadata), map[string]string{"hello": "world", "empty": "", "symbols": "a=b;c,d"})
	}},
	{"takes permissions and umask", func(e *env) {
		for _, tc := range []struct {
			path               lake.Path
			directory          bool
			permissions, umask string
			want               string
		}{
			{"f1", false, "0777", "0000", "rwxrwxrwx"},
			{"f2", false, "0666", "0022", "rw-r--r--"},
			{"f3", false, "rwxr-xr-x", "", "rwxr-x---"},
			{"f4", false, "", "0077", "rw-------"},
			{"d1", true, "0777", "0000", "rwxrwxrwx"},
			{"d2", true, "", "0002", "rwxrwxr-x"},
			{"d3", true, "1777", "0000", "rwxrwxrwt"},
			{"d4", true, "rwxrwx--T", "0000", "rwxrwx--T"},
		} {
			_, err := e.store.Create(e.Context(), e.fs, tc.path, lake.CreateOptions{IsDirectory: tc.directory, Permissions: tc.permissions, Umask: tc.umask})
			e.ok(err)
			e.same("permissions of "+string(tc.path), e.stat(tc.path).Permissions, tc.want)
		}
		_, err := e.store.Create(e.Context(), e.fs, "bad", lake.CreateOptions{Permissions: "rwxrwx"})
		e.fails(err, errs.Invalid, lake.CodeInvalidPermission)
		e.missing("bad")
	}},
	{"takes owner and group, and children the parent's group", func(e *env) {
		const owner, group access.ObjectID = "0a1b2c3d-0000-4000-8000-000000000001", "0a1b2c3d-0000-4000-8000-000000000002"
		_, err := e.store.Create(e.Context(), e.fs, "d", lake.CreateOptions{IsDirectory: true, Owner: owner, Group: group})
		e.ok(err)
		e.write("d/f", "")
		e.same("owner", e.stat("d").Owner, owner)
		e.same("group", e.stat("d").Group, group)
		e.same("owner of the child", e.stat("d/f").Owner, access.Superuser)
		e.same("group of the child", e.stat("d/f").Group, group)
	}},
}
