package localstore

import (
	"context"
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// List returns one page of the entries below a directory. The continuation names the last entry of the page
// before, so that it stays right whatever is created, renamed or deleted between two pages.
func (s *Store) List(ctx context.Context, fs lake.Filesystem, dir lake.Path, o lake.ListOptions) (lake.Page, error) {
	page, err := s.list(ctx, fs, dir, o)
	return page, describe("localstore.List", fs, dir, err)
}

func (s *Store) list(ctx context.Context, fs lake.Filesystem, dir lake.Path, o lake.ListOptions) (lake.Page, error) {
	if err := s.health.check(ctx); err != nil {
		return lake.Page{}, err
	}
	last, err := decodeContinuation(o.Continuation)
	if err != nil {
		return lake.Page{}, err
	}
	snap := s.db.NewSnapshot()
	defer snap.Close() //nolint:errcheck // closing a snapshot only forgets it
	e, err := existing(snap, s.clock, fs, dir)
	if err != nil {
		return lake.Page{}, err
	}
	if !e.node.isDirectory {
		return lake.Page{}, errs.E(errs.Conflict, lake.CodePathConflict, "the path is a file", errs.Hint("list its directory"))
	}
	l := &lister{ctx: ctx, r: snap, now: s.clock, recursive: o.Recursive, limit: pageSize(o.MaxResults)}
	defer l.close()
	found, err := l.begin(e, last, o)
	if err != nil || !found {
		return lake.Page{}, err
	}
	return l.page, l.run()
}

// lister walks a tree depth first, each directory in the order of its names.
type lister struct {
	ctx       context.Context // a lister lives within one call
	r         pebble.Reader
	now       func() time.Time
	recursive bool
	limit     int
	stack     []*level
	page      lake.Page
	node      node // of the entry being visited
}

// level is a directory that is being listed, positioned at its next entry.
type level struct {
	names  []byte // what the full names begin with, and room for one
	prefix int    // length of the key before the name
	it     *pebble.Iterator
	valid  bool
}

// begin opens the directory that the listing starts in, after the last entry of the page before or, on the
// first page, after a name or at a path. It reports false where nothing can match.
func (l *lister) begin(e *entry, last lake.Path, o lake.ListOptions) (bool, error) {
	start, leaf, prefix := e, "", o.Prefix
	if !strings.HasPrefix(below(e.path), prefix) {
		// The prefix reaches into the tree: "a/b/c-" matches names from "c-" on in "a/b" only.
		rest, ok := strings.CutPrefix(prefix, below(e.path))
		if !ok {
			return false, nil
		}
		folder, name, nested := cutLast(rest)
		leaf = name
		if nested {
			if !l.recursive {
				return false, nil
			}
			var err error
			start, err = lookup(l.r, l.now, e.fs.name, e.path.Join(folder))
			if err != nil || start.node == nil || !start.node.isDirectory {
				return false, err
			}
		}
	}
	switch {
	case last == lake.Root && o.StartAfter != "" && !l.recursive:
		return l.startAfter(start, leaf, o.StartAfter)
	case last == lake.Root && o.BeginFrom != lake.Root:
		return true, l.beginFrom(start, leaf, o.BeginFrom)
	}
	return true, l.resume(start, leaf, last)
}

// startAfter opens a directory after a full path that need not exist: names are compared as bytes, so the
// rest of the path may hold slashes.
func (l *lister) startAfter(start *entry, leaf, path string) (bool, error) {
	base := below(start.path)
	rest, ok := strings.CutPrefix(path, base)
	if !ok && path > base {
		return false, nil
	}
	if !ok {
		rest = "" // the whole directory sorts after the path
	}
	return true, l.push(start.node.inode, start.path, leaf, rest)
}

// below is what the full paths of a directory's entries begin with.
func below(dir lake.Path) string {
	if dir == lake.Root {
		return ""
	}
	return string(dir) + "/"
}

func cutLast(s string) (folder, name string, found bool) {
	i := strings.LastIndexByte(s, '/')
	if i < 0 {
		return "", s, false
	}
	return s[:i], s[i+1:], true
}

// resume opens the levels on the way to the last entry, each just after it. A level that no longer exists is
// left out: its parent goes on after its name.
func (l *lister) resume(start *entry, leaf string, last lake.Path) error {
	if last == lake.Root {
		return l.push(start.node.inode, start.path, leaf, "")
	}
	rest, ok := strings.CutPrefix(string(last), below(start.path))
	if !ok {
		return errs.E(errs.Invalid, lake.CodeInvalidInput, "the continuation belongs to another listing")
	}
	n, p := start.node, start.path
	for name := range strings.SplitSeq(rest, "/") {
		if err := l.push(n.inode, p, leaf, name); err != nil {
			return err
		}
		leaf = ""
		child, err := l.directory(n, name)
		if err != nil || child == nil || !l.recursive {
			return err
		}
		n, p = child, p.Join(name)
	}
	return l.push(n.inode, p, "", "")
}

// beginFrom opens the levels on the way to a path that need not exist, the last one at its name. What lies on the
// way comes before it.
func (l *lister) beginFrom(start *entry, leaf string, path lake.Path) error {
	rest, ok := strings.CutPrefix(string(path), below(start.path))
	if !ok {
		return errs.E(errs.Invalid, lake.CodeInvalidInput, "the listing begins from a path outside the directory")
	}
	n, p := start.node, start.path
	for {
		name, further, more := strings.Cut(rest, "/")
		if !more {
			return l.pushFrom(n.inode, p, leaf, name)
		}
		if err := l.push(n.inode, p, leaf, name); err != nil {
			return err
		}
		child, err := l.directory(n, name)
		if err != nil || child == nil || !l.recursive {
			return err
		}
		n, p, leaf, rest = child, p.Join(name), "", further
	}
}

// directory finds a directory by its name in another; nil if there is none.
func (l *lister) directory(n *node, name string) (*node, error) {
	v, err := get(l.r, nodeKey(n.inode, name))
	if err != nil || v == nil {
		return nil, err
	}
	child, err := decodeNode(v)
	if err != nil || !child.isDirectory {
		return nil, err
	}
	return child, nil
}

// push opens a directory's entries whose names begin with leaf, after a name if one is given.
func (l *lister) push(n inode, p lake.Path, leaf, afterName string) error {
	if afterName == "" {
		return l.pushAt(n, p, leaf, nil)
	}
	// No name holds a zero byte, so this is the first key past the name itself.
	return l.pushAt(n, p, leaf, append(nodeKey(n, afterName), 0))
}

// pushFrom is [lister.push] for the entries from a name on.
func (l *lister) pushFrom(n inode, p lake.Path, leaf, name string) error {
	return l.pushAt(n, p, leaf, nodeKey(n, name))
}

func (l *lister) pushAt(n inode, p lake.Path, leaf string, first []byte) error {
	lower := nodeKey(n, leaf)
	it, err := l.r.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: after(lower)})
	if err != nil {
		return ioError(err)
	}
	lv := &level{names: append(make([]byte, 0, len(p)+64), below(p)...), prefix: len(nodeKey(n, "")), it: it}
	if first == nil {
		lv.valid = it.First()
	} else {
		lv.valid = it.SeekGE(first)
	}
	l.stack = append(l.stack, lv)
	return nil
}

