package catalog_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/catalog"
	"github.com/ownlake/ownlake/lake"
)

const (
	contosoID = "/subscriptions/7d4c1c2e-9d0f-4d2e-8f60-1f5b7a3c9e10/resourceGroups/lakes/providers/Microsoft.Storage/storageAccounts/contoso"
	adaID     = "a1000000-0000-4000-8000-000000000001"
	appID     = "a2000000-0000-4000-8000-000000000002"
)

// tenant is who can sign in to the cloud, and what each may. Nil functions allow.
type tenant struct {
	cloud *cloud
	facts insights.StorageAccount
	// signIn refuses to sign somebody in, resource to let him see the account, call one of his calls at the account.
	signIn, resource func(who string) error
	call             func(who, call string) error
	secret           string // that the principal signs in by
}

func newTenant(c *cloud) *tenant {
	return &tenant{cloud: c, secret: "s3cret", facts: insights.StorageAccount{
		ResourceID: contosoID, Name: "contoso", Region: "westeurope", Kind: "StorageV2", SKU: "Standard_LRS", HierarchicalNamespace: true,
		Endpoint: contoso, KeyAccess: true,
	}}
}

const (
	thePerson    = "person"
	thePrincipal = "principal"
)

// caller is somebody, as the catalog sees him.
type caller struct {
	*tenant
	who    string
	secret string
}

func (c caller) Identity(context.Context) (insights.Identity, error) {
	if c.signIn != nil {
		if err := c.signIn(c.who); err != nil {
			return insights.Identity{}, err
		}
	}
	if c.who == thePerson {
		return insights.Identity{ID: adaID, Name: "ada@contoso.example"}, nil
	}
	if c.secret != c.tenant.secret {
		return insights.Identity{}, errs.E(errs.Unauthorized, "the secret is wrong", errs.Hint("give the secret's value"))
	}
	return insights.Identity{ID: appID, ClientID: "app", IsApp: true}, nil
}

func (c caller) StorageAccount(context.Context, access.Scope) (insights.StorageAccount, error) {
	if c.resource != nil {
		if err := c.resource(c.who); err != nil {
			return insights.StorageAccount{}, err
		}
	}
	return c.facts, nil
}

func (c caller) Lake(_ context.Context, endpoint, _ string) (lake.Store, error) {
	c.cloud.mu.Lock()
	defer c.cloud.mu.Unlock()
	c.cloud.open++
	return &reachedAs{reached{cloud: c.cloud, endpoint: endpoint, may: func(call string) error {
		if c.call == nil {
			return nil
		}
		return c.call(c.who, call)
	}}}, nil
}

// reachedAs is an account as a principal reaches it, which it does not describe itself to.
type reachedAs struct{ reached }

func (r *reachedAs) Account(context.Context) (lake.AccountProperties, error) {
	return lake.AccountProperties{Name: "contoso"}, nil
}

func (r *reachedAs) Hierarchical(context.Context, lake.Filesystem) (bool, error) {
	if _, err := r.ask("Hierarchical"); err != nil {
		return false, err
	}
	return r.cloud.accounts[r.endpoint].props.HierarchicalNamespace, nil
}

func (r *reachedAs) UserDelegationKey(context.Context, time.Time) error {
	_, err := r.ask("UserDelegationKey")
	return err
}

// as makes a server whose people and principals are the tenant's.
func (s *server) as(tn *tenant) *server {
	s.options = func(o *catalog.Options) {
		byKey := o.Connect
		o.Principal = func(_ context.Context, c catalog.Connection) (catalog.Caller, error) {
			return caller{tn, thePrincipal, c.ClientSecret.Reveal()}, nil
		}
		o.SignedIn = func(_ context.Context, id insights.SignInID) (catalog.Caller, error) {
			if id != "ada" {
				return nil, errs.E(errs.NotFound, "there is no such sign-in")
			}
			return caller{tn, thePerson, ""}, nil
		}
		o.Connect = func(ctx context.Context, c catalog.Connection) (lake.Store, error) {
			if c.Credential == insights.AccountKey {
				return byKey(ctx, c)
			}
			p := caller{tn, thePrincipal, c.ClientSecret.Reveal()}
			if _, err := p.Identity(ctx); err != nil {
				return nil, err
			}
			return p.Lake(ctx, c.Endpoint, c.Account)
		}
	}
	return s
}

