package localstore

import (
	"fmt"
	"hash/crc32"
	"io"
)

// stagedSums are the checksums of a staging's chunks, kept while its bytes come in, in whatever order: appends that
// run side by side each begin at a chunk of their own. What cannot be kept is read back at the end.
type stagedSums []stagedSum

// stagedSum is the checksum of a chunk's first bytes.
type stagedSum struct {
	sum  uint32
	upTo int32 // how many bytes; notKept where bytes came that do not follow them
}

const notKept = -1

// write notes bytes at a place.
func (s *stagedSums) write(p []byte, at int64) {
	for len(p) > 0 {
		chunk, offset := at/sumChunk, int32(at%sumChunk)
		part := p[:min(len(p), sumChunk-int(offset))]
		s.grow(chunk + 1)
		(*s)[chunk].write(part, offset)
		p, at = p[len(part):], at+int64(len(part))
	}
}

func (c *stagedSum) write(part []byte, offset int32) {
	switch {
	case len(part) == sumChunk:
		*c = stagedSum{crc32.Checksum(part, castagnoli), sumChunk}
	case c.upTo == offset:
		c.sum = crc32.Update(c.sum, castagnoli, part)
		c.upTo += int32(len(part))
	default:
		c.upTo = notKept
	}
}

func (s *stagedSums) grow(chunks int64) {
	for int64(len(*s)) < chunks {
		*s = append(*s, stagedSum{})
	}
}

// forget notes that the first bytes are there and their checksums are not known.
func (s *stagedSums) forget(length int64) {
	s.grow(sumCount(length))
	for i := range *s {
		(*s)[i].upTo = notKept
	}
}

// all returns the checksums of the first bytes of what was staged, reading the chunks whose sums were not kept.
func (s *stagedSums) all(sp *spool, length int64) ([]uint32, error) {
	s.grow(sumCount(length))
	list := make([]uint32, sumCount(length))
	for i := range list {
		start := int64(i) * sumChunk
		part := min(sumChunk, length-start)
		if c := (*s)[i]; int64(c.upTo) == part {
			list[i] = c.sum
			continue
		}
		var err error
		if list[i], err = sumAt(sp, start, part); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func sumAt(r io.ReaderAt, at, length int64) (uint32, error) {
	chunk := takeChunk()
	defer chunkPool.Put(chunk)
	part := (*chunk)[:length]
	if n, err := r.ReadAt(part, at); n < len(part) {
		return 0, ioError(fmt.Errorf("read at %d: %w", at, err))
	}
	return crc32.Checksum(part, castagnoli), nil
}
