package localstore

import (
	"context"
	"errors"
	"io"
	"sync"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// LocalFile returns a path of a file that holds exactly p's committed content. Content in several pieces, or in
// the database, is first made one file, which then is the file's content. The bytes of the file are as long as
// they were written; that they are the same is left to who reads them.
func (s *Store) LocalFile(ctx context.Context, fs lake.Filesystem, p lake.Path) (string, func(), error) {
	name, release, err := s.localFile(ctx, fs, p)
	return name, release, describe("localstore.LocalFile", fs, p, err)
}

func (s *Store) localFile(ctx context.Context, fs lake.Filesystem, p lake.Path) (string, func(), error) {
	var before []extent
	for {
		var list []extent
		e, err := s.lookInto(ctx, fs, p, lake.ReadOptions{}, func(r pebble.Reader, e *entry) (err error) {
			list, err = lookupExtents(r, e.node)
			return err
		})
		if err != nil {
			return "", nil, err
		}
		if err := checkMoved(before, list); err != nil {
			return "", nil, err
		}
		before = list
		id, err := s.pinWholeFile(list)
		if errors.Is(err, errMoved) {
			continue
		}
		if err != nil {
			return "", nil, err
		}
		if id != 0 {
			return s.contents.name(id), sync.OnceFunc(func() { s.contents.unpin(id) }), nil
		}
		if err := s.unite(ctx, fs, p, e.node); err != nil && !errors.Is(err, errMoved) {
			return "", nil, err
		}
	}
}

// pinWholeFile pins the content file that the extents are exactly, and returns 0 where they are not one file.
func (s *Store) pinWholeFile(list []extent) (contentID, error) {
	if len(list) == 0 {
		return 0, nil
	}
	id := list[0].content
	s.contents.pin(id)
	p, ok, err := lookupPiece(s.db, id)
	if err == nil && !ok {
		err = errMoved
	}
	var offset int64
	whole := err == nil && p.isFile
	for _, x := range list {
		whole = whole && x.content == id && x.offset == offset
		offset += x.length
	}
	if !whole || offset != p.length {
		s.contents.unpin(id)
		return 0, err
	}
	f, err := s.contents.open(id, p.length)
	if err != nil {
		s.contents.unpin(id)
		return 0, err
	}
	return id, ioError(f.Close())
}

// unite makes a file's content one content file. Properties, ETag and block ids stay. It fails with errMoved where
// the file changed meanwhile.
func (s *Store) unite(ctx context.Context, fs lake.Filesystem, p lake.Path, n *node) error {
	c, err := s.read(ctx, fs, p, lake.ReadOptions{Conditions: lake.Conditions{IfMatch: n.tag()}})
	if errs.Is(err, errs.Precondition) {
		return errMoved
	}
	if err != nil {
		return err
	}
	united := piece{id: contentID(s.newID())}
	f, err := s.contents.create(united.id)
	if err != nil {
		return errors.Join(err, c.Body.Close())
	}
	err = s.receiveFile(&united, f, c.Body)
	if closeErr := c.Body.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		s.contents.abandon(united.id, f)
		return err
	}
	if err = f.Close(); err == nil {
		err = s.update(ctx, func(t *tx) error { return t.unite(fs, p, n, united) })
	}
	if err != nil {
		s.drop(united)
	}
	return ioError(err)
}

func (t *tx) unite(fs lake.Filesystem, p lake.Path, n *node, united piece) error {
	e, err := existingFile(t.s.db, t.s.clock, fs, p)
	if err != nil {
		return err
	}
	if e.node.inode != n.inode || e.node.size != n.size {
		return errMoved
	}
	former, err := lookupExtents(t.s.db, e.node)
	if err != nil {
		return err
	}
	list := make([]extent, 0, max(len(former), 1))
	var offset int64
	for _, x := range former {
		if last := len(list) - 1; last >= 0 && x.block == "" && list[last].block == "" {
			list[last].length += x.length
		} else {
			list = append(list, extent{content: united.id, offset: offset, length: x.length, block: x.block})
		}
		offset += x.length
	}
	if len(list) == 0 {
		list = append(list, extent{content: united.id})
	}
	t.addPiece(united)
	if err := t.discardExtents(former, list); err != nil {
		return err
	}
	if err := t.setExtents(e.node, list); err != nil {
		return err
	}
	t.store(e)
	return nil
}

// AdoptFile makes a local file the content of p, as PutBlob would.
func (s *Store) AdoptFile(ctx context.Context, fs lake.Filesystem, p lake.Path, localPath string, o lake.PutBlobOptions) (lake.Properties, error) {
	props, err := s.adoptFile(ctx, fs, p, localPath, o)
	return props, describe("localstore.AdoptFile", fs, p, err)
}

func (s *Store) adoptFile(ctx context.Context, fs lake.Filesystem, p lake.Path, localPath string, o lake.PutBlobOptions) (lake.Properties, error) {
	if err := s.checkBlobTarget(ctx, fs, p, o.Conditions); err != nil {
		return lake.Properties{}, err
	}
	f, err := s.contents.fs.Open(localPath)
	if isNotExist(err) {
		return lake.Properties{}, errs.E(errs.NotFound, errs.Item(localPath), "the local file does not exist")
	}
	if err != nil {
		return lake.Properties{}, ioError(err)
	}
	content, err := s.adopt(ctx, f, localPath, o.ContentMD5)
	if err = errors.Join(err, f.Close()); err != nil {
		return lake.Properties{}, err
	}
	props, err := s.putPiece(ctx, fs, p, content, o)
	if err != nil {
		s.drop(content)
		return lake.Properties{}, err
	}
	// The content is committed under its own name; a name that stays costs space and nothing else.
	_ = s.contents.fs.Remove(localPath)
	return props, nil
}

// adopt gives the file a second name among the content files, or copies it where that cannot be.
func (s *Store) adopt(ctx context.Context, f vfs.File, localPath string, wantMD5 []byte) (piece, error) {
	info, err := f.Stat()
	if err != nil {
		return piece{}, ioError(err)
	}
	id := contentID(s.newID())
	if err := s.contents.makeShard(id); err != nil {
		return piece{}, ioError(err)
	}
	if info.Size() <= maxInline || len(wantMD5) > 0 || refuseLink(s.contents.fs, localPath) != nil || s.contents.fs.Link(localPath, s.contents.name(id)) != nil {
		return s.receive(&intake{ctx: ctx, r: diskReader{f}}, wantMD5)
	}
	content := piece{id: id, length: info.Size(), isFile: true}
	var sum sums
	if err := sum.read(f, content.length); err != nil {
		s.drop(content)
		return piece{}, err
	}
	content.sums = sum.all()
	if err := s.contents.settle(id, f); err != nil {
		s.drop(content)
		return piece{}, err
	}
	return content, nil
}

var _ io.ReaderAt = (*spool)(nil)
