package server

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/go-jose/go-jose/v4"
	"github.com/google/uuid"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/adls/bearer/bearertest"
	"github.com/ownlake/ownlake/config"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/sharing/microsoft"
	"github.com/ownlake/ownlake/tenant/directory"
	"github.com/ownlake/ownlake/tenant/resources"
)

// ownAccount is a server whose embedded account is reached as one of the user's own, by its tenant.
type ownAccount struct {
	*Server
	t     *testing.T
	scope access.Scope
	app   directory.Application
	robot access.ObjectID // the service principal
}

func startOwnAccount(t *testing.T) *ownAccount {
	t.Helper()
	const anyPort = "127.0.0.1:0"
	s, err := Open(t.Context(), Config{
		DataDir: t.TempDir(), Listen: anyPort, Lake: LakeConfig{Listen: anyPort, TLSListen: anyPort, Account: EmulatorAccount, Key: lakeConfig(t).Key},
		Tenant:   TenantConfig{Listen: anyPort, AdministratorPassword: annsPassword},
		Settings: config.Default(), Logger: slog.New(slog.DiscardHandler),
	})
	must(t, err)
	t.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	must(t, s.Start(t.Context()))
	o := &ownAccount{Server: s, t: t}
	account, err := s.tenant.Resources().AccountNamed(EmulatorAccount)
	must(t, err)
	o.scope = account.Scope()
	d := s.tenant.Directory()
	o.app, err = d.CreateApplication(directory.Application{DisplayName: "ownlake"})
	must(t, err)
	sp, err := d.CreateServicePrincipal(o.app.AppID)
	must(t, err)
	o.robot = sp.ID
	return o
}

func (o *ownAccount) grant(to access.ObjectID, kind resources.PrincipalType) resources.RoleAssignment {
	o.t.Helper()
	a, _, err := o.tenant.Resources().PutRoleAssignment(resources.RoleAssignment{
		Name: uuid.NewString(), Scope: o.scope, Principal: to, PrincipalType: kind, Role: "ba92f5b4-2d11-453d-a403-e96b0029c9fe", CreatedBy: to,
	})
	must(o.t, err)
	return a
}

func (o *ownAccount) cloud() insights.Cloud { return insights.Cloud{Manager: o.tenant.base} }

func (o *ownAccount) request(method insights.PrincipalMethod) insights.EnvironmentRequest {
	q := insights.EnvironmentRequest{
		Name: string(method), Region: "westeurope",
		Storage: insights.DataStorage{
			Kind: insights.OwnStorage, ResourceID: string(o.scope), Credential: insights.ServicePrincipal,
			Principal: insights.AccountPrincipal{Tenant: o.tenant.directory.Tenant().ID, ClientID: o.app.AppID, Method: method},
		},
	}
	q.Cloud = o.cloud()
	return q
}

// administrator signs the tenant's first administrator in.
func (o *ownAccount) administrator() insights.SignInID {
	o.t.Helper()
	cloud, err := o.clouds.find(o.t.Context(), o.cloud())
	must(o.t, err)
	environment := map[string]string{"AZURE_USERNAME": "admin@" + directory.DefaultDomain, "AZURE_PASSWORD": annsPassword}
	cred, err := microsoft.EnvironmentCredential(cloud, microsoft.Environment{Getenv: func(n string) string { return environment[n] }})
	must(o.t, err)
	token := func(audience string) insights.Secret {
		t, err := cred.GetToken(o.t.Context(), policy.TokenRequestOptions{Scopes: []string{audience + "/.default"}})
		must(o.t, err)
		return insights.NewSecret(t.Token)
	}
	in, err := o.signIns.Begin(o.t.Context(), insights.SignInRequest{
		Method: insights.ByTokens, Cloud: o.cloud(), ManagerToken: token(o.tenant.base), StorageToken: token(microsoft.StorageAudience),
	})
	must(o.t, err)
	return in.ID
}

