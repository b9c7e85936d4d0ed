package localstore

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

func snapshotOf(t *testing.T, s *Store, p lake.Path) lake.SnapshotID {
	t.Helper()
	id, _, err := s.Snapshot(t.Context(), "one", p, nil, lake.Conditions{})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func snapshotContent(t *testing.T, s *Store, p lake.Path, id lake.SnapshotID) string {
	t.Helper()
	c, err := s.Read(t.Context(), "one", p, lake.ReadOptions{Snapshot: id})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Body.Close() //nolint:errcheck // it was only read
	var b strings.Builder
	buf := make([]byte, 64<<10)
	for {
		n, err := c.Body.Read(buf)
		b.Write(buf[:n])
		if err != nil {
			return b.String()
		}
	}
}

// soundLake checks the folder of a store that it closes: every piece of content has the owners that are recorded.
func soundLake(t *testing.T, s *Store, dir string) CheckReport {
	t.Helper()
	if err := checkFiles(t.Context(), s); err != nil {
		t.Error(err)
	}
	closeStore(t, s)
	r := check(t, dir, false)
	if len(r.Findings) > 0 {
		t.Errorf("the check finds %v", r.Findings)
	}
	return r
}

// TestSnapshotsKeepWhatFilesWere takes snapshots and changes files at random, and compares with what was there.
func TestSnapshotsKeepWhatFilesWere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openDir(t, dir)
	run(t, s, scenario(nil)[0])
	ctx := t.Context()
	random := rand.New(rand.NewPCG(7, 7))
	files := map[lake.Path]string{}
	taken := map[lake.Path]map[lake.SnapshotID]string{}
	sizes := []int{0, 10, 3000, 20_000, 300_000}
	for i := range 600 {
		p := lake.Path(fmt.Sprintf("d%d/f%d", random.IntN(2), random.IntN(4)))
		text := strings.Repeat(fmt.Sprintf("%03d ", i), sizes[random.IntN(len(sizes))]/4)
		old, exists := files[p]
		var err error
		switch action := random.IntN(25) / 3; {
		case !exists || action < 2:
			_, err = s.PutBlob(ctx, "one", p, strings.NewReader(text), lake.PutBlobOptions{})
			files[p] = text
		case action < 5:
			if err = s.Append(ctx, "one", p, int64(len(old)), strings.NewReader(text), lake.AppendOptions{}); err == nil {
				_, err = s.Flush(ctx, "one", p, int64(len(old)+len(text)), lake.FlushOptions{})
			}
			files[p] = old + text
		case action < 7:
			if taken[p] == nil {
				taken[p] = map[lake.SnapshotID]string{}
			}
			taken[p][snapshotOf(t, s, p)] = old
		case action == 7:
			for id, was := range taken[p] {
				if got := snapshotContent(t, s, p, id); got != was {
					t.Fatalf("snapshot %s of %s has %d bytes that are not the file's %d of then", id, p, len(got), len(was))
				}
				err = s.DeleteSnapshot(ctx, "one", p, id, lake.Conditions{})
				delete(taken[p], id)
				break
			}
		default:
			err = s.Delete(ctx, "one", p, lake.DeleteOptions{})
			if len(taken[p]) > 0 {
				if errs.CodeOf(err) != lake.CodeSnapshotsPresent {
					t.Fatalf("deleting %s with %d snapshots: %v", p, len(taken[p]), err)
				}
				err = s.Delete(ctx, "one", p, lake.DeleteOptions{Snapshots: true})
			}
			delete(files, p)
			delete(taken, p)
		}
		if err != nil {
			t.Fatalf("operation %d on %s: %v", i, p, err)
		}
	}
	for p, want := range files {
		if got := content(t, s, p); got != want {
			t.Errorf("%s has %d bytes that are not its content's %d", p, len(got), len(want))
		}
		list, err := s.ListSnapshots(ctx, "one", p)
		if err != nil || len(list) != len(taken[p]) {
			t.Errorf("%s has %d snapshots (%v), want %d", p, len(list), err, len(taken[p]))
		}
		if !slices.IsSortedFunc(list, func(a, b lake.Snapshot) int { return strings.Compare(string(a.ID), string(b.ID)) }) {
			t.Errorf("the snapshots of %s are not in the order of their times", p)
		}
		for id, was := range taken[p] {
			if got := snapshotContent(t, s, p, id); got != was {
				t.Errorf("snapshot %s of %s has %d bytes that are not the file's %d of then", id, p, len(got), len(was))
			}
		}
	}
	soundLake(t, s, dir)
}

