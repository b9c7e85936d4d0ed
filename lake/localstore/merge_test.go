package localstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// openPages opens a store whose files have so many extents in a page, and whose background does nothing.
func openPages(t *testing.T, fs vfs.FS, extents int) *Store {
	t.Helper()
	s, err := Open(Options{FS: fs, Dir: "/data/lake", Clock: stepClock(), pageExtents: extents})
	if err != nil {
		t.Fatal(err)
	}
	s.reclaim.stop()
	return s
}

// growTo appends parts to a file until it has so many, and returns what it then holds.
func growTo(t *testing.T, s *Store, p lake.Path, from, to int64) []byte {
	t.Helper()
	run(t, s, growth(p, from, to)...)
	return grownContent(to)
}

func grownContent(parts int64) []byte {
	var b []byte
	for i := range parts {
		b = append(b, bulk(grownPart, byte(i))...)
	}
	return b
}

func inodeOf(t *testing.T, s *Store, p lake.Path) inode {
	t.Helper()
	e, _ := nodeAt(t, s.db, p)
	return e.node.inode
}

// mustHold compares a file, and ranges of it that begin and end everywhere.
func mustHold(t *testing.T, s *Store, p lake.Path, want []byte) {
	t.Helper()
	got, err := readAll(t.Context(), s, p, lake.ReadOptions{})
	if err != nil || !bytes.Equal(got, want) {
		t.Fatalf("%s has %d bytes (%v), want the %d that were written", p, len(got), err, len(want))
	}
	for at := int64(0); at < int64(len(want)); at += grownPart/2 - 7 {
		count := min(2*grownPart+1, int64(len(want))-at)
		got, err := readAll(t.Context(), s, p, lake.ReadOptions{Offset: at, Count: count})
		if err != nil || !bytes.Equal(got, want[at:at+count]) {
			t.Fatalf("%d bytes of %s from %d: %d bytes, %v", count, p, at, len(got), err)
		}
	}
}

func mustCheck(t *testing.T, fs vfs.FS) {
	t.Helper()
	r, err := Check(t.Context(), CheckOptions{FS: fs, Dir: "/data/lake", Clock: stepClock()})
	if err != nil || len(r.Findings) > 0 {
		t.Errorf("check: %+v, %v", r.Findings, err)
	}
}

// TestAnAppendCostsTheSameHoweverManyCameBefore compares what the first appends write to the log with what as many write
// after hundreds.
func TestAnAppendCostsTheSameHoweverManyCameBefore(t *testing.T) {
	t.Parallel()
	fs := vfs.NewMem()
	s := openPages(t, fs, 0)
	run(t, s, filesystemStep, create("f", false))
	const part = 17_000 // is not joined, and lies in a file of its own
	logged := func(from, to int64) uint64 {
		before := s.db.Metrics().WAL.BytesIn
		for i := from; i < to; i++ {
			run(t, s, write("f", i*part, bulk(part, byte(i))))
		}
		return s.db.Metrics().WAL.BytesIn - before
	}
	first := logged(0, 64)
	logged(64, 320)
	last := logged(320, 384)
	if last > first+first/4 {
		t.Errorf("64 appends to a file of 320 wrote %d bytes to the log, to a new file %d", last, first)
	}
	if err := s.mergeFile(t.Context(), inodeOf(t, s, "f")); err != nil {
		t.Fatal(err)
	}
	closeStore(t, s)
	mustCheck(t, fs)
}

func TestMergingKeepsWhatAFileHolds(t *testing.T) {
	t.Parallel()
	fs := vfs.NewMem()
	s := openPages(t, fs, 4)
	run(t, s, filesystemStep, create("f", false))
	var want []byte
	for i := int64(0); i < 40; i += 8 {
		want = growTo(t, s, "f", i, i+8)
		mustHold(t, s, "f", want)
		if err := s.mergeFile(t.Context(), inodeOf(t, s, "f")); err != nil {
			t.Fatal(err)
		}
		mustHold(t, s, "f", want)
	}
	e, _ := nodeAt(t, s.db, "f")
	list, err := lookupExtents(s.db, e.node)
	if err != nil || len(list) > 12 {
		t.Errorf("%d extents, %v; 40 appends were to be merged", len(list), err)
	}
	if err := checkFiles(t.Context(), s); err != nil {
		t.Error(err)
	}
	closeStore(t, s)
	mustCheck(t, fs)
}

