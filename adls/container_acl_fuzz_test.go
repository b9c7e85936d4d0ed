package adls

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// FuzzParsePolicies reads bodies of Set Container ACL. What is taken keeps the service's rules, and is taken again.
func FuzzParsePolicies(f *testing.F) {
	const begin, end = "<SignedIdentifiers><SignedIdentifier>", "</SignedIdentifier></SignedIdentifiers>"
	for _, seed := range []string{
		"", "<SignedIdentifiers/>", "\ufeff<SignedIdentifiers></SignedIdentifiers>",
		begin + "<Id>a</Id><AccessPolicy><Start>2026-01-02T03:04:05.1234567Z</Start><Expiry>9999-12-31</Expiry><Permission>racwdl</Permission></AccessPolicy>" + end,
		begin + "<Id>a</Id>" + end, begin + "<Id>" + strings.Repeat("é", 65) + "</Id>" + end,
		begin + "<Id>a</Id><Id>b</Id><AccessPolicy><Expiry>soon</Expiry></AccessPolicy>" + end,
		`<!DOCTYPE x [<!ENTITY a "b">]>` + begin + "<Id>&a;</Id>" + end,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		policies, err := parsePolicies(strings.NewReader(body))
		if err != nil {
			if errs.KindOf(err) != errs.Invalid || errs.CodeOf(err) == "" {
				t.Fatalf("%v, want an Invalid one with a code", err)
			}
			return
		}
		if len(policies) > lake.MaxAccessPolicies {
			t.Errorf("%d policies", len(policies))
		}
		seen := map[string]bool{}
		for _, p := range policies {
			if p.ID == "" || utf8.RuneCountInString(p.ID) > maxIdentifier || seen[p.ID] {
				t.Errorf("id %q is empty, too long or there before", p.ID)
			}
			seen[p.ID] = true
			again, err := signedIdentifier{p.ID, accessPolicy{formatPolicyTime(p.Start), formatPolicyTime(p.Expiry), p.Permissions}}.policy()
			if err != nil || again.Start.Unix() != p.Start.Unix() || again.Expiry.Unix() != p.Expiry.Unix() {
				t.Errorf("%+v, as told, is read as %+v: %v", p, again, err)
			}
		}
	})
}
