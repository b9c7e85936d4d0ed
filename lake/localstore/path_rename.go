package localstore

import (
	"bytes"
	"context"
	"errors"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// Rename moves a file or directory. The moved item gets a new ETag and time; what lies below it keeps its own.
// The parent of the target must exist.
func (s *Store) Rename(ctx context.Context, src, dst lake.Location, o lake.RenameOptions) (lake.Properties, error) {
	var props lake.Properties
	err := s.update(ctx, func(t *tx) error {
		from, to, err := t.renameEnds(src, dst, o)
		if err != nil {
			return err
		}
		if src == dst {
			props = from.properties()
			return nil
		}
		if err := t.rename(from, to, o); err != nil {
			return err
		}
		props = to.properties()
		return nil
	})
	if err != nil {
		return lake.Properties{}, errs.E(errs.Op("localstore.Rename"), errs.Item(src.Filesystem)+"/"+errs.Item(src.Path), err)
	}
	return props, nil
}

// renameEnds finds both ends of a rename and checks that it is allowed.
func (t *tx) renameEnds(src, dst lake.Location, o lake.RenameOptions) (from, to *entry, err error) {
	from, err = lookup(t.s.db, t.s.clock, src.Filesystem, src.Path)
	if err != nil {
		return nil, nil, err
	}
	to, err = lookup(t.s.db, t.s.clock, dst.Filesystem, dst.Path)
	if err != nil {
		return nil, nil, err
	}
	if from.node == nil {
		return nil, nil, errs.E(errs.NotFound, lake.CodeSourcePathNotFound, "the source of the rename does not exist")
	}
	if err := from.checkLease(o.Source.LeaseID); err != nil {
		return nil, nil, err
	}
	if err := o.Source.Check(from.node.tag(), from.node.modified); err != nil {
		return nil, nil, errs.E(errs.Precondition, lake.CodeSourceConditionNotMet, err)
	}
	if err := to.checkTarget(o.Conditions); err != nil {
		return nil, nil, err
	}
	if src == dst {
		return from, to, nil
	}
	if src.Path == lake.Root || dst.Path == lake.Root || src.Filesystem == dst.Filesystem && src.Path.Contains(dst.Path) {
		return nil, nil, errs.E(errs.Conflict, lake.CodeInvalidRenameSourcePath, "a directory cannot be moved into itself, and nothing to or from the root")
	}
	return from, to, t.checkRenameTarget(from, to)
}

func (t *tx) checkRenameTarget(from, to *entry) error {
	switch {
	case to.blocked:
		return errs.E(errs.Conflict, lake.CodePathConflict, "a file lies where the target needs a directory")
	case len(to.missing) > 1:
		return errs.E(errs.NotFound, lake.CodeRenameDestinationParentPathNotFound, "the parent directory of the target does not exist",
			errs.Hint("create it first"))
	case to.node == nil:
		return nil
	case !to.node.isDirectory && !from.node.isDirectory:
		if has, err := hasSnapshots(t.s.db, to.node); has || err != nil {
			return errors.Join(err, lake.ErrSnapshotsPresent())
		}
		return nil
	case to.node.isDirectory != from.node.isDirectory:
		return errs.E(errs.Conflict, lake.CodePathConflict, "the target exists as the other of file and directory")
	case to.node.isDirectory:
		return checkEmpty(t.s.db, to.node)
	}
	return nil
}

func (t *tx) rename(from, to *entry, o lake.RenameOptions) error {
	if err := t.discardReplaced(to); err != nil {
		return err
	}
	if err := t.moveBlocks(from, to); err != nil {
		return err
	}
	t.del(nodeKey(from.parent.inode, from.path.Base()))
	to.node, to.missing = from.node, nil
	if o.Headers != nil {
		to.node.headers = *o.Headers
	}
	if o.Metadata != nil {
		to.node.metadata = *o.Metadata
	}
	t.put(to)
	return nil
}

// discardReplaced removes, or keeps, what lies where a rename moves to. "Soft delete for blobs": an existing blob or empty
// directory is soft deleted.
func (t *tx) discardReplaced(to *entry) error {
	if to.ended != nil {
		if err := t.discardDeleted(to.ended); err != nil {
			return err
		}
	}
	if to.node == nil {
		return nil
	}
	if id, err := t.keep(to, to.node); err != nil || id != "" {
		return err
	}
	if to.node.isDirectory {
		return nil // it is empty
	}
	return t.discardDeleted(to.node)
}

// moveBlocks takes uncommitted blocks along, and discards those of the target. There are none but for uploads
// that are under way.
func (t *tx) moveBlocks(from, to *entry) error {
	target := [][]byte{blocksKey(to.fs.root.inode, to.path), blocksBelowKey(to.fs.root.inode, to.path)}
	for i, source := range [][]byte{blocksKey(from.fs.root.inode, from.path), blocksBelowKey(from.fs.root.inode, from.path)} {
		if err := t.discardBlocks(target[i], nil); err != nil {
			return err
		}
		err := scan(t.s.db, source, func(key, value []byte) error {
			t.del(key)
			t.set(append(bytes.Clone(target[i]), key[len(source):]...), value)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
