package bearer_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/adls/bearer"
	"github.com/ownlake/ownlake/adls/bearer/bearertest"
	"github.com/ownlake/ownlake/errs"
)

// FuzzVerify looks for a token of nobody that is taken, or that ends the process.
func FuzzVerify(f *testing.F) {
	now := newClock()
	i := bearertest.New(f, now.Now)
	v := newVerifier(f, i, now, nil)
	token := i.Token(alice, analysts)
	parts := strings.Split(token, ".")
	for _, seed := range []string{
		"", ".", "..", "...", "a.b.c", token, parts[0] + "." + parts[1] + ".", "." + parts[1] + "." + parts[2],
		encode(`{"alg":"none"}`) + "." + parts[1] + ".", encode(`{"alg":"RS256","kid":7}`) + "." + parts[1] + "." + parts[2],
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		id, err := v.Verify(context.Background(), text)
		if err == nil && !strings.HasPrefix(text, parts[0]+"."+parts[1]+".") {
			t.Errorf("%q is taken, from %+v", text, id)
		}
		if err != nil && !errs.Is(err, errs.Unauthorized) {
			t.Errorf("%q: error %v of kind %v", text, err, errs.KindOf(err))
		}
	})
}

// FuzzClaims signs what the fuzzer makes of a token's header and claims, so that it comes past the signature.
func FuzzClaims(f *testing.F) {
	now := newClock()
	i := bearertest.New(f, now.Now)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		f.Fatal(err)
	}
	i.Publish(jose.JSONWebKey{Key: key.Public(), KeyID: "k"})
	v := newVerifier(f, i, now, nil)
	base := `{"iss":"` + i.URL() + `","aud":"https://storage.azure.com"`
	for _, seed := range []string{
		`,"exp":1778051289,"oid":"a11ce000-0000-4000-8000-000000000001"}`,
		`,"exp":1778051289,"oid":"a11ce000-0000-4000-8000-000000000001","groups":["9a0b5000-0000-4000-8000-000000000002",""]}`,
		`,"exp":1778051289,"oid":"a11ce000-0000-4000-8000-000000000001","_claim_names":{"groups":"src1"},"hasgroups":true}`,
		`,"exp":1e18,"nbf":-1e18,"oid":""}`, `,"aud":[]}`, `,"exp":null,"oid":null,"tid":null,"groups":null}`, `}`, ``,
	} {
		f.Add("JWT", seed)
	}
	f.Fuzz(func(t *testing.T, typ, claims string) {
		if len(claims) > 4<<10 {
			t.Skip("a large token is refused before")
		}
		token, err := bearertest.SignText(key, jose.RS256, header{"kid": "k", "typ": typ}, base+claims)
		if err != nil {
			t.Fatal(err)
		}
		id, err := v.Verify(context.Background(), token)
		if err != nil {
			if !errs.Is(err, errs.Unauthorized) || errs.CodeOf(err) != bearer.CodeInvalidAuthenticationInfo {
				t.Errorf("error %v of kind %v", err, errs.KindOf(err))
			}
			return
		}
		for _, g := range append(id.Principal.Groups, id.Principal.ID) {
			if len(g) != 36 || g == access.Superuser || strings.ToLower(string(g)) != string(g) {
				t.Errorf("%q is not an id in lower case", g)
			}
		}
		if id.Tenant != i.Tenant() || strings.ContainsAny(id.Name, "\r\n\x00") {
			t.Errorf("%+v", id)
		}
	})
}

// BenchmarkVerify compares a token that comes again with one that is new each time.
func BenchmarkVerify(b *testing.B) {
	now := newClock()
	i := bearertest.New(b, now.Now)
	v := newVerifier(b, i, now, nil)
	groups := make([]access.ObjectID, 20)
	for g := range groups {
		groups[g] = analysts
	}
	b.Run("again", func(b *testing.B) {
		token := i.Token(alice, groups...)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := v.Verify(b.Context(), token); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("new", func(b *testing.B) {
		tokens := make([]string, 4096) // more than are remembered
		for n := range tokens {
			tokens[n] = i.Sign(i.Claims(alice, groups...).With("uti", n))
		}
		b.ReportAllocs()
		n := 0
		for b.Loop() {
			if _, err := v.Verify(b.Context(), tokens[n%len(tokens)]); err != nil {
				b.Fatal(err)
			}
			n++
		}
	})
}
