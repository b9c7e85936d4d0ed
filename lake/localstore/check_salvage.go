package localstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/sstable"
	tableblock "github.com/cockroachdb/pebble/v2/sstable/block"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/errs"
)

// Names of what a salvage makes beside the database: a copy to read from, and the new database once it is whole.
const (
	copySuffix     = ".copy"
	newSuffix      = ".new"
	salvagedSuffix = ".salvaged"
)

// salvage makes a new database of the records that can be read, puts it in the place of the damaged one, which is set
// aside, and returns the gaps. A record is only taken over where the database itself would find it: what a newer one, in a
// block that cannot be read, may have replaced is not.
//
// The new database gets its last name but one when it is whole and synced, so that a crash leaves the damaged database, or
// the new one, or neither and a whole one that finishSalvage puts in place.
func (c *checker) salvage(ctx context.Context) (gaps []gap, err error) {
	fs, names := c.o.FS, c.o.FS.PathJoin(c.o.Dir, namesDir)
	for _, suffix := range []string{copySuffix, newSuffix, salvagedSuffix} {
		if err := fs.RemoveAll(names + suffix); err != nil {
			return nil, err
		}
	}
	if err := cloneNames(fs, names, names+copySuffix); err != nil {
		return nil, err
	}
	if gaps, err = c.copyReadable(ctx, names+copySuffix, names+newSuffix); err != nil {
		return nil, errors.Join(err, fs.RemoveAll(names+copySuffix), fs.RemoveAll(names+newSuffix))
	}
	if err := fs.RemoveAll(names + copySuffix); err != nil {
		return nil, err
	}
	if c.aside, err = c.makeAside(); err != nil {
		return nil, err
	}
	for _, move := range [][2]string{{names + newSuffix, names + salvagedSuffix}, {names, fs.PathJoin(c.aside, namesDir)}, {names + salvagedSuffix, names}} {
		if err := fs.Rename(move[0], move[1]); err != nil {
			return nil, err
		}
		for _, dir := range []string{c.aside, c.o.Dir} {
			if err := syncDir(fs, dir); err != nil {
				return nil, err
			}
		}
	}
	return gaps, nil
}

// cloneNames copies a database, whose log is not in tables until it is opened to be written. Tables, which never change, are
// linked where the file system can.
func cloneNames(fs vfs.FS, from, to string) error {
	isTable := func(name string) bool { return strings.HasSuffix(name, ".sst") }
	if _, err := vfs.Clone(fs, fs, from, to, vfs.CloneSkip(isTable)); err != nil {
		return err
	}
	list, err := fs.List(from)
	if err != nil {
		return err
	}
	for _, name := range list {
		if !isTable(name) {
			continue
		}
		if err := vfs.LinkOrCopy(fs, fs.PathJoin(from, name), fs.PathJoin(to, name)); err != nil {
			return err
		}
	}
	return nil
}

// finishSalvage puts a salvaged database in place that a crash kept from there.
func (c *checker) finishSalvage() error {
	fs, names := c.o.FS, c.o.FS.PathJoin(c.o.Dir, namesDir)
	if _, err := fs.Stat(names); !isNotExist(err) {
		return err
	}
	if _, err := fs.Stat(names + salvagedSuffix); isNotExist(err) {
		return nil
	}
	if err := fs.Rename(names+salvagedSuffix, names); err != nil {
		return err
	}
	return syncDir(fs, c.o.Dir)
}

func (c *checker) copyReadable(ctx context.Context, from, to string) (gaps []gap, err error) {
	o := databaseOptions(c.health, slog.New(slog.DiscardHandler), false)
	o.DisableAutomaticCompactions = true // they would meet the damage
	s := &salvage{fs: c.o.FS, contents: c.contents}
	err = c.health.protect(func() (err error) {
		s.from, err = pebble.Open(from, o)
		return err
	})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.health.protect(s.from.Close)) }()
	if s.to, err = openNames(c.health, slog.New(slog.DiscardHandler), to, false); err != nil {
		return nil, err
	}
	defer func() {
		// What is being made must be whole before it gets its name.
		err = errors.Join(err, c.health.protect(s.to.Flush), c.health.protect(s.to.Close), syncDir(c.o.FS, to))
	}()
	if s.tables, err = tablesOf(c.o.FS, from, s.from); err != nil {
		return nil, err
	}
	if s.gaps, err = verifyTables(ctx, c.o.FS, s.tables); err != nil {
		return nil, err
	}
	s.batch = s.to.NewBatch()
	if err := errors.Join(s.run(ctx), s.batch.Close()); err != nil {
		return nil, err
	}
	if s.places == 0 && len(s.gaps) > 0 {
		return nil, errs.E(errs.Corrupt, "nothing of the namespace can be read", s.gaps[0].cause)
	}
	return s.gaps, nil
}

