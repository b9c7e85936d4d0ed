package localstore

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// fault fails the k-th file operation, or that and all later ones.
type fault struct {
	k       int64
	lasting bool
	n       atomic.Int64
	healed  atomic.Bool
	op      atomic.Pointer[errorfs.Op]
}

func (f *fault) MaybeError(op errorfs.Op) error {
	if f.healed.Load() || op.Kind == errorfs.OpFileClose || endsProcess(op) {
		return nil // closing a file that cannot be closed leaks it, and nothing else
	}
	n := f.n.Add(1)
	if n < f.k || n > f.k && !f.lasting {
		return nil
	}
	f.op.CompareAndSwap(nil, &op)
	return errorfs.ErrInjected
}

// endsProcess reports whether the database, by its own choice, panics in the background where the operation fails:
// when it cannot make the name of its newest manifest durable.
func endsProcess(op errorfs.Op) bool {
	base := path.Base(op.Path)
	return base == namesDir || base == namesDir+".new" || strings.HasPrefix(base, "marker.")
}

func (f *fault) String() string { return "fault" }

// TestFaultAtEveryOperation fails each file operation of the scenario, once or for good: the call that met the
// failure reports it and changes nothing that can be seen, and opening the folder again finds the lake as before or
// after that call.
func TestFaultAtEveryOperation(t *testing.T) {
	t.Parallel()
	states := cleanStates(t)
	for _, lasting := range []bool{false, true} {
		t.Run(fmt.Sprintf("lasting %v", lasting), func(t *testing.T) {
			t.Parallel()
			k := int64(1)
			for ; ; k++ {
				f := &fault{k: k, lasting: lasting}
				if err := faultThrough(t.Context(), f, states); err != nil {
					t.Errorf("fault at operation %d (%+v): %v", k, f.op.Load(), err)
				}
				if f.op.Load() == nil {
					break
				}
			}
			t.Logf("%d faults", k-1)
		})
	}
}

// cleanStates returns the states that the scenario goes through, before its first step and after each.
func cleanStates(t *testing.T) []string {
	t.Helper()
	mem := vfs.NewMem()
	s, err := openAt(mem)
	if err != nil {
		t.Fatal(err)
	}
	states := []string{""}
	for _, st := range scenario(mem) {
		if err := st.run(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", st.name, err)
		}
		d, err := dump(t.Context(), s, false)
		if err != nil {
			t.Fatal(err)
		}
		states = append(states, d)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return states
}

func faultThrough(ctx context.Context, f *fault, states []string) error {
	mem := vfs.NewCrashableMem()
	fs := errorfs.Wrap(mem, f)
	s, err := openAt(fs)
	if err != nil {
		if !errs.Is(err, errs.Unavailable) && !errs.Is(err, errs.Conflict) {
			return fmt.Errorf("open failed with kind %v: %w", errs.KindOf(err), err)
		}
		f.healed.Store(true)
		return reopen(ctx, mem, states[:1])
	}
	for i, st := range scenario(mem) {
		err := st.run(ctx, s)
		if err == nil {
			continue
		}
		if !errs.Is(err, errs.Unavailable) {
			return fmt.Errorf("%s failed with kind %v: %w", st.name, errs.KindOf(err), err)
		}
		f.healed.Store(true)
		if err := checkUnchanged(ctx, s, states[i]); err != nil {
			return fmt.Errorf("after %s failed: %w", st.name, err)
		}
		if err := s.Close(); err != nil {
			return err
		}
		if err := reopen(ctx, mem, states[i:i+2]); err != nil {
			return fmt.Errorf("after %s failed: %w", st.name, err)
		}
		return nil
	}
	f.healed.Store(true)
	if err := s.Close(); err != nil {
		return err
	}
	return reopen(ctx, mem, states[len(states)-1:])
}

// checkUnchanged checks that a failed call left the open store as it was, or that the store refuses everything.
func checkUnchanged(ctx context.Context, s *Store, want string) error {
	got, err := dump(ctx, s, false)
	if s.health.broken.Load() != nil {
		if !errs.Is(err, errs.Unavailable) {
			return fmt.Errorf("a broken store answered: %w", err)
		}
		_, err := s.CreateFilesystem(ctx, "more", lake.CreateFilesystemOptions{})
		if !errs.Is(err, errs.Unavailable) {
			return fmt.Errorf("a broken store took a change: %w", err)
		}
		return nil
	}
	if err != nil {
		return err
	}
	if got != want {
		return fmt.Errorf("the lake changed (-before +got):\n%s", cmp.Diff(want, got))
	}
	return nil
}

// reopen opens what is in the folder, as another process would.
func reopen(ctx context.Context, mem *vfs.MemFS, states []string) error {
	s, err := openAt(mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 100, RNG: rand.New(rand.NewPCG(1, 1))}))
	if err != nil {
		return fmt.Errorf("open again: %w", err)
	}
	got, err := dump(ctx, s, false)
	if err == nil && !slices.Contains(states, got) {
		err = fmt.Errorf("the lake is neither as before nor as after (-before +got):\n%s", cmp.Diff(states[0], got))
	}
	if err == nil {
		err = checkFiles(ctx, s)
	}
	return errors.Join(err, s.Close())
}
