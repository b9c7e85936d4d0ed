package localstore

import (
	"cmp"
	"context"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// Create makes an empty file or a directory. What exists keeps owner, group and list unless the options name them, so
// that nobody comes to own a file by overwriting it; of permissions see [node.keepAccess].
func (s *Store) Create(ctx context.Context, fs lake.Filesystem, p lake.Path, o lake.CreateOptions) (lake.Properties, error) {
	var props lake.Properties
	err := s.update(ctx, func(t *tx) error {
		e, err := lookup(t.reader(), s.clock, fs, p)
		if err != nil {
			return err
		}
		if err := t.create(e, o); err != nil {
			return err
		}
		props = e.properties()
		return nil
	})
	return props, describe("localstore.Create", fs, p, err)
}

func (t *tx) create(e *entry, o lake.CreateOptions) error {
	if err := e.checkTarget(o.Conditions); err != nil {
		return err
	}
	if e.node != nil && e.node.isDirectory != o.IsDirectory {
		return errs.E(errs.Conflict, lake.CodePathConflict, "the path exists as the other of file and directory",
			errs.Hint("delete it first, or choose another path"))
	}
	if e.node != nil && o.IsDirectory {
		return t.updateDirectory(e, o)
	}
	if err := t.makeParents(e, o.Creator); err != nil {
		return err
	}
	n := t.newNode(e.parent, o)
	if err := n.inherit(e.parent, o); err != nil {
		return err
	}
	n.encrypt(e.fs, o.EncryptionScope)
	if err := t.expire(n, o.Expiry); err != nil {
		return err
	}
	if e.node != nil {
		n.lease = e.node.lease
		if err := n.keepAccess(e.node, o); err != nil {
			return err
		}
	}
	if err := t.leaseNew(n, o.Lease); err != nil {
		return err
	}
	return t.replace(e, n, nil)
}

func (t *tx) updateDirectory(e *entry, o lake.CreateOptions) error {
	e.node.headers, e.node.metadata = o.Headers, o.Metadata
	if err := t.leaseNew(e.node, o.Lease); err != nil {
		return err
	}
	err := e.node.change(lake.AccessControlUpdate{Owner: o.Owner, Group: o.Group, ACL: o.ACL})
	if err != nil {
		return err
	}
	t.put(e)
	return nil
}

// newNode makes a node with the change's ETag and time, without a list.
func (t *tx) newNode(parent *node, o lake.CreateOptions) *node {
	n := &node{
		inode: inode(t.s.newID()), isDirectory: o.IsDirectory, etag: t.tag, modified: t.now, created: t.now,
		owner: cmp.Or(o.Owner, o.Creator, access.Superuser), group: cmp.Or(o.Group, parent.group), headers: o.Headers, metadata: o.Metadata,
	}
	return n
}

// inherit gives a new node its list: that of the options, or what the parent's list and the permissions make.
func (n *node) inherit(parent *node, o lake.CreateOptions) error {
	p, umask := access.DefaultFilePermissions, access.DefaultUmask
	if n.isDirectory {
		p = access.DefaultDirectoryPermissions
	}
	var err error
	if o.Permissions != "" {
		if p, err = access.ParsePermissions(o.Permissions); err != nil {
			return err
		}
	}
	if o.Umask != "" {
		if umask, err = access.ParsePermissions(o.Umask); err != nil {
			return err
		}
	}
	n.acl = parent.acl.Inherit(n.isDirectory, p, umask)
	n.sticky = p.Sticky && n.isDirectory
	if o.ACL != nil {
		return n.change(lake.AccessControlUpdate{ACL: o.ACL})
	}
	return nil
}

// keepAccess gives the node, which takes the place of another, what that one had. Permissions are those of a new file,
// as open(2) has it: they change an existing one only where its owner or a superuser sends them.
func (n *node) keepAccess(old *node, o lake.CreateOptions) error {
	n.owner, n.group, n.acl, n.sticky = cmp.Or(o.Owner, old.owner), cmp.Or(o.Group, old.group), old.acl, old.sticky
	switch {
	case o.ACL != nil:
		return n.change(lake.AccessControlUpdate{ACL: o.ACL})
	case o.Permissions != "" && (o.Creator == "" || access.Principal{ID: o.Creator}.Is(old.owner)):
		return n.change(lake.AccessControlUpdate{Permissions: o.Permissions})
	}
	return nil
}

// replace puts a file or a new directory in the entry's place, and discards what the former file held and
// the new one does not, its staged appends, and the path's uncommitted blocks.
func (t *tx) replace(e *entry, n *node, list []extent) error {
	if e.ended != nil {
		if err := t.discardSnapshots(e.ended); err != nil {
			return err
		}
	}
	for _, old := range []*node{e.node, e.ended} {
		if old == nil {
			continue
		}
		if err := t.discardFile(old, list); err != nil {
			return err
		}
	}
	if err := t.discardBlocks(blocksKey(e.fs.root.inode, e.path), list); err != nil {
		return err
	}
	if e.node != nil {
		n.series = e.node.series
	}
	if err := t.setExtents(n, list); err != nil {
		return err
	}
	e.node, e.missing = n, nil
	t.put(e)
	return nil
}