func TestASnapshotKeepsWhatIsMergedInTheFile(t *testing.T) {
	t.Parallel()
	fs := vfs.NewMem()
	s := openPages(t, fs, 3)
	run(t, s, filesystemStep, create("f", false))
	then := growTo(t, s, "f", 0, 11)
	run(t, s, snapshot("f"))
	now := growTo(t, s, "f", 11, 15)
	if err := s.mergeFile(t.Context(), inodeOf(t, s, "f")); err != nil {
		t.Fatal(err)
	}
	mustHold(t, s, "f", now)
	list, err := s.ListSnapshots(t.Context(), "one", "f")
	if err != nil || len(list) != 1 {
		t.Fatalf("%d snapshots, %v", len(list), err)
	}
	got, err := readAll(t.Context(), s, "f", lake.ReadOptions{Snapshot: list[0].ID})
	if err != nil || !bytes.Equal(got, then) {
		t.Errorf("the snapshot has %d bytes (%v), want %d", len(got), err, len(then))
	}
	if err := s.DeleteSnapshots(t.Context(), "one", "f", lake.Conditions{}); err != nil {
		t.Fatal(err)
	}
	mustHold(t, s, "f", now)
	if err := checkFiles(t.Context(), s); err != nil {
		t.Error(err)
	}
	closeStore(t, s)
	mustCheck(t, fs)
}

// TestAMergeGivesWayToAChange merges what was planned before the file was changed.
func TestAMergeGivesWayToAChange(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]step{
		"overwritten": put("f", bulk(100, 1)),
		"deleted":     remove("f"),
		"united": {"unite", func(ctx context.Context, s *Store) error {
			_, release, err := s.LocalFile(ctx, "one", "f")
			if err == nil {
				release()
			}
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fs := vfs.NewMem()
			s := openPages(t, fs, 3)
			run(t, s, filesystemStep, create("f", false))
			growTo(t, s, "f", 0, 12)
			pages, err := lastPages(s.db, inodeOf(t, s, "f"), mergePages)
			if err != nil {
				t.Fatal(err)
			}
			m := &merge{s: s, inode: inodeOf(t, s, "f"), pages: pages[:len(pages)-1]}
			if !m.plan() {
				t.Fatal("there is nothing to merge")
			}
			run(t, s, change)
			if err := m.run(t.Context()); !errors.Is(err, errMoved) {
				t.Errorf("the merge ended with %v", err)
			}
			if err := checkFiles(t.Context(), s); err != nil {
				t.Error(err)
			}
			closeStore(t, s)
			mustCheck(t, fs)
		})
	}
}

func TestCommittedBlocksAreNotMerged(t *testing.T) {
	t.Parallel()
	s := openPages(t, vfs.NewMem(), 3)
	run(t, s, filesystemStep)
	var ids []lake.BlockID
	var want []byte
	for i := range byte(10) {
		ids = append(ids, lake.BlockID(fmt.Sprintf("b%d", i)))
		run(t, s, putBlock("f", ids[i], bulk(9000, i)))
		want = append(want, bulk(9000, i)...)
	}
	run(t, s, putBlockList("f", ids...), write("f", int64(len(want)), bulk(9000, 10)))
	want = append(want, bulk(9000, 10)...)
	if err := s.mergeFile(t.Context(), inodeOf(t, s, "f")); err != nil {
		t.Fatal(err)
	}
	mustHold(t, s, "f", want)
	list, err := s.BlockList(t.Context(), "one", "f")
	if err != nil || len(list.Committed) != 10 {
		t.Errorf("%d blocks, %v; want 10", len(list.Committed), err)
	}
	closeStore(t, s)
}

