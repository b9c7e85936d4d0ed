package localstore

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"sync"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// Read opens a file's committed content. Every byte is checked before it is served; a body that meets damage
// fails with Corrupt.
func (s *Store) Read(ctx context.Context, fs lake.Filesystem, p lake.Path, o lake.ReadOptions) (lake.Content, error) {
	c, err := s.read(ctx, fs, p, o)
	return c, describe("localstore.Read", fs, p, err)
}

func (s *Store) read(ctx context.Context, fs lake.Filesystem, p lake.Path, o lake.ReadOptions) (lake.Content, error) {
	var before []extent
	for {
		var list []extent
		var skip, length int64
		e, err := s.lookInto(ctx, fs, p, o, func(r pebble.Reader, e *entry) (err error) {
			if err = e.node.checkReadable(); err != nil {
				return err
			}
			if length, err = readLength(e.node.size, o); err != nil {
				return err
			}
			list, skip, err = lookupRange(r, e.node, o.Offset, length)
			return err
		})
		if err != nil {
			return lake.Content{}, err
		}
		if err := checkMoved(before, list); err != nil {
			return lake.Content{}, err
		}
		before = list
		b := &body{s: s, ctx: ctx, item: errs.Item(fs) + "/" + errs.Item(p)}
		err = b.open(list, skip, length)
		if errors.Is(err, errMoved) {
			continue
		}
		if err != nil {
			return lake.Content{}, err
		}
		return lake.Content{Properties: e.properties(), Offset: o.Offset, Length: length, Body: b}, nil
	}
}

// inspectFile finds a file, or a snapshot of it.
func (s *Store) inspectFile(ctx context.Context, fs lake.Filesystem, p lake.Path, o lake.ReadOptions) (*entry, error) {
	return s.lookInto(ctx, fs, p, o, func(pebble.Reader, *entry) error { return nil })
}

// lookInto is inspectFile with a look at what belongs to the file, in the same consistent view; look may run twice.
func (s *Store) lookInto(ctx context.Context, fs lake.Filesystem, p lake.Path, o lake.ReadOptions, look func(pebble.Reader, *entry) error) (*entry, error) {
	if err := s.health.check(ctx); err != nil {
		return nil, err
	}
	var e *entry
	err := s.view(func(r pebble.Reader) (err error) {
		if e, err = existingFile(r, s.clock, fs, p); err != nil {
			return err
		}
		if o.Snapshot != "" {
			if err = e.snapshotOf(r, o.Snapshot); err != nil {
				return err
			}
		}
		if err = e.check(o.Conditions); err != nil {
			return err
		}
		return look(r, e)
	})
	if err != nil {
		return nil, err
	}
	return e, nil
}

// readLength says how many bytes a range of a file of this size has.
func readLength(size int64, o lake.ReadOptions) (int64, error) {
	if o.Offset < 0 || o.Count < 0 || size > 0 && o.Offset >= size {
		return 0, errs.E(errs.Invalid, lake.CodeInvalidRange, fmt.Sprintf("the range begins at %d and the file has %d bytes", o.Offset, size))
	}
	rest := max(size-o.Offset, 0)
	if o.Count > 0 {
		rest = min(rest, o.Count)
	}
	return rest, nil
}

// segment is a run of bytes of one piece. The piece, and the checksums of the chunks that the run touches, are looked up
// when the body is opened, or, where it has many, when their turn comes.
type segment struct {
	extent
	found bool
	piece piece
}

// maxFound bounds the memory that a body takes for content in the database.
const maxFound = 64

// body yields the bytes of segments, one after the other.
type body struct {
	s      *Store
	ctx    context.Context // a body ends with the call that opened it
	item   errs.Item
	segs   []segment
	later  *pebble.Snapshot // where segments are looked up when their turn comes; nil where all are found
	file   vfs.File         // of the first segment, once it is being read
	chunk  *[]byte          // verified bytes of the chunk being served
	ready  []byte           // the rest of them
	pinned []contentID
	err    error
}

var chunkPool = sync.Pool{New: func() any { b := make([]byte, sumChunk); return &b }}

// takeChunk takes a buffer of sumChunk bytes, for which there is chunkPool.Put.
func takeChunk() *[]byte {
	b, _ := chunkPool.Get().(*[]byte) // nothing else is put there
	return b
}

// open pins the content of a range of the extents and reads what is known of it. It fails with errMoved where
// the content was removed since the extents were looked up.
func (b *body) open(list []extent, offset, length int64) error {
	for _, x := range list {
		if length == 0 {
			break
		}
		if offset >= x.length {
			offset -= x.length
			continue
		}
		x.offset += offset
		x.length = min(length, x.length-offset)
		b.segs = append(b.segs, segment{extent: x})
		offset, length = 0, length-x.length
	}
	if length > 0 {
		return errs.E(errs.Corrupt, "the file's extents are shorter than the file")
	}
	if err := b.find(); err != nil {
		b.letGo()
		return err
	}
	return nil
}

// find looks up the pieces after pinning them: a removal that happens later sees the pin, and one that happened
// earlier has taken the record.
func (b *body) find() error {
	for i := range b.segs {
		b.s.contents.pin(b.segs[i].content)
		b.pinned = append(b.pinned, b.segs[i].content)
	}
	if len(b.segs) <= maxFound {
		for i := range b.segs {
			if err := b.segs[i].find(b.s.db); err != nil {
				return err
			}
		}
		return nil
	}
	b.later = b.s.db.NewSnapshot()
	for i := range b.segs {
		if err := hasRecord(b.later, contentKey(b.segs[i].content)); err != nil {
			return err
		}
	}
	return nil
}

