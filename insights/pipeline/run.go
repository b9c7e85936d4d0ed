package pipeline

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"slices"
	"sync"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/table"
)

// activeRun is a run that is going. Its record changes under its lock.
type activeRun struct {
	ctx    context.Context // of the run, not of the call that started it
	cancel context.CancelFunc

	mu  sync.Mutex
	run insights.Run
}

// snapshot returns a copy that does not change any more.
func (a *activeRun) snapshot() insights.Run {
	a.mu.Lock()
	defer a.mu.Unlock()
	r := a.run
	r.Tasks = slices.Clone(r.Tasks)
	return r
}

func (a *activeRun) update(f func(*insights.Run)) insights.Run {
	a.mu.Lock()
	f(&a.run)
	a.mu.Unlock()
	return a.snapshot()
}

// execution is one run under way, with what it works on.
type execution struct {
	p           *Pipeline
	id          insights.RunID
	env         insights.Environment
	folder      *table.Folder
	definitions insights.Definitions
	options     insights.RunOptions
	steps       []step
	current     []bool // by step: its table is what it should be, made by this run or found unchanged
	active      *activeRun
}

// Start begins a run and returns at once with its tasks queued. An environment has one run at a time:
// a second is refused with Conflict. Without anything declared it is refused with Precondition. The run outlives
// ctx: [Pipeline.Cancel] stops it.
func (p *Pipeline) Start(ctx context.Context, id insights.EnvironmentID, o insights.RunOptions) (insights.Run, error) {
	const op errs.Op = "pipeline.Start"
	active, err := p.reserve(id)
	if err != nil {
		return insights.Run{}, errs.E(op, err)
	}
	r, err := p.prepare(ctx, id, o, active)
	if err != nil {
		p.release(id, insights.Run{})
		return insights.Run{}, errs.E(op, err)
	}
	queued := active.snapshot()
	p.wg.Go(func() { p.release(id, r.execute(active.ctx)) })
	return queued, nil
}

// reserve takes the environment's only place.
func (p *Pipeline) reserve(id insights.EnvironmentID) (*activeRun, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.base.Err() != nil {
		return nil, errs.E(errs.Unavailable, "the server is stopping")
	}
	if a := p.active[id]; a != nil {
		return nil, errs.E(errs.Conflict, errs.Item("environment "+string(id)), "a run is going already",
			errs.Hint("wait for it (ownlake status) or cancel it"))
	}
	a := &activeRun{}
	a.ctx, a.cancel = context.WithCancel(p.base)
	p.active[id] = a
	return a, nil
}

// release gives the place free and shows how the run ended, in one step: who sees that it is done can start the next.
func (p *Pipeline) release(id insights.EnvironmentID, ended insights.Run) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.active[id].cancel()
	delete(p.active, id)
	if ended.ID != "" {
		p.ended[id] = ended
	}
}

// prepare reads what is declared, plans the steps and records the run.
func (p *Pipeline) prepare(ctx context.Context, id insights.EnvironmentID, o insights.RunOptions, active *activeRun) (*execution, error) {
	env, folder, err := p.folder(ctx, id)
	if err != nil {
		return nil, err
	}
	definitions, err := p.o.Catalog.Definitions(ctx, id)
	if err != nil {
		return nil, err
	}
	r := &execution{p: p, id: p.newRunID(), env: env, folder: folder, definitions: definitions, options: o, active: active}
	if r.steps, err = r.plan(ctx); err != nil {
		return nil, err
	}
	r.current = make([]bool, len(r.steps))
	run := active.update(func(run *insights.Run) {
		*run = insights.Run{ID: r.id, Environment: id, Status: insights.StatusRefreshing, StartedAt: p.o.Clock()}
		for _, s := range r.steps {
			run.Tasks = append(run.Tasks, insights.Task{Process: s.process, Table: s.table, Status: insights.StatusQueued})
		}
	})
	return r, p.o.Catalog.SaveRun(ctx, run)
}

// newRunID makes an id that sorts by time.
func (p *Pipeline) newRunID() insights.RunID {
	var b [4]byte
	_, _ = rand.Read(b[:]) // never fails
	return insights.RunID(p.o.Clock().UTC().Format("20060102T150405Z") + "-" + hex.EncodeToString(b[:]))
}

// execute runs the steps in turn and returns how the run ended: each step uses all processors, so two at once would only
// share them.
func (r *execution) execute(ctx context.Context) insights.Run {
	for i := range r.steps {
		r.executeStep(ctx, i)
		if i < len(r.steps)-1 {
			r.save(ctx, r.active.snapshot())
		}
	}
	r.tidy(ctx)
	ended := r.active.snapshot()
	ended.Status = overall(ended.Tasks)
	ended.FinishedAt = r.p.o.Clock()
	r.save(ctx, ended)
	return ended
}

// save keeps the run's record; it is written even when the run is cancelled. A record that cannot be written
// does not stop the run: its tables matter more.
func (r *execution) save(ctx context.Context, run insights.Run) {
	if err := r.p.o.Catalog.SaveRun(context.WithoutCancel(ctx), run); err != nil {
		r.p.o.Logger.ErrorContext(ctx, "the run's record could not be saved", "run", r.id, "error", err)
	}
}

