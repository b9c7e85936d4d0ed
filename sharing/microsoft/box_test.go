package microsoft_test

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/adls"
	"github.com/ownlake/ownlake/adls/bearer"
	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/lake/localstore"
	"github.com/ownlake/ownlake/sharing/microsoft"
	"github.com/ownlake/ownlake/tenant/arm"
	"github.com/ownlake/ownlake/tenant/directory"
	"github.com/ownlake/ownlake/tenant/entra"
	"github.com/ownlake/ownlake/tenant/graph"
	"github.com/ownlake/ownlake/tenant/resources"
	"github.com/ownlake/ownlake/tenant/tenanttest"
)

const (
	subscription = "7d4c1c2e-9d0f-4d2e-8f60-1f5b7a3c9e10"
	accountName  = "contoso"
)

var accountScope = access.Subscription(subscription).ResourceGroup("lakes").Account(accountName)

// box is a tenant in the box: sign-in, Graph, Resource Manager and the lake of one account, at one address. The account
// belongs to the user admin, who is the Global Administrator as well.
type box struct {
	*tenanttest.Tenant
	t         testing.TB
	resources *resources.Resources
	store     *localstore.Store
	admin     directory.User
	waits     []time.Duration // that calls made, which wait for nothing

	mu       sync.Mutex
	faults   []fault
	requests []string
	changes  int // requests that change something
	// cut, if not nil, is called after the change of that number, whose answer is then lost.
	cut   func()
	cutAt int
}

// fault answers a request in the service's place, if it is the one that it is for. It is used up then.
type fault struct {
	method, part string // of the address
	answer       func(w http.ResponseWriter, r *http.Request, real http.Handler)
}

func newBox(tb testing.TB) *box {
	tb.Helper()
	b := &box{Tenant: tenanttest.New(tb), t: tb}
	b.serveGraph()
	b.admin = b.User("admin", directory.GlobalAdministrator)
	var err error
	b.resources, err = resources.Open(resources.Options{State: b.State, Clock: b.Clock.Now, Random: rand.Reader})
	b.must(err)
	_, err = b.resources.CreateSubscription(subscription, "Contoso", b.admin.ID, resources.User)
	b.must(err)
	_, _, err = b.resources.PutResourceGroup(resources.ResourceGroup{Subscription: subscription, Name: "lakes", Location: "westeurope"})
	b.must(err)
	_, err = b.resources.CreateAccount(resources.Account{
		Subscription: subscription, ResourceGroup: "lakes", Name: accountName, Location: "westeurope", Kind: "StorageV2", SKU: "Standard_LRS",
		HierarchicalNamespace: true, Settings: resources.DefaultSettings(),
	})
	b.must(err)
	b.serveManager()
	b.serveLake()
	real := b.Server.Config.Handler
	b.Server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { b.front(w, r, real) })
	return b
}

func (b *box) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *box) serveGraph() {
	b.Handle("/v1.0/", graph.New(graph.Options{
		Directory: b.Directory, BaseURL: b.Server.URL, Clock: b.Clock.Now,
		Verify: func(ctx context.Context, token string) (entra.Caller, error) {
			return b.Entra.Verify(ctx, token, entra.GraphAudience)
		},
	}))
}

func (b *box) serveManager() {
	h := arm.New(arm.Options{
		Resources: b.resources, Authenticate: arm.Authenticator(b.Entra), Directory: arm.DirectoryOf(b.Directory), Lakes: b, Clock: b.Clock.Now,
		Tenant: arm.Tenant{ID: b.ID(), DisplayName: "Contoso", DefaultDomain: directory.DefaultDomain},
		Cloud:  arm.Cloud{Name: "local", Login: b.Server.URL, Graph: b.Server.URL, Manager: b.Server.URL, StorageSuffix: "localhost"},
	})
	for _, prefix := range arm.Prefixes {
		b.Handle(prefix, h)
	}
}

func (b *box) serveLake() {
	var err error
	b.store, err = localstore.Open(localstore.Options{
		FS: vfs.NewMem(), Dir: "/lake", Clock: b.Clock.Now, Account: lake.AccountProperties{Name: accountName, HierarchicalNamespace: true},
	})
	b.must(err)
	b.t.Cleanup(func() {
		if err := b.store.Close(); err != nil {
			b.t.Error(err)
		}
	})
	tokens, err := bearer.New(bearer.Options{
		Account: accountName, Clock: b.Clock.Now,
		Issuers: []bearer.Issuer{{URL: b.Entra.Issuer(), Aliases: []string{b.Entra.IssuerV1()}, Tenant: b.ID(), RootCAs: b.roots()}},
		GroupsOf: func(_ context.Context, _ string, id access.ObjectID) ([]access.ObjectID, error) {
			return b.Directory.GroupsOf(id), nil
		},
	})
	b.must(err)
	b.Handle("/"+accountName+"/", adls.New(adls.Options{
		Store: b.store, Account: accountName, Rules: b.resources.ForLake(accountName), Tokens: tokens, Roles: roles{b}, Scope: accountScope, Clock: b.Clock.Now,
		Default: wire.DFS,
	}))
}

// roles are those of the tenant, as the lake asks for them.
type roles struct{ *box }

func (r roles) Assignments(ctx context.Context, p access.Principal) ([]access.RoleAssignment, error) {
	return r.resources.ForLake(accountName).Assignments(ctx, p)
}

func (r roles) Groups(_ context.Context, id access.ObjectID) ([]access.ObjectID, error) {
	return r.Directory.GroupsOf(id), nil
}

func (b *box) Use(context.Context, resources.Account) (lake.Service, func(), error) {
	return b.store, func() {}, nil
}

