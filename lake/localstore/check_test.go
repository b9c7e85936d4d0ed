package localstore

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// checkedLake makes a lake on the real disk with every kind of record, and closes it.
func checkedLake(t *testing.T) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "lake")
	s := openDir(t, dir)
	run(
		t, s, scenario(nil)[0],
		put("a/b/big", bulk(3*sumChunk+500, 1)), put("a/b/small", bulk(700, 2)), put("a/empty", nil), put("c/whole", bulk(200_000, 3)),
		putBlock("many", "b1", bulk(30_000, 4)), putBlock("many", "b2", bulk(40_000, 5)), putBlock("many", "b3", bulk(10, 6)),
		putBlock("many", "b4", bulk(10, 7)), putBlock("many", "b5", bulk(10, 8)), putBlockList("many", "b1", "b2", "b3", "b4", "b5"),
		putBlock("pending", "b1", bulk(25_000, 9)),
	)
	closeStore(t, s)
	return dir
}

func openDir(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(Options{FS: vfs.Default, Dir: dir, Clock: stepClock()})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func check(t *testing.T, dir string, repair bool) CheckReport {
	t.Helper()
	r, err := Check(t.Context(), CheckOptions{FS: vfs.Default, Dir: dir, Clock: stepClock(), Repair: repair})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// contentOf returns the content files of a path of the filesystem one.
func contentOf(t *testing.T, dir string, p lake.Path) []string {
	t.Helper()
	s := openDir(t, dir)
	defer closeStore(t, s)
	e, err := existing(s.db, s.clock, "one", p)
	if err != nil {
		t.Fatal(err)
	}
	list, err := lookupExtents(s.db, e.node)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, x := range list {
		names = append(names, s.contents.name(x.content))
	}
	return names
}

// editNames changes the database of a lake that is closed.
func editNames(t *testing.T, dir string, edit func(db *pebble.DB)) {
	t.Helper()
	s := openDir(t, dir)
	s.reclaim.stop()
	edit(s.db)
	closeStore(t, s)
}

func mustSet(t *testing.T, db *pebble.DB, key, value []byte) {
	t.Helper()
	if err := db.Set(key, value, pebble.Sync); err != nil {
		t.Fatal(err)
	}
}

func mustDelete(t *testing.T, db *pebble.DB, key []byte) {
	t.Helper()
	if err := db.Delete(key, pebble.Sync); err != nil {
		t.Fatal(err)
	}
}

func nodeAt(t *testing.T, db *pebble.DB, p lake.Path) (e *entry, key []byte) {
	t.Helper()
	e, err := existing(db, time.Now, "one", p)
	if err != nil {
		t.Fatal(err)
	}
	return e, nodeKey(e.parent.inode, p.Base())
}

// tree is what a folder holds, without the lock and what the database writes when it is opened.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == lockName || d.Name() == reserveName {
			return err
		}
		b, err := os.ReadFile(name)
		files[strings.TrimPrefix(name, dir)] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestAnIntactLakeIsClean(t *testing.T) {
	t.Parallel()
	dir := checkedLake(t)
	before := tree(t, dir)
	r := check(t, dir, true)
	if len(r.Findings) != 0 || r.Aside != "" {
		t.Fatalf("found %+v", r.Findings)
	}
	if r.Filesystems != 1 || r.Directories != 3 || r.Files != 5 || r.Blocks != 1 || r.Contents != 9 {
		t.Errorf("counted %+v, want 1 filesystem, 3 directories, 5 files, 1 block, 9 pieces of content", r)
	}
	if after := tree(t, dir); len(after) != len(before) {
		t.Errorf("a check left %d files, there were %d", len(after), len(before))
	}
}

// TestEveryKindOfDamageIsFoundAndSetAside plants one damage at a time in a lake on the real disk.
func TestEveryKindOfDamageIsFoundAndSetAside(t *testing.T) {
	t.Parallel()
	big := bulk(3*sumChunk+500, 1)
	for _, tt := range []struct {
		name     string
		harm     func(t *testing.T, dir string)
		want     string // in the finding
		harmless bool
		lost     []lake.Path // that are no more in the namespace
		aside    []byte      // content that must be found there
	}{
		{"a missing content file", func(t *testing.T, dir string) {
			t.Helper()
			unlink(t, contentOf(t, dir, "a/b/big")[0])
		}, "one/a/b/big: content file", false, []lake.Path{"a/b/big"}, nil},
		{"a truncated content file", func(t *testing.T, dir string) {
			t.Helper()
			overwrite(t, contentOf(t, dir, "a/b/big")[0], big[:sumChunk+9])
		}, "one/a/b/big: content file", false, []lake.Path{"a/b/big"}, big[:sumChunk+9]},
		{"a flipped bit", func(t *testing.T, dir string) {
			t.Helper()
			b := bytes.Clone(big)
			b[2*sumChunk+5] ^= 4
			overwrite(t, contentOf(t, dir, "a/b/big")[0], b)
		}, "is damaged between bytes 262144 and 393216", false, []lake.Path{"a/b/big"}, big[:sumChunk]},
		{"a damaged block of a file of many", func(t *testing.T, dir string) {
			t.Helper()
			unlink(t, contentOf(t, dir, "many")[1])
		}, "one/many: content file", false, []lake.Path{"many"}, bulk(30_000, 4)},
		{"an orphan file", func(t *testing.T, dir string) {
			t.Helper()
			name := filepath.Join(filepath.Dir(contentOf(t, dir, "a/b/big")[0]), "00000000000fffff")
			overwrite(t, name, []byte("of nobody"))
		}, "no record refers to the file", true, nil, []byte("of nobody")},
		{"a file that a crash left", func(t *testing.T, dir string) {
			t.Helper()
			overwrite(t, filepath.Join(dir, "FORMAT.tmp"), []byte("own"))
		}, "was left by a crash", true, nil, []byte("own")},
		{"a content record that is gone", func(t *testing.T, dir string) {
			t.Helper()
			editNames(t, dir, func(db *pebble.DB) {
				e, _ := nodeAt(t, db, "a/b/small")
				mustDelete(t, db, contentKey(e.node.extents[0].content))
			})
		}, "has no record", false, []lake.Path{"a/b/small"}, nil},
		{"checksums that are gone", func(t *testing.T, dir string) {
			t.Helper()
			editNames(t, dir, func(db *pebble.DB) {
				e, _ := nodeAt(t, db, "c/whole")
				mustDelete(t, db, sumsKey(e.node.extents[0].content, 0))
			})
		}, "lacks checksums", false, []lake.Path{"c/whole"}, bulk(200_000, 3)},
		{"content of no file", func(t *testing.T, dir string) {
			t.Helper()
			editNames(t, dir, func(db *pebble.DB) {
				_, key := nodeAt(t, db, "c/whole")
				mustDelete(t, db, key)
			})
		}, "200000 bytes belong to no file", true, []lake.Path{"c/whole"}, bulk(200_000, 3)},
		{"a directory that is gone", func(t *testing.T, dir string) {
			t.Helper()
			editNames(t, dir, func(db *pebble.DB) {
				_, key := nodeAt(t, db, "a/b")
				mustDelete(t, db, key)
			})
		}, "lost-and-found/directory-", false, []lake.Path{"a/b/big", "a/b/small"}, nil},
		{"directories in a circle", func(t *testing.T, dir string) {
			t.Helper()
			editNames(t, dir, func(db *pebble.DB) {
				e, key := nodeAt(t, db, "a/b")
				mustDelete(t, db, key)
				mustSet(t, db, nodeKey(e.node.inode, "self"), e.node.encode())
			})
		}, "no directory leads to it", false, []lake.Path{"a/b/big"}, big},
		{"a malformed node", func(t *testing.T, dir string) {
			t.Helper()
			editNames(t, dir, func(db *pebble.DB) {
				_, key := nodeAt(t, db, "a/b/small")
				mustSet(t, db, key, []byte{recordVersion, 9})
			})
		}, "one/a/b/small: the record is malformed", false, []lake.Path{"a/b/small"}, bulk(700, 2)},
		{"a wrong size", func(t *testing.T, dir string) {
			t.Helper()
			editNames(t, dir, func(db *pebble.DB) {
				e, key := nodeAt(t, db, "a/b/small")
				e.node.size = 701
				mustSet(t, db, key, e.node.encode())
			})
		}, "it has 701 bytes, and its extents have 700", false, []lake.Path{"a/b/small"}, bulk(700, 2)},
		{"an extent beyond its content", func(t *testing.T, dir string) {
			t.Helper()
			editNames(t, dir, func(db *pebble.DB) {
				e, key := nodeAt(t, db, "a/b/small")
				e.node.size, e.node.extents[0].length = 701, 701
				mustSet(t, db, key, e.node.encode())
			})
		}, "has 700 bytes, and bytes 0 to 701 are the file's", false, []lake.Path{"a/b/small"}, bulk(700, 2)},
		{"a list of extents that is gone", func(t *testing.T, dir string) {
			t.Helper()
			editNames(t, dir, func(db *pebble.DB) {
				e, _ := nodeAt(t, db, "many")
				mustDelete(t, db, extentsKey(e.node.inode))
			})
		}, "its list of extents is missing", false, []lake.Path{"many"}, bulk(40_000, 5)},
		{"a list of extents of no file", func(t *testing.T, dir string) {
			t.Helper()
			editNames(t, dir, func(db *pebble.DB) { mustSet(t, db, extentsKey(12345), []byte{recordVersion, 0}) })
		}, "is a list of extents that no file has", true, nil, nil},
		{"checksums of no content", func(t *testing.T, dir string) {
			t.Helper()
			editNames(t, dir, func(db *pebble.DB) { mustSet(t, db, sumsKey(12345, 0), []byte{recordVersion, 0}) })
		}, "holds checksums of content that is not there", true, nil, nil},
		{"a dangling block", func(t *testing.T, dir string) {
			t.Helper()
			editNames(t, dir, func(db *pebble.DB) {
				mustSet(t, db, blockKey(2, "x", "id"), block{content: 777, length: 3}.encode())
			})
		}, "content 0000000000000309 has no record", false, nil, nil},
		{"a record of an unknown kind", func(t *testing.T, dir string) {
			t.Helper()
			editNames(t, dir, func(db *pebble.DB) { mustSet(t, db, []byte("zzz"), []byte("?")) })
		}, "is of no kind", false, nil, nil},
		{"counters that are behind", func(t *testing.T, dir string) {
			t.Helper()
			editNames(t, dir, func(db *pebble.DB) { mustSet(t, db, stateKey(), encodeState(1, 1)) })
		}, "are behind what they count", false, nil, nil},
		{"a missing FORMAT", func(t *testing.T, dir string) {
			t.Helper()
			unlink(t, filepath.Join(dir, formatName))
		}, "FORMAT: is missing", false, nil, nil},
		{"a FORMAT of something else", func(t *testing.T, dir string) {
			t.Helper()
			overwrite(t, filepath.Join(dir, formatName), []byte("something else"))
		}, "FORMAT: does not name a format", false, nil, []byte("something else")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := checkedLake(t)
			tt.harm(t, dir)
			before := tree(t, dir)
			found := check(t, dir, false)
			if len(found.Findings) == 0 || !strings.Contains(findings(found), tt.want) || (found.Damage() == 0) != tt.harmless {
				t.Fatalf("found %d damaged things, want %q (harmless: %v):\n%s", found.Damage(), tt.want, tt.harmless, findings(found))
			}
			for name, content := range before {
				if after, err := os.ReadFile(dir + name); err != nil || string(after) != content {
					t.Errorf("a check without --repair changed %s (%v)", name, err)
				}
			}
			repaired := check(t, dir, true)
			if repaired.Damage() != 0 || repaired.Aside == "" || len(repaired.Findings) != len(found.Findings) {
				t.Fatalf("repaired: %+v, found before:\n%s", repaired, findings(found))
			}
			if again := check(t, dir, false); len(again.Findings) != 0 {
				t.Errorf("after the repair:\n%s", findings(again))
			}
			checkAside(t, repaired, tt.want, tt.aside)
			checkRest(t, dir, tt.lost)
		})
	}
}

