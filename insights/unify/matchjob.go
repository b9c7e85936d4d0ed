package unify

import (
	"context"
	"fmt"
	"time"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
)

// Match finds duplicates within the ingested tables and matches between them. It writes the tables
// Deduplication_<DataSource>_<Table> and ConflationMatchPairs of process Match, published together. Deduplication
// tables of tables that are not unified any more go.
//
// Errors are Invalid for a unification that does not fit the tables, and otherwise those of the session and the folder.
func Match(ctx context.Context, q Request) (insights.TaskResult, error) {
	return run(ctx, q, "unify.Match", (*work).match)
}

func (w *work) match() (insights.TaskResult, error) {
	started, err := startOf(w.Run)
	if err != nil {
		return insights.TaskResult{}, err
	}
	w.warnings = append(w.warnings, w.plan.warnings...)
	r, err := w.loadRecords()
	if err != nil {
		return insights.TaskResult{}, err
	}
	if err := w.loadCustom(r); err != nil {
		return insights.TaskResult{}, err
	}
	m, err := w.findCustomers(r)
	if err != nil {
		return insights.TaskResult{}, err
	}
	found, err := w.writeMatches(m, started)
	if err != nil {
		return insights.TaskResult{}, err
	}
	return insights.TaskResult{RowsIn: found.SourceRecords, RowsOut: found.Customers, Matching: found}, nil
}

// findCustomers applies the rules, and the model to what they leave.
func (w *work) findCustomers(r *records) (*matching, error) {
	c := newClusters(r.count())
	w.joinCustom(c)
	groups := make([]*duplicates, len(w.inputs))
	for i, t := range w.inputs {
		var err error
		if groups[i], err = w.findDuplicates(r, c, i, t.duplicates, "finding duplicates in "+t.name); err != nil {
			return nil, err
		}
	}
	m := newMatching(r, c, groups)
	for i, t := range w.inputs[1:] {
		if err := m.matchTable(w.task, i+1, w.plan.rules, t.dropUnmatched, "matching "+t.name); err != nil {
			return nil, err
		}
	}
	if w.plan.model.used {
		return m, w.decideByModel(r, m)
	}
	return m, nil
}

// startOf is when a run started. Everything a run writes bears this time, so that trying a task again writes the same.
func startOf(run insights.RunID) (time.Time, error) {
	const layout = "20060102T150405Z"
	if len(run) < len(layout) {
		return time.Time{}, badRun(run)
	}
	t, err := time.Parse(layout, string(run[:len(layout)]))
	if err != nil {
		return time.Time{}, badRun(run)
	}
	return t, nil
}

func badRun(run insights.RunID) error {
	return errs.E(errs.Internal, errs.Item(run), fmt.Sprintf("a run's id begins with its time, as in 20261124T055000Z-1a2b3c4d, not %q", string(run)))
}
