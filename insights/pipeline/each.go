package pipeline

import (
	"context"
	"fmt"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/engine"
)

// Current returns the snapshot of a table as it is now; NotFound if there is no such table.
func (t Tables) Current(ctx context.Context, env insights.EnvironmentID, name string) (insights.Snapshot, error) {
	const op errs.Op = "pipeline.Tables.Current"
	_, folder, err := t.p.folder(ctx, env)
	if err != nil {
		return insights.Snapshot{}, errs.E(op, err)
	}
	s, err := folder.Find(ctx, name)
	return s, errs.Wrap(op, err)
}

// Each calls visit with each row of a snapshot, in no particular order; where column is not empty, with those alone that
// have the text in it. Values are JSON values, see [insights.Rows]; the slice is good for the call alone.
func (t Tables) Each(ctx context.Context, env insights.EnvironmentID, s insights.Snapshot, column, text string, visit func(values []any) error) error {
	err := t.Relation(ctx, env, s, func(session engine.Session, relation string) error {
		query, args := fmt.Sprintf("SELECT %s FROM %s", jsonColumns(s.Columns), relation), []any(nil)
		if column != "" {
			query, args = query+" WHERE CAST("+engine.QuoteIdent(column)+" AS VARCHAR) = ?", []any{text}
		}
		rows, err := session.Query(ctx, query, args...)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		values := make([]any, len(s.Columns))
		into := make([]any, len(values))
		for i := range values {
			into[i] = &values[i]
		}
		for rows.Next() {
			if err := rows.Scan(into...); err != nil {
				return errs.E(errs.Internal, err)
			}
			if err := visit(values); err != nil {
				return err
			}
		}
		return rows.Err()
	})
	return errs.Wrap("pipeline.Tables.Each", err)
}