func findings(r CheckReport) string {
	var b strings.Builder
	for _, f := range r.Findings {
		b.WriteString(f.Item + ": " + f.Problem + "\n")
	}
	return b.String()
}

// checkAside checks that the folder has the note and some file that begins with the content.
func checkAside(t *testing.T, r CheckReport, note string, content []byte) {
	t.Helper()
	found := content == nil
	for name, b := range tree(t, r.Aside) {
		found = found || strings.HasPrefix(b, string(content))
		if strings.HasSuffix(name, noteName) && !strings.Contains(b, note) {
			t.Errorf("the note does not say %q:\n%s", note, b)
		}
	}
	if !found {
		t.Errorf("the content of %d bytes was not set aside", len(content))
	}
}

// checkRest checks that the repaired lake opens, serves all but what was lost, and takes writes.
func checkRest(t *testing.T, dir string, lost []lake.Path) {
	t.Helper()
	s := openDir(t, dir)
	defer closeStore(t, s)
	many := bytes.Join([][]byte{bulk(30_000, 4), bulk(40_000, 5), bulk(10, 6), bulk(10, 7), bulk(10, 8)}, nil)
	want := map[lake.Path][]byte{
		"a/b/big": bulk(3*sumChunk+500, 1), "a/b/small": bulk(700, 2), "a/empty": nil, "c/whole": bulk(200_000, 3), "many": many,
	}
	for _, p := range lost {
		if _, err := readAll(t.Context(), s, p, lake.ReadOptions{}); !errs.Is(err, errs.NotFound) {
			t.Errorf("%s after the repair: %v, want not found", p, err)
		}
		delete(want, p)
	}
	for p, content := range want {
		if len(lost) > 0 && strings.HasPrefix(string(lost[0]), "a/b/") && strings.HasPrefix(string(p), "a/b/") {
			continue // it may have been lost with its directory
		}
		if got, err := readAll(t.Context(), s, p, lake.ReadOptions{}); err != nil || !bytes.Equal(got, content) {
			t.Errorf("%s after the repair: %d bytes, %v", p, len(got), err)
		}
	}
	run(t, s, put("a/b/big", bulk(50_000, 20)), put("new/file", bulk(10, 21)))
	if err := checkFiles(t.Context(), s); err != nil {
		t.Error(err)
	}
}