func (l *lister) run() error {
	for len(l.stack) > 0 {
		lv := l.stack[len(l.stack)-1]
		if !lv.valid {
			if err := l.pop(); err != nil {
				return err
			}
			continue
		}
		if len(l.page.Entries) == l.limit {
			l.page.Continuation = encodeContinuation(l.page.Entries[l.limit-1].Path)
			return nil
		}
		if err := l.visit(lv); err != nil {
			return err
		}
	}
	return nil
}

func (l *lister) visit(lv *level) error {
	if len(l.page.Entries)%256 == 0 && l.ctx.Err() != nil {
		return l.ctx.Err()
	}
	d := openRecord(lv.it.Value())
	l.node.decode(d)
	if d.err != nil {
		return d.err
	}
	if !l.node.expired(l.now) {
		p := lake.Path(append(lv.names, lv.it.Key()[lv.prefix:]...))
		l.grow()
		l.page.Entries = append(l.page.Entries, l.node.properties(p, l.now))
	}
	lv.valid = lv.it.Next()
	if l.node.isDirectory && l.recursive {
		return l.push(l.node.inode, l.page.Entries[len(l.page.Entries)-1].Path, "", "")
	}
	return nil
}

// grow makes room for a whole page once there are more entries than most directories have.
func (l *lister) grow() {
	const few = 128
	if n := len(l.page.Entries); n == few {
		l.page.Entries = slices.Grow(l.page.Entries, l.limit-n)
	}
}

func (l *lister) pop() error {
	lv := l.stack[len(l.stack)-1]
	l.stack = l.stack[:len(l.stack)-1]
	return ioError(lv.it.Close())
}

func (l *lister) close() {
	for _, lv := range l.stack {
		_ = lv.it.Close() // the page is whole, or its error is known
	}
}

// continuationVersion begins every token, so that a later form can be told apart.
const continuationVersion = "1"

func encodeContinuation(last lake.Path) string {
	return base64.RawURLEncoding.EncodeToString([]byte(continuationVersion + string(last)))
}

func decodeContinuation(token string) (lake.Path, error) {
	if token == "" {
		return lake.Root, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(token)
	p, ok := strings.CutPrefix(string(b), continuationVersion)
	if err != nil || !ok || p == "" {
		return lake.Root, errs.E(errs.Invalid, lake.CodeInvalidInput, "the continuation is not one that a listing returned")
	}
	return lake.Path(p), nil
}
