package server

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/internal/localca"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/lake/localstore"
)

// The lake's defaults: the account and key of Microsoft's storage emulator, which every Azure SDK knows and
// which therefore protect nothing.
const (
	DefaultLakeListen    = "127.0.0.1:10000"
	DefaultLakeDFSListen = "127.0.0.1:10004"
	EmulatorAccount      = "devstoreaccount1"
	EmulatorKey          = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
	DefaultRegion        = "westeurope"
)

// Limits on connections, so that slow or hostile clients exhaust neither memory nor file handles.
const (
	maxConnections    = 2048 // of each listener
	minConnections    = 16
	maxHeaderBytes    = 64 << 10
	readHeaderTimeout = 15 * time.Second
	idleTimeout       = 2 * time.Minute
	stallTimeout      = time.Minute
)

// heapHeadroom is how much garbage a lake that listens may let come together, beside what is live.
const heapHeadroom = 64 << 20

// LakeConfig says which account to serve, from which folder and where. DataDir, Account, Key and Logger are
// required.
type LakeConfig struct {
	DataDir string
	// Listen, DFSListen and TLSListen are addresses, "" to leave one out. Bare requests are blob requests on
	// Listen and TLSListen, dfs requests on DFSListen.
	Listen, DFSListen, TLSListen string

	Account string
	Key     []byte
	// AllowPublicAccess lets containers be opened to readers who do not say who they are.
	AllowPublicAccess bool
	// ContainerRetentionDays is for how many days deleted containers are kept; nil leaves it as it was. The service has this
	// among its management operations, not in the properties of the blob service.
	ContainerRetentionDays *int
	// CopyFromLoopback lets copies read sources at other servers on this machine.
	CopyFromLoopback bool
	// AccessFile says whose bearer tokens are taken and what they allow. Empty means access.yaml in DataDir, which
	// need not be there.
	AccessFile string
	Region     string // empty means [DefaultRegion]
	Durability localstore.Durability
	Logger     *slog.Logger
}

// Lake is the embedded lake: a store on local disk and the listeners that serve it. Close it.
type Lake struct {
	cfg     LakeConfig
	account string
	key     []byte
	store   *embeddedLake
	ca      *localca.CA

	// headroom is never touched, and so costs no memory. It makes the collector count on a heap of this size and let
	// as much garbage come together before it runs: what is live here is so little that it would run dozens of times
	// a second, at a third of the cost of a request.
	headroom []byte // guarded by mu

	mu         sync.Mutex
	listeners  []*lakeListener // guarded by mu
	principals *principals     // guarded by mu; nil while no tokens are taken
	control    *control        // guarded by mu; nil while the lake is not served
	serving    sync.WaitGroup  // goroutines that accept

	// managed are the accounts that a tenant manages; nil where there is none.
	managed atomic.Pointer[managedAccounts]

	// handlers is held for reading by requests under way; Close takes it for good.
	handlers sync.RWMutex
	closed   bool // guarded by handlers
}

// embeddedLake is the store with the address at which others reach it.
type embeddedLake struct {
	*localstore.Store
	endpoint func() string
}

// Account describes the account.
func (e *embeddedLake) Account(ctx context.Context) (lake.AccountProperties, error) {
	a, err := e.Store.Account(ctx)
	a.Endpoint = e.endpoint()
	return a, err
}

// lakeListener is one address that is served.
type lakeListener struct {
	kind     string // listen, dfs-listen, tls-listen
	endpoint wire.Endpoint
	server   *http.Server
	ln       net.Listener
	handler  atomic.Pointer[http.Handler] // replaced when who may use the account changes
}

func (ln *lakeListener) handle(h http.Handler) { ln.handler.Store(&h) }

// ServeHTTP answers a request as the account is when it comes.
func (ln *lakeListener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	(*ln.handler.Load()).ServeHTTP(w, r)
}

