package localstore

import (
	"context"
	"fmt"
	"slices"
)

// checkSnapshots checks that each snapshot belongs to a file and has its content.
func (c *checker) checkSnapshots(ctx context.Context) error {
	return c.each(ctx, prefixSnapshot, "checking snapshots", func(key, value []byte) error {
		item := fmt.Sprintf("snapshot %x", key)
		n, err := decodeNode(value)
		if err != nil || len(key) != idKeyLen+8 || n.isDirectory {
			c.badRecord(key, item, "the record is malformed")
			return nil
		}
		c.saw(uint64(n.inode), n.etag)
		if !c.series[series(keyID(key))] {
			c.badRecord(key, item, "no file has it")
			return nil // what it alone refers to is found as content of no file
		}
		return c.checkContent(key, n, "", item)
	})
}

// own notes an owner of what the extents refer to.
func (c *checker) own(list []extent) {
	for content := range contentsOf(list) {
		if p := c.piece(content); p != nil {
			p.owners++
		}
	}
}

// checkShared compares how many owners each piece has with the records that count them: with too few, content would be
// removed that a snapshot still has.
func (c *checker) checkShared(ctx context.Context) error {
	recorded := map[contentID]uint64{}
	err := c.each(ctx, prefixShared, "checking snapshots", func(key, value []byte) error {
		d := openRecord(value)
		n := d.uint()
		if len(key) != idKeyLen || d.err != nil || c.piece(contentID(keyID(key))) == nil {
			c.leftover(fmt.Sprintf("record %x", key), "counts the owners of content that is not there")
			c.records = append(c.records, slices.Clone(key))
			return nil
		}
		recorded[contentID(keyID(key))] = n
		return nil
	})
	if err != nil {
		return err
	}
	for _, p := range c.pieces {
		want := uint64(max(p.owners, 1) - 1)
		if got := recorded[p.id]; got != want {
			c.damage(fmt.Sprintf("content %016x", uint64(p.id)), fmt.Sprintf("has %d owners, and %d are recorded", p.owners, got+1))
			c.newShared[p.id] = want
		}
	}
	return nil
}
