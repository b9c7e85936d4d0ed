package localstore

import (
	"bytes"
	"context"
	"crypto/md5" //nolint:gosec // Content-MD5 is the protocol's checksum, not a protection
	"errors"
	"hash"
	"io"
	"slices"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// PutBlob replaces a file's whole content in one step. Owner and list of a file that is replaced stay.
func (s *Store) PutBlob(ctx context.Context, fs lake.Filesystem, p lake.Path, r io.Reader, o lake.PutBlobOptions) (lake.Properties, error) {
	props, err := s.putBlob(ctx, fs, p, r, o)
	return props, describe("localstore.PutBlob", fs, p, err)
}

func (s *Store) putBlob(ctx context.Context, fs lake.Filesystem, p lake.Path, r io.Reader, o lake.PutBlobOptions) (lake.Properties, error) {
	in := &intake{ctx: ctx, r: r, admit: func() error { return s.checkBlobTarget(ctx, fs, p, o.Conditions) }}
	if o.ComputeMD5 && o.Headers.ContentMD5 == nil {
		in.md5 = md5.New() //nolint:gosec // see the import
	}
	piece, err := s.receive(in, o.ContentMD5)
	if err != nil {
		return lake.Properties{}, err
	}
	if o.ComputeMD5 && o.Headers.ContentMD5 == nil {
		o.Headers.ContentMD5 = in.md5.Sum(nil)
	}
	props, err := s.putPiece(ctx, fs, p, piece, o)
	if err != nil {
		s.drop(piece)
	}
	return props, err
}

func (s *Store) checkBlobTarget(ctx context.Context, fs lake.Filesystem, p lake.Path, c lake.Conditions) error {
	if err := s.health.check(ctx); err != nil {
		return err
	}
	return s.view(func(r pebble.Reader) error {
		e, err := lookup(r, s.clock, fs, p)
		if err != nil {
			return err
		}
		return e.checkBlob(c)
	})
}

// checkBlob reports whether a blob can be put at the entry.
func (e *entry) checkBlob(c lake.Conditions) error {
	switch {
	case e.node != nil && e.node.isDirectory:
		return errs.E(errs.Conflict, lake.CodePathConflict, "the path is a directory", errs.Hint("delete it first, or choose another path"))
	case e.blocked:
		return errs.E(errs.Conflict, lake.CodePathConflict, "a file lies where the path needs a directory")
	}
	return e.checkTarget(c)
}

// putPiece commits a piece as a file's whole content.
func (s *Store) putPiece(ctx context.Context, fs lake.Filesystem, p lake.Path, content piece, o lake.PutBlobOptions) (lake.Properties, error) {
	var props lake.Properties
	err := s.update(ctx, func(t *tx) error {
		e, err := lookup(t.reader(), s.clock, fs, p)
		if err != nil {
			return err
		}
		var list []extent
		if content.length > 0 {
			t.addPiece(content)
			list = []extent{{content: content.id, length: content.length}}
		}
		if err := t.putExtents(e, list, o); err != nil {
			return err
		}
		props = e.properties()
		return nil
	})
	return props, err
}

// putExtents makes the extents the content of the entry's file, as Put Blob and Put Block List do.
func (t *tx) putExtents(e *entry, list []extent, o lake.PutBlobOptions) error {
	if err := e.checkBlob(o.Conditions); err != nil {
		return err
	}
	if err := t.makeParents(e, o.Creator); err != nil {
		return err
	}
	n := t.newNode(e.parent, lake.CreateOptions{Headers: o.Headers, Metadata: o.Metadata, Creator: o.Creator})
	if err := n.inherit(e.parent, lake.CreateOptions{}); err != nil {
		return err
	}
	t.startDetails(n, o.Details)
	n.encrypt(e.fs, o.Details.Scope())
	if old := e.node; old != nil {
		n.lease = old.lease
		n.created, n.owner, n.group, n.acl = old.created, old.owner, old.group, old.acl
	}
	return t.replace(e, n, list)
}

// receive writes a stream as a piece of content: small ones for the database, others to a durable file. No
// change refers to it yet.
func (s *Store) receive(in *intake, wantMD5 []byte) (piece, error) {
	if len(wantMD5) > 0 && in.md5 == nil {
		in.md5 = md5.New() //nolint:gosec // see the import
	}
	p, err := s.receiveFrom(in)
	if err != nil {
		return piece{}, err
	}
	if len(wantMD5) > 0 && !bytes.Equal(in.md5.Sum(nil), wantMD5) {
		s.drop(p)
		return piece{}, errs.E(errs.Invalid, lake.CodeMD5Mismatch, "the bytes do not have the MD5 that was sent with them",
			errs.Hint("send them again"))
	}
	return p, nil
}

func (s *Store) receiveFrom(in *intake) (piece, error) {
	p := piece{id: contentID(s.newID())}
	chunk := takeChunk()
	defer chunkPool.Put(chunk)
	head := (*chunk)[:maxInline+1]
	n, err := io.ReadFull(in, head)
	if isEnd(err) {
		p.inline, p.length = slices.Clone(head[:n]), int64(n)
		return p, nil
	}
	if err == nil && in.admit != nil {
		err = in.admit()
	}
	if err != nil {
		return piece{}, err
	}
	f, err := s.contents.create(p.id)
	if err != nil {
		return piece{}, err
	}
	if err := s.receiveFile(&p, f, io.MultiReader(bytes.NewReader(head), in)); err != nil {
		s.contents.abandon(p.id, f)
		return piece{}, err
	}
	return p, ioError(f.Close())
}

func (s *Store) receiveFile(p *piece, f vfs.File, r io.Reader) error {
	chunk := takeChunk()
	defer chunkPool.Put(chunk)
	var sum sums
	for {
		n, err := io.ReadFull(r, *chunk)
		sum.write((*chunk)[:n])
		if _, err := f.WriteAt((*chunk)[:n], p.length); err != nil {
			return ioError(err)
		}
		p.length += int64(n)
		if isEnd(err) {
			break
		}
		if err != nil {
			return err
		}
	}
	p.isFile, p.sums = true, sum.all()
	return s.contents.settle(p.id, f)
}

// diskReader reads from the store's own disk, whose failures are not the caller's.
type diskReader struct{ r io.Reader }

func (d diskReader) Read(p []byte) (int, error) {
	n, err := d.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = ioError(err)
	}
	return n, err
}

