package localstore

import (
	"context"
	"time"

	"github.com/ownlake/ownlake/lake"
)

// fieldLease is the tag of a lease, in the records of nodes and of filesystems.
const fieldLease = 1

func leaseField(l *lake.Lease) field {
	return optional(fieldLease, func(e *encoder) {
		e.string(string(l.ID))
		e.int(int64(l.Duration))
		e.anyTime(l.Until)
		e.anyTime(l.BreakAt)
	})
}

func (d *decoder) lease() *lake.Lease {
	return &lake.Lease{ID: lake.LeaseID(d.string()), Duration: time.Duration(d.int()), Until: d.anyTime(), BreakAt: d.anyTime()}
}

// Lease carries out an action on a path's lease.
func (s *Store) Lease(ctx context.Context, fs lake.Filesystem, p lake.Path, r lake.LeaseRequest, c lake.Conditions) (lake.Properties, lake.LeaseAnswer, error) {
	var props lake.Properties
	var answer lake.LeaseAnswer
	err := s.update(ctx, func(t *tx) error {
		e, err := existing(s.db, s.clock, fs, p)
		if err != nil {
			return err
		}
		if err := e.check(c); err != nil {
			return err
		}
		if e.node.lease, answer, err = e.node.lease.Apply(r, t.now); err != nil {
			return err
		}
		t.store(e)
		props = e.properties()
		return nil
	})
	return props, answer, describe("localstore.Lease", fs, p, err)
}

// leaseNew acquires the lease of what a change makes, if it is to.
func (t *tx) leaseNew(n *node, r *lake.LeaseRequest) error {
	if r == nil {
		return nil
	}
	var err error
	n.lease, _, err = n.lease.Apply(*r, t.now)
	return err
}

// LeaseFilesystem carries out an action on a filesystem's lease.
func (s *Store) LeaseFilesystem(ctx context.Context, name lake.Filesystem, r lake.LeaseRequest, c lake.Conditions) (lake.FilesystemProperties, lake.LeaseAnswer, error) {
	var props lake.FilesystemProperties
	var answer lake.LeaseAnswer
	err := s.update(ctx, func(t *tx) error {
		f, err := lookupFilesystem(s.db, name)
		if err != nil {
			return err
		}
		if err := c.Check(formatETag(f.etag), f.modified); err != nil {
			return err
		}
		if f.lease, answer, err = f.lease.Apply(r, t.now); err != nil {
			return err
		}
		t.set(filesystemKey(name), f.encode())
		props = f.properties(s.clock)
		return nil
	})
	return props, answer, describe("localstore.LeaseFilesystem", name, lake.Root, err)
}

// CheckFilesystemLease reports whether a reader who names a filesystem's lease may read.
func (s *Store) CheckFilesystemLease(ctx context.Context, name lake.Filesystem, id lake.LeaseID) error {
	err := s.health.check(ctx)
	if err == nil {
		var f *filesystem
		if f, err = lookupFilesystem(s.db, name); err == nil {
			err = f.lease.AllowRead(id, s.clock())
		}
	}
	return describe("localstore.CheckFilesystemLease", name, lake.Root, err)
}

// checkLease refuses writers that do not have the lease of what exists, and forgets one that has ended: it can be
// renewed only while nobody wrote.
func (e *entry) checkLease(id lake.LeaseID) error {
	if e.node == nil {
		return (*lake.Lease)(nil).AllowWrite(id, time.Time{})
	}
	if e.node.lease == nil && id == "" {
		return nil
	}
	now := e.now()
	if err := e.node.lease.AllowWrite(id, now); err != nil {
		return err
	}
	if s := e.node.lease.State(now); s == lake.Expired || s == lake.Broken {
		e.node.lease = nil
	}
	return nil
}

// checkWrite reports whether the conditions and the lease let the entry, which exists, be changed or deleted.
func (e *entry) checkWrite(c lake.Conditions) error {
	if err := e.checkLease(c.LeaseID); err != nil {
		return err
	}
	return e.checkConditions(c)
}
