package server

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/adls"
	"github.com/ownlake/ownlake/adls/bearer"
	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/lake/localstore"
	"github.com/ownlake/ownlake/tenant/arm"
	"github.com/ownlake/ownlake/tenant/directory"
	"github.com/ownlake/ownlake/tenant/entra"
	"github.com/ownlake/ownlake/tenant/resources"
	"github.com/ownlake/ownlake/tenant/state"
)

// managedAccounts are the storage accounts of the tenant's Resource Manager, served on the lake's listeners: the
// embedded lake's own, and others, each in a folder of its own, opened when it is first asked for. Keys, network rules
// and roles are those of the resources, as they are at each request.
type managedAccounts struct {
	lake      *Lake
	resources *resources.Resources
	state     *state.Store
	directory *directory.Directory
	entra     *entra.Service
	login     string // the authority that callers without a token are sent to
	inUse     func(account string) []string

	mu       sync.RWMutex
	open     map[string]*managedAccount
	removing map[string]bool // whose lakes are being removed
	closed   bool
}

// managedAccount is an account that is open.
type managedAccount struct {
	store  lake.Service
	backup func(ctx context.Context, dir string, progress func(localstore.Progress)) (localstore.BackupReport, error)
	close  func() error
	// handlers are by what a listener takes bare requests for.
	handlers map[wire.Endpoint]http.Handler
	// use is held for reading by whoever uses the store; closing it takes it for good. It is taken with the lock of the
	// accounts held, so that nobody waits for one that is being closed.
	use sync.RWMutex
}

// accountsFolder has a folder for each account beside the embedded lake's own.
const accountsFolder = "accounts"

// manage serves the accounts that a tenant manages, from the next request on. The embedded lake's own account has the
// keys and rules that the tenant's resources say; an access file goes before the tenant's tokens and roles.
func (l *Lake) manage(m *managedAccounts) {
	m.lake, m.open, m.removing = l, map[string]*managedAccount{}, map[string]bool{}
	l.managed.Store(m)
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, ln := range l.listeners {
		ln.handle(l.newHandler(ln.endpoint, l.principals))
	}
}

// configure makes an account's handler one whose rules, tokens and roles are the tenant's, if the account is.
func (m *managedAccounts) configure(o *adls.Options) {
	a, err := m.resources.AccountNamed(o.Account)
	if err != nil {
		return
	}
	view := m.resources.ForLake(a.Name)
	o.Key, o.Scope = a.Secret, a.Scope()
	o.Rules = accountRules{view, m.lake.cfg.TLSListen != ""}
	o.Tokens, o.Roles = tenantTokens{m.entra, m.login}, accountRoles{view, m.directory}
	o.UserPrincipalName = func(id access.ObjectID) (string, bool) {
		u, err := m.directory.User(string(id))
		return u.UserPrincipalName, err == nil
	}
}

// withManaged serves the accounts that are managed, and by own those that are not.
func (l *Lake) withManaged(own http.Handler, endpoint wire.Endpoint) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m := l.managed.Load()
		if m == nil {
			own.ServeHTTP(w, r)
			return
		}
		a, err := m.find(adls.AccountOf(r))
		switch {
		case err != nil:
			m.lake.cfg.Logger.ErrorContext(r.Context(), "an account does not open", "error", err)
			w.WriteHeader(http.StatusServiceUnavailable)
		case a == nil:
			own.ServeHTTP(w, r)
		default:
			defer a.use.RUnlock()
			a.handlers[endpoint].ServeHTTP(w, r)
		}
	})
}

// find returns the account of a name for use, which its use's RUnlock ends. It is nil for the embedded lake's own, and
// where there is none, which the embedded lake knows how to refuse.
func (m *managedAccounts) find(name string) (*managedAccount, error) {
	if name == m.lake.account {
		return nil, nil //nolint:nilnil // the embedded lake serves its own
	}
	if account := m.holdOpen(name); account != nil {
		return account, nil
	}
	a, err := m.resources.AccountNamed(name)
	if err != nil {
		return nil, nil //nolint:nilnil,nilerr // no account is no failure here
	}
	return m.hold(a)
}

// holdOpen holds an account for reading if it is open.
func (m *managedAccounts) holdOpen(name string) *managedAccount {
	m.mu.RLock()
	defer m.mu.RUnlock()
	account, ok := m.open[name]
	if !ok || m.closed {
		return nil
	}
	account.use.RLock()
	return account
}

// hold opens an account if it is not open, and holds it for reading.
func (m *managedAccounts) hold(a resources.Account) (*managedAccount, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed || m.removing[a.Name] {
		return nil, errs.E(errs.Unavailable, errs.Item(a.Name), "the account's lake is closed")
	}
	account, ok := m.open[a.Name]
	if !ok {
		var err error
		if account, err = m.openAccount(a); err != nil {
			return nil, err
		}
		m.open[a.Name] = account
	}
	account.use.RLock()
	return account, nil
}

