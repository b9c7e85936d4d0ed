package lake_test

import (
	"strings"
	"testing"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

func FuzzParsePath(f *testing.F) {
	for _, seed := range []string{"a/b", "//a//b/", "..", "a/../b", "a/./b", "\xff", "a\x00b", strings.Repeat("a/", 70), "café/Ünï"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := lake.ParsePath(text)
		if err != nil {
			if !errs.Is(err, errs.Invalid) {
				t.Errorf("%q: kind %v", text, errs.KindOf(err))
			}
			return
		}
		again, err := lake.ParsePath(string(p))
		if err != nil || again != p {
			t.Errorf("%q is read as %q, and that as %q (%v)", text, p, again, err)
		}
		for _, name := range p.Names() {
			if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\x00\r\n") {
				t.Errorf("%q holds the name %q", text, name)
			}
		}
	})
}