func TestACheckIsRefusedWhereItCannotBeMade(t *testing.T) {
	t.Parallel()
	dir := checkedLake(t)
	o := CheckOptions{FS: vfs.Default, Dir: dir, Clock: time.Now}
	s := openDir(t, dir)
	if _, err := Check(t.Context(), o); !errs.Is(err, errs.Conflict) || !strings.Contains(err.Error(), dir) {
		t.Errorf("a lake in use: %v", err)
	}
	closeStore(t, s)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Check(ctx, o); !errs.Is(err, errs.Canceled) {
		t.Errorf("called off: %v", err)
	}
	overwrite(t, filepath.Join(dir, formatName), []byte("ownlake lake format 99\n"))
	o.Repair = true
	if _, err := Check(t.Context(), o); !errs.Is(err, errs.Precondition) {
		t.Errorf("a newer format: %v", err)
	}
	o.Dir = filepath.Join(t.TempDir(), "none")
	if _, err := Check(t.Context(), o); !errs.Is(err, errs.NotFound) {
		t.Errorf("no lake: %v", err)
	}
	if _, err := os.Stat(o.Dir); err == nil {
		t.Error("the check made a folder")
	}
}

func TestADatabaseThatCannotBeReadIsLeftAlone(t *testing.T) {
	t.Parallel()
	dir := checkedLake(t)
	editNames(t, dir, func(db *pebble.DB) {
		if err := db.Flush(); err != nil {
			t.Fatal(err)
		}
	})
	tables, err := filepath.Glob(filepath.Join(dir, namesDir, "*.sst"))
	if err != nil || len(tables) == 0 {
		t.Fatalf("%d tables, %v", len(tables), err)
	}
	for _, name := range tables {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		b[20] ^= 1
		overwrite(t, name, b)
	}
	before := tree(t, filepath.Join(dir, contentDir))
	r := check(t, dir, true)
	if r.Damage() == 0 || !strings.Contains(findings(r), "the database cannot be read") {
		t.Errorf("found %s", findings(r))
	}
	if after := tree(t, filepath.Join(dir, contentDir)); len(after) != len(before) {
		t.Errorf("%d content files are left of %d", len(after), len(before))
	}
	// Neither does an opening make an empty database where one is missing.
	if err := os.RemoveAll(filepath.Join(dir, namesDir)); err != nil {
		t.Fatal(err)
	}
	if r := check(t, dir, true); r.Damage() == 0 {
		t.Error("a missing database was not found")
	}
	if _, err := Open(Options{FS: vfs.Default, Dir: dir, Clock: time.Now}); !errs.Is(err, errs.Corrupt) {
		t.Errorf("opening without a database: %v", err)
	}
}