// TestTheListOfAnOlderFormatIsAPage reads and changes a file whose extents lie in one record, whatever their number.
func TestTheListOfAnOlderFormatIsAPage(t *testing.T) {
	t.Parallel()
	fs := vfs.NewMem()
	s := openPages(t, fs, 1<<20)
	run(t, s, filesystemStep, create("f", false))
	mustHold(t, s, "f", growTo(t, s, "f", 0, 30))
	keys, err := pageKeys(s.db, inodeOf(t, s, "f"))
	if err != nil || len(keys) != 1 || len(keys[0]) != idKeyLen {
		t.Fatalf("the list lies under %x, %v", keys, err)
	}
	closeStore(t, s)
	writeFile(t, fs, "/data/lake/"+formatName, formatText+"2\n")
	s = openPages(t, fs, 3)
	want := growTo(t, s, "f", 30, 40)
	mustHold(t, s, "f", want)
	// A small append is joined with the last, in whichever page that is.
	run(t, s, write("f", int64(len(want)), bulk(10, 50)), write("f", int64(len(want))+10, bulk(10, 51)))
	want = append(append(want, bulk(10, 50)...), bulk(10, 51)...)
	mustHold(t, s, "f", want)
	if err := s.mergeFile(t.Context(), inodeOf(t, s, "f")); err != nil {
		t.Fatal(err)
	}
	mustHold(t, s, "f", want)
	closeStore(t, s)
	mustCheck(t, fs)
}

func TestALostPageOfExtentsIsDamage(t *testing.T) {
	t.Parallel()
	for i := range 3 {
		fs := vfs.NewMem()
		s := openPages(t, fs, 3)
		run(t, s, filesystemStep, create("f", false))
		want := growTo(t, s, "f", 0, 10)
		pages, err := lastPages(s.db, inodeOf(t, s, "f"), 3)
		if err != nil || len(pages) != 3 {
			t.Fatalf("%d pages, %v", len(pages), err)
		}
		if err := s.db.Delete(pageKey(inodeOf(t, s, "f"), pages[i].start), pebble.Sync); err != nil {
			t.Fatal(err)
		}
		if _, err := readAll(t.Context(), s, "f", lake.ReadOptions{}); !errs.Is(err, errs.Corrupt) {
			t.Errorf("reading a file whose page %d is lost: %v", i, err)
		}
		if err := write("f", int64(len(want)), bulk(9000, 1)).run(t.Context(), s); i == 2 && !errs.Is(err, errs.Corrupt) {
			t.Errorf("appending to a file whose last page is lost: %v", err)
		}
		closeStore(t, s)
		r, err := Check(t.Context(), CheckOptions{FS: fs, Dir: "/data/lake", Clock: stepClock(), Repair: true})
		if err != nil || len(r.Findings) == 0 {
			t.Errorf("check: %+v, %v", r.Findings, err)
		}
		mustCheck(t, fs)
	}
}

// TestALongBodyStaysWhatItWas reads a file of more pieces than are looked up at once while it is replaced.
func TestALongBodyStaysWhatItWas(t *testing.T) {
	t.Parallel()
	s := openPages(t, vfs.NewMem(), 0)
	run(t, s, filesystemStep, create("f", false))
	want := growTo(t, s, "f", 0, 2*maxFound)
	c, err := s.Read(t.Context(), "one", "f", lake.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	run(t, s, put("f", bulk(100, 1)))
	var got bytes.Buffer
	if _, err := got.ReadFrom(c.Body); err != nil || !bytes.Equal(got.Bytes(), want) {
		t.Errorf("%d bytes, %v; want the %d from before", got.Len(), err, len(want))
	}
	if err := c.Body.Close(); err != nil {
		t.Error(err)
	}
	closeStore(t, s)
}
