package pipeline

import (
	"context"
	"errors"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/engine"
)

// Relation calls use with a session, and with a SQL table expression that yields the rows of a snapshot of the environment.
func (t Tables) Relation(ctx context.Context, env insights.EnvironmentID, s insights.Snapshot, use func(s engine.Session, relation string) error) (err error) {
	const op errs.Op = "pipeline.Tables.Relation"
	_, folder, err := t.p.folder(ctx, env)
	if err != nil {
		return errs.E(op, err)
	}
	files, err := folder.Open(ctx, s)
	if err != nil {
		return errs.E(op, err)
	}
	defer func() { err = errors.Join(err, files.Close()) }()
	return errs.Wrap(op, t.p.withSession(ctx, env, func(session engine.Session) error { return use(session, files.Relation()) }))
}
