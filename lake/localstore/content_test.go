package localstore

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// contentFiles returns the content files of a store in memory.
func contentFiles(t *testing.T, fs vfs.FS) []string {
	t.Helper()
	shards, err := fs.List("/data/lake/content")
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, shard := range shards {
		names, err := fs.List("/data/lake/content/" + shard)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			files = append(files, "/data/lake/content/"+shard+"/"+name)
		}
	}
	return files
}

func TestDamagedContentIsNeverServed(t *testing.T) {
	t.Parallel()
	content := bulk(3*sumChunk+500, 1)
	damage := map[string]func(t *testing.T, fs *vfs.MemFS, name string){
		"a flipped bit": func(t *testing.T, fs *vfs.MemFS, name string) {
			t.Helper()
			f, err := fs.OpenReadWrite(name, vfs.WriteCategoryUnspecified)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.WriteAt([]byte{content[sumChunk+7] ^ 1}, sumChunk+7); err != nil {
				t.Fatal(err)
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
		},
		"a cut file": func(t *testing.T, fs *vfs.MemFS, name string) {
			t.Helper()
			writeFile(t, fs, name, string(content[:2*sumChunk]))
		},
		"a file that grew": func(t *testing.T, fs *vfs.MemFS, name string) {
			t.Helper()
			writeFile(t, fs, name, string(content)+"x")
		},
		"a missing file": func(t *testing.T, fs *vfs.MemFS, name string) {
			t.Helper()
			if err := fs.Remove(name); err != nil {
				t.Fatal(err)
			}
		},
	}
	for name, harm := range damage {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, fs := newLake(t)
			run(t, s, put("f", content))
			harm(t, fs, contentFiles(t, fs)[0])
			for _, o := range []lake.ReadOptions{{}, {Offset: sumChunk + 7, Count: 1}, {Offset: sumChunk, Count: sumChunk}} {
				got, err := readAll(t.Context(), s, "f", o)
				if !errs.Is(err, errs.Corrupt) {
					t.Errorf("reading %+v: %v (kind %v), want corrupt", o, err, errs.KindOf(err))
				}
				if !bytes.HasPrefix(content[o.Offset:], got) || o.Offset+int64(len(got)) > sumChunk+7 && o.Offset < sumChunk+7 {
					t.Errorf("reading %+v served %d bytes, damaged ones among them", o, len(got))
				}
				if err != nil && !strings.Contains(err.Error(), "one/f") {
					t.Errorf("the error does not name the file: %v", err)
				}
			}
			if name == "a flipped bit" {
				got, err := readAll(t.Context(), s, "f", lake.ReadOptions{Offset: 2 * sumChunk})
				if err != nil || !bytes.Equal(got, content[2*sumChunk:]) {
					t.Errorf("what is not damaged cannot be read: %d bytes, %v", len(got), err)
				}
			}
			// The path can be written anew.
			run(t, s, put("f", content[:20_000]))
			if got, err := readAll(t.Context(), s, "f", lake.ReadOptions{}); err != nil || !bytes.Equal(got, content[:20_000]) {
				t.Errorf("after writing anew: %d bytes, %v", len(got), err)
			}
		})
	}
}

func TestDeletedTreesAreReclaimedAfterARestart(t *testing.T) {
	t.Parallel()
	fs := vfs.NewMem()
	s, err := openAt(fs)
	if err != nil {
		t.Fatal(err)
	}
	run(t, s, scenario(fs)[0])
	s.reclaim.stop() // as if the process ended right after the deletion
	for _, p := range []lake.Path{"d/a", "d/b", "d/e/f/g", "d/e/h"} {
		run(t, s, put(p, bulk(20_000, 1)))
	}
	run(t, s, put("kept", bulk(20_000, 2)), remove("d"))
	if n := len(contentFiles(t, fs)); n != 5 {
		t.Fatalf("%d content files before the restart, want 5", n)
	}
	closeStore(t, s)
	s = newStore(t, fs)
	if err := checkFiles(t.Context(), s); err != nil {
		t.Error(err)
	}
	if n := len(contentFiles(t, fs)); n != 1 {
		t.Errorf("%d content files after the tree was reclaimed, want 1", n)
	}
	if got, err := readAll(t.Context(), s, "kept", lake.ReadOptions{}); err != nil || len(got) != 20_000 {
		t.Errorf("the file that was kept: %d bytes, %v", len(got), err)
	}
}

