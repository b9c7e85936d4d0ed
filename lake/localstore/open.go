package localstore

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/errs"
)

// formatVersion is the version of the folder's format that this code writes. It reads all earlier ones: a record of
// version 1 is written anew as version 2 when it changes, and the one list of a file's many extents, which format 3 has in
// pages, is the first page.
const formatVersion = 3

const (
	lockName    = "LOCK"
	formatName  = "FORMAT"
	formatText  = "ownlake lake format "
	namesDir    = "names"
	contentDir  = "content"
	reserveName = "RESERVE"
	dirMode     = 0o700
	formatLimit = 4096 // more than any FORMAT file has
)

// Open opens the lake in a folder, and makes it where there is none. It fails with Conflict where another
// process has the folder open, with Precondition where the folder was written by a newer ownlake, and with
// Unavailable where the disk refuses.
func Open(o Options) (*Store, error) {
	s, err := open(o)
	if err != nil {
		return nil, errs.E(errs.Op("localstore.Open"), errs.Item(o.Dir), err)
	}
	return s, nil
}

func open(o Options) (*Store, error) {
	if o.FS == nil || o.Dir == "" || o.Clock == nil {
		return nil, errs.E(errs.Internal, "localstore.Options need FS, Dir and Clock")
	}
	log := o.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if err := refuseLinks(o.FS, o.Dir); err != nil {
		return nil, err
	}
	if err := makeDirs(o.FS, o.Dir, o.FS.PathJoin(o.Dir, contentDir)); err != nil {
		return nil, ioError(err)
	}
	release, err := lockFolder(o.FS, o.Dir)
	if err != nil {
		return nil, err
	}
	s := &Store{
		pageExtents: cmp.Or(o.pageExtents, defaultPageExtents),
		account:     o.Account, clock: o.Clock, log: log, release: release,
		merge: newMerger(), contents: newContents(o.FS, o.FS.PathJoin(o.Dir, contentDir), o.Durability == Full), health: newHealth(o),
	}
	if err := s.start(o); err != nil {
		return nil, errors.Join(err, release())
	}
	return s, nil
}

func (s *Store) start(o Options) error {
	if err := checkFormat(o.FS, o.Dir); err != nil {
		return err
	}
	if err := s.health.setAside(); err != nil {
		return err
	}
	name := o.FS.PathJoin(o.Dir, namesDir)
	if _, err := o.FS.Stat(name); isNotExist(err) {
		if err := s.checkNoContent(); err != nil {
			return err
		}
		if err := s.makeDatabase(o, name); err != nil {
			return ioError(err)
		}
	}
	if err := s.openDatabase(name); err != nil {
		return ioError(err)
	}
	if err := s.loadState(); err != nil {
		return errors.Join(err, s.db.Close())
	}
	s.reclaim.start(s)
	return nil
}

// checkNoContent keeps an empty database from being made beside content, whose identities it would give again.
func (s *Store) checkNoContent() error {
	shards, err := s.contents.fs.List(s.contents.dir)
	if err != nil {
		return ioError(err)
	}
	if len(shards) > 0 {
		return errs.E(errs.Corrupt, "the lake's database is missing",
			errs.Hint("run ownlake lake check --repair, which finishes a repair that was cut off, or restore the lake's folder from a backup"))
	}
	return nil
}

// makeDatabase makes an empty database under another name first: one that a crash left half made could never be
// opened.
func (s *Store) makeDatabase(o Options, name string) error {
	tmp := name + ".new"
	if err := o.FS.RemoveAll(tmp); err != nil {
		return err
	}
	if err := s.openDatabase(tmp); err != nil {
		return err
	}
	if err := s.health.protect(s.db.Close); err != nil {
		return err
	}
	if err := syncDir(o.FS, tmp); err != nil {
		return err
	}
	if err := o.FS.Rename(tmp, name); err != nil {
		return err
	}
	return syncDir(o.FS, o.Dir)
}

