package localstore

import (
	"cmp"
	"context"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// filesystem is a filesystem with its root directory.
type filesystem struct {
	name     lake.Filesystem
	etag     uint64
	modified time.Time
	metadata lake.Metadata
	access   lake.ContainerAccess
	root     *node
	lease    *lake.Lease
	// encryption is never changed.
	encryption lake.EncryptionPolicy
}

func (f *filesystem) encode() []byte {
	e := newRecord()
	f.encodeTo(e)
	return e.buf
}

func (f *filesystem) encodeTo(e *encoder) {
	e.uint(f.etag)
	e.time(f.modified)
	e.metadata(f.metadata)
	f.root.encodeTo(e)
	e.fields(f.fields())
}

func decodeFilesystem(name lake.Filesystem, b []byte) (*filesystem, error) {
	d := openRecord(b)
	f := d.filesystem(name)
	return f, d.err
}

func (d *decoder) filesystem(name lake.Filesystem) *filesystem {
	f := &filesystem{name: name, etag: d.uint(), modified: d.time(), metadata: d.metadata()}
	f.root = d.node()
	d.fields(f.readField)
	return f
}

// fields encodes what few filesystems have.
func (f *filesystem) fields() []field {
	var list []field
	if f.lease != nil {
		list = append(list, leaseField(f.lease))
	}
	if f.encryption != (lake.EncryptionPolicy{}) {
		list = append(list, optional(filesystemEncryption, func(e *encoder) {
			e.string(string(f.encryption.Default))
			e.bool(f.encryption.DenyOverride)
		}))
	}
	if f.access.Public == lake.Private && len(f.access.Policies) == 0 {
		return list
	}
	e := &encoder{}
	e.string(string(f.access.Public))
	e.uint(uint64(len(f.access.Policies)))
	for _, p := range f.access.Policies {
		e.string(p.ID)
		e.anyTime(p.Start)
		e.anyTime(p.Expiry)
		e.string(p.Permissions)
	}
	return append(list, field{filesystemAccess, e.buf})
}

func (f *filesystem) readField(tag uint64, d *decoder) bool {
	switch tag {
	case fieldLease:
		f.lease = d.lease()
		return true
	case filesystemEncryption:
		f.encryption = lake.EncryptionPolicy{Default: lake.EncryptionScope(d.string()), DenyOverride: d.bool()}
		return true
	case filesystemAccess:
	default:
		return false
	}
	f.access.Public = lake.PublicAccess(d.string())
	for range d.count() {
		f.access.Policies = append(f.access.Policies, lake.AccessPolicy{
			ID: d.string(), Start: d.anyTime(), Expiry: d.anyTime(), Permissions: d.string(),
		})
	}
	return true
}

func (f *filesystem) properties(now func() time.Time) lake.FilesystemProperties {
	return lake.FilesystemProperties{Lease: f.lease.Status(now()), Name: f.name, ETag: formatETag(f.etag), LastModified: f.modified, Metadata: f.metadata, PublicAccess: f.access.Public, Encryption: f.encryption}
}

func lookupFilesystem(r pebble.Reader, name lake.Filesystem) (*filesystem, error) {
	v, err := get(r, filesystemKey(name))
	if err != nil {
		return nil, err
	}
	if v == nil {
		return nil, errs.E(errs.NotFound, lake.CodeFilesystemNotFound, "the filesystem does not exist")
	}
	return decodeFilesystem(name, v)
}

// CreateFilesystem makes an empty filesystem whose root has permissions 0750.
func (s *Store) CreateFilesystem(ctx context.Context, name lake.Filesystem, o lake.CreateFilesystemOptions) (lake.FilesystemProperties, error) {
	var props lake.FilesystemProperties
	err := s.update(ctx, func(t *tx) error {
		if err := t.checkFree(name); err != nil {
			return err
		}
		creator := cmp.Or(o.Creator, access.Superuser)
		root := &node{inode: inode(s.newID()), isDirectory: true, etag: t.tag, modified: t.now, created: t.now, owner: creator, group: creator}
		root.acl = access.DefaultDirectoryPermissions.Without(access.DefaultUmask).ACL()
		f := &filesystem{name: name, etag: t.tag, modified: t.now, metadata: o.Metadata, root: root}
		f.access.Public, f.encryption = o.PublicAccess, o.Encryption
		t.set(filesystemKey(name), f.encode())
		props = f.properties(s.clock)
		return nil
	})
	return props, describe("localstore.CreateFilesystem", name, lake.Root, err)
}

// FilesystemProperties describes a filesystem.
func (s *Store) FilesystemProperties(ctx context.Context, name lake.Filesystem) (lake.FilesystemProperties, error) {
	const op errs.Op = "localstore.FilesystemProperties"
	if err := s.health.check(ctx); err != nil {
		return lake.FilesystemProperties{}, describe(op, name, lake.Root, err)
	}
	f, err := lookupFilesystem(s.db, name)
	if err != nil {
		return lake.FilesystemProperties{}, describe(op, name, lake.Root, err)
	}
	return f.properties(s.clock), nil
}

// SetFilesystemMetadata replaces a filesystem's metadata.
func (s *Store) SetFilesystemMetadata(ctx context.Context, name lake.Filesystem, m lake.Metadata, c lake.Conditions) (lake.FilesystemProperties, error) {
	return s.changeFilesystem(ctx, "localstore.SetFilesystemMetadata", name, c, func(f *filesystem) { f.metadata = m })
}

// changeFilesystem applies a change to a filesystem, which needs no lease, and returns its properties afterwards.
func (s *Store) changeFilesystem(ctx context.Context, op errs.Op, name lake.Filesystem, c lake.Conditions, apply func(*filesystem)) (lake.FilesystemProperties, error) {
	var props lake.FilesystemProperties
	err := s.update(ctx, func(t *tx) error {
		f, err := lookupFilesystem(s.db, name)
		if err != nil {
			return err
		}
		if err := f.lease.AllowRead(c.LeaseID, t.now); err != nil {
			return err
		}
		if err := c.Check(formatETag(f.etag), f.modified); err != nil {
			return err
		}
		f.etag, f.modified = t.tag, t.now
		apply(f)
		t.set(filesystemKey(name), f.encode())
		props = f.properties(s.clock)
		return nil
	})
	return props, describe(op, name, lake.Root, err)
}

// DeleteFilesystem removes a filesystem at once; what it held is kept, or reclaimed in the background.
func (s *Store) DeleteFilesystem(ctx context.Context, name lake.Filesystem, c lake.Conditions) error {
	err := s.shrink(ctx, func(t *tx) error {
		f, err := lookupFilesystem(s.db, name)
		if err != nil {
			return err
		}
		if err := f.lease.AllowWrite(c.LeaseID, t.now); err != nil {
			return err
		}
		if err := c.Check(formatETag(f.etag), f.modified); err != nil {
			return err
		}
		t.del(filesystemKey(name))
		if kept, err := t.keepFilesystem(f); err != nil {
			return err
		} else if !kept {
			t.abandonTree(f.root)
		}
		return t.discardBlocks(blocksBelowKey(f.root.inode, lake.Root), nil)
	})
	return describe("localstore.DeleteFilesystem", name, lake.Root, err)
}

// maxPage is the largest page of any listing, as in the service.
const maxPage = 5000

func pageSize(asked int) int {
	if asked <= 0 || asked > maxPage {
		return maxPage
	}
	return asked
}

// ListFilesystems returns one page. The continuation is the first name of the next.
func (s *Store) ListFilesystems(ctx context.Context, o lake.ListFilesystemsOptions) (lake.FilesystemPage, error) {
	list := s.listFilesystems
	if o.Deleted {
		list = s.listAllFilesystems
	}
	page, err := list(ctx, o)
	return page, describe("localstore.ListFilesystems", "", lake.Root, err)
}

func (s *Store) listFilesystems(ctx context.Context, o lake.ListFilesystemsOptions) (lake.FilesystemPage, error) {
	var page lake.FilesystemPage
	if err := s.health.check(ctx); err != nil {
		return page, err
	}
	prefix := filesystemKey(lake.Filesystem(o.Prefix))
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: prefix, UpperBound: after(prefix)})
	if err != nil {
		return page, ioError(err)
	}
	defer it.Close() //nolint:errcheck // Error below reports what Close would
	for ok := it.SeekGE(filesystemKey(lake.Filesystem(o.Continuation))); ok; ok = it.Next() {
		name := lake.Filesystem(it.Key()[1:])
		if len(page.Filesystems) == pageSize(o.MaxResults) {
			page.Continuation = string(name)
			break
		}
		f, err := decodeFilesystem(name, it.Value())
		if err != nil {
			return lake.FilesystemPage{}, err
		}
		page.Filesystems = append(page.Filesystems, f.properties(s.clock))
	}
	return page, ioError(it.Error())
}
