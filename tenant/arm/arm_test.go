package arm_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/lake/localstore"
	"github.com/ownlake/ownlake/tenant/arm"
	"github.com/ownlake/ownlake/tenant/resources"
	"github.com/ownlake/ownlake/tenant/state"
)

// Names of what is there from the start.
const (
	tenantID = "7e4a4700-0000-4000-8000-000000000001"
	subID    = "5ab5c819-0000-4000-8000-000000000001"
	otherSub = "5ab5c819-0000-4000-8000-000000000002"
	ownerID  = access.ObjectID("0123e000-0000-4000-8000-000000000001")
	aliceID  = access.ObjectID("a11ce000-0000-4000-8000-000000000001")
	readers  = access.ObjectID("6e0ad000-0000-4000-8000-000000000001")
	robotID  = access.ObjectID("60b07000-0000-4000-8000-000000000001")
)

// clock is the time of a test.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// people is the directory of the tenant's: everybody that tests speak of, and that alice is in the group of readers.
type people struct{}

var principals = map[access.ObjectID]resources.PrincipalType{
	ownerID: resources.User, aliceID: resources.User, readers: resources.Group, robotID: resources.ServicePrincipal,
}

func (people) Principal(_ context.Context, id access.ObjectID) (resources.PrincipalType, error) {
	kind, ok := principals[access.ObjectID(strings.ToLower(string(id)))]
	if !ok {
		return "", errs.E(errs.NotFound, "there is no such principal")
	}
	return kind, nil
}

func (people) Groups(_ context.Context, id access.ObjectID) ([]access.ObjectID, error) {
	if id == aliceID {
		return []access.ObjectID{readers}, nil
	}
	return nil, nil
}

// lakes are real lakes, in memory.
type lakes struct {
	clock func() time.Time

	mu     sync.Mutex
	open   map[string]*localstore.Store
	needed map[string]bool // accounts that something needs
}

func (l *lakes) Use(_ context.Context, a resources.Account) (_ lake.Service, done func(), err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	done = func() {}
	if s, ok := l.open[a.Name]; ok {
		return s, done, nil
	}
	s, err := localstore.Open(localstore.Options{
		FS: vfs.NewMem(), Dir: "/" + a.Name, Clock: l.clock,
		Account: lake.AccountProperties{Name: a.Name, Region: a.Location, Kind: a.Kind, SKU: a.SKU, HierarchicalNamespace: a.HierarchicalNamespace},
	})
	if err == nil {
		l.open[a.Name] = s
	}
	return s, done, err
}

func (l *lakes) Remove(_ context.Context, a resources.Account) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.needed[a.Name] {
		return errs.E(errs.Conflict, errs.Code("AccountInUse"), "An environment has its data in the account "+a.Name+".")
	}
	s, ok := l.open[a.Name]
	if !ok {
		return nil
	}
	delete(l.open, a.Name)
	return s.Close()
}

func (*lakes) Endpoints(account string) arm.Endpoints {
	return arm.Endpoints{Blob: "http://127.0.0.1:10000/" + account + "/", DFS: "http://127.0.0.1:10004/" + account + "/"}
}

func (l *lakes) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var failures []error
	for _, s := range l.open {
		failures = append(failures, s.Close())
	}
	return errors.Join(failures...)
}

// box is a tenant with one subscription, whose owner is "owner". A token is the name of its caller.
type box struct {
	t         testing.TB
	resources *resources.Resources
	clock     *clock
	lakes     *lakes
	server    *httptest.Server
	callers   map[string]arm.Caller
}

func newBox(tb testing.TB) *box {
	tb.Helper()
	b := &box{t: tb, clock: &clock{now: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)}, callers: map[string]arm.Caller{
		"owner": {Principal: access.Principal{ID: ownerID}, Name: "owner@contoso.example", Kind: resources.User},
		"alice": {Principal: access.Principal{ID: aliceID, Groups: []access.ObjectID{readers}}, Name: "alice@contoso.example", Kind: resources.User},
		"robot": {Principal: access.Principal{ID: robotID}, Name: "robot", Kind: resources.ServicePrincipal},
		"admin": {
			Principal: access.Principal{ID: "ad317000-0000-4000-8000-000000000001"}, Name: "admin@contoso.example", Kind: resources.User,
			GlobalAdministrator: true,
		},
	}}
	b.lakes = &lakes{clock: b.clock.Now, open: map[string]*localstore.Store{}, needed: map[string]bool{}}
	st, err := state.Open(state.Options{FS: vfs.NewMem(), Dir: "/tenant"})
	b.must(err)
	b.resources, err = resources.Open(resources.Options{State: st, Clock: b.clock.Now, Random: &counter{}})
	b.must(err)
	_, err = b.resources.CreateSubscription(subID, "Contoso", ownerID, resources.User)
	b.must(err)
	b.server = httptest.NewTLSServer(arm.New(arm.Options{
		Resources: b.resources, Directory: people{}, Lakes: b.lakes, Clock: b.clock.Now, Authenticate: b.authenticate,
		Tenant: arm.Tenant{ID: tenantID, DisplayName: "Contoso", DefaultDomain: "contoso.example"},
		Cloud:  arm.Cloud{Name: "local", Login: "https://login.example", Graph: "https://graph.example", Manager: "https://arm.example", StorageSuffix: "lake.example"},
	}))
	tb.Cleanup(func() {
		b.server.Close()
		if err := errors.Join(b.lakes.close(), st.Close()); err != nil {
			tb.Errorf("close: %v", err)
		}
	})
	return b
}

