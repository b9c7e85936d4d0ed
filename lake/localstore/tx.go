package localstore

import (
	"context"
	"errors"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// tx is one change of the lake, made under the store's lock.
type tx struct {
	s     *Store
	batch *pebble.Batch
	now   time.Time
	tag   uint64 // the ETag of everything that the change touches
	// garbage is removed once the change is durable.
	garbage   []contentID
	owners    map[contentID]uint64 // beyond the first, of pieces whose owners the change counts
	abandoned []inode              // their staged appends are dropped
	filled    []inode              // files whose extents filled a page, which may be merged
	reclaim   bool                 // there is new work for the reclaimer
	tree      bool                 // the change touches directories
	known     *reader              // what the change was looked up with, if directories were used that are known
}

// ticksAtEpoch is 1970 in units of 100 ns since the year 1, which the service's ETags count in.
const ticksAtEpoch = 621355968000000000

// update carries out a change: decide reads the present state, fills the batch and may refuse. When update
// returns nil, the change is durable.
func (s *Store) update(ctx context.Context, decide func(*tx) error) error {
	if err := s.health.check(ctx); err != nil {
		return err
	}
	if err := s.health.checkRoom(); err != nil {
		return err
	}
	return s.shrink(ctx, decide)
}

// shrink is update for changes that free space, which a full disk must not refuse.
func (s *Store) shrink(ctx context.Context, decide func(*tx) error) error {
	if err := s.health.check(ctx); err != nil {
		return err
	}
	t, err := s.apply(decide)
	if err != nil || t == nil {
		return err
	}
	defer t.batch.Close() //nolint:errcheck // closing a batch returns memory and cannot fail once it is committed
	if err := t.batch.SyncWait(); err != nil {
		return s.health.fail(err)
	}
	t.finish()
	return nil
}

// apply makes the change visible. It returns nil where there was nothing to change.
func (s *Store) apply(decide func(*tx) error) (*tx, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	// Once a batch failed, another would wait for it forever.
	if err := s.health.check(context.Background()); err != nil {
		return nil, err
	}
	t := &tx{s: s, batch: s.db.NewBatch(), now: s.clock().UTC()}
	t.tag = max(uint64(t.now.UnixNano()/100+ticksAtEpoch), s.lastTag+1)
	err := decide(t)
	if err != nil || t.batch.Empty() {
		return nil, errors.Join(err, t.batch.Close())
	}
	t.set(stateKey(), encodeState(s.nextID.Load(), t.tag))
	s.changes.Add(1)
	if t.tree {
		s.dirs.forget()
	} else if t.known != nil {
		t.known.remember()
	}
	err = s.applyBatch(t.batch)
	s.changes.Add(1)
	if err != nil {
		return nil, err
	}
	s.lastTag = t.tag
	return t, nil
}

// finish removes what the durable change left behind.
func (t *tx) finish() {
	for _, n := range t.abandoned {
		t.s.staged.discard(n, t.s.contents)
	}
	for _, c := range t.garbage {
		t.s.contents.remove(c)
	}
	if t.reclaim {
		t.s.reclaim.wake()
	}
	t.s.merge.add(t.filled)
}

// set and del fill the batch. Pebble refuses only keys and values beyond 4 GiB.
func (t *tx) set(key, value []byte) {
	t.tree = t.tree || touchesDirectories(key, value)
	_ = t.batch.Set(key, value, nil)
}

func (t *tx) del(key []byte) {
	t.tree = t.tree || touchesDirectories(key, nil)
	_ = t.batch.Delete(key, nil)
}

// get reads a record of the database; a nil value means that there is none.
func get(r pebble.Reader, key []byte) ([]byte, error) {
	v, closer, err := r.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, ioError(err)
	}
	value := append(make([]byte, 0, len(v)), v...)
	if err := closer.Close(); err != nil {
		return nil, ioError(err)
	}
	return value, nil
}

// getNode reads a node's record; nil means that there is none.
func getNode(r pebble.Reader, key []byte) (*node, error) {
	v, closer, err := r.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, ioError(err)
	}
	n, err := decodeNode(v) // which copies what it keeps
	if closeErr := closer.Close(); err == nil {
		err = ioError(closeErr)
	}
	return n, err
}

func encodeState(nextID, lastTag uint64) []byte {
	e := newRecord()
	e.uint(nextID)
	e.uint(lastTag)
	return e.buf
}

// idsPerOpening separates the identities given since the store was opened from all earlier ones. A file of
// content that a crash left without a record may have an identity later than the last one recorded.
const idsPerOpening = 1 << 32

// loadState takes up the store's counters, and records that the store was opened.
func (s *Store) loadState() error {
	v, err := get(s.db, stateKey())
	if err != nil {
		return err
	}
	if v != nil {
		d := openRecord(v)
		s.nextID.Store((d.uint()/idsPerOpening + 1) * idsPerOpening)
		s.lastTag = d.uint()
		if d.err != nil {
			return d.err
		}
	}
	return s.health.protect(func() error { return s.db.Set(stateKey(), encodeState(s.nextID.Load(), s.lastTag), pebble.Sync) })
}

// entry is a place in the namespace: a node, or the spot where one could be made.
type entry struct {
	fs   *filesystem
	path lake.Path
	// node is nil where the path does not exist.
	node *node
	// parent is the deepest directory on the way that exists, and missing are the names from there: none for
	// an existing path, its own name last otherwise.
	parent  *node
	missing []string
	// blocked is set where a file lies on the way.
	blocked bool
	// ended is a file that has expired and was not reclaimed yet: nobody sees it, and what takes its place discards it.
	ended *node
	now   func() time.Time
}

