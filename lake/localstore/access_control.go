package localstore

import (
	"context"
	"slices"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// maxChangedAtOnce is how many lists one batch changes: enough that waiting for the disk costs little, and few enough
// that other changes need not wait long.
const maxChangedAtOnce = 512

// ChangeAccessControl implements [lake.AccessControls].
func (s *Store) ChangeAccessControl(ctx context.Context, fs lake.Filesystem, paths []lake.Path, change lake.AccessControlChange, goOn bool) ([]error, error) {
	outcomes := make([]error, 0, len(paths))
	for part := range slices.Chunk(paths, maxChangedAtOnce) {
		c := &listChange{fs: fs, change: change, goOn: goOn}
		err := s.update(ctx, func(t *tx) error { return c.apply(t, part) })
		if err != nil {
			return outcomes, describe("localstore.ChangeAccessControl", fs, part[0], err)
		}
		outcomes = append(outcomes, c.outcomes...)
		if len(c.outcomes) < len(part) {
			break
		}
	}
	return outcomes, nil
}

// listChange changes lists in one batch.
type listChange struct {
	fs       lake.Filesystem
	change   lake.AccessControlChange
	goOn     bool
	outcomes []error

	// dir is the directory of the last path: paths of a listing follow each other.
	dir *entry
	// The same list makes the same of most paths: made is what it was completed to, for directories and for files.
	made [2]struct{ of, to access.ACL }
}

func (c *listChange) apply(t *tx, paths []lake.Path) error {
	for _, p := range paths {
		e, err := c.lookup(t, p)
		if err != nil {
			return err
		}
		err = c.one(t, e)
		c.outcomes = append(c.outcomes, describe("localstore.ChangeAccessControl", c.fs, p, err))
		if err != nil && !errs.Is(err, errs.NotFound) && !c.goOn {
			return nil
		}
	}
	return nil
}

// lookup finds a path, by way of the last one's directory if it is in the same.
func (c *listChange) lookup(t *tx, p lake.Path) (*entry, error) {
	if p == lake.Root {
		return lookup(t.s.db, t.s.clock, c.fs, p)
	}
	if c.dir == nil || c.dir.path != p.Dir() {
		dir, err := lookup(t.s.db, t.s.clock, c.fs, p.Dir())
		if err != nil {
			return nil, err
		}
		c.dir = dir
	}
	e := &entry{fs: c.dir.fs, path: p, parent: c.dir.node, now: t.s.clock}
	if e.parent == nil || !e.parent.isDirectory {
		return e, nil
	}
	var err error
	e.node, err = getNode(t.s.db, nodeKey(e.parent.inode, p.Base()))
	return e, err
}

func (c *listChange) one(t *tx, e *entry) error {
	if e.node == nil {
		return errs.E(errs.NotFound, lake.CodePathNotFound, "the path does not exist")
	}
	list, err := c.change(lake.AccessControl{Properties: e.properties(), ACL: e.node.acl})
	if err != nil {
		return err
	}
	if err := c.set(e.node, list); err != nil {
		return err
	}
	t.put(e)
	return nil
}

func (c *listChange) set(n *node, list access.ACL) error {
	made := &c.made[0]
	if n.isDirectory {
		made = &c.made[1]
	}
	if made.to != nil && slices.Equal(made.of, list) {
		n.acl = made.to
		return nil
	}
	if err := n.change(lake.AccessControlUpdate{ACL: list}); err != nil {
		return err
	}
	made.of, made.to = slices.Clone(list), n.acl
	return nil
}
