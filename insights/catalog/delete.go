package catalog

import (
	"context"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/lake"
)

// Delete removes an environment; confirmName must be its name, Precondition otherwise (ENV-13). On managed
// storage its folder is deleted. On own storage the data stays in the customer's account (ENV-12): only
// environment.json is renamed to environment.deleted.json, so that no server finds the environment
// any more, and the account's key is forgotten with the last environment in it.
func (c *Catalog) Delete(ctx context.Context, id insights.EnvironmentID, confirmName string) (insights.RemovedEnvironment, error) {
	const op errs.Op = "catalog.Delete"
	env, err := c.Get(ctx, id)
	if err != nil {
		return insights.RemovedEnvironment{}, errs.E(op, err)
	}
	if confirmName != env.Name {
		return insights.RemovedEnvironment{}, errs.E(op, errs.Precondition, errs.Item("environment "+env.Name),
			"the name given to confirm is not the environment's", errs.Hint("repeat the name exactly: "+env.Name))
	}
	if err := unusable(env); err != nil {
		return insights.RemovedEnvironment{}, errs.E(op, err)
	}
	store, err := c.homeStore(ctx, id)
	if err != nil {
		return insights.RemovedEnvironment{}, errs.E(op, err)
	}
	removed := insights.RemovedEnvironment{
		Environment: env,
		DataKept:    env.Storage.Kind == insights.OwnStorage || !c.isManaged(id),
		Folder:      string(insights.Container) + "/" + string(id.Folder()),
	}
	err = list(ctx, store, id.Folder(), lake.ListOptions{Recursive: true}, func(e lake.Properties) {
		if !e.IsDirectory {
			removed.Files++
			removed.Bytes += e.Size
		}
	})
	if err != nil {
		return removed, errs.E(op, err)
	}
	if removed.DataKept {
		err = c.forget(ctx, store, id)
	} else {
		err = store.Delete(ctx, insights.Container, id.Folder(), lake.DeleteOptions{Recursive: true})
	}
	if err != nil {
		return removed, errs.E(op, err)
	}
	c.mu.Lock()
	delete(c.homes, id)
	c.mu.Unlock()
	return removed, nil
}

// forget leaves an environment's data where it is.
func (c *Catalog) forget(ctx context.Context, s lake.Store, id insights.EnvironmentID) error {
	c.mu.Lock()
	home := c.homes[id]
	c.mu.Unlock()
	at := func(name string) lake.Location {
		return lake.Location{Filesystem: insights.Container, Path: id.Folder().Join(name)}
	}
	if _, err := s.Rename(ctx, at(environmentFile), at(deletedFile), lake.RenameOptions{}); err != nil {
		return err
	}
	if home == managed {
		return nil
	}
	left, err := c.discover(ctx, home)
	if err != nil {
		return err
	}
	if len(left) > 0 {
		c.remember(ctx, home, left)
		return nil
	}
	return c.drop(home)
}

// isManaged reports whether the environment lies in the server's own account.
func (c *Catalog) isManaged(id insights.EnvironmentID) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.homes[id] == managed
}
