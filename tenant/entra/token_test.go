package entra_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/tenant/directory"
	"github.com/ownlake/ownlake/tenant/entra"
	"github.com/ownlake/ownlake/tenant/tenanttest"
)

const storageScope = "https://storage.azure.com/.default"

// claimsOf reads a token without verifying it.
func claimsOf(t *testing.T, token string) map[string]any {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("not a token: %q", token)
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var claims map[string]any
	if err := json.Unmarshal(text, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

func tokenPath(tn *tenanttest.Tenant) string { return "/" + tn.ID() + "/oauth2/v2.0/token" }

func group(t *testing.T, tn *tenanttest.Tenant, members ...access.ObjectID) directory.Group {
	t.Helper()
	g, err := tn.Directory.CreateGroup(directory.Group{DisplayName: "g", MailNickname: "g", SecurityEnabled: true}, nil, members)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func check(t *testing.T, claims, want map[string]any) {
	t.Helper()
	for name, value := range want {
		got, ok := claims[name]
		switch {
		case value == nil && ok:
			t.Errorf("claim %s = %v, want none", name, got)
		case value != nil && got != value:
			t.Errorf("claim %s = %v, want %v", name, got, value)
		}
	}
}

func TestTokensOfApplicationsHaveTheClaimsOfEntra(t *testing.T) {
	t.Parallel()
	tn := tenanttest.New(t)
	app, sp, secret := tn.Application("loader")
	inner := group(t, tn, sp.ID)
	outer := group(t, tn, inner.ID)
	a := tn.Post(tokenPath(tn), "client_id", app.AppID, "client_secret", secret, "grant_type", "client_credentials", "scope", storageScope)
	if a.Status != http.StatusOK || a.String("token_type") != "Bearer" || a.String("refresh_token") != "" || a.Body["expires_in"] != 4199.0 {
		t.Fatalf("token endpoint: %d %s", a.Status, a.Text)
	}
	c := claimsOf(t, a.String("access_token"))
	check(t, c, map[string]any{
		"aud": "https://storage.azure.com", "iss": tn.Entra.IssuerV1(), "tid": tn.ID(), "oid": string(sp.ID), "sub": string(sp.ID),
		"appid": app.AppID, "appidacr": "1", "idtyp": "app", "ver": "1.0", "azp": nil, "upn": nil, "scp": nil,
	})
	groups, _ := c["groups"].([]any)
	if len(groups) != 2 || !slices.Contains(groups, any(string(inner.ID))) || !slices.Contains(groups, any(string(outer.ID))) {
		t.Errorf("groups = %v, want inner and outer", groups)
	}
	caller, err := tn.Entra.Verify(t.Context(), a.String("access_token"), entra.StorageAudience)
	if err != nil || caller.Principal.ID != sp.ID || caller.AppID != app.AppID || caller.Kind != directory.KindServicePrincipal || len(caller.Principal.Groups) != 2 {
		t.Errorf("Verify = %+v, %v", caller, err)
	}
}

func TestTokensOfUsersHaveTheClaimsOfEntra(t *testing.T) {
	t.Parallel()
	tn := tenanttest.New(t)
	u := tn.User("ann", directory.GlobalAdministrator)
	a := tn.Post(tokenPath(tn), "client_id", directory.AppAzureCLI, "grant_type", "password", "username", "ANN@ownlake.local", "password", tenanttest.Password,
		"scope", "https://management.core.windows.net//.default openid profile offline_access", "client_info", "1")
	if a.Status != http.StatusOK {
		t.Fatalf("token endpoint: %d %s", a.Status, a.Text)
	}
	c := claimsOf(t, a.String("access_token"))
	check(t, c, map[string]any{
		"aud": "https://management.core.windows.net/", "oid": string(u.ID), "appid": directory.AppAzureCLI, "appidacr": "0", "idtyp": nil,
		"upn": u.UserPrincipalName, "unique_name": u.UserPrincipalName, "scp": "user_impersonation", "ver": "1.0",
	})
	if wids, _ := c["wids"].([]any); !slices.Contains(wids, any(string(directory.GlobalAdministrator))) {
		t.Errorf("wids = %v", c["wids"])
	}
	id := claimsOf(t, a.String("id_token"))
	check(t, id, map[string]any{
		"aud": directory.AppAzureCLI, "iss": tn.Entra.Issuer(), "ver": "2.0", "oid": string(u.ID), "tid": tn.ID(), "preferred_username": u.UserPrincipalName,
	})
	if id["sub"] == c["sub"] || id["sub"] == string(u.ID) {
		t.Error("the subject is not pairwise")
	}
	info, err := base64.RawURLEncoding.DecodeString(a.String("client_info"))
	if err != nil || string(info) != `{"uid":"`+string(u.ID)+`","utid":"`+tn.ID()+`"}` {
		t.Errorf("client_info = %s, %v", info, err)
	}
	for _, want := range []string{"https://management.core.windows.net//.default", "https://management.core.windows.net//user_impersonation", "openid"} {
		if !slices.Contains(strings.Fields(a.String("scope")), want) {
			t.Errorf("scope %q lacks %q", a.String("scope"), want)
		}
	}
}

func TestGroupsBeyondTheLimitAreElsewhere(t *testing.T) {
	t.Parallel()
	tn := tenanttest.New(t)
	u := tn.User("ann")
	for range 200 {
		group(t, tn, u.ID)
	}
	c := claimsOf(t, tn.UserToken(u, storageScope))
	if groups, _ := c["groups"].([]any); len(groups) != 200 || c["_claim_names"] != nil {
		t.Errorf("%d groups in the token, want 200", len(groups))
	}
	group(t, tn, u.ID)
	c = claimsOf(t, tn.UserToken(u, storageScope))
	names, _ := c["_claim_names"].(map[string]any)
	if c["groups"] != nil || names["groups"] != "src1" {
		t.Errorf("groups = %v, _claim_names = %v, want an overage", c["groups"], names)
	}
}

func TestApplicationsOfTheTenantAreResources(t *testing.T) {
	t.Parallel()
	tn := tenanttest.New(t)
	app, _, secret := tn.Application("client")
	for _, tc := range []struct {
		version       int
		aud, ver, azp any
	}{
		{1, "api://one", "1.0", nil},
		{2, "", "2.0", app.AppID},
	} {
		uri := "api://one"
		if tc.version == 2 {
			uri = "api://two"
		}
		api, err := tn.Directory.CreateApplication(directory.Application{DisplayName: uri, IdentifierURIs: []string{uri}, TokenVersion: tc.version})
		if err != nil {
			t.Fatal(err)
		}
		if tc.version == 2 {
			tc.aud = api.AppID
		}
		check(t, claimsOf(t, tn.AppToken(app.AppID, secret, uri+"/.default")), map[string]any{"aud": tc.aud, "ver": tc.ver, "azp": tc.azp})
	}
}

func TestVersion1AnswersItsOwnForm(t *testing.T) {
	t.Parallel()
	tn := tenanttest.New(t)
	app, _, secret := tn.Application("loader")
	a := tn.Post("/"+tn.ID()+"/oauth2/token", "client_id", app.AppID, "client_secret", secret, "grant_type", "client_credentials", "resource", "https://storage.azure.com/")
	if a.Status != http.StatusOK || a.String("expires_in") != "4199" || a.String("resource") != "https://storage.azure.com/" || a.String("expires_on") == "" {
		t.Fatalf("token endpoint: %d %s", a.Status, a.Text)
	}
	check(t, claimsOf(t, a.String("access_token")), map[string]any{"aud": "https://storage.azure.com/"})
	u := tn.User("ann")
	a = tn.Post("/common/oauth2/token", "client_id", directory.AppAzureCLI, "grant_type", "password", "username", u.UserPrincipalName,
		"password", tenanttest.Password, "resource", tn.Server.URL+"/")
	if a.Status != http.StatusOK || a.String("refresh_token") == "" || a.String("id_token") == "" || a.String("scope") != "user_impersonation" {
		t.Fatalf("token endpoint: %d %s", a.Status, a.Text)
	}
}

// TestRefusals asks the token endpoint wrongly in every way, and compares Entra's number and OAuth's code.
func TestRefusals(t *testing.T) {
	t.Parallel()
	tn := tenanttest.New(t)
	app, _, secret := tn.Application("loader")
	off, offSP, offSecret := tn.Application("off")
	if _, err := tn.Directory.UpdateServicePrincipal(string(offSP.ID), func(s *directory.ServicePrincipal) { s.Enabled = false }); err != nil {
		t.Fatal(err)
	}
	u, gone := tn.User("ann"), tn.User("ben")
	if _, err := tn.Directory.UpdateUser(gone.ID, func(u *directory.User) { u.Enabled = false }); err != nil {
		t.Fatal(err)
	}
	must := tn.User("cid")
	if err := tn.Directory.SetPassword(must.ID, "One-Time-Pass-1", true); err != nil {
		t.Fatal(err)
	}
	const nobody = "11111111-2222-3333-4444-555555555555"
	credentials := []string{"client_id", app.AppID, "client_secret", secret, "grant_type", "client_credentials"}
	passwordGrant := func(name, password string) []string {
		return []string{"client_id", directory.AppAzureCLI, "grant_type", "password", "username", name, "password", password, "scope", storageScope}
	}
	for _, tc := range []struct {
		name   string
		path   string
		form   []string
		status int
		oauth  string
		aadsts int
	}{
		{"another tenant", "/" + nobody + "/oauth2/v2.0/token", append(credentials, "scope", storageScope), 400, "invalid_tenant", 90002},
		{"no tenant for an application", "/common/oauth2/v2.0/token", append(credentials, "scope", storageScope), 400, "invalid_request", 50059},
		{"no grant", "", []string{"client_id", app.AppID}, 400, "invalid_request", 900144},
		{"an unknown grant", "", []string{"client_id", app.AppID, "grant_type", "wish"}, 400, "unsupported_grant_type", 70003},
		{"no client", "", []string{"grant_type", "client_credentials"}, 400, "invalid_request", 900144},
		{"a client that is no id", "", []string{"grant_type", "client_credentials", "client_id", "x"}, 400, "unauthorized_client", 700038},
		{"a client that is not here", "", []string{"grant_type", "client_credentials", "client_id", nobody}, 400, "unauthorized_client", 700016},
		{"a client that is disabled", "", []string{"grant_type", "client_credentials", "client_id", off.AppID, "client_secret", offSecret}, 400, "unauthorized_client", 7000112},
		{"no secret", "", []string{"grant_type", "client_credentials", "client_id", app.AppID, "scope", storageScope}, 401, "invalid_client", 7000218},
		{"no secret of a public client", "", []string{"grant_type", "client_credentials", "client_id", directory.AppAzureCLI, "scope", storageScope}, 401, "invalid_client", 7000218},
		{"a wrong secret", "", []string{"grant_type", "client_credentials", "client_id", app.AppID, "client_secret", "wrong", "scope", storageScope}, 401, "invalid_client", 7000215},
		{"no scope", "", credentials, 400, "invalid_request", 900144},
		{"a scope that is not .default", "", append(credentials, "scope", "https://storage.azure.com/user_impersonation"), 400, "invalid_scope", 1002012},
		{"two scopes", "", append(credentials, "scope", storageScope+" https://graph.microsoft.com/.default"), 400, "invalid_scope", 1002012},
		{"an unknown resource", "", append(credentials, "scope", "https://contoso.com/.default"), 400, "invalid_resource", 500011},
		{"a resource like storage", "", append(credentials, "scope", "https://a.b.blob.core.windows.net/.default"), 400, "invalid_resource", 500011},
		{"no resource in version 1", "/" + tn.ID() + "/oauth2/token", credentials, 400, "invalid_request", 900144},
		{"a parameter twice", "", append(credentials, "scope", storageScope, "scope", storageScope), 400, "invalid_request", 9000411},
		{"a wrong password", "", passwordGrant(u.UserPrincipalName, "Wrong-Horse-9"), 400, "invalid_grant", 50126},
		{"nobody", "", passwordGrant("nobody@ownlake.local", "Wrong-Horse-9"), 400, "invalid_grant", 50126},
		{"a disabled user", "", passwordGrant(gone.UserPrincipalName, tenanttest.Password), 400, "invalid_grant", 50057},
		{"a one-time password", "", passwordGrant(must.UserPrincipalName, "One-Time-Pass-1"), 400, "invalid_grant", 50055},
		{"no password", "", passwordGrant(u.UserPrincipalName, ""), 400, "invalid_request", 900144},
		{"two resources", "", []string{"client_id", directory.AppAzureCLI, "grant_type", "password", "username", "x", "password", "y", "scope", storageScope + " User.Read"}, 400, "invalid_request", 28000},
		{"no refresh token", "", []string{"client_id", directory.AppAzureCLI, "grant_type", "refresh_token"}, 400, "invalid_request", 900144},
		{"a made-up refresh token", "", []string{"client_id", directory.AppAzureCLI, "grant_type", "refresh_token", "refresh_token", "a.b", "scope", storageScope}, 400, "invalid_grant", 70000},
		{"a made-up device code", "", []string{"client_id", directory.AppAzureCLI, "grant_type", "device_code", "device_code", "x"}, 400, "bad_verification_code", 70018},
		{"a made-up code", "", []string{"client_id", directory.AppAzureCLI, "grant_type", "authorization_code", "code", "x"}, 400, "invalid_grant", 70008},
	} {
		path := tc.path
		if path == "" {
			path = tokenPath(tn)
		}
		a := tn.Post(path, tc.form...)
		if a.Status != tc.status || a.String("error") != tc.oauth || a.AADSTS() != tc.aadsts {
			t.Errorf("%s: %d %s %d, want %d %s %d\n%s", tc.name, a.Status, a.String("error"), a.AADSTS(), tc.status, tc.oauth, tc.aadsts, a.Text)
		}
		if a.String("access_token") != "" || a.Header.Get("Cache-Control") != "no-store, no-cache" {
			t.Errorf("%s: %v %s", tc.name, a.Header, a.Text)
		}
		if strings.Contains(a.Text, secret) {
			t.Errorf("%s: the answer repeats the secret", tc.name)
		}
	}
	a := tn.Get(tokenPath(tn))
	if a.Status != 400 || a.AADSTS() != 900561 {
		t.Errorf("GET of the token endpoint: %d %s", a.Status, a.Text)
	}
}

func TestSecretsInTheHeaderAreTaken(t *testing.T) {
	t.Parallel()
	tn := tenanttest.New(t)
	app, _, secret := tn.Application("loader")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, tn.Server.URL+tokenPath(tn),
		strings.NewReader("grant_type=client_credentials&scope="+url.QueryEscape(storageScope)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(app.AppID, url.QueryEscape(secret))
	if a := tn.Do(req); a.Status != http.StatusOK {
		t.Errorf("token endpoint: %d %s", a.Status, a.Text)
	}
}

func TestGuessingIsStopped(t *testing.T) {
	t.Parallel()
	tn := tenanttest.New(t)
	app, _, secret := tn.Application("loader")
	u, other := tn.User("ann"), tn.User("ben")
	guess := func(u directory.User, password string) tenanttest.Answer {
		return tn.Post(tokenPath(tn), "client_id", directory.AppAzureCLI, "grant_type", "password", "username", u.UserPrincipalName, "password", password, "scope", storageScope)
	}
	for range 10 {
		if a := guess(u, "Wrong-Horse-9"); a.AADSTS() != 50126 {
			t.Fatalf("a wrong password: %s", a.Text)
		}
	}
	if a := guess(u, tenanttest.Password); a.AADSTS() != 50053 {
		t.Errorf("the right password after ten wrong ones: %s", a.Text)
	}
	if a := guess(other, tenanttest.Password); a.Status != http.StatusOK {
		t.Errorf("another user meanwhile: %s", a.Text)
	}
	tn.Clock.Advance(2 * time.Minute)
	if a := guess(u, tenanttest.Password); a.Status != http.StatusOK {
		t.Errorf("the right password after a while: %s", a.Text)
	}
	prove := func(secret string) tenanttest.Answer {
		return tn.Post(tokenPath(tn), "client_id", app.AppID, "grant_type", "client_credentials", "client_secret", secret, "scope", storageScope)
	}
	for range 10 {
		if a := prove("wrong"); a.AADSTS() != 7000215 {
			t.Fatalf("a wrong secret: %s", a.Text)
		}
	}
	if a := prove(secret); a.Status != http.StatusTooManyRequests || a.Header.Get("Retry-After") == "" {
		t.Errorf("the right secret after ten wrong ones: %d %v", a.Status, a.Header)
	}
	tn.Clock.Advance(2 * time.Minute)
	if a := prove(secret); a.Status != http.StatusOK {
		t.Errorf("the right secret after a while: %s", a.Text)
	}
}

func TestRefreshTokensAreGoodForOneUse(t *testing.T) {
	t.Parallel()
	fs := vfs.NewMem()
	tn := tenanttest.Start(t, fs)
	u := tn.User("ann")
	signIn := func() string {
		a := tn.Post(tokenPath(tn), "client_id", directory.AppAzureCLI, "grant_type", "password", "username", u.UserPrincipalName, "password", tenanttest.Password,
			"scope", storageScope+" offline_access")
		if a.String("refresh_token") == "" {
			t.Fatalf("token endpoint: %s", a.Text)
		}
		return a.String("refresh_token")
	}
	refresh := func(tn *tenanttest.Tenant, token, client string) tenanttest.Answer {
		return tn.Post(tokenPath(tn), "client_id", client, "grant_type", "refresh_token", "refresh_token", token, "scope", "https://graph.microsoft.com/.default offline_access")
	}
	next := func(tn *tenanttest.Tenant, token string) string {
		t.Helper()
		a := refresh(tn, token, directory.AppAzureCLI)
		if a.Status != http.StatusOK || a.String("refresh_token") == token {
			t.Fatalf("refresh: %d %s", a.Status, a.Text)
		}
		return a.String("refresh_token")
	}
	first := signIn()
	if a := refresh(tn, first, directory.AppAzurePowerShell); a.AADSTS() != 70000 {
		t.Errorf("another client's refresh token: %s", a.Text)
	}
	if a := refresh(tn, first[:len(first)-1]+"~", directory.AppAzureCLI); a.Status == http.StatusOK {
		t.Error("a changed refresh token is taken")
	}
	first = signIn()
	next(tn, first)
	second := next(tn, first) // at once again: the answer may have been lost
	tn.Clock.Advance(time.Hour)
	third := next(tn, second)
	if a := refresh(tn, first, directory.AppAzureCLI); a.AADSTS() != 50173 {
		t.Errorf("a refresh token replayed: %s", a.Text)
	}
	if a := refresh(tn, third, directory.AppAzureCLI); a.Status == http.StatusOK {
		t.Error("the session goes on after a replay")
	}

	kept, ended := signIn(), signIn()
	if err := tn.State.Close(); err != nil {
		t.Fatal(err)
	}
	again := tenanttest.Start(t, fs)
	next(again, kept)
	again.Clock.Advance(2 * time.Hour)
	if err := again.Directory.SetPassword(u.ID, "Better-Horse-10", false); err != nil {
		t.Fatal(err)
	}
	if a := refresh(again, ended, directory.AppAzureCLI); a.AADSTS() != 50173 {
		t.Errorf("a refresh token from before the new password: %s", a.Text)
	}
}

func TestRefreshTokensExpire(t *testing.T) {
	t.Parallel()
	tn := tenanttest.New(t)
	u := tn.User("ann")
	a := tn.Post(tokenPath(tn), "client_id", directory.AppAzureCLI, "grant_type", "password", "username", u.UserPrincipalName, "password", tenanttest.Password, "scope", "offline_access")
	tn.Clock.Advance(91 * 24 * time.Hour)
	if a := tn.Post(tokenPath(tn), "client_id", directory.AppAzureCLI, "grant_type", "refresh_token", "refresh_token", a.String("refresh_token")); a.AADSTS() != 700082 {
		t.Errorf("a refresh token after 91 days: %s", a.Text)
	}
}

func TestDiscovery(t *testing.T) {
	t.Parallel()
	tn := tenanttest.New(t)
	base := tn.Server.URL
	for _, tc := range []struct{ path, issuer, token string }{
		{"/" + tn.ID() + "/v2.0", base + "/" + tn.ID() + "/v2.0", base + "/" + tn.ID() + "/oauth2/v2.0/token"},
		{"/" + tn.ID(), base + "/" + tn.ID() + "/", base + "/" + tn.ID() + "/oauth2/token"},
		{"/ownlake.local/v2.0", base + "/" + tn.ID() + "/v2.0", base + "/ownlake.local/oauth2/v2.0/token"},
		{"/organizations/v2.0", base + "/{tenantid}/v2.0", base + "/organizations/oauth2/v2.0/token"},
	} {
		a := tn.Get(tc.path + "/.well-known/openid-configuration")
		if a.String("issuer") != tc.issuer || a.String("token_endpoint") != tc.token {
			t.Errorf("%s: %d %s", tc.path, a.Status, a.Text)
		}
		keys := tn.Get(strings.TrimPrefix(a.String("jwks_uri"), base))
		if list, _ := keys.Body["keys"].([]any); keys.Status != http.StatusOK || len(list) != 1 || strings.Contains(keys.Text, `"d"`) {
			t.Errorf("%s: keys %d %s", tc.path, keys.Status, keys.Text)
		}
	}
	if a := tn.Get("/contoso.com/v2.0/.well-known/openid-configuration"); a.Status != http.StatusBadRequest || a.AADSTS() != 90002 {
		t.Errorf("another tenant: %d %s", a.Status, a.Text)
	}
	a := tn.Get("/common/discovery/instance?api-version=1.1&authorization_endpoint=" + url.QueryEscape(base+"/"+tn.ID()+"/oauth2/v2.0/authorize"))
	if a.String("tenant_discovery_endpoint") != base+"/"+tn.ID()+"/v2.0/.well-known/openid-configuration" {
		t.Errorf("instance discovery: %d %s", a.Status, a.Text)
	}
	if a := tn.Get("/common/UserRealm/ann@ownlake.local?api-version=1.0"); a.String("account_type") != "Managed" {
		t.Errorf("user realm: %d %s", a.Status, a.Text)
	}
}

func TestOldTokensOutliveARotationOfKeys(t *testing.T) {
	t.Parallel()
	fs := vfs.NewMem()
	tn := tenanttest.Start(t, fs)
	u := tn.User("ann")
	before := tn.UserToken(u, storageScope)
	if err := tn.Entra.RotateKeys(); err != nil {
		t.Fatal(err)
	}
	after := tn.UserToken(u, storageScope)
	verify := func(tn *tenanttest.Tenant) {
		t.Helper()
		for _, token := range []string{before, after} {
			if _, err := tn.Entra.Verify(t.Context(), token, entra.StorageAudience); err != nil {
				t.Errorf("Verify: %v", err)
			}
		}
	}
	verify(tn)
	if strings.Split(before, ".")[0] == strings.Split(after, ".")[0] {
		t.Error("the key is the same after a rotation")
	}
	tn.Clock.Advance(61 * 24 * time.Hour)
	third := tn.UserToken(u, storageScope)
	if strings.Split(third, ".")[0] == strings.Split(after, ".")[0] {
		t.Error("a key signs for longer than its life")
	}
	if _, err := tn.Entra.Verify(t.Context(), before, entra.StorageAudience); !errs.Is(err, errs.Unauthorized) {
		t.Errorf("a token of a key long gone: %v", err)
	}
	list, _ := tn.Get("/" + tn.ID() + "/discovery/v2.0/keys").Body["keys"].([]any)
	if len(list) != 2 {
		t.Errorf("%d keys are published, want the present and the last", len(list))
	}
}
