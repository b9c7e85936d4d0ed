package localstore

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// health says whether the store can be used. When the write-ahead log cannot be written, what is in memory
// may be ahead of what is on disk, so the store then refuses everything until the folder is opened anew. A full
// disk does not get that far: space is set aside for the log, and with it the store goes on reading and
// deleting.
type health struct {
	broken atomic.Pointer[error]
	failed chan struct{} // closed once broken is set

	fs      vfs.FS
	relaxed bool   // the log need not survive the machine's end
	reserve string // the file that sets space aside
	size    int64
	full    atomic.Bool
}

// reserveSize is enough for the log and one flush of the database.
const reserveSize = 64 << 20

func newHealth(o Options) *health {
	size := o.reserve
	if size == 0 {
		size = reserveSize
	}
	return &health{failed: make(chan struct{}), fs: o.FS, relaxed: o.Durability == Process, reserve: o.FS.PathJoin(o.Dir, reserveName), size: size}
}

// setAside makes the reserve. Where there is no room for it, the store begins as full.
func (h *health) setAside() error {
	f, err := h.fs.OpenReadWrite(h.reserve, vfs.WriteCategoryUnspecified)
	if err != nil {
		return ioError(err)
	}
	err = f.Preallocate(0, h.size)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	h.full.Store(vfs.IsNoSpaceError(err))
	// A file system that cannot preallocate has no reserve; a full disk then ends the store's life.
	return nil
}

// fail marks the store as broken and returns what its callers are told from now on.
func (h *health) fail(cause error) error {
	err := errs.E(ioError(cause), errs.Unavailable, errs.Hint("mend the disk that holds the lake, then restart ownlake"))
	if h.broken.CompareAndSwap(nil, &err) {
		close(h.failed)
	}
	return err
}

// check refuses calls that the caller gave up and those to a broken store.
func (h *health) check(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return errs.E(err)
	}
	if err := h.broken.Load(); err != nil {
		return *err
	}
	return nil
}

// checkRoom refuses changes that need space while the disk is full, until there is room for the reserve again.
func (h *health) checkRoom() error {
	if !h.full.Load() {
		return nil
	}
	needed := uint64(h.size + h.size/4)
	usage, err := h.fs.GetDiskUsage(h.fs.PathDir(h.reserve))
	if err == nil && usage.AvailBytes > needed {
		err = h.setAside()
	}
	if err != nil {
		return ioError(err)
	}
	if h.full.Load() {
		return errs.E(errs.Unavailable, lake.CodeInsufficientStorage,
			fmt.Sprintf("the disk is full: %d MB are free, %d MB are needed to go on", usage.AvailBytes>>20, needed>>20),
			errs.Hint("free space on the disk that holds the lake, or delete paths"))
	}
	return nil
}

// fatal is what the database's log panics with when the database cannot go on.
type fatal struct{ message string }

// protect runs an operation of the database. Where the disk fails, it may panic, or wait for ever for a goroutine
// of the database that has ended; both become an error here, and the database cannot be used afterwards.
func (h *health) protect(op func() error) error {
	done := make(chan error, 1)
	go func() { done <- withoutPanic(op) }()
	select {
	case err := <-done:
		return err
	case <-h.failed:
		return *h.broken.Load()
	}
}

func withoutPanic(op func() error) (err error) {
	defer func() {
		switch cause := recover().(type) {
		case nil:
		case fatal:
			err = errs.E(errs.Unavailable, cause.message)
		case error:
			err = fmt.Errorf("the database failed: %w", cause)
		default:
			panic(cause)
		}
	}()
	return op()
}

// applyBatch applies a batch without waiting for the disk; a failure breaks the store.
func (s *Store) applyBatch(b *pebble.Batch) error {
	err := s.health.protect(func() error { return s.db.ApplyNoSyncWait(b, pebble.Sync) })
	if err != nil {
		return s.health.fail(err)
	}
	return nil
}
