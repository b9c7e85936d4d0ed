package state

import (
	"errors"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/errs"
)

// Backup writes the records, as they are at one moment, and the key of what is sealed in them to another folder, which must
// be empty or missing. Changes go on meanwhile.
func (s *Store) Backup(dir string) error {
	const op errs.Op = "state.Backup"
	key, err := s.readFile(s.fs.PathJoin(s.dir, sealName))
	if err != nil {
		return errs.E(op, err)
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.journal == nil {
		return errs.E(op, errs.Unavailable, "the state is closed")
	}
	copied := &Store{fs: s.fs, dir: dir, records: s.records}
	return errs.Wrap(op, copied.write(key))
}

// Restore makes a folder, which must be empty or missing, of one that [Store.Backup] wrote. The backup stays.
func Restore(fs vfs.FS, from, dir string) error {
	const op errs.Op = "state.Restore"
	s := &Store{fs: fs, dir: from}
	key, err := s.readFile(fs.PathJoin(from, sealName))
	if err == nil {
		err = s.load()
	}
	if err != nil {
		return errs.E(op, errs.Item(from), err)
	}
	restored := &Store{fs: fs, dir: dir, records: s.records}
	return errs.Wrap(op, restored.write(key))
}

// write writes a folder anew: the key first, as records without it are of no use.
func (s *Store) write(key []byte) error {
	if names, err := s.fs.List(s.dir); err == nil && len(names) > 0 {
		return errs.E(errs.Conflict, errs.Item(s.dir), "the folder is not empty", errs.Hint("choose a folder that is empty or does not exist"))
	}
	if err := makeDir(s.fs, s.dir); err != nil {
		return errs.E(errs.Unavailable, errs.Item(s.dir), err)
	}
	f, err := s.fs.Create(s.fs.PathJoin(s.dir, sealName), vfs.WriteCategoryUnspecified)
	if err != nil {
		return errs.E(errs.Unavailable, errs.Item(s.dir), err)
	}
	_, err = f.Write(append([]byte(nil), key...)) // a vfs may overwrite the buffer it is given
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errs.E(errs.Unavailable, errs.Item(s.dir), err)
	}
	if err := s.begin(); err != nil {
		return err
	}
	return s.journal.Close()
}
