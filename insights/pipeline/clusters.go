package pipeline

import (
	"context"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/engine"
	"github.com/ownlake/ownlake/insights/unify"
)

// Clusters calls visit for every record that the environment's Customer holds: its table, its key, and its
// CustomerId. NotFound if nothing was unified yet.
func (p *Pipeline) Clusters(ctx context.Context, env insights.EnvironmentID, visit func(source, key, customerID string) error) error {
	const op errs.Op = "pipeline.Clusters"
	_, folder, err := p.folder(ctx, env)
	if err != nil {
		return errs.E(op, err)
	}
	return errs.Wrap(op, p.withSession(ctx, env, func(s engine.Session) error {
		return unify.Clusters(ctx, s, folder, visit)
	}))
}
