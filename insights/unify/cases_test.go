package unify

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/insights"
)

var rewrite = flag.Bool("rewrite", false, "write the expected files of testdata anew")

// TestCases unifies the tables of each folder of testdata by its unify.yaml. in/<Table>.csv are ingested, the first column
// as key; want/<Table>.csv and want/warnings.txt are what must come out.
func TestCases(t *testing.T) {
	t.Parallel()
	folders, err := filepath.Glob("testdata/*/unify.yaml")
	if err != nil || len(folders) == 0 {
		t.Fatal(folders, err)
	}
	for _, file := range folders {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			t.Parallel()
			runCase(t, dir)
		})
	}
}

func runCase(t *testing.T, dir string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "unify.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var u insights.Unification
	if err := yaml.UnmarshalWithOptions(text, &u, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	fx := newFixture(t)
	inputs, err := filepath.Glob(filepath.Join(dir, "in", "*.csv"))
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range inputs {
		fx.ingestCSV(t, strings.TrimSuffix(filepath.Base(in), ".csv"), in)
	}
	got := map[string]string{}
	if warnings := fx.unify(t, u); len(warnings) > 0 {
		got["warnings.txt"] = strings.Join(warnings, "\n") + "\n"
	}
	tables, err := fx.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range tables {
		if s.Process != insights.Ingestion {
			// The time of the run is not the case's.
			got[s.Table+".csv"] = fx.text(t, s.Process, s.Table, modifiedColumn)
		}
	}
	compare(t, filepath.Join(dir, "want"), got)
}

// compare holds what came out against the files of a folder.
func compare(t *testing.T, dir string, got map[string]string) {
	t.Helper()
	if *rewrite {
		if err := os.MkdirAll(dir, 0o750); err != nil {
			t.Fatal(err)
		}
		for name, text := range got {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	want := map[string]string{}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		want[f.Name()] = string(text)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: want -, got +\n%s", dir, diff)
	}
}