// hasRecord fails with errMoved where there is no record.
func hasRecord(r pebble.Reader, key []byte) error {
	_, closer, err := r.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return errMoved
	}
	if err != nil {
		return ioError(err)
	}
	return ioError(closer.Close())
}

// find looks up the segment's piece, and fails with errMoved where it is not there.
func (seg *segment) find(r pebble.Reader) error {
	p, ok, err := lookupPiece(r, seg.content)
	if err != nil {
		return err
	}
	if ok && seg.offset+seg.length > p.length {
		return errs.E(errs.Corrupt, fmt.Sprintf("content %x is shorter than the file needs", seg.content))
	}
	if ok && p.isFile {
		p.sums, ok, err = lookupSums(r, seg.content, seg.offset/sumChunk, (seg.offset+seg.length-1)/sumChunk)
		if err != nil {
			return err
		}
	}
	if !ok {
		return errMoved
	}
	seg.piece, seg.found = p, true
	return nil
}

// letGo gives back what open took.
func (b *body) letGo() {
	for _, id := range b.pinned {
		b.s.contents.unpin(id)
	}
	b.pinned = nil
	if b.later != nil {
		_ = b.later.Close() // closing a snapshot only forgets it
		b.later = nil
	}
}

// Read implements [io.Reader].
func (b *body) Read(p []byte) (int, error) {
	for len(b.ready) == 0 && b.err == nil {
		b.err = b.next()
	}
	if len(b.ready) == 0 {
		return 0, b.err
	}
	n := copy(p, b.ready)
	b.ready = b.ready[n:]
	return n, nil
}

// WriteTo implements [io.WriterTo]: it spares the copy of what was read and checked.
func (b *body) WriteTo(w io.Writer) (int64, error) {
	var written int64
	for {
		for len(b.ready) == 0 && b.err == nil {
			b.err = b.next()
		}
		if len(b.ready) == 0 {
			if errors.Is(b.err, io.EOF) {
				return written, nil
			}
			return written, b.err
		}
		n, err := w.Write(b.ready)
		written += int64(n)
		b.ready = b.ready[n:]
		if err != nil {
			return written, err
		}
	}
}

// next makes the following bytes ready.
func (b *body) next() error {
	if len(b.segs) == 0 {
		return io.EOF
	}
	if err := b.ctx.Err(); err != nil {
		return errs.E(errs.Op("localstore.Read"), b.item, err)
	}
	seg := &b.segs[0]
	if seg.length == 0 {
		b.segs = b.segs[1:]
		return b.closeFile()
	}
	if !seg.found {
		if err := seg.find(b.later); err != nil {
			return errs.E(errs.Op("localstore.Read"), b.item, missingContent(err))
		}
	}
	if !seg.piece.isFile {
		b.ready = seg.piece.inline[seg.offset : seg.offset+seg.length]
		seg.length = 0
		return nil
	}
	if err := b.nextChunk(seg); err != nil {
		return errs.E(errs.Op("localstore.Read"), b.item, err)
	}
	return nil
}

// missingContent is for content that was there when the body was opened.
func missingContent(err error) error {
	if !errors.Is(err, errMoved) {
		return err
	}
	return errs.E(errs.Corrupt, "checksums of content are missing", errs.Hint("run ownlake lake check"))
}

// nextChunk reads the chunk that the segment's offset lies in, and checks it.
func (b *body) nextChunk(seg *segment) error {
	if b.file == nil {
		f, err := b.s.contents.open(seg.piece.id, seg.piece.length)
		if err != nil {
			return err
		}
		b.file = f
	}
	if b.chunk == nil {
		b.chunk = takeChunk()
	}
	start := seg.offset / sumChunk * sumChunk
	chunk := (*b.chunk)[:min(sumChunk, seg.piece.length-start)]
	if _, err := b.file.ReadAt(chunk, start); err != nil && !errors.Is(err, io.EOF) {
		return ioError(err)
	}
	if crc32.Checksum(chunk, castagnoli) != seg.piece.sums[0] {
		return errs.E(errs.Corrupt, fmt.Errorf("content file %s is damaged at byte %d", b.s.contents.name(seg.piece.id), start),
			errs.Hint("write the file anew, or restore it from a backup"))
	}
	b.ready = chunk[seg.offset-start:]
	b.ready = b.ready[:min(int64(len(b.ready)), seg.length)]
	seg.offset += int64(len(b.ready))
	seg.length -= int64(len(b.ready))
	seg.piece.sums = seg.piece.sums[1:]
	return nil
}

func (b *body) closeFile() error {
	if b.file == nil {
		return nil
	}
	f := b.file
	b.file = nil
	return ioError(f.Close())
}

// Close implements [io.Closer].
func (b *body) Close() error {
	err := b.closeFile()
	b.letGo()
	if b.chunk != nil {
		chunkPool.Put(b.chunk)
		b.chunk = nil
	}
	b.ready, b.segs, b.err = nil, nil, errs.E(errs.Internal, "the body was read after it was closed")
	return err
}
