package pipeline

import (
	"context"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/engine"
)

// Inspect looks at the files of a source's tables, or of the one named, without ingesting anything. NotFound if
// the source has no such table.
func (p *Pipeline) Inspect(ctx context.Context, env insights.EnvironmentID, ds insights.DataSource, table string) ([]insights.TableInspection, error) {
	const op errs.Op = "pipeline.Inspect"
	tables, err := p.o.Reader.Tables(ctx, ds)
	if err != nil {
		return nil, errs.E(op, err)
	}
	var found []insights.TableInspection
	err = p.withSession(ctx, env, func(s engine.Session) error {
		for _, t := range tables {
			if table != "" && t.Name != table {
				continue
			}
			i, err := p.o.Reader.Inspect(ctx, s, ds, t)
			if err != nil {
				return err
			}
			found = append(found, i)
		}
		return nil
	})
	if err != nil {
		return nil, errs.E(op, err)
	}
	if len(found) == 0 {
		return nil, errs.E(op, errs.NotFound, errs.Item("data source "+ds.Name), "no table named "+table)
	}
	return found, nil
}