func (b *box) authenticate(_ context.Context, token string) (arm.Caller, error) {
	c, ok := b.callers[token]
	if !ok {
		return c, errs.E(errs.Unauthorized, errs.Code("InvalidAuthenticationToken"), "The access token is invalid.")
	}
	return c, nil
}

func (b *box) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// counter is random bytes that are not.
type counter struct{ n byte }

func (c *counter) Read(p []byte) (int, error) {
	for i := range p {
		c.n++
		p[i] = c.n
	}
	return len(p), nil
}

// withAccount makes a resource group "lakes" in West Europe with the account "contoso".
func (b *box) withAccount() *box {
	b.t.Helper()
	_, _, err := b.resources.PutResourceGroup(resources.ResourceGroup{Subscription: subID, Name: "lakes", Location: "westeurope"})
	b.must(err)
	_, err = b.resources.CreateAccount(resources.Account{
		Subscription: subID, ResourceGroup: "lakes", Name: "contoso", Location: "westeurope", Kind: "StorageV2", SKU: "Standard_LRS",
		HierarchicalNamespace: true, Settings: resources.DefaultSettings(),
	})
	b.must(err)
	return b
}

// assign gives a principal a role for a test.
func (b *box) assign(to access.ObjectID, role string, at access.Scope) resources.RoleAssignment {
	b.t.Helper()
	a, _, err := b.resources.PutRoleAssignment(resources.RoleAssignment{
		Name: newGUID(), Scope: at, Principal: to, PrincipalType: principals[to], Role: role, CreatedBy: ownerID,
	})
	b.must(err)
	return a
}

const (
	groupPath   = "/subscriptions/" + subID + "/resourceGroups/lakes"
	accountPath = groupPath + "/providers/Microsoft.Storage/storageAccounts/contoso"
	contaPath   = accountPath + "/blobServices/default/containers/customerinsights"
)

// reply is an answer.
type reply struct {
	status int
	header http.Header
	text   string
	Error  struct{ Code, Message string }
}

// json reads the answer's body.
func (r reply) json(tb testing.TB, into any) {
	tb.Helper()
	if err := json.Unmarshal([]byte(r.text), into); err != nil {
		tb.Fatalf("%v in %s", err, r.text)
	}
}

// do sends a request as somebody. The target has no api-version unless it says so.
func (b *box) do(as, method, target string, body any) reply {
	b.t.Helper()
	if !strings.Contains(target, "api-version=") {
		target += cmp.Or(map[bool]string{true: "&"}[strings.Contains(target, "?")], "?") + "api-version=2024-01-01"
	}
	text := []byte(nil)
	if s, ok := body.(string); ok {
		text = []byte(s)
	} else if body != nil {
		var err error
		text, err = json.Marshal(body)
		b.must(err)
	}
	if !strings.HasPrefix(target, "https://") {
		target = b.server.URL + target
	}
	r, err := http.NewRequestWithContext(b.t.Context(), method, target, bytes.NewReader(text))
	b.must(err)
	if as != "" {
		r.Header.Set("Authorization", "Bearer "+as)
	}
	answer, err := b.server.Client().Do(r)
	b.must(err)
	got, err := io.ReadAll(answer.Body)
	b.must(errors.Join(err, answer.Body.Close()))
	out := reply{status: answer.StatusCode, header: answer.Header, text: string(got)}
	if out.status >= 400 {
		_ = json.Unmarshal(got, &out)
	}
	return out
}

// expect compares an answer with a status and, of an error, its code.
func (b *box) expect(r reply, status int, code string) reply {
	b.t.Helper()
	if r.status != status || r.Error.Code != code {
		b.t.Errorf("answer %d %s, want %d %s: %s", r.status, r.Error.Code, status, code, r.text)
	}
	return r
}

// addPrivateEndpoint gives the account a connection that waits for approval.
func (b *box) addPrivateEndpoint(name string) {
	b.t.Helper()
	_, err := b.resources.UpdateAccount(subID, "lakes", "contoso", func(a *resources.Account) error {
		a.PrivateEndpoints = append(a.PrivateEndpoints, resources.PrivateEndpoint{Name: name, EndpointID: groupPath + "/providers/Microsoft.Network/privateEndpoints/" + name, Status: "Pending"})
		return nil
	})
	b.must(err)
}
