package localstore

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// stagingTable holds the appends that were not flushed, by file. They live as long as the process: what a
// restart or a crash finds of them is collected, and the writer begins anew.
type stagingTable struct {
	mu sync.Mutex
	m  map[inode]*staging
}

// staging holds one file's appends from base on. Its mutex is held while its bytes change and while a flush
// commits them.
type staging struct {
	mu     sync.Mutex
	users  int // calls that hold it; guarded by the table's mutex
	begun  bool
	closed bool // it left the table
	base   int64
	bytes  spool
	spans  []span // the bytes that are there, relative to base: sorted, apart from each other
	sums   stagedSums
	used   time.Time
}

// span is the range [from, to).
type span struct{ from, to int64 }

// open returns a file's staging, locked, for a caller that gives it back by leave.
func (t *stagingTable) open(n inode) *staging {
	for {
		t.mu.Lock()
		if t.m == nil {
			t.m = map[inode]*staging{}
		}
		st := t.m[n]
		if st == nil {
			st = &staging{}
			t.m[n] = st
		}
		st.users++
		t.mu.Unlock()
		st.mu.Lock()
		if !st.closed {
			return st
		}
		t.leave(n, st, nil)
		st.mu.Unlock()
	}
}

// leave gives back a staging that the caller holds locked. One that nobody uses and that holds nothing goes.
func (t *stagingTable) leave(n inode, st *staging, c *contents) {
	t.mu.Lock()
	st.users--
	last := st.users == 0
	t.mu.Unlock()
	switch {
	case !last || st.closed:
	case len(st.spans) == 0:
		t.forget(n, st)
		st.bytes.discard(c)
	default:
		st.bytes.rest() // a file handle is not kept for every file that somebody began to write
	}
}

// discardUnused drops the appends that nobody has added to since a time.
func (t *stagingTable) discardUnused(since time.Time, c *contents) {
	for _, n := range t.all() {
		t.mu.Lock()
		st := t.m[n]
		t.mu.Unlock()
		if st == nil || !st.mu.TryLock() { // one that is locked is in use
			continue
		}
		if !st.closed && st.used.Before(since) {
			t.forget(n, st)
			st.bytes.discard(c)
		}
		st.mu.Unlock()
	}
}

// forget takes a staging that the caller holds locked out of the table. Its bytes are the caller's.
func (t *stagingTable) forget(n inode, st *staging) {
	t.mu.Lock()
	defer t.mu.Unlock()
	st.closed = true
	delete(t.m, n)
}

// discard drops a file's appends.
func (t *stagingTable) discard(n inode, c *contents) {
	t.mu.Lock()
	st := t.m[n]
	t.mu.Unlock()
	if st == nil {
		return
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	if !st.closed {
		t.forget(n, st)
		st.bytes.discard(c)
	}
}

func (t *stagingTable) discardAll(c *contents) {
	for _, n := range t.all() {
		t.discard(n, c)
	}
}

func (t *stagingTable) all() []inode {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Collect(maps.Keys(t.m))
}

// covers reports whether every byte of [0, to) is there.
func (st *staging) covers(to int64) bool {
	return to == 0 || len(st.spans) > 0 && st.spans[0].from == 0 && st.spans[0].to >= to
}

// holds reports whether a byte of the range is there.
func (st *staging) holds(r span) bool {
	for _, s := range st.spans {
		if s.from < r.to && r.from < s.to {
			return true
		}
	}
	return false
}

// add notes that a range is there.
func (st *staging) add(r span) {
	if r.from == r.to {
		return
	}
	var before, later []span
	for _, s := range st.spans {
		switch {
		case s.to < r.from:
			before = append(before, s)
		case s.from > r.to:
			later = append(later, s)
		default:
			r = span{min(r.from, s.from), max(r.to, s.to)}
		}
	}
	st.spans = append(append(before, r), later...)
}

// write puts bytes at a place.
func (st *staging) write(s *Store, p []byte, at int64) error {
	if err := st.bytes.writeAt(s, p, at); err != nil {
		return err
	}
	st.sums.write(p, at)
	return nil
}

// spool holds bytes at positions: in memory while they are few, in a content file when they are more.
type spool struct {
	mem    []byte
	onDisk bool
	id     contentID
	file   vfs.File // nil while it rests
	end    int64
}

// rest closes the file until wake.
func (sp *spool) rest() {
	if sp.file != nil {
		_ = sp.file.Close() // what could not be written shows when the file is synced
		sp.file = nil
	}
}

// wake opens the file of a spool that rests.
func (sp *spool) wake(c *contents) error {
	if !sp.onDisk || sp.file != nil {
		return nil
	}
	f, err := c.reopen(sp.id)
	if err != nil {
		return err
	}
	sp.file = f
	return nil
}

func (sp *spool) writeAt(s *Store, p []byte, at int64) error {
	end := max(sp.end, at+int64(len(p)))
	if !sp.onDisk && end > maxInline {
		if err := sp.spill(s); err != nil {
			return err
		}
	}
	if err := sp.wake(s.contents); err != nil {
		return err
	}
	if sp.file != nil {
		if _, err := sp.file.WriteAt(p, at); err != nil {
			return ioError(err)
		}
		sp.end = end
		return nil
	}
	if int64(len(sp.mem)) < end {
		sp.mem = append(sp.mem, make([]byte, end-int64(len(sp.mem)))...)
	}
	copy(sp.mem[at:], p)
	sp.end = end
	return nil
}

func (sp *spool) spill(s *Store) error {
	id := contentID(s.newID())
	f, err := s.contents.create(id)
	if err != nil {
		return err
	}
	if _, err := f.WriteAt(sp.mem, 0); err != nil {
		s.contents.abandon(id, f)
		return ioError(err)
	}
	sp.id, sp.file, sp.mem, sp.onDisk = id, f, nil, true
	return nil
}

// ReadAt implements [io.ReaderAt].
func (sp *spool) ReadAt(p []byte, at int64) (int, error) {
	if sp.file != nil {
		return sp.file.ReadAt(p, at)
	}
	return copy(p, sp.mem[min(at, int64(len(sp.mem))):]), nil
}

func (sp *spool) discard(c *contents) {
	if sp.onDisk {
		sp.rest()
		_ = c.unlink(sp.id) // the next Open collects what cannot be removed now
	}
	*sp = spool{}
}
