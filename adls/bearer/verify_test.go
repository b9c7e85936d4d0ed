package bearer_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/adls/bearer"
	"github.com/ownlake/ownlake/adls/bearer/bearertest"
	"github.com/ownlake/ownlake/errs"
)

const (
	alice    access.ObjectID = "a11ce000-0000-4000-8000-000000000001"
	analysts access.ObjectID = "9a0b5000-0000-4000-8000-000000000002"
	auditors access.ObjectID = "9a0b5000-0000-4000-8000-000000000003"
)

// clock is a time that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 5, 6, 7, 8, 9, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// newVerifier returns a verifier of one issuer's tokens; change may alter its options.
func newVerifier(tb testing.TB, i *bearertest.Issuer, now *clock, change func(*bearer.Options)) *bearer.Verifier {
	tb.Helper()
	o := bearer.Options{Account: "contoso", Issuers: []bearer.Issuer{i.Config()}, Clock: now.Now}
	if change != nil {
		change(&o)
	}
	v, err := bearer.New(o)
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

// mustRefuse checks the error of a token that is not taken, and that it repeats nothing of it.
func mustRefuse(t *testing.T, v *bearer.Verifier, token, want string) {
	t.Helper()
	id, err := v.Verify(t.Context(), token)
	if !errs.Is(err, errs.Unauthorized) || errs.CodeOf(err) != bearer.CodeInvalidAuthenticationInfo || !strings.Contains(err.Error(), want) {
		t.Fatalf("Verify: %+v, error %v of kind %v, want one that says %q", id, err, errs.KindOf(err), want)
	}
	for part := range strings.SplitSeq(token, ".") {
		if len(part) > 8 && strings.Contains(err.Error(), part) {
			t.Errorf("the error %q repeats a part of the token", err)
		}
	}
}

func TestAGoodTokenTellsWhoItIsFrom(t *testing.T) {
	t.Parallel()
	now := newClock()
	i := bearertest.New(t, now.Now)
	v := newVerifier(t, i, now, nil)
	good := i.Claims(alice, analysts)
	for name, tc := range map[string]struct {
		claims bearertest.Claims
		want   bearer.Identity
	}{
		"a user": {
			good.With("upn", "alice@contoso.example").With("appid", "app"),
			bearer.Identity{Name: "alice@contoso.example", Principal: access.Principal{ID: alice, Groups: []access.ObjectID{analysts}}},
		},
		"an application": {
			i.Claims(alice).With("appid", "2f6a"), bearer.Identity{Name: "2f6a", Principal: access.Principal{ID: alice}},
		},
		"ids in capitals": {
			good.With("oid", strings.ToUpper(string(alice))).With("tid", strings.ToUpper(i.Tenant())).With("groups", []string{strings.ToUpper(string(analysts))}),
			bearer.Identity{Principal: access.Principal{ID: alice, Groups: []access.ObjectID{analysts}}},
		},
		"groups by name": {
			good.With("groups", []string{"Analysts", string(analysts), "urn:uuid:" + string(auditors)}),
			bearer.Identity{Principal: access.Principal{ID: alice, Groups: []access.ObjectID{analysts}}},
		},
		"no groups at all": {
			good.With("groups", []string{}), bearer.Identity{Principal: access.Principal{ID: alice, Groups: []access.ObjectID{}}},
		},
		"a name that would break a line": {
			good.With("upn", "a\nb").With("preferred_username", "alice"),
			bearer.Identity{Name: "alice", Principal: access.Principal{ID: alice, Groups: []access.ObjectID{analysts}}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tc.want.Tenant = i.Tenant()
			token := i.Sign(tc.claims)
			for range 2 { // verified, and remembered
				got, err := v.Verify(t.Context(), token)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tc.want, got); diff != "" {
					t.Errorf("identity (-want +got):\n%s", diff)
				}
			}
		})
	}
}

func TestClaimsThatAreNotAsAskedAreRefused(t *testing.T) {
	t.Parallel()
	now := newClock()
	i := bearertest.New(t, now.Now)
	v := newVerifier(t, i, now, nil)
	good, at := i.Claims(alice), now.Now()
	unix := func(d time.Duration) int64 { return at.Add(d).Unix() }
	const (
		audience = "Audience validation failed"
		issuer   = "Issuer validation failed"
		lifetime = "Lifetime validation failed"
		tenant   = "Tenant validation failed"
		nobody   = "names no principal"
	)
	for name, tc := range map[string]struct {
		claims bearertest.Claims
		want   string // "" for taken
	}{
		"audience with a slash":             {good.With("aud", "https://storage.azure.com/"), ""},
		"audience with two slashes":         {good.With("aud", "https://storage.azure.com//"), audience},
		"the account's blob address":        {good.With("aud", "https://contoso.blob.core.windows.net"), ""},
		"the account's dfs address":         {good.With("aud", "https://contoso.dfs.core.windows.net/"), ""},
		"another account's address":         {good.With("aud", "https://fabrikam.blob.core.windows.net"), audience},
		"the application id of storage":     {good.With("aud", "e406a681-f3d4-42a8-90b6-c2b029497af1"), ""},
		"one of several audiences":          {good.With("aud", []string{"https://graph.microsoft.com", "https://storage.azure.com"}), ""},
		"a token for the resource manager":  {good.With("aud", "https://management.azure.com/"), audience},
		"an audience that only begins well": {good.With("aud", "https://storage.azure.com.evil.example"), audience},
		"no audience":                       {good.With("aud", nil), audience},
		"no issuer":                         {good.With("iss", nil), issuer},
		"another issuer":                    {good.With("iss", "https://sts.windows.net/"+i.Tenant()+"/"), issuer},
		"an issuer in capitals":             {good.With("iss", strings.ToUpper(i.URL())), issuer},
		"no expiration":                     {good.With("exp", nil), lifetime},
		"expired, and the skew over":        {good.With("exp", unix(-301*time.Second)), lifetime},
		"expired within the skew":           {good.With("exp", unix(-299*time.Second)), ""},
		"not yet valid":                     {good.With("nbf", unix(301*time.Second)), lifetime},
		"valid within the skew":             {good.With("nbf", unix(299*time.Second)), ""},
		"issued in the future":              {good.With("iat", unix(time.Hour)), lifetime},
		"no nbf and no iat":                 {good.With("nbf", nil).With("iat", nil), ""},
		"another tenant":                    {good.With("tid", string(auditors)), tenant},
		"no tenant, of an issuer of one":    {good.With("tid", nil), ""},
		"no object id":                      {good.With("oid", nil), nobody},
		"an object id that is a name":       {good.With("oid", "$superuser"), nobody},
		"an object id with braces":          {good.With("oid", "{"+string(alice)+"}"), nobody},
		"an object id and more":             {good.With("oid", string(alice)+" "), nobody},
		"an object id of another case":      {good.With("oid", nil).With("OID", string(alice)), nobody},
		"an object id that is a number":     {good.With("oid", 7), "not a JSON Web Token"},
		"groups that are a number":          {good.With("groups", 7), "not a JSON Web Token"},
		"an expiration that is a text":      {good.With("exp", "tomorrow"), "not a JSON Web Token"},
		"an expiration beyond all time":     {good.With("exp", 1e300), "not a JSON Web Token"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			token := i.Sign(tc.claims)
			if tc.want != "" {
				mustRefuse(t, v, token, tc.want)
				return
			}
			if _, err := v.Verify(t.Context(), token); err != nil {
				t.Errorf("refused: %v", err)
			}
		})
	}
}

