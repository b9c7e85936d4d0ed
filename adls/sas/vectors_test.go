package sas

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/errs"
)

// vectors are tokens that another implementation signed (testdata/vectors.mjs).
type vectors struct {
	Account     string
	Key, Secret []byte
	Tokens      []vector
}

type vector struct {
	Name, Token, Container, Path string
	Extra, Headers               map[string]string
}

func loadVectors(t *testing.T) vectors {
	t.Helper()
	data, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	if len(v.Tokens) < 200 {
		t.Fatalf("%d vectors; want all", len(v.Tokens))
	}
	return v
}

var vectorTime = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func (v vectors) verifier() Verifier {
	return Verifier{
		AccountKeys:   [][]byte{[]byte("the other key"), v.Key},
		DelegationKey: func(KeyID) ([]byte, error) { return v.Secret, nil },
		Policy: func(container, id string) (Policy, bool, error) {
			return Policy{Permissions: "rl", Expiry: vectorTime.Add(time.Hour)}, container == "crm" && id == "readers", nil
		},
	}
}

// request returns the request that uses the token, and its query, the token's fields among it.
func (v vectors) request(t *testing.T, of vector) (Request, url.Values) {
	t.Helper()
	q, err := url.ParseQuery(of.Token)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range of.Extra {
		q.Set(name, value)
	}
	r := Request{
		Account: v.Account, Container: of.Container, Path: of.Path, Now: vectorTime,
		Remote: netip.MustParseAddr("::ffff:10.0.0.9"), Header: http.Header{}, Query: q,
	}
	for name, value := range of.Headers {
		r.Header.Set(name, value)
	}
	return r, q
}

func TestTokensOfAnotherSDKAreVerified(t *testing.T) {
	t.Parallel()
	all := loadVectors(t)
	for _, one := range all.Tokens {
		r, q := all.request(t, one)
		token, err := Parse(q)
		if err != nil {
			t.Errorf("%s: Parse: %v", one.Name, err)
			continue
		}
		if _, err := all.verifier().Verify(token, r); err != nil {
			t.Errorf("%s: Verify: %v", one.Name, err)
		}
	}
}

func TestOurSignatureIsThatOfAnotherSDK(t *testing.T) {
	t.Parallel()
	all := loadVectors(t)
	for _, one := range all.Tokens {
		r, q := all.request(t, one)
		token, err := Parse(q)
		if err != nil {
			t.Fatal(err)
		}
		key := all.Key
		if token.Kind() == UserDelegation {
			key = all.Secret
		}
		if token[Resource] == "d" {
			r.Path = "raw/2026"
		}
		unsigned := maps.Clone(token)
		delete(unsigned, Signature)
		delete(unsigned, DirectoryDepth)
		signed, err := unsigned.Sign(r, key)
		if err != nil {
			t.Fatalf("%s: %v", one.Name, err)
		}
		if diff := cmp.Diff(token, signed); diff != "" {
			t.Errorf("%s (-SDK +ours):\n%s", one.Name, diff)
		}
		again, err := url.ParseQuery(signed.Encode())
		if err != nil {
			t.Fatal(err)
		}
		if back, err := Parse(again); err != nil || !maps.Equal(back, token) {
			t.Errorf("%s: Parse(Encode) = %v, %v; want the token", one.Name, back, err)
		}
	}
}

// doctored returns plausible other values of a field.
func doctored(f Field, value string) []string {
	other := map[Field]string{
		Version: "2024-11-04", Start: "2026-01-01", Expiry: "2026-12-31", Permissions: "racwdl", IPRange: "0.0.0.0-255.255.255.255",
		Protocol: "https", Resource: "c", Services: "b", ResourceTypes: "o", KeyExpiry: "2027-01-01", KeyStart: "2025-01-01",
		DirectoryDepth: "1", RequestHeaders: "x-ms-date", RequestQuery: "timeout",
	}[f]
	if other == "" || other == value {
		other = "x" + value
	}
	return []string{other, value + " "}
}

func TestADoctoredTokenIsRefused(t *testing.T) {
	t.Parallel()
	all := loadVectors(t)
	for _, one := range all.Tokens {
		r, q := all.request(t, one)
		token, err := Parse(q)
		if err != nil {
			t.Fatal(err)
		}
		refuse := func(f Field, to string) {
			t.Helper()
			forged := maps.Clone(q)
			for name := range forged {
				if name == string(f) {
					delete(forged, name)
				}
			}
			if to != "" {
				forged.Set(string(f), to)
			}
			r := r
			r.Query = forged
			changed, err := Parse(forged)
			if err == nil {
				_, err = all.verifier().Verify(changed, r)
			}
			if errs.CodeOf(err) != wire.CodeAuthenticationFailed || !errs.Is(err, errs.Unauthorized) {
				t.Errorf("%s: %s changed to %q: got %v; want AuthenticationFailed", one.Name, f, to, err)
			}
		}
		for f, value := range token {
			refuse(f, "")
			for _, to := range doctored(f, value) {
				if f == Signature {
					to = base64.StdEncoding.EncodeToString(mac([]byte("no key"), to))
				}
				refuse(f, to)
			}
		}
	}
}

func TestAFieldAddedToATokenGivesNothing(t *testing.T) {
	t.Parallel()
	all := loadVectors(t)
	for _, one := range all.Tokens {
		r, q := all.request(t, one)
		token, err := Parse(q)
		if err != nil {
			t.Fatal(err)
		}
		want, err := all.verifier().Verify(token, r)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range slices.Sorted(maps.Keys(knownFields)) {
			if q.Has(string(f)) {
				continue
			}
			more := maps.Clone(q)
			more.Set(string(f), "1")
			r := r
			r.Query = more
			added, err := Parse(more)
			if err != nil {
				continue
			}
			if got, err := all.verifier().Verify(added, r); err == nil && !cmp.Equal(got, want) {
				t.Errorf("%s: adding %s changed the grant:\n%s", one.Name, f, cmp.Diff(want, got))
			}
		}
	}
}

func TestATokenIsWorthNothingElsewhere(t *testing.T) {
	t.Parallel()
	all := loadVectors(t)
	for _, one := range all.Tokens {
		r, q := all.request(t, one)
		token, err := Parse(q)
		if err != nil {
			t.Fatal(err)
		}
		elsewhere := map[string]Request{}
		move := func(name string, change func(*Request)) {
			moved := r
			change(&moved)
			elsewhere[name] = moved
		}
		move("another account", func(r *Request) { r.Account = "others" })
		if token.Kind() != Account {
			move("another container", func(r *Request) { r.Container = "crm2" })
			move("the account", func(r *Request) { r.Container, r.Path = "", "" })
		}
		switch token[Resource] {
		case "b", "bs", "bv":
			move("another blob", func(r *Request) { r.Path += "x" })
			move("the container", func(r *Request) { r.Path = "" })
		case "d":
			move("a sibling with the same beginning", func(r *Request) { r.Path = "raw/2026x/01" })
			move("the directory above", func(r *Request) { r.Path = "raw" })
			move("the container", func(r *Request) { r.Path = "" })
		}
		for name, r := range elsewhere {
			if _, err := all.verifier().Verify(token, r); errs.CodeOf(err) != wire.CodeAuthenticationFailed {
				t.Errorf("%s used on %s: got %v; want AuthenticationFailed", one.Name, name, err)
			}
		}
	}
}
