package storetest

import (
	"slices"
	"strings"
	"time"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

var accountCases = []testCase{
	{"has a name and a hierarchical namespace", func(e *env) {
		a, err := e.store.Account(e.Context())
		e.ok(err)
		if a.Name == "" || !a.HierarchicalNamespace {
			e.Errorf("account = %+v, want a name and a hierarchical namespace", a)
		}
	}},
}

var filesystemCases = []testCase{
	{"has the properties it was made with", func(e *env) {
		fs := uniqueName("props")
		made, err := e.store.CreateFilesystem(e.Context(), fs, lake.CreateFilesystemOptions{Metadata: lake.Metadata{"Team": "Sales & Service", "n": "1"}})
		e.ok(err)
		e.deleteAfter(fs)
		got, err := e.store.FilesystemProperties(e.Context(), fs)
		e.ok(err)
		e.same("name", got.Name, fs)
		e.same("etag", got.ETag, made.ETag)
		e.same("last modified", seconds(got.LastModified), seconds(made.LastModified))
		e.same("metadata", lower(got.Metadata), map[string]string{"team": "Sales & Service", "n": "1"})
	}},
	{"cannot be made twice", func(e *env) {
		_, err := e.store.CreateFilesystem(e.Context(), e.fs, lake.CreateFilesystemOptions{})
		e.fails(err, errs.Exists, lake.CodeFilesystemAlreadyExists)
	}},
	{"gets new metadata and a new ETag", func(e *env) {
		before, err := e.store.FilesystemProperties(e.Context(), e.fs)
		e.ok(err)
		set, err := e.store.SetFilesystemMetadata(e.Context(), e.fs, lake.Metadata{"a": "b"}, lake.Conditions{IfUnmodifiedSince: before.LastModified})
		e.ok(err)
		after, err := e.store.FilesystemProperties(e.Context(), e.fs)
		e.ok(err)
		e.same("metadata", lower(after.Metadata), map[string]string{"a": "b"})
		e.same("etag", after.ETag, set.ETag)
		if after.ETag == before.ETag {
			e.Errorf("the ETag stayed %s", after.ETag)
		}
		_, err = e.store.SetFilesystemMetadata(e.Context(), e.fs, nil, lake.Conditions{IfUnmodifiedSince: before.LastModified.Add(-time.Hour)})
		e.fails(err, errs.Precondition, lake.CodeConditionNotMet)
	}},
	{"is gone with all it held when deleted, and comes back empty", func(e *env) {
		fs := e.filesystem("gone")
		e.writeIn(fs, "a/b", "x")
		e.ok(e.store.DeleteFilesystem(e.Context(), fs, lake.Conditions{}))
		_, err := e.store.FilesystemProperties(e.Context(), fs)
		e.fails(err, errs.NotFound, lake.CodeFilesystemNotFound)
		_, err = e.store.CreateFilesystem(e.Context(), fs, lake.CreateFilesystemOptions{})
		e.ok(err)
		page, err := e.store.List(e.Context(), fs, lake.Root, lake.ListOptions{Recursive: true})
		e.ok(err)
		e.same("entries", len(page.Entries), 0)
	}},
	{"that does not exist is reported by every call", everyCallReportsMissingFilesystem},
	{"is listed by prefix and in pages", listFilesystemsInPages},
	{"is not deleted when a condition does not hold", func(e *env) {
		props, err := e.store.FilesystemProperties(e.Context(), e.fs)
		e.ok(err)
		err = e.store.DeleteFilesystem(e.Context(), e.fs, lake.Conditions{IfUnmodifiedSince: props.LastModified.Add(-time.Hour)})
		e.fails(err, errs.Precondition, lake.CodeConditionNotMet)
		_, err = e.store.FilesystemProperties(e.Context(), e.fs)
		e.ok(err)
	}},
}

func everyCallReportsMissingFilesystem(e *env) {
	ctx, fs, p := e.Context(), uniqueName("missing"), lake.Path("a")
	check := func(call string, err error) {
		e.Helper()
		if errs.KindOf(err) != errs.NotFound || errs.CodeOf(err) != lake.CodeFilesystemNotFound {
			e.Errorf("%s: kind %v, code %q, want not found, FilesystemNotFound: %v", call, errs.KindOf(err), errs.CodeOf(err), err)
		}
	}
	_, err := e.store.Create(ctx, fs, p, lake.CreateOptions{})
	check("Create", err)
	check("Append", e.store.Append(ctx, fs, p, 0, strings.NewReader("x"), lake.AppendOptions{}))
	_, err = e.store.Flush(ctx, fs, p, 0, lake.FlushOptions{})
	check("Flush", err)
	_, err = e.store.Read(ctx, fs, p, lake.ReadOptions{})
	check("Read", err)
	_, err = e.store.List(ctx, fs, lake.Root, lake.ListOptions{})
	check("List", err)
	_, err = e.store.SetProperties(ctx, fs, p, lake.PropertyUpdate{Metadata: &lake.Metadata{}}, lake.Conditions{})
	check("SetProperties", err)
	_, err = e.store.SetAccessControl(ctx, fs, p, lake.AccessControlUpdate{Permissions: "0700"}, lake.Conditions{})
	check("SetAccessControl", err)
	check("Delete", e.store.Delete(ctx, fs, p, lake.DeleteOptions{}))
	_, err = e.store.PutBlob(ctx, fs, p, strings.NewReader("x"), lake.PutBlobOptions{})
	check("PutBlob", err)
	check("PutBlock", e.store.PutBlock(ctx, fs, p, "0", strings.NewReader("x"), lake.PutBlockOptions{}))
	_, err = e.store.PutBlockList(ctx, fs, p, nil, lake.PutBlobOptions{})
	check("PutBlockList", err)
	_, err = e.store.BlockList(ctx, fs, p)
	check("BlockList", err)
	_, err = e.store.SetFilesystemMetadata(ctx, fs, lake.Metadata{}, lake.Conditions{})
	check("SetFilesystemMetadata", err)
	check("DeleteFilesystem", e.store.DeleteFilesystem(ctx, fs, lake.Conditions{}))
}

func listFilesystemsInPages(e *env) {
	base := uniqueName("page")
	want := []string{}
	for _, suffix := range []string{"-c", "-a", "-b", "-bb", "-d"} {
		fs := base + lake.Filesystem(suffix)
		_, err := e.store.CreateFilesystem(e.Context(), fs, lake.CreateFilesystemOptions{})
		e.ok(err)
		e.deleteAfter(fs)
		want = append(want, string(fs))
	}
	slices.Sort(want)
	for _, size := range []int{0, 1, 2, 5} {
		var got []string
		o := lake.ListFilesystemsOptions{Prefix: string(base), MaxResults: size}
		for {
			page, err := e.store.ListFilesystems(e.Context(), o)
			e.ok(err)
			if size > 0 && len(page.Filesystems) > size {
				e.Errorf("a page of at most %d has %d", size, len(page.Filesystems))
			}
			for _, f := range page.Filesystems {
				got = append(got, string(f.Name))
			}
			if o.Continuation = page.Continuation; o.Continuation == "" {
				break
			}
		}
		e.same("filesystems", got, want)
	}
}