func (o *ownAccount) create(q insights.EnvironmentRequest) insights.Environment {
	o.t.Helper()
	env, lines, err := o.catalog.Create(o.t.Context(), q)
	if err != nil {
		o.t.Fatalf("%v\n%+v", err, lines)
	}
	return env
}

// use writes and reads a file of an environment.
func (o *ownAccount) use(env insights.Environment) error {
	o.t.Helper()
	store, err := o.catalog.Store(o.t.Context(), env)
	if err != nil {
		return err
	}
	if _, local := store.(lake.LocalFiles); local {
		o.t.Error("the principal's account is read by path, past its rights")
	}
	p := env.ID.Folder().Join("x")
	if _, err := store.PutBlob(o.t.Context(), insights.Container, p, strings.NewReader("x"), lake.PutBlobOptions{}); err != nil {
		return err
	}
	c, err := store.Read(o.t.Context(), insights.Container, p, lake.ReadOptions{})
	if err == nil {
		err = c.Body.Close()
	}
	return err
}

// certificate registers a new certificate with the application.
func (o *ownAccount) certificate() (text, der []byte, key *rsa.PrivateKey) {
	o.t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	must(o.t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "ownlake"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err = x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	must(o.t, err)
	_, err = o.tenant.Directory().AddCertificate(o.app.ID, "test", der)
	must(o.t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	must(o.t, err)
	var out bytes.Buffer
	must(o.t, pem.Encode(&out, &pem.Block{Type: "CERTIFICATE", Bytes: der}))
	must(o.t, pem.Encode(&out, &pem.Block{Type: "PRIVATE KEY", Bytes: private}))
	return out.Bytes(), der, key
}

func TestAnEnvironmentIsReachedByCertificateAndLosesTheLakeWithTheRole(t *testing.T) {
	t.Parallel()
	o := startOwnAccount(t)
	text, _, _ := o.certificate()
	q := o.request(insights.ClientCertificate)
	q.Certificate, q.SignIn = insights.NewSecret(string(text)), o.administrator()
	if _, lines, err := o.catalog.Create(t.Context(), q); !errs.Is(err, errs.Precondition) {
		t.Fatalf("without a role: %v\n%+v", err, lines)
	}
	role := o.grant(o.robot, resources.ServicePrincipal)
	me, err := o.signIns.Get(t.Context(), q.SignIn)
	must(t, err)
	o.grant(me.Person.ID, resources.User)
	env := o.create(q)
	must(t, o.use(env))
	_, err = o.tenant.Resources().DeleteRoleAssignment(o.scope, role.Name)
	must(t, err)
	if err := o.use(env); !errs.Is(err, errs.Permission) {
		t.Errorf("after the role was taken away: %v, want kind permission", err)
	}
	q.Certificate = insights.NewSecret("-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----")
	q.Name = "Other"
	if _, lines, err := o.catalog.Create(t.Context(), q); !errs.Is(err, errs.Precondition) || !strings.Contains(err.Error(), "the certificate cannot be used") {
		t.Errorf("with half a certificate: %v\n%+v", err, lines)
	}
}

func TestAnEnvironmentIsReachedAsTheManagedIdentityOfTheMachine(t *testing.T) {
	o := startOwnAccount(t)
	o.grant(o.robot, resources.ServicePrincipal)
	_, secret, err := o.tenant.Directory().AddSecret(o.app.ID, "test", time.Time{})
	must(t, err)
	// The cloud's endpoint in the machine ("How to use managed identities for App Service", REST endpoint reference).
	endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Identity-Header") != "the-machine" || r.URL.Query().Get("resource") != microsoft.StorageAudience {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]string{
			"access_token": o.token(secret), "expires_on": "4102444800", "resource": microsoft.StorageAudience, "token_type": "Bearer",
		})
	}))
	defer endpoint.Close()
	t.Setenv("IDENTITY_ENDPOINT", endpoint.URL)
	t.Setenv("IDENTITY_HEADER", "the-machine")
	q := o.request(insights.ManagedIdentity)
	q.Storage.Principal = insights.AccountPrincipal{Method: insights.ManagedIdentity}
	q.Storage.Endpoint = o.lake.Addresses().TLS // a managed identity needs no right at Resource Manager
	must(t, o.use(o.create(q)))
}

