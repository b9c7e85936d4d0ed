package localstore

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// maxBlockID is the longest block id, decoded.
const maxBlockID = 64

// block is an uncommitted block.
type block struct {
	id      lake.BlockID
	content contentID
	length  int64
	staged  time.Time
}

func (b block) encode() []byte {
	e := newRecord()
	e.uint(uint64(b.content))
	e.int(b.length)
	e.time(b.staged)
	return e.buf
}

func decodeBlock(id, value []byte) (block, error) {
	d := openRecord(value)
	b := block{id: lake.BlockID(id), content: contentID(d.uint()), length: d.int(), staged: d.time()}
	return b, d.err
}

// PutBlock stages one block. Blocks are as durable as files; they belong to the path, which need not exist.
func (s *Store) PutBlock(ctx context.Context, fs lake.Filesystem, p lake.Path, id lake.BlockID, r io.Reader, o lake.PutBlockOptions) error {
	return describe("localstore.PutBlock", fs, p, s.putBlock(ctx, fs, p, id, r, o))
}

func (s *Store) putBlock(ctx context.Context, fs lake.Filesystem, p lake.Path, id lake.BlockID, r io.Reader, o lake.PutBlockOptions) error {
	if id == "" || len(id) > maxBlockID {
		return errs.E(errs.Invalid, lake.CodeInvalidInput, "a block id has 1 to 64 bytes")
	}
	c := lake.Conditions{LeaseID: o.LeaseID}
	admit := func() error { return s.checkBlobTarget(ctx, fs, p, c) }
	content, err := s.receive(&intake{ctx: ctx, r: r, admit: admit}, nil)
	if err != nil {
		return err
	}
	err = s.update(ctx, func(t *tx) error { return t.stageBlock(fs, p, id, content, c) })
	if err != nil {
		s.drop(content)
	}
	return err
}

func (t *tx) stageBlock(fs lake.Filesystem, p lake.Path, id lake.BlockID, content piece, c lake.Conditions) error {
	e, err := lookup(t.s.db, t.s.clock, fs, p)
	if err != nil {
		return err
	}
	if err := e.checkBlob(c); err != nil {
		return err
	}
	if err := e.checkBlockBlob(); err != nil {
		return err
	}
	key := blockKey(e.fs.root.inode, p, id)
	if err := t.makeWay(blocksKey(e.fs.root.inode, p), key); err != nil {
		return err
	}
	t.addPiece(content)
	t.set(key, block{content: content.id, length: content.length, staged: t.now}.encode())
	t.reclaim = true // to look for blocks that were staged long ago
	return nil
}

// makeWay checks a block's key against the length of one that is there, and discards the block that it replaces.
func (t *tx) makeWay(prefix, key []byte) error {
	err := scan(t.s.db, prefix, func(other, _ []byte) error {
		if len(other) != len(key) {
			return errs.E(errs.Invalid, lake.CodeInvalidBlobOrBlock, "the ids of a blob's blocks must have one length")
		}
		return errStop // they all have the length of the first
	})
	if err != nil && !errors.Is(err, errStop) {
		return err
	}
	v, err := get(t.s.db, key)
	if err != nil || v == nil {
		return err
	}
	b, err := decodeBlock(nil, v)
	if err != nil {
		return err
	}
	return t.removePiece(b.content)
}

// uncommitted returns the uncommitted blocks of an entry's path, in the order of their ids.
func uncommitted(r pebble.Reader, e *entry) ([]block, error) {
	var list []block
	prefix := blocksKey(e.fs.root.inode, e.path)
	err := scan(r, prefix, func(key, value []byte) error {
		b, err := decodeBlock(key[len(prefix):], value)
		list = append(list, b)
		return err
	})
	return list, err
}

// scan visits the records whose keys begin with the prefix.
func scan(r pebble.Reader, prefix []byte, visit func(key, value []byte) error) error {
	it, err := r.NewIter(&pebble.IterOptions{LowerBound: prefix, UpperBound: after(prefix)})
	if err != nil {
		return ioError(err)
	}
	defer it.Close() //nolint:errcheck // Error below reports what Close would
	for ok := it.First(); ok; ok = it.Next() {
		if err := visit(it.Key(), it.Value()); err != nil {
			return err
		}
	}
	return ioError(it.Error())
}

