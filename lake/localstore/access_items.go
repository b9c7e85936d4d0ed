package localstore

import (
	"context"
	"iter"

	"github.com/cockroachdb/pebble/v2"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// AccessItems implements [lake.AccessControls].
func (s *Store) AccessItems(ctx context.Context, fs lake.Filesystem) (access.Items, func()) {
	v := &accessView{ctx: ctx, store: s, fs: fs, directories: map[lake.Path]*node{}}
	return v, v.done
}

// accessView answers what decisions ask of one filesystem, from a snapshot that is taken at the first question.
type accessView struct {
	ctx   context.Context // a view lives within one request
	store *Store
	fs    lake.Filesystem
	snap  *pebble.Snapshot
	// directories were asked for. A decision comes down a path, so each look-up begins where the last one ended.
	directories map[lake.Path]*node
}

func (v *accessView) done() {
	if v.snap != nil {
		_ = v.snap.Close() // which only forgets it
	}
}

func (v *accessView) reader() (pebble.Reader, error) {
	if err := v.store.health.check(v.ctx); err != nil {
		return nil, err
	}
	if v.snap == nil {
		v.snap = v.store.db.NewSnapshot()
	}
	return v.snap, nil
}

// Item describes a path. Neither a filesystem nor a path that is missing is an error.
func (v *accessView) Item(path string) (access.Item, bool, error) {
	p := lake.Path(path)
	n, err := v.node(p)
	if n == nil || err != nil {
		return access.Item{}, false, describe("localstore.AccessItems", v.fs, p, err)
	}
	if n.isDirectory {
		v.directories[p] = n
	}
	return n.accessItem(p), true, nil
}

// node finds a path; nil if there is none.
func (v *accessView) node(p lake.Path) (*node, error) {
	if n, ok := v.directories[p]; ok {
		return n, nil
	}
	r, err := v.reader()
	if err != nil {
		return nil, err
	}
	if dir, ok := v.directories[p.Dir()]; ok && p != lake.Root {
		n, err := getNode(r, nodeKey(dir.inode, p.Base()))
		if n != nil && n.expired(v.store.clock) {
			n = nil
		}
		return n, err
	}
	e, err := lookup(r, v.store.clock, v.fs, p)
	if errs.CodeOf(err) == lake.CodeFilesystemNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return e.node, nil
}

func (n *node) accessItem(p lake.Path) access.Item {
	return access.Item{Path: string(p), IsDirectory: n.isDirectory, Owner: n.owner, Group: n.group, Sticky: n.sticky, ACL: n.acl}
}

// Directories walks the tree below a directory. It keeps the directories of one branch, not of the tree.
func (v *accessView) Directories(path string) iter.Seq2[access.Item, error] {
	return func(yield func(access.Item, error) bool) {
		top, err := v.node(lake.Path(path))
		if err == nil && top != nil && top.isDirectory {
			_, err = v.below(lake.Path(path), top.inode, yield)
		}
		if err != nil {
			yield(access.Item{}, describe("localstore.AccessItems", v.fs, lake.Path(path), err))
		}
	}
}

// below yields the directories below one, and reports whether there is a wish for more.
func (v *accessView) below(dir lake.Path, parent inode, yield func(access.Item, error) bool) (more bool, err error) {
	r, err := v.reader()
	if err != nil {
		return false, err
	}
	key := nodeKey(parent, "")
	it, err := r.NewIter(&pebble.IterOptions{LowerBound: key, UpperBound: after(key)})
	if err != nil {
		return false, ioError(err)
	}
	defer func() {
		if closeErr := it.Close(); err == nil {
			err = ioError(closeErr)
		}
	}()
	const checkEvery = 1024 // entries between two looks whether the caller has given up
	for i, valid := 1, it.First(); valid; i, valid = i+1, it.Next() {
		if i%checkEvery == 0 {
			if err := v.ctx.Err(); err != nil {
				return false, errs.E(err)
			}
		}
		if !isDirectoryRecord(it.Value()) {
			continue
		}
		n, err := decodeNode(it.Value())
		if err != nil {
			return false, err
		}
		p := dir.Join(string(it.Key()[len(key):]))
		if !yield(n.accessItem(p), nil) {
			return false, nil
		}
		if more, err := v.below(p, n.inode, yield); !more || err != nil {
			return false, err
		}
	}
	return true, nil
}
