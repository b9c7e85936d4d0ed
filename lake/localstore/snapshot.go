package localstore

import (
	"context"
	"encoding/binary"
	"maps"
	"time"

	"github.com/cockroachdb/pebble/v2"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// fieldSeries is the tag of a node's series of snapshots.
const fieldSeries = 7

// series identifies the snapshots of one file. It stays with the file when it is overwritten or moved.
type series uint64

func snapshotsKey(of series) []byte { return idKey(prefixSnapshot, uint64(of)) }

func snapshotKey(of series, ticks uint64) []byte {
	return binary.BigEndian.AppendUint64(snapshotsKey(of), ticks)
}

// A snapshot's id is its time in units of 100 ns, as is its key and the ETag of the change that takes it: so no two are
// alike, and later ones sort after earlier ones.
const snapshotTime = "2006-01-02T15:04:05.0000000Z"

func formatSnapshot(ticks uint64) lake.SnapshotID {
	return lake.SnapshotID(time.Unix(0, 0).Add(time.Duration(ticks-ticksAtEpoch) * 100).UTC().Format(snapshotTime))
}

func parseSnapshot(id lake.SnapshotID) (uint64, error) {
	at, err := time.Parse(snapshotTime, string(id))
	if err != nil {
		return 0, errs.E(errs.Invalid, lake.CodeInvalidInput, errs.Item(id), "not the time of a snapshot")
	}
	return uint64(at.UnixNano()/100 + ticksAtEpoch), nil
}

// Snapshot takes a snapshot of a file. It costs a record for each piece of content, whatever its size.
func (s *Store) Snapshot(ctx context.Context, fs lake.Filesystem, p lake.Path, m *lake.Metadata, c lake.Conditions) (lake.SnapshotID, lake.Properties, error) {
	var id lake.SnapshotID
	var props lake.Properties
	err := s.update(ctx, func(t *tx) error {
		e, err := existingFile(s.db, s.clock, fs, p)
		if err != nil {
			return err
		}
		if err := e.check(c); err != nil {
			return err
		}
		if err := t.snapshot(e, m); err != nil {
			return err
		}
		id, props = formatSnapshot(t.tag), e.properties()
		return nil
	})
	return id, props, describe("localstore.Snapshot", fs, p, err)
}

func (t *tx) snapshot(e *entry, m *lake.Metadata) error {
	list, err := lookupExtents(t.s.db, e.node)
	if err != nil {
		return err
	}
	for c := range contentsOf(list) {
		if err := t.share(c); err != nil {
			return err
		}
	}
	if e.node.series == 0 {
		e.node.series = series(t.s.newID())
		t.store(e)
	}
	snap := *e.node
	snap.inode, snap.series, snap.lease, snap.spilled = inode(t.s.newID()), 0, nil, false
	snap.metadata = maps.Clone(e.node.metadata)
	if m != nil {
		snap.metadata = *m
	}
	if err := t.setExtents(&snap, list); err != nil {
		return err
	}
	t.set(snapshotKey(e.node.series, t.tag), snap.encode())
	return nil
}

// snapshotOf replaces an entry's node by that of a snapshot.
func (e *entry) snapshotOf(r pebble.Reader, id lake.SnapshotID) error {
	ticks, err := parseSnapshot(id)
	if err != nil {
		return err
	}
	missing := errs.E(errs.NotFound, lake.CodePathNotFound, "the snapshot does not exist")
	if e.node.series == 0 {
		return missing
	}
	v, err := get(r, snapshotKey(e.node.series, ticks))
	if err != nil {
		return err
	}
	if v == nil {
		return missing
	}
	e.node, err = decodeNode(v)
	return err
}

// SnapshotProperties describes a snapshot.
func (s *Store) SnapshotProperties(ctx context.Context, fs lake.Filesystem, p lake.Path, id lake.SnapshotID, c lake.Conditions) (lake.Properties, error) {
	e, err := s.inspectFile(ctx, fs, p, lake.ReadOptions{Snapshot: id, Conditions: c})
	if err != nil {
		return lake.Properties{}, describe("localstore.SnapshotProperties", fs, p, err)
	}
	return e.properties(), nil
}

// ListSnapshots returns the snapshots of a file.
func (s *Store) ListSnapshots(ctx context.Context, fs lake.Filesystem, p lake.Path) ([]lake.Snapshot, error) {
	var list []lake.Snapshot
	err := s.health.check(ctx)
	if err == nil {
		err = s.view(func(r pebble.Reader) error {
			list = nil
			e, err := existing(r, s.clock, fs, p)
			if err != nil || e.node.series == 0 {
				return err
			}
			return scan(r, snapshotsKey(e.node.series), func(key, value []byte) error {
				n, err := decodeNode(value)
				if err == nil {
					list = append(list, lake.Snapshot{ID: formatSnapshot(binary.BigEndian.Uint64(key[idKeyLen:])), Properties: n.properties(p, s.clock)})
				}
				return err
			})
		})
	}
	return list, describe("localstore.ListSnapshots", fs, p, err)
}

// DeleteSnapshot removes one snapshot.
func (s *Store) DeleteSnapshot(ctx context.Context, fs lake.Filesystem, p lake.Path, id lake.SnapshotID, c lake.Conditions) error {
	err := s.shrink(ctx, func(t *tx) error {
		e, err := existingFile(s.db, s.clock, fs, p)
		if err != nil {
			return err
		}
		of := e.node.series
		if err := e.snapshotOf(s.db, id); err != nil {
			return err
		}
		if err := e.checkConditions(c); err != nil {
			return err
		}
		ticks, err := parseSnapshot(id)
		if err != nil {
			return err
		}
		t.del(snapshotKey(of, ticks))
		return t.discardFile(e.node, nil)
	})
	return describe("localstore.DeleteSnapshot", fs, p, err)
}

// DeleteSnapshots removes all snapshots of a file.
func (s *Store) DeleteSnapshots(ctx context.Context, fs lake.Filesystem, p lake.Path, c lake.Conditions) error {
	err := s.shrink(ctx, func(t *tx) error {
		e, err := existingFile(s.db, s.clock, fs, p)
		if err != nil {
			return err
		}
		if err := e.check(c); err != nil {
			return err
		}
		return t.discardSnapshots(e.node)
	})
	return describe("localstore.DeleteSnapshots", fs, p, err)
}

// hasSnapshots reports whether a file has any.
func hasSnapshots(r pebble.Reader, n *node) (bool, error) {
	if n.series == 0 {
		return false, nil
	}
	has := false
	err := scan(r, snapshotsKey(n.series), func([]byte, []byte) error {
		has = true
		return errStop
	})
	if has {
		return true, nil
	}
	return false, err
}

// discardSnapshots removes the snapshots of a file.
func (t *tx) discardSnapshots(n *node) error {
	if n.series == 0 {
		return nil
	}
	return scan(t.s.db, snapshotsKey(n.series), func(key, value []byte) error {
		snap, err := decodeNode(value)
		if err != nil {
			return err
		}
		t.del(key)
		return t.discardFile(snap, nil)
	})
}

// Content that file and snapshots share is counted: a record says how many owners a piece has beyond the first.

func sharedKey(c contentID) []byte { return idKey(prefixShared, uint64(c)) }

// shared returns how many owners a piece has beyond the first, as this change has it so far.
func (t *tx) shared(id contentID) (uint64, error) {
	if n, ok := t.owners[id]; ok {
		return n, nil
	}
	v, err := get(t.s.db, sharedKey(id))
	if err != nil || v == nil {
		return 0, err
	}
	d := openRecord(v)
	n := d.uint()
	return n, d.err
}

func (t *tx) setShared(id contentID, n uint64) {
	if t.owners == nil {
		t.owners = map[contentID]uint64{}
	}
	t.owners[id] = n
	if n == 0 {
		t.del(sharedKey(id))
		return
	}
	t.set(sharedKey(id), encodeShared(n))
}

func encodeShared(n uint64) []byte {
	e := newRecord()
	e.uint(n)
	return e.buf
}

// share gives a piece another owner.
func (t *tx) share(id contentID) error {
	n, err := t.shared(id)
	if err != nil {
		return err
	}
	t.setShared(id, n+1)
	return nil
}

// ownsAlone reports whether no snapshot has the piece, too.
func (t *tx) ownsAlone(id contentID) (bool, error) {
	others, err := t.shared(id)
	return others == 0, err
}
