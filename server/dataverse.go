package server

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/adls/bearer"
	"github.com/ownlake/ownlake/dataverse"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/engine/duckdb"
	"github.com/ownlake/ownlake/insights/table"
	"github.com/ownlake/ownlake/internal/localca"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/odata/relation"
	"github.com/ownlake/ownlake/sharing"
	"github.com/ownlake/ownlake/sharing/microsoft"
	"github.com/ownlake/ownlake/tenant/directory"
)

// DefaultDataverseListen is the address of the Dataverse service where nobody says.
const DefaultDataverseListen = "127.0.0.1:10007"

// DataverseConfig says which data folder's organisations to answer for, and where. DataDir and Logger are required. A tenant
// must have been served on the folder.
type DataverseConfig struct {
	DataDir string
	Listen  string // with TLS by the folder's own CA; empty means [DefaultDataverseListen]
	Logger  *slog.Logger
}

// Dataverse stands for the Dataverse service beside a server on the same data folder. It reaches tenant and lake by the network
// alone, as the Dataverse lake service's principal, and reads of the folder that principal's secret, the list of linked organisations and the
// CA. Close it.
type Dataverse struct {
	cfg       DataverseConfig
	account   serviceAccount
	ca        *localca.CA
	options   microsoft.Options
	directory *microsoft.Directory
	engine    *duckdb.Engine
	slots     chan struct{}

	mu        sync.Mutex
	tables    map[string]*dataverse.Tables // by where they lie
	verifiers map[string]*bearer.Verifier  // by organisation
	configs   map[string]*tls.Config       // by host

	server *http.Server
	base   string
	done   chan struct{} // closed when it serves no more
}

// OpenDataverse opens the service without listening: to [Dataverse.Join].
func OpenDataverse(cfg DataverseConfig) (*Dataverse, error) {
	const op errs.Op = "server.OpenDataverse"
	d := &Dataverse{
		cfg: cfg, slots: make(chan struct{}, maxReads), tables: map[string]*dataverse.Tables{}, verifiers: map[string]*bearer.Verifier{}, configs: map[string]*tls.Config{},
	}
	var err error
	if d.account, err = readServiceAccount(cfg.DataDir); err != nil {
		return nil, errs.E(op, err)
	}
	if d.ca, err = OpenCA(cfg.DataDir); err != nil {
		return nil, errs.E(op, err)
	}
	cloud := microsoft.Cloud{
		Name: "ownlake", Login: d.account.Tenant, Graph: d.account.Tenant, Manager: d.account.Tenant, StorageSuffix: "localhost", RootCAs: d.ca.Pool(),
	}
	cred, err := microsoft.SecretCredential(cloud, d.account.TenantID, d.account.ClientID, d.account.Secret)
	if err != nil {
		return nil, errs.E(op, err)
	}
	d.options = microsoft.Options{Cloud: cloud, Credential: cred}
	d.directory = microsoft.NewDirectory(d.options)
	d.engine, err = duckdb.New(duckdb.Options{Dir: filepath.Join(dataverseDir(cfg.DataDir), "engine"), Logger: cfg.Logger})
	return d, errs.Wrap(op, err)
}

// StartDataverse opens the service and serves it. It accepts requests when StartDataverse returns.
func StartDataverse(ctx context.Context, cfg DataverseConfig) (*Dataverse, error) {
	const op errs.Op = "server.StartDataverse"
	d, err := OpenDataverse(cfg)
	if err != nil {
		return nil, errs.E(op, err)
	}
	d.joinAll(ctx)
	return d, errs.Wrap(op, d.serve(ctx))
}

