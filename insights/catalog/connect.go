package catalog

import (
	"cmp"
	"context"
	"strconv"
	"strings"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
)

// storage is what an environment says of how its account is reached.
func (c Connection) storage() insights.DataStorage {
	return insights.DataStorage{
		Kind: insights.OwnStorage, Account: c.Account, Endpoint: c.Endpoint, ResourceID: c.ResourceID, Credential: c.Credential, Principal: c.Principal,
	}
}

// reached says of an environment how this server reaches its account. The document in the account may say otherwise: another
// server may have another credential, and this one may have got another since.
func (c *Catalog) reached(endpoint string, env insights.Environment) insights.Environment {
	conn, ok := c.connections.get(endpoint)
	if !ok || env.Storage.Kind != insights.OwnStorage {
		return env
	}
	known := env.Storage.ResourceID
	env.Storage = conn.storage()
	env.Storage.ResourceID = cmp.Or(env.Storage.ResourceID, known)
	return env
}

// Connect connects the server to an account that holds environments already, and returns those. If something is
// not as it must be, or the account holds none, the error is Precondition and nothing is kept.
func (c *Catalog) Connect(ctx context.Context, q insights.ConnectionRequest) ([]insights.Environment, []insights.Prerequisite, error) {
	const op errs.Op = "catalog.Connect"
	q.Storage.Kind = insights.OwnStorage
	if err := q.Problems().Err(op); err != nil {
		return nil, nil, err
	}
	k := c.checkOf(q)
	former, err := c.connect(ctx, op, k)
	if err != nil {
		return nil, k.lines(), err
	}
	found, err := c.discover(ctx, k.address.endpoint)
	if err == nil && len(found) == 0 {
		err = errs.E(errs.Precondition, errs.Item(k.address.endpoint), "the account holds no environment",
			errs.Hint("create one there: ownlake env create"))
	}
	if err == nil {
		_, err = c.List(ctx) // notes where each environment is
	}
	if err != nil {
		c.disconnect(k.address.endpoint, former)
	}
	return found, k.lines(), errs.Wrap(op, err)
}

// connect checks an account and, if nothing failed, keeps the connection and uses it from now on. It returns the former
// one; nil if there was none.
func (c *Catalog) connect(ctx context.Context, op errs.Op, k *check) (former *Connection, err error) {
	err = k.run(ctx)
	if err == nil {
		err = k.err(op)
	}
	if err == nil {
		if known, ok := c.connections.get(k.address.endpoint); ok {
			former = &known
		}
		err = c.connections.put(k.connection())
	}
	if err != nil {
		k.close()
		return nil, errs.E(op, err)
	}
	c.replace(k.address.endpoint, k.store)
	return former, nil
}

// disconnect takes a connection back that was just made.
func (c *Catalog) disconnect(endpoint string, former *Connection) {
	_ = c.drop(endpoint)
	if former != nil {
		_ = c.connections.put(*former)
	}
}

// UpdateConnection changes how the account of an environment is reached: by another key after a rotation, by a service
// principal instead of a key or the other way round, by another secret or principal (ENV-4, ENV-9). What the request leaves
// out stays. The account stays the same. The new way is checked first; if it does not work the error is Precondition and
// the former way stays. Other environments in the same account are reached in the new way, too.
func (c *Catalog) UpdateConnection(ctx context.Context, id insights.EnvironmentID, q insights.ConnectionRequest) ([]insights.Prerequisite, error) {
	const op errs.Op = "catalog.UpdateConnection"
	env, err := c.Get(ctx, id)
	if err != nil {
		return nil, errs.E(op, err)
	}
	home, err := c.home(ctx, id)
	if err != nil {
		return nil, errs.E(op, err)
	}
	conn, connected := c.connections.get(home)
	if env.Storage.Kind != insights.OwnStorage || !connected {
		return nil, errs.E(op, errs.Invalid, errs.Item("environment "+env.Name), "managed storage has no credential of its own")
	}
	if q.Storage.Account != "" && q.Storage.Account != conn.Account {
		return nil, errs.E(op, errs.Invalid, errs.Item(q.Storage.Account), "the environment is in the account "+conn.Account+" and stays there",
			errs.Hint("create another environment in the other account"))
	}
	elsewhere := goesElsewhere(q, conn)
	q = completed(q, conn, elsewhere)
	if err := q.Problems().Err(op); err != nil {
		return nil, err
	}
	if elsewhere && ofMachine(q.Storage.Principal) {
		return nil, errs.E(op, errs.Invalid, errs.Item("environment "+env.Name), "the identity of this machine is not shown to another address by a change",
			errs.Hint("leave out the endpoint and the cloud, or connect anew: ownlake env connect"))
	}
	k := c.checkOf(q)
	k.region = env.Region
	former, err := c.connect(ctx, op, k)
	if err != nil {
		return k.lines(), err
	}
	if err := c.move(ctx, id, home, k.address.endpoint); err != nil {
		c.disconnect(k.address.endpoint, former)
		return k.lines(), errs.E(op, err)
	}
	return k.lines(), nil
}

