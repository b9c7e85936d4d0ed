package localstore

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/lake"
)

// extract unpacks a lake's folder that an earlier version of this code wrote.
func extract(t *testing.T, archive string) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "lake")
	f, err := os.Open(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for files := tar.NewReader(z); ; {
		h, err := files.Next()
		if errors.Is(err, io.EOF) {
			return dir
		}
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(dir, filepath.FromSlash(h.Name))
		if h.Typeflag == tar.TypeDir {
			if err := os.MkdirAll(name, 0o700); err != nil {
				t.Fatal(err)
			}
			continue
		}
		content, err := io.ReadAll(files)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestALakeOfFormat1IsReadAndGoesOnAsFormat2(t *testing.T) {
	t.Parallel()
	dir := extract(t, "testdata/format1.tar.gz")
	want, err := os.ReadFile("testdata/format1.txt")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), dumpDir(t, dir)); diff != "" {
		t.Errorf("the lake as format 1 left it (-want +got):\n%s", diff)
	}
	s := openDir(t, dir)
	changed := lake.Metadata{"changed": "yes"}
	for _, p := range []lake.Path{"a", "a/b/small", "many", lake.Root} {
		if _, err := s.SetProperties(t.Context(), "one", p, lake.PropertyUpdate{Metadata: &changed}, lake.Conditions{}); err != nil {
			t.Errorf("%q: %v", p, err)
		}
	}
	if _, err := s.PutBlockList(t.Context(), "one", "pending", []lake.BlockRef{{ID: "b1"}}, lake.PutBlobOptions{}); err != nil {
		t.Errorf("a block staged by format 1: %v", err)
	}
	closeStore(t, s)
	if r := check(t, dir, false); len(r.Findings) > 0 {
		t.Errorf("after changes the check finds %v", r.Findings)
	}
	format, err := os.ReadFile(filepath.Join(dir, formatName))
	if err != nil || strings.TrimSpace(string(format)) != formatText+"2" {
		t.Errorf("FORMAT is %q (%v), want 2", format, err)
	}
}
