package localstore

import (
	"errors"
	"slices"

	"github.com/cockroachdb/errors/oserror"
	"github.com/cockroachdb/pebble/v2"

	"github.com/ownlake/ownlake/errs"
)

func isNotExist(err error) bool { return oserror.IsNotExist(err) }

// errMoved says that content was replaced while it was being read about; look the path up again.
var errMoved = errors.New("the content was replaced meanwhile")

// checkMoved tells content that is missing from content that was replaced: after errMoved the file must have other
// extents than before (nil on the first try).
func checkMoved(before, list []extent) error {
	if before == nil || !slices.Equal(before, list) {
		return nil
	}
	return errs.E(errs.Corrupt, "content that the file refers to is missing", errs.Hint("run ownlake lake check, and restore a backup"))
}

// lookupExtents returns a file's extents, wherever they are stored.
func lookupExtents(r pebble.Reader, n *node) ([]extent, error) {
	if !n.spilled {
		return n.extents, nil
	}
	v, err := get(r, extentsKey(n.inode))
	if err != nil {
		return nil, err
	}
	if v == nil {
		return nil, errs.E(errs.Corrupt, "the file's list of extents is missing")
	}
	d := openRecord(v)
	return d.extents(nil), d.err
}

// setExtents gives a file its content.
func (t *tx) setExtents(n *node, list []extent) {
	n.size = 0
	for _, x := range list {
		n.size += x.length
	}
	if len(list) <= maxInNode {
		if n.spilled {
			t.del(extentsKey(n.inode))
		}
		n.extents, n.spilled = list, false
		return
	}
	n.extents, n.spilled = nil, true
	e := newRecord()
	e.extents(list)
	t.set(extentsKey(n.inode), e.buf)
}

// discardFile removes a file that leaves the namespace, except for the content that is kept.
func (t *tx) discardFile(n *node, kept []extent) error {
	list, err := lookupExtents(t.s.db, n)
	if err != nil {
		return err
	}
	if n.spilled {
		t.del(extentsKey(n.inode))
	}
	t.abandoned = append(t.abandoned, n.inode)
	return t.discardExtents(list, kept)
}

// discardExtents removes the pieces of content that the former extents hold and the kept ones do not.
func (t *tx) discardExtents(former, kept []extent) error {
	keep := make(map[contentID]bool, len(kept))
	for _, x := range kept {
		keep[x.content] = true
	}
	for _, x := range former {
		if keep[x.content] {
			continue
		}
		keep[x.content] = true // once is enough
		if err := t.removePiece(x.content); err != nil {
			return err
		}
	}
	return nil
}
