// Package tenanttest starts a tenant in the box for tests: a directory in memory, its sign-in service over TLS, and
// whatever else a test mounts beside it.
package tenanttest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/tenant/directory"
	"github.com/ownlake/ownlake/tenant/entra"
	"github.com/ownlake/ownlake/tenant/state"
)

// Password is that of every user that [Tenant.User] makes.
const Password = "Correct-Horse-9"

// Tenant is a tenant that serves on loopback until the test ends.
type Tenant struct {
	Directory *directory.Directory
	State     *state.Store
	Entra     *entra.Service
	Server    *httptest.Server
	Clock     *Clock
	tb        testing.TB
	mux       *http.ServeMux
}

// Clock is the real time, moved by what a test says.
type Clock struct {
	mu     sync.Mutex
	offset time.Duration
}

// Now returns the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.offset) //nolint:forbidigo // clients of other people's have the real time, and ours must agree
}

// Advance moves the time on.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset += d
}

// New starts a tenant with a directory of its own.
func New(tb testing.TB) *Tenant {
	tb.Helper()
	return Start(tb, vfs.NewMem())
}

// Start starts a tenant whose state is on the file system, there from an earlier one or not.
func Start(tb testing.TB, fs vfs.FS) *Tenant {
	tb.Helper()
	tn := &Tenant{Clock: &Clock{}, tb: tb, mux: http.NewServeMux()}
	var err error
	if tn.State, err = state.Open(state.Options{FS: fs, Dir: "/tenant"}); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = tn.State.Close() })
	tn.Directory, err = directory.Open(directory.Options{
		State: tn.State, Clock: tn.Clock.Now, HashCost: directory.HashCost{MemoryKiB: 64, Passes: 1},
	})
	if err != nil {
		tb.Fatal(err)
	}
	tn.Server = httptest.NewTLSServer(tn.mux)
	tb.Cleanup(tn.Server.Close)
	tn.Entra, err = entra.New(entra.Options{Directory: tn.Directory, State: tn.State, BaseURL: tn.Server.URL, Clock: tn.Clock.Now})
	if err != nil {
		tb.Fatal(err)
	}
	tn.mux.Handle("/", tn.Entra)
	return tn
}

// Handle mounts a handler beside the sign-in service.
func (tn *Tenant) Handle(pattern string, h http.Handler) { tn.mux.Handle(pattern, h) }

// ID is the tenant's id.
func (tn *Tenant) ID() string { return tn.Directory.Tenant().ID }

// Client returns a client that trusts the tenant's certificate and follows no redirect.
func (tn *Tenant) Client() *http.Client {
	c := *tn.Server.Client()
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &c
}

// User makes a user NAME@ownlake.local with [Password] and directory roles.
func (tn *Tenant) User(name string, roles ...directory.Role) directory.User {
	tn.tb.Helper()
	u, err := tn.Directory.CreateUser(directory.User{
		UserPrincipalName: name + "@" + directory.DefaultDomain, DisplayName: name, Enabled: true, Roles: roles,
	}, Password)
	if err != nil {
		tn.tb.Fatal(err)
	}
	return u
}

// Application makes an app registration with its service principal, which has directory roles, and a secret.
func (tn *Tenant) Application(name string, roles ...directory.Role) (app directory.Application, sp directory.ServicePrincipal, secret string) {
	tn.tb.Helper()
	app, err := tn.Directory.CreateApplication(directory.Application{DisplayName: name})
	if err == nil {
		sp, err = tn.Directory.CreateServicePrincipal(app.AppID)
	}
	if err == nil {
		sp, err = tn.Directory.UpdateServicePrincipal(app.AppID, func(sp *directory.ServicePrincipal) { sp.Roles = roles })
	}
	if err == nil {
		_, secret, err = tn.Directory.AddSecret(app.ID, "test", time.Time{})
	}
	if err != nil {
		tn.tb.Fatal(err)
	}
	return app, sp, secret
}

// Certificate makes a self-signed certificate and its key: RSA, or else ECDSA.
func (tn *Tenant) Certificate(useRSA bool) (*x509.Certificate, any) {
	tn.tb.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "client"},
		NotBefore: tn.Clock.Now().Add(-time.Hour), NotAfter: tn.Clock.Now().Add(24 * time.Hour),
	}
	var key, public any
	if useRSA {
		k, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			tn.tb.Fatal(err)
		}
		key, public = k, k.Public()
	} else {
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			tn.tb.Fatal(err)
		}
		key, public = k, k.Public()
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, key)
	if err != nil {
		tn.tb.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		tn.tb.Fatal(err)
	}
	return cert, key
}

// Answer is what an endpoint answered, as JSON.
type Answer struct {
	Status int
	Header http.Header
	Body   map[string]any
	Text   string
}

// String returns a text of the body, or "".
func (a Answer) String(name string) string {
	text, _ := a.Body[name].(string)
	return text
}

// AADSTS returns the number of the error, or 0.
func (a Answer) AADSTS() int {
	list, _ := a.Body["error_codes"].([]any)
	if len(list) == 0 {
		return 0
	}
	n, _ := list[0].(float64)
	return int(n)
}

// Post sends a form, given as names and values, to a path below the tenant's address.
func (tn *Tenant) Post(path string, form ...string) Answer {
	tn.tb.Helper()
	values := url.Values{}
	for i := 0; i < len(form); i += 2 {
		values.Add(form[i], form[i+1])
	}
	req, err := http.NewRequestWithContext(tn.tb.Context(), http.MethodPost, tn.Server.URL+path, strings.NewReader(values.Encode()))
	if err != nil {
		tn.tb.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return tn.Do(req)
}

// Get asks for a path below the tenant's address.
func (tn *Tenant) Get(path string) Answer {
	tn.tb.Helper()
	req, err := http.NewRequestWithContext(tn.tb.Context(), http.MethodGet, tn.Server.URL+path, http.NoBody)
	if err != nil {
		tn.tb.Fatal(err)
	}
	return tn.Do(req)
}

// Do sends a request.
func (tn *Tenant) Do(req *http.Request) Answer {
	tn.tb.Helper()
	resp, err := tn.Client().Do(req)
	if err != nil {
		tn.tb.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // it was only read
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		tn.tb.Fatal(err)
	}
	a := Answer{Status: resp.StatusCode, Header: resp.Header, Text: string(text)}
	_ = json.Unmarshal(text, &a.Body) // pages are no JSON
	return a
}

// UserToken signs a user in by password and returns an access token for the scope.
func (tn *Tenant) UserToken(u directory.User, scope string) string {
	tn.tb.Helper()
	return tn.accessToken("client_id", directory.AppAzureCLI, "grant_type", "password", "username", u.UserPrincipalName, "password", Password, "scope", scope)
}

// AppToken signs an application in by its secret and returns an access token for the scope.
func (tn *Tenant) AppToken(appID, secret, scope string) string {
	tn.tb.Helper()
	return tn.accessToken("client_id", appID, "grant_type", "client_credentials", "client_secret", secret, "scope", scope)
}

func (tn *Tenant) accessToken(form ...string) string {
	tn.tb.Helper()
	a := tn.Post("/"+tn.ID()+"/oauth2/v2.0/token", form...)
	if a.Status != http.StatusOK {
		tn.tb.Fatalf("token endpoint: %d %s", a.Status, a.Text)
	}
	return a.String("access_token")
}
