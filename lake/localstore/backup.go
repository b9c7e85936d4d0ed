package localstore

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"log/slog"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/errs"
)

// BackupReport says what a backup or a restored lake holds.
type BackupReport struct {
	Contents int64 `json:"contents"` // pieces of content, in the database and in files
	Bytes    int64 `json:"bytes"`    // of them
	Linked   int64 `json:"linked"`   // content files that share their bytes with the source
	Copied   int64 `json:"copied"`   // content files that were copied, and checked
}

// PartialSuffix ends the name of a folder that a backup or a restore is filling.
const PartialSuffix = ".ownlake-partial"

// Backup writes the lake as it is at one moment to a folder, which must be empty or missing; others read and write
// meanwhile. The folder is a lake's folder itself: it can be checked, and opened. Content files, which never change, are
// linked where the file system can, and otherwise copied and checked. Appends that were not flushed are not part of it.
//
// The folder gets its name when it is whole: what a backup that was cut off leaves has another, and the next one
// to the same folder removes it. It fails with Conflict where the folder has something in it, and with Corrupt where
// content is missing or, as far as it is copied, damaged. Progress, which may be nil, is told how far it is.
func (s *Store) Backup(ctx context.Context, dir string, progress func(Progress)) (BackupReport, error) {
	const op errs.Op = "localstore.Backup"
	if err := s.health.check(ctx); err != nil {
		return BackupReport{}, errs.E(op, errs.Item(dir), err)
	}
	s.contents.hold()
	defer s.contents.release()
	t := transfer{ctx: ctx, fs: s.contents.fs, from: s.contents, dir: dir, show: progress, progress: Progress{Step: "backing up content"}}
	err := t.run(func(names string) error {
		return s.health.protect(func() error { return s.db.Checkpoint(names, pebble.WithFlushedWAL()) })
	})
	if err != nil {
		return BackupReport{}, errs.E(op, errs.Item(dir), ioError(err))
	}
	return t.report, nil
}

// Restore makes a lake's folder, which must be empty or missing, of one that [Store.Backup] wrote and that no
// process has open. The backup stays as it is. It fails as Backup does.
func Restore(ctx context.Context, fs vfs.FS, from, dir string, progress func(Progress)) (BackupReport, error) {
	t := transfer{
		ctx: ctx, fs: fs, from: newContents(fs, fs.PathJoin(from, contentDir), true), dir: dir,
		show: progress, progress: Progress{Step: "restoring content"},
	}
	if err := t.restore(from); err != nil {
		return BackupReport{}, errs.E(errs.Op("localstore.Restore"), errs.Item(dir), ioError(err))
	}
	return t.report, nil
}

func (t *transfer) restore(from string) (err error) {
	if _, err := t.fs.Stat(t.fs.PathJoin(from, namesDir)); isNotExist(err) {
		return errs.E(errs.NotFound, errs.Item(from), "there is no lake in the folder", errs.Hint("name a folder that ownlake lake backup wrote"))
	} else if err != nil {
		return err
	}
	release, err := lockFolder(t.fs, from)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	if err := checkFormat(t.fs, from); err != nil {
		return err
	}
	return t.run(func(names string) error {
		_, err := vfs.Clone(t.fs, t.fs, t.fs.PathJoin(from, namesDir), names, vfs.CloneSync)
		return err
	})
}

// transfer copies a lake to another folder.
type transfer struct {
	ctx    context.Context // a transfer lives within one call
	fs     vfs.FS
	from   *contents
	to     *contents
	dir    string
	report BackupReport

	show     func(Progress)
	progress Progress
}

// run fills a folder under another name, and renames it. putNames writes the database there.
func (t *transfer) run(putNames func(names string) error) (err error) {
	if err := t.checkTarget(); err != nil {
		return err
	}
	partial := t.dir + PartialSuffix
	if err := makeDirs(t.fs, partial); err != nil {
		return err
	}
	release, err := lockFolder(t.fs, partial)
	if err != nil {
		return err
	}
	err = t.fill(partial, putNames)
	if err = errors.Join(err, release()); err != nil {
		// The next transfer removes what cannot be removed now.
		return errors.Join(err, t.fs.RemoveAll(partial))
	}
	if err := t.fs.Remove(t.dir); err != nil && !isNotExist(err) {
		return err
	}
	if err := t.fs.Rename(partial, t.dir); err != nil {
		return err
	}
	return syncDir(t.fs, t.fs.PathDir(t.dir))
}

func (t *transfer) checkTarget() error {
	names, err := t.fs.List(t.dir)
	if isNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if len(names) > 0 {
		return errs.E(errs.Conflict, "the folder is not empty", errs.Hint("choose a folder that is empty or does not exist"))
	}
	return nil
}

