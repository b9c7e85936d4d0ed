package localstore

import (
	"errors"
	"fmt"
	"hash/crc32"
	"slices"
	"sync"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/errs"
)

const (
	// maxInline is the largest content that lies in the database rather than in a file of its own.
	maxInline = 16 << 10
	// sumChunk is how many bytes of a content file one checksum covers: what a small ranged read has to read.
	sumChunk = 128 << 10
	// sumGroup is how many checksums lie in one record.
	sumGroup = 512
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// piece is a piece of content that is on disk, or about to be: bytes for the database, or a file with its
// checksums.
type piece struct {
	id     contentID
	length int64
	inline []byte   // the bytes, unless they lie in a file
	sums   []uint32 // of the file's chunks
	isFile bool
}

// sums computes the checksums of a stream's chunks.
type sums struct {
	full    []uint32
	partial uint32
	n       int64
}

func (s *sums) write(p []byte) {
	for len(p) > 0 {
		room := sumChunk - int(s.n%sumChunk)
		part := p[:min(room, len(p))]
		s.partial = crc32.Update(s.partial, castagnoli, part)
		s.n += int64(len(part))
		if len(part) == room {
			s.full = append(s.full, s.partial)
			s.partial = 0
		}
		p = p[len(part):]
	}
}

func (s *sums) all() []uint32 {
	if s.n%sumChunk == 0 {
		return s.full
	}
	return append(slices.Clip(s.full), s.partial)
}

func sumCount(length int64) int64 { return (length + sumChunk - 1) / sumChunk }

// Records of content: kind, then the bytes or the length of the file.
const (
	contentInline = 0
	contentFile   = 1
)

func (t *tx) addPiece(p piece) {
	e := newRecord()
	if !p.isFile {
		e.buf = slices.Grow(e.buf, len(p.inline)+16)
		e.uint(contentInline)
		e.bytes(p.inline)
		t.set(contentKey(p.id), e.buf)
		return
	}
	e.uint(contentFile)
	e.int(p.length)
	t.set(contentKey(p.id), e.buf)
	for g := 0; g*sumGroup < len(p.sums); g++ {
		group := newRecord()
		for _, sum := range p.sums[g*sumGroup : min((g+1)*sumGroup, len(p.sums))] {
			group.uint(uint64(sum))
		}
		t.set(sumsKey(p.id, uint32(g)), group.buf)
	}
}

// lookupPiece reads a content record; ok is false where there is none. Checksums are read apart.
func lookupPiece(r pebble.Reader, id contentID) (p piece, ok bool, err error) {
	v, err := get(r, contentKey(id))
	if err != nil || v == nil {
		return piece{}, false, err
	}
	p, err = decodePiece(id, v)
	return p, true, err
}

// decodePiece reads a content record, whose bytes the piece keeps.
func decodePiece(id contentID, v []byte) (piece, error) {
	d := openRecord(v)
	p := piece{id: id}
	if d.uint() == contentFile {
		p.isFile, p.length = true, d.int()
		return p, d.err
	}
	p.inline = d.bytes()
	p.length = int64(len(p.inline))
	return p, d.err
}

// lookupSums reads the checksums of the chunks from first to last; ok is false where a record is missing.
func lookupSums(r pebble.Reader, id contentID, first, last int64) (list []uint32, ok bool, err error) {
	for g := first / sumGroup; g <= last/sumGroup; g++ {
		v, err := get(r, sumsKey(id, uint32(g)))
		if err != nil || v == nil {
			return nil, false, err
		}
		d := openRecord(v)
		for i := g * sumGroup; len(d.buf) > 0; i++ {
			if sum := uint32(d.uint()); i >= first && i <= last {
				list = append(list, sum)
			}
		}
		if d.err != nil {
			return nil, false, d.err
		}
	}
	if int64(len(list)) != last-first+1 {
		return nil, false, errs.E(errs.Corrupt, fmt.Sprintf("content %x lacks checksums", id))
	}
	return list, true, nil
}

// removePiece takes an owner from a piece. With the last one go its records, and its file once the change is durable.
func (t *tx) removePiece(id contentID) error {
	others, err := t.shared(id)
	if err != nil {
		return err
	}
	if others > 0 {
		t.setShared(id, others-1)
		return nil
	}
	p, ok, err := lookupPiece(t.s.db, id)
	if err != nil || !ok {
		return err
	}
	t.del(contentKey(id))
	if !p.isFile {
		return nil
	}
	for g := int64(0); g*sumGroup < sumCount(p.length); g++ {
		t.del(sumsKey(id, uint32(g)))
	}
	t.garbage = append(t.garbage, id)
	return nil
}

// contents is the folder of content files.
type contents struct {
	fs      vfs.FS
	dir     string
	durable bool

	mu     sync.Mutex
	pins   map[contentID]int
	doomed map[contentID]bool // to be removed when the last pin and the last hold go
	holds  int                // of backups, which keep all files
	shards map[string]bool    // directories known to exist
}

func newContents(fs vfs.FS, dir string, durable bool) *contents {
	return &contents{
		fs: fs, dir: dir, durable: durable,
		pins: map[contentID]int{}, doomed: map[contentID]bool{}, shards: map[string]bool{},
	}
}

func (c *contents) shard(id contentID) string {
	return c.fs.PathJoin(c.dir, fmt.Sprintf("%02x", uint64(id)&0xff))
}

func (c *contents) name(id contentID) string {
	return c.fs.PathJoin(c.shard(id), fmt.Sprintf("%016x", uint64(id)))
}

// makeShard makes the directory that the content's file lies in.
func (c *contents) makeShard(id contentID) error {
	dir := c.shard(id)
	if err := refuseLink(c.fs, dir); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.shards[dir] {
		return nil
	}
	if err := c.fs.MkdirAll(dir, dirMode); err != nil {
		return err
	}
	if c.durable {
		if err := syncDir(c.fs, c.dir); err != nil {
			return err
		}
	}
	c.shards[dir] = true
	return nil
}

// create makes an empty content file that can be written at any position.
func (c *contents) create(id contentID) (vfs.File, error) {
	if err := c.makeShard(id); err != nil {
		return nil, ioError(err)
	}
	// A file of this name can only be left from a crash. OpenReadWrite, which WriteAt needs, would keep its bytes.
	if err := c.unlink(id); err != nil && !isNotExist(err) {
		return nil, ioError(err)
	}
	f, err := c.fs.OpenReadWrite(c.name(id), vfs.WriteCategoryUnspecified)
	return f, ioError(err)
}

// reopen opens a file that was created and has no record yet, to go on writing.
func (c *contents) reopen(id contentID) (vfs.File, error) {
	for _, name := range []string{c.shard(id), c.name(id)} {
		if err := refuseLink(c.fs, name); err != nil {
			return nil, err
		}
	}
	f, err := c.fs.OpenReadWrite(c.name(id), vfs.WriteCategoryUnspecified)
	return f, ioError(err)
}

// settle makes a written file durable, with its name.
func (c *contents) settle(id contentID, f vfs.File) error {
	if !c.durable {
		return nil
	}
	if err := f.Sync(); err != nil {
		return ioError(err)
	}
	return ioError(syncDir(c.fs, c.shard(id)))
}

// abandon closes and removes a file that no change refers to.
func (c *contents) abandon(id contentID, f vfs.File) {
	_ = f.Close() // the file is of no use any more; if it cannot be removed, the next Open collects it
	_ = c.unlink(id)
}

// unlink removes a file, or a link in its place.
func (c *contents) unlink(id contentID) error {
	if err := refuseLink(c.fs, c.shard(id)); err != nil {
		return err
	}
	return c.fs.Remove(c.name(id))
}

// pin keeps a content's file until unpin, even when it is removed meanwhile.
func (c *contents) pin(id contentID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pins[id]++
}

func (c *contents) unpin(id contentID) {
	c.mu.Lock()
	c.pins[id]--
	last := c.pins[id] == 0
	remove := last && c.doomed[id] && c.holds == 0
	if last {
		delete(c.pins, id)
	}
	if remove {
		delete(c.doomed, id)
	}
	c.mu.Unlock()
	if remove {
		_ = c.unlink(id) // the next Open collects what cannot be removed now
	}
}

// hold keeps all files until release, also those that are removed meanwhile.
func (c *contents) hold() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.holds++
}

