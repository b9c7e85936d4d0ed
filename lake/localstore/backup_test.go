package localstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// dumpDir opens a lake on the real disk and returns all that it holds.
func dumpDir(t *testing.T, dir string) string {
	t.Helper()
	s := openDir(t, dir)
	defer closeStore(t, s)
	text, err := dump(t.Context(), s, true)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestABackupRestoresToTheSameLake(t *testing.T) {
	t.Parallel()
	for name, fs := range map[string]vfs.FS{"linked": vfs.Default, "copied": otherDevice{vfs.Default}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := checkedLake(t)
			out, again := filepath.Join(t.TempDir(), "backup", "lake"), filepath.Join(t.TempDir(), "restored")
			want := dumpDir(t, dir)
			s, err := Open(Options{FS: fs, Dir: dir, Clock: stepClock()})
			if err != nil {
				t.Fatal(err)
			}
			var last Progress
			report, err := s.Backup(t.Context(), out, func(p Progress) {
				if p.Done < last.Done || p.Done > p.Total {
					t.Errorf("progress %+v after %+v", p, last)
				}
				last = p
			})
			if err != nil {
				t.Fatal(err)
			}
			if report.Contents != 9 || report.Linked+report.Copied != 5 || (report.Copied == 0) != (name == "linked") {
				t.Errorf("backup of 9 pieces, 5 in files: %+v", report)
			}
			if last.Done != report.Bytes || last.Total != report.Bytes {
				t.Errorf("last told %+v of %d bytes", last, report.Bytes)
			}
			// The backup keeps what the lake loses.
			run(t, s, remove("a"), put("c/whole", bulk(10, 30)))
			closeStore(t, s)
			if _, err := Restore(t.Context(), fs, out, again, nil); err != nil {
				t.Fatal(err)
			}
			for _, lake := range []string{again, out} {
				if r := check(t, lake, false); len(r.Findings) != 0 {
					t.Errorf("%s:\n%s", lake, findings(r))
				}
				if diff := cmp.Diff(want, dumpDir(t, lake)); diff != "" {
					t.Errorf("%s differs from the lake:\n%s", lake, diff)
				}
			}
			s = openDir(t, again)
			defer closeStore(t, s)
			run(t, s, put("a/b/big", bulk(100_000, 40)), putBlockList("pending", "b1"))
			if got, err := readAll(t.Context(), s, "pending", lake.ReadOptions{}); err != nil || !bytes.Equal(got, bulk(25_000, 9)) {
				t.Errorf("a block that was pending: %d bytes, %v", len(got), err)
			}
		})
	}
}

// TestABackupUnderWritesIsOneMoment lets writers replace, delete and rename pairs of files while backups are made. In
// each backup the content must be whole, and each writer's counter must be one that it had then.
func TestABackupUnderWritesIsOneMoment(t *testing.T) {
	t.Parallel()
	const writers, backups = 4, 6
	base := t.TempDir()
	s := openDir(t, filepath.Join(base, "lake"))
	run(t, s, scenario(nil)[0])
	var (
		stop   atomic.Bool
		acked  [writers]atomic.Int64
		begun  [writers]atomic.Int64
		all    sync.WaitGroup
		failed atomic.Pointer[error]
	)
	for w := range writers {
		all.Go(func() {
			for i := int64(1); !stop.Load(); i++ {
				begun[w].Store(i)
				if err := writeRound(t.Context(), s, w, i); err != nil {
					failed.Store(&err)
					return
				}
				acked[w].Store(i)
			}
		})
	}
	type window struct{ from, to [writers]int64 }
	var windows []window
	for i := range backups {
		var at window
		for w := range writers {
			for acked[w].Load() < int64(i)*3+1 && failed.Load() == nil {
				runtime.Gosched() // every backup is of a lake that has moved on
			}
			at.from[w] = acked[w].Load()
		}
		if _, err := s.Backup(t.Context(), filepath.Join(base, fmt.Sprint("backup", i)), nil); err != nil {
			t.Errorf("backup %d: %v", i, err)
		}
		for w := range writers {
			at.to[w] = begun[w].Load()
		}
		windows = append(windows, at)
	}
	stop.Store(true)
	all.Wait()
	if err := failed.Load(); err != nil {
		t.Fatal(*err)
	}
	if err := checkFiles(t.Context(), s); err != nil { // what backups held back is gone
		t.Error(err)
	}
	closeStore(t, s)
	for i, at := range windows {
		dir := filepath.Join(base, fmt.Sprint("backup", i))
		if r := check(t, dir, false); r.Damage() != 0 {
			t.Errorf("backup %d:\n%s", i, findings(r))
		}
		b := openDir(t, dir)
		for w := range writers {
			n, err := roundOf(t.Context(), b, w)
			if err != nil || n < at.from[w] || n > at.to[w] {
				t.Errorf("backup %d has round %d of writer %d, want one from %d to %d (%v)", i, n, w, at.from[w], at.to[w], err)
			}
		}
		closeStore(t, b)
	}
}

