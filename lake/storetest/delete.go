package storetest

import (
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

var deleteCases = []testCase{
	{"removes a file", func(e *env) {
		e.write("d/f", "x")
		e.ok(e.store.Delete(e.Context(), e.fs, "d/f", lake.DeleteOptions{}))
		e.missing("d/f")
		e.same("tree", e.tree(), []string{"d/"})
		e.fails(e.store.Delete(e.Context(), e.fs, "d/f", lake.DeleteOptions{}), errs.NotFound, lake.CodePathNotFound)
	}},
	{"removes a tree only when asked", func(e *env) {
		e.write("d/e/f", bulk(30_000, 1))
		e.write("d/g", "x")
		e.fails(e.store.Delete(e.Context(), e.fs, "d", lake.DeleteOptions{}), errs.Conflict, lake.CodeDirectoryNotEmpty)
		e.holds("d/g", "x")
		e.ok(e.store.Delete(e.Context(), e.fs, "d", lake.DeleteOptions{Recursive: true}))
		e.missing("d")
		e.missing("d/e/f")
		e.same("tree", len(e.tree()), 0)
		e.write("d/g", "new")
		e.same("tree made again", e.tree(), []string{"d/", "d/g"})
	}},
	{"removes an empty directory", func(e *env) {
		e.mkdir("d")
		e.ok(e.store.Delete(e.Context(), e.fs, "d", lake.DeleteOptions{}))
		e.missing("d")
	}},
	{"holds to its conditions", func(e *env) {
		p := e.write("f", "x")
		err := e.store.Delete(e.Context(), e.fs, "f", lake.DeleteOptions{Conditions: lake.Conditions{IfMatch: "0x8D0000000000001"}})
		e.fails(err, errs.Precondition, lake.CodeConditionNotMet)
		e.holds("f", "x")
		e.ok(e.store.Delete(e.Context(), e.fs, "f", lake.DeleteOptions{Conditions: lake.Conditions{IfMatch: p.ETag}}))
		e.missing("f")
	}},
	{"drops appends that were not flushed", func(e *env) {
		e.write("f", "")
		e.append("f", 0, "stale")
		e.ok(e.store.Delete(e.Context(), e.fs, "f", lake.DeleteOptions{}))
		e.write("f", "")
		_, err := e.store.Flush(e.Context(), e.fs, "f", 5, lake.FlushOptions{})
		e.fails(err, errs.Invalid, lake.CodeInvalidFlushPosition)
	}},
}
