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
	// (PathAlreadyExists).
	Undelete(ctx context.Context, fs Filesystem, p Path, o UndeleteOptions) (Properties, error)
	// UndeleteFilesystem brings a filesystem back (FilesystemNotFound where there is no such deletion,
	// FilesystemAlreadyExists where the name is taken again). [ListFilesystemsOptions] can ask for deleted ones.
	UndeleteFilesystem(ctx context.Context, fs Filesystem, id DeletionID) (FilesystemProperties, error)
}

// UndeleteOptions are the options of [SoftDelete.Undelete].
type UndeleteOptions struct {
	// ID is the deletion. Without it the last deletion of the path is taken, and a path that exists is left alone.
	ID DeletionID
	// FileOnly refuses to bring a directory back (ResourceTypeMismatch).
	FileOnly bool
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
	Prefix string // of the full path
	// Continuation is that of a page before, or any path: then the listing begins with the first deletion of a path that
	// does not sort before it.
	Continuation string
	MaxResults   int
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
	// Next is a continuation with which a listing goes on after this entry.
	Next string
}