func TestATokenThatWasTakenExpires(t *testing.T) {
	t.Parallel()
	now := newClock()
	i := bearertest.New(t, now.Now)
	v := newVerifier(t, i, now, nil)
	token := i.Token(alice)
	for _, d := range []time.Duration{0, bearertest.Lifetime, 5 * time.Minute} {
		now.Pass(d)
		if _, err := v.Verify(t.Context(), token); err != nil {
			t.Fatalf("%s later: %v", d, err)
		}
	}
	now.Pass(time.Second)
	mustRefuse(t, v, token, "The token is expired")
}

func TestGroupsThatATokenDoesNotListAreLookedUp(t *testing.T) {
	t.Parallel()
	now := newClock()
	i := bearertest.New(t, now.Now)
	alone := newVerifier(t, i, now, nil)
	more := i.Claims(alice).With("_claim_names", map[string]string{"groups": "src1"})
	for name, tc := range map[string]struct {
		claims       bearertest.Claims
		lookUp       error
		want         []access.ObjectID
		kind         errs.Kind // if it fails
		alonePasses  bool
		aloneRefuses string
	}{
		"the token lists groups":            {claims: i.Claims(alice, analysts), lookUp: errs.E(errs.Internal, "not to be asked"), want: []access.ObjectID{analysts}, alonePasses: true},
		"the token says nothing":            {claims: i.Claims(alice), want: []access.ObjectID{auditors}, alonePasses: true},
		"nobody knows":                      {claims: i.Claims(alice), lookUp: errs.E(errs.NotFound, "no such principal"), alonePasses: true},
		"the directory does not answer":     {claims: i.Claims(alice), lookUp: context.DeadlineExceeded, kind: errs.Unavailable, alonePasses: true},
		"a foreign failure":                 {claims: i.Claims(alice), lookUp: errs.E("broken"), kind: errs.Unavailable, alonePasses: true},
		"more groups than fit":              {claims: more, want: []access.ObjectID{auditors}, aloneRefuses: "in more groups"},
		"more groups than fit, as implicit": {claims: i.Claims(alice).With("hasgroups", true), want: []access.ObjectID{auditors}, aloneRefuses: "in more groups"},
		"more groups, as a text":            {claims: i.Claims(alice).With("hasgroups", "true"), want: []access.ObjectID{auditors}, aloneRefuses: "in more groups"},
		"more groups than are listed":       {claims: more.With("groups", []access.ObjectID{analysts}), want: []access.ObjectID{auditors}, aloneRefuses: "in more groups"},
		"more groups, and nobody knows":     {claims: more, lookUp: errs.E(errs.NotFound, "no such principal"), kind: errs.Unauthorized, aloneRefuses: "in more groups"},
		"claims elsewhere, and not groups":  {claims: i.Claims(alice).With("_claim_names", map[string]string{"x": "src1"}), want: []access.ObjectID{auditors}, alonePasses: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVerifier(t, i, now, func(o *bearer.Options) {
				o.GroupsOf = func(_ context.Context, tenant string, id access.ObjectID) ([]access.ObjectID, error) {
					if tenant != i.Tenant() || id != alice {
						t.Errorf("asked for the groups of %s in %s", id, tenant)
					}
					return []access.ObjectID{auditors}, tc.lookUp
				}
			})
			token := i.Sign(tc.claims)
			for range 2 {
				got, err := v.Verify(t.Context(), token)
				if errs.KindOf(err) != tc.kind {
					t.Fatalf("error %v of kind %v, want kind %v", err, errs.KindOf(err), tc.kind)
				}
				if diff := cmp.Diff(tc.want, got.Principal.Groups); diff != "" {
					t.Errorf("groups (-want +got):\n%s", diff)
				}
			}
			if !tc.alonePasses {
				mustRefuse(t, alone, token, tc.aloneRefuses)
			} else if _, err := alone.Verify(t.Context(), token); err != nil {
				t.Errorf("without a directory: %v", err)
			}
		})
	}
}
