package lake

import (
	"context"

	"github.com/ownlake/ownlake/errs"
)

// SnapshotID names a snapshot by its time, such as "2026-11-24T10:45:00.1234567Z". Later snapshots sort after earlier ones.
type SnapshotID string

// Snapshots keep what a file was: its content, properties and metadata at a time. They are read-only, stay when the
// file is overwritten or moved, and go with it. Content that file and snapshots share is stored once.
type Snapshots interface {
	// Snapshot takes one of a file. Metadata, if not nil, is the snapshot's instead of the file's. The properties are the
	// file's, which does not change.
	Snapshot(ctx context.Context, fs Filesystem, p Path, m *Metadata, c Conditions) (SnapshotID, Properties, error)
	// SnapshotProperties describes a snapshot (PathNotFound where there is none).
	SnapshotProperties(ctx context.Context, fs Filesystem, p Path, id SnapshotID, c Conditions) (Properties, error)
	// ListSnapshots returns the snapshots of a file, the earliest first.
	ListSnapshots(ctx context.Context, fs Filesystem, p Path) ([]Snapshot, error)
	// DeleteSnapshot removes one.
	DeleteSnapshot(ctx context.Context, fs Filesystem, p Path, id SnapshotID, c Conditions) error
	// DeleteSnapshots removes all that a file has, and leaves the file.
	DeleteSnapshots(ctx context.Context, fs Filesystem, p Path, c Conditions) error
}

// Snapshot is one snapshot of a file.
type Snapshot struct {
	ID         SnapshotID
	Properties Properties
}

// ErrSnapshotsPresent is why a file with snapshots is not deleted or replaced by a rename unless they are to go with it.
func ErrSnapshotsPresent() error {
	return errs.E(errs.Conflict, CodeSnapshotsPresent, "the file has snapshots", errs.Hint("delete them with it, or first"))
}
