package localstore

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

const stepNames = "reading the namespace"

func (c *checker) readFilesystems(ctx context.Context) error {
	return c.each(ctx, prefixFilesystem, stepNames, func(key, value []byte) error {
		name := string(key[1:])
		f, err := decodeFilesystem(lake.Filesystem(name), value)
		if err != nil {
			c.badRecord(key, name, "the filesystem's record is malformed")
			return nil
		}
		c.report.Filesystems++
		c.saw(uint64(f.root.inode), max(f.etag, f.root.etag))
		c.dirs[f.root.inode] = &place{name: name, state: placeReached}
		return nil
	})
}

func (c *checker) readQueue(ctx context.Context) error {
	return c.each(ctx, prefixReclaim, stepNames, func(key, _ []byte) error {
		if len(key) != idKeyLen {
			c.badRecord(key, "the queue of deleted directories", "a record's key is malformed")
			return nil
		}
		n := inode(keyID(key))
		c.saw(uint64(n), 0)
		if c.dirs[n] == nil {
			c.dirs[n] = &place{name: "(deleted)", state: placeReached}
		}
		return nil
	})
}

// readDirectories learns where the directories lie.
func (c *checker) readDirectories(ctx context.Context) error {
	return c.each(ctx, prefixNode, stepNames, func(key, value []byte) error {
		if len(key) <= idKeyLen {
			c.badRecord(key, "the namespace", "a record's key is malformed")
			return nil
		}
		n, err := decodeNode(value)
		if err != nil || !n.isDirectory {
			return nil // checkNodes reports what is malformed
		}
		if c.dirs[n.inode] == nil {
			c.dirs[n.inode] = &place{parent: inode(keyID(key)), name: string(key[idKeyLen:])}
		}
		return nil
	})
}

// checkNodes checks that something leads to each directory and file, and that files have their content.
func (c *checker) checkNodes(ctx context.Context) error {
	return c.each(ctx, prefixNode, "checking the namespace", func(key, value []byte) error {
		if len(key) <= idKeyLen {
			return nil // readDirectories has reported it
		}
		parent, name := inode(keyID(key)), string(key[idKeyLen:])
		n, err := decodeNode(value)
		if err != nil {
			c.badRecord(key, c.path(parent, name), "the record is malformed")
			return nil
		}
		c.saw(uint64(n.inode), n.etag)
		problem := ""
		if !c.reached(parent) {
			problem = "no directory leads to it"
		} else if n.isDirectory && *c.dirs[n.inode] != (place{parent, name, c.dirs[n.inode].state}) {
			problem = "another directory has the same identity"
		}
		if n.isDirectory {
			c.report.Directories++
			if problem != "" {
				c.badRecord(key, c.path(parent, name), problem)
			}
			return nil
		}
		return c.checkNode(key, n, problem)
	})
}

// checkNode checks a file; problem is what is known to be wrong with it.
func (c *checker) checkNode(key []byte, n *node, problem string) error {
	c.report.Files++
	if n.series != 0 {
		c.series[n.series] = true
	}
	return c.checkContent(key, n, problem, c.path(inode(keyID(key)), string(key[idKeyLen:])))
}

// checkContent checks that a file, or a snapshot of one, has its content.
func (c *checker) checkContent(key []byte, n *node, problem, item string) error {
	if n.spilled {
		c.spilled[n.inode] = true
	}
	list, err := lookupExtents(c.db, n)
	if err != nil && !errs.Is(err, errs.Corrupt) {
		return err
	}
	if err != nil && problem == "" {
		problem = "its list of extents is missing or malformed"
	}
	var size int64
	c.own(list)
	for _, x := range list {
		if why := c.use(x.content, x.offset, x.length); why != "" && problem == "" {
			problem = why
		}
		size += x.length
	}
	if problem == "" && size != n.size {
		problem = fmt.Sprintf("it has %d bytes, and its extents have %d", n.size, size)
	}
	if problem == "" {
		return nil
	}
	c.badRecord(key, item, problem)
	if n.spilled {
		keys, err := pageKeys(c.db, n.inode)
		if err != nil {
			return err
		}
		c.records = append(c.records, keys...)
	}
	for _, x := range list {
		if p := c.piece(x.content); p == nil || p.owners <= 1 { // a file checked before may have it, too
			c.setAside[x.content] = true
		}
	}
	return nil
}