// tidy removes tables whose source is no longer declared, and files that nothing refers to any more.
func (r *execution) tidy(ctx context.Context) {
	if ctx.Err() != nil {
		return
	}
	if err := r.dropUndeclared(ctx); err != nil {
		r.p.o.Logger.WarnContext(ctx, "tables of removed sources could not be dropped", "run", r.id, "error", err)
	}
	if _, err := r.folder.Vacuum(ctx, r.p.currentBounds().Retention); err != nil {
		r.p.o.Logger.WarnContext(ctx, "superseded files could not be removed", "run", r.id, "error", err)
	}
}

func (r *execution) dropUndeclared(ctx context.Context) error {
	declared := map[string]bool{}
	for _, s := range r.steps {
		declared[s.table], declared[insights.CorruptTable(s.table)] = true, true
	}
	tables, err := r.folder.List(ctx)
	if err != nil {
		return err
	}
	commit := r.folder.Begin(insights.Ingestion, r.id)
	drops := 0
	for _, s := range tables {
		if s.Process == insights.Ingestion && !declared[s.Table] {
			commit.Drop(s.Table)
			drops++
		}
	}
	if drops == 0 {
		return nil
	}
	return commit.Publish(ctx)
}

func (r *execution) executeStep(ctx context.Context, i int) {
	s := r.steps[i]
	if ctx.Err() != nil {
		r.finish(i, insights.StatusCanceled, func(*insights.Task) {})
		return
	}
	if blocker := r.blocker(s); blocker != "" {
		r.finish(i, insights.StatusSkipped, func(t *insights.Task) { t.Detail = blocker + " did not succeed" })
		return
	}
	r.active.update(func(run *insights.Run) {
		run.Tasks[i].Status = insights.StatusRefreshing
		run.Tasks[i].StartedAt = r.p.o.Clock()
	})
	fingerprint, err := s.fingerprint(ctx)
	if err != nil {
		r.fail(ctx, i, err)
		return
	}
	if r.unchanged(ctx, s, fingerprint) {
		r.current[i] = true
		r.finish(i, insights.StatusSkipped, func(t *insights.Task) { t.Detail = "nothing it depends on changed" })
		return
	}
	result, err := s.do(ctx, fingerprint, func(progress insights.Progress) {
		r.active.update(func(run *insights.Run) { run.Tasks[i].Progress = progress })
	})
	if err != nil {
		r.fail(ctx, i, err)
		return
	}
	r.current[i] = true
	status := insights.StatusSuccessful
	if len(result.Warnings) > 0 || result.Corrupt > 0 {
		status = insights.StatusWithWarnings
	}
	r.finish(i, status, func(t *insights.Task) {
		t.RowsIn, t.RowsOut, t.Corrupt, t.Warnings = result.RowsIn, result.RowsOut, result.Corrupt, result.Warnings
		t.Matching, t.Progress = result.Matching, insights.Progress{}
	})
}

// blocker names a task that this step needs and whose table is not current, or "".
func (r *execution) blocker(s step) string {
	for _, n := range s.needs {
		if !r.current[n] {
			return fmt.Sprintf("%s of %s", r.steps[n].process, r.steps[n].table)
		}
	}
	return ""
}

// unchanged reports whether the step's table was made from the same inputs by the same definition.
func (r *execution) unchanged(ctx context.Context, s step, fingerprint string) bool {
	if r.options.Force {
		return false
	}
	current, err := r.folder.Current(ctx, s.process, s.table)
	return err == nil && current.Fingerprint == fingerprint
}

func (r *execution) finish(i int, status insights.Status, change func(*insights.Task)) {
	r.active.update(func(run *insights.Run) {
		t := &run.Tasks[i]
		change(t)
		t.Status = status
		t.FinishedAt = r.p.o.Clock()
	})
}

func (r *execution) fail(ctx context.Context, i int, err error) {
	if ctx.Err() != nil || errs.Is(err, errs.Canceled) {
		r.finish(i, insights.StatusCanceled, func(*insights.Task) {})
		return
	}
	s := r.steps[i]
	r.p.o.Logger.Log(ctx, failureLevel(err), "task failed", "run", r.id, "process", s.process, "table", s.table,
		"kind", errs.KindOf(err).String(), "trail", errs.Trail(err), "error", err)
	r.finish(i, insights.StatusFailed, func(t *insights.Task) {
		t.Detail, t.Hint = err.Error(), string(errs.HintOf(err))
	})
}

// failureLevel tells defects of ours and damage, which an operator must look at, from what the run's record tells the
// person who runs.
func failureLevel(err error) slog.Level {
	switch errs.KindOf(err) { //nolint:exhaustive // the others are the input's or the surroundings'
	case errs.Internal, errs.Corrupt, errs.Other:
		return slog.LevelError
	}
	return slog.LevelWarn
}

// overall is a run's status by its tasks': the worst counts.
func overall(tasks []insights.Task) insights.Status {
	has := func(s insights.Status) bool {
		return slices.ContainsFunc(tasks, func(t insights.Task) bool { return t.Status == s })
	}
	for _, s := range []insights.Status{insights.StatusCanceled, insights.StatusFailed, insights.StatusWithWarnings} {
		if has(s) {
			return s
		}
	}
	return insights.StatusSuccessful
}
