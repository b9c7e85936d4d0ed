package bearer

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/ownlake/ownlake/errs"
)

// Bounds of what an issuer can make us do, and of what tokens can make us do to an issuer.
const (
	fetchTimeout  = 10 * time.Second
	maxDocument   = 1 << 20
	maxKeys       = 256 // Entra has about ten
	maxKeysPerID  = 4
	refreshAfter  = time.Hour // keys that an issuer withdrew are not believed for longer
	maxFetches    = 3         // of an issuer within fetchInterval
	fetchInterval = 30 * time.Second
	minRSABits    = 2048
	maxRSABits    = 8192
)

// signingKey is a public key of an issuer.
type signingKey struct {
	id         string
	public     crypto.PublicKey
	algorithms []jose.SignatureAlgorithm
}

// keySet is what an issuer's keys were at some time.
type keySet struct{ byID map[string][]*signingKey }

// find returns the key that a token names and its algorithm fits. A token that names none is of the only key, as an
// issuer with several must name them (OpenID Connect Core, section 10.1).
func (s *keySet) find(id string, a jose.SignatureAlgorithm) *signingKey {
	if s == nil {
		return nil
	}
	keys := s.byID[id]
	if id == "" && len(s.byID) == 1 {
		for _, keys = range s.byID {
		}
	}
	i := slices.IndexFunc(keys, func(k *signingKey) bool { return slices.Contains(k.algorithms, a) })
	if i < 0 {
		return nil
	}
	return keys[i]
}

// has reports whether a key that was found once is among the keys still.
func (s *keySet) has(k *signingKey) bool {
	return slices.ContainsFunc(s.byID[k.id], func(other *signingKey) bool {
		public, ok := k.public.(interface{ Equal(crypto.PublicKey) bool })
		return other == k || ok && public.Equal(other.public)
	})
}

// keyFor returns the key that a token says it is signed with. If it is not known the issuer is asked, unless it was asked often
// of late.
func (i *issuer) keyFor(ctx context.Context, t token) (*signingKey, error) {
	if k := i.current(ctx).find(t.keyID, t.algorithm); k != nil {
		return k, nil
	}
	i.mu.Lock()
	done := i.fetching
	if done == nil && i.mayFetch() {
		done = i.fetch(ctx)
	}
	i.mu.Unlock()
	if done != nil {
		select {
		case <-done:
		case <-ctx.Done():
			return nil, errs.E(ctx.Err())
		}
	}
	i.mu.Lock()
	keys, failure := i.keys, i.failure
	i.mu.Unlock()
	k := keys.find(t.keyID, t.algorithm)
	switch {
	case k != nil:
		return k, nil
	case failure != nil:
		return nil, errs.E(errs.Unavailable, errs.Item(i.url), "the issuer's keys cannot be fetched", failure)
	}
	return nil, refused("Signature validation failed. The issuer has no such key.")
}

// current returns the keys that are known. If they are old the issuer is asked meanwhile.
func (i *issuer) current(ctx context.Context) *keySet {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.keys != nil && i.clock().Sub(i.fetched) >= refreshAfter && i.fetching == nil && i.mayFetch() {
		i.fetch(ctx)
	}
	return i.keys
}

// mayFetch reports whether the issuer was left alone enough. The caller holds mu.
func (i *issuer) mayFetch() bool {
	oldest := i.asked[0]
	return oldest.IsZero() || i.clock().Sub(oldest) >= fetchInterval
}

// fetch begins to ask the issuer and returns what is closed at the end. Others wait for the same answer, so it goes on
// when the caller has given up. The caller holds mu.
func (i *issuer) fetch(ctx context.Context) chan struct{} {
	now := i.clock()
	copy(i.asked[:], i.asked[1:])
	i.asked[len(i.asked)-1] = now
	done := make(chan struct{})
	i.fetching = done
	go func() {
		defer close(done)
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchTimeout)
		defer cancel()
		keys, err := i.ask(ctx)
		if err != nil {
			i.logger.WarnContext(ctx, "an issuer's keys cannot be fetched", slog.String("issuer", i.url), slog.Any("error", err))
		}
		i.mu.Lock()
		defer i.mu.Unlock()
		i.fetching, i.failure = nil, err
		if err == nil {
			i.keys, i.fetched = keys, now
		}
	}()
	return done
}

