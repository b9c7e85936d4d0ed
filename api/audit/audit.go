// Package audit keeps the log of changes: who changed what, from where, with what outcome, and what it was before and is
// now. An entry is on disk before it is answered for. Nothing changes or removes entries but their age.
//
// What is logged is the caller's to say; it must hold no secrets.
package audit

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
)

const (
	// Keep is how long entries stay.
	Keep = 400 * 24 * time.Hour
	// maxScan bounds the work of one page whose filter fits little.
	maxScan = 20_000
	// MaxLimit is the most entries of a page.
	MaxLimit = 1000
)

// Entry is one change, or one that was refused.
type Entry struct {
	ID        string             `json:"id" doc:"Newer entries have greater ids"`
	At        time.Time          `json:"at"`
	Principal insights.Principal `json:"principal" doc:"Who; empty where nobody had signed in"`
	By        string             `json:"by,omitempty" doc:"How the caller proved who it is"`
	From      string             `json:"from,omitempty" doc:"The caller's address"`
	Agent     string             `json:"agent,omitempty" doc:"What the caller says it is"`
	// Operation is that of the API's description, such as putDefinitions.
	Operation   string                 `json:"operation"`
	Environment insights.EnvironmentID `json:"environment,omitempty"`
	Path        string                 `json:"path"`
	Status      int                    `json:"status" doc:"Of the answer: from 400 on nothing was changed"`
	Before      json.RawMessage        `json:"before,omitempty"`
	After       json.RawMessage        `json:"after,omitempty"`
}

// Options are what a log is made of. All are required.
type Options struct {
	FS     vfs.FS
	Dir    string
	Clock  func() time.Time
	Logger *slog.Logger
}

// Log is the log of one server. It is safe for concurrent use. Close it.
type Log struct {
	db    *pebble.DB
	clock func() time.Time

	mu   sync.Mutex
	last uint64 // key of the newest entry
}

// Open opens the log of a folder, and makes it where there is none. Entries that are too old are removed.
func Open(o Options) (*Log, error) {
	const op errs.Op = "audit.Open"
	if err := o.FS.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, errs.E(op, errs.Unavailable, errs.Item(o.Dir), err)
	}
	db, err := pebble.Open(o.Dir, &pebble.Options{FS: o.FS, Logger: quiet{o.Logger}, MemTableSize: 1 << 20})
	if err != nil {
		return nil, errs.E(op, errs.Unavailable, errs.Item(o.Dir), err)
	}
	l := &Log{db: db, clock: o.Clock}
	if err := l.readLast(); err != nil {
		return nil, errs.E(op, errors.Join(err, db.Close()))
	}
	if err := db.DeleteRange(key(0), key(uint64(o.Clock().Add(-Keep).UnixNano())), pebble.NoSync); err != nil {
		return nil, errs.E(op, errs.Unavailable, errors.Join(err, db.Close()))
	}
	return l, nil
}

// quiet logs what the database says only where it is wrong.
type quiet struct{ logger *slog.Logger }

func (quiet) Infof(string, ...any) {}
func (q quiet) Errorf(format string, args ...any) {
	q.logger.Error("the audit log's database", "format", format, "args", args)
}

func (q quiet) Fatalf(format string, args ...any) {
	q.Errorf(format, args...)
	panic("the audit log's database cannot go on")
}

func (l *Log) readLast() error {
	it, err := l.db.NewIter(nil)
	if err != nil {
		return errs.E(errs.Unavailable, err)
	}
	if it.Last() && len(it.Key()) == 8 {
		l.last = binary.BigEndian.Uint64(it.Key())
	}
	return errors.Join(it.Error(), it.Close())
}

// key is the time in nanoseconds, made unique: entries are in the order of their keys.
func key(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// Append adds an entry, and sets its id and time. When it returns, the entry is on disk.
func (l *Log) Append(e Entry) (Entry, error) {
	const op errs.Op = "audit.Append"
	e.At = l.clock().UTC()
	l.mu.Lock()
	l.last = max(uint64(e.At.UnixNano()), l.last+1)
	k := key(l.last)
	l.mu.Unlock()
	e.ID = hex.EncodeToString(k)
	value, err := json.Marshal(e)
	if err != nil {
		return e, errs.E(op, errs.Internal, err)
	}
	if err := l.db.Set(k, value, pebble.Sync); err != nil {
		return e, errs.E(op, errs.Unavailable, err)
	}
	return e, nil
}

// Query chooses entries. Empty fields choose all.
type Query struct {
	Environment insights.EnvironmentID
	Principal   string
	Operation   string
	Since       time.Time
	Until       time.Time
	After       string // Next of the page before
	Limit       int    // at most [MaxLimit]; 0 means 100
}

// Page is a page of entries, the newest first. Next is what to ask for as After; empty on the last page.
type Page struct {
	Items []Entry `json:"items"`
	Next  string  `json:"next,omitempty"`
}

// List returns a page. It may have fewer entries than its limit, or none, and yet a next one, where few fit.
func (l *Log) List(q Query) (Page, error) {
	const op errs.Op = "audit.List"
	limit := min(q.Limit, MaxLimit)
	if limit <= 0 {
		limit = 100
	}
	bounds, err := q.bounds()
	if err != nil {
		return Page{}, errs.E(op, err)
	}
	it, err := l.db.NewIter(bounds)
	if err != nil {
		return Page{}, errs.E(op, errs.Unavailable, err)
	}
	page := Page{Items: []Entry{}}
	scanned := 0
	for ok := it.Last(); ok; ok = it.Prev() {
		if len(page.Items) == limit || scanned == maxScan {
			page.Next = nextAfter(it.Key())
			break
		}
		scanned++
		var e Entry
		if err := json.Unmarshal(it.Value(), &e); err != nil {
			return Page{}, errs.E(op, errs.Corrupt, errors.Join(err, it.Close()))
		}
		if q.fits(e) {
			page.Items = append(page.Items, e)
		}
	}
	if err := errors.Join(it.Error(), it.Close()); err != nil {
		return Page{}, errs.E(op, errs.Unavailable, err)
	}
	return page, nil
}

// nextAfter is the After of a page that begins with the key.
func nextAfter(k []byte) string {
	return hex.EncodeToString(key(binary.BigEndian.Uint64(k) + 1))
}

func (q Query) bounds() (*pebble.IterOptions, error) {
	o := &pebble.IterOptions{}
	if !q.Since.IsZero() {
		o.LowerBound = key(uint64(max(q.Since.UnixNano(), 0)))
	}
	if !q.Until.IsZero() {
		o.UpperBound = key(uint64(max(q.Until.UnixNano(), 0)))
	}
	if q.After != "" {
		k, err := hex.DecodeString(q.After)
		if err != nil || len(k) != 8 {
			return nil, errs.E(errs.Invalid, errs.Item("after"), "not where a page begins", errs.Hint("use next of the page before"))
		}
		if o.UpperBound == nil || string(k) < string(o.UpperBound) {
			o.UpperBound = k
		}
	}
	return o, nil
}

func (q Query) fits(e Entry) bool {
	return (q.Environment == "" || e.Environment == q.Environment) &&
		(q.Principal == "" || strings.EqualFold(e.Principal.ID, q.Principal)) &&
		(q.Operation == "" || e.Operation == q.Operation)
}

// Close closes the log.
func (l *Log) Close() error { return errs.Wrap("audit.Close", l.db.Close()) }
