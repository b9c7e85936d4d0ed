package bearer_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/ownlake/ownlake/adls/bearer"
	"github.com/ownlake/ownlake/adls/bearer/bearertest"
)

func encode(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

type header = map[jose.HeaderKey]any

// mustMake returns a key or fails.
func mustMake[K any](t *testing.T) func(k K, err error) K {
	t.Helper()
	return func(k K, err error) K {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
}

func TestHostileTokensAreRefused(t *testing.T) {
	t.Parallel()
	now := newClock()
	i := bearertest.New(t, now.Now)
	other := bearertest.New(t, now.Now)
	v := newVerifier(t, i, now, nil)
	strange := mustMake[*rsa.PrivateKey](t)(rsa.GenerateKey(rand.Reader, 2048))
	curve := mustMake[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	good, kid := i.Claims(alice), i.KeyID()
	token := i.Sign(good)
	parts := strings.Split(token, ".")
	public := x509.MarshalPKCS1PublicKey(i.PublicKey())
	pkix, err := x509.MarshalPKIXPublicKey(i.PublicKey())
	if err != nil {
		t.Fatal(err)
	}
	payload := strings.Replace(string(mustMake[[]byte](t)(base64.RawURLEncoding.DecodeString(parts[1]))), "{", `{"oid":"`+string(auditors)+`",`, 1)
	const (
		malformed = "not a JSON Web Token"
		signature = "Signature validation failed"
	)
	for name, tc := range map[string]struct{ token, want string }{
		"empty":                              {"", malformed},
		"no token":                           {"nonsense", malformed},
		"two parts":                          {parts[0] + "." + parts[1], malformed},
		"four parts":                         {token + "." + parts[2], malformed},
		"five parts, as one that is secret":  {token + "." + parts[1] + "." + parts[2], malformed},
		"a line break in it":                 {parts[0] + ".\n" + parts[1] + "." + parts[2], malformed},
		"padding":                            {token + "=", malformed},
		"algorithm none":                     {encode(`{"alg":"none"}`) + "." + parts[1] + ".", malformed},
		"algorithm None":                     {encode(`{"alg":"None","kid":"`+kid+`"}`) + "." + parts[1] + "." + parts[2], malformed},
		"algorithm none with the signature":  {encode(`{"alg":"none","kid":"`+kid+`"}`) + "." + parts[1] + "." + parts[2], malformed},
		"no algorithm":                       {encode(`{"kid":"`+kid+`"}`) + "." + parts[1] + "." + parts[2], malformed},
		"two algorithms":                     {encode(`{"alg":"RS256","alg":"none","kid":"`+kid+`"}`) + "." + parts[1] + "." + parts[2], malformed},
		"the public key as a secret, PKCS 1": {i.SignWith(public, jose.HS256, header{"kid": kid}, good), malformed},
		"the public key as a secret, PKIX":   {i.SignWith(pkix, jose.HS256, header{"kid": kid}, good), malformed},
		"the public key as a secret, PEM":    {i.SignWith(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: pkix}), jose.HS512, header{"kid": kid}, good), malformed},
		"a stranger's key":                   {i.SignWith(strange, jose.RS256, header{"kid": kid}, good), signature},
		"a stranger's key by its own id":     {i.SignWith(strange, jose.RS256, header{"kid": "mine"}, good), signature},
		"a stranger's key in the token":      {i.SignWith(strange, jose.RS256, header{"kid": kid, "jwk": jose.JSONWebKey{Key: strange.Public()}}, good), signature},
		"a stranger's key by its address":    {i.SignWith(strange, jose.RS256, header{"kid": kid, "jku": other.URL()}, good), signature},
		"a stranger's key without an id":     {i.SignWith(strange, jose.RS256, header{}, good), signature},
		"a key's id that is a path":          {i.SignWith(strange, jose.RS256, header{"kid": "../../../dev/null"}, good), signature},
		"a key of another kind":              {i.SignWith(curve, jose.ES256, header{"kid": kid}, good), signature},
		"the other algorithm's header":       {encode(`{"alg":"PS256","kid":"`+kid+`"}`) + "." + parts[1] + "." + parts[2], signature},
		"another issuer's key":               {other.Sign(good), signature},
		"another issuer that is not taken":   {other.Sign(other.Claims(alice)), "Issuer validation failed"},
		"claims of another token":            {parts[0] + "." + strings.Split(i.Token(auditors), ".")[1] + "." + parts[2], signature},
		"no signature":                       {parts[0] + "." + parts[1] + ".", signature},
		"half a signature":                   {parts[0] + "." + parts[1] + "." + parts[2][:len(parts[2])/2/4*4], signature},
		"a header that must be understood":   {i.SignWith(strange, jose.RS256, header{"kid": kid, "crit": []string{"exp"}, "exp": 1}, good), signature},
		"a proof of possession":              {i.SignWith(strange, jose.RS256, header{"kid": kid, "typ": "pop"}, good), "of a type"},
		"an event":                           {i.SignWith(strange, jose.RS256, header{"kid": kid, "typ": "logout+jwt"}, good), "of a type"},
		"claims that are no object":          {i.SignText(strange, jose.RS256, header{"kid": kid}, `["iss"]`), malformed},
		"claims that are no JSON":            {i.SignText(strange, jose.RS256, header{"kid": kid}, `{"iss":`), malformed},
		"a claim twice":                      {i.SignText(strange, jose.RS256, header{"kid": kid}, payload), malformed},
		"claims as deep as a well":           {i.SignText(strange, jose.RS256, header{"kid": kid}, strings.Repeat(`{"a":`, 4000)+"1"+strings.Repeat("}", 4000)), "validation failed"},
		"larger than is read":                {i.Sign(good.With("x", strings.Repeat("x", 25<<10))), "too large"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mustRefuse(t, v, tc.token, tc.want)
		})
	}
	if _, err := v.Verify(t.Context(), token); err != nil {
		t.Errorf("the good token: %v", err)
	}
}

