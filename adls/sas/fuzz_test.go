package sas

import (
	"encoding/base64"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"testing"
	"time"

	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/errs"
)

func encode(mac []byte) string { return base64.StdEncoding.EncodeToString(mac) }

// FuzzParse feeds any query and path: nothing may panic, what is parsed must survive Encode, nothing may verify
// whose signature is not the HMAC of its own fields, and what we sign of it must verify.
func FuzzParse(f *testing.F) {
	for _, t := range []Token{serviceToken(), accountToken(), delegatedToken(), with(serviceToken(), Token{Resource: "d"})} {
		signed, err := t.Sign(Request{Account: "acct", Container: "crm", Path: "a/b"}, testKey)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(signed.Encode(), "crm", "a/b/c")
	}
	f.Add("sig=&SIG=&sv=2026-04-06&srh=a,b&srq=,&skoid=x&sdd=99999999999999999999", "", "")
	v := Verifier{
		AccountKeys:   [][]byte{[]byte("a key that nobody signs with")},
		DelegationKey: func(id KeyID) ([]byte, error) { return id.Derive([]byte("nor with this")), nil },
		Policy:        func(string, string) (Policy, bool, error) { return Policy{Expiry: noon.Add(time.Hour)}, true, nil },
	}
	f.Fuzz(func(t *testing.T, query, container, path string) {
		q, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		token, err := Parse(q)
		if err != nil {
			if errs.CodeOf(err) != wire.CodeAuthenticationFailed {
				t.Fatalf("Parse: %v; want AuthenticationFailed", err)
			}
			return
		}
		again, err := url.ParseQuery(token.Encode())
		if err != nil {
			t.Fatal(err)
		}
		if back, err := Parse(again); err != nil || !maps.Equal(back, token) {
			t.Fatalf("Parse(Encode) = %v, %v; want %v", back, err, token)
		}
		r := Request{
			Account: "acct", Container: container, Path: path, Now: noon, Remote: netip.MustParseAddr("10.0.0.1"), HTTPS: true,
			Header: http.Header{}, Query: q,
		}
		if g, err := v.Verify(token, r); err == nil {
			t.Fatalf("Verify = %+v; want a refusal", g)
		}
		key := []byte("ours")
		if token[Resource] == resourceDirectory {
			if r.Path, _ = firstNames(path, token.depth()); r.Path == "" && token.depth() > 0 {
				return
			}
		}
		signed, err := token.Sign(r, key)
		if err != nil {
			return
		}
		ours := Verifier{AccountKeys: [][]byte{key}, DelegationKey: func(KeyID) ([]byte, error) { return key, nil }, Policy: v.Policy}
		if err := ours.checkSignature(signed, r); err != nil && !signed.hasLineEnds(r) && signed.Kind() != UserDelegation {
			t.Fatalf("our own signature: %v", err)
		}
	})
}

func (t Token) hasLineEnds(r Request) bool {
	for _, s := range []string{r.Container, r.Path} {
		for _, c := range s {
			if isLineEnd(c) {
				return true
			}
		}
	}
	return t.signsLineEnd(r)
}
