package localstore

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

const salvageFiles = 120

func salvagePath(i int) lake.Path { return lake.Path(fmt.Sprintf("d%d/f%03d", i%3, i)) }

// salvageContent lies in the database for two files of three.
func salvageContent(i, version int) []byte { return bulk(500+i%3*9_000, byte(i+version*100)) }

// salvageLake makes a lake whose records all lie in one table at the database's bottom, and returns its name.
func salvageLake(t *testing.T, fs vfs.FS) string {
	t.Helper()
	s := openPages(t, fs, 0)
	run(t, s, filesystemStep)
	for i := range salvageFiles {
		run(t, s, put(salvagePath(i), salvageContent(i, 0)))
	}
	if err := errors.Join(s.db.Flush(), s.db.Compact(t.Context(), []byte{0}, []byte{255}, false)); err != nil {
		t.Fatal(err)
	}
	tables, err := tablesOf(fs, "/data/lake/names", s.db)
	if err != nil || len(tables) != 1 {
		t.Fatalf("%d tables, %v", len(tables), err)
	}
	closeStore(t, s)
	return tables[0].name
}

// flip flips a bit of a file, at a part of its length.
func flip(t *testing.T, fs vfs.FS, name string, part float64) {
	t.Helper()
	f, err := fs.OpenReadWrite(name, vfs.WriteCategoryUnspecified)
	if err != nil {
		t.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	at := int64(float64(info.Size()-1) * part)
	var b [1]byte
	_, err = f.ReadAt(b[:], at)
	b[0] ^= 1
	_, writeErr := f.WriteAt(b[:], at)
	if err := errors.Join(err, writeErr, f.Sync(), f.Close()); err != nil {
		t.Fatal(err)
	}
}

func repairIn(t *testing.T, fs vfs.FS) CheckReport {
	t.Helper()
	r, err := Check(t.Context(), CheckOptions{FS: fs, Dir: "/data/lake", Clock: stepClock(), Repair: true})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// countWhole counts the files that have the content of their version; all others must be gone.
func countWhole(t *testing.T, fs vfs.FS, version func(i int) int) int {
	t.Helper()
	s := openPages(t, fs, 0)
	defer closeStore(t, s)
	whole := 0
	for i := range salvageFiles {
		got, err := readAll(t.Context(), s, salvagePath(i), lake.ReadOptions{})
		switch {
		case err == nil && bytes.Equal(got, salvageContent(i, version(i))):
			whole++
		case errs.Is(err, errs.NotFound):
		default:
			t.Errorf("%s: %d bytes that are not its last, %v", salvagePath(i), len(got), err)
		}
	}
	run(t, s, put("new", bulk(20_000, 1)))
	if err := checkFiles(t.Context(), s); err != nil {
		t.Error(err)
	}
	return whole
}

func first(int) int { return 0 }

// TestARepairKeepsWhatADamagedTableStillHas flips one bit at many places of the table that holds all records.
func TestARepairKeepsWhatADamagedTableStillHas(t *testing.T) {
	t.Parallel()
	for part := 1; part < 10; part++ { // what the first block has is looked at below
		t.Run(fmt.Sprintf("at %d of 10", part), func(t *testing.T) {
			t.Parallel()
			fs := vfs.NewMem()
			name := salvageLake(t, fs)
			flip(t, fs, name, float64(part)/10+0.01)
			if r, err := Check(t.Context(), CheckOptions{FS: fs, Dir: "/data/lake", Clock: stepClock()}); err != nil || r.Damage() == 0 {
				t.Fatalf("%v; found %s", err, findings(r))
			}
			r := repairIn(t, fs)
			if r.Damage() != 0 || !strings.Contains(findings(r), fs.PathBase(name)+": is damaged") {
				t.Fatalf("the repair left or did not name damage:\n%s", findings(r))
			}
			if _, err := fs.Stat(fs.PathJoin(r.Aside, namesDir, fs.PathBase(name))); err != nil {
				t.Errorf("the damaged table was not set aside: %v", err)
			}
			mustCheck(t, fs)
			if whole := countWhole(t, fs, first); whole < salvageFiles*19/20 {
				// The directories' own records are few, and what they hold is given back elsewhere.
				if !strings.Contains(findings(r), lostFilesystem) {
					t.Errorf("%d of %d files are whole:\n%s", whole, salvageFiles, findings(r))
				}
			}
		})
	}
}

// TestARepairGivesBackWhatLostDirectoriesHold damages the block that begins the table: the filesystem's record lies in it.
func TestARepairGivesBackWhatLostDirectoriesHold(t *testing.T) {
	t.Parallel()
	fs := vfs.NewMem()
	flip(t, fs, salvageLake(t, fs), 0)
	if r := repairIn(t, fs); !strings.Contains(findings(r), lostFilesystem) {
		t.Fatalf("nothing was found without its directory:\n%s", findings(r))
	}
	mustCheck(t, fs)
	s := openPages(t, fs, 0)
	defer closeStore(t, s)
	page, err := s.List(t.Context(), lostFilesystem, lake.Root, lake.ListOptions{Recursive: true})
	if err != nil {
		t.Fatal(err)
	}
	whole := 0
	for _, p := range page.Entries {
		var i int
		if _, err := fmt.Sscanf(p.Path.Base(), "f%03d", &i); err != nil {
			continue
		}
		c, err := s.Read(t.Context(), lostFilesystem, p.Path, lake.ReadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(c.Body)
		if err = errors.Join(err, c.Body.Close()); err != nil || !bytes.Equal(got, salvageContent(i, 0)) {
			t.Errorf("%s: %d bytes, %v", p.Path, len(got), err)
		}
		whole++
	}
	if whole < salvageFiles*9/10 {
		t.Errorf("%d of %d files were given back", whole, salvageFiles)
	}
}

// TestARepairBringsNothingOldBack damages records that replaced others: the others must not take their place again.
func TestARepairBringsNothingOldBack(t *testing.T) {
	t.Parallel()
	for part := range 10 {
		fs := vfs.NewMem()
		salvageLake(t, fs)
		s := openPages(t, fs, 0)
		for i := range salvageFiles {
			switch i % 3 {
			case 0:
				run(t, s, put(salvagePath(i), salvageContent(i, 1)))
			case 1:
				run(t, s, remove(salvagePath(i)))
			}
		}
		if err := s.db.Flush(); err != nil {
			t.Fatal(err)
		}
		tables, err := tablesOf(fs, "/data/lake/names", s.db)
		if err != nil || len(tables) < 2 {
			t.Fatalf("%d tables, %v", len(tables), err)
		}
		closeStore(t, s)
		flip(t, fs, tables[0].name, float64(part)/10+0.01) // the newest
		repairIn(t, fs)
		mustCheck(t, fs)
		s = openPages(t, fs, 0)
		for i := range salvageFiles {
			got, err := readAll(t.Context(), s, salvagePath(i), lake.ReadOptions{})
			switch {
			case errs.Is(err, errs.NotFound):
			case i%3 == 1:
				t.Errorf("part %d: %s, which was deleted, is back", part, salvagePath(i))
			case err != nil || !bytes.Equal(got, salvageContent(i, 1-(i%3+1)/2)):
				t.Errorf("part %d: %s has %d bytes that are not its last, %v", part, salvagePath(i), len(got), err)
			}
		}
		closeStore(t, s)
	}
}

// TestARepairKnowsContentByItsChecksums salvages a database that lacks the record of a content file.
func TestARepairKnowsContentByItsChecksums(t *testing.T) {
	t.Parallel()
	fs := vfs.NewMem()
	salvageLake(t, fs)
	s := openPages(t, fs, 0)
	e, _ := nodeAt(t, s.db, salvagePath(2)) // 18,500 bytes
	mustDelete(t, s.db, contentKey(e.node.extents[0].content))
	if err := errors.Join(s.db.Flush(), s.db.Compact(t.Context(), []byte{0}, []byte{255}, false)); err != nil {
		t.Fatal(err)
	}
	tables, err := tablesOf(fs, "/data/lake/names", s.db)
	if err != nil || len(tables) != 1 {
		t.Fatalf("%d tables, %v", len(tables), err)
	}
	closeStore(t, s)
	flip(t, fs, tables[0].name, 0.5)
	repairIn(t, fs)
	mustCheck(t, fs)
	s = openPages(t, fs, 0)
	defer closeStore(t, s)
	if got, err := readAll(t.Context(), s, salvagePath(2), lake.ReadOptions{}); err != nil || !bytes.Equal(got, salvageContent(2, 0)) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
}

// TestARepairThatIsCutOffIsFinishedByTheNext cuts the power before the operations of a repair that salvages.
func TestARepairThatIsCutOffIsFinishedByTheNext(t *testing.T) {
	t.Parallel()
	mem := vfs.NewCrashableMem()
	flip(t, mem, salvageLake(t, mem), 0.5)
	r := &crashRecorder{mem: mem, config: func(k int) vfs.CrashCloneCfg {
		return vfs.CrashCloneCfg{UnsyncedDataPercent: 50 * (k % 3), RNG: rand.New(rand.NewPCG(1, uint64(k)))}
	}}
	// What is being made has a name of its own: before and after an operation it is much the same.
	r.skip = func(k int, op errorfs.Op) bool { return op.Kind != errorfs.OpRename && k%8 != 0 }
	repairIn(t, errorfs.Wrap(mem, r))
	want := countWhole(t, mem, first)
	crashes := r.take()
	t.Logf("%d crashes, %d files", len(crashes), want)
	for _, c := range crashes {
		repairIn(t, c.fs)
		mustCheck(t, c.fs)
		if whole := countWhole(t, c.fs, first); whole != want {
			t.Errorf("crash before operation %d (%s): %d files are whole, want %d", c.at, c.op, whole, want)
		}
	}
}
