package localstore

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// Durability says what an acknowledged change survives.
type Durability uint8

const (
	// Full survives power loss: every change waits for the disk. It is the default.
	Full Durability = iota
	// Process survives the end of the process in any manner, but not that of the machine.
	Process
)

// Options configure a store. FS, Dir and Clock are required; a nil Logger discards.
type Options struct {
	FS         vfs.FS
	Dir        string // made if missing; LocalFile's paths begin with it
	Account    lake.AccountProperties
	Clock      func() time.Time
	Logger     *slog.Logger
	Durability Durability

	reserve     int64 // of disk space for the log; 0 means reserveSize
	pageExtents int   // in a page of a file's extents; 0 means defaultPageExtents
}

// Store is a lake in one folder. Use [Open] to make one.
type Store struct {
	account  lake.AccountProperties
	clock    func() time.Time
	log      *slog.Logger
	db       *pebble.DB
	contents *contents
	staged   stagingTable
	health   *health
	release  func() error // gives the folder free

	// mu is held while a change reads, decides and is applied, but not while it waits for the disk.
	mu      sync.Mutex
	lastTag uint64 // guarded by mu
	nextID  atomic.Uint64
	changes atomic.Uint64 // odd while a change is being applied; see view
	dirs    directories

	pageExtents int

	reclaim reclaimer
	merge   merger
}

var (
	_ lake.Service    = (*Store)(nil)
	_ lake.LocalFiles = (*Store)(nil)
)

// Account describes the account as [Open] was told.
func (s *Store) Account(ctx context.Context) (lake.AccountProperties, error) {
	if err := s.health.check(ctx); err != nil {
		return lake.AccountProperties{}, errs.E(errs.Op("localstore.Account"), err)
	}
	return s.account, nil
}

// Close ends background work and closes the files. Calls under way must have ended, and the bodies of
// [Store.Read] must be closed.
func (s *Store) Close() error {
	s.reclaim.stop()
	s.staged.discardAll(s.contents)
	var err error
	if s.health.broken.Load() == nil {
		err = s.health.protect(s.db.Close) // a database that failed cannot be closed; its files are the process's
	}
	if releaseErr := s.release(); err == nil {
		err = releaseErr
	}
	if err != nil {
		return errs.E(errs.Op("localstore.Close"), ioError(err))
	}
	return nil
}

// newID gives an identity for a node or a piece of content.
func (s *Store) newID() uint64 { return s.nextID.Add(1) }

// describe adds to an error what was done to which path.
func describe(op errs.Op, fs lake.Filesystem, p lake.Path, err error) error {
	if err == nil {
		return nil
	}
	item := errs.Item(fs)
	if p != lake.Root {
		item += "/" + errs.Item(p)
	}
	return errs.E(op, item, err)
}

// ioError classifies a failure of the disk or the database.
func ioError(err error) error {
	switch {
	case err == nil:
		return nil
	case errs.KindOf(err) != errs.Other:
		return err
	case vfs.IsNoSpaceError(err):
		return errs.E(errs.Unavailable, lake.CodeInsufficientStorage, errs.Hint("free space on the disk that holds the lake"), err)
	case isOutOfHandles(err):
		return errs.E(errs.Unavailable, errs.Hint("let the process have more open files (ulimit -n)"), err)
	case errors.Is(err, os.ErrPermission) || errors.Is(err, syscall.EROFS):
		return errs.E(errs.Unavailable, errs.Hint("choose a folder that may be written to, or allow it"), err)
	case pebble.IsCorruptionError(err):
		return errs.E(errs.Corrupt, errs.Hint("restore the lake's folder from a backup"), err)
	}
	return errs.E(errs.Unavailable, errs.Hint("check the disk that holds the lake"), err)
}