func (t *transfer) fill(partial string, putNames func(names string) error) error {
	for _, name := range []string{namesDir, contentDir} { // of a transfer that was cut off
		if err := t.fs.RemoveAll(t.fs.PathJoin(partial, name)); err != nil {
			return err
		}
	}
	if err := makeDirs(t.fs, t.fs.PathJoin(partial, contentDir)); err != nil {
		return err
	}
	names := t.fs.PathJoin(partial, namesDir)
	if err := putNames(names); err != nil {
		return err
	}
	if err := syncDir(t.fs, names); err != nil {
		return err
	}
	t.to = newContents(t.fs, t.fs.PathJoin(partial, contentDir), true)
	if err := t.putContents(partial, names); err != nil {
		return err
	}
	return writeFormat(t.fs, partial, t.fs.PathJoin(partial, formatName))
}

// putContents brings the content files that the copied database refers to: the source's may be ahead of it.
func (t *transfer) putContents(partial, names string) (err error) {
	db, err := openNames(newHealth(Options{FS: t.fs, Dir: partial}), slog.New(slog.DiscardHandler), names, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := t.measure(db); err != nil {
		return err
	}
	shards := map[string]bool{}
	err = scan(db, []byte{prefixContent}, func(key, value []byte) error {
		if err := t.ctx.Err(); err != nil {
			return errs.E(err)
		}
		id := contentID(keyID(key))
		p, err := decodePiece(id, value)
		if err != nil {
			return err
		}
		t.report.Contents++
		t.report.Bytes += p.length
		if !p.isFile {
			t.advance(p.length)
			return nil
		}
		shards[t.to.shard(id)] = true
		return t.put(db, p)
	})
	for dir := range shards {
		if err == nil {
			err = syncDir(t.fs, dir)
		}
	}
	return err
}

// measure finds how much there is to bring, for those who watch.
func (t *transfer) measure(db *pebble.DB) error {
	t.progress.Unit = "bytes"
	if t.show == nil {
		return nil
	}
	return scan(db, []byte{prefixContent}, func(key, value []byte) error {
		p, err := decodePiece(contentID(keyID(key)), value)
		t.progress.Total += p.length
		return errors.Join(err, t.ctx.Err())
	})
}

func (t *transfer) advance(n int64) {
	t.progress.Done += n
	if t.show != nil {
		t.show(t.progress)
	}
}

// put brings one content file.
func (t *transfer) put(db *pebble.DB, p piece) (err error) {
	f, err := t.from.open(p.id, p.length)
	if err != nil {
		return withCheckHint(err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	if err := t.to.makeShard(p.id); err != nil {
		return err
	}
	if t.fs.Link(t.from.name(p.id), t.to.name(p.id)) == nil {
		t.report.Linked++
		t.advance(p.length)
		if t.from.durable {
			return nil
		}
		return f.Sync() // the source left it to the operating system
	}
	t.report.Copied++
	out, err := t.to.create(p.id)
	if err != nil {
		return err
	}
	return errors.Join(t.copyChunks(db, p, f, out), out.Sync(), out.Close())
}

func (t *transfer) copyChunks(db *pebble.DB, p piece, from, to vfs.File) error {
	chunk := takeChunk()
	defer chunkPool.Put(chunk)
	var sums []uint32
	for i := range sumCount(p.length) {
		if err := t.ctx.Err(); err != nil {
			return errs.E(err)
		}
		if i%sumGroup == 0 {
			list, ok, err := lookupSums(db, p.id, i, min(i+sumGroup, sumCount(p.length))-1)
			if err != nil || !ok {
				return errors.Join(err, withCheckHint(fmt.Errorf("content %016x lacks checksums", uint64(p.id))))
			}
			sums = list
		}
		b := (*chunk)[:min(sumChunk, p.length-i*sumChunk)]
		if _, err := from.ReadAt(b, i*sumChunk); err != nil {
			return err
		}
		if crc32.Checksum(b, castagnoli) != sums[i%sumGroup] {
			return withCheckHint(fmt.Errorf("content file %s is damaged between bytes %d and %d", t.from.name(p.id), i*sumChunk, i*sumChunk+int64(len(b))))
		}
		if _, err := to.WriteAt(b, i*sumChunk); err != nil {
			return err
		}
		t.advance(int64(len(b)))
	}
	return nil
}

// withCheckHint marks damage that a transfer met.
func withCheckHint(err error) error {
	if k := errs.KindOf(err); k != errs.Other && k != errs.Corrupt {
		return err
	}
	return errs.E(errs.Corrupt, errs.Hint("run ownlake lake check --repair on the source first"), err)
}