func (s *Store) openDatabase(name string) error {
	db, err := openNames(s.health, s.log, name, false)
	if err != nil {
		return err
	}
	s.db = db
	return nil
}

// openNames opens the database. One that is opened to be read is left as it is on disk.
func openNames(h *health, log *slog.Logger, name string, readOnly bool) (*pebble.DB, error) {
	var db *pebble.DB
	err := h.protect(func() (err error) {
		db, err = pebble.Open(name, databaseOptions(h, log, readOnly))
		return err
	})
	return db, err
}

func databaseOptions(h *health, log *slog.Logger, readOnly bool) *pebble.Options {
	o := &pebble.Options{
		FS:                 h.guard(),
		ReadOnly:           readOnly,
		FormatMajorVersion: pebble.FormatNewest,
		MemTableSize:       16 << 20,
		MaxOpenFiles:       256,
		Logger:             databaseLog{log: log, health: h},
		CacheSize:          64 << 20,
	}
	// A damaged block fails the call that meets it; by default it would end the calling goroutine, or the process.
	o.EventListener = &pebble.EventListener{DataCorruption: func(info pebble.DataCorruptionInfo) {
		o.Logger.Errorf("%s is damaged: %v", info.Path, info.Details)
	}}
	for i := range o.Levels {
		o.Levels[i].FilterPolicy = bloom.FilterPolicy(10) // most look-ups of names find nothing on most levels
	}
	return o
}

// makeDirs makes directories and syncs the parents of those that it made, so that they survive power loss.
func makeDirs(fs vfs.FS, dirs ...string) error {
	for _, dir := range dirs {
		var missing []string
		for d := dir; ; d = fs.PathDir(d) {
			if _, err := fs.Stat(d); err == nil || d == fs.PathDir(d) {
				break
			}
			missing = append(missing, d)
		}
		if err := fs.MkdirAll(dir, dirMode); err != nil {
			return err
		}
		for _, d := range missing {
			if err := syncDir(fs, fs.PathDir(d)); err != nil {
				return err
			}
		}
	}
	return nil
}

func syncDir(fs vfs.FS, dir string) error {
	d, err := fs.OpenDir(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// checkFormat refuses a folder of a newer format, and writes the format into a folder that has none or an older one.
func checkFormat(fs vfs.FS, dir string) error {
	name := fs.PathJoin(dir, formatName)
	f, err := fs.Open(name)
	if err != nil {
		return writeFormat(fs, dir, name)
	}
	text, err := io.ReadAll(io.LimitReader(f, formatLimit))
	if err = errors.Join(err, f.Close()); err != nil {
		return ioError(err)
	}
	number, ok := strings.CutPrefix(strings.TrimSpace(string(text)), formatText)
	version, err := strconv.Atoi(number)
	if !ok || err != nil || version < 1 {
		return errs.E(errs.Corrupt, errs.Item(name), fmt.Sprintf("not the format of a lake: %q", text),
			errs.Hint("choose the folder of a lake, or an empty one"))
	}
	if version > formatVersion {
		return errs.E(errs.Precondition, fmt.Sprintf("the lake has format %d, and this ownlake reads formats up to %d", version, formatVersion),
			errs.Hint("use the newer ownlake that wrote it"))
	}
	if version < formatVersion {
		return writeFormat(fs, dir, name)
	}
	return nil
}

// writeFormat makes the file whole before it gets its name.
func writeFormat(fs vfs.FS, dir, name string) error {
	tmp := name + ".tmp"
	f, err := fs.Create(tmp, vfs.WriteCategoryUnspecified)
	if err != nil {
		return ioError(err)
	}
	_, err = io.WriteString(f, formatText+strconv.Itoa(formatVersion)+"\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return ioError(err)
	}
	if err := fs.Rename(tmp, name); err != nil {
		return ioError(err)
	}
	return ioError(syncDir(fs, dir))
}
