// Package bearertest has an issuer of bearer tokens for tests: it has keys of its own, serves its discovery document
// and keys over HTTP, can rotate and break them, and signs any claims in any way. [Issuer.Credential] hands its tokens
// to the Azure SDKs for Go.
package bearertest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/uuid"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/adls/bearer"
)

// Lifetime is how long tokens of [Issuer.Claims] hold.
const Lifetime = time.Hour

// Issuer is an issuer of one tenant at a loopback address. It is safe for concurrent use.
type Issuer struct {
	tb     testing.TB
	clock  func() time.Time
	server *httptest.Server
	tenant string
	asked  atomic.Int64

	mu        sync.Mutex
	private   *rsa.PrivateKey    // guarded by mu
	published jose.JSONWebKeySet // guarded by mu; the last is the private key's
	broken    http.HandlerFunc   // guarded by mu; nil while the issuer answers
}

// New starts an issuer that ends with the test.
func New(tb testing.TB, clock func() time.Time) *Issuer {
	tb.Helper()
	return start(tb, clock, (*httptest.Server).Start)
}

// NewTLS starts an issuer that is reached by HTTPS, with a certificate of its own.
func NewTLS(tb testing.TB, clock func() time.Time) *Issuer {
	tb.Helper()
	return start(tb, clock, (*httptest.Server).StartTLS)
}

func start(tb testing.TB, clock func() time.Time, listen func(*httptest.Server)) *Issuer {
	tb.Helper()
	i := &Issuer{tb: tb, clock: clock, tenant: uuid.NewString()}
	i.server = httptest.NewUnstartedServer(http.HandlerFunc(i.serve))
	i.server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug) // of clients that do not trust it
	listen(i.server)
	tb.Cleanup(i.server.Close)
	i.Rotate()
	return i
}

// URL is the issuer's identifier.
func (i *Issuer) URL() string { return i.server.URL + "/" + i.tenant + "/v2.0" }

// Tenant is the id of its tenant.
func (i *Issuer) Tenant() string { return i.tenant }

// Config is how a verifier is told of the issuer.
func (i *Issuer) Config() bearer.Issuer {
	c := bearer.Issuer{URL: i.URL(), Tenant: i.tenant}
	if cert := i.server.Certificate(); cert != nil {
		c.RootCAs = x509.NewCertPool()
		c.RootCAs.AddCert(cert)
	}
	return c
}

// Asked is how many requests the issuer has got.
func (i *Issuer) Asked() int { return int(i.asked.Load()) }

// Rotate puts a new key into the place of all others. It returns the new key.
func (i *Issuer) Rotate() *rsa.PrivateKey {
	i.tb.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		i.tb.Fatal(err)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.private = key
	i.published.Keys = []jose.JSONWebKey{{Key: key.Public(), KeyID: uuid.NewString(), Use: "sig"}}
	return key
}

// Publish puts a key before the others, which tokens do not come with unless they are signed by [Issuer.SignWith].
func (i *Issuer) Publish(key jose.JSONWebKey) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.published.Keys = slices.Insert(slices.Clone(i.published.Keys), 0, key)
}

// KeyID is the id of the key that signs tokens.
func (i *Issuer) KeyID() string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.published.Keys[len(i.published.Keys)-1].KeyID
}

// PublicKey is the key that verifies tokens.
func (i *Issuer) PublicKey() *rsa.PublicKey {
	i.mu.Lock()
	defer i.mu.Unlock()
	return &i.private.PublicKey
}

// Break lets all requests be answered by a handler, or by the issuer again if it is nil.
func (i *Issuer) Break(h http.HandlerFunc) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.broken = h
}

func (i *Issuer) serve(w http.ResponseWriter, r *http.Request) {
	i.asked.Add(1)
	i.mu.Lock()
	broken, keys := i.broken, i.published
	i.mu.Unlock()
	switch {
	case broken != nil:
		broken(w, r)
	case r.URL.Path == "/"+i.tenant+"/v2.0/.well-known/openid-configuration":
		_ = json.NewEncoder(w).Encode(map[string]string{"issuer": i.URL(), "jwks_uri": i.server.URL + "/keys"})
	case r.URL.Path == "/keys":
		_ = json.NewEncoder(w).Encode(keys)
	default:
		http.NotFound(w, r)
	}
}

// Claims are what a token says.
type Claims map[string]any

// With returns the claims with one changed, or without it if the value is nil.
func (c Claims) With(name string, value any) Claims {
	c = maps.Clone(c)
	c[name] = value
	if value == nil {
		delete(c, name)
	}
	return c
}

// Claims are those of a good token for a principal that is in these groups.
func (i *Issuer) Claims(id access.ObjectID, groups ...access.ObjectID) Claims {
	now := i.clock().Unix()
	c := Claims{
		"iss": i.URL(), "aud": "https://storage.azure.com", "iat": now, "nbf": now, "exp": now + int64(Lifetime/time.Second),
		"tid": i.tenant, "oid": string(id), "sub": uuid.NewString(), "ver": "2.0",
	}
	if groups != nil {
		c["groups"] = groups
	}
	return c
}

// Token is a good token for a principal that is in these groups.
func (i *Issuer) Token(id access.ObjectID, groups ...access.ObjectID) string {
	i.tb.Helper()
	return i.Sign(i.Claims(id, groups...))
}

// Sign returns a token that says these claims and is signed with the issuer's key.
func (i *Issuer) Sign(c Claims) string {
	i.tb.Helper()
	i.mu.Lock()
	key := i.private
	i.mu.Unlock()
	return i.SignWith(key, jose.RS256, map[jose.HeaderKey]any{"kid": i.KeyID(), "typ": "JWT"}, c)
}

// SignWith returns a token that is signed with any key and has any header. The key may be a private one or, for
// algorithms of secrets, bytes.
func (i *Issuer) SignWith(key crypto.PrivateKey, a jose.SignatureAlgorithm, header map[jose.HeaderKey]any, c Claims) string {
	i.tb.Helper()
	payload, err := json.Marshal(c)
	if err != nil {
		i.tb.Fatal(err)
	}
	return i.SignText(key, a, header, string(payload))
}

// SignText is [Issuer.SignWith] for what need not be claims, or JSON.
func (i *Issuer) SignText(key crypto.PrivateKey, a jose.SignatureAlgorithm, header map[jose.HeaderKey]any, payload string) string {
	i.tb.Helper()
	token, err := SignText(key, a, header, payload)
	if err != nil {
		i.tb.Fatal(err)
	}
	return token
}

// SignText signs any text as a token is.
func SignText(key crypto.PrivateKey, a jose.SignatureAlgorithm, header map[jose.HeaderKey]any, payload string) (string, error) {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: a, Key: key}, &jose.SignerOptions{ExtraHeaders: header})
	if err != nil {
		return "", err
	}
	signed, err := signer.Sign([]byte(payload))
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}