// lookup finds a path. It fails only where the filesystem does not exist or the disk fails.
func lookup(r pebble.Reader, now func() time.Time, name lake.Filesystem, p lake.Path) (*entry, error) {
	names := p.Names()
	e, begin, err := nearest(r, name, p, names)
	if err != nil {
		return nil, err
	}
	e.now = now
	known, _ := r.(*reader)
	var key []byte
	for i := begin; i < len(names); i++ {
		n := names[i]
		e.parent = e.node
		if !e.parent.isDirectory {
			e.node, e.missing, e.blocked = nil, names[i:], true
			return e, nil
		}
		if known != nil && i == len(names)-1 {
			known.keep(directoryName{name, p.Dir()}, e.fs, e.parent)
		}
		key = appendNodeKey(key[:0], e.parent.inode, n)
		if e.node, err = getNode(r, key); err != nil {
			return nil, err
		}
		if e.node == nil {
			e.missing = names[i:]
			return e, nil
		}
	}
	if e.node.expired(now) {
		e.node, e.ended, e.missing = nil, e.node, names[len(names)-1:]
	}
	return e, nil
}

// nearest returns where a look-up begins: at the path's directory, if that is known, or at the root of the filesystem;
// and which of the names comes next.
func nearest(r pebble.Reader, name lake.Filesystem, p lake.Path, names []string) (*entry, int, error) {
	if known, ok := r.(*reader); ok && len(names) > 0 {
		if fs, dir, ok := known.directory(directoryName{name, p.Dir()}); ok {
			return &entry{fs: fs, path: p, node: dir}, len(names) - 1, nil
		}
	}
	fs, err := lookupFilesystem(r, name)
	if err != nil {
		return nil, 0, err
	}
	return &entry{fs: fs, path: p, node: fs.root}, 0, nil
}

// existing finds a path that must exist.
func existing(r pebble.Reader, now func() time.Time, name lake.Filesystem, p lake.Path) (*entry, error) {
	e, err := lookup(r, now, name, p)
	if err != nil {
		return nil, err
	}
	if e.node == nil {
		return nil, errs.E(errs.NotFound, lake.CodePathNotFound, "the path does not exist")
	}
	return e, nil
}

// existingFile finds a path that must be a file.
func existingFile(r pebble.Reader, now func() time.Time, name lake.Filesystem, p lake.Path) (*entry, error) {
	e, err := existing(r, now, name, p)
	if err == nil && e.node.isDirectory {
		return nil, errs.E(errs.Conflict, lake.CodeResourceTypeMismatch, "the path is a directory", errs.Hint("name a file"))
	}
	return e, err
}

// check reports whether the conditions let the entry, which exists, be read.
func (e *entry) check(c lake.Conditions) error {
	if c == (lake.Conditions{}) {
		return nil
	}
	if err := e.node.lease.AllowRead(c.LeaseID, e.now()); err != nil {
		return err
	}
	return e.checkConditions(c)
}

func (e *entry) checkConditions(c lake.Conditions) error {
	if err := e.checkTags(c); err != nil {
		return err
	}
	return c.Check(e.node.tag(), e.node.modified)
}

func (e *entry) checkTags(c lake.Conditions) error {
	if c.IfTags == nil || c.IfTags.Match(e.fs.name, e.node.details.AllTags()) {
		return nil
	}
	return errs.E(errs.Precondition, lake.CodeConditionNotMet, "the blob's tags are not as asked for")
}

// checkTarget reports whether the conditions let the entry be made or replaced.
func (e *entry) checkTarget(c lake.Conditions) error {
	if err := e.checkLease(c.LeaseID); err != nil {
		return err
	}
	if e.node == nil {
		return c.CheckTarget(false, "", time.Time{})
	}
	if err := e.checkTags(c); err != nil {
		return err
	}
	return c.CheckTarget(true, e.node.tag(), e.node.modified)
}

func (e *entry) properties() lake.Properties { return e.node.properties(e.path, e.now) }

// put stores the entry's node in its place, with the change's ETag and time. Missing parents must have been made.
func (t *tx) put(e *entry) {
	e.node.etag, e.node.modified = t.tag, t.now
	t.store(e)
}

// store stores the node as it is.
func (t *tx) store(e *entry) {
	if e.path == lake.Root {
		e.fs.root = e.node
		t.set(filesystemKey(e.fs.name), e.fs.encode())
		return
	}
	key := nodeKey(e.parent.inode, e.path.Base())
	t.set(key, e.node.encode())
	if d := e.node.details; d != nil && !d.ExpiresOn.IsZero() {
		t.set(expiryKey(d.ExpiresOn, key), nil)
	}
}

// makeParents makes the missing directories above the entry, with inherited groups and lists.
func (t *tx) makeParents(e *entry, creator access.ObjectID) error {
	if e.blocked {
		return errs.E(errs.Conflict, lake.CodePathConflict, "a file lies where the path needs a directory")
	}
	for len(e.missing) > 1 {
		n := t.newNode(e.parent, lake.CreateOptions{IsDirectory: true, Creator: creator})
		if err := n.inherit(e.parent, lake.CreateOptions{IsDirectory: true}); err != nil {
			return err
		}
		t.set(nodeKey(e.parent.inode, e.missing[0]), n.encode())
		e.parent, e.missing = n, e.missing[1:]
	}
	return nil
}
