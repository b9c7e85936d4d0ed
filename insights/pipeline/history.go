package pipeline

import (
	"context"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
)

// Get returns a run: live while it is going, from the environment's history otherwise. NotFound if there is
// none.
func (p *Pipeline) Get(ctx context.Context, env insights.EnvironmentID, id insights.RunID) (insights.Run, error) {
	if run, ok := p.live(env); ok && run.ID == id {
		return run, nil
	}
	run, err := p.o.Catalog.Run(ctx, env, id)
	if err != nil {
		return run, errs.E(errs.Op("pipeline.Get"), err)
	}
	return p.settled(run), nil
}

// List returns the newest runs first, limit of them at most; 0 means all.
func (p *Pipeline) List(ctx context.Context, env insights.EnvironmentID, limit int) ([]insights.Run, error) {
	runs, err := p.o.Catalog.Runs(ctx, env, limit)
	if err != nil {
		return nil, errs.E(errs.Op("pipeline.List"), err)
	}
	live, going := p.live(env)
	for i := range runs {
		if going && runs[i].ID == live.ID {
			runs[i] = live
		}
		runs[i] = p.settled(runs[i])
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

func (p *Pipeline) live(env insights.EnvironmentID) (insights.Run, bool) {
	p.mu.Lock()
	a := p.active[env]
	p.mu.Unlock()
	if a == nil {
		return insights.Run{}, false
	}
	return a.snapshot(), true
}

// settled shows a run that nobody executes any more as failed: its server was stopped before it could write
// down the end. The tables are those of before, or of the tasks that had published.
func (p *Pipeline) settled(run insights.Run) insights.Run {
	if live, ok := p.live(run.Environment); run.Status.Done() || ok && live.ID == run.ID {
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
