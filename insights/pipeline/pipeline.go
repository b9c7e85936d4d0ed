// Package pipeline runs an environment's processes: ingestion of every source table, matching, merging.
//
// A run is a list of tasks in the order of their dependencies (SYS-4). Each task reads named snapshots, writes
// new ones and publishes them in one step, so a run that is killed, cancelled or failed leaves the former tables
// readable, and the next run completes. A task whose inputs did not change is skipped. The package knows
// the order, the statuses and the history of runs; what a task does is in insights/source and
// insights/unify, where tables lie is in insights/table. It implements the run, table and inspection
// services of package api.
package pipeline

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/engine"
	"github.com/ownlake/ownlake/insights/source"
	"github.com/ownlake/ownlake/insights/table"
	"github.com/ownlake/ownlake/lake"
)

// Catalog is what a pipeline needs to know of environments. insights/catalog implements it.
type Catalog interface {
	Get(ctx context.Context, id insights.EnvironmentID) (insights.Environment, error)
	Definitions(ctx context.Context, id insights.EnvironmentID) (insights.Definitions, error)
	// Store returns the lake of the environment, limited to its folder. The catalog closes it.
	Store(ctx context.Context, env insights.Environment) (lake.Store, error)
	SaveRun(ctx context.Context, r insights.Run) error
	Run(ctx context.Context, env insights.EnvironmentID, id insights.RunID) (insights.Run, error)
	// Runs returns the newest runs first; limit 0 means all.
	Runs(ctx context.Context, env insights.EnvironmentID, limit int) ([]insights.Run, error)
}

// Options are what a pipeline is made of. All are required, but the bounds.
type Options struct {
	Catalog    Catalog
	Engine     engine.Engine
	Reader     *source.Reader
	StagingDir string // local folder for what the engine reads and writes; its content can be deleted when idle
	Clock      func() time.Time
	Logger     *slog.Logger
	Bounds     Bounds // to begin with
}

// Pipeline runs environments. It is safe for concurrent use; close it with [Pipeline.Close].
type Pipeline struct {
	o    Options
	base context.Context // ends when the pipeline is closed
	stop context.CancelFunc
	wg   sync.WaitGroup

	mu     sync.Mutex
	bounds Bounds
	active map[insights.EnvironmentID]*activeRun
	ended  map[insights.EnvironmentID]insights.Run // the last that ended here, also if its record could not be saved
}

// Bounds can change while the pipeline is open.
type Bounds struct {
	Session engine.Options // of each session from now on; TempDir is set by the pipeline
	// Retention is how long superseded files stay; 0 means 30 days (OPS-5).
	Retention time.Duration
}

const defaultRetention = 30 * 24 * time.Hour

// New makes a pipeline.
func New(o Options) *Pipeline {
	base, stop := context.WithCancel(context.Background())
	p := &Pipeline{o: o, base: base, stop: stop, active: map[insights.EnvironmentID]*activeRun{}, ended: map[insights.EnvironmentID]insights.Run{}}
	p.SetBounds(o.Bounds)
	return p
}

// SetBounds replaces the bounds; sessions that are open keep theirs.
func (p *Pipeline) SetBounds(b Bounds) {
	if b.Retention == 0 {
		b.Retention = defaultRetention
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bounds = b
}

func (p *Pipeline) currentBounds() Bounds {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.bounds
}

// Close cancels the runs that are going and waits until each has recorded how it ended.
func (p *Pipeline) Close() error {
	p.stop()
	p.wg.Wait()
	return nil
}

// folder opens the environment's tables.
func (p *Pipeline) folder(ctx context.Context, id insights.EnvironmentID) (insights.Environment, *table.Folder, error) {
	const op errs.Op = "pipeline.folder"
	env, err := p.o.Catalog.Get(ctx, id)
	if err != nil {
		return env, nil, errs.E(op, err)
	}
	store, err := p.o.Catalog.Store(ctx, env)
	if err != nil {
		return env, nil, errs.E(op, err)
	}
	return env, table.NewFolder(table.Options{
		Store:       store,
		Environment: env,
		StagingDir:  p.stagingDir(id),
		Clock:       p.o.Clock,
		Logger:      p.o.Logger,
	}), nil
}