// goesElsewhere reports whether a change names another endpoint or another cloud than the connection has. Secrets and tokens
// that are here already must not be sent there: whoever may change a connection need not know them.
func goesElsewhere(q insights.ConnectionRequest, conn Connection) bool {
	return q.Cloud != (insights.Cloud{}) && q.Cloud != conn.Cloud || q.Storage.Endpoint != "" && q.Storage.Endpoint != conn.Endpoint
}

// ofMachine reports whether a principal needs no secret, as the machine that the server runs on vouches for it.
func ofMachine(p insights.AccountPrincipal) bool {
	return p.Method == insights.ManagedIdentity || p.Method == insights.WorkloadIdentity
}

// completed fills in what a change leaves as it is; secrets only where it goes nowhere else.
func completed(q insights.ConnectionRequest, conn Connection, elsewhere bool) insights.ConnectionRequest {
	s := &q.Storage
	s.Kind, s.Account = insights.OwnStorage, conn.Account
	switch {
	case s.Credential != "":
	case !q.Key.IsZero():
		s.Credential = insights.AccountKey
	case s.Principal != (insights.AccountPrincipal{}) || !q.ClientSecret.IsZero() || !q.Certificate.IsZero():
		s.Credential = insights.ServicePrincipal
	default:
		s.Credential = conn.Credential
	}
	if s.Resource() == "" {
		s.ResourceID = conn.ResourceID
	}
	if q.Cloud == (insights.Cloud{}) {
		q.Cloud = conn.Cloud
	}
	if elsewhere {
		conn.Key, conn.ClientSecret, conn.Certificate, conn.CertificatePassword = insights.Secret{}, insights.Secret{}, insights.Secret{}, insights.Secret{}
	}
	if s.Credential == insights.AccountKey {
		q.Key = firstSecret(q.Key, conn.Key)
	} else {
		completePrincipal(&q, conn)
	}
	// An address that no token may be sent to is found anew, by the resource.
	if s.Endpoint == "" && (s.Credential == insights.AccountKey || strings.HasPrefix(conn.Endpoint, "https://") || s.Resource() == "") {
		s.Endpoint = conn.Endpoint
	}
	return q
}

func completePrincipal(q *insights.ConnectionRequest, conn Connection) {
	if q.Storage.Principal == (insights.AccountPrincipal{}) {
		q.Storage.Principal = conn.Principal
	}
	if q.Storage.Principal == conn.Principal && q.ClientSecret.IsZero() && q.Certificate.IsZero() {
		q.ClientSecret, q.Certificate, q.CertificatePassword = conn.ClientSecret, conn.Certificate, conn.CertificatePassword
	}
}

func firstSecret(given, known insights.Secret) insights.Secret {
	if given.IsZero() {
		return known
	}
	return given
}

// move goes from one address of an environment's account to another.
func (c *Catalog) move(ctx context.Context, id insights.EnvironmentID, from, to string) error {
	if from == to {
		return nil
	}
	store, err := c.open(ctx, to)
	if err != nil {
		return err
	}
	env, err := readEnvironment(ctx, store, id.Folder())
	switch {
	case errs.Is(err, errs.NotFound), err == nil && env.Problem != "":
		return errs.E(errs.Precondition, errs.Item(to), "the environment is not in the account at this address",
			errs.Hint("give the address of the account that it is in, "+from))
	case err != nil:
		return err
	}
	if err := c.drop(from); err != nil {
		return err
	}
	_, err = c.List(ctx) // notes where each environment is
	return err
}

// explain says why an account cannot be used that could be when it was connected, and how to go on.
func (c *Catalog) explain(endpoint, environment string, err error) string {
	conn, ok := c.connections.get(endpoint)
	update := "ownlake env update " + strconv.Quote(environment)
	switch {
	case !ok:
	case errs.CodeOf(err) == codeNoKeys:
		return "the account " + conn.Account + " takes no keys any more: " + withoutHint(err) + " (connect by a service principal: " + update + " --client-id …)"
	case errs.CodeOf(err) == codeNetwork:
		return "the network rules of " + conn.Account + " keep this machine out: " + withoutHint(err) + " (let its address in; this is no missing role)"
	case conn.Credential == insights.AccountKey && errs.Is(err, errs.Unauthorized):
		return "the account " + conn.Account + " refuses its key, which worked before, so that it was rotated: " + withoutHint(err) + " (give the current key: " + update + " --key-file FILE)"
	case conn.Credential == insights.ServicePrincipal && errs.Is(err, errs.Unauthorized):
		return "the service principal cannot sign in any more: " + withoutHint(err) + " (give a current secret or certificate: " + update + " --client-secret-file FILE)"
	case conn.Credential == insights.ServicePrincipal && errs.Is(err, errs.Permission):
		return "the service principal has lost its role at " + conn.Account + ": " + withoutHint(err) + " (ownlake env update " + strconv.Quote(environment) + " says which, and how to give it back)"
	}
	return err.Error()
}
