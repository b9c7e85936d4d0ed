package table

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/cdm"
	"github.com/ownlake/ownlake/lake"
)

// Options say which environment's folder to open and where to stage files. Store, Environment, StagingDir and
// Clock are required; Logger nil discards.
type Options struct {
	Store       lake.Store
	Environment insights.Environment
	// StagingDir is a local folder for files on their way into the lake and for copies of remote ones. Where
	// it lies on the device of an embedded store, files move into the lake without a copy. Folders may share
	// it, and it may be emptied when nobody uses it.
	StagingDir string
	Clock      func() time.Time
	Logger     *slog.Logger
}

// Folder is an environment's folder in the container customerinsights. It is safe for concurrent use.
type Folder struct {
	store  lake.Store
	env    insights.Environment
	stage  *stage
	clock  func() time.Time
	log    *slog.Logger
	commit sync.Mutex // held while publishing, so that commits of one process do not race for model.json
	// partBytes is where a table's next file begins.
	partBytes int64

	mu       sync.Mutex // guards what follows
	endpoint string     // of the account, once asked
	models   map[insights.Process]modelFile
}

// NewFolder returns the folder of an environment. It does no I/O.
func NewFolder(o Options) *Folder {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Folder{
		store: o.Store, env: o.Environment, stage: newStage(o.StagingDir, o.Clock), clock: o.Clock, log: o.Logger,
		models: map[insights.Process]modelFile{}, partBytes: defaultPartBytes,
	}
}

// Current returns the table as model.json of the process describes it; NotFound if it does not.
func (f *Folder) Current(ctx context.Context, p insights.Process, table string) (insights.Snapshot, error) {
	const op errs.Op = "table.Current"
	m, err := f.readModel(ctx, p)
	if err != nil {
		return insights.Snapshot{}, errs.E(op, err)
	}
	if e := m.model.Local(table); e != nil {
		return f.snapshot(p, e), nil
	}
	return insights.Snapshot{}, errs.E(op, errs.NotFound, errs.Item(table), "no such table in "+string(p),
		errs.Hint("run the process "+string(p)+" first, or look for the name in the list of tables"))
}

// Find returns the table of that name, whichever process wrote it; NotFound if none did.
func (f *Folder) Find(ctx context.Context, table string) (insights.Snapshot, error) {
	const op errs.Op = "table.Find"
	for _, p := range insights.Processes() {
		s, err := f.Current(ctx, p, table)
		if !errs.Is(err, errs.NotFound) {
			return s, err
		}
	}
	return insights.Snapshot{}, errs.E(op, errs.NotFound, errs.Item(table), "no such table in the environment", f.nearest(ctx, table))
}

// nearest is advice to one who named a table that there is not.
func (f *Folder) nearest(ctx context.Context, table string) errs.Hint {
	list, err := f.List(ctx)
	names := make([]string, len(list))
	for i, s := range list {
		names[i] = s.Table
	}
	if near := insights.Nearest(table, names); err == nil && near != "" {
		return errs.Hint("did you mean " + near + "?")
	}
	return "look for the name in the list of tables, or run what makes it"
}

// List returns the current tables of all processes, in the order of the processes and of model.json.
func (f *Folder) List(ctx context.Context) ([]insights.Snapshot, error) {
	var list []insights.Snapshot
	for _, p := range insights.Processes() {
		m, err := f.readModel(ctx, p)
		if err != nil {
			return nil, errs.E(errs.Op("table.List"), err)
		}
		for _, e := range m.model.Entities {
			if l, ok := e.(*cdm.LocalEntity); ok {
				list = append(list, f.snapshot(p, l))
			}
		}
	}
	return list, nil
}

// processDir is the folder of a process in the container.
func (f *Folder) processDir(p insights.Process) lake.Path {
	return f.env.ID.Folder().Join(string(p))
}

// tableDir is the folder of a table's files.
func (f *Folder) tableDir(p insights.Process, table string) lake.Path {
	return f.processDir(p).Join(dirName(table))
}

// accountEndpoint is the address that outside readers use, asked once.
func (f *Folder) accountEndpoint(ctx context.Context) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.endpoint == "" {
		a, err := f.store.Account(ctx)
		if err != nil {
			return "", err
		}
		f.endpoint = a.Endpoint
	}
	return f.endpoint, nil
}
