package catalog

import (
	"context"
	"io"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// Scoped limits a store to one folder of one filesystem: calls on any other path have kind Permission, as have
// calls that change or list filesystems. It offers [lake.LocalFiles] if the store does. Closing it does nothing.
func Scoped(store lake.Store, fs lake.Filesystem, folder lake.Path) lake.Store {
	s := &scoped{store, fs, folder}
	if local, ok := store.(lake.LocalFiles); ok {
		return &scopedLocal{s, local}
	}
	return s
}

type scoped struct {
	store  lake.Store
	fs     lake.Filesystem
	folder lake.Path
}

// within refuses paths outside the folder, and paths that are not canonical: "a/../b" is outside whatever a is.
func (s *scoped) within(op errs.Op, fs lake.Filesystem, p lake.Path) error {
	canonical, err := lake.ParsePath(string(p))
	if fs == s.fs && err == nil && canonical == p && s.folder.Contains(p) {
		return nil
	}
	return s.outside(op, string(fs)+"/"+string(p))
}

func (s *scoped) outside(op errs.Op, item string) error {
	return errs.E(op, errs.Permission, errs.Item(item), "outside the environment's folder "+string(s.fs)+"/"+string(s.folder))
}

func (s *scoped) Account(ctx context.Context) (lake.AccountProperties, error) {
	return s.store.Account(ctx)
}

func (s *scoped) CreateFilesystem(_ context.Context, fs lake.Filesystem, _ lake.CreateFilesystemOptions) (lake.FilesystemProperties, error) {
	return lake.FilesystemProperties{}, s.outside("scoped.CreateFilesystem", string(fs))
}

func (s *scoped) FilesystemProperties(ctx context.Context, fs lake.Filesystem) (lake.FilesystemProperties, error) {
	if fs != s.fs {
		return lake.FilesystemProperties{}, s.outside("scoped.FilesystemProperties", string(fs))
	}
	return s.store.FilesystemProperties(ctx, fs)
}

func (s *scoped) SetFilesystemMetadata(_ context.Context, fs lake.Filesystem, _ lake.Metadata, _ lake.Conditions) (lake.FilesystemProperties, error) {
	return lake.FilesystemProperties{}, s.outside("scoped.SetFilesystemMetadata", string(fs))
}

func (s *scoped) DeleteFilesystem(_ context.Context, fs lake.Filesystem, _ lake.Conditions) error {
	return s.outside("scoped.DeleteFilesystem", string(fs))
}

func (s *scoped) ListFilesystems(context.Context, lake.ListFilesystemsOptions) (lake.FilesystemPage, error) {
	return lake.FilesystemPage{}, s.outside("scoped.ListFilesystems", "all filesystems")
}

func (s *scoped) Create(ctx context.Context, fs lake.Filesystem, p lake.Path, o lake.CreateOptions) (lake.Properties, error) {
	if err := s.within("scoped.Create", fs, p); err != nil {
		return lake.Properties{}, err
	}
	return s.store.Create(ctx, fs, p, o)
}

func (s *scoped) Append(ctx context.Context, fs lake.Filesystem, p lake.Path, position int64, r io.Reader, o lake.AppendOptions) error {
	if err := s.within("scoped.Append", fs, p); err != nil {
		return err
	}
	return s.store.Append(ctx, fs, p, position, r, o)
}

func (s *scoped) Flush(ctx context.Context, fs lake.Filesystem, p lake.Path, position int64, o lake.FlushOptions) (lake.Properties, error) {
	if err := s.within("scoped.Flush", fs, p); err != nil {
		return lake.Properties{}, err
	}
	return s.store.Flush(ctx, fs, p, position, o)
}

func (s *scoped) Read(ctx context.Context, fs lake.Filesystem, p lake.Path, o lake.ReadOptions) (lake.Content, error) {
	if err := s.within("scoped.Read", fs, p); err != nil {
		return lake.Content{}, err
	}
	return s.store.Read(ctx, fs, p, o)
}

func (s *scoped) Properties(ctx context.Context, fs lake.Filesystem, p lake.Path, c lake.Conditions) (lake.Properties, error) {
	if err := s.within("scoped.Properties", fs, p); err != nil {
		return lake.Properties{}, err
	}
	return s.store.Properties(ctx, fs, p, c)
}

func (s *scoped) SetProperties(ctx context.Context, fs lake.Filesystem, p lake.Path, u lake.PropertyUpdate, c lake.Conditions) (lake.Properties, error) {
	if err := s.within("scoped.SetProperties", fs, p); err != nil {
		return lake.Properties{}, err
	}
	return s.store.SetProperties(ctx, fs, p, u, c)
}

func (s *scoped) List(ctx context.Context, fs lake.Filesystem, dir lake.Path, o lake.ListOptions) (lake.Page, error) {
	if err := s.within("scoped.List", fs, dir); err != nil {
		return lake.Page{}, err
	}
	return s.store.List(ctx, fs, dir, o)
}

func (s *scoped) Rename(ctx context.Context, src, dst lake.Location, o lake.RenameOptions) (lake.Properties, error) {
	const op errs.Op = "scoped.Rename"
	if err := s.within(op, src.Filesystem, src.Path); err != nil {
		return lake.Properties{}, err
	}
	if err := s.within(op, dst.Filesystem, dst.Path); err != nil {
		return lake.Properties{}, err
	}
	return s.store.Rename(ctx, src, dst, o)
}

func (s *scoped) Delete(ctx context.Context, fs lake.Filesystem, p lake.Path, o lake.DeleteOptions) error {
	if err := s.within("scoped.Delete", fs, p); err != nil {
		return err
	}
	return s.store.Delete(ctx, fs, p, o)
}

func (s *scoped) AccessControl(ctx context.Context, fs lake.Filesystem, p lake.Path, c lake.Conditions) (lake.AccessControl, error) {
	if err := s.within("scoped.AccessControl", fs, p); err != nil {
		return lake.AccessControl{}, err
	}
	return s.store.AccessControl(ctx, fs, p, c)
}

func (s *scoped) SetAccessControl(ctx context.Context, fs lake.Filesystem, p lake.Path, u lake.AccessControlUpdate, c lake.Conditions) (lake.Properties, error) {
	if err := s.within("scoped.SetAccessControl", fs, p); err != nil {
		return lake.Properties{}, err
	}
	return s.store.SetAccessControl(ctx, fs, p, u, c)
}

func (s *scoped) PutBlob(ctx context.Context, fs lake.Filesystem, p lake.Path, r io.Reader, o lake.PutBlobOptions) (lake.Properties, error) {
	if err := s.within("scoped.PutBlob", fs, p); err != nil {
		return lake.Properties{}, err
	}
	return s.store.PutBlob(ctx, fs, p, r, o)
}

func (s *scoped) PutBlock(ctx context.Context, fs lake.Filesystem, p lake.Path, id lake.BlockID, r io.Reader, o lake.PutBlockOptions) error {
	if err := s.within("scoped.PutBlock", fs, p); err != nil {
		return err
	}
	return s.store.PutBlock(ctx, fs, p, id, r, o)
}

func (s *scoped) PutBlockList(ctx context.Context, fs lake.Filesystem, p lake.Path, blocks []lake.BlockRef, o lake.PutBlobOptions) (lake.Properties, error) {
	if err := s.within("scoped.PutBlockList", fs, p); err != nil {
		return lake.Properties{}, err
	}
	return s.store.PutBlockList(ctx, fs, p, blocks, o)
}

func (s *scoped) BlockList(ctx context.Context, fs lake.Filesystem, p lake.Path) (lake.BlockList, error) {
	if err := s.within("scoped.BlockList", fs, p); err != nil {
		return lake.BlockList{}, err
	}
	return s.store.BlockList(ctx, fs, p)
}

func (s *scoped) Close() error { return nil }

// scopedLocal is a scoped store whose files can be opened by path.
type scopedLocal struct {
	*scoped
	local lake.LocalFiles
}

func (s *scopedLocal) LocalFile(ctx context.Context, fs lake.Filesystem, p lake.Path) (localPath string, release func(), err error) {
	if err := s.within("scoped.LocalFile", fs, p); err != nil {
		return "", nil, err
	}
	return s.local.LocalFile(ctx, fs, p)
}

func (s *scopedLocal) AdoptFile(ctx context.Context, fs lake.Filesystem, p lake.Path, localPath string, o lake.PutBlobOptions) (lake.Properties, error) {
	if err := s.within("scoped.AdoptFile", fs, p); err != nil {
		return lake.Properties{}, err
	}
	return s.local.AdoptFile(ctx, fs, p, localPath, o)
}
