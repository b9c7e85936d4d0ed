package localstore

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// run runs steps that must succeed.
func run(t *testing.T, s *Store, steps ...step) {
	t.Helper()
	for _, st := range steps {
		if err := st.run(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", st.name, err)
		}
	}
}

// newLake is a store in memory with the filesystem "one".
func newLake(t *testing.T) (*Store, *vfs.MemFS) {
	t.Helper()
	fs := vfs.NewMem()
	s := newStore(t, fs)
	run(t, s, scenario(fs)[0])
	return s, fs
}

func readLocal(t *testing.T, fs vfs.FS, name string) []byte {
	t.Helper()
	f, err := fs.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(f)
	if err = errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	return b
}

func readAll(ctx context.Context, s *Store, p lake.Path, o lake.ReadOptions) ([]byte, error) {
	c, err := s.Read(ctx, "one", p, o)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(c.Body)
	return b, errors.Join(err, c.Body.Close())
}

func TestLocalFileHoldsTheContent(t *testing.T) {
	t.Parallel()
	s, fs := newLake(t)
	large, small, more := bulk(300_000, 1), bulk(100, 2), bulk(40_000, 3)
	run(t, s,
		put("large", large), put("small", small), create("empty", false),
		put("grown", large), write("grown", int64(len(large)), more),
		putBlock("blocks", "b1", more), putBlock("blocks", "b2", small), putBlockList("blocks", "b2", "b1", "b2"),
	)
	for p, want := range map[lake.Path][]byte{
		"large": large, "small": small, "empty": {}, "grown": append(bytes.Clone(large), more...),
		"blocks": bytes.Join([][]byte{small, more, small}, nil),
	} {
		before, err := s.Properties(t.Context(), "one", p, lake.Conditions{})
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for range 2 {
			name, release, err := s.LocalFile(t.Context(), "one", p)
			if err != nil {
				t.Fatalf("%s: %v", p, err)
			}
			if got := readLocal(t, fs, name); !bytes.Equal(got, want) {
				t.Errorf("%s: the local file has %d bytes that are not the content's %d", p, len(got), len(want))
			}
			names = append(names, name)
			release()
			release() // a second time is harmless
		}
		if names[0] != names[1] {
			t.Errorf("%s: made a local file twice: %v", p, names)
		}
		after, err := s.Properties(t.Context(), "one", p, lake.Conditions{IfMatch: before.ETag})
		if err != nil || !after.LastModified.Equal(before.LastModified) {
			t.Errorf("%s: handing out a local file changed its properties: %+v, %v", p, after, err)
		}
		if got, err := readAll(t.Context(), s, p, lake.ReadOptions{}); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: content after it was made one file: %d bytes, %v", p, len(got), err)
		}
	}
	list, err := s.BlockList(t.Context(), "one", "blocks")
	if err != nil || len(list.Committed) != 3 || list.Committed[1].ID != "b1" {
		t.Errorf("the blocks after they were made one file: %+v, %v", list.Committed, err)
	}
	if err := checkFiles(t.Context(), s); err != nil {
		t.Error(err)
	}
}

func TestLocalFileStaysUntilItIsReleased(t *testing.T) {
	t.Parallel()
	s, fs := newLake(t)
	old := bulk(50_000, 1)
	for name, change := range map[string]step{
		"replaced": put("f", bulk(60_000, 2)),
		"deleted":  remove("f"),
	} {
		run(t, s, put("f", old))
		local, release, err := s.LocalFile(t.Context(), "one", "f")
		if err != nil {
			t.Fatal(err)
		}
		_, releaseToo, err := s.LocalFile(t.Context(), "one", "f")
		if err != nil {
			t.Fatal(err)
		}
		run(t, s, change)
		release()
		if got := readLocal(t, fs, local); !bytes.Equal(got, old) {
			t.Errorf("%s: the pinned file changed", name)
		}
		releaseToo()
		if _, err := fs.Stat(local); !isNotExist(err) {
			t.Errorf("%s: the file is still there after its release: %v", name, err)
		}
	}
}

func TestLocalFileNeedsAFile(t *testing.T) {
	t.Parallel()
	s, _ := newLake(t)
	run(t, s, create("d", true))
	for p, want := range map[lake.Path]errs.Kind{"none": errs.NotFound, "d": errs.Conflict} {
		if _, _, err := s.LocalFile(t.Context(), "one", p); !errs.Is(err, want) {
			t.Errorf("LocalFile(%s): %v, want kind %v", p, err, want)
		}
	}
}

// otherDevice is a file system across whose devices there are no links.
type otherDevice struct{ vfs.FS }

func (otherDevice) Link(string, string) error { return errors.New("invalid cross-device link") }

func TestAdoptFileTakesTheFile(t *testing.T) {
	t.Parallel()
	for name, wrap := range map[string]func(vfs.FS) vfs.FS{
		"from the same device": func(fs vfs.FS) vfs.FS { return fs },
		"from another device":  func(fs vfs.FS) vfs.FS { return otherDevice{fs} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fs := wrap(vfs.NewMem())
			s := newStore(t, fs)
			run(t, s, scenario(fs)[0])
			for _, n := range []int{0, 10, maxInline, 400_000} {
				writeFile(t, fs, "/made", string(bulk(n, 7)))
				p, err := s.AdoptFile(t.Context(), "one", "a/b", "/made", lake.PutBlobOptions{Metadata: lake.Metadata{"k": "v"}})
				if err != nil {
					t.Fatal(err)
				}
				got, err := readAll(t.Context(), s, "a/b", lake.ReadOptions{Conditions: lake.Conditions{IfMatch: p.ETag}})
				if err != nil || !bytes.Equal(got, bulk(n, 7)) {
					t.Errorf("%d bytes: content has %d, %v", n, len(got), err)
				}
				if _, err := fs.Stat("/made"); !isNotExist(err) {
					t.Errorf("%d bytes: the local file is still there: %v", n, err)
				}
			}
			if err := checkFiles(t.Context(), s); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAdoptFileThatIsRefusedLeavesTheFile(t *testing.T) {
	t.Parallel()
	s, fs := newLake(t)
	run(t, s, create("d", true), put("f", bulk(10, 1)))
	writeFile(t, fs, "/made", string(bulk(100_000, 7)))
	for name, tc := range map[string]struct {
		p    lake.Path
		o    lake.PutBlobOptions
		want errs.Kind
	}{
		"a directory":         {"d", lake.PutBlobOptions{}, errs.Conflict},
		"an existing file":    {"f", lake.PutBlobOptions{Conditions: lake.Conditions{IfNoneMatch: lake.AnyETag}}, errs.Exists},
		"a wrong MD5":         {"g", lake.PutBlobOptions{ContentMD5: make([]byte, 16)}, errs.Invalid},
		"a missing local one": {"g", lake.PutBlobOptions{}, errs.NotFound},
	} {
		local := "/made"
		if tc.want == errs.NotFound {
			local = "/none"
		}
		if _, err := s.AdoptFile(t.Context(), "one", tc.p, local, tc.o); !errs.Is(err, tc.want) {
			t.Errorf("%s: %v (kind %v), want kind %v", name, err, errs.KindOf(err), tc.want)
		}
		if got := readLocal(t, fs, "/made"); len(got) != 100_000 {
			t.Errorf("%s: the local file has %d bytes", name, len(got))
		}
	}
	if err := checkFiles(t.Context(), s); err != nil {
		t.Error(err)
	}
}
