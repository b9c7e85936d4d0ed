package localstore

import (
	"context"
	"fmt"
	"io"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// Flush commits the file with length position. Content headers without an MD5 drop the former content's.
func (s *Store) Flush(ctx context.Context, fs lake.Filesystem, p lake.Path, position int64, o lake.FlushOptions) (lake.Properties, error) {
	props, err := s.flush(ctx, fs, p, position, o)
	return props, describe("localstore.Flush", fs, p, err)
}

func (s *Store) flush(ctx context.Context, fs lake.Filesystem, p lake.Path, position int64, o lake.FlushOptions) (lake.Properties, error) {
	asOf := s.changes.Load()
	st, e, err := s.openStaging(ctx, fs, p)
	if err != nil {
		return lake.Properties{}, err
	}
	defer st.mu.Unlock()
	defer s.staged.leave(e.node.inode, st, s.contents)
	if err := e.checkWrite(o.Conditions); err != nil {
		return lake.Properties{}, err
	}
	length := position - st.base
	if length < 0 || !st.covers(length) {
		return lake.Properties{}, errs.E(errs.Invalid, lake.CodeInvalidFlushPosition,
			fmt.Sprintf("the bytes from %d to %d were not all appended", st.base, position), errs.Hint("append what is missing, then flush"))
	}
	f := &flush{s: s, inode: e.node.inode, st: st, length: length, found: e, asOf: asOf}
	if err := f.prepare(ctx, o.RetainUncommittedData); err != nil {
		f.undo()
		return lake.Properties{}, err
	}
	props, err := f.commit(ctx, fs, p, o)
	if err != nil {
		f.undo()
		return lake.Properties{}, err
	}
	f.settle()
	return props, nil
}

// flush is one call of Flush; its staging is locked throughout.
type flush struct {
	s      *Store
	inode  inode
	st     *staging
	length int64 // of what is committed
	// found is the file as it was after the change asOf.
	found *entry
	asOf  uint64
	// content is what is committed: bytes, the staging's own file (whole), or a copy of its beginning.
	content piece
	own     bool
	rest    spool // what lies behind, where the caller wants it kept
}

// prepare does all that can fail but the commit: it makes the staged bytes durable, and copies what is to be kept.
func (f *flush) prepare(ctx context.Context, retain bool) error {
	if err := f.st.bytes.wake(f.s.contents); err != nil {
		return err
	}
	if retain && f.st.bytes.end > f.length {
		if err := f.copyRest(); err != nil {
			return err
		}
	}
	return f.prepareContent(ctx)
}

func (f *flush) prepareContent(ctx context.Context) error {
	sp := &f.st.bytes
	switch {
	case f.length <= maxInline:
		f.content = piece{id: contentID(f.s.newID()), inline: make([]byte, f.length), length: f.length}
		if _, err := io.ReadFull(io.NewSectionReader(sp, 0, f.length), f.content.inline); err != nil {
			return ioError(err)
		}
		return nil
	case sp.end > f.length:
		// The file goes on behind what is committed, and content files have no such rest: copy.
		p, err := f.s.receive(&intake{ctx: ctx, r: diskReader{io.NewSectionReader(sp, 0, f.length)}}, nil)
		f.content = p
		return err
	}
	f.own = true
	f.content = piece{id: sp.id, length: f.length, isFile: true}
	var err error
	if f.content.sums, err = f.st.sums.all(sp, f.length); err != nil {
		return err
	}
	return f.s.contents.settle(sp.id, sp.file)
}

// read computes the sums of the first bytes of a file.
func (s *sums) read(r io.ReaderAt, length int64) error {
	chunk := takeChunk()
	defer chunkPool.Put(chunk)
	for s.n < length {
		part := (*chunk)[:min(sumChunk, length-s.n)]
		if n, err := r.ReadAt(part, s.n); n < len(part) {
			return ioError(fmt.Errorf("read at %d: %w", s.n, err))
		}
		s.write(part)
	}
	return nil
}

func (f *flush) commit(ctx context.Context, fs lake.Filesystem, p lake.Path, o lake.FlushOptions) (lake.Properties, error) {
	var props lake.Properties
	err := f.s.update(ctx, func(t *tx) error {
		e, err := f.lookup(fs, p)
		if err != nil {
			return err
		}
		if e.node.inode != f.inode || e.node.size != f.st.base {
			return errs.E(errs.Conflict, lake.CodePathConflict, "the file was replaced during the flush", errs.Hint("write it again"))
		}
		if err := e.checkWrite(o.Conditions); err != nil {
			return err
		}
		if f.length > 0 {
			if err := t.appendPiece(e.node, f.content); err != nil {
				return err
			}
			e.node.headers.ContentMD5 = nil // it was that of the shorter file
		}
		if o.Headers != nil {
			e.node.headers = *o.Headers
		}
		t.put(e)
		props = e.properties()
		return nil
	})
	return props, err
}

// lookup finds the file under the store's lock. Where nothing changed since it was found, that is what it is.
func (f *flush) lookup(fs lake.Filesystem, p lake.Path) (*entry, error) {
	if f.asOf%2 == 0 && f.s.changes.Load() == f.asOf {
		return f.found, nil
	}
	return existingFile(f.s.reader(), f.s.clock, fs, p)
}

// appendPiece adds a piece at a file's end. Small pieces that follow each other become one, so that a file
// that grows by lines does not become a list of lines.
func (t *tx) appendPiece(n *node, p piece) error {
	last, err := t.lastPage(n)
	if err != nil {
		return err
	}
	joined := false
	if tail := len(last.list) - 1; tail >= 0 && !p.isFile {
		if joined, err = t.joinPiece(last.list[tail], &p); err != nil {
			return err
		}
		if joined {
			last.list = last.list[:tail]
		}
	}
	t.addPiece(p)
	t.appendExtent(n, last, joined, extent{content: p.id, length: p.length})
	return nil
}

// joinPiece puts the bytes of a file's last extent before a small piece, where they are the file's alone and both are small
// enough to be one.
func (t *tx) joinPiece(tail extent, p *piece) (bool, error) {
	if tail.block != "" || tail.offset != 0 || tail.length+p.length > maxInline {
		return false, nil
	}
	former, ok, err := lookupPiece(t.s.db, tail.content)
	if err != nil || !ok || former.isFile || former.length != tail.length {
		return false, err
	}
	if alone, err := t.ownsAlone(tail.content); err != nil || !alone {
		return false, err
	}
	t.del(contentKey(former.id))
	p.inline = append(former.inline, p.inline...)
	p.length += former.length
	return true, nil
}

// undo removes what was prepared and not committed; the staging stays for the next try.
func (f *flush) undo() {
	if !f.own {
		f.s.drop(f.content)
	}
	f.rest.discard(f.s.contents)
}

// settle ends the staging, or moves what lies behind the flushed position to the beginning of another.
func (f *flush) settle() {
	st := f.st
	if f.own {
		st.bytes.rest() // the file is synced and committed, and is read through handles of its own
		st.bytes = spool{}
	}
	st.bytes.discard(f.s.contents)
	if f.rest.end == 0 {
		f.s.staged.forget(f.inode, st)
		return
	}
	spans := st.spans
	st.base, st.bytes, st.spans, st.sums = st.base+f.length, f.rest, nil, nil
	st.sums.forget(f.rest.end)
	for _, s := range spans {
		if s.to > f.length {
			st.add(span{max(s.from-f.length, 0), s.to - f.length})
		}
	}
}

func (f *flush) copyRest() error {
	sp := &f.st.bytes
	buf := make([]byte, sumChunk)
	for at := f.length; at < sp.end; {
		n, err := sp.ReadAt(buf[:min(sumChunk, sp.end-at)], at)
		if n == 0 {
			return ioError(fmt.Errorf("read at %d: %w", at, err))
		}
		if err := f.rest.writeAt(f.s, buf[:n], at-f.length); err != nil {
			return err
		}
		at += int64(n)
	}
	return nil
}
