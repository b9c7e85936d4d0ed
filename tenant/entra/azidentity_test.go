package entra_test

import (
	"context"
	"crypto/x509"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/ownlake/ownlake/tenant/directory"
	"github.com/ownlake/ownlake/tenant/entra"
	"github.com/ownlake/ownlake/tenant/tenanttest"
)

// here sends what is for Microsoft's sign-in host to the tenant: with instance discovery on, clients ask that host
// whether they may trust an authority.
type here struct {
	client *http.Client
	tenant *url.URL
}

func (h here) Do(r *http.Request) (*http.Response, error) {
	if r.URL.Host == "login.microsoftonline.com" {
		r = r.Clone(r.Context())
		r.URL.Host, r.Host = h.tenant.Host, h.tenant.Host
	}
	return h.client.Do(r)
}

func sdkOptions(t *testing.T, tn *tenanttest.Tenant) azcore.ClientOptions {
	t.Helper()
	u, err := url.Parse(tn.Server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return azcore.ClientOptions{
		Cloud:     cloud.Configuration{ActiveDirectoryAuthorityHost: tn.Server.URL, Services: map[cloud.ServiceName]cloud.ServiceConfiguration{}},
		Transport: here{tn.Server.Client(), u},
		Retry:     policy.RetryOptions{MaxRetries: -1},
	}
}

func getToken(t *testing.T, tn *tenanttest.Tenant, c azcore.TokenCredential) entra.Caller {
	t.Helper()
	token, err := c.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{storageScope}})
	if err != nil {
		t.Fatal(err)
	}
	caller, err := tn.Entra.Verify(t.Context(), token.Token, entra.StorageAudience)
	if err != nil {
		t.Fatal(err)
	}
	return caller
}