func (c *contents) release() {
	c.mu.Lock()
	c.holds--
	var free []contentID
	for id := range c.doomed {
		if c.holds == 0 && c.pins[id] == 0 {
			free = append(free, id)
			delete(c.doomed, id)
		}
	}
	c.mu.Unlock()
	for _, id := range free {
		_ = c.unlink(id) // the next Open collects what cannot be removed now
	}
}

// remove removes a content's file, at once or with its last pin.
func (c *contents) remove(id contentID) {
	c.mu.Lock()
	pinned := c.pins[id] > 0 || c.holds > 0
	if pinned {
		c.doomed[id] = true
	}
	c.mu.Unlock()
	if !pinned {
		_ = c.unlink(id) // the next Open collects what cannot be removed now
	}
}

// readAt reads a whole range of a content file.
func (c *contents) open(id contentID, length int64) (vfs.File, error) {
	for _, name := range []string{c.shard(id), c.name(id)} {
		if err := refuseLink(c.fs, name); err != nil {
			return nil, err
		}
	}
	f, err := c.fs.Open(c.name(id))
	if isNotExist(err) {
		return nil, errs.E(errs.Corrupt, fmt.Errorf("content file %s is missing", c.name(id)))
	}
	if err != nil {
		return nil, ioError(err)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(ioError(err), f.Close())
	}
	if info.Size() != length {
		err := errs.E(errs.Corrupt, fmt.Errorf("content file %s has %d bytes, and was written with %d", c.name(id), info.Size(), length))
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
