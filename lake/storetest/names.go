package storetest

import (
	"slices"
	"strings"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

var hardNames = []string{
	"plain.csv", "with space", " leading", "trailing.", "trailing..", "...", "per%cent", "%2F", "%41", "100%", "plus+sign",
	"a&b=c", "question?", "hash#tag", "semi;colon", "co:lon", "com,ma", "quote'single", `quote"double`, "(paren)", "[bracket]",
	"{brace}", "<angle>", "tilde~", "back`tick", "dollar$", "at@sign", "star*", "pipe|", "caret^", "équipe", "e\u0301quipe",
	"Straße", "日本語", "العربية", "😀👩‍👩‍👧", "\u00a0nbsp", "CON", "nul.txt", "_delta_log", "$logs", "part-00000=1",
	"ZIP=12345", strings.Repeat("n", 255), strings.Repeat("ü", 120),
}

var nameCases = []testCase{
	{"of every kind are kept byte by byte", func(e *env) {
		want := []string{}
		for _, name := range hardNames {
			p := lake.Path("dir " + name).Join(name)
			e.put(p, name)
			want = append(want, string(p.Dir())+"/", string(p))
		}
		for _, name := range hardNames {
			p := lake.Path("dir " + name).Join(name)
			e.holds(p, name)
			e.same("listed alone", e.paths(p.Dir(), lake.ListOptions{}), []string{string(p)})
			e.same("listed by prefix", e.paths(lake.Root, lake.ListOptions{Recursive: true, Prefix: string(p)}), []string{string(p)})
		}
		got := e.tree()
		slices.Sort(got)
		slices.Sort(want)
		e.same("tree", got, want)
	}},
	{"of every kind can be renamed to and from", func(e *env) {
		for i, name := range hardNames {
			e.write("from", name)
			_, err := e.rename("from", lake.Path(name), lake.RenameOptions{})
			e.ok(err)
			next := lake.Path(hardNames[(i+1)%len(hardNames)] + "x")
			_, err = e.rename(lake.Path(name), next, lake.RenameOptions{})
			e.ok(err)
			e.holds(next, name)
			e.ok(e.store.Delete(e.Context(), e.fs, next, lake.DeleteOptions{}))
		}
		e.same("tree", len(e.tree()), 0)
	}},
	{"differ by case and by form", func(e *env) {
		e.put("File", "upper")
		e.put("file", "lower")
		e.put("é", "composed")
		e.put("e\u0301", "decomposed")
		e.holds("File", "upper")
		e.holds("file", "lower")
		e.holds("é", "composed")
		e.holds("e\u0301", "decomposed")
	}},
	{"may be as deep as the service allows", func(e *env) {
		p := lake.Path(strings.TrimSuffix(strings.Repeat("d/", lake.MaxPathDepth-1), "/")).Join("f")
		e.put(p, "deep")
		e.holds(p, "deep")
		e.same("entries", len(e.tree()), lake.MaxPathDepth)
		e.same("pages of 10", len(e.paths(lake.Root, lake.ListOptions{Recursive: true, MaxResults: 10})), lake.MaxPathDepth)
	}},
	{"that begin alike are told apart", func(e *env) {
		for _, p := range []lake.Path{"a", "ab", "a b", "a-"} {
			e.write(p.Join("f"), string(p))
		}
		e.ok(e.store.Delete(e.Context(), e.fs, "a", lake.DeleteOptions{Recursive: true}))
		e.same("tree", e.tree(), []string{"a b/", "a b/f", "a-/", "a-/f", "ab/", "ab/f"})
		_, err := e.store.Properties(e.Context(), e.fs, "a/f", lake.Conditions{})
		e.fails(err, errs.NotFound, lake.CodePathNotFound)
	}},
}