// ask reads the discovery document and the keys that it points to.
func (i *issuer) ask(ctx context.Context) (*keySet, error) {
	var discovery struct {
		Issuer  string `json:"issuer"`
		JWKSURI string `json:"jwks_uri"`
	}
	if err := i.get(ctx, strings.TrimSuffix(i.url, "/")+"/.well-known/openid-configuration", &discovery); err != nil {
		return nil, err
	}
	if !slices.Contains(i.names, discovery.Issuer) {
		return nil, fmt.Errorf("the discovery document is of another issuer, %q", discovery.Issuer)
	}
	u, err := url.Parse(discovery.JWKSURI)
	if err != nil || u.Host == "" || !isSafe(u) {
		return nil, fmt.Errorf("the discovery document's jwks_uri is no address of https, %q", discovery.JWKSURI)
	}
	var document struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := i.get(ctx, discovery.JWKSURI, &document); err != nil {
		return nil, err
	}
	if len(document.Keys) > maxKeys {
		return nil, fmt.Errorf("the issuer has %d keys, which is more than %d", len(document.Keys), maxKeys)
	}
	return i.readKeys(document.Keys)
}

// get fetches a document of JSON.
func (i *issuer) get(ctx context.Context, address string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return err
	}
	req.Header.Set("Accept", "application/json")
	resp, err := i.client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }() // nothing more is read
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: %s", address, resp.Status)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxDocument+1))
	switch {
	case err != nil:
		return fmt.Errorf("GET %s: %w", address, err)
	case len(body) > maxDocument:
		return fmt.Errorf("GET %s: the answer is larger than %d bytes", address, maxDocument)
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("GET %s: %w", address, err)
	}
	return nil
}

// readKeys keeps the keys that sign tokens of this issuer. Others are passed over, as sets grow kinds of keys that
// their readers do not know (RFC 7517, section 5).
func (i *issuer) readKeys(documents []json.RawMessage) (*keySet, error) {
	set := &keySet{byID: map[string][]*signingKey{}}
	for _, d := range documents {
		k := i.readKey(d)
		if k != nil && len(set.byID[k.id]) < maxKeysPerID {
			set.byID[k.id] = append(set.byID[k.id], k)
		}
	}
	if len(set.byID) == 0 {
		return nil, fmt.Errorf("none of the issuer's %d keys is one that signs tokens", len(documents))
	}
	return set, nil
}

// readKey returns nil for a key that does not sign tokens of this issuer.
func (i *issuer) readKey(document json.RawMessage) *signingKey {
	var jwk jose.JSONWebKey
	if jwk.UnmarshalJSON(document) != nil || !jwk.IsPublic() || !jwk.Valid() || jwk.Use != "" && jwk.Use != "sig" {
		return nil
	}
	// Entra says of each key whose tokens it signs: those of one tenant, or of every one that is put into the name.
	var of struct {
		Issuer string `json:"issuer"`
	}
	if json.Unmarshal(document, &of) != nil {
		return nil
	}
	if of.Issuer != "" && !slices.Contains(i.names, strings.ReplaceAll(of.Issuer, "{tenantid}", i.tenant)) {
		return nil
	}
	k := &signingKey{id: jwk.KeyID, public: jwk.Key, algorithms: algorithmsOf(jwk.Key)}
	if jwk.Algorithm != "" {
		k.algorithms = slices.DeleteFunc(k.algorithms, func(a jose.SignatureAlgorithm) bool { return string(a) != jwk.Algorithm })
	}
	if len(k.algorithms) == 0 {
		return nil
	}
	return k
}

// algorithmsOf are those that a key is for. The caller owns the result.
func algorithmsOf(public crypto.PublicKey) []jose.SignatureAlgorithm {
	switch k := public.(type) {
	case *rsa.PublicKey:
		if bits := k.N.BitLen(); bits >= minRSABits && bits <= maxRSABits {
			return []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512}
		}
	case *ecdsa.PublicKey:
		switch k.Curve.Params().BitSize {
		case 256:
			return []jose.SignatureAlgorithm{jose.ES256}
		case 384:
			return []jose.SignatureAlgorithm{jose.ES384}
		case 521:
			return []jose.SignatureAlgorithm{jose.ES512}
		}
	}
	return nil
}
