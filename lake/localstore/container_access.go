package localstore

import (
	"context"
	"time"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// The tags of a filesystem's optional fields, beside [fieldLease]: its public access with its stored access policies, and its
// encryption policy.
const (
	filesystemAccess     = 2
	filesystemEncryption = 3
)

// anyTime encodes a time that users choose, such as the end of the year 9999, or none.
func (e *encoder) anyTime(t time.Time) {
	e.int(t.Unix())
	e.int(int64(t.Nanosecond()))
}

func (d *decoder) anyTime() time.Time { return time.Unix(d.int(), d.int()).UTC() }

// ContainerAccess returns a filesystem's public access and stored access policies.
func (s *Store) ContainerAccess(ctx context.Context, name lake.Filesystem) (lake.ContainerAccess, lake.FilesystemProperties, error) {
	const op errs.Op = "localstore.ContainerAccess"
	if err := s.health.check(ctx); err != nil {
		return lake.ContainerAccess{}, lake.FilesystemProperties{}, describe(op, name, lake.Root, err)
	}
	f, err := lookupFilesystem(s.db, name)
	if err != nil {
		return lake.ContainerAccess{}, lake.FilesystemProperties{}, describe(op, name, lake.Root, err)
	}
	return f.access, f.properties(s.clock), nil
}

// SetContainerAccess replaces a filesystem's public access and stored access policies.
func (s *Store) SetContainerAccess(ctx context.Context, name lake.Filesystem, a lake.ContainerAccess, c lake.Conditions) (lake.FilesystemProperties, error) {
	return s.changeFilesystem(ctx, "localstore.SetContainerAccess", name, c, func(f *filesystem) { f.access = a })
}
