package localstore

import (
	"context"

	"github.com/cockroachdb/pebble/v2"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// Delete removes a file or a directory. A tree is unlinked at once, and kept, or reclaimed in the background.
func (s *Store) Delete(ctx context.Context, fs lake.Filesystem, p lake.Path, o lake.DeleteOptions) error {
	_, err := s.DeletePath(ctx, fs, p, o)
	return err
}

// DeletePath is Delete and returns the id under which the path is kept.
func (s *Store) DeletePath(ctx context.Context, fs lake.Filesystem, p lake.Path, o lake.DeleteOptions) (lake.DeletionID, error) {
	var id lake.DeletionID
	err := s.shrink(ctx, func(t *tx) error {
		e, err := existing(s.db, s.clock, fs, p)
		if err != nil {
			return err
		}
		id, err = t.delete(e, o)
		return err
	})
	return id, describe("localstore.Delete", fs, p, err)
}

func (t *tx) delete(e *entry, o lake.DeleteOptions) (lake.DeletionID, error) {
	if err := t.checkDelete(e, o); err != nil {
		return "", err
	}
	t.del(nodeKey(e.parent.inode, e.path.Base()))
	blocks := blocksKey(e.fs.root.inode, e.path)
	if e.node.isDirectory {
		blocks = blocksBelowKey(e.fs.root.inode, e.path)
	}
	if err := t.discardBlocks(blocks, nil); err != nil {
		return "", err
	}
	id, err := t.keep(e, e.node)
	if err != nil || id != "" {
		return id, err
	}
	return "", t.discardDeleted(e.node)
}

func (t *tx) checkDelete(e *entry, o lake.DeleteOptions) error {
	if e.path == lake.Root {
		return errs.E(errs.Invalid, lake.CodeInvalidInput, "the root directory cannot be deleted", errs.Hint("delete the filesystem"))
	}
	if err := e.checkWrite(o.Conditions); err != nil {
		return err
	}
	if has, err := hasSnapshots(t.s.db, e.node); err != nil {
		return err
	} else if has && !o.Snapshots {
		return lake.ErrSnapshotsPresent()
	}
	if e.node.isDirectory && !o.Recursive {
		return checkEmpty(t.s.db, e.node)
	}
	return nil
}

// checkEmpty refuses a directory that has entries.
func checkEmpty(r pebble.Reader, n *node) error {
	prefix := nodeKey(n.inode, "")
	it, err := r.NewIter(&pebble.IterOptions{LowerBound: prefix, UpperBound: after(prefix)})
	if err != nil {
		return ioError(err)
	}
	defer it.Close() //nolint:errcheck // Error below reports what Close would
	if it.First() {
		return errs.E(errs.Conflict, lake.CodeDirectoryNotEmpty, "the directory is not empty", errs.Hint("delete it recursively"))
	}
	return ioError(it.Error())
}

// abandonTree queues a directory that has left the namespace for the reclaimer.
func (t *tx) abandonTree(n *node) {
	t.set(reclaimKey(n.inode), nil)
	t.reclaim = true
}