// token is one for storage by a client secret.
func (o *ownAccount) token(secret string) string {
	form := url.Values{
		"client_id": {o.app.AppID}, "client_secret": {secret}, "grant_type": {"client_credentials"}, "scope": {microsoft.StorageAudience + "/.default"},
	}
	req, err := http.NewRequestWithContext(o.t.Context(), http.MethodPost, o.tenant.Addresses().Authority+"/oauth2/v2.0/token", strings.NewReader(form.Encode()))
	if err != nil {
		o.t.Error(err)
		return ""
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	token, _ := sendJSON(o.t, tenantClient(o.t, o.cfg.DataDir), req, http.StatusOK)["access_token"].(string)
	return token
}

func TestAnEnvironmentIsReachedAsTheWorkloadIdentityOfTheProcess(t *testing.T) {
	o := startOwnAccount(t)
	o.grant(o.robot, resources.ServicePrincipal)
	// What a cluster puts into the file is an assertion that the tenant takes for the application's own: here by its certificate.
	_, der, key := o.certificate()
	now := time.Now()
	claims, err := json.Marshal(map[string]any{
		"iss": o.app.AppID, "sub": o.app.AppID, "aud": o.tenant.Addresses().Authority + "/oauth2/v2.0/token", "jti": uuid.NewString(),
		"nbf": now.Add(-time.Minute).Unix(), "exp": now.Add(5 * time.Minute).Unix(),
	})
	must(t, err)
	assertion, err := bearertest.SignText(key, jose.PS256, map[jose.HeaderKey]any{"x5t#S256": directory.Thumbprint256(der)}, string(claims))
	must(t, err)
	file := filepath.Join(t.TempDir(), "token")
	must(t, os.WriteFile(file, []byte(assertion), 0o600))
	t.Setenv("AZURE_FEDERATED_TOKEN_FILE", file)
	q := o.request(insights.WorkloadIdentity)
	q.Storage.Endpoint = o.lake.Addresses().TLS
	must(t, o.use(o.create(q)))
}

func TestAPersonSignsInByCodeAndChoosesAnAccount(t *testing.T) {
	t.Parallel()
	o := startOwnAccount(t)
	in, err := o.signIns.Begin(t.Context(), insights.SignInRequest{Method: insights.ByDeviceCode, Cloud: o.cloud(), Tenant: o.tenant.directory.Tenant().ID})
	must(t, err)
	if in.State != insights.SignInPending || !strings.Contains(in.Message, o.tenant.base) {
		t.Fatalf("the sign-in begins as %+v", in)
	}
	if _, err := o.signIns.Subscriptions(t.Context(), in.ID); !errs.Is(err, errs.Precondition) {
		t.Errorf("before anybody signed in: %v, want kind precondition", err)
	}
	code := regexp.MustCompile(`\b[A-Z0-9]{8,}\b`).FindString(in.Message)
	form := url.Values{"otc": {code}, "login": {"admin@" + directory.DefaultDomain}, "passwd": {annsPassword}}
	p := newPerson(t, o.Server)
	if a := p.send(http.MethodPost, o.tenant.base+"/devicelogin", form.Encode()); a.status != http.StatusOK {
		t.Fatalf("the code's page: %+v", a)
	}
	o.signIns.group.Wait() // until the client has asked again
	in, err = o.signIns.Get(t.Context(), in.ID)
	if err != nil || in.State != insights.SignedIn || in.Person.Name != "admin@"+directory.DefaultDomain {
		t.Fatalf("the sign-in ends as %+v, %v", in, err)
	}
	subscriptions, err := o.signIns.Subscriptions(t.Context(), in.ID)
	if err != nil || len(subscriptions) != 1 || subscriptions[0].State != "Enabled" {
		t.Fatalf("subscriptions are %+v, %v", subscriptions, err)
	}
	groups, err := o.signIns.ResourceGroups(t.Context(), in.ID, subscriptions[0].ID)
	if err != nil || len(groups) != 1 || groups[0] != (insights.ResourceGroup{Name: "ownlake", Region: "westeurope"}) {
		t.Fatalf("resource groups are %+v, %v", groups, err)
	}
	accounts, err := o.signIns.StorageAccounts(t.Context(), in.ID, subscriptions[0].ID, groups[0].Name)
	if err != nil || len(accounts) != 1 || accounts[0].Endpoint != o.lake.Addresses().TLS || !accounts[0].HierarchicalNamespace || !accounts[0].Network.Open() {
		t.Fatalf("accounts are %+v, %v", accounts, err)
	}
	must(t, o.signIns.End(t.Context(), in.ID))
	if _, err := o.signIns.Subscriptions(t.Context(), in.ID); !errs.Is(err, errs.NotFound) {
		t.Errorf("after its end: %v, want kind not found", err)
	}
}

func TestASignInEndsAfterAnHourAndTheOldestMakesRoom(t *testing.T) {
	t.Parallel()
	now := time.Now()
	s := newSignIns(&clouds{}, func() time.Time { return now })
	t.Cleanup(s.close)
	add := func() insights.SignInID {
		in := &heldSignIn{SignIn: insights.SignIn{ID: insights.SignInID(uuid.NewString())}, until: now.Add(signInLife), cancel: func() {}}
		must(t, s.keep(in))
		return in.ID
	}
	oldest := add()
	now = now.Add(time.Minute)
	for range maxSignIns - 1 {
		add()
	}
	if _, err := s.Get(t.Context(), oldest); err != nil {
		t.Errorf("with room for all: %v", err)
	}
	newest := add()
	if _, err := s.Get(t.Context(), oldest); !errs.Is(err, errs.NotFound) {
		t.Errorf("the oldest: %v, want it gone", err)
	}
	now = now.Add(signInLife)
	if _, err := s.Get(t.Context(), newest); !errs.Is(err, errs.NotFound) || len(s.byID) != 0 {
		t.Errorf("after an hour: %v, %d are kept", err, len(s.byID))
	}
}

func TestWrongSignInsAreRefused(t *testing.T) {
	t.Parallel()
	o := startOwnAccount(t)
	for name, tt := range map[string]struct {
		q    insights.SignInRequest
		kind errs.Kind
	}{
		"no token":           {insights.SignInRequest{Method: insights.ByTokens, Cloud: o.cloud()}, errs.Unauthorized},
		"no way":             {insights.SignInRequest{Method: "password", Cloud: o.cloud()}, errs.Invalid},
		"no cloud":           {insights.SignInRequest{Method: insights.ByTokens, Cloud: insights.Cloud{Manager: "https://127.0.0.1:1"}}, errs.Unavailable},
		"plain http":         {insights.SignInRequest{Method: insights.ByTokens, Cloud: insights.Cloud{Manager: "http://127.0.0.1:1"}}, errs.Invalid},
		"no certificate":     {insights.SignInRequest{Method: insights.ByTokens, Cloud: insights.Cloud{Manager: o.tenant.base, CA: "x"}}, errs.Invalid},
		"another CA's cloud": {insights.SignInRequest{Method: insights.ByTokens, Cloud: insights.Cloud{Manager: strangeCloud(t)}}, errs.Unavailable},
	} {
		if in, err := o.signIns.Begin(t.Context(), tt.q); !errs.Is(err, tt.kind) {
			t.Errorf("%s: %+v, %v of kind %v; want %v", name, in, err, errs.KindOf(err), tt.kind)
		}
	}
}

// strangeCloud serves with a certificate that nobody trusts.
func strangeCloud(t *testing.T) string {
	t.Helper()
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.URL
}
