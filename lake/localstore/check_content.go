package localstore

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/errs"
)

// checkedPiece is what a check remembers of a piece of content.
type checkedPiece struct {
	id     contentID
	length int64
	isFile bool
	used   bool
	owners uint32 // files, snapshots and uncommitted blocks that refer to it
}

func (c *checker) piece(id contentID) *checkedPiece {
	i, ok := slices.BinarySearchFunc(c.pieces, id, func(p checkedPiece, id contentID) int { return cmp.Compare(p.id, id) })
	if !ok {
		return nil
	}
	return &c.pieces[i]
}

func (c *checker) readPieces(ctx context.Context) error {
	return c.each(ctx, prefixContent, stepNames, func(key, value []byte) error {
		if len(key) != idKeyLen {
			c.badRecord(key, fmt.Sprintf("record %x", key), "a content record's key is malformed")
			return nil
		}
		p := checkedPiece{id: contentID(keyID(key))}
		c.saw(uint64(p.id), 0)
		d := openRecord(value)
		switch d.uint() {
		case contentFile:
			p.isFile, p.length = true, d.int()
		case contentInline:
			p.length = int64(len(d.string()))
		default:
			d.fail()
		}
		if d.err != nil || p.length < 0 {
			c.badRecord(key, fmt.Sprintf("content %016x", uint64(p.id)), "the record is malformed")
			return nil
		}
		c.pieces = append(c.pieces, p)
		c.report.Contents++
		c.report.Bytes += p.length
		return nil
	})
}

// checkSums finds checksums of content that is not there. Those that are missing show when the content is read.
func (c *checker) checkSums(ctx context.Context) error {
	return c.each(ctx, prefixSums, stepNames, func(key, _ []byte) error {
		if len(key) == idKeyLen+4 {
			p := c.piece(contentID(keyID(key)))
			group := int64(binary.BigEndian.Uint32(key[idKeyLen:]))
			if p != nil && p.isFile && group*sumGroup < sumCount(p.length) {
				return nil
			}
		}
		c.leftover(fmt.Sprintf("record %x", key), "holds checksums of content that is not there")
		c.records = append(c.records, slices.Clone(key))
		return nil
	})
}

// checkReaders is how many content files are read at a time.
const checkReaders = 4

// checkContents reads every content file.
func (c *checker) checkContents(ctx context.Context) error {
	p := Progress{Step: "reading content", Unit: "bytes"}
	for _, piece := range c.pieces {
		if piece.isFile {
			p.Total += piece.length
		}
	}
	var (
		mu     sync.Mutex // guards p, failed and c.bad
		failed error
		next   atomic.Int64
		all    sync.WaitGroup
	)
	read := func(n int64) {
		mu.Lock()
		defer mu.Unlock()
		p.Done += n
		c.progress(p)
	}
	for range checkReaders {
		all.Go(func() {
			for {
				i := next.Add(1) - 1
				if i >= int64(len(c.pieces)) || ctx.Err() != nil {
					return
				}
				if !c.pieces[i].isFile {
					continue
				}
				why, err := c.verify(ctx, c.pieces[i], read)
				mu.Lock()
				if why != "" {
					c.bad[c.pieces[i].id] = why
				}
				if err != nil && failed == nil {
					failed = err
				}
				mu.Unlock()
				if err != nil {
					return
				}
			}
		})
	}
	all.Wait()
	if err := ctx.Err(); err != nil {
		return errs.E(err)
	}
	return failed
}

// verify reads a content file, and says what is wrong with it.
func (c *checker) verify(ctx context.Context, p checkedPiece, read func(int64)) (problem string, err error) {
	f, err := c.contents.open(p.id, p.length)
	if errs.Is(err, errs.Corrupt) {
		return err.Error(), nil
	}
	if err != nil {
		return fmt.Sprintf("content file %s cannot be opened: %v", c.contents.name(p.id), err), nil
	}
	defer f.Close() //nolint:errcheck // it was only read
	return c.verifyChunks(ctx, f, p, read)
}

func (c *checker) verifyChunks(ctx context.Context, f vfs.File, p checkedPiece, read func(int64)) (problem string, err error) {
	chunk := takeChunk()
	defer chunkPool.Put(chunk)
	var sums []uint32
	for i := range sumCount(p.length) {
		if ctx.Err() != nil {
			return "", nil // checkContents reports it
		}
		if i%sumGroup == 0 {
			last := min(i+sumGroup, sumCount(p.length)) - 1
			list, ok, err := lookupSums(c.db, p.id, i, last)
			if err != nil && !errs.Is(err, errs.Corrupt) {
				return "", err
			}
			if !ok {
				return fmt.Sprintf("content %016x lacks checksums", uint64(p.id)), nil
			}
			sums = list
		}
		b := (*chunk)[:min(sumChunk, p.length-i*sumChunk)]
		if _, err := f.ReadAt(b, i*sumChunk); err != nil {
			return fmt.Sprintf("content file %s cannot be read at %d: %v", c.contents.name(p.id), i*sumChunk, err), nil
		}
		if crc32.Checksum(b, castagnoli) != sums[i%sumGroup] {
			return fmt.Sprintf("content file %s is damaged between bytes %d and %d", c.contents.name(p.id), i*sumChunk, i*sumChunk+int64(len(b))), nil
		}
		read(int64(len(b)))
	}
	return "", nil
}

// checkUnused finds content that no file or block refers to.
func (c *checker) checkUnused(context.Context) error {
	for _, p := range c.pieces {
		if p.used {
			continue
		}
		c.leftover(fmt.Sprintf("content %016x", uint64(p.id)), fmt.Sprintf("%d bytes belong to no file", p.length))
		c.setAside[p.id] = true
	}
	return nil
}

// checkFiles finds files in the content folder that no record refers to.
func (c *checker) checkFiles(ctx context.Context) error {
	fs := c.o.FS
	shards, err := fs.List(c.contents.dir)
	if err != nil && !isNotExist(err) {
		return err
	}
	for _, shard := range shards {
		dir := fs.PathJoin(c.contents.dir, shard)
		if info, err := fs.Stat(dir); err != nil || !info.IsDir() || refuseLink(fs, dir) != nil {
			c.orphan(dir)
			continue
		}
		names, err := fs.List(dir)
		if err != nil {
			return err
		}
		for _, name := range names {
			if err := ctx.Err(); err != nil {
				return errs.E(err)
			}
			id, err := strconv.ParseUint(name, 16, 64)
			p := c.piece(contentID(id))
			file := fs.PathJoin(dir, name)
			if err != nil || p == nil || !p.isFile || c.contents.name(p.id) != file {
				c.orphan(file)
			}
		}
	}
	return nil
}

func (c *checker) orphan(file string) {
	c.files = append(c.files, file)
	c.leftover(file, "no record refers to the file")
}
