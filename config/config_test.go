package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/config"
	"github.com/ownlake/ownlake/errs"
)

func noVariables(string) (string, bool) { return "", false }

// TestFiles reads every file of testdata: *.good.yaml must load, *.bad.yaml must fail with the message in the
// comment at its end ("# error: …", one per problem).
func TestFiles(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, err = config.Load(file, noVariables)
			if strings.HasSuffix(file, ".good.yaml") {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			var want []string
			for line := range strings.Lines(string(data)) {
				if message, ok := strings.CutPrefix(line, "# error: "); ok {
					want = append(want, file+":"+strings.TrimSpace(message))
				}
			}
			if !errs.Is(err, errs.Invalid) {
				t.Fatalf("error %v, want an Invalid one", err)
			}
			if diff := cmp.Diff(strings.Join(want, "\n"), err.Error()); diff != "" {
				t.Errorf("message (-want +got):\n%s", diff)
			}
		})
	}
}

func TestVariablesStandOverTheFile(t *testing.T) {
	t.Parallel()
	variables := map[string]string{"OWNLAKE_ENGINE_THREADS": "2", "OWNLAKE_RETENTION": "7d", "OWNLAKE_SIGN_IN_CLIENT_ID": "app"}
	c, err := config.Load("testdata/all.good.yaml", func(name string) (string, bool) {
		v, ok := variables[name]
		return v, ok
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []config.Setting{
		{Key: "engine.memoryLimit", Value: "2GiB", Origin: "testdata/all.good.yaml:3"},
		{Key: "engine.threads", Value: "2", Origin: "environment variable OWNLAKE_ENGINE_THREADS"},
		{Key: "retention", Value: "7d", Origin: "environment variable OWNLAKE_RETENTION"},
		{Key: "url", Origin: "default"},
		{Key: "sources.folders", Origin: "default"},
		{Key: "signIn.issuer", Origin: "default"},
		{Key: "signIn.tenant", Origin: "default"},
		{Key: "signIn.clientId", Value: "app", Origin: "environment variable OWNLAKE_SIGN_IN_CLIENT_ID"},
		{Key: "signIn.clientSecretFile", Origin: "default"},
	}
	if diff := cmp.Diff(want, c.Settings()); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
}

func TestABadVariableIsNamed(t *testing.T) {
	t.Parallel()
	_, err := config.Load(filepath.Join(t.TempDir(), "none.yaml"), func(name string) (string, bool) {
		return "1kB", name == "OWNLAKE_ENGINE_MEMORY_LIMIT"
	})
	want := `environment variable OWNLAKE_ENGINE_MEMORY_LIMIT: "1kB" is not a size such as 3GiB or 512MiB`
	if err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

func TestWithoutAFileTheDefaultsHold(t *testing.T) {
	t.Parallel()
	c, err := config.Load(filepath.Join(t.TempDir(), "none.yaml"), noVariables)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range c.Settings() {
		if s.Origin != "default" {
			t.Errorf("%+v, want the default", s)
		}
	}
}

// TestTheReferencePageIsCurrent rewrites the page if OWNLAKE_REWRITE is set.
func TestTheReferencePageIsCurrent(t *testing.T) {
	t.Parallel()
	const page = "../docs/reference/configuration.md"
	if os.Getenv("OWNLAKE_REWRITE") != "" {
		if err := os.WriteFile(page, []byte(config.Reference()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil || string(got) != config.Reference() {
		t.Errorf("the page is stale (%v); OWNLAKE_REWRITE=1 go test ./config writes it anew", err)
	}
}
