package server

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/tenant/arm"
	"github.com/ownlake/ownlake/tenant/directory"
	"github.com/ownlake/ownlake/tenant/entra"
	"github.com/ownlake/ownlake/tenant/graph"
	"github.com/ownlake/ownlake/tenant/resources"
	"github.com/ownlake/ownlake/tenant/state"
)

// DefaultTenantListen is the tenant's address where nobody says.
const DefaultTenantListen = "127.0.0.1:10006"

// defaultAdministrator is the first administrator's name before the @.
const defaultAdministrator = "admin"

// TenantConfig says which tenant to serve and where. DataDir and Logger are required.
type TenantConfig struct {
	DataDir string
	// Listen is the address, with TLS by the folder's own CA; empty means [DefaultTenantListen].
	Listen string
	// URL is where clients reach the tenant, if not at the address itself. Tokens name it as their issuer, and the
	// certificate is for its host.
	URL string
	// New is what a folder without a tenant gets; empty fields have defaults.
	New directory.Tenant
	// AdministratorPassword is the first administrator's, when one is made; empty means one that is made at random and
	// has to be changed.
	AdministratorPassword string
	// Propagation is how long changes of role assignments take to reach the lake.
	Propagation time.Duration
	// InUse names what uses an account of the lake beside its clients, which keeps it from being deleted. Nil is nothing.
	InUse func(account string) []string
	// Lake is served beside the tenant, which then manages its account and others on its listeners. Nil is none.
	Lake   *Lake
	Logger *slog.Logger
}

// Tenant is the tenant in the box, served. Close it.
type Tenant struct {
	state     *state.Store
	directory *directory.Directory
	entra     *entra.Service
	resources *resources.Resources
	base      string
	first     *FirstAdministrator
	server    *http.Server
	listener  net.Listener
	done      chan struct{} // closed when it serves no more
}

// FirstAdministrator is the Global Administrator that a new tenant gets. Password is told once, and empty where it was
// given.
type FirstAdministrator struct {
	UserPrincipalName string `json:"userPrincipalName"`
	Password          string `json:"oneTimePassword,omitempty"`
}

// TenantAddresses say what clients need to know of a tenant.
type TenantAddresses struct {
	ID        string `json:"id"`
	Domain    string `json:"domain"`
	URL       string `json:"url"`
	Authority string `json:"authority"`
	Graph     string `json:"graph"`
	Issuer    string `json:"issuer"`
}

// StartTenant opens the tenant of a data folder, makes it where there is none, and serves it. It accepts requests when
// StartTenant returns. A folder that another process uses is a Conflict, an address that is in use Unavailable.
func StartTenant(ctx context.Context, cfg TenantConfig) (*Tenant, error) {
	const op errs.Op = "server.StartTenant"
	if cfg.Listen == "" {
		cfg.Listen = DefaultTenantListen
	}
	t := &Tenant{}
	err := t.open(cfg)
	if err == nil {
		err = t.serve(ctx, cfg)
	}
	if err != nil {
		return nil, errs.E(op, errors.Join(err, t.Close(context.WithoutCancel(ctx))))
	}
	return t, nil
}

func (t *Tenant) open(cfg TenantConfig) error {
	var err error
	if t.state, err = state.Open(state.Options{FS: vfs.Default, Dir: filepath.Join(cfg.DataDir, "tenant")}); err != nil {
		return err
	}
	if t.directory, err = directory.Open(directory.Options{State: t.state, Clock: time.Now, New: cfg.New}); err != nil {
		return err
	}
	if t.first, err = t.addAdministrator(cfg.AdministratorPassword); err != nil {
		return err
	}
	return t.openResources(cfg.Propagation)
}

// addAdministrator makes the first user of a tenant that has none.
func (t *Tenant) addAdministrator(password string) (*FirstAdministrator, error) {
	if len(t.directory.Users()) > 0 {
		return nil, nil //nolint:nilnil // there is an administrator, and nothing to tell of one
	}
	first := &FirstAdministrator{UserPrincipalName: defaultAdministrator + "@" + t.directory.Tenant().Domain}
	u := directory.User{
		UserPrincipalName: first.UserPrincipalName, DisplayName: "Administrator", Enabled: true,
		Roles: []directory.Role{directory.GlobalAdministrator},
	}
	if password == "" {
		first.Password = "Ow1-" + rand.Text()
		u.MustChangePassword = true
		password = first.Password
	}
	_, err := t.directory.CreateUser(u, password)
	return first, err
}

