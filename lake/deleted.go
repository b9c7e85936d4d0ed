package lake

import (
	"context"
	"time"
)

// DeletionID names one deletion of a path or of a filesystem. Later deletions have higher numbers of as many digits.
type DeletionID string

// SoftDelete keeps what is deleted for the days that [ServiceSettings] say: for that long it can be listed and brought
// back, and nothing else can be done with it. How long it is kept is settled when it is deleted.
//
// A directory is kept with all that it holds, as one deletion. A file or an empty directory that a rename replaces is
// kept, too; what is overwritten, a snapshot that is deleted alone and a file that expires are not. A filesystem that
// goes for good takes with it what was deleted in it.
type SoftDelete interface {
	// DeletePath is [Store.Delete] and returns the id of the deletion, "" where nothing is kept.
	DeletePath(ctx context.Context, fs Filesystem, p Path, o DeleteOptions) (DeletionID, error)
	// ListDeleted returns a page of deletions in the byte order of their full paths, the earlier of a path first.
	ListDeleted(ctx context.Context, fs Filesystem, o ListDeletedOptions) (DeletedPage, error)
	// Undelete puts what was deleted back in its place as it was, with its owner, lists, ETag, times and snapshots, and
	// without a lease. The directory that it was in must exist (PathNotFound) and nothing be in its place
	// (PathAlreadyExists). Without an id it takes the last deletion of the path, and leaves a path that exists alone.
	Undelete(ctx context.Context, fs Filesystem, p Path, id DeletionID) (Properties, error)
	// UndeleteFilesystem brings a filesystem back (FilesystemNotFound where there is no such deletion,
	// FilesystemAlreadyExists where the name is taken again). [ListFilesystemsOptions] can ask for deleted ones.
	UndeleteFilesystem(ctx context.Context, fs Filesystem, id DeletionID) (FilesystemProperties, error)
}

// MaxRetentionDays is how long deleted things can be kept at most.
const MaxRetentionDays = 365

// Deletion is when something was deleted and when it is gone for good.
type Deletion struct {
	ID    DeletionID
	On    time.Time
	Until time.Time
}

// ListDeletedOptions choose a page of deletions. MaxResults 0 means 5,000, the largest page.
type ListDeletedOptions struct {
	Prefix       string // of the full path
	Continuation string
	// After keeps only what sorts after this path, which need not exist.
	After      string
	MaxResults int
	// OneLevel puts one entry with a Prefix in the place of all deletions that have the same path up to the first
	// slash after o.Prefix.
	OneLevel bool
}

// DeletedPage is a page of deletions; Continuation is "" on the last.
type DeletedPage struct {
	Entries      []DeletedPath
	Continuation string
}

// DeletedPath is a deletion, or stands for all whose paths begin with Prefix.
type DeletedPath struct {
	Deletion
	Prefix     string
	Properties Properties // as they were
}