func principalRequest(name string) insights.EnvironmentRequest {
	return insights.EnvironmentRequest{
		Name: name, Region: "westeurope",
		Storage: insights.DataStorage{
			Kind: insights.OwnStorage, ResourceID: contosoID, Credential: insights.ServicePrincipal,
			Principal: insights.AccountPrincipal{Tenant: "t", ClientID: "app"},
		},
		Credentials: insights.Credentials{ClientSecret: insights.NewSecret("s3cret"), SignIn: "ada"},
	}
}

func TestRightsOfThePersonAndOfThePrincipalAreAskedApart(t *testing.T) {
	t.Parallel()
	tn := newTenant(newCloud(t))
	c := newServer(t, tn.cloud).as(tn).open(t)
	lines, err := c.Check(t.Context(), principalRequest("Contoso"))
	if err != nil {
		t.Fatal(err)
	}
	const want = `you: signed in: passed: ada@contoso.example, object id a1000000-0000-4000-8000-000000000001
you: Azure resource: passed: contoso, StorageV2, Standard_LRS
address: passed: https://contoso.dfs.core.windows.net
credential: passed: client secret of the application app
service principal: signed in: passed: application app, object id a2000000-0000-4000-8000-000000000002
account reachable: passed: contoso, all networks may reach it
hierarchical namespace: passed: on
region: passed: West Europe
container customerinsights: passed: exists
service principal: write access: passed: a probe file was written and deleted again
service principal: read access: passed: the probe file was read back
service principal: user delegation key: passed: given
you: data access: passed: a probe file was written, read back and deleted again
`
	if diff := cmp.Diff(want, outcomes(lines)); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	if left := files(t, tn.cloud.accounts[contoso].store); left != "" {
		t.Errorf("the check left %s", left)
	}
}

// refuse is the error of a call that needs a role, of the calls with a prefix that somebody makes.
func refuse(who, prefix string) func(who, call string) error {
	return func(w, call string) error {
		if w == who && strings.HasPrefix(call, prefix) {
			return errs.E(errs.Permission, errs.Code("AuthorizationPermissionMismatch"), "may not "+call[:min(len(call), 8)])
		}
		return nil
	}
}

func only(who string, err error) func(string) error {
	return func(w string) error {
		if w == who {
			return err
		}
		return nil
	}
}

