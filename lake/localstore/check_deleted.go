package localstore

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/ownlake/ownlake/lake"
)

// readDeleted learns which directories deletions keep. They hold what their paths held, and are reached like it.
func (c *checker) readDeleted(ctx context.Context) error {
	err := c.each(ctx, prefixGone, stepNames, func(key, value []byte) error {
		name, id, ok := splitDeletion(key[1:])
		g, err := decodeGone(lake.Filesystem(name), value)
		if err != nil || !ok {
			c.badRecord(key, name+" (deleted filesystem)", "the record is malformed")
			return nil
		}
		c.report.Deleted++
		c.saw(uint64(g.fs.root.inode), max(g.fs.etag, g.fs.root.etag, id+ticksBefore1601))
		c.checkPurge(key, g.until, name+" (deleted filesystem)")
		if c.dirs[g.fs.root.inode] == nil {
			c.dirs[g.fs.root.inode] = &place{name: name + " (deleted)", state: placeReached}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return c.each(ctx, prefixDeleted, stepNames, func(key, value []byte) error {
		d, err := decodeDeletion(value)
		if err != nil || len(key) <= idKeyLen || !d.node.isDirectory {
			return nil // checkDeleted reports what is malformed
		}
		if c.dirs[d.node.inode] == nil {
			path, _, _ := splitDeletion(key[idKeyLen:])
			c.dirs[d.node.inode] = &place{parent: inode(keyID(key)), name: path + " (deleted)"}
		}
		return nil
	})
}

// checkDeleted checks that what is kept has its filesystem, its content and an end.
func (c *checker) checkDeleted(ctx context.Context) error {
	return c.each(ctx, prefixDeleted, "checking what was deleted", func(key, value []byte) error {
		d, err := decodeDeletion(value)
		if err != nil || len(key) <= idKeyLen {
			c.badRecord(key, "a deleted path", "the record is malformed")
			return nil
		}
		path, id, ok := splitDeletion(key[idKeyLen:])
		root, name := inode(keyID(key)), path+" (deleted)"
		if !ok {
			c.badRecord(key, c.path(root, name), "the record's key is malformed")
			return nil
		}
		c.report.Deleted++
		c.saw(uint64(d.node.inode), max(d.node.etag, id+ticksBefore1601))
		c.checkPurge(key, d.until, c.path(root, name))
		problem := ""
		if !c.reached(root) {
			problem = "its filesystem does not exist"
		} else if d.node.isDirectory && *c.dirs[d.node.inode] != (place{root, name, c.dirs[d.node.inode].state}) {
			problem = "another directory has the same identity"
		}
		if d.node.isDirectory {
			if problem != "" {
				c.badRecord(key, c.path(root, name), problem)
			}
			return nil
		}
		if d.node.series != 0 {
			c.series[d.node.series] = true
		}
		return c.checkContent(key, d.node, problem, c.path(root, name))
	})
}

// checkPurge checks that a deletion's end is noted, without which its space would never be given back.
func (c *checker) checkPurge(key []byte, until time.Time, item string) {
	_, closer, err := c.db.Get(purgeKey(until, key))
	if err != nil {
		c.damage(item, "was deleted, and its end is not noted")
		c.newPurges = append(c.newPurges, purgeKey(until, key))
		return
	}
	_ = closer.Close() // gives back memory
}

// checkPurges finds ends of deletions that are not there, or will not be after a repair.
func (c *checker) checkPurges(ctx context.Context) error {
	bad := make(map[string]bool, len(c.records))
	for _, key := range c.records {
		bad[string(key)] = true
	}
	return c.each(ctx, prefixPurge, "checking what was deleted", func(key, _ []byte) error {
		var v []byte
		var err error
		if len(key) > idKeyLen {
			v, err = get(c.db, key[idKeyLen:])
		}
		if err == nil && (v == nil || bad[string(key[idKeyLen:])]) {
			c.leftover(fmt.Sprintf("record %x", key), "ends a deletion that is not there")
			c.records = append(c.records, bytes.Clone(key))
		}
		return err
	})
}
