package storetest

import (
	"fmt"
	"strconv"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

func (e *env) rename(from, to lake.Path, o lake.RenameOptions) (lake.Properties, error) {
	return e.store.Rename(e.Context(), lake.Location{Filesystem: e.fs, Path: from}, lake.Location{Filesystem: e.fs, Path: to}, o)
}

var renameCases = []testCase{
	{"moves a file with all that belongs to it", func(e *env) {
		e.mkdir("to")
		_, err := e.store.PutBlob(e.Context(), e.fs, "from", fill(40_000, 2), lake.PutBlobOptions{Headers: sampleHeaders, Metadata: lake.Metadata{"k": "v"}})
		e.ok(err)
		_, err = e.store.SetAccessControl(e.Context(), e.fs, "from", lake.AccessControlUpdate{Permissions: "0604"}, lake.Conditions{})
		e.ok(err)
		_, err = e.rename("from", "to/file", lake.RenameOptions{})
		e.ok(err)
		e.missing("from")
		e.holds("to/file", bulk(40_000, 2))
		got := e.stat("to/file")
		e.sameHeaders(got.Headers, sampleHeaders)
		e.same("metadata", lower(got.Metadata), map[string]string{"k": "v"})
		e.same("permissions", got.Permissions, "rw----r--")
	}},
	{"moves a directory with all below it", func(e *env) {
		for i := range 20 {
			e.write(lake.Path(fmt.Sprintf("from/d%d/f", i%3)), strconv.Itoa(i))
		}
		e.mkdir("x/y")
		_, err := e.rename("from", "x/y/to", lake.RenameOptions{})
		e.ok(err)
		e.missing("from")
		e.missing("from/d0/f")
		e.holds("x/y/to/d1/f", "19")
		e.same("tree", e.tree(), []string{"x/", "x/y/", "x/y/to/", "x/y/to/d0/", "x/y/to/d0/f", "x/y/to/d1/", "x/y/to/d1/f", "x/y/to/d2/", "x/y/to/d2/f"})
		e.write("x/y/to/d0/more", "")
		e.write("from/again", "")
	}},
	{"replaces an existing file", func(e *env) {
		e.write("a", "new")
		e.write("b", "old")
		_, err := e.rename("a", "b", lake.RenameOptions{})
		e.ok(err)
		e.holds("b", "new")
		e.same("tree", e.tree(), []string{"b"})
	}},
	{"replaces an empty directory, and no other", func(e *env) {
		e.write("d/f", "x")
		e.mkdir("empty")
		e.write("full/g", "y")
		_, err := e.rename("d", "full", lake.RenameOptions{})
		e.fails(err, errs.Conflict, lake.CodeDirectoryNotEmpty)
		_, err = e.rename("d", "empty", lake.RenameOptions{})
		e.ok(err)
		e.same("tree", e.tree(), []string{"empty/", "empty/f", "full/", "full/g"})
	}},
	{"does not put a file in a directory's place, nor the reverse", func(e *env) {
		e.write("f", "x")
		e.mkdir("d")
		_, err := e.rename("f", "d", lake.RenameOptions{})
		e.fails(err, errs.Conflict, lake.CodePathConflict)
		_, err = e.rename("d", "f", lake.RenameOptions{})
		e.fails(err, errs.Conflict, lake.CodePathConflict)
		e.same("tree", e.tree(), []string{"d/", "f"})
	}},
	{"does not move a directory into itself", func(e *env) {
		e.write("d/f", "x")
		_, err := e.rename("d", "d/e", lake.RenameOptions{})
		e.fails(err, errs.Conflict, lake.CodeInvalidRenameSourcePath)
		e.same("tree", e.tree(), []string{"d/", "d/f"})
		_, err = e.rename("d", "dd", lake.RenameOptions{})
		e.ok(err)
		e.holds("dd/f", "x")
	}},
	{"needs a source, and a directory to go to", func(e *env) {
		_, err := e.rename("none", "b", lake.RenameOptions{})
		e.fails(err, errs.NotFound, lake.CodeSourcePathNotFound)
		e.write("f", "x")
		_, err = e.rename("f", "none/b", lake.RenameOptions{})
		e.fails(err, errs.NotFound, lake.CodeRenameDestinationParentPathNotFound)
		e.write("g", "y")
		_, err = e.rename("f", "g/b", lake.RenameOptions{})
		e.fails(err, errs.Conflict, lake.CodePathConflict)
		e.holds("f", "x")
	}},
	{"holds to the conditions on its source and its target", func(e *env) {
		a := e.write("a", "new")
		b := e.write("b", "old")
		_, err := e.rename("a", "b", lake.RenameOptions{Source: lake.Conditions{IfMatch: b.ETag}})
		e.fails(err, errs.Precondition, lake.CodeSourceConditionNotMet)
		_, err = e.rename("a", "b", lake.RenameOptions{Conditions: lake.Conditions{IfMatch: a.ETag}})
		e.fails(err, errs.Precondition, lake.CodeConditionNotMet)
		_, err = e.rename("a", "b", lake.RenameOptions{Conditions: lake.Conditions{IfNoneMatch: lake.AnyETag}})
		e.fails(err, errs.Exists, lake.CodePathAlreadyExists)
		e.holds("b", "old")
		_, err = e.rename("a", "b", lake.RenameOptions{Source: lake.Conditions{IfMatch: a.ETag}, Conditions: lake.Conditions{IfMatch: b.ETag}})
		e.ok(err)
		e.holds("b", "new")
		_, err = e.rename("b", "c", lake.RenameOptions{Conditions: lake.Conditions{IfNoneMatch: lake.AnyETag}})
		e.ok(err)
	}},
	{"goes from one filesystem to another", func(e *env) {
		other := e.filesystem("other")
		e.write("d/f", "x")
		_, err := e.store.Rename(e.Context(), lake.Location{Filesystem: e.fs, Path: "d"}, lake.Location{Filesystem: other, Path: "e"}, lake.RenameOptions{})
		e.ok(err)
		e.missing("d")
		e.same("content", e.readIn(other, "e/f", 0, 0), "x")
	}},
	{"lets appends under way go on at the new path", func(e *env) {
		e.write("a", "")
		e.append("a", 0, "abc")
		_, err := e.rename("a", "b", lake.RenameOptions{})
		e.ok(err)
		e.append("b", 3, "def")
		e.flush("b", 6)
		e.holds("b", "abcdef")
	}},
}
