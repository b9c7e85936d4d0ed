package catalog

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/lake"
)

// environmentDocument is environment.json.
type environmentDocument struct {
	Version int `json:"version"` // of the document's format
	insights.Environment
}

const environmentVersion = 1

// lookTimeout bounds how long one account can delay a list of environments.
const lookTimeout = 20 * time.Second

// List returns the environments of all accounts, by name. Those of an account that cannot be reached are given
// as they were last seen, with the problem.
func (c *Catalog) List(ctx context.Context) ([]insights.Environment, error) {
	const op errs.Op = "catalog.List"
	endpoints := append([]string{managed}, c.connections.endpoints()...)
	found := make([][]insights.Environment, len(endpoints))
	g, ctx := errgroup.WithContext(ctx)
	for i, endpoint := range endpoints {
		g.Go(func() error {
			var err error
			found[i], err = c.look(ctx, endpoint)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, errs.E(op, err)
	}
	all := c.settle(endpoints, found)
	slices.SortFunc(all, func(a, b insights.Environment) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), strings.Compare(string(a.ID), string(b.ID)))
	})
	return all, nil
}

// settle notes where each environment is. One that is reachable both by its own connection and in the embedded
// account, because they are the same account, counts once, by its connection; if that is by key and does not work now, such
// as in a command that does not listen, by the embedded account. A service principal that lost its rights gets no such help.
func (c *Catalog) settle(endpoints []string, found [][]insights.Environment) []insights.Environment {
	byID := map[insights.EnvironmentID]insights.Environment{}
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.homes)
	for i, environments := range found {
		for _, env := range environments {
			former, twice := byID[env.ID]
			if twice && former.Problem == "" && env.Problem != "" && env.Storage.Credential != insights.ServicePrincipal {
				continue
			}
			byID[env.ID] = env
			c.homes[env.ID] = endpoints[i]
		}
	}
	all := make([]insights.Environment, 0, len(byID))
	for _, env := range byID {
		all = append(all, env)
	}
	return all
}

// look lists the environments of one account. It fails only for the embedded account, or if the caller gave up.
func (c *Catalog) look(ctx context.Context, endpoint string) ([]insights.Environment, error) {
	within, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	environments, err := c.discover(within, endpoint)
	if err == nil {
		c.remember(ctx, endpoint, environments)
		return environments, nil
	}
	if endpoint == managed || ctx.Err() != nil {
		return nil, err
	}
	seen := c.connections.seen(endpoint)
	for i := range seen {
		seen[i] = c.reached(endpoint, seen[i])
		seen[i].Problem = c.explain(endpoint, seen[i].Name, err)
	}
	return seen, nil
}

// remember writes down what was seen in an account. It is a cache, so a failure only costs what it would show.
func (c *Catalog) remember(ctx context.Context, endpoint string, environments []insights.Environment) {
	if err := c.connections.setSeen(endpoint, environments); err != nil {
		c.o.Logger.WarnContext(ctx, "the list of environments last seen was not saved", "account", endpoint, "error", err)
	}
}

// discover reads every environment.json of an account.
func (c *Catalog) discover(ctx context.Context, endpoint string) ([]insights.Environment, error) {
	store, err := c.open(ctx, endpoint)
	if err != nil {
		return nil, err
	}
	var folders []lake.Path
	err = list(ctx, store, lake.Root, lake.ListOptions{Prefix: "ci_"}, func(e lake.Properties) {
		if e.IsDirectory {
			folders = append(folders, e.Path)
		}
	})
	if err != nil {
		return nil, err
	}
	found := make([]*insights.Environment, len(folders))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(8)
	for i, folder := range folders {
		g.Go(func() error {
			env, err := readEnvironment(ctx, store, folder)
			if errs.Is(err, errs.NotFound) {
				return nil // deleted, with its data kept, or not an environment's folder
			}
			env = c.reached(endpoint, env)
			found[i] = &env
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	var environments []insights.Environment
	for _, env := range found {
		if env != nil {
			environments = append(environments, *env)
		}
	}
	return environments, nil
}

// readEnvironment reads a folder's environment.json. What cannot be understood is an environment with a
// problem, so that one damaged file does not hide the others.
func readEnvironment(ctx context.Context, s lake.Store, folder lake.Path) (insights.Environment, error) {
	p := folder.Join(environmentFile)
	raw, err := readDocument(ctx, s, p)
	if err != nil && !errs.Is(err, errs.Corrupt) {
		return insights.Environment{}, err
	}
	var doc environmentDocument
	if err == nil {
		err = raw.decode(p, &doc)
	}
	id := insights.EnvironmentID(strings.TrimPrefix(string(folder), "ci_"))
	env := doc.Environment
	env.Problem = ""
	switch {
	case err != nil:
		env = insights.Environment{Name: string(folder), Problem: err.Error()}
	case doc.Version > environmentVersion:
		env.Problem = string(p) + " was written by a newer version of ownlake"
	case env.ID != id:
		env.Problem = string(p) + " is of the environment " + string(env.ID) + ": the folder was copied"
	}
	env.ID = id
	return env, nil
}

// Seen returns the environments that were last seen in the connected accounts whose endpoints match. It asks no account.
func (c *Catalog) Seen(match func(endpoint string) bool) []insights.Environment {
	var found []insights.Environment
	for _, endpoint := range c.connections.endpoints() {
		if match(endpoint) {
			found = append(found, c.connections.seen(endpoint)...)
		}
	}
	return found
}

// Get returns one environment; NotFound if no account has it.
func (c *Catalog) Get(ctx context.Context, id insights.EnvironmentID) (insights.Environment, error) {
	const op errs.Op = "catalog.Get"
	if env, ok := c.quickGet(ctx, id); ok {
		return env, nil
	}
	all, err := c.List(ctx)
	if err != nil {
		return insights.Environment{}, errs.E(op, err)
	}
	for _, env := range all {
		if env.ID == id {
			return env, nil
		}
	}
	return insights.Environment{}, notFound(op, id)
}

// quickGet reads an environment where it was last seen.
func (c *Catalog) quickGet(ctx context.Context, id insights.EnvironmentID) (insights.Environment, bool) {
	c.mu.Lock()
	home, known := c.homes[id]
	c.mu.Unlock()
	if !known {
		return insights.Environment{}, false
	}
	store, err := c.open(ctx, home)
	if err != nil {
		return insights.Environment{}, false
	}
	env, err := readEnvironment(ctx, store, id.Folder())
	return c.reached(home, env), err == nil
}

// home returns the account where the environment is.
func (c *Catalog) home(ctx context.Context, id insights.EnvironmentID) (string, error) {
	c.mu.Lock()
	home, known := c.homes[id]
	c.mu.Unlock()
	if known {
		return home, nil
	}
	if _, err := c.List(ctx); err != nil {
		return "", err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if home, known = c.homes[id]; known {
		return home, nil
	}
	return "", notFound("catalog.home", id)
}

// homeStore returns the whole account where the environment is.
func (c *Catalog) homeStore(ctx context.Context, id insights.EnvironmentID) (lake.Store, error) {
	home, err := c.home(ctx, id)
	if err != nil {
		return nil, err
	}
	return c.open(ctx, home)
}

func notFound(op errs.Op, id insights.EnvironmentID) error {
	return errs.E(op, errs.NotFound, errs.Item(id), "there is no such environment",
		errs.Hint("ownlake env list shows the environments; ownlake env connect finds those of another account"))
}
