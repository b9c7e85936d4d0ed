package localstore

import (
	"context"
	"errors"

	"github.com/cockroachdb/pebble/v2"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// Properties describes a path.
func (s *Store) Properties(ctx context.Context, fs lake.Filesystem, p lake.Path, c lake.Conditions) (lake.Properties, error) {
	e, err := s.inspect(ctx, fs, p, c)
	if err != nil {
		return lake.Properties{}, describe("localstore.Properties", fs, p, err)
	}
	return e.properties(), nil
}

// inspect finds an existing path in one consistent view of the namespace.
func (s *Store) inspect(ctx context.Context, fs lake.Filesystem, p lake.Path, c lake.Conditions) (*entry, error) {
	if err := s.health.check(ctx); err != nil {
		return nil, err
	}
	var e *entry
	err := s.view(func(r pebble.Reader) (err error) {
		e, err = existing(r, s.clock, fs, p)
		return err
	})
	if err != nil {
		return nil, err
	}
	return e, e.check(c)
}

// change applies a change to an existing path, and returns its properties afterwards.
func (s *Store) change(ctx context.Context, op errs.Op, fs lake.Filesystem, p lake.Path, c lake.Conditions, apply func(*node) error) (lake.Properties, error) {
	return s.changeTx(ctx, op, fs, p, c, func(_ *tx, n *node) error { return apply(n) })
}

// errUnchanged says that a path is already as the change would make it.
var errUnchanged = errors.New("nothing to change")

// changeTx is change for what needs to know the change's time. Where apply returns errUnchanged, the path stays as it is.
func (s *Store) changeTx(ctx context.Context, op errs.Op, fs lake.Filesystem, p lake.Path, c lake.Conditions, apply func(*tx, *node) error) (lake.Properties, error) {
	var props lake.Properties
	err := s.update(ctx, func(t *tx) error {
		e, err := existing(t.reader(), s.clock, fs, p)
		if err != nil {
			return err
		}
		if err := e.checkWrite(c); err != nil {
			return err
		}
		err = apply(t, e.node)
		if err == nil {
			t.put(e)
		}
		if err == nil || errors.Is(err, errUnchanged) {
			props = e.properties()
			return nil
		}
		return err
	})
	return props, describe(op, fs, p, err)
}

// SetProperties replaces content headers and metadata where the update names them.
func (s *Store) SetProperties(ctx context.Context, fs lake.Filesystem, p lake.Path, u lake.PropertyUpdate, c lake.Conditions) (lake.Properties, error) {
	return s.change(ctx, "localstore.SetProperties", fs, p, c, func(n *node) error {
		if u.Headers != nil {
			n.headers = *u.Headers
		}
		if u.Metadata != nil {
			n.metadata = *u.Metadata
		}
		return nil
	})
}

// AccessControl returns a path's owner, group and list.
func (s *Store) AccessControl(ctx context.Context, fs lake.Filesystem, p lake.Path, c lake.Conditions) (lake.AccessControl, error) {
	e, err := s.inspect(ctx, fs, p, c)
	if err != nil {
		return lake.AccessControl{}, describe("localstore.AccessControl", fs, p, err)
	}
	return lake.AccessControl{Properties: e.properties(), ACL: e.node.acl}, nil
}

// SetAccessControl changes owner, group, permissions or the ACL where the update names them.
func (s *Store) SetAccessControl(ctx context.Context, fs lake.Filesystem, p lake.Path, u lake.AccessControlUpdate, c lake.Conditions) (lake.Properties, error) {
	return s.change(ctx, "localstore.SetAccessControl", fs, p, c, func(n *node) error { return n.change(u) })
}

func (n *node) change(u lake.AccessControlUpdate) error {
	if u.Permissions != "" && u.ACL != nil {
		return errs.E(errs.Invalid, lake.CodeInvalidInput, "permissions and an access control list exclude each other")
	}
	if u.ACL != nil {
		acl := u.ACL.Complete()
		if err := acl.Validate(n.isDirectory); err != nil {
			return err
		}
		n.acl = acl
	}
	if u.Permissions != "" {
		p, err := access.ParsePermissions(u.Permissions)
		if err != nil {
			return err
		}
		n.acl = n.acl.Chmod(p)
		n.sticky = p.Sticky && n.isDirectory
	}
	if u.Owner != "" {
		n.owner = u.Owner
	}
	if u.Group != "" {
		n.group = u.Group
	}
	return nil
}