func (t *Tenant) serve(ctx context.Context, cfg TenantConfig) error {
	tcp, err := listenTCP(ctx, cfg.Listen)
	if err != nil {
		return err
	}
	t.listener = tcp
	if t.base = strings.TrimSuffix(cfg.URL, "/"); t.base == "" {
		t.base = strings.TrimSuffix(accountURL("https", tcp.Addr().String(), ""), "/")
	}
	u, err := url.Parse(t.base)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.Path != "" {
		return errs.E(errs.Invalid, errs.Item(t.base), "not the address of a tenant", errs.Hint("use https://HOST:PORT"))
	}
	ca, err := OpenCA(cfg.DataDir)
	if err != nil {
		return err
	}
	handler, err := t.handler(cfg)
	if err != nil {
		return err
	}
	if err := t.leaveServiceAccount(cfg); err != nil {
		return err
	}
	bound := newConnections(maxConnections)
	t.listener = bound.listener(tls.NewListener(tcp, ca.TLSConfig(append([]string{u.Hostname()}, loopbackNames...))))
	t.server = &http.Server{
		Handler: handler, ConnState: bound.observe, ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: stallTimeout,
		WriteTimeout: stallTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes,
		ErrorLog: slog.NewLogLogger(cfg.Logger.Handler(), slog.LevelDebug),
	}
	t.done = make(chan struct{})
	go func() {
		defer close(t.done)
		if err := t.server.Serve(t.listener); !errors.Is(err, http.ErrServerClosed) {
			cfg.Logger.ErrorContext(ctx, "the tenant stopped listening", slog.String("address", t.base), slog.Any("error", err))
		}
	}()
	return nil
}

// loopbackNames are the names of this machine that certificates are for.
var loopbackNames = []string{"127.0.0.1", "::1", "localhost"}

// handler tells the services of the tenant apart by their paths.
func (t *Tenant) handler(cfg TenantConfig) (http.Handler, error) {
	logger := cfg.Logger
	var err error
	t.entra, err = entra.New(entra.Options{Directory: t.directory, State: t.state, BaseURL: t.base, Clock: time.Now, Logger: logger, Organizations: organizationsOf(cfg.DataDir)})
	if err != nil {
		return nil, err
	}
	graphs := graph.New(graph.Options{
		Directory: t.directory, BaseURL: t.base, Clock: time.Now, Logger: logger,
		Verify: func(ctx context.Context, token string) (entra.Caller, error) {
			return t.entra.Verify(ctx, token, entra.GraphAudience)
		},
	})
	manager, err := t.armHandler(cfg, logger)
	if err != nil {
		return nil, err
	}
	managed := http.NewServeMux()
	for _, prefix := range arm.Prefixes {
		managed.Handle(prefix, manager)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/v1.0/") {
			graphs.ServeHTTP(w, r)
			return
		}
		if _, pattern := managed.Handler(r); pattern != "" {
			manager.ServeHTTP(w, r)
			return
		}
		t.entra.ServeHTTP(w, r)
	}), nil
}

// Addresses say where the tenant is.
func (t *Tenant) Addresses() TenantAddresses {
	tenant := t.directory.Tenant()
	return TenantAddresses{
		ID: tenant.ID, Domain: tenant.Domain, URL: t.base, Authority: t.base + "/" + tenant.ID, Graph: t.base + "/v1.0", Issuer: t.entra.Issuer(),
	}
}

// First is the administrator that was made just now, or nil.
func (t *Tenant) First() *FirstAdministrator { return t.first }

// Directory is the tenant's directory, in process.
func (t *Tenant) Directory() *directory.Directory { return t.directory }

// Close stops listening, gives requests under way until ctx ends, and closes the tenant's state. It may be called again.
func (t *Tenant) Close(ctx context.Context) error {
	var failures []error
	switch {
	case t.server != nil:
		if t.server.Shutdown(ctx) != nil {
			_ = t.server.Close()
		}
		<-t.done
	case t.listener != nil:
		failures = append(failures, t.listener.Close())
	}
	if t.state != nil {
		failures = append(failures, t.state.Close())
	}
	return errs.Wrap("server.Tenant.Close", errors.Join(failures...))
}