func TestWhatIsMissingSaysRoleScopeCommandAndWhoMayRunIt(t *testing.T) {
	t.Parallel()
	network := errs.E(errs.Permission, errs.Code("AuthorizationFailure"), "not authorized")
	fromNowhere := func(string, string) error { return network }
	for name, tt := range map[string]struct {
		change func(*tenant, *insights.EnvironmentRequest)
		want   []string // parts of lines
		grant  *insights.Grant
	}{
		"nobody is signed in": {func(_ *tenant, q *insights.EnvironmentRequest) { q.SignIn, q.Region = "", "eastus" }, []string{
			"you: signed in: unknown: nobody is signed in", "you: Azure resource: unknown", "region: failed: the account is in West Europe", "you: data access: unknown",
		}, nil},
		"the sign-in ended": {func(_ *tenant, q *insights.EnvironmentRequest) { q.SignIn = "grace" }, []string{
			"you: signed in: failed: there is no such sign-in", "mend: You: sign in again", "service principal: write access: passed", "you: data access: skipped",
		}, nil},
		"the person may not see the resource": {func(tn *tenant, _ *insights.EnvironmentRequest) {
			tn.resource = only(thePerson, errs.E(errs.Permission, "AuthorizationFailed"))
		}, []string{"you: Azure resource: failed: you may not read the storage account", "service principal: write access: passed", "you: data access: passed"}, &insights.Grant{
			Role: "Reader", RoleID: "acdd72a7-3385-48ef-bd42-f606fba81ae7", Scope: contosoID, To: adaID,
			Command: `az role assignment create --assignee-object-id ` + adaID + ` --assignee-principal-type User --role "Reader" --scope "` + contosoID + `"`,
			By:      "An Owner, User Access Administrator or Role Based Access Control Administrator of " + contosoID,
		}},
		"nobody can tell where the account is": {func(tn *tenant, q *insights.EnvironmentRequest) {
			tn.resource = func(string) error { return errs.E(errs.NotFound, "no such account") }
			q.Cloud.Manager = "https://127.0.0.1:1"
		}, []string{"you: Azure resource: failed: no such account", "letter by letter", "address: failed: nobody could ask Resource Manager", "service principal: signed in: passed"}, nil},
		"the resource is another account's": {func(_ *tenant, q *insights.EnvironmentRequest) { q.Storage.Account = "fabrikam" }, []string{
			"address: failed: the resource id is of the account contoso, not of fabrikam",
		}, nil},
		"no secret": {func(_ *tenant, q *insights.EnvironmentRequest) { q.ClientSecret = insights.Secret{} }, []string{
			"credential: failed: no client secret was given", "--client-secret-file", "you: Azure resource: passed", "you: data access: passed",
		}, nil},
		"no certificate": {func(_ *tenant, q *insights.EnvironmentRequest) {
			q.Storage.Principal.Method = insights.ClientCertificate
		}, []string{
			"credential: failed: no certificate was given",
		}, nil},
		"wrong secret": {func(_ *tenant, q *insights.EnvironmentRequest) { q.ClientSecret = insights.NewSecret("x") }, []string{
			"service principal: signed in: failed: the secret is wrong", "mend: You: give the secret's value", "account reachable: skipped", "you: data access: passed",
		}, nil},
		"no https": {func(tn *tenant, _ *insights.EnvironmentRequest) { tn.facts.Endpoint = "http://127.0.0.1:1/contoso" }, []string{
			"address: failed: http://127.0.0.1:1/contoso: tokens are sent over https only",
		}, nil},
		"firewall": {func(tn *tenant, _ *insights.EnvironmentRequest) {
			tn.facts.Network = insights.AccountNetwork{Denies: true, Addresses: []string{"203.0.113.7"}, VirtualNetworks: 2, PrivateEndpoints: 1}
			tn.call = fromNowhere
		}, []string{
			"account reachable: failed: contoso keeps this machine out by its network rules: the firewall lets in 203.0.113.7 and 2 virtual networks, 1 private endpoint leads to it",
			"this is no missing role", "az storage account network-rule add --account-name contoso", "you: data access: failed: not authorized",
		}, nil},
		"private endpoints alone": {func(tn *tenant, _ *insights.EnvironmentRequest) {
			tn.facts.Network = insights.AccountNetwork{Closed: true, PrivateEndpoints: 3}
			tn.call = func(string, string) error { return errs.E(errs.Unavailable, "connection timed out") }
		}, []string{"account reachable: failed: contoso keeps this machine out by its network rules: public network access is disabled, 3 private endpoints lead to it", "--public-network-access Enabled"}, nil},
		"the tokens of another tenant": {func(tn *tenant, _ *insights.EnvironmentRequest) {
			tn.call = func(string, string) error { return errs.E(errs.Unauthorized, "issuer") }
		}, []string{"account reachable: failed: contoso does not take the principal's token", "of the tenant that the account's subscription belongs to"}, nil},
		"flat namespace": {func(tn *tenant, _ *insights.EnvironmentRequest) { tn.facts.HierarchicalNamespace = false }, []string{"hierarchical namespace: failed"}, nil},
		"flat namespace that only the account tells": {func(tn *tenant, q *insights.EnvironmentRequest) {
			q.Storage.ResourceID, q.Storage.Account = "", "contoso"
			tn.cloud.accounts[contoso].props.HierarchicalNamespace = false
		}, []string{"hierarchical namespace: failed", "region: unknown: nobody could ask Resource Manager"}, nil},
		"the principal may not see the container": {func(tn *tenant, _ *insights.EnvironmentRequest) { tn.call = refuse(thePrincipal, "Filesystem") }, []string{
			"container customerinsights: failed: the service principal may not see the container", "service principal: write access: skipped", "you: data access: passed",
		}, dataRole(appID, "ServicePrincipal")},
		"the principal may not write": {func(tn *tenant, _ *insights.EnvironmentRequest) { tn.call = refuse(thePrincipal, "PutBlob") }, []string{
			"service principal: write access: failed: the service principal may not write", "service principal: read access: skipped", "service principal: user delegation key: passed",
		}, dataRole(appID, "ServicePrincipal")},
		"the principal may not read": {func(tn *tenant, _ *insights.EnvironmentRequest) { tn.call = refuse(thePrincipal, "Read ownlake") }, []string{
			"service principal: write access: passed", "service principal: read access: failed: the service principal may not read",
		}, dataRole(appID, "ServicePrincipal")},
		"the principal gets no delegation key": {func(tn *tenant, _ *insights.EnvironmentRequest) { tn.call = refuse(thePrincipal, "UserDelegationKey") }, []string{
			"service principal: user delegation key: failed", "(a new role takes effect within 10 minutes)",
		}, &insights.Grant{
			Role: "Storage Blob Delegator", RoleID: "db58b8e5-c6ad-4a2a-8342-4190687cbf4a", Scope: contosoID, To: appID,
			Command: `az role assignment create --assignee-object-id ` + appID + ` --assignee-principal-type ServicePrincipal --role "Storage Blob Delegator" --scope "` + contosoID + `"`,
			By:      "An Owner, User Access Administrator or Role Based Access Control Administrator of " + contosoID,
		}},
		"the person may not write": {func(tn *tenant, _ *insights.EnvironmentRequest) { tn.call = refuse(thePerson, "PutBlob") }, []string{
			"service principal: write access: passed", "you: data access: failed: you may not write and read data",
		}, dataRole(adaID, "User")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tn, q := newTenant(newCloud(t)), principalRequest("Contoso")
			tt.change(tn, &q)
			s := newServer(t, tn.cloud).as(tn)
			c := s.open(t)
			_, lines, err := c.Create(t.Context(), q)
			if !errs.Is(err, errs.Precondition) {
				t.Errorf("Create: %v, want kind precondition", err)
			}
			got := outcomes(lines)
			for _, part := range tt.want {
				if !strings.Contains(got, part) {
					t.Errorf("lines are\n%swant %q", got, part)
				}
			}
			var grants []*insights.Grant
			for _, l := range lines {
				if l.Grant != nil {
					grants = append(grants, l.Grant)
				}
			}
			var want []*insights.Grant
			if tt.grant != nil {
				want = append(want, tt.grant)
			}
			if diff := cmp.Diff(want, grants); diff != "" {
				t.Errorf("grants (-want +got):\n%s", diff)
			}
			tn.call = nil
			if left := files(t, tn.cloud.accounts[contoso].store); left != "" {
				t.Errorf("left in the account: %s", left)
			}
			if err := c.Close(); err != nil || tn.cloud.open != 0 {
				t.Errorf("%d accounts are still open (%v)", tn.cloud.open, err)
			}
		})
	}
}

