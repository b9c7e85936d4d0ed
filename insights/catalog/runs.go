package catalog

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/lake"
)

// runName is what a run id may look like: it becomes a file name.
var runName = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z._-]{0,99}$`)

func runPath(env insights.EnvironmentID, id insights.RunID) lake.Path {
	return env.Folder().Join(runsDir, string(id)+".json")
}

// SaveRun writes a run's state into its environment's history, replacing what was there. One writer per run is
// assumed: the pipeline that executes it.
func (c *Catalog) SaveRun(ctx context.Context, r insights.Run) error {
	const op errs.Op = "catalog.SaveRun"
	if !runName.MatchString(string(r.ID)) {
		return errs.E(op, errs.Invalid, errs.Item(r.ID), "not a run's id")
	}
	store, err := c.homeStore(ctx, r.Environment)
	if err != nil {
		return errs.E(op, err)
	}
	data, err := encode(r)
	if err != nil {
		return errs.E(op, err)
	}
	return errs.Wrap(op, writeDocument(ctx, store, runPath(r.Environment, r.ID), data, lake.AnyETag))
}

// Run reads one run of the history; NotFound if there is none.
func (c *Catalog) Run(ctx context.Context, env insights.EnvironmentID, id insights.RunID) (insights.Run, error) {
	const op errs.Op = "catalog.Run"
	missing := errs.E(op, errs.NotFound, errs.Item(id), "there is no such run", errs.Hint("ownlake status shows the runs"))
	if !runName.MatchString(string(id)) {
		return insights.Run{}, missing
	}
	store, err := c.homeStore(ctx, env)
	if err != nil {
		return insights.Run{}, errs.E(op, err)
	}
	run, err := readRun(ctx, store, runPath(env, id))
	if errs.Is(err, errs.NotFound) {
		return insights.Run{}, missing
	}
	return run, errs.Wrap(op, err)
}

func readRun(ctx context.Context, s lake.Store, p lake.Path) (insights.Run, error) {
	var run insights.Run
	raw, err := readDocument(ctx, s, p)
	if err != nil {
		return run, err
	}
	return run, raw.decode(p, &run)
}

// Runs returns the newest runs first, limit of them at most; limit 0 means all.
func (c *Catalog) Runs(ctx context.Context, env insights.EnvironmentID, limit int) ([]insights.Run, error) {
	const op errs.Op = "catalog.Runs"
	store, err := c.homeStore(ctx, env)
	if err != nil {
		return nil, errs.E(op, err)
	}
	var paths []lake.Path
	err = list(ctx, store, env.Folder().Join(runsDir), lake.ListOptions{}, func(e lake.Properties) {
		if !e.IsDirectory && strings.HasSuffix(string(e.Path), ".json") {
			paths = append(paths, e.Path)
		}
	})
	if err != nil {
		return nil, errs.E(op, err)
	}
	runs, err := readRuns(ctx, store, newestPaths(paths, limit))
	if err != nil {
		return nil, errs.E(op, err)
	}
	slices.SortStableFunc(runs, func(a, b insights.Run) int { return b.StartedAt.Compare(a.StartedAt) })
	if limit > 0 && len(runs) > limit {
		runs = runs[:limit]
	}
	return runs, nil
}

// newestPaths chooses the files of the newest runs by their ids, which begin with the time of the start. That has
// whole seconds, so the runs of the oldest second are all among them: which of those are newer their content says.
func newestPaths(paths []lake.Path, limit int) []lake.Path {
	second := func(p lake.Path) string {
		s, _, _ := strings.Cut(p.Base(), "-")
		return s
	}
	slices.SortFunc(paths, func(a, b lake.Path) int { return strings.Compare(string(b), string(a)) })
	if limit <= 0 || len(paths) <= limit {
		return paths
	}
	for limit < len(paths) && second(paths[limit]) == second(paths[limit-1]) {
		limit++
	}
	return paths[:limit]
}

func readRuns(ctx context.Context, store lake.Store, paths []lake.Path) ([]insights.Run, error) {
	runs := make([]insights.Run, len(paths))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(8)
	for i, p := range paths {
		g.Go(func() error {
			var err error
			runs[i], err = readRun(ctx, store, p)
			return err
		})
	}
	return runs, g.Wait()
}