// use notes that a range of a piece is referred to, and says what is wrong with it.
func (c *checker) use(id contentID, offset, length int64) string {
	p := c.piece(id)
	if p == nil {
		return fmt.Sprintf("content %016x has no record", uint64(id))
	}
	p.used = true
	if why := c.bad[id]; why != "" {
		return why
	}
	if offset < 0 || length < 0 || offset > p.length-length {
		return fmt.Sprintf("content %016x has %d bytes, and bytes %d to %d are the file's", uint64(id), p.length, offset, offset+length)
	}
	return ""
}

func (c *checker) checkBlocks(ctx context.Context) error {
	return c.each(ctx, prefixBlock, "checking the namespace", func(key, value []byte) error {
		end := -1
		if len(key) > idKeyLen {
			end = bytes.IndexByte(key[idKeyLen:], 0)
		}
		b, err := decodeBlock(nil, value)
		if err != nil || end < 0 {
			c.badRecord(key, "an uncommitted block", "the record is malformed")
			return nil
		}
		c.report.Blocks++
		c.saw(uint64(b.content), 0)
		c.own([]extent{{content: b.content}})
		problem := c.use(b.content, 0, b.length)
		if root := c.dirs[inode(keyID(key))]; problem == "" && (root == nil || root.parent != 0) {
			problem = "its filesystem does not exist"
		}
		if problem != "" {
			c.badRecord(key, c.path(inode(keyID(key)), string(key[idKeyLen:idKeyLen+end]))+" (uncommitted block)", problem)
			c.setAside[b.content] = true
		}
		return nil
	})
}

// checkSpilled finds lists of extents that no file has.
func (c *checker) checkSpilled(ctx context.Context) error {
	return c.each(ctx, prefixExtents, "checking the namespace", func(key, _ []byte) error {
		if len(key) < idKeyLen || !c.spilled[inode(keyID(key))] {
			c.leftover(fmt.Sprintf("record %x", key), "is a list of extents that no file has")
			c.records = append(c.records, slices.Clone(key))
		}
		return nil
	})
}

// checkState checks that the counters are ahead of all that was given out.
func (c *checker) checkState(context.Context) error {
	const item = "the database's counters"
	v, err := get(c.db, stateKey())
	if err != nil {
		return err
	}
	d := openRecord(v)
	id, tag := d.uint(), d.uint()
	switch {
	case d.err != nil:
		c.newState = true
		c.damage(item, "are missing or malformed")
	case id < c.maxID || tag < c.maxTag:
		c.newState = true
		c.damage(item, "are behind what they count")
	}
	c.saw(id, tag) // what a repair makes comes after
	return nil
}

// checkUnknown finds records that this format does not have.
func (c *checker) checkUnknown(context.Context) error {
	known := []byte{
		prefixFilesystem, prefixNode, prefixExtents, prefixContent, prefixSums, prefixBlock, prefixReclaim, prefixExpiry, prefixSnapshot, prefixShared,
		prefixDeleted, prefixGone, prefixPurge, prefixSettings, prefixState,
	}
	for first := range 256 {
		if slices.Contains(known, byte(first)) {
			continue
		}
		err := scan(c.db, []byte{byte(first)}, func(key, _ []byte) error {
			c.badRecord(key, fmt.Sprintf("record %x", key), "is of no kind that this format has")
			return nil
		})
		if err != nil && !errors.Is(err, errStop) {
			return err
		}
	}
	return nil
}

// saw notes an identity and an ETag that were given out.
func (c *checker) saw(id, tag uint64) {
	c.maxID, c.maxTag = max(c.maxID, id), max(c.maxTag, tag)
}

// idKeyLen is the length of a prefix and an identity.
const idKeyLen = 9

func keyID(key []byte) uint64 { return binary.BigEndian.Uint64(key[1:idKeyLen]) }
