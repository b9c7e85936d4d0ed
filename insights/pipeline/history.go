package pipeline

import (
	"context"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
)

// Get returns a run: live while it is going, from the environment's history otherwise. NotFound if there is
// none.
func (p *Pipeline) Get(ctx context.Context, env insights.EnvironmentID, id insights.RunID) (insights.Run, error) {
	if run, ok := p.known(env, id); ok {
		return run, nil
	}
	run, err := p.o.Catalog.Run(ctx, env, id)
	if err != nil {
		return run, errs.E(errs.Op("pipeline.Get"), err)
	}
	return settled(run), nil
}

// List returns the newest runs first, limit of them at most; 0 means all.
func (p *Pipeline) List(ctx context.Context, env insights.EnvironmentID, limit int) ([]insights.Run, error) {
	runs, err := p.o.Catalog.Runs(ctx, env, limit)
	if err != nil {
		return nil, errs.E(errs.Op("pipeline.List"), err)
	}
	for i := range runs {
		if run, ok := p.known(env, runs[i].ID); ok {
			runs[i] = run
		} else {
			runs[i] = settled(runs[i])
		}
	}
	return runs, nil
}

// Cancel asks a run to stop and returns at once; a run that is done already is left as it is. NotFound if
// there is none.
func (p *Pipeline) Cancel(ctx context.Context, env insights.EnvironmentID, id insights.RunID) error {
	p.mu.Lock()
	a := p.active[env]
	p.mu.Unlock()
	if a != nil && a.snapshot().ID == id {
		a.cancel()
		return nil
	}
	_, err := p.o.Catalog.Run(ctx, env, id)
	return errs.Wrap(errs.Op("pipeline.Cancel"), err)
}

// known returns a run that is going, or that was the last to end here.
func (p *Pipeline) known(env insights.EnvironmentID, id insights.RunID) (insights.Run, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if a := p.active[env]; a != nil {
		if run := a.snapshot(); run.ID == id {
			return run, true
		}
	}
	ended, ok := p.ended[env]
	return ended, ok && ended.ID == id
}

// settled shows a run that nobody executes any more as failed: its server was stopped before it could write
// down the end. The tables are those of before, or of the tasks that had published.
func settled(run insights.Run) insights.Run {
	if run.Status.Done() {
		return run
	}
	run.Status = insights.StatusFailed
	for i, t := range run.Tasks {
		if !t.Status.Done() {
			run.Tasks[i].Status = insights.StatusFailed
			run.Tasks[i].Detail = "the server was stopped before this task ended; the next run does it again"
		}
	}
	return run
}