func (d *Dataverse) serve(ctx context.Context) error {
	address := d.cfg.Listen
	if address == "" {
		address = DefaultDataverseListen
	}
	tcp, err := listenTCP(ctx, address)
	if err != nil {
		return err
	}
	d.base = "https://" + tcp.Addr().String()
	handler := dataverse.NewService(dataverse.ServiceOptions{
		Links: d.links, Verify: d.verify, Groups: d.directory.Groups, Tables: d.tablesOf, Authority: d.account.Tenant + "/" + d.account.TenantID,
		Clock: time.Now, Logger: d.cfg.Logger,
	})
	bound := newConnections(maxConnections)
	listener := bound.listener(tls.NewListener(tcp, &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}, GetCertificate: d.certificate,
	}))
	d.server = &http.Server{
		Handler: handler, ConnState: bound.observe, ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: stallTimeout, WriteTimeout: stallTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes, ErrorLog: slog.NewLogLogger(d.cfg.Logger.Handler(), slog.LevelDebug),
	}
	d.done = make(chan struct{})
	go func() {
		defer close(d.done)
		if err := d.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			d.cfg.Logger.ErrorContext(ctx, "Dataverse stopped listening", "error", err)
		}
	}()
	return nil
}

// certificate is one for this machine and, where the caller asks for the host of an organisation that is linked, for that.
func (d *Dataverse) certificate(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
	name := strings.ToLower(h.ServerName)
	links, err := d.links()
	if err != nil {
		return nil, err
	}
	isLinked := false
	for _, l := range links {
		u, err := url.Parse(l.Organization.URL)
		isLinked = isLinked || err == nil && u.Hostname() == name
	}
	names := loopbackNames
	if isLinked {
		names = append([]string{name}, loopbackNames...)
	} else {
		name = ""
	}
	d.mu.Lock()
	c, ok := d.configs[name]
	if !ok {
		c = d.ca.TLSConfig(names)
		d.configs[name] = c
	}
	d.mu.Unlock()
	return c.GetCertificate(h)
}

// URL is where the service is, once it is served.
func (d *Dataverse) URL() string { return d.base }

// Close stops listening, and gives requests under way until ctx ends.
func (d *Dataverse) Close(ctx context.Context) error {
	if d.server == nil {
		return nil
	}
	if d.server.Shutdown(ctx) != nil {
		_ = d.server.Close()
	}
	<-d.done
	return nil
}

func (d *Dataverse) links() ([]insights.DataverseLink, error) {
	return dataverse.Registered(vfs.Default, dataverseDir(d.cfg.DataDir))
}

// verify tells who a token of the tenant is from that was made for the organisation and for nothing else. (A [bearer.Verifier]
// takes those for storage as well, which are not for here.)
func (d *Dataverse) verify(ctx context.Context, token, organization string) (access.ObjectID, error) {
	verifier, err := d.verifier(organization)
	if err != nil {
		return "", err
	}
	id, err := verifier.Verify(ctx, token)
	if err != nil {
		return "", err
	}
	var claims struct {
		Audience string `json:"aud"`
	}
	parts := strings.Split(token, ".")
	payload, err := base64.RawURLEncoding.DecodeString(parts[min(1, len(parts)-1)])
	if err != nil || json.Unmarshal(payload, &claims) != nil || !strings.EqualFold(strings.TrimSuffix(claims.Audience, "/"), organization) {
		return "", errs.E(errs.Unauthorized, "the token is for another resource")
	}
	return id.Principal.ID, nil
}

func (d *Dataverse) verifier(organization string) (*bearer.Verifier, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if v, ok := d.verifiers[organization]; ok {
		return v, nil
	}
	authority := d.account.Tenant + "/" + d.account.TenantID
	v, err := bearer.New(bearer.Options{Clock: time.Now, Logger: d.cfg.Logger, Issuers: []bearer.Issuer{{
		URL: authority + "/v2.0", Aliases: []string{authority + "/"}, Tenant: d.account.TenantID, Audiences: []string{organization}, RootCAs: d.ca.Pool(),
	}}})
	if err == nil {
		d.verifiers[organization] = v
	}
	return v, err
}