// OpenLake opens the lake in the data folder and listens nowhere yet. A folder that another process uses is a
// Conflict.
func OpenLake(ctx context.Context, cfg LakeConfig) (*Lake, error) {
	const op errs.Op = "server.OpenLake"
	if err := ctx.Err(); err != nil {
		return nil, errs.E(op, err)
	}
	if cfg.Region == "" {
		cfg.Region = DefaultRegion
	}
	l := &Lake{cfg: cfg, account: cfg.Account, key: cfg.Key}
	store, err := localstore.Open(localstore.Options{
		FS: vfs.Default, Dir: filepath.Join(cfg.DataDir, "lake"),
		Account: lake.AccountProperties{
			Name: cfg.Account, Region: cfg.Region, HierarchicalNamespace: true, Kind: "StorageV2", SKU: "Standard_LRS",
		},
		Clock: time.Now, Logger: cfg.Logger, Durability: cfg.Durability,
	})
	if err != nil {
		return nil, errs.E(op, err)
	}
	l.store = &embeddedLake{store, l.endpoint}
	if err := l.keepContainers(ctx); err != nil {
		return nil, errs.E(op, errors.Join(err, store.Close()))
	}
	if cfg.TLSListen != "" {
		if l.ca, err = OpenCA(cfg.DataDir); err != nil {
			return nil, errs.E(op, errors.Join(err, store.Close()))
		}
	}
	return l, nil
}

// keepContainers sets for how long deleted containers are kept, if the configuration says so.
func (l *Lake) keepContainers(ctx context.Context) error {
	if l.cfg.ContainerRetentionDays == nil {
		return nil
	}
	s, err := l.store.ServiceSettings(ctx)
	if err != nil || s.ContainerRetentionDays == *l.cfg.ContainerRetentionDays {
		return err
	}
	s.ContainerRetentionDays = *l.cfg.ContainerRetentionDays
	return l.store.SetServiceSettings(ctx, s)
}

// OpenCA opens the certificate authority of a data folder, and makes it where there is none.
func OpenCA(dataDir string) (*localca.CA, error) {
	return localca.Open(filepath.Join(dataDir, "tls"), time.Now)
}

// StartLake opens the lake and serves it on its listeners. It accepts requests when StartLake returns.
func StartLake(ctx context.Context, cfg LakeConfig) (*Lake, error) {
	l, err := OpenLake(ctx, cfg)
	if err != nil {
		return nil, err
	}
	if err := l.Listen(ctx); err != nil {
		return nil, errors.Join(err, l.Close(context.WithoutCancel(ctx)))
	}
	return l, nil
}

// Store is the lake's store, in process.
func (l *Lake) Store() lake.Store { return l.store }

