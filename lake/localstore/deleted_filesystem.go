package localstore

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// gone is a filesystem that was deleted and is kept. What it held stays filed under its root.
type gone struct {
	on, until time.Time
	fs        *filesystem
}

// goneKeys is the common prefix of the deletions of filesystems of a name.
func goneKeys(name lake.Filesystem) []byte {
	return append(append([]byte{prefixGone}, name...), 0)
}

func goneKey(name lake.Filesystem, id uint64) []byte {
	return binary.BigEndian.AppendUint64(goneKeys(name), id)
}

func (g *gone) encode() []byte {
	e := newRecord()
	e.time(g.on)
	e.time(g.until)
	g.fs.encodeTo(e)
	return e.buf
}

func decodeGone(name lake.Filesystem, b []byte) (*gone, error) {
	d := openRecord(b)
	g := &gone{on: d.time(), until: d.time()}
	g.fs = d.filesystem(name)
	return g, d.err
}

func (g *gone) properties(id uint64, now func() time.Time) lake.FilesystemProperties {
	p := g.fs.properties(now)
	p.Deleted = &lake.Deletion{ID: formatDeletion(id), On: g.on, Until: g.until}
	return p
}

// keepFilesystem keeps a filesystem that is deleted, if they are kept.
func (t *tx) keepFilesystem(f *filesystem) (bool, error) {
	settings, err := lookupSettings(t.s.db)
	if err != nil || settings.ContainerRetentionDays == 0 {
		return false, err
	}
	f.lease = nil
	g := &gone{on: t.now, until: t.now.AddDate(0, 0, settings.ContainerRetentionDays), fs: f}
	key := goneKey(f.name, t.deletionID())
	t.set(key, g.encode())
	t.set(purgeKey(g.until, key), nil)
	return true, nil
}

// UndeleteFilesystem brings a filesystem back.
func (s *Store) UndeleteFilesystem(ctx context.Context, name lake.Filesystem, id lake.DeletionID) (lake.FilesystemProperties, error) {
	var props lake.FilesystemProperties
	err := s.update(ctx, func(t *tx) error {
		n, ok := parseDeletion(id)
		missing := errs.E(errs.NotFound, lake.CodeFilesystemNotFound, "there is no such deletion of the filesystem")
		if !ok {
			return missing
		}
		key := goneKey(name, n)
		v, err := get(s.db, key)
		if err != nil {
			return err
		}
		if v == nil {
			return missing
		}
		g, err := decodeGone(name, v)
		switch {
		case err != nil:
			return err
		case !g.until.After(t.now):
			return missing
		}
		if err := t.checkFree(name); err != nil {
			return err
		}
		t.del(key)
		t.del(purgeKey(g.until, key))
		t.set(filesystemKey(name), g.fs.encode())
		props = g.fs.properties(s.clock)
		return nil
	})
	return props, describe("localstore.UndeleteFilesystem", name, lake.Root, err)
}

// listAllFilesystems lists deleted filesystems, too. The continuation is the name of the first of the next page, and, after
// a slash, the deletion that it is or "" for none.
func (s *Store) listAllFilesystems(ctx context.Context, o lake.ListFilesystemsOptions) (lake.FilesystemPage, error) {
	limit := pageSize(o.MaxResults)
	from, id, resumed := strings.Cut(o.Continuation, "/")
	first := goneKeys(lake.Filesystem(from))
	if n, ok := parseDeletion(lake.DeletionID(id)); ok {
		first = goneKey(lake.Filesystem(from), n)
	} else if resumed {
		first = after(first)
	}
	kept, err := s.listGone(o.Prefix, first, limit+1)
	if err != nil {
		return lake.FilesystemPage{}, err
	}
	// What is there is read after what was deleted: a filesystem that is deleted meanwhile may be told twice, and one that is
	// brought back is not left out.
	page, err := s.listFilesystems(ctx, lake.ListFilesystemsOptions{Prefix: o.Prefix, Continuation: from, MaxResults: limit})
	if err != nil {
		return lake.FilesystemPage{}, err
	}
	if page.Continuation != "" { // what comes later is not known to come after all that was deleted
		kept = slices.DeleteFunc(kept, func(p lake.FilesystemProperties) bool { return string(p.Name) > page.Continuation })
	}
	all := append(kept, page.Filesystems...) //nolint:gocritic // kept is of this call alone
	slices.SortStableFunc(all, func(a, b lake.FilesystemProperties) int { return strings.Compare(string(a.Name), string(b.Name)) })
	if page.Continuation != "" {
		page.Continuation += "/"
	}
	if len(all) > limit {
		next := all[limit]
		page.Continuation = string(next.Name) + "/"
		if next.Deleted != nil {
			page.Continuation += string(next.Deleted.ID)
		}
		all = all[:limit]
	}
	page.Filesystems = all
	return page, nil
}

// listGone returns deleted filesystems from a key on.
func (s *Store) listGone(prefix string, from []byte, limit int) ([]lake.FilesystemProperties, error) {
	lower := append([]byte{prefixGone}, prefix...)
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: after(lower)})
	if err != nil {
		return nil, ioError(err)
	}
	defer it.Close() //nolint:errcheck // Error below reports what Close would
	now := s.clock()
	var list []lake.FilesystemProperties
	for ok := it.SeekGE(from); ok && len(list) < limit; ok = it.Next() {
		name, id, ok := splitDeletion(it.Key()[1:])
		g, err := decodeGone(lake.Filesystem(name), it.Value())
		if err != nil || !ok {
			return nil, errors.Join(err, malformedKey(ok))
		}
		if g.until.After(now) {
			list = append(list, g.properties(id, s.clock))
		}
	}
	return list, ioError(it.Error())
}

// checkFree refuses the name of a filesystem that exists.
func (t *tx) checkFree(name lake.Filesystem) error {
	v, err := get(t.s.db, filesystemKey(name))
	if err == nil && v != nil {
		err = errs.E(errs.Exists, lake.CodeFilesystemAlreadyExists, "the filesystem exists already")
	}
	return err
}