// TestAzidentitySignsIn signs in by every credential of Microsoft's Go library that needs no browser.
func TestAzidentitySignsIn(t *testing.T) {
	t.Parallel()
	tn := tenanttest.New(t)
	app, sp, secret := tn.Application("loader")
	u := tn.User("ann")
	cert, key := tn.Certificate(true)
	if _, err := tn.Directory.AddCertificate(app.ID, "cert", cert.Raw); err != nil {
		t.Fatal(err)
	}
	for _, noDiscovery := range []bool{true, false} {
		options := sdkOptions(t, tn)
		bySecret, err := azidentity.NewClientSecretCredential(tn.ID(), app.AppID, secret,
			&azidentity.ClientSecretCredentialOptions{ClientOptions: options, DisableInstanceDiscovery: noDiscovery})
		if err != nil {
			t.Fatal(err)
		}
		byCertificate, err := azidentity.NewClientCertificateCredential(tn.ID(), app.AppID, []*x509.Certificate{cert}, key,
			&azidentity.ClientCertificateCredentialOptions{ClientOptions: options, DisableInstanceDiscovery: noDiscovery, SendCertificateChain: true})
		if err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]azcore.TokenCredential{"secret": bySecret, "certificate": byCertificate} {
			if caller := getToken(t, tn, c); caller.Principal.ID != sp.ID {
				t.Errorf("by %s, discovery off %t: %+v", name, noDiscovery, caller)
			}
		}
		//nolint:staticcheck // SA1019: Microsoft advises against passwords for its cloud; a tenant in the box has them
		byPassword, err := azidentity.NewUsernamePasswordCredential(tn.ID(), directory.AppAzureCLI, u.UserPrincipalName, tenanttest.Password,
			&azidentity.UsernamePasswordCredentialOptions{ClientOptions: options, DisableInstanceDiscovery: noDiscovery})
		if err != nil {
			t.Fatal(err)
		}
		byDevice, err := azidentity.NewDeviceCodeCredential(&azidentity.DeviceCodeCredentialOptions{
			ClientOptions: options, TenantID: tn.ID(), ClientID: directory.AppAzureCLI, DisableInstanceDiscovery: noDiscovery,
			UserPrompt: func(_ context.Context, m azidentity.DeviceCodeMessage) error {
				path := strings.TrimPrefix(m.VerificationURL, tn.Server.URL)
				if a := tn.Post(path, "otc", m.UserCode, "login", u.UserPrincipalName, "passwd", tenanttest.Password); a.Status != http.StatusOK {
					t.Errorf("device page: %d %s", a.Status, a.Text)
				}
				return nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]azcore.TokenCredential{"password": byPassword, "device": byDevice} {
			if caller := getToken(t, tn, c); caller.Principal.ID != u.ID || caller.Name != u.UserPrincipalName {
				t.Errorf("by %s, discovery off %t: %+v", name, noDiscovery, caller)
			}
			getToken(t, tn, c) // from its cache
		}
	}
}

func TestAzidentityIsToldWhy(t *testing.T) {
	t.Parallel()
	tn := tenanttest.New(t)
	app, _, _ := tn.Application("loader")
	c, err := azidentity.NewClientSecretCredential(tn.ID(), app.AppID, "wrong",
		&azidentity.ClientSecretCredentialOptions{ClientOptions: sdkOptions(t, tn), DisableInstanceDiscovery: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = c.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{storageScope}}); err == nil || !strings.Contains(err.Error(), "AADSTS7000215") {
		t.Errorf("a wrong secret: %v", err)
	}
}

var flowField = regexp.MustCompile(`name="flow" value="([^"]*)"`)

const (
	verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" // and its challenge: RFC 7636, appendix B
	pkce     = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
	redirect = "http://localhost:8400/"
)

// openPage asks for the sign-in page and returns the id of its flow.
func openPage(t *testing.T, tn *tenanttest.Tenant, change url.Values) (tenanttest.Answer, string) {
	t.Helper()
	q := url.Values{
		"client_id": {directory.AppAzureCLI}, "response_type": {"code"}, "redirect_uri": {redirect}, "scope": {storageScope + " openid offline_access"},
		"state": {"the state"}, "nonce": {"the nonce"}, "code_challenge": {pkce}, "code_challenge_method": {"S256"},
	}
	maps.Copy(q, change)
	a := tn.Get("/organizations/oauth2/v2.0/authorize?" + q.Encode())
	m := flowField.FindStringSubmatch(a.Text)
	if m == nil {
		return a, ""
	}
	return a, m[1]
}

// answer sends the sign-in page and returns where the browser is sent.
func answer(t *testing.T, tn *tenanttest.Tenant, form ...string) url.Values {
	t.Helper()
	a := tn.Post("/"+tn.ID()+"/login", form...)
	to, err := url.Parse(a.Header.Get("Location"))
	if a.Status != http.StatusFound || err != nil || !strings.HasPrefix(a.Header.Get("Location"), redirect) {
		t.Fatalf("the page answers %d %q\n%s", a.Status, a.Header.Get("Location"), a.Text)
	}
	return to.Query()
}

func redeem(tn *tenanttest.Tenant, code string, change ...string) tenanttest.Answer {
	form := map[string]string{
		"client_id": directory.AppAzureCLI, "grant_type": "authorization_code", "code": code, "redirect_uri": redirect, "code_verifier": verifier,
	}
	for i := 0; i < len(change); i += 2 {
		form[change[i]] = change[i+1]
	}
	var list []string
	for name, value := range form {
		list = append(list, name, value)
	}
	return tn.Post("/organizations/oauth2/v2.0/token", list...)
}

func TestUsersSignInOnThePage(t *testing.T) {
	t.Parallel()
	tn := tenanttest.New(t)
	u := tn.User("ann")
	a, flow := openPage(t, tn, nil)
	csp := a.Header.Get("Content-Security-Policy")
	if flow == "" || !strings.Contains(csp, "frame-ancestors 'none'") || !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
		t.Fatalf("page: %d %s\n%s", a.Status, csp, a.Text)
	}
	wrong := tn.Post("/"+tn.ID()+"/login", "flow", flow, "login", u.UserPrincipalName+`"><script>`, "passwd", "Wrong-Horse-9")
	m := flowField.FindStringSubmatch(wrong.Text)
	if m == nil || !strings.Contains(wrong.Text, "AADSTS50126") || strings.Contains(wrong.Text, "<script>") {
		t.Fatalf("a wrong password: %d %s", wrong.Status, wrong.Text)
	}
	if again := tn.Post("/"+tn.ID()+"/login", "flow", flow, "login", u.UserPrincipalName, "passwd", tenanttest.Password); again.Status != http.StatusBadRequest {
		t.Errorf("a page that was used before: %d", again.Status)
	}
	back := answer(t, tn, "flow", m[1], "login", u.UserPrincipalName, "passwd", tenanttest.Password)
	if back.Get("state") != "the state" || back.Get("code") == "" {
		t.Fatalf("sent back with %v", back)
	}
	tokens := redeem(tn, back.Get("code"))
	if tokens.Status != http.StatusOK || tokens.String("refresh_token") == "" {
		t.Fatalf("tokens: %d %s", tokens.Status, tokens.Text)
	}
	check(t, claimsOf(t, tokens.String("id_token")), map[string]any{"nonce": "the nonce", "oid": string(u.ID)})
	if replay := redeem(tn, back.Get("code")); replay.AADSTS() != 54005 {
		t.Errorf("a code used twice: %s", replay.Text)
	}
}