// Listen serves the lake on its addresses. An address that is in use is Unavailable, and then none is served. An access
// file that is wrong is Invalid.
func (l *Lake) Listen(ctx context.Context) error {
	if err := l.ReloadAccess(); err != nil {
		return errs.E(errs.Op("server.Lake.Listen"), err)
	}
	for _, a := range []struct{ kind, address string }{
		{"listen", l.cfg.Listen}, {"dfs-listen", l.cfg.DFSListen}, {"tls-listen", l.cfg.TLSListen},
	} {
		if a.address == "" {
			continue
		}
		ln, err := l.newListener(ctx, a.kind, a.address)
		if err != nil {
			l.stopListening(ctx)
			return errs.E(errs.Op("server.Lake.Listen"), err)
		}
		l.mu.Lock()
		ln.handle(l.newHandler(ln.endpoint, l.principals))
		l.listeners = append(l.listeners, ln)
		l.mu.Unlock()
	}
	control, err := l.startControl(ctx)
	if err != nil {
		l.stopListening(ctx)
		return errs.E(errs.Op("server.Lake.Listen"), err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.control = control
	l.headroom = make([]byte, heapHeadroom)
	for _, ln := range l.listeners {
		l.serving.Go(func() { ln.serve(l.cfg.Logger) })
	}
	return nil
}

func (l *Lake) newListener(ctx context.Context, kind, address string) (*lakeListener, error) {
	if err := CheckExposure(address, l.key); err != nil {
		return nil, err
	}
	tcp, err := listenTCP(ctx, address)
	if err != nil {
		return nil, err
	}
	ln, bound := tcp, newConnections(connectionLimit(fileHandles()))
	endpoint := wire.Blob
	switch kind {
	case "dfs-listen":
		endpoint = wire.DFS
	case "tls-listen":
		ln = tls.NewListener(ln, l.ca.TLSConfig(certificateNames(l.account)))
	}
	served := &lakeListener{kind: kind, endpoint: endpoint, ln: bound.listener(wire.Listener(ln))}
	served.server = &http.Server{
		Handler: l.untilClosed(l.withManaged(served, endpoint)), ConnContext: wire.ConnContext, ConnState: bound.observe, DisableGeneralOptionsHandler: true,
		ReadHeaderTimeout: readHeaderTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes,
		ErrorLog: slog.NewLogLogger(l.cfg.Logger.Handler(), slog.LevelDebug),
	}
	return served, nil
}

// CheckExposure refuses, with kind Invalid, to offer an account whose key is the emulator's, which everybody
// knows, to other machines.
func CheckExposure(address string, key []byte) error {
	host, _, err := net.SplitHostPort(address)
	switch {
	case err != nil:
		return errs.E(errs.Invalid, errs.Item(address), errs.Hint("use host:port, such as "+DefaultLakeListen), "not an address to listen on")
	case base64.StdEncoding.EncodeToString(key) == EmulatorKey && !isLoopback(host):
		return errs.E(errs.Invalid, errs.Item(address), "other machines can reach this address, and the emulator's account key is public",
			errs.Hint("choose an account and a key of your own, or listen on 127.0.0.1"))
	}
	return nil
}

// listenTCP listens on an address, with an error that says what to do where it is taken.
func listenTCP(ctx context.Context, address string) (net.Listener, error) {
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err == nil {
		return ln, nil
	}
	hint := errs.Hint("check the address")
	if errors.Is(err, syscall.EADDRINUSE) {
		hint = "another program listens there: stop it or choose another address"
	}
	return nil, errs.E(errs.Unavailable, errs.Item(address), hint, err)
}

// certificateNames are the names under which clients may reach an account over TLS: loopback, the hosts of
// *.localhost, and the service's own names for clients that have them built in and are sent here by a proxy
// or a hosts file.
func certificateNames(account string) []string {
	return []string{
		"127.0.0.1", "::1", "localhost", "*.localhost", "*.dfs.localhost", "*.blob.localhost",
		account + ".dfs.core.windows.net", account + ".blob.core.windows.net",
	}
}

// untilClosed lets Close wait for requests under way, and keeps later ones from a closed store.
func (l *Lake) untilClosed(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.handlers.RLock()
		defer l.handlers.RUnlock()
		if l.closed {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		h.ServeHTTP(w, r)
	})
}

func (ln *lakeListener) serve(logger *slog.Logger) {
	if err := ln.server.Serve(ln.ln); !errors.Is(err, http.ErrServerClosed) {
		logger.Error("the lake stopped listening", slog.String("address", ln.ln.Addr().String()), slog.Any("error", err))
	}
}

// LakeAddresses are the URLs of the account on each listener, "" where it does not listen.
type LakeAddresses struct {
	Blob string `json:"blob,omitempty"` // both protocols, bare requests as blob
	DFS  string `json:"dfs,omitempty"`  // both protocols, bare requests as dfs
	TLS  string `json:"tls,omitempty"`  // HTTPS
}

// Addresses returns where the account is served, path-style. Before Listen they are the configured ones.
func (l *Lake) Addresses() LakeAddresses {
	a := LakeAddresses{
		Blob: accountURL("http", l.cfg.Listen, l.account),
		DFS:  accountURL("http", l.cfg.DFSListen, l.account),
		TLS:  accountURL("https", l.cfg.TLSListen, l.account),
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, ln := range l.listeners {
		bound := ln.ln.Addr().String()
		switch ln.kind {
		case "listen":
			a.Blob = accountURL("http", bound, l.account)
		case "dfs-listen":
			a.DFS = accountURL("http", bound, l.account)
		case "tls-listen":
			a.TLS = accountURL("https", bound, l.account)
		}
	}
	return a
}

// accountURL is a path-style address of an account. Clients cannot connect to "all addresses", so that is
// written as loopback.
func accountURL(scheme, address, account string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return ""
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return scheme + "://" + net.JoinHostPort(host, port) + "/" + account
}

// endpoint is the dfs endpoint that outside readers use: with TLS where there is some.
func (l *Lake) endpoint() string {
	a := l.Addresses()
	for _, u := range []string{a.TLS, a.DFS, a.Blob} {
		if u != "" {
			return u
		}
	}
	return ""
}

// Listening reports whether this process serves the lake to others.
func (l *Lake) Listening() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.listeners) > 0
}

