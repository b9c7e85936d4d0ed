package localstore

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"strconv"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// deletion is something that was deleted and is kept. It lies under the root of its filesystem, its path and its id,
// so that a rename of a directory above leaves it where it was, as in the service ("Soft delete for blobs": it "becomes
// disconnected"). A directory is kept by its node alone: what it holds stays filed under the node's inode.
type deletion struct {
	on, until time.Time
	node      *node
}

// A deletion's id is its time in units of 100 ns since the year 1601, which is how the service counts them.
const ticksBefore1601 = 504911232000000000

func (t *tx) deletionID() uint64 { return t.tag - ticksBefore1601 }

func formatDeletion(id uint64) lake.DeletionID { return lake.DeletionID(strconv.FormatUint(id, 10)) }

func parseDeletion(id lake.DeletionID) (uint64, bool) {
	n, err := strconv.ParseUint(string(id), 10, 64)
	return n, err == nil
}

// deletionsKey is the common prefix of the deletions of one path.
func deletionsKey(root inode, p lake.Path) []byte {
	return append(append(idKey(prefixDeleted, uint64(root)), p...), 0)
}

func deletionKey(root inode, p lake.Path, id uint64) []byte {
	return binary.BigEndian.AppendUint64(deletionsKey(root, p), id)
}

// splitDeletion takes the path, or the filesystem's name, and the id out of the end of a key of a deletion.
func splitDeletion(tail []byte) (name string, id uint64, ok bool) {
	end := len(tail) - 9
	if end < 0 || tail[end] != 0 {
		return "", 0, false
	}
	return string(tail[:end]), binary.BigEndian.Uint64(tail[end+1:]), true
}

// purgeKey files the key of a deletion under the time at which it ends.
func purgeKey(until time.Time, key []byte) []byte {
	return append(idKey(prefixPurge, uint64(until.UnixNano())), key...)
}

func (d *deletion) encode() []byte {
	e := newRecord()
	e.time(d.on)
	e.time(d.until)
	d.node.encodeTo(e)
	return e.buf
}

func decodeDeletion(b []byte) (*deletion, error) {
	d := openRecord(b)
	x := &deletion{on: d.time(), until: d.time()}
	x.node = d.node()
	return x, d.err
}

// keep keeps a node that leaves its place in the namespace, if what is deleted is kept, and returns the deletion's id.
func (t *tx) keep(e *entry, n *node) (lake.DeletionID, error) {
	settings, err := lookupSettings(t.s.db)
	if err != nil || settings.DeleteRetentionDays == 0 {
		return "", err
	}
	d := &deletion{on: t.now, until: t.now.AddDate(0, 0, settings.DeleteRetentionDays), node: n}
	if n.details != nil && !n.details.ExpiresOn.IsZero() && n.details.ExpiresOn.Before(d.until) {
		d.until = n.details.ExpiresOn
	}
	kept := *n
	kept.lease = nil
	d.node = &kept
	key := deletionKey(e.fs.root.inode, e.path, t.deletionID())
	t.set(key, d.encode())
	t.set(purgeKey(d.until, key), nil)
	t.abandoned = append(t.abandoned, n.inode)
	return formatDeletion(t.deletionID()), nil
}

// Undelete brings back what was deleted.
func (s *Store) Undelete(ctx context.Context, fs lake.Filesystem, p lake.Path, o lake.UndeleteOptions) (lake.Properties, error) {
	var props lake.Properties
	err := s.update(ctx, func(t *tx) error {
		e, err := lookup(s.db, s.clock, fs, p)
		if err != nil {
			return err
		}
		if o.ID != "" || e.node == nil {
			if err := t.undelete(e, o); err != nil {
				return err
			}
		}
		props = e.properties()
		return nil
	})
	return props, describe("localstore.Undelete", fs, p, err)
}

func (t *tx) undelete(e *entry, o lake.UndeleteOptions) error {
	key, d, err := t.findDeletion(e, o.ID)
	if err != nil {
		return err
	}
	switch {
	case o.FileOnly && d.node.isDirectory:
		return errs.E(errs.Conflict, lake.CodeResourceTypeMismatch, "what was deleted is a directory")
	case e.node != nil:
		return errs.E(errs.Exists, lake.CodePathAlreadyExists, "the path exists again", errs.Hint("delete or rename what lies there first"))
	case e.blocked:
		return errs.E(errs.Conflict, lake.CodePathConflict, "a file lies where the path needs a directory")
	case len(e.missing) > 1:
		return errs.E(errs.NotFound, lake.CodePathNotFound, "the directory that the path was in does not exist", errs.Hint("bring it back or create it first"))
	}
	if e.ended != nil {
		if err := errors.Join(t.discardSnapshots(e.ended), t.discardFile(e.ended, nil)); err != nil {
			return err
		}
	}
	t.del(key)
	t.del(purgeKey(d.until, key))
	e.node, e.missing = d.node, nil
	t.store(e)
	return nil
}

// findDeletion finds a deletion of the path, or without an id the last.
func (t *tx) findDeletion(e *entry, id lake.DeletionID) (key []byte, d *deletion, err error) {
	missing := errs.E(errs.NotFound, lake.CodePathNotFound, "there is no such deletion of the path")
	prefix := deletionsKey(e.fs.root.inode, e.path)
	if id != "" {
		n, ok := parseDeletion(id)
		if !ok {
			return nil, nil, missing
		}
		prefix = deletionKey(e.fs.root.inode, e.path, n)
	}
	it, err := t.s.db.NewIter(&pebble.IterOptions{LowerBound: prefix, UpperBound: after(prefix)})
	if err != nil {
		return nil, nil, ioError(err)
	}
	defer it.Close() //nolint:errcheck // Error below reports what Close would
	for ok := it.Last(); ok; ok = it.Prev() {
		d, err := decodeDeletion(it.Value())
		if err != nil || d.until.After(t.now) {
			return bytes.Clone(it.Key()), d, err
		}
	}
	return nil, nil, errors.Join(ioError(it.Error()), missing)
}