// salvage copies what can be read of one database to another.
type salvage struct {
	fs       vfs.FS
	contents *contents
	from, to *pebble.DB
	batch    *pebble.Batch
	tables   []table
	gaps     []gap
	places   int // filesystems, directories and files that were taken over
}

// salvageBatch is how many bytes are committed at a time.
const salvageBatch = 1 << 20

func (s *salvage) run(ctx context.Context) error {
	var at []byte
	for _, g := range s.gaps {
		if bytes.Compare(at, g.from) < 0 {
			if err := s.copy(ctx, at, g.from); err != nil {
				return err
			}
			at = g.from
		}
		if bytes.Compare(at, g.to) > 0 {
			continue
		}
		end := append(bytes.Clone(g.to), 0)
		if err := s.pick(ctx, at, end); err != nil {
			return err
		}
		at = end
	}
	if err := s.copy(ctx, at, nil); err != nil {
		return err
	}
	if err := s.commit(); err != nil {
		return err
	}
	return s.restorePieces(ctx)
}

// copy takes over the records of [from, to), no block of which is damaged. The database reads a block ahead, and may meet
// damage behind the range; what it then has not reached is picked.
func (s *salvage) copy(ctx context.Context, from, to []byte) error {
	it, err := s.from.NewIter(&pebble.IterOptions{LowerBound: from, UpperBound: to})
	if err != nil {
		return err
	}
	defer it.Close() //nolint:errcheck // Error below reports what Close would
	next := bytes.Clone(from)
	for ok := it.First(); ok; ok = it.Next() {
		if err := errors.Join(s.put(it.Key(), it.Value()), ctx.Err()); err != nil {
			return err
		}
		next = append(append(next[:0], it.Key()...), 0)
	}
	if err := it.Error(); err == nil || !pebble.IsCorruptionError(err) {
		return err
	}
	return s.pick(ctx, next, to)
}

// pick takes over the records of [from, to) one by one: those that some table names, and whose look-up does not meet
// the damage.
func (s *salvage) pick(ctx context.Context, from, to []byte) error {
	var keys [][]byte
	for _, t := range s.tables {
		if bytes.Compare(t.to, from) < 0 || to != nil && bytes.Compare(t.from, to) >= 0 {
			continue
		}
		keys = append(keys, s.keysOf(ctx, t, from, to)...)
	}
	slices.SortFunc(keys, bytes.Compare)
	for _, key := range slices.CompactFunc(keys, bytes.Equal) {
		v, closer, err := s.from.Get(key)
		if errors.Is(err, pebble.ErrNotFound) || pebble.IsCorruptionError(err) {
			continue
		}
		if err != nil {
			return err
		}
		if err := errors.Join(s.put(key, v), closer.Close(), ctx.Err()); err != nil {
			return err
		}
	}
	return nil
}

// keysOf returns the keys that a table has in a range, up to damage of its own.
func (s *salvage) keysOf(ctx context.Context, t table, from, to []byte) (keys [][]byte) {
	r, err := openTable(ctx, s.fs, t)
	if err != nil {
		return nil // it is among the gaps
	}
	defer r.Close() //nolint:errcheck // it was only read
	_ = withoutPanic(func() error {
		it, err := r.NewIter(tableblock.NoTransforms, from, to, sstable.AssertNoBlobHandles)
		if err != nil {
			return err
		}
		for kv := it.SeekGE(from, 0); kv != nil; kv = it.Next() {
			keys = append(keys, bytes.Clone(kv.K.UserKey))
		}
		return it.Close()
	})
	return keys
}