func TestCheckTellsHowFarItIs(t *testing.T) {
	t.Parallel()
	dir := checkedLake(t)
	var last Progress
	_, err := Check(t.Context(), CheckOptions{FS: vfs.Default, Dir: dir, Clock: time.Now, Progress: func(p Progress) {
		if p.Unit == "bytes" {
			last = p
		}
	}})
	if want := int64(3*sumChunk + 500 + 200_000 + 30_000 + 40_000 + 25_000); err != nil || last.Done != want || last.Total != want {
		t.Errorf("the last progress is %+v (%v), want all of %d bytes", last, err, want)
	}
}

func overwrite(t *testing.T, name string, b []byte) {
	t.Helper()
	writeFile(t, vfs.Default, name, string(b))
}

func unlink(t *testing.T, name string) {
	t.Helper()
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
}

func TestADamagedBlockFailsTheCallThatMeetsIt(t *testing.T) {
	t.Parallel()
	const files = 400
	dir := filepath.Join(t.TempDir(), "lake")
	s := openDir(t, dir)
	run(t, s, scenario(nil)[0])
	for i := range files {
		run(t, s, put(lake.Path(fmt.Sprintf("f%03d", i)), bulk(2000, byte(i))))
	}
	if err := s.db.Flush(); err != nil {
		t.Fatal(err)
	}
	closeStore(t, s)
	tables, err := filepath.Glob(filepath.Join(dir, namesDir, "*.sst"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range tables {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if len(b) > files*1000 { // content records come first
			b[len(b)/3] ^= 1
			overwrite(t, name, b)
		}
	}
	s = openDir(t, dir)
	whole, damaged := 0, 0
	for i := range files {
		got, err := readAll(t.Context(), s, lake.Path(fmt.Sprintf("f%03d", i)), lake.ReadOptions{})
		switch {
		case err == nil && bytes.Equal(got, bulk(2000, byte(i))):
			whole++
		case errs.Is(err, errs.Corrupt):
			damaged++
		default:
			t.Errorf("file %d: %d bytes, %v", i, len(got), err)
		}
	}
	if damaged == 0 || damaged > files/10 || whole+damaged != files {
		t.Errorf("%d files whole, %d damaged of %d; want a few damaged", whole, damaged, files)
	}
	closeStore(t, s)
	if r := check(t, dir, false); r.Damage() == 0 || r.Aside != "" {
		t.Errorf("the check found %d damaged things and set aside %q", r.Damage(), r.Aside)
	}
}