// dataRole is the grant of Storage Blob Data Contributor of the container.
func dataRole(to access.ObjectID, kind string) *insights.Grant {
	const container = contosoID + "/blobServices/default/containers/customerinsights"
	return &insights.Grant{
		Role: "Storage Blob Data Contributor", RoleID: "ba92f5b4-2d11-453d-a403-e96b0029c9fe", Scope: container, To: string(to),
		Command: fmt.Sprintf(`az role assignment create --assignee-object-id %s --assignee-principal-type %s --role "Storage Blob Data Contributor" --scope %q`, to, kind, container),
		By:      "An Owner, User Access Administrator or Role Based Access Control Administrator of " + container,
	}
}

func TestSecretsOfAPrincipalAreSealedAndSurviveARestart(t *testing.T) {
	t.Parallel()
	tn := newTenant(newCloud(t))
	s := newServer(t, tn.cloud).as(tn)
	q := principalRequest("Contoso")
	q.Cloud = insights.Cloud{Manager: "https://127.0.0.1:1", CA: "certificates"}
	env := create(t, s.open(t), q)
	if env.Storage.ResourceID != contosoID || env.Storage.Principal.ClientID != "app" || env.Storage.Credential != insights.ServicePrincipal {
		t.Errorf("the environment says %+v", env.Storage)
	}
	edit(t, s.fs, "state/connections.json", func(data []byte) []byte {
		if strings.Contains(string(data), "s3cret") || !strings.Contains(string(data), `"clientId": "app"`) {
			t.Errorf("the connection is kept as %s", data)
		}
		return data
	})
	c := s.open(t)
	if _, err := c.Store(t.Context(), env); err != nil {
		t.Errorf("after a restart: %v", err)
	}
	if got := names(t, c); got != "Contoso" {
		t.Errorf("environments are %q", got)
	}
	if text := contents(t, tn.cloud.accounts[contoso].store) + s.log.String() + mustJSON(t, env); strings.Contains(text, "s3cret") {
		t.Error("the secret is shown")
	}
}