// discardBlocks removes the uncommitted blocks whose keys begin with the prefix, except for content that is kept.
func (t *tx) discardBlocks(prefix []byte, kept []extent) error {
	var former []extent
	err := scan(t.s.db, prefix, func(key, value []byte) error {
		t.del(key)
		b, err := decodeBlock(nil, value)
		former = append(former, extent{content: b.content})
		return err
	})
	if err != nil {
		return err
	}
	return t.discardExtents(former, kept)
}

// PutBlockList commits blocks as the file's content; ContentMD5 is that of a request's body and not looked at.
func (s *Store) PutBlockList(ctx context.Context, fs lake.Filesystem, p lake.Path, blocks []lake.BlockRef, o lake.PutBlobOptions) (lake.Properties, error) {
	var props lake.Properties
	err := s.update(ctx, func(t *tx) error {
		e, err := lookup(s.db, s.clock, fs, p)
		if err != nil {
			return err
		}
		if err := e.checkBlockBlob(); err != nil {
			return err
		}
		list, err := s.selectBlocks(e, blocks)
		if err != nil {
			return err
		}
		if err := t.putExtents(e, list, o); err != nil {
			return err
		}
		props = e.properties()
		return nil
	})
	return props, describe("localstore.PutBlockList", fs, p, err)
}

// checkBlockBlob refuses blocks for a blob of another type.
func (e *entry) checkBlockBlob() error {
	if e.node != nil && e.node.details.Type() != lake.BlockBlob {
		return errs.E(errs.Conflict, lake.CodeInvalidBlobType, "the blob is no block blob", errs.Hint("append blocks to it, or delete it first"))
	}
	return nil
}

// selectBlocks finds the content that a block list names.
func (s *Store) selectBlocks(e *entry, refs []lake.BlockRef) ([]extent, error) {
	staged, err := uncommitted(s.db, e)
	if err != nil {
		return nil, err
	}
	fresh := make(map[lake.BlockID]extent, len(staged))
	for _, b := range staged {
		fresh[b.id] = extent{content: b.content, length: b.length, block: b.id}
	}
	committed := map[lake.BlockID]extent{}
	if e.node != nil && !e.node.isDirectory {
		former, err := lookupExtents(s.db, e.node)
		if err != nil {
			return nil, err
		}
		for _, x := range former {
			committed[x.block] = x
		}
	}
	list := make([]extent, 0, len(refs))
	for _, ref := range refs {
		x, ok := fresh[ref.ID]
		if !ok && ref.Source == lake.Latest || ref.Source == lake.Committed {
			x, ok = committed[ref.ID]
		}
		if !ok || ref.ID == "" {
			return nil, errs.E(errs.Invalid, lake.CodeInvalidBlockList, "the block list names a block that is not there",
				errs.Hint("put the block again, and then the list"))
		}
		list = append(list, x)
	}
	return list, nil
}

// BlockList returns the committed and the uncommitted blocks. A path with neither does not exist.
func (s *Store) BlockList(ctx context.Context, fs lake.Filesystem, p lake.Path) (lake.BlockList, error) {
	list, err := s.blockList(ctx, fs, p)
	return list, describe("localstore.BlockList", fs, p, err)
}

func (s *Store) blockList(ctx context.Context, fs lake.Filesystem, p lake.Path) (lake.BlockList, error) {
	var list lake.BlockList
	if err := s.health.check(ctx); err != nil {
		return list, err
	}
	snap := s.db.NewSnapshot()
	defer snap.Close() //nolint:errcheck // closing a snapshot only forgets it
	e, err := lookup(snap, s.clock, fs, p)
	if err != nil {
		return list, err
	}
	staged, err := uncommitted(snap, e)
	if err != nil {
		return list, err
	}
	for _, b := range staged {
		list.Uncommitted = append(list.Uncommitted, lake.Block{ID: b.id, Size: b.length})
	}
	if e.node == nil {
		if len(staged) == 0 {
			return list, errs.E(errs.NotFound, lake.CodePathNotFound, "the path does not exist")
		}
		return list, nil
	}
	if e.node.isDirectory {
		return list, errs.E(errs.Conflict, lake.CodeResourceTypeMismatch, "the path is a directory", errs.Hint("name a file"))
	}
	extents, err := lookupExtents(snap, e.node)
	if err != nil {
		return list, err
	}
	for _, x := range extents {
		if x.block != "" {
			list.Committed = append(list.Committed, lake.Block{ID: x.block, Size: x.length})
		}
	}
	props := e.properties()
	list.Properties = &props
	return list, nil
}
