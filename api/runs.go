package api

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/ownlake/ownlake/insights"
)

type runInput struct {
	Environment insights.EnvironmentID `path:"environment"`
	Run         insights.RunID         `path:"run" doc:"The run's id"`
}

type runsInput struct {
	Environment insights.EnvironmentID `path:"environment"`
	Limit       int                    `query:"limit" minimum:"0" maximum:"1000" default:"20" doc:"How many runs at most; 0: all"`
}

type startInput struct {
	Environment insights.EnvironmentID `path:"environment"`
	Body        insights.RunOptions
}

func (r *routes) listRuns(ctx context.Context, in *runsInput) (*output[[]insights.Run], error) {
	return listed(r.o.Services.Runs.List(ctx, in.Environment, in.Limit))
}

func (r *routes) startRun(ctx context.Context, in *startInput) (*output[insights.Run], error) {
	run, err := r.o.Services.Runs.Start(ctx, in.Environment, in.Body)
	if err == nil {
		changing(ctx).after = map[string]any{"run": run.ID, "options": in.Body}
	}
	return answer(run, err)
}

func (r *routes) getRun(ctx context.Context, in *runInput) (*output[insights.Run], error) {
	return answer(r.o.Services.Runs.Get(ctx, in.Environment, in.Run))
}

func (r *routes) cancelRun(ctx context.Context, in *runInput) (*output[insights.Run], error) {
	if err := r.o.Services.Runs.Cancel(ctx, in.Environment, in.Run); err != nil {
		return nil, err
	}
	return answer(r.o.Services.Runs.Get(ctx, in.Environment, in.Run))
}

// Status is the state of an environment: its last run and every table.
type Status struct {
	Environment insights.Environment  `json:"environment"`
	LastRun     *insights.Run         `json:"lastRun,omitempty"`
	Tables      []insights.TableState `json:"tables"`
}

// statusRuns is how far back the last result of a task is looked for.
const statusRuns = 20

func (r *routes) getStatus(ctx context.Context, in *environmentInput) (*output[Status], error) {
	env, err := r.o.Services.Environments.Get(ctx, in.Environment)
	if err != nil {
		return nil, err
	}
	runs, err := r.o.Services.Runs.List(ctx, in.Environment, statusRuns)
	if err != nil {
		return nil, err
	}
	snapshots, err := r.o.Services.Tables.List(ctx, in.Environment)
	if err != nil {
		return nil, err
	}
	status := Status{Environment: env, Tables: tableStates(runs, snapshots)}
	if len(runs) > 0 {
		status.LastRun = &runs[0]
	}
	return answer(status, nil)
}

// stateKey names a line of the status.
type stateKey struct {
	process insights.Process
	table   string
}

// tableStates joins the last result of each task, runs being newest first, with the tables as they are now. A
// task without a table of its own, such as matching, has a line too. A task that was skipped shows the figures of
// the last time it ran, as the table is of then.
func tableStates(runs []insights.Run, snapshots []insights.Snapshot) []insights.TableState {
	states := map[stateKey]*insights.TableState{}
	ran := map[stateKey]bool{}
	for _, run := range runs {
		for _, t := range run.Tasks {
			key := stateKey{t.Process, t.Table}
			state, known := states[key]
			if !known {
				state = &insights.TableState{Process: t.Process, Table: t.Table, Status: t.Status, Detail: t.Detail, Run: run.ID, UpdatedAt: t.FinishedAt}
				states[key] = state
			}
			if !ran[key] && t.Status != insights.StatusSkipped {
				ran[key] = true
				state.Warnings, state.Corrupt = t.Warnings, t.Corrupt
			}
		}
	}
	for _, s := range snapshots {
		state, known := states[stateKey{s.Process, s.Table}]
		if !known {
			state = &insights.TableState{Process: s.Process, Table: s.Table}
			states[stateKey{s.Process, s.Table}] = state
		}
		state.Rows, state.Format, state.UpdatedAt = s.Rows(), s.Format, s.ModifiedAt
	}
	return sortedStates(states)
}

// sortedStates orders by process, in the order they depend on each other, then by table.
func sortedStates(states map[stateKey]*insights.TableState) []insights.TableState {
	list := make([]insights.TableState, 0, len(states))
	for _, s := range states {
		list = append(list, *s)
	}
	order := insights.Processes()
	slices.SortFunc(list, func(a, b insights.TableState) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.Process), slices.Index(order, b.Process)), strings.Compare(a.Table, b.Table))
	})
	return list
}
