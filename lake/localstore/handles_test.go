package localstore

import (
	"bytes"
	"os"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// noHandles is a file system without file handles: what opens or makes a file fails so many times.
type noHandles struct {
	left atomic.Int64
	met  atomic.Int64
}

func (n *noHandles) MaybeError(op errorfs.Op) error {
	switch op.Kind {
	case errorfs.OpCreate, errorfs.OpReuseForWrite, errorfs.OpOpenDir, errorfs.OpOpen:
	default:
		return nil
	}
	if n.left.Add(-1) < 0 {
		return nil
	}
	n.met.Add(1)
	return &os.PathError{Op: "open", Path: op.Path, Err: syscall.EMFILE}
}

func (n *noHandles) String() string { return "no handles" }

// TestTheDatabaseWaitsForAFileHandle takes the handles while the database begins a new log and writes tables.
func TestTheDatabaseWaitsForAFileHandle(t *testing.T) {
	t.Parallel()
	out := &noHandles{}
	s := openPages(t, errorfs.Wrap(vfs.NewMem(), out), 0)
	run(t, s, filesystemStep)
	for i := range byte(3) {
		run(t, s, put("f", bulk(16_000, i)))
		out.left.Store(3)
		if err := s.db.Flush(); err != nil {
			t.Fatalf("flush %d: %v", i, err)
		}
		if out.left.Load() > 0 || out.met.Load() < 3*int64(i+1) {
			t.Fatalf("flush %d met %d refusals", i, out.met.Load())
		}
	}
	if err := s.health.check(t.Context()); err != nil {
		t.Errorf("the store is broken: %v", err)
	}
	if got, err := readAll(t.Context(), s, "f", lake.ReadOptions{}); err != nil || !bytes.Equal(got, bulk(16_000, 2)) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	// Content that needs a file is refused, and says why.
	out.left.Store(1 << 20)
	if err := put("g", bulk(50_000, 4)).run(t.Context(), s); !errs.Is(err, errs.Unavailable) || errs.HintOf(err) == "" {
		t.Errorf("without handles: %v", err)
	}
	out.left.Store(0)
	run(t, s, put("g", bulk(50_000, 4)))
	if err := checkFiles(t.Context(), s); err != nil {
		t.Error(err)
	}
	closeStore(t, s)
}