func TestATokenAsLargeAsIsReadIsTaken(t *testing.T) {
	t.Parallel()
	now := newClock()
	i := bearertest.New(t, now.Now)
	token := i.Sign(i.Claims(alice).With("x", strings.Repeat("x", 23<<10)))
	if len(token) < 31<<10 || len(token) > 32<<10 {
		t.Fatalf("the token has %d bytes", len(token))
	}
	if _, err := newVerifier(t, i, now, nil).Verify(t.Context(), token); err != nil {
		t.Error(err)
	}
}

// TestKeysAreForTheAlgorithmsThatTheySay checks every algorithm that is taken, and that a key is not used for another
// one or for what is not signing.
func TestKeysAreForTheAlgorithmsThatTheySay(t *testing.T) {
	t.Parallel()
	now := newClock()
	rsaKey := mustMake[*rsa.PrivateKey](t)(rsa.GenerateKey(rand.Reader, 2048))
	weak := mustMake[*rsa.PrivateKey](t)(rsa.GenerateKey(rand.Reader, 1024))
	p256 := mustMake[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	p384 := mustMake[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))
	p521 := mustMake[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P521(), rand.Reader))
	secret := []byte("a secret that has the issuer's own public set")
	i := bearertest.New(t, now.Now)
	v := newVerifier(t, i, now, nil)
	kids := map[string]jose.JSONWebKey{
		"rsa": {Key: rsaKey.Public()}, "rsa for RS384": {Key: rsaKey.Public(), Algorithm: "RS384"}, "rsa to encrypt": {Key: rsaKey.Public(), Use: "enc"},
		"weak": {Key: weak.Public()}, "p256": {Key: p256.Public(), Use: "sig"}, "p384": {Key: p384.Public()}, "p521": {Key: p521.Public()},
		"secret": {Key: secret}, "private": {Key: p256},
	}
	for kid, key := range kids {
		key.KeyID = kid
		i.Publish(key)
	}
	for _, tc := range []struct {
		kid string
		key any
		alg jose.SignatureAlgorithm
		ok  bool
	}{
		{"rsa", rsaKey, jose.RS256, true},
		{"rsa", rsaKey, jose.RS384, true},
		{"rsa", rsaKey, jose.RS512, true},
		{"rsa", rsaKey, jose.PS256, true},
		{"rsa", rsaKey, jose.PS384, true},
		{"rsa", rsaKey, jose.PS512, true},
		{"p256", p256, jose.ES256, true},
		{"p384", p384, jose.ES384, true},
		{"p521", p521, jose.ES512, true},
		{"rsa for RS384", rsaKey, jose.RS384, true},
		{"rsa for RS384", rsaKey, jose.RS256, false},
		{"rsa for RS384", rsaKey, jose.PS384, false},
		{"rsa to encrypt", rsaKey, jose.RS256, false},
		{"weak", weak, jose.RS256, false},
		{"p256", p384, jose.ES384, false},
		{"secret", secret, jose.HS256, false},
		{"private", p256, jose.ES256, false},
		{"", rsaKey, jose.RS256, false}, // one of several keys must be named
	} {
		h := header{}
		if tc.kid != "" {
			h["kid"] = tc.kid
		}
		_, err := v.Verify(t.Context(), i.SignWith(tc.key, tc.alg, h, i.Claims(alice)))
		if (err == nil) != tc.ok {
			t.Errorf("%s signed by key %q: %v, want taken %v", tc.alg, tc.kid, err, tc.ok)
		}
	}
}

