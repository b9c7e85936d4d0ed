package table

import (
	"context"
	"log/slog"
	"time"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/engine"
	"github.com/ownlake/ownlake/lake"
)

// Options say which environment's folder to open and where to stage files. Store, Environment, StagingDir and
// Clock are required; Logger nil discards.
type Options struct {
	Store       lake.Store
	Environment insights.Environment
	// StagingDir is a local folder for files on their way into the lake and for copies of remote ones. Where
	// it lies on the device of an embedded store, files move into the lake without a copy.
	StagingDir string
	Clock      func() time.Time
	Logger     *slog.Logger
}

// Folder is an environment's folder in the container customerinsights. It is safe for concurrent use.
type Folder struct{ o Options }

// NewFolder returns the folder of an environment. It does no I/O.
func NewFolder(o Options) *Folder { return &Folder{o} }

var errPending = errs.E(errs.Internal, "being written")

// Current returns the table as model.json of the process describes it; NotFound if it does not.
func (f *Folder) Current(ctx context.Context, p insights.Process, table string) (insights.Snapshot, error) {
	return insights.Snapshot{}, errPending
}

// Find returns the table of that name, whichever process wrote it; NotFound if none did.
func (f *Folder) Find(ctx context.Context, table string) (insights.Snapshot, error) {
	return insights.Snapshot{}, errPending
}

// List returns the current tables of all processes, in the order of the processes and of model.json.
func (f *Folder) List(ctx context.Context) ([]insights.Snapshot, error) { return nil, errPending }

// Open makes a snapshot's files readable by an engine. The caller closes them.
func (f *Folder) Open(ctx context.Context, s insights.Snapshot) (*Files, error) {
	return nil, errPending
}

// Files are the local files of a snapshot.
type Files struct{ relation string }

// Relation is a SQL table expression that yields the snapshot's rows with its column names and types: string,
// guid and json as VARCHAR, int64 BIGINT, double DOUBLE, decimal DECIMAL, boolean BOOLEAN, date DATE,
// time TIME, dateTime TIMESTAMP in UTC. It is valid until Close.
func (f *Files) Relation() string { return f.relation }

// Close lets go of the files.
func (f *Files) Close() error { return nil }

// Begin starts a change of a process's tables. Nothing of it is visible before [Commit.Publish].
func (f *Folder) Begin(p insights.Process, run insights.RunID) *Commit { return &Commit{} }

// Vacuum deletes superseded and orphaned files that have been so for longer than the retention.
func (f *Folder) Vacuum(ctx context.Context, retention time.Duration) (removed int, err error) {
	return 0, errPending
}

// Spec describes a table to write.
type Spec struct {
	Table       string
	Description string
	// Columns are taken from the query's result by name, in this order. A column without a type has the
	// query's. Nil means all columns of the result.
	Columns     []insights.Column
	PrimaryKey  string
	Fingerprint string
}

// Commit is a set of new tables of one process, published together.
type Commit struct{}

// Write runs the query and writes its rows as a table's new files. They are not visible before Publish.
func (c *Commit) Write(ctx context.Context, s engine.Session, query string, spec Spec, progress insights.ProgressFunc) (insights.Snapshot, error) {
	return insights.Snapshot{}, errPending
}

// Drop takes the table out of model.json at Publish.
func (c *Commit) Drop(table string) {}

// Publish makes what was written and dropped visible in one step.
func (c *Commit) Publish(ctx context.Context) error { return errPending }

// Abort deletes the files of a commit that was not published; after Publish it does nothing.
func (c *Commit) Abort(ctx context.Context) {}