func (s *salvage) put(key, value []byte) error {
	if key[0] == prefixFilesystem || key[0] == prefixNode {
		s.places++
	}
	if err := s.batch.Set(key, value, nil); err != nil || s.batch.Len() < salvageBatch {
		return err
	}
	return s.commit()
}

func (s *salvage) commit() error {
	err := s.batch.Commit(pebble.NoSync) // the database is flushed before it gets its name
	s.batch.Reset()
	return err
}

// restorePieces gives content files their records back: one that has all its checksums, and is as they say, is what it was.
func (s *salvage) restorePieces(ctx context.Context) error {
	shards, err := s.fs.List(s.contents.dir)
	if err != nil && !isNotExist(err) {
		return err
	}
	for _, shard := range shards {
		names, err := s.fs.List(s.fs.PathJoin(s.contents.dir, shard))
		if err != nil {
			continue // no folder; the check finds it
		}
		for _, name := range names {
			if err := ctx.Err(); err != nil {
				return errs.E(err)
			}
			id, err := strconv.ParseUint(name, 16, 64)
			if err != nil {
				continue
			}
			if err := s.restorePiece(ctx, contentID(id)); err != nil {
				return err
			}
		}
	}
	return s.commit()
}

func (s *salvage) restorePiece(ctx context.Context, id contentID) error {
	if _, ok, err := lookupPiece(s.to, id); err != nil || ok {
		return err
	}
	if _, ok, err := lookupSums(s.to, id, 0, 0); err != nil || !ok {
		return nil //nolint:nilerr // without checksums nobody knows what it was
	}
	info, err := s.fs.Stat(s.contents.name(id))
	if err != nil {
		return nil //nolint:nilerr // the check finds it
	}
	p := checkedPiece{id: id, length: info.Size(), isFile: true}
	if sumCount(p.length) == 0 || s.hasSums(id, sumCount(p.length)) {
		return nil
	}
	if why, err := (&checker{db: s.to, contents: s.contents}).verify(ctx, p, func(int64) {}); err != nil || why != "" {
		return err
	}
	e := newRecord()
	e.uint(contentFile)
	e.int(p.length)
	return s.put(contentKey(id), e.buf)
}

// hasSums reports whether there is a checksum of a chunk, or a group that begins with it.
func (s *salvage) hasSums(id contentID, chunk int64) bool {
	_, ok, err := lookupSums(s.to, id, chunk, chunk)
	return ok && err == nil
}

// describeGap says what is lost, once the namespace is known.
func (c *checker) describeGap(g gap) Finding {
	return Finding{
		Item:     c.o.FS.PathJoin(c.o.Dir, namesDir, g.table),
		Problem:  fmt.Sprintf("is damaged (%v); records from %s to %s are lost where nothing newer replaced them", g.cause, c.describeKey(g.from), c.describeKey(g.to)),
		Repaired: true,
	}
}

var recordNames = map[byte]string{
	prefixFilesystem: "filesystem", prefixExtents: "the extents of file", prefixContent: "content", prefixSums: "the checksums of content",
	prefixReclaim: "deleted directory", prefixSnapshot: "the snapshots of series", prefixShared: "the owners of content",
	prefixBlock: "the uncommitted blocks of", prefixDeleted: "what was deleted of", prefixGone: "deleted filesystem",
}

// describeKey names what a key stands for; a key that ends a gap may be none that there ever was.
func (c *checker) describeKey(key []byte) string {
	if len(key) == 0 {
		return "the first"
	}
	name, known := recordNames[key[0]]
	switch {
	case len(key) > idKeyLen && key[0] == prefixNode:
		return strconv.Quote(c.path(inode(keyID(key)), string(key[idKeyLen:])))
	case known && (key[0] == prefixFilesystem || key[0] == prefixGone):
		return fmt.Sprintf("%s %q", name, key[1:])
	case known && len(key) >= idKeyLen:
		return fmt.Sprintf("%s %016x", name, keyID(key))
	}
	return fmt.Sprintf("key %x", key)
}