func TestWhatWasStagedLongAgoIsDropped(t *testing.T) {
	t.Parallel()
	fs := vfs.NewMem()
	now := time.Date(2026, 5, 6, 7, 8, 9, 0, time.UTC)
	s, err := Open(Options{FS: fs, Dir: "/data/lake", Clock: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeStore(t, s) })
	s.reclaim.stop() // the test does its work itself
	run(t, s, scenario(fs)[0], create("f", false), putBlock("old", "b1", bulk(20_000, 1)))
	if err := s.Append(t.Context(), "one", "f", 0, bytes.NewReader(bulk(30_000, 1)), lake.AppendOptions{}); err != nil {
		t.Fatal(err)
	}
	now = now.Add(staleAge - time.Minute)
	run(t, s, putBlock("fresh", "b1", bulk(20_000, 2)))
	var checked time.Time
	s.discardStale(t.Context(), &checked)
	if n := len(contentFiles(t, fs)); n != 3 {
		t.Fatalf("%d content files before a week is over, want 3", n)
	}
	now = now.Add(2 * time.Minute)
	s.discardStale(t.Context(), &checked)
	if n := len(contentFiles(t, fs)); n != 3 {
		t.Errorf("looked again within the hour: %d content files", n)
	}
	now = now.Add(staleCheck)
	s.discardStale(t.Context(), &checked)
	if n := len(contentFiles(t, fs)); n != 1 {
		t.Errorf("%d content files after a week, want that of the fresh block", n)
	}
	run(t, s, putBlockList("fresh", "b1"))
	if _, err := s.Flush(t.Context(), "one", "f", 30_000, lake.FlushOptions{}); errs.CodeOf(err) != lake.CodeInvalidFlushPosition {
		t.Errorf("flush of dropped appends: %v", err)
	}
	if err := checkRecords(s); err != nil {
		t.Error(err)
	}
}

func TestStagingsThatHoldNothingAreForgotten(t *testing.T) {
	t.Parallel()
	s, _ := newLake(t)
	run(t, s, put("f", bulk(10, 1)))
	ctx := t.Context()
	if err := s.Append(ctx, "one", "f", 3, strings.NewReader("x"), lake.AppendOptions{}); !errs.Is(err, errs.Invalid) {
		t.Errorf("append into the file: %v", err)
	}
	if err := s.Append(ctx, "one", "f", 10, bytes.NewReader(bulk(100_000, 1)), lake.AppendOptions{ContentMD5: make([]byte, 16)}); !errs.Is(err, errs.Invalid) {
		t.Errorf("append with a wrong MD5: %v", err)
	}
	if _, err := s.Flush(ctx, "one", "f", 20, lake.FlushOptions{}); !errs.Is(err, errs.Invalid) {
		t.Errorf("flush without appends: %v", err)
	}
	if n := len(s.staged.m); n != 0 {
		t.Errorf("%d stagings are left", n)
	}
	if err := checkFiles(ctx, s); err != nil {
		t.Error(err)
	}
}

func TestTheRootCannotBeDeletedOrMoved(t *testing.T) {
	t.Parallel()
	s, _ := newLake(t)
	run(t, s, put("d/f", bulk(10, 1)), secondFilesystem)
	if err := s.Delete(t.Context(), "one", lake.Root, lake.DeleteOptions{Recursive: true}); !errs.Is(err, errs.Invalid) {
		t.Errorf("delete the root: %v", err)
	}
	if err := rename("two", lake.Root, "d").run(t.Context(), s); !errs.Is(err, errs.Conflict) {
		t.Errorf("move the root: %v", err)
	}
	if err := rename("two", "d", lake.Root).run(t.Context(), s); !errs.Is(err, errs.Conflict) {
		t.Errorf("move a directory to the root: %v", err)
	}
	if got, err := readAll(t.Context(), s, "d/f", lake.ReadOptions{}); err != nil || len(got) != 10 {
		t.Errorf("what was not moved: %d bytes, %v", len(got), err)
	}
}
