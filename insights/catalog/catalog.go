package catalog

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/lake"
)

// Connection says how to reach an account.
type Connection struct {
	Endpoint   string // the dfs endpoint, without a slash at the end
	Account    string
	ResourceID string // in Resource Manager; "" where it is not known
	Credential insights.CredentialKind
	Principal  insights.AccountPrincipal // of a service principal
	// Credentials are what the credential takes. SignIn is empty: nobody's sign-in is kept.
	insights.Credentials
}

// Options are what a catalog is made of. All fields are required.
type Options struct {
	// Managed is the embedded account. The catalog does not close it.
	Managed lake.Store
	// FS and Dir are the folder for connections. One catalog at a time may use it.
	FS  vfs.FS
	Dir string
	// Principal returns the service principal of a connection, and SignedIn the person of a sign-in, which is NotFound if it
	// has ended. Nobody is asked yet.
	Principal func(ctx context.Context, c Connection) (Caller, error)
	SignedIn  func(ctx context.Context, id insights.SignInID) (Caller, error)
	// Connect opens an account. It need not check anything: the catalog asks what it needs to know. The catalog
	// closes what it opens, so a store that is shared, such as the embedded account under its own address, must be
	// given with a Close that does nothing. A key that cannot be right is Invalid or Unauthorized.
	Connect func(ctx context.Context, c Connection) (lake.Store, error)
	Clock   func() time.Time
	Logger  *slog.Logger
}

// Catalog keeps environments. It is safe for concurrent use.
type Catalog struct {
	o           Options
	connections *connections

	mu      sync.Mutex
	stores  map[string]lake.Store             // opened accounts, by endpoint
	retired []lake.Store                      // replaced by a new key; calls on them may still be under way
	homes   map[insights.EnvironmentID]string // where an environment was last seen, by endpoint
	making  map[string]bool                   // names of environments that are being made, in lower case
}

// managed stands for the embedded account where others are named by their endpoint.
const managed = ""

// Open opens a catalog and makes the managed account's container if it is missing: that one is the server's
// own. A connections file that cannot be read is Corrupt.
func Open(ctx context.Context, o Options) (*Catalog, error) {
	const op errs.Op = "catalog.Open"
	connections, err := openConnections(o.FS, o.Dir)
	if err != nil {
		return nil, errs.E(op, err)
	}
	_, err = o.Managed.CreateFilesystem(ctx, insights.Container, lake.CreateFilesystemOptions{})
	if err != nil && !errs.Is(err, errs.Exists) {
		return nil, errs.E(op, err)
	}
	return &Catalog{
		o:           o,
		connections: connections,
		stores:      map[string]lake.Store{managed: o.Managed},
		homes:       map[insights.EnvironmentID]string{},
		making:      map[string]bool{},
	}, nil
}

// Close closes the accounts that the catalog opened.
func (c *Catalog) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var failures []error
	for endpoint, s := range c.stores {
		if endpoint != managed {
			failures = append(failures, s.Close())
		}
	}
	for _, s := range c.retired {
		failures = append(failures, s.Close())
	}
	c.stores, c.retired = map[string]lake.Store{}, nil
	return errors.Join(failures...)
}

// Store returns the account of an environment, limited to the environment's folder. The catalog closes it.
func (c *Catalog) Store(ctx context.Context, env insights.Environment) (lake.Store, error) {
	const op errs.Op = "catalog.Store"
	home, err := c.home(ctx, env.ID)
	if err != nil {
		return nil, errs.E(op, err)
	}
	store, err := c.open(ctx, home)
	if err != nil {
		return nil, errs.E(op, err)
	}
	return Scoped(store, insights.Container, env.ID.Folder()), nil
}

// Lake returns a reachable account, for data sources that lie in one: the embedded account or one that an
// environment is connected to. NotFound if the catalog has no key for it. The catalog closes it.
func (c *Catalog) Lake(ctx context.Context, endpoint, account string) (lake.Store, error) {
	const op errs.Op = "catalog.Lake"
	a, err := parseAddress(insights.DataStorage{Endpoint: endpoint, Account: account})
	if err != nil {
		return nil, errs.E(op, err)
	}
	if _, known := c.connections.get(a.endpoint); known {
		store, err := c.open(ctx, a.endpoint)
		return store, errs.Wrap(op, err)
	}
	own, err := c.o.Managed.Account(ctx)
	if err != nil {
		return nil, errs.E(op, err)
	}
	if mine, err := parseAddress(insights.DataStorage{Endpoint: own.Endpoint}); err == nil && mine.endpoint == a.endpoint {
		return c.o.Managed, nil
	}
	return nil, errs.E(op, errs.NotFound, errs.Item(a.endpoint), "this account is not connected",
		errs.Hint("connect it first: ownlake env connect, or create an environment on it"))
}

// open returns the store of an account, opening it if need be.
func (c *Catalog) open(ctx context.Context, endpoint string) (lake.Store, error) {
	c.mu.Lock()
	store, ok := c.stores[endpoint]
	c.mu.Unlock()
	if ok {
		return store, nil
	}
	conn, known := c.connections.get(endpoint)
	if !known {
		return nil, errs.E(errs.NotFound, errs.Item(endpoint), "the account is not connected any more")
	}
	opened, err := c.o.Connect(ctx, conn)
	if err != nil {
		return nil, err
	}
	return c.keep(endpoint, opened), nil
}

// keep registers an opened store, unless another call was quicker; it returns the one to use.
func (c *Catalog) keep(endpoint string, opened lake.Store) lake.Store {
	c.mu.Lock()
	defer c.mu.Unlock()
	if other, ok := c.stores[endpoint]; ok {
		c.retired = append(c.retired, opened)
		return other
	}
	c.stores[endpoint] = opened
	return opened
}

// replace puts a store in the place of the one that is used for the account.
func (c *Catalog) replace(endpoint string, opened lake.Store) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if former, ok := c.stores[endpoint]; ok {
		c.retired = append(c.retired, former)
	}
	c.stores[endpoint] = opened
}

// drop forgets an account.
func (c *Catalog) drop(endpoint string) error {
	c.mu.Lock()
	if former, ok := c.stores[endpoint]; ok {
		c.retired = append(c.retired, former)
		delete(c.stores, endpoint)
	}
	c.mu.Unlock()
	return c.connections.remove(endpoint)
}
