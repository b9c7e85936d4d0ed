package localstore

import (
	"bytes"
	"context"
	"crypto/md5" //nolint:gosec // Content-MD5 is the protocol's checksum, not a protection
	"fmt"
	"io"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// Append stages bytes at a position. Staged bytes do not survive the end of the process; a flush does.
func (s *Store) Append(ctx context.Context, fs lake.Filesystem, p lake.Path, position int64, r io.Reader, o lake.AppendOptions) error {
	return describe("localstore.Append", fs, p, s.append(ctx, fs, p, position, r, o))
}

func (s *Store) append(ctx context.Context, fs lake.Filesystem, p lake.Path, position int64, r io.Reader, o lake.AppendOptions) error {
	st, e, err := s.openStaging(ctx, fs, p)
	if err != nil {
		return err
	}
	if err := e.checkLease(o.LeaseID); err != nil {
		s.staged.leave(e.node.inode, st, s.contents)
		st.mu.Unlock()
		return err
	}
	base, n := st.base, e.node.inode
	st.mu.Unlock()
	defer func() {
		st.mu.Lock()
		defer st.mu.Unlock()
		s.staged.leave(n, st, s.contents)
	}()
	if position < base {
		return errs.E(errs.Invalid, lake.CodeInvalidRange, fmt.Sprintf("position %d lies before the file's end, %d", position, base),
			errs.Hint("append at the end of the file, or replace it"))
	}
	a := &appending{s: s, inode: n, st: st, base: base, start: position - base, at: position - base}
	defer a.side.discard(s.contents)
	in := &intake{ctx: ctx, r: r}
	if len(o.ContentMD5) > 0 {
		in.md5 = md5.New() //nolint:gosec // see the import
	}
	if err := a.receive(in); err != nil {
		return err
	}
	if in.md5 != nil && !bytes.Equal(in.md5.Sum(nil), o.ContentMD5) {
		return errs.E(errs.Invalid, lake.CodeMD5Mismatch, "the bytes do not have the MD5 that was sent with them", errs.Hint("send them again"))
	}
	return a.finish()
}

// openStaging finds a file and its staging, which it returns locked, for a caller that gives it back by leave. The staging begins at the file's end as
// it is under the lock, which only flushes move.
func (s *Store) openStaging(ctx context.Context, fs lake.Filesystem, p lake.Path) (*staging, *entry, error) {
	for {
		asOf := s.changes.Load()
		e, err := s.inspectFile(ctx, fs, p, lake.ReadOptions{})
		if err != nil {
			return nil, nil, err
		}
		st := s.staged.open(e.node.inode)
		again := e
		if asOf%2 != 0 || s.changes.Load() != asOf { // something changed since, maybe this file
			again, err = s.inspectFile(ctx, fs, p, lake.ReadOptions{})
		}
		if err == nil && again.node.inode == e.node.inode {
			if !st.begun {
				st.begun, st.base = true, again.node.size
			}
			st.used = s.clock()
			return st, again, nil
		}
		// The path came to mean another file.
		s.staged.leave(e.node.inode, st, s.contents)
		st.mu.Unlock()
		if err != nil {
			return nil, nil, err
		}
	}
}

// appending is one call of Append.
type appending struct {
	s     *Store
	inode inode
	st    *staging
	base  int64
	start int64 // of the call, relative to base
	at    int64 // of the next byte
	// side takes the rest of the bytes from the first one on that another append has already staged, so that
	// a call that fails leaves what was staged as it was.
	side     spool
	sideFrom int64
	aside    bool
}

// receive takes the bytes in. The lock is not held while they travel, so that appends of one file run side by side.
func (a *appending) receive(r io.Reader) error {
	chunk := takeChunk()
	defer chunkPool.Put(chunk)
	for {
		n, err := io.ReadFull(r, *chunk)
		if err != nil && !isEnd(err) {
			return err
		}
		if writeErr := a.write((*chunk)[:n]); writeErr != nil {
			return writeErr
		}
		if isEnd(err) {
			return nil
		}
	}
}

func (a *appending) write(p []byte) error {
	if len(p) == 0 {
		return nil
	}
	a.st.mu.Lock()
	defer a.st.mu.Unlock()
	if err := a.check(); err != nil {
		return err
	}
	if !a.aside && a.st.holds(span{a.at, a.at + int64(len(p))}) {
		a.aside, a.sideFrom = true, a.at
	}
	var err error
	if a.aside {
		err = a.side.writeAt(a.s, p, a.at-a.sideFrom)
	} else {
		err = a.st.write(a.s, p, a.at)
	}
	a.at += int64(len(p))
	return err
}

// check reports whether the file still is as the append found it.
func (a *appending) check() error {
	if a.st.closed || a.st.base != a.base {
		return errs.E(errs.Conflict, lake.CodePathConflict, "the file was flushed, replaced or deleted during the append",
			errs.Hint("read the file's properties and append again"))
	}
	return nil
}

// finish makes the bytes count.
func (a *appending) finish() error {
	a.st.mu.Lock()
	defer a.st.mu.Unlock()
	if err := a.check(); err != nil {
		return err
	}
	if a.aside {
		if err := a.copySide(); err != nil {
			return err
		}
	}
	a.st.add(span{a.start, a.at})
	return nil
}

func (a *appending) copySide() error {
	r := io.NewSectionReader(&a.side, 0, a.side.end)
	chunk := make([]byte, min(a.side.end, sumChunk))
	for at := a.sideFrom; ; {
		n, err := io.ReadFull(r, chunk)
		if err != nil && !isEnd(err) {
			return ioError(err)
		}
		if writeErr := a.st.write(a.s, chunk[:n], at); writeErr != nil {
			return writeErr
		}
		at += int64(n)
		if isEnd(err) || at == a.at {
			return nil
		}
	}
}