func TestTheWayToAnAccountChangesAndTheFormerStaysWhereTheNewFails(t *testing.T) {
	t.Parallel()
	tn := newTenant(newCloud(t))
	s := newServer(t, tn.cloud).as(tn)
	c := s.open(t)
	env := create(t, c, ownRequest("Contoso"))
	principal := insights.ConnectionRequest{
		Storage:     insights.DataStorage{ResourceID: contosoID, Principal: insights.AccountPrincipal{Tenant: "t", ClientID: "app"}},
		Credentials: insights.Credentials{ClientSecret: insights.NewSecret("wrong"), SignIn: "ada"},
	}
	right := principal
	right.ClientSecret = insights.NewSecret("s3cret")
	secret := func(text string) insights.ConnectionRequest {
		return insights.ConnectionRequest{Credentials: insights.Credentials{ClientSecret: insights.NewSecret(text)}}
	}
	for _, step := range []struct {
		name string
		q    insights.ConnectionRequest
		kind errs.Kind // of the error; Other: none
		by   insights.CredentialKind
	}{
		{"a principal with a wrong secret", principal, errs.Precondition, insights.AccountKey},
		{"a principal", right, errs.Other, insights.ServicePrincipal},
		{"nothing new", insights.ConnectionRequest{}, errs.Other, insights.ServicePrincipal},
		{"another secret, a wrong one", secret("wrong"), errs.Precondition, insights.ServicePrincipal},
		{"another secret", secret("s3cret"), errs.Other, insights.ServicePrincipal},
		{"another account", insights.ConnectionRequest{Storage: insights.DataStorage{Account: "fabrikam"}}, errs.Invalid, insights.ServicePrincipal},
		{"a wrong key", byKey("", "wrong"), errs.Precondition, insights.ServicePrincipal},
		{"a key", byKey("", "right"), errs.Other, insights.AccountKey},
	} {
		lines, err := c.UpdateConnection(t.Context(), env.ID, step.q)
		if errs.KindOf(err) != step.kind {
			t.Errorf("%s: %v, want kind %v\n%s", step.name, err, step.kind, outcomes(lines))
		}
		for _, at := range []*catalog.Catalog{c, s.open(t)} {
			got, err := at.Get(t.Context(), env.ID)
			if err != nil || got.Problem != "" || got.Storage.Credential != step.by {
				t.Errorf("after %s: %+v, %v; want it reached by %s", step.name, got, err, step.by)
			}
		}
	}
}

func TestAnAddressForTokensTakesThePlaceOfOneWithoutTLS(t *testing.T) {
	t.Parallel()
	world := newCloud(t)
	const plain = "http://127.0.0.1:10000/contoso"
	world.accounts[plain] = world.accounts[contoso]
	tn := newTenant(world)
	s := newServer(t, world).as(tn)
	c := s.open(t)
	q := ownRequest("Contoso")
	q.Storage.Account, q.Storage.Endpoint = "", plain
	env := create(t, c, q)
	change := insights.ConnectionRequest{
		Storage:     insights.DataStorage{ResourceID: contosoID, Principal: insights.AccountPrincipal{Tenant: "t", ClientID: "app"}},
		Credentials: insights.Credentials{ClientSecret: insights.NewSecret("s3cret"), SignIn: "ada"},
	}
	// The account of that name may be another one: the environment must be there.
	other := newStore(t, "contoso", "westeurope")
	if _, err := other.CreateFilesystem(t.Context(), insights.Container, lake.CreateFilesystemOptions{}); err != nil {
		t.Fatal(err)
	}
	elsewhere := *world.accounts[plain]
	elsewhere.store = other
	world.accounts[contoso] = &elsewhere
	if _, err := c.UpdateConnection(t.Context(), env.ID, change); !errs.Is(err, errs.Precondition) || !strings.Contains(err.Error(), "not in the account at this address") {
		t.Errorf("an account that is another one: %v", err)
	}
	if got, err := c.Get(t.Context(), env.ID); err != nil || got.Storage.Endpoint != plain || got.Problem != "" {
		t.Errorf("after that: %+v, %v", got, err)
	}
	world.accounts[contoso] = world.accounts[plain]
	if _, err := c.UpdateConnection(t.Context(), env.ID, change); err != nil {
		t.Fatal(err)
	}
	for _, at := range []*catalog.Catalog{c, s.open(t)} {
		if got, err := at.Get(t.Context(), env.ID); err != nil || got.Storage.Endpoint != contoso || got.Storage.ResourceID != contosoID {
			t.Errorf("the environment is %+v, %v; want it at %s", got, err, contoso)
		}
	}
}

