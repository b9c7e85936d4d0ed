// Package duckdb is the SQL engine that runs inside the process: [engine.Engine] on DuckDB.
//
// A session is one database in memory, private to its opener, that spills to a folder of its own. It reads
// and writes local files and nothing else: extensions are neither fetched nor loaded, and the configuration
// is locked once a session is open. Times are UTC. Rows keep the order of their input
// (preserve_insertion_order), because numbering the lines of a file relies on it; a statement whose order does
// not matter pays little for it, as order only costs where a whole result would have to be buffered.
//
// The package knows DuckDB and its Go driver, including the driver field that it must reach by reflection
// (internals.go). It knows nothing of customer data.
package duckdb

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights/engine"
)

// connections is how many statements a session runs at once. They are all opened with the session, as the
// locked configuration would refuse to set up later ones.
const connections = 8

// Names in a session's parent folder: "session-<random>" and, beside it, its lock file.
const (
	sessionPrefix = "session-"
	lockSuffix    = ".lock"
)

// Options configure an engine.
type Options struct {
	// Dir is where sessions that name no TempDir keep their folders. It is made if missing.
	Dir string
	// MemoryLimit and Threads are used by sessions that do not say; 0 leaves DuckDB's own defaults (80 % of
	// the machine's memory, all processors).
	MemoryLimit int64
	Threads     int
	Logger      *slog.Logger // nil discards
}

// Engine opens DuckDB sessions. It is safe for concurrent use.
type Engine struct {
	options Options
	files   vfs.FS
	log     *slog.Logger
}

// New returns an engine and removes what sessions of killed processes left in o.Dir.
func New(o Options) (*Engine, error) {
	e := &Engine{options: o, files: vfs.Default, log: o.Logger}
	if e.log == nil {
		e.log = slog.New(slog.DiscardHandler)
	}
	if o.Dir == "" {
		return nil, errs.E(errs.Op("duckdb.New"), errs.Invalid, "an engine needs a folder for its sessions")
	}
	if err := e.files.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, errs.E(errs.Op("duckdb.New"), errs.Unavailable, errs.Item(o.Dir), err)
	}
	e.removeLeftovers(o.Dir)
	return e, nil
}

// Open starts a session in a new folder below o.TempDir, or below the engine's folder if it is empty.
func (e *Engine) Open(ctx context.Context, o engine.Options) (engine.Session, error) {
	const op errs.Op = "duckdb.Open"
	parent := o.TempDir
	if parent == "" {
		parent = e.options.Dir
	} else if err := e.files.MkdirAll(parent, 0o700); err != nil {
		return nil, errs.E(op, errs.Unavailable, errs.Item(parent), err)
	} else {
		e.removeLeftovers(parent)
	}
	dir, err := e.makeFolder(parent)
	if err != nil {
		return nil, errs.E(op, errs.Unavailable, errs.Item(parent), err)
	}
	s := &session{folder: dir}
	if err := s.open(ctx, e.settings(o, dir.path)); err != nil {
		return nil, errs.E(op, errors.Join(asError(ctx, err), s.Close()))
	}
	return s, nil
}

// settings are DuckDB's options at start, by name.
func (e *Engine) settings(o engine.Options, dir string) url.Values {
	v := url.Values{
		"autoinstall_known_extensions": {"false"},
		"autoload_known_extensions":    {"false"},
		"allow_community_extensions":   {"false"},
		"temp_directory":               {filepath.Join(dir, "spill")},
	}
	if limit := firstPositive(o.MemoryLimit, e.options.MemoryLimit); limit > 0 {
		v.Set("memory_limit", strconv.FormatInt(limit, 10)+"B")
	}
	if threads := firstPositive(o.Threads, e.options.Threads); threads > 0 {
		v.Set("threads", strconv.Itoa(threads))
	}
	return v
}

func firstPositive[T int | int64](a, b T) T {
	if a > 0 {
		return a
	}
	return b
}

// folder is a session's folder and the lock that shows that its process lives.
type folder struct {
	files vfs.FS
	path  string
	lock  io.Closer
}

// makeFolder takes the lock before it makes the folder, so that removeLeftovers of another process, which asks
// for the lock, never takes a folder in use for a leftover.
func (e *Engine) makeFolder(parent string) (*folder, error) {
	var random [8]byte
	if _, err := rand.Read(random[:]); err != nil {
		return nil, err
	}
	f := &folder{files: e.files, path: filepath.Join(parent, sessionPrefix+hex.EncodeToString(random[:]))}
	lock, err := e.files.Lock(f.path + lockSuffix)
	if err != nil {
		return nil, err
	}
	f.lock = lock
	if err := e.files.MkdirAll(f.path, 0o700); err != nil {
		return nil, errors.Join(err, f.remove())
	}
	return f, nil
}

// remove deletes the folder and gives the lock up.
func (f *folder) remove() error {
	err := f.files.RemoveAll(f.path)
	if e := f.files.Remove(f.path + lockSuffix); err == nil {
		err = e
	}
	if e := f.lock.Close(); err == nil {
		err = e
	}
	return err
}

// removeLeftovers deletes session folders whose lock nobody holds. What cannot be removed stays for next time.
func (e *Engine) removeLeftovers(parent string) {
	names, err := e.files.List(parent)
	if err != nil {
		e.log.Warn("cannot look for leftover session folders", "folder", parent, "error", err)
		return
	}
	for _, name := range names {
		base, isLock := strings.CutSuffix(name, lockSuffix)
		if !isLock || !strings.HasPrefix(base, sessionPrefix) {
			continue
		}
		path := filepath.Join(parent, base)
		lock, err := e.files.Lock(path + lockSuffix)
		if err != nil {
			continue // its process lives
		}
		if err := (&folder{files: e.files, path: path, lock: lock}).remove(); err != nil {
			e.log.Warn("cannot remove a leftover session folder", "folder", path, "error", err)
			continue
		}
		e.log.Info("removed the folder of a session whose process was killed", "folder", path)
	}
}

var _ engine.Engine = (*Engine)(nil)
