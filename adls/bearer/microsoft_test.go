package bearer

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/ownlake/ownlake/errs"
)

// entra answers as Microsoft Entra does, whose names are not ours to serve.
type entra map[string]any

func (e entra) RoundTrip(r *http.Request) (*http.Response, error) {
	document, ok := e[r.URL.String()]
	if !ok {
		return &http.Response{StatusCode: http.StatusNotFound, Status: "404", Body: http.NoBody, Request: r}, nil
	}
	body, err := json.Marshal(document)
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(bytes.NewReader(body)), Request: r}, err
}

func key(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func sign(t *testing.T, k *rsa.PrivateKey, kid string, claims map[string]any) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: k, KeyID: kid}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	token, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// published is a key as Entra's sets have it: with the issuer of what it signs.
func published(t *testing.T, k *rsa.PrivateKey, kid, issuer string) map[string]any {
	t.Helper()
	b, err := json.Marshal(jose.JSONWebKey{Key: k.Public(), KeyID: kid, Use: "sig"})
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]any{}
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	m["issuer"] = issuer
	return m
}

// TestTokensOfBothVersionsAreOfOneIssuer has Entra's documents as they are on the network: each version's discovery
// document names its own issuer, and all keys are in one set, those for personal accounts included.
func TestTokensOfBothVersionsAreOfOneIssuer(t *testing.T) {
	t.Parallel()
	const (
		tenant   = "72f988bf-86f1-41af-91ab-2d7cd011db47"
		personal = "9188040d-6c67-4c5b-b112-36a304b66dad"
		login    = "https://login.microsoftonline.com/"
	)
	work, home := key(t), key(t)
	keys := map[string]any{"keys": []any{
		published(t, work, "work", login+"{tenantid}/v2.0"), published(t, home, "home", login+personal+"/v2.0"),
	}}
	network := entra{
		login + tenant + "/v2.0/.well-known/openid-configuration":                 map[string]string{"issuer": login + tenant + "/v2.0", "jwks_uri": login + tenant + "/discovery/v2.0/keys"},
		login + tenant + "/.well-known/openid-configuration":                      map[string]string{"issuer": "https://sts.windows.net/" + tenant + "/", "jwks_uri": login + "common/discovery/keys"},
		"https://sts.windows.net/" + tenant + "/.well-known/openid-configuration": map[string]string{"issuer": "https://sts.windows.net/" + tenant + "/", "jwks_uri": login + "common/discovery/keys"},
		login + tenant + "/discovery/v2.0/keys":                                   keys,
		login + "common/discovery/keys":                                           keys,
	}
	now := time.Date(2026, 5, 6, 7, 8, 9, 0, time.UTC)
	claims := func(issuer string) map[string]any {
		return map[string]any{
			"iss": issuer, "aud": "https://storage.azure.com/", "exp": now.Unix() + 3600, "tid": tenant, "oid": personal,
		}
	}
	for _, configured := range []string{
		login + tenant + "/v2.0", login + tenant + "/v2.0/", login + tenant, "https://sts.windows.net/" + tenant + "/", "https://sts.windows.net/" + tenant,
	} {
		v, err := New(Options{Account: "contoso", Issuers: []Issuer{{URL: configured}}, Clock: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range v.issuers {
			i.client.Transport = network
		}
		for _, c := range []map[string]any{claims("https://sts.windows.net/" + tenant + "/"), claims(login + tenant + "/v2.0")} {
			id, err := v.Verify(t.Context(), sign(t, work, "work", c))
			if err != nil || id.Tenant != tenant {
				t.Errorf("%s, token of %s: %+v, %v", configured, c["iss"], id, err)
			}
			if _, err := v.Verify(t.Context(), sign(t, home, "home", c)); !errs.Is(err, errs.Unauthorized) {
				t.Errorf("%s, token of %s with the key for personal accounts: %v", configured, c["iss"], err)
			}
			delete(c, "tid")
			if _, err := v.Verify(t.Context(), sign(t, work, "work", c)); !errs.Is(err, errs.Unauthorized) {
				t.Errorf("%s, token of %s without a tenant: %v", configured, c["iss"], err)
			}
		}
		if _, err := v.Verify(t.Context(), sign(t, work, "work", claims("https://sts.windows.net/"+personal+"/"))); !errs.Is(err, errs.Unauthorized) {
			t.Errorf("%s, token of another tenant: %v", configured, err)
		}
	}
}

// TestTheCacheForgetsWhatIsNotUsed fills it twice over.
func TestTheCacheForgetsWhatIsNotUsed(t *testing.T) {
	t.Parallel()
	c := newCache(8)
	hash := func(n byte) [32]byte { return [32]byte{n} }
	c.put(hash(0), verified{})
	for n := byte(1); n < 100; n++ {
		c.put(hash(n), verified{})
		if _, ok := c.get(hash(0)); !ok {
			t.Fatalf("after %d others, what is used all the time is forgotten", n)
		}
		if size := len(c.young) + len(c.aged); size > 8 {
			t.Fatalf("the cache holds %d tokens", size)
		}
	}
	if _, ok := c.get(hash(1)); ok {
		t.Error("what was not used is remembered")
	}
	c.forget(hash(0))
	if _, ok := c.get(hash(0)); ok {
		t.Error("what was forgotten is remembered")
	}
}

// never is a network that answers nothing.
type never struct{}

func (never) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func TestAnIssuerThatDoesNotAnswerIsGivenUp(t *testing.T) {
	t.Parallel()
	work := key(t)
	synctest.Test(t, func(t *testing.T) {
		v, err := New(Options{
			Account: "contoso", Issuers: []Issuer{{URL: "https://id.example", Tenant: "72f988bf-86f1-41af-91ab-2d7cd011db47"}}, Clock: time.Now,
		})
		if err != nil {
			t.Fatal(err)
		}
		v.issuers["https://id.example"].client.Transport = never{}
		token := sign(t, work, "k", map[string]any{
			"iss": "https://id.example", "aud": "https://storage.azure.com", "exp": time.Now().Unix() + 3600, "oid": "9188040d-6c67-4c5b-b112-36a304b66dad",
		})
		start := time.Now()
		if _, err := v.Verify(t.Context(), token); !errs.Is(err, errs.Unavailable) {
			t.Errorf("error %v of kind %v, want Unavailable", err, errs.KindOf(err))
		}
		if took := time.Since(start); took != fetchTimeout {
			t.Errorf("gave up after %s, want %s", took, fetchTimeout)
		}
	})
}