func (*box) Remove(context.Context, resources.Account) error {
	return errs.E(errs.Conflict, "the account stays")
}

func (b *box) Endpoints(account string) arm.Endpoints {
	return arm.Endpoints{Blob: b.Server.URL + "/" + account + "/", DFS: b.Server.URL + "/" + account + "/"}
}

func (b *box) roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(b.Server.Certificate())
	return pool
}

// front lets a fault answer, or else the box.
func (b *box) front(w http.ResponseWriter, r *http.Request, real http.Handler) {
	b.mu.Lock()
	b.requests = append(b.requests, r.Method+" "+r.URL.Path)
	cut := false
	if r.Method != http.MethodGet && r.Method != http.MethodHead && !strings.Contains(r.URL.Path, "/oauth2/") {
		b.changes++
		cut = b.cut != nil && b.changes == b.cutAt
	}
	var hit *fault
	for i, f := range b.faults {
		if r.Method == f.method && strings.Contains(r.URL.String(), f.part) {
			hit = &f
			b.faults = slices.Delete(b.faults, i, i+1)
			break
		}
	}
	b.mu.Unlock()
	if cut {
		real.ServeHTTP(nowhere{http.Header{}}, r)
		b.cut()
		panic(http.ErrAbortHandler)
	}
	if hit != nil {
		hit.answer(w, r, real)
		return
	}
	real.ServeHTTP(w, r)
}

// fail answers the next requests of a method whose address has a part.
func (b *box) fail(times int, method, part string, answer func(w http.ResponseWriter, r *http.Request, real http.Handler)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for range times {
		b.faults = append(b.faults, fault{method, part, answer})
	}
}

// unused fails the test if a fault was not met.
func (b *box) unused() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.faults) > 0 {
		b.t.Errorf("%d faults were not met", len(b.faults))
	}
}

// mend takes back the faults that are left.
func (b *box) mend() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = nil
}

// made counts the requests of a method whose path ends in a part.
func (b *box) made(method, suffix string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for _, r := range b.requests {
		if strings.HasPrefix(r, method+" ") && strings.HasSuffix(r, suffix) {
			n++
		}
	}
	return n
}

// says answers with a status and an error in the form that all three services have.
func says(status int, code, message string) func(http.ResponseWriter, *http.Request, http.Handler) {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Retry-After-Ms", "1") // which Microsoft's clients prefer to Retry-After
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]string{"code": code, "message": message}})
	}
}

// dies ends the connection in the middle of a body.
func dies(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
	w.Header().Set("Content-Length", "1000")
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write([]byte(`{"value":[{"id":`))
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// loses does what was asked, and ends the connection before the answer.
func loses(_ http.ResponseWriter, r *http.Request, real http.Handler) {
	real.ServeHTTP(nowhere{http.Header{}}, r)
	panic(http.ErrAbortHandler)
}

type nowhere struct{ header http.Header }

func (n nowhere) Header() http.Header         { return n.header }
func (n nowhere) Write(b []byte) (int, error) { return len(b), nil }
func (nowhere) WriteHeader(int)               {}

func (b *box) cloud() microsoft.Cloud {
	return microsoft.Cloud{Name: "local", Login: b.Server.URL, Graph: b.Server.URL, Manager: b.Server.URL, StorageSuffix: "localhost", RootCAs: b.roots()}
}

// options are those of somebody, who signs in by environment variables.
func (b *box) options(environment map[string]string) microsoft.Options {
	b.t.Helper()
	cred, err := microsoft.EnvironmentCredential(b.cloud(), microsoft.Environment{Getenv: func(name string) string { return environment[name] }})
	b.must(err)
	return b.optionsOf(cred)
}

func (b *box) optionsOf(cred azcore.TokenCredential) microsoft.Options {
	return microsoft.Options{
		Cloud: b.cloud(), Credential: cred, Retry: policy.RetryOptions{MaxRetries: 3, RetryDelay: time.Microsecond},
		Wait: func(ctx context.Context, d time.Duration) error {
			b.waits = append(b.waits, d)
			return ctx.Err()
		},
	}
}

func (b *box) user(u directory.User) microsoft.Options {
	b.t.Helper()
	return b.options(map[string]string{"AZURE_TENANT_ID": b.ID(), "AZURE_USERNAME": u.UserPrincipalName, "AZURE_PASSWORD": tenanttest.Password})
}

func (b *box) application(name string, roles ...directory.Role) (directory.ServicePrincipal, microsoft.Options) {
	b.t.Helper()
	app, sp, secret := b.Application(name, roles...)
	return sp, b.options(map[string]string{"AZURE_TENANT_ID": b.ID(), "AZURE_CLIENT_ID": app.AppID, "AZURE_CLIENT_SECRET": secret})
}

// group makes a group without owners and members.
func (b *box) group(name string) access.ObjectID {
	b.t.Helper()
	g, err := b.Directory.CreateGroup(directory.Group{DisplayName: name, MailNickname: "n", SecurityEnabled: true}, nil, nil)
	b.must(err)
	return g.ID
}

// is fails the test unless an error has a kind and, if one is given, a code.
func is(t *testing.T, err error, kind errs.Kind, code errs.Code) {
	t.Helper()
	if !errs.Is(err, kind) || code != "" && errs.CodeOf(err) != code {
		t.Errorf("error %v of kind %v with code %q, want kind %v with code %q", err, errs.KindOf(err), errs.CodeOf(err), kind, code)
	}
	if err != nil && (strings.Contains(err.Error(), "eyJ") || strings.Contains(err.Error(), "\n")) {
		t.Errorf("the error repeats a token or a whole answer: %v", err)
	}
}
