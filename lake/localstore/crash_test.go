package localstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/lake"
)

// crash is what a power cut at some operation leaves, and the states that it may show: from the last call that
// was acknowledged to the last that had begun.
type crash struct {
	at     int
	op     string
	fs     *vfs.MemFS
	lo, hi int
}

// crashRecorder takes crash clones before every operation that writes.
type crashRecorder struct {
	mem    *vfs.MemFS
	config func(k int) vfs.CrashCloneCfg
	skip   func(k int, op errorfs.Op) bool // nil skips none

	mu      sync.Mutex
	k       int
	acked   int // index of the state that the last acknowledged call made
	begun   int // index of the state that the call under way makes
	crashes []crash
}

func (r *crashRecorder) MaybeError(op errorfs.Op) error {
	if op.Kind.ReadOrWrite() != errorfs.OpIsWrite {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.k++
	if r.skip != nil && r.skip(r.k, op) {
		return nil
	}
	c := crash{at: r.k, op: fmt.Sprintf("%d on %s", op.Kind, op.Path), lo: r.acked, hi: r.begun}
	c.fs = r.mem.CrashClone(r.config(r.k))
	r.crashes = append(r.crashes, c)
	return nil
}

func (r *crashRecorder) String() string { return "crash recorder" }

func (r *crashRecorder) set(acked, begun int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.acked, r.begun = acked, begun
}

func (r *crashRecorder) take() []crash {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.crashes
	r.crashes = nil
	return c
}

// TestCrashAtEveryOperation cuts the power before each file operation of the scenario, opens what is left, and
// finds the lake as before or after the call that was interrupted.
func TestCrashAtEveryOperation(t *testing.T) {
	t.Parallel()
	for name, percent := range map[string]int{"unsynced lost": 0, "unsynced partly kept": 50, "unsynced kept": 100} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &crashRecorder{mem: vfs.NewCrashableMem(), config: func(k int) vfs.CrashCloneCfg {
				return vfs.CrashCloneCfg{UnsyncedDataPercent: percent, RNG: rand.New(rand.NewPCG(1, uint64(k)))}
			}}
			n := crashThrough(t, r)
			t.Logf("%d crashes", n)
		})
	}
}

func crashThrough(t *testing.T, r *crashRecorder) int {
	t.Helper()
	ctx := t.Context()
	fs := errorfs.Wrap(r.mem, r)
	s, err := openAt(fs)
	if err != nil {
		t.Fatal(err)
	}
	states := []string{mustDump(t, s)}
	n := verifyCrashes(t, r.take(), states)
	for i, st := range scenario(r.mem) {
		r.set(i, i+1)
		if err := st.run(ctx, s); err != nil {
			t.Fatalf("%s: %v", st.name, err)
		}
		r.set(i+1, i+1)
		states = append(states, mustDump(t, s))
		n += verifyCrashes(t, r.take(), states)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return n + verifyCrashes(t, r.take(), states)
}

func mustDump(t *testing.T, s *Store) string {
	t.Helper()
	d, err := dump(t.Context(), s, true)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func verifyCrashes(t *testing.T, crashes []crash, states []string) int {
	t.Helper()
	for _, c := range crashes {
		if err := verifyCrash(t.Context(), c, states); err != nil {
			t.Errorf("crash before operation %d (%s), states %d to %d: %v", c.at, c.op, c.lo, c.hi, err)
		}
	}
	return len(crashes)
}

func verifyCrash(ctx context.Context, c crash, states []string) error {
	s, err := openAt(c.fs)
	if err != nil {
		return err
	}
	got, err := dump(ctx, s, true)
	if err == nil && !slices.Contains(states[c.lo:min(c.hi, len(states)-1)+1], got) {
		err = fmt.Errorf("the lake is neither as before nor as after (-before +got):\n%s", cmp.Diff(states[c.lo], got))
	}
	if err == nil {
		err = checkFiles(ctx, s)
	}
	if err == nil {
		err = checkUsable(ctx, s)
	}
	return errors.Join(err, s.Close())
}

func checkUsable(ctx context.Context, s *Store) error {
	if _, err := s.CreateFilesystem(ctx, "after", lake.CreateFilesystemOptions{}); err != nil {
		return err
	}
	_, err := s.PutBlob(ctx, "after", "a/b", bytes.NewReader(bulk(20_000, 99)), lake.PutBlobOptions{})
	return err
}