func TestOptionsThatMakeNoSenseAreRefused(t *testing.T) {
	t.Parallel()
	now := newClock()
	const tenant = string(auditors)
	for _, tc := range []struct {
		issuers []bearer.Issuer
		want    string // "" for taken
	}{
		{nil, "no issuer"},
		{[]bearer.Issuer{{URL: "https://login.microsoftonline.com/" + tenant + "/v2.0"}}, ""},
		{[]bearer.Issuer{{URL: "https://sts.windows.net/" + tenant + "/"}}, ""},
		{[]bearer.Issuer{{URL: "https://sts.windows.net/" + tenant + "/", Tenant: strings.ToUpper(tenant)}}, ""},
		{[]bearer.Issuer{{URL: "https://login.microsoftonline.com/common/v2.0"}}, "of every tenant"},
		{[]bearer.Issuer{{URL: "https://login.microsoftonline.com/"}}, "of every tenant"},
		{[]bearer.Issuer{{URL: "https://sts.windows.net/" + tenant + "/", Tenant: string(alice)}}, "of another tenant"},
		{[]bearer.Issuer{{URL: "https://sts.windows.net/" + tenant + "/"}, {URL: "https://login.microsoftonline.com/" + tenant + "/v2.0"}}, "the same name"},
		{[]bearer.Issuer{{URL: "https://id.example/realms/a"}}, "not a GUID"},
		{[]bearer.Issuer{{URL: "https://id.example/realms/a", Tenant: tenant, PrincipalClaim: "sub"}}, ""},
		{[]bearer.Issuer{{URL: "https://id.example/realms/a", Tenant: tenant, PrincipalClaim: "email"}}, "oid and sub"},
		{[]bearer.Issuer{{URL: "http://127.0.0.1:8080/realms/a", Tenant: tenant}}, ""},
		{[]bearer.Issuer{{URL: "http://id.example/realms/a", Tenant: tenant}}, "unprotected"},
		{[]bearer.Issuer{{URL: "ftp://127.0.0.1/a", Tenant: tenant}}, "unprotected"},
		{[]bearer.Issuer{{URL: "https://user:secret@id.example/", Tenant: tenant}}, "not an issuer's URL"},
		{[]bearer.Issuer{{URL: "id.example", Tenant: tenant}}, "not an issuer's URL"},
	} {
		_, err := bearer.New(bearer.Options{Account: "contoso", Issuers: tc.issuers, Clock: now.Now})
		if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
			t.Errorf("%+v: %v, want an error with %q", tc.issuers, err, tc.want)
		}
	}
}
