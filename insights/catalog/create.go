package catalog

import (
	"cmp"
	"context"
	"strings"

	"github.com/google/uuid"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/lake"
)

// Check asks every prerequisite of the request. It changes nothing; where the container exists, a probe file is
// written, read back and deleted. The error is Invalid for a request that is wrong by itself, and Canceled.
func (c *Catalog) Check(ctx context.Context, q insights.EnvironmentRequest) ([]insights.Prerequisite, error) {
	const op errs.Op = "catalog.Check"
	if err := q.Problems().Err(op); err != nil {
		return nil, err
	}
	k := c.newCheck(q)
	defer k.close()
	err := k.run(ctx)
	return k.lines(), errs.Wrap(op, err)
}

func (c *Catalog) newCheck(q insights.EnvironmentRequest) *check {
	k := c.checkOf(insights.ConnectionRequest{Storage: q.Storage, Credentials: q.Credentials})
	k.region, k.createContainer = q.Region, q.CreateContainer
	return k
}

func (c *Catalog) checkOf(q insights.ConnectionRequest) *check {
	k := &check{c: c, storage: q.Storage, with: q.Credentials, found: map[string]insights.Prerequisite{}}
	if scope, err := access.ParseScope(string(q.Storage.Resource())); err == nil {
		k.resource = scope
	}
	return k
}

// Create asks every prerequisite and, if none failed, makes the environment. If one failed the error is
// Precondition and nothing is left behind, neither in the account nor here. Exists says that the name is taken.
func (c *Catalog) Create(ctx context.Context, q insights.EnvironmentRequest) (insights.Environment, []insights.Prerequisite, error) {
	const op errs.Op = "catalog.Create"
	if err := q.Problems().Err(op); err != nil {
		return insights.Environment{}, nil, err
	}
	release, err := c.reserveName(q.Name)
	if err != nil {
		return insights.Environment{}, nil, errs.E(op, err)
	}
	defer release()
	if err := c.nameIsFree(ctx, q.Name); err != nil {
		return insights.Environment{}, nil, errs.E(op, err)
	}
	k := c.newCheck(q)
	env, err := c.create(ctx, q, k)
	if err != nil {
		c.takeBack(ctx, k)
		k.close()
		return insights.Environment{}, k.lines(), errs.E(op, err)
	}
	return env, k.lines(), nil
}

// reserveName keeps others from taking the name while an environment is being made, which takes calls to an account.
func (c *Catalog) reserveName(name string) (release func(), err error) {
	folded := strings.ToLower(strings.TrimSpace(name))
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.making[folded] {
		return nil, errs.E(errs.Exists, errs.Item("environment "+name), "an environment of this name is being made by somebody else",
			errs.Hint("choose another name, or wait to see whether that succeeds"))
	}
	c.making[folded] = true
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.making, folded)
	}, nil
}

// nameIsFree refuses a second environment of the same name: people choose environments by name.
func (c *Catalog) nameIsFree(ctx context.Context, name string) error {
	all, err := c.List(ctx)
	if err != nil {
		return err
	}
	for _, env := range all {
		if strings.EqualFold(strings.TrimSpace(env.Name), strings.TrimSpace(name)) {
			return errs.E(errs.Exists, errs.Item("environment "+env.Name), "there is an environment of this name already, "+string(env.ID),
				errs.Hint("choose another name"))
		}
	}
	return nil
}

func (c *Catalog) create(ctx context.Context, q insights.EnvironmentRequest, k *check) (insights.Environment, error) {
	if err := k.run(ctx); err != nil {
		return insights.Environment{}, err
	}
	if !k.failed && k.absent {
		if err := k.makeContainer(ctx); err != nil {
			return insights.Environment{}, err
		}
	}
	if err := k.err("catalog.create"); err != nil {
		return insights.Environment{}, err
	}
	env := c.newEnvironment(q, k)
	data, err := encode(environmentDocument{environmentVersion, env})
	if err != nil {
		return env, err
	}
	if err := c.register(ctx, k, env, data); err != nil {
		return env, err
	}
	return env, nil
}

func (c *Catalog) newEnvironment(q insights.EnvironmentRequest, k *check) insights.Environment {
	env := insights.Environment{
		ID:         insights.EnvironmentID(uuid.NewString()),
		Name:       strings.TrimSpace(q.Name),
		Type:       cmp.Or(q.Type, insights.Production),
		Region:     q.Region,
		DataFormat: cmp.Or(q.DataFormat, insights.Parquet),
		Storage:    insights.DataStorage{Kind: q.Storage.Kind},
		CreatedAt:  c.o.Clock().UTC(),
	}
	if q.Storage.Kind == insights.OwnStorage {
		env.Storage = k.connection().storage()
	}
	return env
}

// register keeps the connection and then writes environment.json, which makes the environment exist. In this
// order a crash between the two leaves a connection too many, never an environment that nobody can reach.
func (c *Catalog) register(ctx context.Context, k *check, env insights.Environment, data []byte) error {
	own := k.storage.Kind == insights.OwnStorage
	former, connected := c.connections.get(k.address.endpoint)
	if own {
		if err := c.connections.put(k.connection()); err != nil {
			return err
		}
	}
	if err := writeDocument(ctx, k.store, env.ID.Folder().Join(environmentFile), data, ""); err != nil {
		c.removeFolder(ctx, k.store, env.ID)
		switch {
		case own && connected:
			_ = c.connections.put(former)
		case own:
			_ = c.connections.remove(k.address.endpoint)
		}
		return err
	}
	c.mu.Lock()
	c.homes[env.ID] = k.address.endpoint
	c.mu.Unlock()
	if own {
		c.replace(k.address.endpoint, k.store)
		c.remember(ctx, k.address.endpoint, append(c.connections.seen(k.address.endpoint), env))
	}
	return nil
}

// removeFolder takes back a folder that was being made.
func (c *Catalog) removeFolder(ctx context.Context, s lake.Store, id insights.EnvironmentID) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanUpTime)
	defer cancel()
	err := s.Delete(ctx, insights.Container, id.Folder(), lake.DeleteOptions{Recursive: true})
	if err != nil && !errs.Is(err, errs.NotFound) {
		c.o.Logger.WarnContext(ctx, "the folder of an environment that was not created could not be removed", "folder", id.Folder(), "error", err)
	}
}

// takeBack removes the container if this creation made it.
func (c *Catalog) takeBack(ctx context.Context, k *check) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanUpTime)
	defer cancel()
	if err := k.removeContainer(ctx); err != nil {
		c.o.Logger.WarnContext(ctx, "the container made for an environment that was not created could not be removed", "account", k.account.Name, "error", err)
	}
}
