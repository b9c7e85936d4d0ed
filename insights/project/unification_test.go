package project

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
)

func loadText(t *testing.T, text string) (insights.Unification, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "match.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return LoadUnification(file, []string{"crm", "shop"})
}

func TestAMatchFileIsAUnification(t *testing.T) {
	t.Parallel()
	want := insights.Unification{
		Tables: []insights.UnifyTable{{Table: "shop"}, {Table: "crm"}},
		Model:  insights.Model{Use: insights.ModelAfterRules, Threshold: "95%", Compare: []insights.Comparison{{Field: "Email", As: "e-mail"}}},
	}
	for _, text := range []string{
		"tables: [{table: shop}]\nmodel:\n  use: afterRules\n  threshold: 95%\n  compare:\n    - {field: Email, as: e-mail}\n",
		"# said or not\nkind: unification\ntables: [{table: shop}]\nmodel: {use: afterRules, threshold: 95%, compare: [{field: Email, as: e-mail}]}\n",
	} {
		got, err := loadText(t, text)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("want -, got +\n%s", diff)
		}
	}
	empty, err := loadText(t, "# nothing\n")
	if diff := cmp.Diff([]insights.UnifyTable{{Table: "crm"}, {Table: "shop"}}, empty.Tables); diff != "" || err != nil {
		t.Errorf("an empty file: %v\n%s", err, diff)
	}
}

func TestAMatchFileThatIsWrongIsRefusedWithEveryPlace(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text string
		want []string
	}{
		{"tables:\n  - tabel: crm\n  - table: shp\nmodel: {use: sometimes}\n", []string{
			`2:5: unknown key "tabel" (did you mean table?)`, `3:12: no file gives the table "shp" (did you mean shop?)`,
			`4:14: unknown value "sometimes" (use withoutRules, afterRules, never)`,
		}},
		{"kind: source\nname: x\n", []string{`1:7: a document of the kind "source" cannot be read here (write unification, or leave it out)`, `2:1: unknown key "name" (valid are alwaysMatch, groups, merge, model, neverMatch, rules, tables)`}},
		{"rules: [\n", nil},
		{"rules: []\n---\nrules: []\n", []string{`3:1: the file has a second document (keep one)`}},
	} {
		_, err := loadText(t, tt.text)
		problems, ok := errors.AsType[*ProblemsError](err)
		if !ok || !errs.Is(err, errs.Invalid) {
			t.Errorf("%q: %v, want problems", tt.text, err)
			continue
		}
		var got []string
		for _, p := range problems.Problems {
			p.File = "f"
			got = append(got, p.String()[2:])
		}
		if diff := cmp.Diff(tt.want, got); diff != "" && tt.want != nil {
			t.Errorf("%q: want -, got +\n%s", tt.text, diff)
		}
	}
	if _, err := LoadUnification(filepath.Join(t.TempDir(), "none.yaml"), nil); !errs.Is(err, errs.NotFound) {
		t.Errorf("a file that is not there: %v", err)
	}
}
