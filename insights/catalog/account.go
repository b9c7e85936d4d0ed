package catalog

import (
	"context"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/lake"
)

// Account returns the whole account where an environment is. The catalog closes it.
func (c *Catalog) Account(ctx context.Context, id insights.EnvironmentID) (lake.Store, error) {
	store, err := c.homeStore(ctx, id)
	return store, errs.Wrap("catalog.Account", err)
}