// drop removes a piece that no change refers to.
func (s *Store) drop(p piece) {
	if p.isFile {
		s.contents.remove(p.id)
	}
}

// isEnd reports whether io.ReadFull met the end of a stream. A reader's own error that wraps one of these is no end: a
// connection that breaks off within a body is such a reader.
func isEnd(err error) bool {
	return err == io.EOF || err == io.ErrUnexpectedEOF //nolint:errorlint // see above
}

// intake reads what a caller sends: it stops when the caller gives up, and tells a broken stream from its end.
type intake struct {
	ctx context.Context // an intake lives within one call
	r   io.Reader
	md5 hash.Hash // nil if nobody asked
	// admit, if not nil, is asked once there is more than a record takes: a change that the lake refuses anyway
	// need not wait for all its content. The change asks again when the content is there.
	admit func() error
}

func (in *intake) Read(p []byte) (int, error) {
	if err := in.ctx.Err(); err != nil {
		return 0, errs.E(err)
	}
	n, err := in.r.Read(p)
	if in.md5 != nil {
		in.md5.Write(p[:n])
	}
	if err == nil || errors.Is(err, io.EOF) || errs.KindOf(err) != errs.Other {
		return n, err
	}
	if ctxErr := in.ctx.Err(); ctxErr != nil {
		return n, errs.E(ctxErr)
	}
	// The caller's stream broke off; a wrapped ErrUnexpectedEOF must not look like its end.
	return n, errs.E(errs.Canceled, "the content ended before it was complete: "+err.Error())
}
