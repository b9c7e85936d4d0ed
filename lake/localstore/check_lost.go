package localstore

import (
	"context"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"github.com/ownlake/ownlake/access"
)

// lostFilesystem is where a repair puts directories whose own record is lost: what they hold is there.
const lostFilesystem = "lost-and-found"

// lostRoot stands for its root while it is not known, or not there yet.
const lostRoot = ^inode(0)

// findLost finds directories that hold something and have no record. Their names, and where they lay, are lost.
func (c *checker) findLost(ctx context.Context) error {
	var last inode
	return c.each(ctx, prefixNode, stepNames, func(key, _ []byte) error {
		if len(key) <= idKeyLen || inode(keyID(key)) == last {
			return nil
		}
		last = inode(keyID(key))
		if c.dirs[last] != nil {
			return nil
		}
		c.dirs[lostRoot] = &place{name: lostFilesystem, state: placeReached}
		c.dirs[last] = &place{parent: lostRoot, name: lostName(last), state: placeReached}
		c.lost = append(c.lost, last)
		c.saw(uint64(last), 0)
		c.damage(lostFilesystem+"/"+lostName(last), "is what a directory holds whose record is missing; it may have been deleted")
		return nil
	})
}

func lostName(n inode) string { return fmt.Sprintf("directory-%d", n) }

// putLost gives lost directories a place. Only the superuser can enter it.
func (c *checker) putLost(db *pebble.DB, batch *pebble.Batch) error {
	if len(c.lost) == 0 {
		return nil
	}
	c.newState = true
	c.maxTag++
	now := c.o.Clock().UTC()
	node := func(n inode) *node {
		private := access.Permissions{Owner: access.Read | access.Write | access.Execute}
		return &node{
			inode: n, isDirectory: true, etag: c.maxTag, modified: now, created: now,
			owner: access.Superuser, group: access.Superuser, acl: private.ACL(),
		}
	}
	v, err := get(db, filesystemKey(lostFilesystem))
	if err != nil {
		return err
	}
	var f *filesystem
	if v != nil {
		if f, err = decodeFilesystem(lostFilesystem, v); err != nil {
			return err
		}
	} else {
		c.maxID++
		f = &filesystem{name: lostFilesystem, etag: c.maxTag, modified: now, root: node(inode(c.maxID))}
		if err := batch.Set(filesystemKey(lostFilesystem), f.encode(), nil); err != nil {
			return err
		}
	}
	for _, n := range c.lost {
		if err := batch.Set(nodeKey(f.root.inode, lostName(n)), node(n).encode(), nil); err != nil {
			return err
		}
	}
	return nil
}
