package server

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/api"
	"github.com/ownlake/ownlake/config"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/tenant/directory"
)

const annsPassword = "Correct-Horse-9"

// startServer starts a server with a tenant, whose administrator has annsPassword.
func startServer(t *testing.T) *Server {
	t.Helper()
	any := "127.0.0.1:0"
	s, err := Open(t.Context(), Config{
		DataDir: t.TempDir(), Listen: any, Lake: LakeConfig{Listen: any, Account: EmulatorAccount, Key: lakeConfig(t).Key},
		Tenant:   TenantConfig{Listen: any, AdministratorPassword: annsPassword, New: directory.Tenant{Domain: "contoso.test"}},
		Settings: config.Default(), Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close(context.Background()) })
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// person is somebody at a browser that trusts the tenant's certificate.
type person struct {
	t      *testing.T
	client *http.Client
	s      *Server
}

func newPerson(t *testing.T, s *Server) *person {
	t.Helper()
	c := tenantClient(t, s.cfg.DataDir)
	c.Jar, _ = cookiejar.New(nil)
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &person{t, c, s}
}

// answer is what came back.
type answer struct {
	status   int
	location string
	body     string
}

func (p *person) send(method, address, body string) answer {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := p.client.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close() //nolint:errcheck // it was only read
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header.Get("Location"), string(text)}
}

var flowField = regexp.MustCompile(`name="flow" value="([^"]*)"`)

// signIn goes through the tenant's page and returns where the app is to be gone back to.
func (p *person) signIn(query, name, password string) (callback string) {
	p.t.Helper()
	to := p.send(http.MethodGet, p.s.URL()+api.BasePath+"/session/signin?"+query, "")
	if to.status != http.StatusFound || !strings.HasPrefix(to.location, p.s.tenant.base) {
		p.t.Fatalf("sent to %+v, want the tenant", to)
	}
	page := p.send(http.MethodGet, to.location, "")
	flow := flowField.FindStringSubmatch(page.body)
	if flow == nil {
		p.t.Fatalf("no sign-in page: %+v", page)
	}
	form := url.Values{"flow": {flow[1]}, "login": {name}, "passwd": {password}}
	back := p.send(http.MethodPost, p.s.tenant.base+"/"+p.s.tenant.directory.Tenant().ID+"/login", form.Encode())
	if !strings.HasPrefix(back.location, p.s.URL()+callbackPath) {
		p.t.Fatalf("sent back to %+v", back)
	}
	return back.location
}

func (p *person) me(want int) (me api.Me) {
	p.t.Helper()
	got := p.send(http.MethodGet, p.s.URL()+api.BasePath+"/me", "")
	if got.status != want || want == http.StatusOK && json.Unmarshal([]byte(got.body), &me) != nil {
		p.t.Fatalf("GET /me: %+v, want %d", got, want)
	}
	return me
}

func TestPeopleSignInAtTheTenant(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	admin := s.tenant.first.UserPrincipalName
	ann := newPerson(t, s)
	ann.me(http.StatusUnauthorized)
	if to := ann.send(http.MethodGet, ann.signIn("returnTo=/environments", admin, annsPassword), ""); to.location != "/environments" {
		t.Fatalf("signed in: %+v", to)
	}
	me := ann.me(http.StatusOK)
	if me.Principal.Kind != insights.UserPrincipal || me.Principal.Name != "Administrator" || me.ServerRole != "" || me.CSRFToken == "" {
		t.Errorf("signed in as %+v, want the administrator of the tenant without a role here", me)
	}

	_, _ = s.access.Permissions.Set(insights.RoleAssignment{Environment: insights.AllEnvironments, Principal: me.Principal, Role: insights.Viewer}, nil)
	if me := ann.me(http.StatusOK); me.ServerRole != insights.Viewer {
		t.Errorf("the role is %q, want viewer", me.ServerRole)
	}
	group, err := s.tenant.directory.CreateGroup(directory.Group{DisplayName: "Owners", MailNickname: "owners", SecurityEnabled: true}, nil, []access.ObjectID{access.ObjectID(me.Principal.ID)})
	if err != nil {
		t.Fatal(err)
	}
	_, _ = s.access.Permissions.Set(insights.RoleAssignment{Environment: insights.AllEnvironments, Principal: insights.Principal{Kind: insights.GroupPrincipal, ID: string(group.ID)}, Role: insights.Owner}, nil)
	if me := ann.me(http.StatusOK); me.ServerRole != insights.Owner {
		t.Errorf("the role is %q, want owner by a group", me.ServerRole)
	}
	_, err = s.tenant.directory.UpdateUser(access.ObjectID(me.Principal.ID), func(u *directory.User) { u.Enabled = false })
	if err != nil {
		t.Fatal(err)
	}
	ann.me(http.StatusUnauthorized)
}