// tablesOf are the tables of a link's environment.
func (d *Dataverse) tablesOf(_ context.Context, link insights.DataverseLink) (relation.Tables, error) {
	endpoint := link.Endpoint
	if !strings.HasPrefix(endpoint, "https://") {
		endpoint = d.account.Lake + "/" + link.Account // tokens do not go over plain HTTP
	}
	at := endpoint + "/" + string(link.Environment)
	d.mu.Lock()
	defer d.mu.Unlock()
	if t, ok := d.tables[at]; ok {
		return t, nil
	}
	l, err := microsoft.NewLake(d.options, endpoint, string(insights.Container))
	if err != nil {
		return nil, err
	}
	store := readingLake{lake: l}
	t := &dataverse.Tables{Store: store, Engine: d.engine, Slots: d.slots, Folder: table.NewFolder(table.Options{
		Store: store, Environment: insights.Environment{ID: link.Environment}, Clock: time.Now, Logger: d.cfg.Logger,
		StagingDir: filepath.Join(dataverseDir(d.cfg.DataDir), "staging", string(link.Environment)),
	})}
	d.tables[at] = t
	return t, nil
}

// readingLake is a lake that can only be read: there is no other call in it.
type readingLake struct {
	lake.Store // nil: reading tables takes Read alone
	lake       *microsoft.Lake
}

// Read implements [lake.Store].
func (r readingLake) Read(ctx context.Context, _ lake.Filesystem, p lake.Path, o lake.ReadOptions) (lake.Content, error) {
	return r.lake.Read(ctx, p, o)
}

// joinAll lets Dataverse itself into the reader groups of all links, and Customer Insights into the contributor groups, as the
// owner of both (reference BYOL, section 1). What fails is logged: the service answers for the links that it can.
func (d *Dataverse) joinAll(ctx context.Context) {
	links, err := d.links()
	if err != nil {
		d.cfg.Logger.ErrorContext(ctx, "the linked organisations cannot be read", "error", err)
		return
	}
	for _, l := range links {
		if !l.DataSharing {
			continue
		}
		identifier, err := sharing.ParseIdentifier(l.PermissionsIdentifier)
		if err == nil {
			err = d.join(ctx, identifier.Reader, directory.AppDataverse)
		}
		if err == nil {
			err = d.join(ctx, identifier.Contributor, directory.AppCustomerInsights)
		}
		if err != nil {
			d.cfg.Logger.WarnContext(ctx, "an app could not be joined to its group", "organization", l.Organization.URL, "error", err)
		}
	}
}

// Join lets an app or a person, named as [microsoft.Directory.Principal] takes it, into the reader groups of an organisation, or of all
// for "". It returns how many there are.
func (d *Dataverse) Join(ctx context.Context, principal, organization string) (int, error) {
	const op errs.Op = "server.Dataverse.Join"
	links, err := d.links()
	if err != nil {
		return 0, errs.E(op, err)
	}
	joined := 0
	for _, l := range links {
		u, err := url.Parse(l.Organization.URL)
		if !l.DataSharing || err != nil || organization != "" && organization != l.Organization.URL && organization != u.Host {
			continue
		}
		identifier, err := sharing.ParseIdentifier(l.PermissionsIdentifier)
		if err == nil {
			err = d.join(ctx, identifier.Reader, principal)
		}
		if err != nil {
			return joined, errs.E(op, err)
		}
		joined++
	}
	if joined == 0 {
		return 0, errs.E(op, errs.NotFound, errs.Item(organization), "no such organization is linked and shares data", errs.Hint("ownlake env dataverse list shows those that are linked"))
	}
	return joined, nil
}

func (d *Dataverse) join(ctx context.Context, group access.ObjectID, principal string) error {
	p, err := d.directory.Principal(ctx, principal)
	if err != nil {
		return err
	}
	if err := d.directory.AddMember(ctx, group, p.ID); err != nil && !errs.Is(err, errs.Exists) {
		return err
	}
	return nil
}