func (m *managedAccounts) openAccount(a resources.Account) (*managedAccount, error) {
	store, err := localstore.Open(localstore.Options{
		FS: vfs.Default, Dir: filepath.Join(m.folder(a.Name), "lake"), Clock: time.Now, Logger: m.lake.cfg.Logger, Durability: m.lake.cfg.Durability,
		Account: lake.AccountProperties{
			Name: a.Name, Region: a.Location, HierarchicalNamespace: a.HierarchicalNamespace, Kind: a.Kind, SKU: a.SKU,
		},
	})
	if err != nil {
		return nil, err
	}
	endpoint := func() string { return strings.TrimSuffix(m.Endpoints(a.Name).DFS, "/") }
	account := &managedAccount{store: &embeddedLake{store, endpoint}, backup: store.Backup, close: store.Close, handlers: map[wire.Endpoint]http.Handler{}}
	for _, endpoint := range []wire.Endpoint{wire.Blob, wire.DFS} {
		o := adls.Options{
			Store: account.store, Account: a.Name, Region: a.Location, Default: endpoint, CopyFromLoopback: m.lake.cfg.CopyFromLoopback,
			StallTimeout: stallTimeout, Clock: time.Now, Logger: m.lake.cfg.Logger,
		}
		m.configure(&o)
		account.handlers[endpoint] = adls.New(o)
	}
	return account, nil
}

// folder is an account's data folder: what checks and copies a lake takes it as it takes the server's.
func (m *managedAccounts) folder(account string) string {
	return filepath.Join(m.lake.cfg.DataDir, accountsFolder, account)
}

// Use is the lake of an account for Resource Manager.
func (m *managedAccounts) Use(_ context.Context, a resources.Account) (lake.Service, func(), error) {
	if a.Name == m.lake.account {
		return m.lake.store, func() {}, nil // it is closed after the tenant
	}
	account, err := m.hold(a)
	if err != nil {
		return nil, nil, err
	}
	return account.store, account.use.RUnlock, nil
}

// Remove removes an account's lake with all that it holds. The embedded lake's account stays, and so does one that
// environments of this server have their data in.
func (m *managedAccounts) Remove(_ context.Context, a resources.Account) error {
	const op errs.Op = "server.managedAccounts.Remove"
	if a.Name == m.lake.account {
		return errs.E(op, errs.Conflict, errs.Code("AccountInUse"), "The storage account "+a.Name+" is the one that this server has its own data in.")
	}
	if names := m.usedBy(a.Name); len(names) > 0 {
		return errs.E(op, errs.Conflict, errs.Code("AccountInUse"), "The storage account "+a.Name+" holds the data of the environments "+strings.Join(names, ", ")+
			". Delete them first (ownlake env delete).")
	}
	account, ok := m.take(a.Name)
	if !ok {
		return errs.E(op, errs.Conflict, errs.Code("StorageAccountOperationInProgress"), "A write operation for the storage account is in progress.")
	}
	defer m.removed(a.Name)
	if account != nil {
		account.use.Lock() // for good, once those who hold it have ended
		if err := account.close(); err != nil {
			return errs.E(op, err)
		}
	}
	if err := vfs.Default.RemoveAll(m.folder(a.Name)); err != nil {
		return errs.E(op, errs.Unavailable, errs.Item(a.Name), err)
	}
	return nil
}

func (m *managedAccounts) usedBy(account string) []string {
	if m.inUse == nil {
		return nil
	}
	return m.inUse(account)
}

// take takes an account away from its users, so that nobody opens it again until [managedAccounts.removed]. It returns
// false where somebody else has taken it.
func (m *managedAccounts) take(name string) (*managedAccount, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.removing[name] {
		return nil, false
	}
	m.removing[name] = true
	account := m.open[name]
	delete(m.open, name)
	return account, true
}

func (m *managedAccounts) removed(name string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.removing, name)
}

// Endpoints are where an account is served, with TLS where there is some.
func (m *managedAccounts) Endpoints(account string) arm.Endpoints {
	at := m.lake.Addresses()
	address := func(first, second string) string {
		for _, text := range []string{at.TLS, first, second} {
			if u, err := url.Parse(text); text != "" && err == nil {
				u.Path = "/" + account + "/"
				return u.String()
			}
		}
		return ""
	}
	return arm.Endpoints{Blob: address(at.Blob, at.DFS), DFS: address(at.DFS, at.Blob)}
}

// close closes all accounts but the embedded lake's own. No request is under way.
func (m *managedAccounts) close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	var failures []error
	for _, a := range m.open {
		a.use.Lock()
		failures = append(failures, a.close())
	}
	return errors.Join(failures...)
}

// accountRules are an account's rules. Without a listener for HTTPS none is required, as nobody could reach the account.
type accountRules struct {
	resources.AccountView
	https bool
}

func (r accountRules) RequiresHTTPS() bool { return r.https && r.AccountView.RequiresHTTPS() }

// accountRoles are the roles at an account as far as their changes have reached it, and the directory's groups.
type accountRoles struct {
	resources.AccountView
	directory *directory.Directory
}

func (r accountRoles) Groups(_ context.Context, id access.ObjectID) ([]access.ObjectID, error) {
	return r.directory.GroupsOf(id), nil
}

// tenantTokens takes the tenant's tokens for storage, in the same process.
type tenantTokens struct {
	entra *entra.Service
	login string
}

// Verify tells who a token is from, with the groups as the directory has them now.
func (t tenantTokens) Verify(ctx context.Context, token string) (bearer.Identity, error) {
	c, err := t.entra.Verify(ctx, token, entra.StorageAudience)
	if errs.Is(err, errs.Unauthorized) {
		err = errs.E(errs.Unauthorized, bearer.CodeInvalidAuthenticationInfo, err)
	}
	if err != nil {
		return bearer.Identity{}, err
	}
	return bearer.Identity{Tenant: t.entra.TenantID(), Principal: c.Principal, Name: c.Name}, nil
}

// AuthorizationURI is where callers without a token get one.
func (t tenantTokens) AuthorizationURI() string { return t.login + "/oauth2/authorize" }