func TestCodesAreForWhoAskedForThem(t *testing.T) {
	t.Parallel()
	tn := tenanttest.New(t)
	u := tn.User("ann")
	for _, tc := range []struct {
		name   string
		change []string
		aadsts int
	}{
		{"another verifier", []string{"code_verifier", strings.Repeat("x", 43)}, 501481},
		{"no verifier", []string{"code_verifier", ""}, 501481},
		{"another address", []string{"redirect_uri", "http://localhost:9999/"}, 50011},
		{"another client", []string{"client_id", directory.AppAzurePowerShell}, 700005},
	} {
		_, flow := openPage(t, tn, nil)
		code := answer(t, tn, "flow", flow, "login", u.UserPrincipalName, "passwd", tenanttest.Password).Get("code")
		if a := redeem(tn, code, tc.change...); a.AADSTS() != tc.aadsts {
			t.Errorf("%s: %s, want %d", tc.name, a.Text, tc.aadsts)
		}
		if a := redeem(tn, code); a.AADSTS() != 54005 {
			t.Errorf("the right request after %s: %s", tc.name, a.Text)
		}
	}
}

func TestWrongAuthorizationRequests(t *testing.T) {
	t.Parallel()
	tn := tenanttest.New(t)
	for _, tc := range []struct {
		name   string
		change url.Values
		sent   string // error that the client gets; empty where the browser must not be sent anywhere
	}{
		{"an address of somebody else", url.Values{"redirect_uri": {"https://evil.example/"}}, ""},
		{"an address like loopback", url.Values{"redirect_uri": {"http://localhost.evil.example/"}}, ""},
		{"an address with a user", url.Values{"redirect_uri": {"http://localhost@evil.example/"}}, ""},
		{"another path", url.Values{"redirect_uri": {"http://localhost:1/path"}}, ""},
		{"no client", url.Values{"client_id": {""}}, ""},
		{"a confidential client of Microsoft's", url.Values{"client_id": {directory.AppGraph}}, ""},
		{"no PKCE", url.Values{"code_challenge": {""}}, "invalid_request"},
		{"plain PKCE", url.Values{"code_challenge_method": {"plain"}}, "invalid_request"},
		{"a token at once", url.Values{"response_type": {"token"}}, "unsupported_response_type"},
		{"no page", url.Values{"prompt": {"none"}}, "interaction_required"},
		{"a resource that does not exist", url.Values{"scope": {"api://none/.default"}}, "invalid_resource"},
	} {
		a, flow := openPage(t, tn, tc.change)
		to, err := url.Parse(a.Header.Get("Location"))
		if err != nil {
			t.Fatal(err)
		}
		if flow != "" || to.Query().Get("error") != tc.sent || tc.sent == "" && a.Status != http.StatusBadRequest {
			t.Errorf("%s: %d %q flow %q", tc.name, a.Status, a.Header.Get("Location"), flow)
		}
	}
}

