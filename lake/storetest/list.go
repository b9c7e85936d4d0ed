package storetest

import (
	"fmt"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

var listCases = []testCase{
	{"goes by names within each directory", func(e *env) {
		for _, p := range []lake.Path{"b", "a/z", "a-b", "a.b/x", "a/b/c", "A", "ä", "a0"} {
			e.write(p, "")
		}
		e.same("root", e.paths(lake.Root, lake.ListOptions{}), []string{"A", "a/", "a-b", "a.b/", "a0", "b", "ä"})
		e.same("tree", e.tree(), []string{"A", "a/", "a/b/", "a/b/c", "a/z", "a-b", "a.b/", "a.b/x", "a0", "b", "ä"})
		e.same("directory", e.paths("a", lake.ListOptions{}), []string{"a/b/", "a/z"})
		e.same("subtree", e.paths("a", lake.ListOptions{Recursive: true}), []string{"a/b/", "a/b/c", "a/z"})
	}},
	{"describes its entries", func(e *env) {
		f := e.write("d/f", "abc")
		page, err := e.store.List(e.Context(), e.fs, "d", lake.ListOptions{})
		e.ok(err)
		e.same("entries", len(page.Entries), 1)
		got := page.Entries[0]
		e.same("path", got.Path, lake.Path("d/f"))
		e.same("size", got.Size, int64(3))
		e.same("etag", got.ETag, f.ETag)
		e.same("last modified", seconds(got.LastModified), seconds(f.LastModified))
		e.same("owner", got.Owner, access.Superuser)
		e.same("permissions", got.Permissions, "rw-r-----")
	}},
	{"gives the same in pages of any size", func(e *env) {
		for i := range 3 {
			for j := range 4 {
				e.write(lake.Path(fmt.Sprintf("d%d/e%d/f", i, j)), "")
			}
			e.write(lake.Path(fmt.Sprintf("d%d-f", i)), "")
		}
		whole := e.tree()
		e.same("entries", len(whole), 3+3+12+12)
		for _, size := range []int{1, 2, 3, 7, 29, 30, 31} {
			e.same(fmt.Sprintf("pages of %d", size), e.paths(lake.Root, lake.ListOptions{Recursive: true, MaxResults: size}), whole)
		}
		e.same("flat pages", e.paths(lake.Root, lake.ListOptions{MaxResults: 2}), []string{"d0/", "d0-f", "d1/", "d1-f", "d2/", "d2-f"})
	}},
	{"keeps to a prefix", listKeepsToPrefix},
	{"goes on rightly while others write", listGoesOnWhileOthersWrite},
	{"starts after a name that need not exist", func(e *env) {
		for _, p := range []lake.Path{"a/x", "a-b", "b", "c"} {
			e.write(p, "")
		}
		for after, want := range map[string][]string{"": {"a/", "a-b", "b", "c"}, "a": {"a-b", "b", "c"}, "a/x": {"b", "c"}, "bb": {"c"}, "d": nil} {
			e.same("after "+after, e.paths(lake.Root, lake.ListOptions{StartAfter: after}), want)
		}
	}},
	{"begins from a path that need not exist", func(e *env) {
		for _, p := range []lake.Path{"a/x", "a/y/1", "a/y/2", "a-b", "b"} {
			e.write(p, "")
		}
		for from, want := range map[lake.Path][]string{
			"a":     {"a/", "a/x", "a/y/", "a/y/1", "a/y/2", "a-b", "b"},
			"a/y":   {"a/y/", "a/y/1", "a/y/2", "a-b", "b"},
			"a/y/2": {"a/y/2", "a-b", "b"},
			"a/z/9": {"a-b", "b"},
			"a-":    {"a-b", "b"},
			"c":     nil,
		} {
			for _, size := range []int{1, 2, 100} {
				e.same(fmt.Sprintf("from %s in pages of %d", from, size), e.paths(lake.Root, lake.ListOptions{Recursive: true, BeginFrom: from, MaxResults: size}), want)
			}
		}
		e.same("one level", e.paths(lake.Root, lake.ListOptions{BeginFrom: "a-b"}), []string{"a-b", "b"})
		e.same("below a directory", e.paths("a", lake.ListOptions{Recursive: true, BeginFrom: "a/y/2"}), []string{"a/y/2"})
	}},
	{"of an empty directory is empty", func(e *env) {
		e.mkdir("d")
		e.same("entries", len(e.paths("d", lake.ListOptions{Recursive: true})), 0)
	}},
	{"of a directory that does not exist is not found", func(e *env) {
		_, err := e.store.List(e.Context(), e.fs, "none", lake.ListOptions{})
		e.fails(err, errs.NotFound, lake.CodePathNotFound)
	}},
	{"of more than a page continues", func(e *env) {
		want := []string{}
		for i := range 130 {
			p := lake.Path(fmt.Sprintf("f%03d", i))
			e.put(p, "")
			want = append(want, string(p))
		}
		e.same("pages", e.paths(lake.Root, lake.ListOptions{MaxResults: 50}), want)
	}},
}

func listKeepsToPrefix(e *env) {
	for _, p := range []lake.Path{"a/b/c1", "a/b/c2/x", "a/b/d", "a/bc", "a/c", "b"} {
		e.write(p, "")
	}
	for _, tc := range []struct {
		dir       lake.Path
		recursive bool
		prefix    string
		want      []string
	}{
		{"", true, "a/b/c", []string{"a/b/c1", "a/b/c2/", "a/b/c2/x"}},
		{"", true, "a/b", []string{"a/b/", "a/b/c1", "a/b/c2/", "a/b/c2/x", "a/b/d", "a/bc"}},
		{"", true, "a/b/", []string{"a/b/c1", "a/b/c2/", "a/b/c2/x", "a/b/d"}},
		{"", true, "a", []string{"a/", "a/b/", "a/b/c1", "a/b/c2/", "a/b/c2/x", "a/b/d", "a/bc", "a/c"}},
		{"", true, "z", nil},
		{"", true, "b/none/x", nil},
		{"", false, "a", []string{"a/"}},
		{"a", false, "a/b", []string{"a/b/", "a/bc"}},
		{"a", true, "a/b/c2", []string{"a/b/c2/", "a/b/c2/x"}},
		{"a/b", false, "a/b/c", []string{"a/b/c1", "a/b/c2/"}},
	} {
		for _, size := range []int{0, 1, 2} {
			got := e.paths(tc.dir, lake.ListOptions{Recursive: tc.recursive, Prefix: tc.prefix, MaxResults: size})
			e.same(fmt.Sprintf("%q, recursive %v, prefix %q, pages of %d", tc.dir, tc.recursive, tc.prefix, size), got, tc.want)
		}
	}
}

func listGoesOnWhileOthersWrite(e *env) {
	for _, p := range []lake.Path{"a/1", "a/2", "b/1", "b/2", "c/1"} {
		e.write(p, "")
	}
	page := func(token string) ([]string, string) {
		e.Helper()
		pg, err := e.store.List(e.Context(), e.fs, lake.Root, lake.ListOptions{Recursive: true, MaxResults: 2, Continuation: token})
		e.ok(err)
		list := []string{}
		for _, p := range pg.Entries {
			list = append(list, show(p))
		}
		return list, pg.Continuation
	}
	got, token := page("")
	e.same("first page", got, []string{"a/", "a/1"})
	// Where the listing stands is deleted; before it and after it, files appear.
	e.ok(e.store.Delete(e.Context(), e.fs, "a", lake.DeleteOptions{Recursive: true}))
	e.write("a-new", "")
	e.write("0-early", "")
	got, token = page(token)
	e.same("second page", got, []string{"a-new", "b/"})
	e.write("b/0", "")
	_, err := e.store.Rename(e.Context(), lake.Location{Filesystem: e.fs, Path: "b/2"}, lake.Location{Filesystem: e.fs, Path: "b/3"}, lake.RenameOptions{})
	e.ok(err)
	got, token = page(token)
	e.same("third page", got, []string{"b/0", "b/1"})
	got, token = page(token)
	e.same("fourth page", got, []string{"b/3", "c/"})
	got, token = page(token)
	e.same("last page", got, []string{"c/1"})
	e.same("continuation", token, "")
}
