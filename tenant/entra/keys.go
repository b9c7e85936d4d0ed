package entra

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // G505: thumbprints of version 1 tokens are SHA-1 by definition; nothing trusts them
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/json"
	"maps"
	"math/big"
	"slices"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/tenant/state"
)

const (
	keyRecord = "entra/key/"
	keyBits   = 2048
	// keyLife is how long a key signs; the next one is made by itself then.
	keyLife = 60 * 24 * time.Hour
	// keyOverlap is how long a key stays published after it signs no more: longer than any token lasts.
	keyOverlap = 24 * time.Hour
)

// keyRing holds the keys that sign tokens: one that does, and those that did until a while ago.
type keyRing struct {
	state *state.Store
	clock func() time.Time

	mu   sync.RWMutex
	keys map[string]*signingKey // by id
	now  *signingKey            // that signs
}

// signingKey is a key with its certificate, as key sets of Entra have it.
type signingKey struct {
	id     string
	made   time.Time
	ended  time.Time // when it stopped signing; zero for the one that signs
	key    *rsa.PrivateKey
	cert   []byte
	signer jose.Signer
}

// keyRecordValue is how a key is kept.
type keyRecordValue struct {
	Made   time.Time `json:"made"`
	Ended  time.Time `json:"ended,omitzero"`
	Sealed []byte    `json:"sealed"` // PKCS #8
	Cert   []byte    `json:"cert"`
}

func openKeys(s *state.Store, clock func() time.Time) (*keyRing, error) {
	k := &keyRing{state: s, clock: clock, keys: map[string]*signingKey{}}
	for record, value := range s.Records(keyRecord) {
		key, err := k.load(record, value)
		if err != nil {
			return nil, err
		}
		k.keys[key.id] = key
		if key.ended.IsZero() {
			k.now = key
		}
	}
	if k.now == nil {
		return k, k.rotate()
	}
	return k, nil
}

func (k *keyRing) load(record string, value json.RawMessage) (*signingKey, error) {
	damaged := func(err error) error {
		return errs.E(errs.Corrupt, errs.Item(record), err, errs.Hint("restore the tenant's folder from a backup"))
	}
	var v keyRecordValue
	if err := json.Unmarshal(value, &v); err != nil {
		return nil, damaged(err)
	}
	der, err := k.state.Unseal(record, v.Sealed)
	if err != nil {
		return nil, err
	}
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, damaged(err)
	}
	private, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, damaged(errs.E("not an RSA key"))
	}
	return newSigningKey(private, v)
}

func newSigningKey(private *rsa.PrivateKey, v keyRecordValue) (*signingKey, error) {
	sum := sha256.Sum256(v.Cert)
	key := &signingKey{id: base64.RawURLEncoding.EncodeToString(sum[:20]), made: v.Made, ended: v.Ended, key: private, cert: v.Cert}
	// Tokens of Entra name their key by "kid", and those of version 1 by "x5t" with the same value, too.
	options := (&jose.SignerOptions{}).WithType("JWT").WithHeader("kid", key.id).WithHeader("x5t", key.id)
	var err error
	key.signer, err = jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: private}, options)
	if err != nil {
		return nil, errs.E(errs.Internal, err)
	}
	return key, nil
}

// rotate makes a new key that signs from now on. Keys whose tokens have all expired are forgotten.
func (k *keyRing) rotate() error {
	private, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		return errs.E(errs.Internal, err)
	}
	now := k.clock().UTC()
	v := keyRecordValue{Made: now}
	if v.Cert, err = selfSigned(private, now); err != nil {
		return err
	}
	key, err := newSigningKey(private, v)
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	changes := make([]state.Change, 0, len(k.keys)+1)
	kept := map[string]*signingKey{key.id: key}
	for id, old := range k.keys {
		ended := old.clone()
		if ended.ended.IsZero() {
			ended.ended = now
		}
		if ended.published(now) {
			kept[id] = ended
		}
		change, err := k.change(ended, ended.published(now))
		if err != nil {
			return err
		}
		changes = append(changes, change)
	}
	change, err := k.change(key, true)
	if err != nil {
		return err
	}
	if err := k.state.Commit(append(changes, change)...); err != nil {
		return err
	}
	k.keys, k.now = kept, key
	return nil
}

func (key *signingKey) clone() *signingKey {
	c := *key
	return &c
}

func (key *signingKey) published(now time.Time) bool {
	return key.ended.IsZero() || now.Before(key.ended.Add(keyOverlap))
}

// change keeps a key's record or deletes it.
func (k *keyRing) change(key *signingKey, keep bool) (state.Change, error) {
	record := keyRecord + key.id
	if !keep {
		return state.Change{Key: record}, nil
	}
	der, err := x509.MarshalPKCS8PrivateKey(key.key)
	if err != nil {
		return state.Change{}, errs.E(errs.Internal, err)
	}
	return state.Change{Key: record, Value: keyRecordValue{
		Made: key.made, Ended: key.ended, Sealed: k.state.Seal(record, der), Cert: key.cert,
	}}, nil
}

func selfSigned(private *rsa.PrivateKey, now time.Time) ([]byte, error) {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: "ownlake tenant token signing"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(keyLife + keyOverlap),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		return nil, errs.E(errs.Internal, err)
	}
	return der, nil
}

// signing returns the key that signs, a new one when its time is over.
func (k *keyRing) signing() (*signingKey, error) {
	k.mu.RLock()
	key := k.now
	k.mu.RUnlock()
	if k.clock().Before(key.made.Add(keyLife)) {
		return key, nil
	}
	if err := k.rotate(); err != nil {
		return nil, err
	}
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.now, nil
}

// find returns a published key.
func (k *keyRing) find(id string) (*rsa.PublicKey, bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	key, ok := k.keys[id]
	if !ok || !key.published(k.clock()) {
		return nil, false
	}
	return &key.key.PublicKey, true
}

// public is the set of published keys in the form of Entra's: each with its certificate and issuer.
func (k *keyRing) public(issuer string) any {
	type webKey struct {
		Type        string   `json:"kty"`
		Use         string   `json:"use"`
		ID          string   `json:"kid"`
		Thumbprint  string   `json:"x5t"`
		Modulus     string   `json:"n"`
		Exponent    string   `json:"e"`
		Certificate []string `json:"x5c"`
		Algorithm   string   `json:"alg"`
		Issuer      string   `json:"issuer"`
	}
	k.mu.RLock()
	defer k.mu.RUnlock()
	set := struct {
		Keys []webKey `json:"keys"`
	}{[]webKey{}}
	for _, id := range slices.Sorted(maps.Keys(k.keys)) {
		key := k.keys[id]
		if !key.published(k.clock()) {
			continue
		}
		thumbprint := sha1.Sum(key.cert) //nolint:gosec // G401: as the import
		set.Keys = append(set.Keys, webKey{
			Type: "RSA", Use: "sig", ID: id, Thumbprint: base64.RawURLEncoding.EncodeToString(thumbprint[:]), Algorithm: "RS256", Issuer: issuer,
			Modulus:     base64.RawURLEncoding.EncodeToString(key.key.N.Bytes()),
			Exponent:    base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.key.E)).Bytes()),
			Certificate: []string{base64.StdEncoding.EncodeToString(key.cert)},
		})
	}
	return set
}

// RotateKeys makes a new key that signs tokens from now on. Tokens that the old one signed stay good until they expire.
func (s *Service) RotateKeys() error { return errs.Wrap("entra.RotateKeys", s.keys.rotate()) }
