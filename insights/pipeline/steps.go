package pipeline

import (
	"context"
	"path/filepath"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/engine"
	"github.com/ownlake/ownlake/insights/source"
	"github.com/ownlake/ownlake/insights/unify"
)

// unifyVersion changes when the same inputs and rules would give another result.
const unifyVersion = 2

func (r *execution) ingestion(ds insights.DataSource, t insights.SourceTable) step {
	return step{
		process: insights.Ingestion,
		table:   insights.IngestedTable(ds.Name, t.Name),
		fingerprint: func(ctx context.Context) (string, error) {
			return r.p.o.Reader.Fingerprint(ctx, ds, t)
		},
		do: func(ctx context.Context, _ string, progress insights.ProgressFunc) (res insights.TaskResult, err error) {
			err = r.withSession(ctx, func(s engine.Session) error {
				res, err = r.p.o.Reader.Ingest(ctx, source.Request{
					Session: s, Folder: r.folder, Run: r.id, Source: ds, Table: t, Progress: progress,
				})
				return err
			})
			return res, err
		},
	}
}

func (r *execution) match(u insights.Unification) step {
	return step{
		process:     insights.Match,
		table:       insights.ConflationMatchPairs,
		fingerprint: func(ctx context.Context) (string, error) { return r.matchFingerprint(ctx, u) },
		do:          r.unify(u, unify.Match),
	}
}

func (r *execution) merge(u insights.Unification) step {
	return step{
		process: insights.Merge,
		table:   insights.CustomerTable,
		fingerprint: func(ctx context.Context) (string, error) {
			pairs, err := r.folder.Current(ctx, insights.Match, insights.ConflationMatchPairs)
			if err != nil {
				return "", err
			}
			match, err := r.matchFingerprint(ctx, u)
			if err != nil {
				return "", err
			}
			return fingerprint(match, pairs.Run)
		},
		do: r.unify(u, unify.Merge),
	}
}

// matchFingerprint checks the unification against the tables that there are, and hashes both.
func (r *execution) matchFingerprint(ctx context.Context, u insights.Unification) (string, error) {
	parts := []any{unifyVersion, u}
	var inputs []insights.Snapshot
	for _, name := range u.Inputs() {
		s, err := r.folder.Current(ctx, insights.Ingestion, name)
		if errs.Is(err, errs.NotFound) {
			continue // unify.Validate names it
		}
		if err != nil {
			return "", err
		}
		inputs = append(inputs, s)
		parts = append(parts, s.Table, s.Run, s.Fingerprint)
	}
	if err := unify.Validate(u, inputs); err != nil {
		return "", err
	}
	return fingerprint(parts...)
}

type unifyFunc func(context.Context, unify.Request) (insights.TaskResult, error)

func (r *execution) unify(u insights.Unification, run unifyFunc) func(context.Context, string, insights.ProgressFunc) (insights.TaskResult, error) {
	return func(ctx context.Context, fingerprint string, progress insights.ProgressFunc) (res insights.TaskResult, err error) {
		err = r.withSession(ctx, func(s engine.Session) error {
			res, err = run(ctx, unify.Request{
				Session: s, Folder: r.folder, Run: r.id, Unification: u, Fingerprint: fingerprint, Progress: progress,
			})
			return err
		})
		return res, err
	}
}

// withSession runs a task's SQL in a session of its own, so that its memory and files go when it ends.
func (r *execution) withSession(ctx context.Context, f func(engine.Session) error) error {
	return r.p.withSession(ctx, r.env.ID, f)
}

func (p *Pipeline) withSession(ctx context.Context, id insights.EnvironmentID, f func(engine.Session) error) error {
	o := p.currentBounds().Session
	o.TempDir = filepath.Join(p.stagingDir(id), "engine")
	s, err := p.o.Engine.Open(ctx, o)
	if err != nil {
		return errs.E(errs.Op("pipeline.withSession"), err)
	}
	if err := f(s); err != nil {
		_ = s.Close() // the task's error says more
		return err
	}
	return s.Close()
}

func (p *Pipeline) stagingDir(id insights.EnvironmentID) string {
	return filepath.Join(p.o.StagingDir, string(id))
}