func TestAPrincipalThatLostItsRoleIsNotHelpedByTheEmbeddedAccount(t *testing.T) {
	t.Parallel()
	tn := newTenant(newCloud(t))
	s := newServer(t, tn.cloud).as(tn)
	s.managed = tn.cloud.accounts[contoso].store // the account is the server's own
	c := s.open(t)
	env := create(t, c, principalRequest("Contoso"))
	tn.call = refuse(thePrincipal, "")
	if _, err := c.List(t.Context()); err != nil {
		t.Fatal(err)
	}
	got, err := c.Get(t.Context(), env.ID)
	if err != nil || !strings.Contains(got.Problem, "has lost its role at contoso") {
		t.Errorf("Get: %+v, %v; want the problem", got, err)
	}
	store, err := c.Store(t.Context(), env)
	if err == nil {
		_, err = store.Read(t.Context(), insights.Container, env.ID.Folder().Join("environment.json"), lake.ReadOptions{})
	}
	if !errs.Is(err, errs.Permission) {
		t.Errorf("reading: %v, want kind permission", err)
	}
}

func TestWhyAnAccountCannotBeUsedAnyMoreIsTold(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		err  error
		q    insights.EnvironmentRequest
		want string
	}{
		"rotated key":    {errs.E(errs.Unauthorized, "signature"), ownRequest("E"), `refuses its key, which worked before, so that it was rotated: signature (give the current key: ownlake env update "E" --key-file FILE)`},
		"no keys":        {errs.E(errs.Permission, errs.Code("KeyBasedAuthenticationNotPermitted"), "no keys"), ownRequest("E"), "takes no keys any more"},
		"firewall":       {errs.E(errs.Permission, errs.Code("AuthorizationFailure"), "network"), ownRequest("E"), "the network rules of contoso keep this machine out"},
		"expired secret": {errs.E(errs.Unauthorized, "AADSTS7000222"), principalRequest("E"), "cannot sign in any more: AADSTS7000222"},
		"lost role":      {errs.E(errs.Permission, "mismatch"), principalRequest("E"), "has lost its role at contoso"},
		"down":           {errs.E(errs.Unavailable, "no such host"), principalRequest("E"), "no such host"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tn := newTenant(newCloud(t))
			s := newServer(t, tn.cloud).as(tn)
			env := create(t, s.open(t), tt.q)
			tn.call = func(string, string) error { return tt.err }
			tn.cloud.change(contoso, func(a *account) { a.fail = func(string) error { return tt.err } })
			got, err := s.open(t).Get(t.Context(), env.ID)
			if err != nil || !strings.Contains(got.Problem, tt.want) {
				t.Errorf("Get: %v, the problem is %q; want %q", err, got.Problem, tt.want)
			}
		})
	}
}

func TestAChangeSendsNothingThatIsKnownHereElsewhere(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*insights.ConnectionRequest){
		"another endpoint": func(q *insights.ConnectionRequest) { q.Storage.Endpoint = "https://evil.example/contoso" },
		"another cloud":    func(q *insights.ConnectionRequest) { q.Cloud.Manager = "https://evil.example" },
		"another CA":       func(q *insights.ConnectionRequest) { q.Cloud.CA = "evil" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tn := newTenant(newCloud(t))
			s := newServer(t, tn.cloud).as(tn)
			c := s.open(t)
			env := create(t, c, principalRequest("Contoso"))
			tn.signIn = func(who string) error {
				if who == thePrincipal {
					t.Error("the stored secret was used to sign in elsewhere")
				}
				return nil
			}
			var q insights.ConnectionRequest
			change(&q)
			lines, err := c.UpdateConnection(t.Context(), env.ID, q)
			if !errs.Is(err, errs.Precondition) || !strings.Contains(outcomes(lines), "credential: failed: no client secret was given") {
				t.Errorf("%v\n%s\nwant the secret asked for", err, outcomes(lines))
			}
			q.Storage.Principal.Method = insights.ManagedIdentity
			if _, err := c.UpdateConnection(t.Context(), env.ID, q); !errs.Is(err, errs.Invalid) {
				t.Errorf("as the machine: %v, want kind invalid", err)
			}
		})
	}
}