// ServesAt reports whether an account's address, path-style or host-style, is one at which this lake listens,
// or would listen.
func (l *Lake) ServesAt(endpoint string) bool { return l.serves(endpoint, l.account) }

// serves reports whether an account's endpoint is at one of the lake's listeners.
func (l *Lake) serves(endpoint, account string) bool {
	u, err := url.Parse(endpoint)
	if err != nil {
		return false
	}
	a := l.Addresses()
	for _, own := range []string{a.Blob, a.DFS, a.TLS} {
		o, err := url.Parse(own)
		if err == nil && own != "" && u.Scheme == o.Scheme && u.Port() == o.Port() && isOwnHost(u, o, account) {
			return true
		}
	}
	return false
}

// isOwnHost compares a host, and a path-style address's path, with a listener's of ours. All names of loopback are one.
func isOwnHost(u, own *url.URL, account string) bool {
	host := strings.ToLower(u.Hostname())
	path := strings.Trim(u.Path, "/")
	for _, suffix := range []string{".dfs.localhost", ".blob.localhost"} {
		if host == account+suffix {
			return isLoopback(own.Hostname()) && path == ""
		}
	}
	return path == account && (host == own.Hostname() || isLoopback(host) && isLoopback(own.Hostname()))
}

// isLoopback reports whether a host is this machine's own, by name or address.
func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// RootCAs are the roots by which a client reaches this lake and all others: the system's and our own. It is
// nil, which means the system's, without TLS.
func (l *Lake) RootCAs() *x509.CertPool {
	if l.ca == nil {
		return nil
	}
	return systemAnd(l.ca)
}

// systemAnd are the roots of the system and of a CA.
func systemAnd(ca *localca.CA) *x509.CertPool {
	pool, err := x509.SystemCertPool()
	if err != nil {
		return ca.Pool() // the system has no roots
	}
	pool.AppendCertsFromPEM(ca.PEM())
	return pool
}

// Close stops listening, gives calls under way until ctx ends, and closes the store when the last has ended.
func (l *Lake) Close(ctx context.Context) error {
	l.stopListening(ctx)
	l.handlers.Lock()
	defer l.handlers.Unlock()
	l.closed = true
	var err error
	if m := l.managed.Load(); m != nil {
		err = m.close()
	}
	return errs.Wrap("server.Lake.Close", errors.Join(err, l.store.Close()))
}

func (l *Lake) stopListening(ctx context.Context) {
	l.mu.Lock()
	listeners := l.listeners
	l.listeners = nil
	control := l.control
	l.control = nil
	l.mu.Unlock()
	var stops sync.WaitGroup
	if control != nil {
		stops.Go(func() { control.stop(ctx) })
	}
	for _, ln := range listeners {
		stops.Go(func() { ln.stop(ctx) })
	}
	stops.Wait()
	l.serving.Wait()
}

// stop ends a listener: gently until ctx ends, then by cutting connections, which ends their handlers.
func (ln *lakeListener) stop(ctx context.Context) {
	if ln.server.Shutdown(ctx) != nil {
		_ = ln.server.Close()
	}
	_ = ln.ln.Close() // the server does not know a listener that it never served
}
