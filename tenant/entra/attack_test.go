package entra_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/tenant/directory"
	"github.com/ownlake/ownlake/tenant/entra"
	"github.com/ownlake/ownlake/tenant/tenanttest"
)

// sign signs claims with a key under headers of one's choice.
func sign(t *testing.T, alg jose.SignatureAlgorithm, key any, headers map[jose.HeaderKey]any, claims map[string]any) string {
	t.Helper()
	o := &jose.SignerOptions{ExtraHeaders: headers}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, o.WithType("JWT"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := signer.Sign(text)
	if err != nil {
		t.Fatal(err)
	}
	token, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func encode(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// TestForgedTokensAreRefused tries what an attacker without the tenant's key can make, and what one with another token can.
func TestForgedTokensAreRefused(t *testing.T) {
	t.Parallel()
	tn, other := tenanttest.New(t), tenanttest.New(t)
	u := tn.User("ann", directory.GlobalAdministrator)
	good := tn.UserToken(u, "https://graph.microsoft.com/.default")
	if _, err := tn.Entra.Verify(t.Context(), good, entra.GraphAudience); err != nil {
		t.Fatal(err)
	}
	claims := claimsOf(t, good)
	parts := strings.Split(good, ".")
	kid := tn.Get("/" + tn.ID() + "/discovery/keys").Body["keys"].([]any)[0].(map[string]any)["kid"].(string) //nolint:forcetypeassert,errcheck // the test ends if not
	mallory, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	changed := maps.Clone(claims)
	changed["oid"] = "11111111-2222-3333-4444-555555555555"
	headers := map[jose.HeaderKey]any{"kid": kid}
	member := tn.User("ben")
	gone := tn.UserToken(member, "https://graph.microsoft.com/.default")
	if err := tn.Directory.Delete(member.ID); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		token string
		code  errs.Code
	}{
		"nothing":                     {"", entra.CodeInvalidToken},
		"garbage":                     {"a.b.c", entra.CodeInvalidToken},
		"huge":                        {strings.Repeat("a", 1<<20), entra.CodeInvalidToken},
		"no signature":                {parts[0] + "." + parts[1] + ".", entra.CodeInvalidToken},
		"alg none":                    {encode(t, map[string]string{"alg": "none", "typ": "JWT", "kid": kid}) + "." + parts[1] + ".", entra.CodeInvalidToken},
		"alg none in other case":      {encode(t, map[string]string{"alg": "nOnE", "kid": kid}) + "." + parts[1] + ".", entra.CodeInvalidToken},
		"changed claims":              {parts[0] + "." + encode(t, changed) + "." + parts[2], entra.CodeInvalidToken},
		"another's key, our kid":      {sign(t, jose.RS256, mallory, headers, claims), entra.CodeInvalidToken},
		"another's key in the header": {sign(t, jose.RS256, mallory, map[jose.HeaderKey]any{"jwk": jose.JSONWebKey{Key: mallory.Public()}}, claims), entra.CodeInvalidToken},
		"a secret made of our kid":    {sign(t, jose.HS256, []byte(kid+kid), headers, claims), entra.CodeInvalidToken},
		"of another tenant":           {other.UserToken(other.User("ann"), "https://graph.microsoft.com/.default"), entra.CodeInvalidToken},
		"of another resource":         {tn.UserToken(u, storageScope), entra.CodeWrongAudience},
		"of a user that is gone":      {gone, entra.CodeInvalidToken},
	} {
		if _, err := tn.Entra.Verify(t.Context(), tc.token, entra.GraphAudience); !errs.Is(err, errs.Unauthorized) || errs.CodeOf(err) != tc.code {
			t.Errorf("%s: %v (%s), want %s", name, err, errs.CodeOf(err), tc.code)
		} else if len(tc.token) > 20 && strings.Contains(err.Error(), tc.token[:20]) {
			t.Errorf("%s: the error repeats the token", name)
		}
	}
	id := tn.Post(tokenPath(tn), "client_id", directory.AppAzureCLI, "grant_type", "password", "username", u.UserPrincipalName, "password", tenanttest.Password, "scope", "openid").String("id_token")
	if _, err := tn.Entra.Verify(t.Context(), id, entra.GraphAudience); errs.CodeOf(err) != entra.CodeWrongAudience {
		t.Errorf("an ID token: %v", err)
	}
	tn.Clock.Advance(2 * time.Hour)
	if _, err := tn.Entra.Verify(t.Context(), good, entra.GraphAudience); errs.CodeOf(err) != entra.CodeExpiredToken {
		t.Errorf("an expired token: %v", err)
	}
}

// TestClientAssertions tries every way in which a client's proof by a signature can be right or wrong.
func TestClientAssertions(t *testing.T) {
	t.Parallel()
	tn := tenanttest.New(t)
	app, _, _ := tn.Application("loader")
	strange, _, _ := tn.Application("strange")
	cert, key := tn.Certificate(true)
	ecCert, ecKey := tn.Certificate(false)
	otherCert, otherKey := tn.Certificate(true)
	for _, c := range [][]byte{cert.Raw, ecCert.Raw} {
		if _, err := tn.Directory.AddCertificate(app.ID, "cert", c); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := tn.Directory.AddCertificate(strange.ID, "cert", otherCert.Raw); err != nil {
		t.Fatal(err)
	}
	now := tn.Clock.Now()
	thumb := func(der []byte) map[jose.HeaderKey]any {
		return map[jose.HeaderKey]any{"x5t#S256": directory.Thumbprint256(der)}
	}
	claims := func(change ...any) map[string]any {
		c := map[string]any{
			"iss": app.AppID, "sub": app.AppID, "aud": tn.Server.URL + tokenPath(tn), "jti": "1",
			"nbf": now.Unix(), "exp": now.Add(10 * time.Minute).Unix(),
		}
		for i := 0; i < len(change); i += 2 {
			name, _ := change[i].(string)
			c[name] = change[i+1]
		}
		return c
	}
	right := sign(t, jose.PS256, key, thumb(cert.Raw), claims())
	for _, tc := range []struct {
		name      string
		assertion string
		aadsts    int
	}{
		{"PS256", right, 0},
		{"RS256", sign(t, jose.RS256, key, thumb(cert.Raw), claims()), 0},
		{"ES256", sign(t, jose.ES256, ecKey, thumb(ecCert.Raw), claims()), 0},
		{"the issuer as audience", sign(t, jose.PS256, key, thumb(cert.Raw), claims("aud", tn.Entra.Issuer())), 0},
		{"no thumbprint", sign(t, jose.PS256, key, nil, claims()), 700027},
		{"a certificate of another application", sign(t, jose.PS256, otherKey, thumb(otherCert.Raw), claims()), 700027},
		{"another key", sign(t, jose.PS256, otherKey, thumb(cert.Raw), claims()), 700027},
		{"a key that it brings along", sign(t, jose.PS256, otherKey, map[jose.HeaderKey]any{"x5c": []string{base64.StdEncoding.EncodeToString(otherCert.Raw)}}, claims()), 700027},
		{"a secret", sign(t, jose.HS256, cert.Raw, thumb(cert.Raw), claims()), 50027},
		{"no signature", encode(t, map[string]any{"alg": "none", "x5t#S256": directory.Thumbprint256(cert.Raw)}) + "." + encode(t, claims()) + ".", 50027},
		{"garbage", "x", 50027},
		{"another issuer", sign(t, jose.PS256, key, thumb(cert.Raw), claims("iss", strange.AppID)), 700021},
		{"another subject", sign(t, jose.PS256, key, thumb(cert.Raw), claims("sub", strange.AppID)), 700021},
		{"another audience", sign(t, jose.PS256, key, thumb(cert.Raw), claims("aud", "https://login.microsoftonline.com/"+tn.ID()+"/oauth2/v2.0/token")), 700023},
		{"an expired one", sign(t, jose.PS256, key, thumb(cert.Raw), claims("exp", now.Add(-time.Hour).Unix())), 700024},
		{"one of the future", sign(t, jose.PS256, key, thumb(cert.Raw), claims("nbf", now.Add(time.Hour).Unix())), 700024},
		{"one without an end", sign(t, jose.PS256, key, thumb(cert.Raw), claims("exp", nil)), 700024},
	} {
		a := tn.Post(tokenPath(tn), "client_id", app.AppID, "grant_type", "client_credentials", "scope", storageScope,
			"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "client_assertion", tc.assertion)
		if tc.aadsts == 0 && a.Status != http.StatusOK || a.AADSTS() != tc.aadsts {
			t.Errorf("%s: %d %s, want %d", tc.name, a.Status, a.Text, tc.aadsts)
		}
		tn.Clock.Advance(time.Millisecond)
		if a.AADSTS() != 0 { // a good one, so that failures do not add up to a lock
			tn.Post(tokenPath(tn), "client_id", app.AppID, "grant_type", "client_credentials", "scope", storageScope,
				"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "client_assertion", right)
		}
	}
	tn.Clock.Advance(48 * time.Hour)
	late := tn.Clock.Now()
	a := tn.Post(tokenPath(tn), "client_id", app.AppID, "grant_type", "client_credentials", "scope", storageScope,
		"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
		"client_assertion", sign(t, jose.PS256, key, thumb(cert.Raw), claims("nbf", late.Unix(), "exp", late.Add(time.Minute).Unix())))
	if a.AADSTS() != 700027 {
		t.Errorf("an expired certificate: %s", a.Text)
	}
}

// FuzzTokenEndpoint sends forms to the token endpoint: it must answer each with JSON and never fail itself.
func FuzzTokenEndpoint(f *testing.F) {
	for _, form := range []string{
		"grant_type=client_credentials&client_id=" + directory.AppAzureCLI + "&client_assertion=a.b.c&scope=" + storageScope,
		"grant_type=password&client_id=" + directory.AppAzureCLI + "&username=a&password=b&scope=openid",
		"grant_type=refresh_token&client_id=" + directory.AppAzureCLI + "&refresh_token=a.b", "grant_type=authorization_code&code=x", "%zz", "a=1&a=2",
	} {
		f.Add(form, true)
		f.Add(form, false)
	}
	tn := tenanttest.New(f)
	f.Fuzz(func(t *testing.T, form string, version2 bool) {
		path := "/" + tn.ID() + "/oauth2/token"
		if version2 {
			path = tokenPath(tn)
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://x"+path, strings.NewReader(form))
		if err != nil {
			t.Skip()
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.RemoteAddr = "192.0.2.1:1"
		w := httptest.NewRecorder()
		tn.Entra.ServeHTTP(w, req)
		var body map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || body["access_token"] != nil || w.Code < 400 || w.Code >= 500 {
			t.Errorf("%q: %d %s", form, w.Code, w.Body)
		}
	})
}

// FuzzVerify looks for a token that panics or is taken.
func FuzzVerify(f *testing.F) {
	tn := tenanttest.New(f)
	good := tn.UserToken(tn.User("ann"), storageScope)
	f.Add(good[:len(good)-4])
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	f.Add("..")
	f.Fuzz(func(t *testing.T, token string) {
		if token == good {
			t.Skip()
		}
		// The signature's last character has bits that count for nothing, so another spelling of the same token is the same.
		if c, err := tn.Entra.Verify(t.Context(), token, entra.StorageAudience); err == nil && !strings.HasPrefix(token, good[:len(good)-1]) {
			t.Errorf("%q is taken, of %+v", token, c)
		} else if err != nil && !errs.Is(err, errs.Unauthorized) {
			t.Errorf("%q: %v", token, err)
		}
	})
}