// writeRound replaces a writer's file by one that says which round it is, after a detour over files that come and go.
func writeRound(ctx context.Context, s *Store, w int, round int64) error {
	name, other := lake.Path(fmt.Sprintf("w%d/now", w)), lake.Path(fmt.Sprintf("w%d/next", w))
	content := append(fmt.Appendf(nil, "%020d", round), bulk(40_000, byte(round))...)
	steps := []step{put(other, content), rename("one", other, name), put(other, content), remove(other)}
	for _, st := range steps {
		if err := st.run(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// roundOf reads a writer's file and checks that it is whole.
func roundOf(ctx context.Context, s *Store, w int) (int64, error) {
	b, err := readAll(ctx, s, lake.Path(fmt.Sprintf("w%d/now", w)), lake.ReadOptions{})
	if err != nil {
		return 0, err
	}
	var round int64
	if _, err := fmt.Sscanf(string(b[:20]), "%d", &round); err != nil {
		return 0, err
	}
	if !bytes.Equal(b[20:], bulk(40_000, byte(round))) {
		return round, errors.New("the content is of another round")
	}
	return round, nil
}

func TestABackupIsRefusedAndLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := checkedLake(t)
	base := t.TempDir()
	full := filepath.Join(base, "full")
	if err := os.MkdirAll(full, 0o700); err != nil {
		t.Fatal(err)
	}
	overwrite(t, filepath.Join(full, "mine"), []byte("x"))
	damaged := contentOf(t, dir, "c/whole")[0]
	s, err := Open(Options{FS: otherDevice{vfs.Default}, Dir: dir, Clock: stepClock()})
	if err != nil {
		t.Fatal(err)
	}
	defer closeStore(t, s)
	if _, err := s.Backup(t.Context(), full, nil); !errs.Is(err, errs.Conflict) || !strings.Contains(err.Error(), full) {
		t.Errorf("backup to a folder that is not empty: %v", err)
	}
	if _, err := Restore(t.Context(), vfs.Default, filepath.Join(base, "none"), filepath.Join(base, "to"), nil); !errs.Is(err, errs.NotFound) {
		t.Errorf("restore of nothing: %v", err)
	}
	if _, err := Restore(t.Context(), vfs.Default, dir, filepath.Join(base, "to"), nil); !errs.Is(err, errs.Conflict) {
		t.Errorf("restore of a lake in use: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Backup(ctx, filepath.Join(base, "canceled"), nil); !errs.Is(err, errs.Canceled) {
		t.Errorf("backup that was called off: %v", err)
	}
	b, err := os.ReadFile(damaged)
	if err != nil {
		t.Fatal(err)
	}
	b[5] ^= 1
	overwrite(t, damaged, b)
	if _, err := s.Backup(t.Context(), filepath.Join(base, "damaged"), nil); !errs.Is(err, errs.Corrupt) || !strings.Contains(err.Error(), damaged) {
		t.Errorf("backup of damaged content: %v", err)
	}
	if names, err := vfs.Default.List(base); err != nil || len(names) != 1 {
		t.Errorf("refused backups left %v (%v), want only what was there", names, err)
	}
}

// TestABackupThatIsCutOffIsNoBackup ends a backup before each of its file operations, with what was not synced
// lost or kept, and looks for its folder: it is not there, or whole. The next backup then succeeds.
func TestABackupThatIsCutOffIsNoBackup(t *testing.T) {
	t.Parallel()
	r := &crashRecorder{
		mem: vfs.NewCrashableMem(),
		config: func(k int) vfs.CrashCloneCfg {
			return vfs.CrashCloneCfg{UnsyncedDataPercent: k % 2 * 100, RNG: rand.New(rand.NewPCG(uint64(k), 1))}
		},
	}
	for name, fs := range map[string]vfs.FS{"linked": errorfs.Wrap(r.mem, r), "copied": otherDevice{errorfs.Wrap(r.mem, r)}} {
		s, err := openAt(fs)
		if err != nil {
			t.Fatal(err)
		}
		if name == "linked" || len(contentFiles(t, r.mem)) == 0 {
			_ = scenario(nil)[0].run(t.Context(), s) // the second time it exists
			run(t, s, put("d/big", bulk(200_000, 1)), put("d/small", bulk(10, 2)))
		}
		want := mustDump(t, s)
		r.take()
		out := "/data/" + name
		if _, err := s.Backup(t.Context(), out, nil); err != nil {
			t.Fatal(err)
		}
		whole := 0
		crashes := r.take()
		for _, c := range crashes {
			n, err := verifyCutOff(t.Context(), c.fs, out, want)
			if err != nil {
				t.Errorf("%s, cut off before operation %d (%s): %v", name, c.at, c.op, err)
			}
			whole += n
		}
		if len(crashes) < 20 || whole == len(crashes) {
			t.Errorf("%s: %d crashes, %d with a whole backup; want many, and few whole", name, len(crashes), whole)
		}
		closeStore(t, s)
	}
}

// verifyCutOff returns 1 where the backup is there.
func verifyCutOff(ctx context.Context, fs *vfs.MemFS, out, want string) (whole int, err error) {
	if _, err := fs.Stat(out); err == nil {
		whole = 1
		if err := verifyBackup(ctx, fs, out, want); err != nil {
			return whole, err
		}
	}
	s, err := openAt(fs)
	if err != nil {
		return whole, err
	}
	_, err = s.Backup(ctx, out, nil)
	if whole == 1 && errs.Is(err, errs.Conflict) {
		err = nil // it is not written over
	}
	return whole, errors.Join(err, s.Close(), verifyBackup(ctx, fs, out, want))
}

func verifyBackup(ctx context.Context, fs vfs.FS, out, want string) error {
	r, err := Check(ctx, CheckOptions{FS: fs, Dir: out, Clock: stepClock()})
	if err != nil {
		return err
	}
	if len(r.Findings) != 0 {
		return errors.New(findings(r))
	}
	s, err := Open(Options{FS: fs, Dir: out, Clock: stepClock()})
	if err != nil {
		return err
	}
	got, err := dump(ctx, s, true)
	if err == nil && got != want {
		err = errors.New("the backup differs: " + cmp.Diff(want, got))
	}
	return errors.Join(err, s.Close())
}
