package catalog

import (
	"cmp"
	"context"
	"strings"

	"github.com/google/uuid"

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
	return k.lines, errs.Wrap(op, err)
}

func (c *Catalog) newCheck(q insights.EnvironmentRequest) *check {
	return &check{c: c, storage: q.Storage, key: q.Key, region: q.Region, createContainer: q.CreateContainer}
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
		return insights.Environment{}, k.lines, errs.E(op, err)
	}
	return env, k.lines, nil
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
	if !k.failed && k.missing {
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
		env.Storage.Account, env.Storage.Endpoint = k.address.account, k.address.endpoint
		env.Storage.Credential = insights.AccountKey
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

// UpdateKey replaces the key of the account that an environment is in, as after a rotation (ENV-4). The new key is
// checked first; if it does not work the error is Precondition and the former key stays. Other
// environments in the same account use the new key too.
func (c *Catalog) UpdateKey(ctx context.Context, id insights.EnvironmentID, key insights.Secret) ([]insights.Prerequisite, error) {
	const op errs.Op = "catalog.UpdateKey"
	env, err := c.Get(ctx, id)
	if err != nil {
		return nil, errs.E(op, err)
	}
	if env.Storage.Kind != insights.OwnStorage {
		return nil, errs.E(op, errs.Invalid, errs.Item("environment "+env.Name), "managed storage has no key of its own")
	}
	return c.connect(ctx, op, &check{c: c, storage: env.Storage, key: key, region: env.Region})
}

// Connect connects the server to an account that holds environments already, and returns those. If something is
// not as it must be, or the account holds none, the error is Precondition and nothing is kept.
func (c *Catalog) Connect(ctx context.Context, storage insights.DataStorage, key insights.Secret) ([]insights.Environment, []insights.Prerequisite, error) {
	const op errs.Op = "catalog.Connect"
	storage.Kind = insights.OwnStorage
	k := &check{c: c, storage: storage, key: key}
	former, connected := c.connections.get(endpointOf(storage))
	lines, err := c.connect(ctx, op, k)
	if err != nil {
		return nil, lines, err
	}
	found, err := c.discover(ctx, k.address.endpoint)
	if err == nil && len(found) == 0 {
		err = errs.E(errs.Precondition, errs.Item(k.address.endpoint), "the account holds no environment",
			errs.Hint("create one there: ownlake env create"))
	}
	if err == nil {
		_, err = c.List(ctx) // notes where each environment is
	}
	if err != nil && connected {
		_ = c.connections.put(former)
	}
	if err != nil && !connected {
		_ = c.drop(k.address.endpoint)
	}
	return found, lines, errs.Wrap(op, err)
}

func endpointOf(s insights.DataStorage) string {
	a, err := parseAddress(s)
	if err != nil {
		return ""
	}
	return a.endpoint
}

// connect checks an account and, if nothing failed, keeps the connection and uses it from now on.
func (c *Catalog) connect(ctx context.Context, op errs.Op, k *check) ([]insights.Prerequisite, error) {
	err := k.run(ctx)
	if err == nil {
		err = k.err(op)
	}
	if err == nil {
		err = c.connections.put(k.connection())
	}
	if err != nil {
		k.close()
		return k.lines, errs.E(op, err)
	}
	c.replace(k.address.endpoint, k.store)
	return k.lines, nil
}
