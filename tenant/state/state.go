// Package state is where the tenant in the box keeps what it must not forget: small JSON records by key, changed in
// atomic groups, on disk before a change returns.
//
// It knows nothing of what the records mean. All of them are in memory, too; the disk has a journal. A journal is a
// file of lines, each a checksum and a group of changes: first all records there were when it was begun, then what
// changed since. Opening a folder begins a new journal and removes the old one once the new one is whole, so a crash
// at any moment leaves one that is. A store whose disk failed a write refuses further ones until it is opened again,
// as nobody can say what is on that disk.
package state

import (
	"encoding/json"
	"errors"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/errs"
)

// Options say where the records are. Both fields are required.
type Options struct {
	FS  vfs.FS
	Dir string // made if missing
}

// Store holds the records of one folder. It is safe for concurrent use. Close it.
type Store struct {
	fs      vfs.FS
	dir     string
	release io.Closer
	seal    *seal

	mu         sync.RWMutex
	records    map[string]json.RawMessage
	journal    vfs.File
	generation uint64
	written    int   // bytes in the journal
	snapshot   int   // of them the records that it began with
	failure    error // of a write, which ends all writing
}

// Change sets the record of a key, or with a nil Value deletes it.
type Change struct {
	Key   string
	Value any // made JSON of
}

// compactAbove is how large a journal grows at least before it is begun anew.
const compactAbove = 8 << 20

// Open opens the folder, which one process can do at a time: the others get a Conflict. Records that are damaged make
// it Corrupt.
func Open(o Options) (*Store, error) {
	const op errs.Op = "state.Open"
	s := &Store{fs: o.FS, dir: o.Dir, records: map[string]json.RawMessage{}}
	if err := makeDir(o.FS, o.Dir); err != nil {
		return nil, errs.E(op, errs.Unavailable, errs.Item(o.Dir), err)
	}
	var err error
	if s.release, err = o.FS.Lock(o.FS.PathJoin(o.Dir, "LOCK")); err != nil {
		return nil, errs.E(op, errs.Conflict, errs.Item(o.Dir), "another process uses the folder",
			errs.Hint("stop the other ownlake that serves this tenant, or choose another folder"), err)
	}
	if err := s.open(); err != nil {
		return nil, errs.E(op, errs.Item(o.Dir), errors.Join(err, s.release.Close()))
	}
	return s, nil
}

func (s *Store) open() error {
	var err error
	if s.seal, err = openSeal(s.fs, s.dir); err != nil {
		return err
	}
	if err := s.load(); err != nil {
		return err
	}
	return s.begin()
}

// Records visits the records whose keys have the prefix, in the order of their keys. Changes that are made meanwhile
// are not seen. A value must not be changed.
func (s *Store) Records(prefix string) iter.Seq2[string, json.RawMessage] {
	s.mu.RLock()
	records := maps.Clone(s.records)
	s.mu.RUnlock()
	return func(yield func(string, json.RawMessage) bool) {
		for _, key := range slices.Sorted(maps.Keys(records)) {
			if strings.HasPrefix(key, prefix) && !yield(key, records[key]) {
				return
			}
		}
	}
}

// Commit makes all the changes or, where it returns an error, none that anybody sees. When it returns they are on
// disk. It is Unavailable where the disk refuses.
func (s *Store) Commit(changes ...Change) error {
	const op errs.Op = "state.Commit"
	if len(changes) == 0 {
		return nil
	}
	g := group{Set: map[string]json.RawMessage{}}
	for _, c := range changes {
		if c.Value == nil {
			g.Delete = append(g.Delete, c.Key)
			continue
		}
		value, err := json.Marshal(c.Value)
		if err != nil {
			return errs.E(op, errs.Internal, errs.Item(c.Key), err)
		}
		g.Set[c.Key] = value
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.append(g); err != nil {
		return errs.E(op, err)
	}
	g.applyTo(s.records)
	if s.written > compactAbove && s.written > 4*s.snapshot {
		// The change is made, whatever becomes of the new journal; a failure ends the next one.
		s.failure = s.begin()
	}
	return nil
}

// append writes a group and syncs it.
func (s *Store) append(g group) error {
	if s.failure != nil {
		return errs.E(errs.Unavailable, "the disk failed an earlier write", errs.Hint("mend the disk and start again"), s.failure)
	}
	line, err := g.line()
	if err != nil {
		return errs.E(errs.Internal, err)
	}
	_, err = s.journal.Write(line)
	if err == nil {
		err = s.journal.Sync()
	}
	if err != nil {
		s.failure = err
		return errs.E(errs.Unavailable, err)
	}
	s.written += len(line)
	return nil
}

// Seal encrypts a secret for keeping in the record of the key; what is sealed for one key opens for no other.
func (s *Store) Seal(key string, secret []byte) []byte { return s.seal.seal(key, secret) }

// Unseal is the reverse of Seal. It is Corrupt where the secret was not sealed for this key by this folder's own key.
func (s *Store) Unseal(key string, sealed []byte) ([]byte, error) {
	secret, err := s.seal.open(key, sealed)
	if err != nil {
		return nil, errs.E(errs.Op("state.Unseal"), errs.Corrupt, errs.Item(key), "the secret does not open",
			errs.Hint("restore the tenant's folder from a backup, seal.key with it"), err)
	}
	return secret, nil
}

// Close closes the journal and lets others open the folder.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.journal == nil {
		return nil
	}
	err := errors.Join(s.journal.Close(), s.release.Close())
	s.journal = nil
	s.failure = errs.E(errs.Unavailable, "the state is closed")
	return errs.Wrap("state.Close", err)
}