func TestSnapshotsGoWithTheTreeAndMoveWithTheFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openDir(t, dir)
	run(
		t, s, scenario(nil)[0], put("d/big", bulk(300_000, 1)), put("d/small", bulk(100, 2)), put("gone/f", bulk(30_000, 3)),
		putBlock("many", "b1", bulk(30_000, 4)), putBlock("many", "b2", bulk(40_000, 5)), putBlock("many", "b3", bulk(10, 6)),
		putBlock("many", "b4", bulk(10, 7)), putBlock("many", "b5", bulk(10, 8)), putBlockList("many", "b1", "b2", "b3", "b4", "b5"),
	)
	ctx := t.Context()
	many := content(t, s, "many")
	kept := snapshotOf(t, s, "many") // its list of extents is a record of its own
	snapshotOf(t, s, "gone/f")
	snapshotOf(t, s, "d/big")
	run(t, s, put("many", bulk(5, 9)))
	if _, err := s.Rename(ctx, lake.Location{Filesystem: "one", Path: "many"}, lake.Location{Filesystem: "one", Path: "moved"}, lake.RenameOptions{}); err != nil {
		t.Fatal(err)
	}
	if got := snapshotContent(t, s, "moved", kept); got != many {
		t.Errorf("after a rename the snapshot has %d bytes that are not the file's %d of then", len(got), len(many))
	}
	_, err := s.Rename(ctx, lake.Location{Filesystem: "one", Path: "d/small"}, lake.Location{Filesystem: "one", Path: "moved"}, lake.RenameOptions{})
	if errs.CodeOf(err) != lake.CodeSnapshotsPresent {
		t.Errorf("renaming over a file with snapshots: %v", err)
	}
	if err := s.Delete(ctx, "one", "gone", lake.DeleteOptions{Recursive: true}); err != nil {
		t.Fatal(err)
	}
	closeStore(t, s)
	s = openDir(t, dir)
	if got := snapshotContent(t, s, "moved", kept); got != many {
		t.Errorf("after a restart the snapshot has %d bytes, want %d", len(got), len(many))
	}
	r := soundLake(t, s, dir)
	if r.Files != 3 {
		t.Errorf("%d files, want 3", r.Files)
	}
}

func TestWrongCountsOfOwnersAreFoundAndPutRight(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openDir(t, dir)
	run(t, s, scenario(nil)[0], put("f", bulk(30_000, 1)))
	id := snapshotOf(t, s, "f")
	want := content(t, s, "f")
	closeStore(t, s)
	editNames(t, dir, func(db *pebble.DB) {
		if err := db.DeleteRange([]byte{prefixShared}, []byte{prefixShared + 1}, pebble.Sync); err != nil {
			t.Fatal(err)
		}
	})
	if r := check(t, dir, true); r.Damage() != 0 || len(r.Findings) != 1 || !strings.Contains(r.Findings[0].Problem, "2 owners, and 1 are recorded") {
		t.Errorf("the check finds %v", r.Findings)
	}
	s = openDir(t, dir)
	run(t, s, put("f", bulk(10, 2)))
	if got := snapshotContent(t, s, "f", id); got != want {
		t.Errorf("after the repair the snapshot has %d bytes, want %d", len(got), len(want))
	}
	soundLake(t, s, dir)
}

func TestContentThatIsMissingIsDamageAndNoEndlessSearch(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openDir(t, dir)
	run(t, s, scenario(nil)[0], put("f", bulk(100, 1)))
	closeStore(t, s)
	editNames(t, dir, func(db *pebble.DB) {
		if err := db.DeleteRange([]byte{prefixContent}, []byte{prefixContent + 1}, pebble.Sync); err != nil {
			t.Fatal(err)
		}
	})
	s = openDir(t, dir)
	defer closeStore(t, s)
	if _, err := s.Read(t.Context(), "one", "f", lake.ReadOptions{}); !errs.Is(err, errs.Corrupt) {
		t.Errorf("read: %v, want Corrupt", err)
	}
	if _, _, err := s.LocalFile(t.Context(), "one", "f"); !errs.Is(err, errs.Corrupt) {
		t.Errorf("local file: %v, want Corrupt", err)
	}
}
