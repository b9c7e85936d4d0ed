package localstore

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2"
)

// reclaimer removes in the background what nothing in the namespace leads to: trees that were deleted, and
// files that a crash left behind.
type reclaimer struct {
	cancel context.CancelFunc
	signal chan struct{}
	done   sync.WaitGroup
}

// reclaimBatch is how many nodes one change reclaims, so that it does not hold the lock for long.
const reclaimBatch = 256

func (r *reclaimer) start(s *Store) {
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel, r.signal = cancel, make(chan struct{}, 1)
	limit := contentID(s.nextID.Load())
	r.done.Go(func() { s.mergeLoop(ctx) })
	r.done.Go(func() {
		if err := s.collectOrphans(ctx, limit); err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "content files left by a crash could not be collected; the next start tries again", slog.Any("error", err))
		}
		r.wake()
		var checked time.Time
		due := time.NewTicker(expiryCheck)
		defer due.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-r.signal:
			case <-due.C:
			}
			s.discardStale(ctx, &checked)
			if err := s.reclaimExpired(ctx); err != nil && ctx.Err() == nil {
				s.log.WarnContext(ctx, "expired files could not be reclaimed; the next minute tries again", slog.Any("error", err))
			}
			if err := s.purgeDeleted(ctx, s.clock()); err != nil && ctx.Err() == nil {
				s.log.WarnContext(ctx, "what was deleted long enough ago could not be removed; the next minute tries again", slog.Any("error", err))
			}
			if err := s.reclaimAll(ctx); err != nil && ctx.Err() == nil {
				s.log.WarnContext(ctx, "deleted paths could not be reclaimed; the next deletion tries again", slog.Any("error", err))
			}
		}
	})
}

func (r *reclaimer) wake() {
	select {
	case r.signal <- struct{}{}:
	default: // it is awake already
	}
}

func (r *reclaimer) stop() {
	r.cancel()
	r.done.Wait()
}

// reclaimAll works off the queue. A queued directory queues its directories before it leaves the queue, so
// that a crash loses nothing.
func (s *Store) reclaimAll(ctx context.Context) error {
	for {
		var queued []byte
		err := scan(s.db, []byte{prefixReclaim}, func(key, _ []byte) error {
			queued = bytes.Clone(key)
			return errStop
		})
		if err != nil && !errors.Is(err, errStop) {
			return err
		}
		if queued == nil {
			return nil
		}
		if err := s.reclaimSome(ctx, queued); err != nil {
			return err
		}
	}
}

var errStop = errors.New("stop scanning")

// reclaimSome reclaims some children of a queued directory, then what was deleted in it where it is the root of a
// filesystem, and takes it off the queue when nothing is left.
func (s *Store) reclaimSome(ctx context.Context, queued []byte) error {
	prefix := append([]byte{prefixNode}, queued[1:]...)
	return s.shrink(ctx, func(t *tx) error {
		n := 0
		err := scan(s.db, prefix, func(key, value []byte) error {
			if n == reclaimBatch {
				return errStop
			}
			n++
			child, err := decodeNode(value)
			if err != nil {
				return err
			}
			t.del(key)
			if child.isDirectory {
				t.abandonTree(child)
				return nil
			}
			if err := t.discardSnapshots(child); err != nil {
				return err
			}
			return t.discardFile(child, nil)
		})
		if n == 0 && err == nil {
			n, err = t.purgeSome(inode(keyID(queued)))
		}
		if n == 0 && err == nil {
			t.del(queued)
		}
		if errors.Is(err, errStop) {
			return nil
		}
		return err
	})
}

// The service drops uncommitted blocks a week after they were put; so do we, and unflushed appends too. They are
// looked for at most once an hour.
const (
	staleAge   = 7 * 24 * time.Hour
	staleCheck = time.Hour
)

// discardStale drops what was staged long ago and never committed.
func (s *Store) discardStale(ctx context.Context, checked *time.Time) {
	now := s.clock()
	if now.Sub(*checked) < staleCheck {
		return
	}
	*checked = now
	s.staged.discardUnused(now.Add(-staleAge), s.contents)
	if err := s.discardStaleBlocks(ctx, now.Add(-staleAge)); err != nil && ctx.Err() == nil {
		s.log.WarnContext(ctx, "blocks that were never committed could not be dropped; the next hour tries again", slog.Any("error", err))
	}
}

func (s *Store) discardStaleBlocks(ctx context.Context, since time.Time) error {
	return s.shrink(ctx, func(t *tx) error {
		return scan(s.db, []byte{prefixBlock}, func(key, value []byte) error {
			b, err := decodeBlock(nil, value)
			if err != nil || !b.staged.Before(since) {
				return err
			}
			t.del(key)
			return t.removePiece(b.content)
		})
	})
}

// expiryCheck is how often files are reclaimed that have expired; they are gone for everybody the moment they do.
const expiryCheck = time.Minute

// reclaimExpired removes files that have ended. Entries of files that were moved, deleted or given another time since
// are only taken off the list.
func (s *Store) reclaimExpired(ctx context.Context) error {
	for {
		n := 0
		err := s.shrink(ctx, func(t *tx) error {
			end := idKey(prefixExpiry, uint64(t.now.UnixNano()))
			err := scan(s.db, []byte{prefixExpiry}, func(key, _ []byte) error {
				if n == reclaimBatch || bytes.Compare(key[:len(end)], end) > 0 {
					return errStop
				}
				n++
				t.del(key)
				return t.reclaimEnded(append([]byte{prefixNode}, key[len(end):]...))
			})
			if errors.Is(err, errStop) {
				return nil
			}
			return err
		})
		if err != nil || n < reclaimBatch {
			return err
		}
	}
}

// reclaimEnded removes the file of a key if there is one and it has ended.
func (t *tx) reclaimEnded(key []byte) error {
	v, err := get(t.s.db, key)
	if err != nil || v == nil {
		return err
	}
	n, err := decodeNode(v)
	if err != nil || !n.expired(t.s.clock) {
		return err
	}
	t.del(key)
	if err := t.discardSnapshots(n); err != nil {
		return err
	}
	return t.discardFile(n, nil)
}

// collectOrphans removes content files that no record refers to. Files of ids that were given since the store
// was opened are left alone: they may be about to get their record.
func (s *Store) collectOrphans(ctx context.Context, limit contentID) error {
	shards, err := s.contents.fs.List(s.contents.dir)
	if err != nil {
		return err
	}
	for _, shard := range shards {
		names, err := s.contents.fs.List(s.contents.fs.PathJoin(s.contents.dir, shard))
		if err != nil {
			return err
		}
		for _, name := range names {
			if err := ctx.Err(); err != nil {
				return err
			}
			id, err := strconv.ParseUint(name, 16, 64)
			if err != nil || contentID(id) > limit {
				continue
			}
			if err := s.collectOrphan(contentID(id)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Store) collectOrphan(id contentID) error {
	_, closer, err := s.db.Get(contentKey(id))
	if errors.Is(err, pebble.ErrNotFound) {
		s.contents.remove(id)
		return nil
	}
	if err != nil {
		return err
	}
	return closer.Close()
}