// ListDeleted returns a page of deletions. The continuation is the end of the next key.
func (s *Store) ListDeleted(ctx context.Context, fs lake.Filesystem, o lake.ListDeletedOptions) (lake.DeletedPage, error) {
	var page lake.DeletedPage
	err := s.health.check(ctx)
	if err == nil {
		err = s.view(func(r pebble.Reader) error {
			f, err := lookupFilesystem(r, fs)
			if err == nil {
				page, err = s.listDeleted(ctx, r, f, o)
			}
			return err
		})
	}
	return page, describe("localstore.ListDeleted", fs, lake.Path(o.Prefix), err)
}

func (s *Store) listDeleted(ctx context.Context, r pebble.Reader, f *filesystem, o lake.ListDeletedOptions) (lake.DeletedPage, error) {
	var page lake.DeletedPage
	base := idKey(prefixDeleted, uint64(f.root.inode))
	prefix := append(bytes.Clone(base), o.Prefix...)
	from := append(bytes.Clone(base), o.Continuation...)
	it, err := r.NewIter(&pebble.IterOptions{LowerBound: prefix, UpperBound: after(prefix)})
	if err != nil {
		return page, ioError(err)
	}
	defer it.Close() //nolint:errcheck // Error below reports what Close would
	now := s.clock()
	for ok := it.SeekGE(from); ok; {
		if err := ctx.Err(); err != nil {
			return page, errs.E(err)
		}
		tail := it.Key()[len(base):]
		if len(page.Entries) == pageSize(o.MaxResults) {
			page.Continuation = string(tail)
			break
		}
		entry, live, err := s.deletedPath(tail, it.Value(), o, now)
		if err != nil {
			return lake.DeletedPage{}, err
		}
		if live {
			page.Entries = append(page.Entries, entry)
		}
		if live && entry.Prefix != "" {
			ok = it.SeekGE(append(bytes.Clone(base), entry.Next...))
		} else {
			ok = it.Next()
		}
	}
	return page, ioError(it.Error())
}

// deletedPath makes the entry for a deletion, and reports whether it has not ended.
func (s *Store) deletedPath(tail, value []byte, o lake.ListDeletedOptions, now time.Time) (lake.DeletedPath, bool, error) {
	path, id, ok := splitDeletion(tail)
	d, err := decodeDeletion(value)
	if err != nil || !ok {
		return lake.DeletedPath{}, false, errors.Join(err, malformedKey(ok))
	}
	if !d.until.After(now) {
		return lake.DeletedPath{}, false, nil
	}
	if o.OneLevel && len(path) > len(o.Prefix) {
		if i := bytes.IndexByte([]byte(path[len(o.Prefix):]), '/'); i >= 0 {
			all := path[:len(o.Prefix)+i+1]
			return lake.DeletedPath{Prefix: all, Next: string(after([]byte(all)))}, true, nil
		}
	}
	return lake.DeletedPath{
		Deletion:   lake.Deletion{ID: formatDeletion(id), On: d.on, Until: d.until},
		Properties: d.node.properties(lake.Path(path), s.clock), Next: string(after(tail)),
	}, true, nil
}

func malformedKey(ok bool) error {
	if ok {
		return nil
	}
	return errs.E(errs.Corrupt, "the key of a record of the lake's database is malformed", errs.Hint("run ownlake lake check"))
}

// purgeDeleted removes for good the deletions that end by a time.
func (s *Store) purgeDeleted(ctx context.Context, by time.Time) error {
	for {
		n := 0
		err := s.shrink(ctx, func(t *tx) error {
			end := idKey(prefixPurge, uint64(by.UnixNano()))
			err := scan(s.db, []byte{prefixPurge}, func(key, _ []byte) error {
				if n == reclaimBatch || len(key) < len(end) || bytes.Compare(key[:len(end)], end) > 0 {
					return errStop
				}
				n++
				t.del(key)
				return t.purge(key[len(end):])
			})
			if errors.Is(err, errStop) {
				return nil
			}
			return err
		})
		if err != nil || n < reclaimBatch {
			return err
		}
	}
}

// purge removes what a deletion's key keeps, if it is still kept.
func (t *tx) purge(key []byte) error {
	v, err := get(t.s.db, key)
	if err != nil || v == nil {
		return err
	}
	t.del(key)
	if key[0] == prefixGone {
		g, err := decodeGone("", v)
		if err == nil {
			t.abandonTree(g.fs.root)
		}
		return err
	}
	d, err := decodeDeletion(v)
	if err != nil {
		return err
	}
	return t.discardDeleted(d.node)
}

// discardDeleted removes a node that was deleted and kept.
func (t *tx) discardDeleted(n *node) error {
	if n.isDirectory {
		t.abandonTree(n)
		return nil
	}
	return errors.Join(t.discardSnapshots(n), t.discardFile(n, nil))
}

// purgeSome removes some of the deletions in a filesystem that is gone for good, and returns how many.
func (t *tx) purgeSome(root inode) (int, error) {
	n := 0
	err := scan(t.s.db, idKey(prefixDeleted, uint64(root)), func(key, value []byte) error {
		if n == reclaimBatch {
			return errStop
		}
		n++
		d, err := decodeDeletion(value)
		if err != nil {
			return err
		}
		t.del(key)
		t.del(purgeKey(d.until, key))
		return t.discardDeleted(d.node)
	})
	if errors.Is(err, errStop) {
		err = nil
	}
	return n, err
}
