package pipeline

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
)

// step is a task with the work behind it.
type step struct {
	process insights.Process
	table   string
	needs   []int // indexes of the steps that must not have failed
	// fingerprint stands for everything the result is made from; it is asked right before the step runs.
	fingerprint func(ctx context.Context) (string, error)
	do          func(ctx context.Context, fingerprint string, progress insights.ProgressFunc) (insights.TaskResult, error)
}

// plan lists the steps of a run in the order of their dependencies.
func (r *execution) plan(ctx context.Context) ([]step, error) {
	const op errs.Op = "pipeline.plan"
	var steps []step
	for _, ds := range r.definitions.Sources {
		tables, err := r.p.o.Reader.Tables(ctx, ds)
		if err != nil {
			return nil, errs.E(op, errs.Item("data source "+ds.Name), err)
		}
		for _, t := range tables {
			steps = append(steps, r.ingestion(ds, t))
		}
	}
	if u := r.definitions.Unification; u != nil {
		var needs []int
		for i, s := range steps {
			if slices.Contains(u.Inputs(), s.table) {
				needs = append(needs, i)
			}
		}
		match := r.match(*u)
		match.needs = needs
		merge := r.merge(*u)
		merge.needs = []int{len(steps)}
		steps = append(steps, match, merge)
	}
	if len(steps) == 0 {
		return nil, errs.E(op, errs.Precondition, errs.Item("environment "+r.env.Name), "nothing is declared to run",
			errs.Hint("declare data sources in a project folder and apply it: ownlake apply -f DIR"))
	}
	return steps, nil
}

// fingerprint hashes the JSON of its parts.
func fingerprint(parts ...any) (string, error) {
	h := sha256.New()
	enc := json.NewEncoder(h)
	for _, part := range parts {
		if err := enc.Encode(part); err != nil {
			return "", errs.E(errs.Op("pipeline.fingerprint"), errs.Internal, err)
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
