package localstore

import (
	"encoding/binary"
	"sync"

	"github.com/cockroachdb/pebble/v2"

	"github.com/ownlake/ownlake/lake"
)

// directories remembers directories that look-ups came through, so that a path costs one reading of the database and
// not one for each of its names. What it remembers is never stale: every change that touches a directory or a
// filesystem forgets all of it while no look-up can be under way that would not notice (see view), and a look-up adds
// only what it found since.
type directories struct {
	mu sync.RWMutex
	// age counts how often everything was forgotten.
	age   uint64
	known map[directoryName]directory
}

type directoryName struct {
	fs  lake.Filesystem
	dir lake.Path
}

// directory is a directory with its filesystem. Both are shared: look-ups hand out copies.
type directory struct {
	fs   *filesystem
	node *node
}

// maxDirectories bounds the memory: about 1 KiB each.
const maxDirectories = 4096

// forget is called for a change that touches directories, between the two times that view looks at the count of changes.
func (d *directories) forget() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.age++
	if len(d.known) > 0 {
		d.known = nil
	}
}

// touchesDirectories reports whether storing a record, or deleting it where value is nil, may change what a directory
// is. Of a record that is deleted nobody knows whether it is one.
func touchesDirectories(key, value []byte) bool {
	switch key[0] {
	case prefixFilesystem:
		return true
	case prefixNode:
		return value == nil || isDirectoryRecord(value)
	}
	return false
}

// isDirectoryRecord reads a node's flags, which follow the version and the inode.
func isDirectoryRecord(value []byte) bool {
	_, n := binary.Uvarint(value[1:])
	flags, _ := binary.Uvarint(value[1+max(n, 0):])
	return flags&nodeDirectory != 0
}

// reader is the database with the directories that are known.
type reader struct {
	*pebble.DB
	dirs *directories
	age  uint64
	// found is what a look-up came through that was not known, for remember.
	known bool
	name  directoryName
	found directory
}

func (s *Store) reader() *reader {
	s.dirs.mu.RLock()
	defer s.dirs.mu.RUnlock()
	return &reader{DB: s.db, dirs: &s.dirs, age: s.dirs.age}
}

// reader reads in a change, under the store's lock: what is known holds until the change itself is applied.
func (t *tx) reader() pebble.Reader {
	t.known = t.s.reader()
	return t.known
}

// directory returns a copy of a directory that is known.
func (r *reader) directory(name directoryName) (*filesystem, *node, bool) {
	r.dirs.mu.RLock()
	d, ok := r.dirs.known[name]
	ok = ok && r.dirs.age == r.age
	r.dirs.mu.RUnlock()
	if !ok {
		return nil, nil, false
	}
	r.known = true
	fs, n := *d.fs, *d.node
	return &fs, &n, true
}

// keep takes a copy of a directory that a look-up came through.
func (r *reader) keep(name directoryName, fs *filesystem, n *node) {
	if r.known {
		return
	}
	fsCopy, nodeCopy := *fs, *n
	r.name, r.found = name, directory{&fsCopy, &nodeCopy}
}

// remember makes what a look-up came through known. The look-up must have been in a consistent view.
func (r *reader) remember() {
	if r.found.node == nil {
		return
	}
	r.dirs.mu.Lock()
	defer r.dirs.mu.Unlock()
	if r.dirs.age != r.age {
		return
	}
	if r.dirs.known == nil || len(r.dirs.known) >= maxDirectories {
		r.dirs.known = map[directoryName]directory{}
	}
	r.dirs.known[r.name] = r.found
}
