package localstore

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

func writeFile(t *testing.T, fs vfs.FS, name, text string) {
	t.Helper()
	f, err := fs.Create(name, vfs.WriteCategoryUnspecified)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(f, text); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// newStore opens a store that the test closes at its end.
func newStore(t *testing.T, fs vfs.FS) *Store {
	t.Helper()
	s, err := openAt(fs)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeStore(t, s) })
	return s
}

func closeStore(t *testing.T, s *Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Errorf("close the store: %v", err)
	}
}

func TestSecondOpenerIsToldThatTheFolderIsInUse(t *testing.T) {
	t.Parallel()
	for name, fs := range map[string]vfs.FS{"in memory": vfs.NewMem(), "on disk": vfs.Default} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := fs.PathJoin(t.TempDir(), "lake")
			first, err := Open(Options{FS: fs, Dir: dir, Clock: stepClock()})
			if err != nil {
				t.Fatal(err)
			}
			_, err = Open(Options{FS: fs, Dir: dir, Clock: stepClock()})
			if !errs.Is(err, errs.Conflict) || !strings.Contains(err.Error(), dir) || errs.HintOf(err) == "" {
				t.Errorf("second opener: %v (kind %v), want a conflict that names %s", err, errs.KindOf(err), dir)
			}
			closeStore(t, first)
			again, err := Open(Options{FS: fs, Dir: dir, Clock: stepClock()})
			if err != nil {
				t.Fatalf("open after the first closed: %v", err)
			}
			closeStore(t, again)
		})
	}
}

func TestFormatsThatThisCodeDoesNotKnowAreRefused(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]errs.Kind{
		formatText + "4\n": errs.Precondition,
		formatText + "0\n": errs.Corrupt,
		"something else":   errs.Corrupt,
		formatText + "x":   errs.Corrupt,
		"":                 errs.Corrupt,
	} {
		fs := vfs.NewMem()
		if err := fs.MkdirAll("/data/lake", 0o700); err != nil {
			t.Fatal(err)
		}
		writeFile(t, fs, "/data/lake/"+formatName, text)
		_, err := openAt(fs)
		if !errs.Is(err, want) {
			t.Errorf("format %q: %v (kind %v), want kind %v", text, err, errs.KindOf(err), want)
		}
		// A refused folder is given free again.
		if err := fs.Remove("/data/lake/" + formatName); err != nil {
			t.Fatal(err)
		}
		s, err := openAt(fs)
		if err != nil {
			t.Fatalf("after the refusal of %q: %v", text, err)
		}
		closeStore(t, s)
	}
}

func TestReopeningKeepsEverything(t *testing.T) {
	t.Parallel()
	fs := vfs.NewMem()
	s, err := openAt(fs)
	if err != nil {
		t.Fatal(err)
	}
	for _, st := range scenario(fs) {
		if st.name == secondFilesystem.name {
			break // from here on things are deleted
		}
		if err := st.run(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", st.name, err)
		}
	}
	want := mustDump(t, s)
	for range 3 {
		closeStore(t, s)
		if s, err = openAt(fs); err != nil {
			t.Fatal(err)
		}
		if got := mustDump(t, s); got != want {
			t.Errorf("the lake after opening it again:\n%s\nwant\n%s", got, want)
		}
	}
	closeStore(t, s)
}

func TestETagsAreUniqueThoughTheClockGoesBack(t *testing.T) {
	t.Parallel()
	fs := vfs.NewMem()
	now := time.Date(2026, 5, 6, 7, 8, 9, 0, time.UTC)
	seen := map[lake.ETag]bool{}
	for range 3 {
		s, err := Open(Options{FS: fs, Dir: "/lake", Clock: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.CreateFilesystem(t.Context(), "one", lake.CreateFilesystemOptions{}); err != nil && !errs.Is(err, errs.Exists) {
			t.Fatal(err)
		}
		for range 5 {
			p, err := s.Create(t.Context(), "one", "f", lake.CreateOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if seen[p.ETag] || !strings.HasPrefix(string(p.ETag), "0x8D") {
				t.Errorf("ETag %s was given before, or does not look like one", p.ETag)
			}
			seen[p.ETag] = true
		}
		closeStore(t, s)
		now = now.Add(-time.Hour)
	}
}

func TestOptionsMustBeWhole(t *testing.T) {
	t.Parallel()
	for _, o := range []Options{{}, {FS: vfs.NewMem(), Dir: "/lake"}, {FS: vfs.NewMem(), Clock: time.Now}, {Dir: "/lake", Clock: time.Now}} {
		if _, err := Open(o); !errs.Is(err, errs.Internal) {
			t.Errorf("Open(%+v): %v, want an internal error", o, err)
		}
	}
}