func TestALinkAndASignInMakeTheFirstAdministrator(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	if s.HasAdministrator() {
		t.Error("a new server has an administrator")
	}
	_, code, _ := strings.Cut(s.SignInLink(), "#link=")
	ann := newPerson(t, s)
	ann.send(http.MethodGet, ann.signIn("link="+code, s.tenant.first.UserPrincipalName, annsPassword), "")
	if me := ann.me(http.StatusOK); me.ServerRole != insights.Owner || !s.HasAdministrator() {
		t.Errorf("who followed the link has the role %q", me.ServerRole)
	}
	if at := newPerson(t, s).send(http.MethodGet, s.URL()+api.BasePath+"/session/signin?link="+code, "").location; !strings.HasPrefix(at, "/signin#") {
		t.Errorf("a link that was followed leads to %q", at)
	}
}

func TestAnAnswerOfTheTenantCountsOnceAndInItsBrowser(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	ann, eve := newPerson(t, s), newPerson(t, s)
	callback := ann.signIn("", s.tenant.first.UserPrincipalName, annsPassword)
	refused := func(who *person, address string) {
		t.Helper()
		if to := who.send(http.MethodGet, address, ""); !strings.HasPrefix(to.location, "/signin#") {
			t.Errorf("%s answers %+v, want the page that says to sign in again", address, to)
		}
	}
	refused(eve, callback) // the code of another browser
	eve.me(http.StatusUnauthorized)
	ann.send(http.MethodGet, callback, "")
	ann.me(http.StatusOK)
	refused(ann, callback)
	refused(ann, s.URL()+callbackPath+"?error=access_denied&state=x")
}

func TestReturningLeadsNowhereElse(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	for _, to := range []string{"https://evil.example/", "//evil.example", `/\evil.example`, "javascript:alert(1)", "/%0d%0aSet-Cookie:x=y", "evil"} {
		ann := newPerson(t, s)
		if at := ann.send(http.MethodGet, ann.signIn(url.Values{"returnTo": {to}}.Encode(), s.tenant.first.UserPrincipalName, annsPassword), "").location; at != "/" && at != "/%0d%0aSet-Cookie:x=y" {
			t.Errorf("returnTo %q leads to %q", to, at)
		}
	}
}

func TestTokensOfTheTenantLetIn(t *testing.T) {
	t.Parallel()
	s := startServer(t)
	c := tenantClient(t, s.cfg.DataDir)
	get := func(scope, which string) string {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.tenant.Addresses().Authority+"/oauth2/v2.0/token", strings.NewReader(url.Values{
			"client_id": {appID(s.tenant.directory.Tenant().ID)}, "grant_type": {"password"}, "username": {s.tenant.first.UserPrincipalName},
			"password": {annsPassword}, "scope": {scope},
		}.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		token, _ := sendJSON(t, c, req, http.StatusOK)[which].(string)
		if token == "" {
			t.Fatalf("no %s for %s", which, scope)
		}
		return token
	}
	ours := "api://" + appID(s.tenant.directory.Tenant().ID) + "/.default"
	for name, c := range map[string]struct {
		token string
		kind  errs.Kind
	}{
		"access token":             {get(ours, "access_token"), errs.Other},
		"ID token":                 {get(ours+" openid", "id_token"), errs.Unauthorized},
		"access token for storage": {get("https://storage.azure.com/.default", "access_token"), errs.Unauthorized},
		"access token for Graph":   {get("https://graph.microsoft.com/.default", "access_token"), errs.Unauthorized},
	} {
		_, err := api.NewClient(api.ClientOptions{Address: s.URL(), Token: c.token}).Environments(t.Context())
		if c.kind == errs.Other && err != nil || c.kind != errs.Other && !errs.Is(err, c.kind) {
			t.Errorf("%s: %v, want kind %v", name, err, c.kind)
		}
	}
}