func TestPagesOfOthersCannotSignIn(t *testing.T) {
	t.Parallel()
	tn := tenanttest.New(t)
	u := tn.User("ann")
	_, flow := openPage(t, tn, nil)
	form := url.Values{"flow": {flow}, "login": {u.UserPrincipalName}, "passwd": {tenanttest.Password}}
	for name, value := range map[string]string{"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, tn.Server.URL+"/"+tn.ID()+"/login", strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set(name, value)
		if a := tn.Do(req); a.Status != http.StatusBadRequest {
			t.Errorf("%s %s: %d", name, value, a.Status)
		}
	}
	for mode, want := range map[string]string{"fragment": "#", "form_post": ""} {
		_, flow := openPage(t, tn, url.Values{"response_mode": {mode}})
		a := tn.Post("/"+tn.ID()+"/login", "flow", flow, "login", u.UserPrincipalName, "passwd", tenanttest.Password)
		if want != "" && !strings.HasPrefix(a.Header.Get("Location"), redirect+want) || want == "" && !strings.Contains(a.Text, `name="code"`) {
			t.Errorf("response mode %s: %d %v\n%s", mode, a.Status, a.Header, a.Text)
		}
	}
}

func TestDevicesWaitForTheirUser(t *testing.T) {
	t.Parallel()
	tn := tenanttest.New(t)
	u := tn.User("ann")
	begin := func() (deviceCode, userCode string) {
		a := tn.Post("/organizations/oauth2/v2.0/devicecode", "client_id", directory.AppAzureCLI, "scope", storageScope)
		return a.String("device_code"), a.String("user_code")
	}
	poll := func(code, client string) tenanttest.Answer {
		return tn.Post("/organizations/oauth2/v2.0/token", "client_id", client, "grant_type", "urn:ietf:params:oauth:grant-type:device_code", "device_code", code)
	}
	code, userCode := begin()
	if a := poll(code, directory.AppAzureCLI); a.String("error") != "authorization_pending" {
		t.Errorf("before the user: %s", a.Text)
	}
	if a := poll(code, directory.AppAzurePowerShell); a.AADSTS() != 70018 {
		t.Errorf("another client: %s", a.Text)
	}
	if a := tn.Post("/devicelogin", "otc", userCode, "login", u.UserPrincipalName, "passwd", "Wrong-Horse-9"); a.Status != http.StatusBadRequest {
		t.Errorf("a wrong password: %d", a.Status)
	}
	tn.Post("/devicelogin", "otc", strings.ToLower(userCode), "login", u.UserPrincipalName, "passwd", tenanttest.Password)
	if a := poll(code, directory.AppAzureCLI); a.Status != http.StatusOK {
		t.Errorf("after the user: %s", a.Text)
	}
	if a := poll(code, directory.AppAzureCLI); a.AADSTS() != 70018 {
		t.Errorf("a code used twice: %s", a.Text)
	}
	code, userCode = begin()
	tn.Post("/devicelogin", "otc", userCode, "login", "x", "cancel", "1")
	if a := poll(code, directory.AppAzureCLI); a.String("error") != "authorization_declined" {
		t.Errorf("after a refusal: %s", a.Text)
	}
	code, userCode = begin()
	for range 12 {
		tn.Post("/devicelogin", "otc", "WRONGCODE", "login", u.UserPrincipalName, "passwd", tenanttest.Password)
	}
	if a := tn.Post("/devicelogin", "otc", userCode, "login", u.UserPrincipalName, "passwd", tenanttest.Password); a.Status != http.StatusBadRequest {
		t.Errorf("the right code after twelve wrong ones: %d", a.Status)
	}
	tn.Clock.Advance(16 * 60 * 1e9)
	if a := poll(code, directory.AppAzureCLI); a.String("error") != "expired_token" {
		t.Errorf("after its time: %s", a.Text)
	}
}
