package bearer

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/ownlake/ownlake/access"
)

// skew is how far an issuer's clock may be from ours.
const skew = 5 * time.Minute

// maxName bounds the name of a principal.
const maxName = 256

// algorithms are those by which only the holder of a private key can sign: never "none", and never one that makes a
// secret of the public key.
var algorithms = []jose.SignatureAlgorithm{
	jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512, jose.ES256, jose.ES384, jose.ES512,
}

// types are what a token may say it is (RFC 8725, section 3.11), in lower case: an access token, and not a proof, a
// logout or an event.
var types = []string{"", "jwt", "at+jwt", "application/at+jwt"}

// token is a token that has been read and not verified.
type token struct {
	signed    *jwt.JSONWebToken
	keyID     string
	algorithm jose.SignatureAlgorithm
	claims    claims
}

// claims are what a token says that matters here. Names are compared with their case, and a name that is there twice
// is an error, which is why the package that reads tokens also decodes them.
type claims struct {
	Issuer    string           `json:"iss"`
	Audience  jwt.Audience     `json:"aud"`
	Expiry    *jwt.NumericDate `json:"exp"`
	NotBefore *jwt.NumericDate `json:"nbf"`
	IssuedAt  *jwt.NumericDate `json:"iat"`
	Tenant    string           `json:"tid"`
	ObjectID  string           `json:"oid"`
	Subject   string           `json:"sub"`
	Groups    *[]string        `json:"groups"`

	// A token of somebody in more groups than fit has one of these instead of groups ("Groups overage claim").
	HasGroups  any            `json:"hasgroups"`
	ClaimNames map[string]any `json:"_claim_names"`

	UPN               string `json:"upn"`
	PreferredUsername string `json:"preferred_username"`
	AppID             string `json:"appid"`
	AuthorizedParty   string `json:"azp"`
}

// parse reads a token without believing it.
func parse(text string) (token, error) {
	malformed := refused("The token is not a JSON Web Token that is signed with an algorithm of public keys.")
	signed, err := jwt.ParseSigned(text, algorithms)
	if err != nil || len(signed.Headers) != 1 || strings.ContainsAny(text, "\r\n") { // which decoders of base64 pass over
		return token{}, malformed
	}
	header := signed.Headers[0]
	kind, _ := header.ExtraHeaders[jose.HeaderType].(string)
	if !slices.Contains(types, strings.ToLower(kind)) {
		return token{}, refused("The token is of a type that is not an access token's.")
	}
	t := token{signed: signed, keyID: header.KeyID, algorithm: jose.SignatureAlgorithm(header.Algorithm)}
	if signed.UnsafeClaimsWithoutVerification(&t.claims) != nil {
		return token{}, malformed
	}
	return t, nil
}

// check compares what the token says with what is asked of it, in the service's words.
func (c *claims) check(i *issuer, now time.Time) error {
	switch {
	case !slices.ContainsFunc(c.Audience, i.isAudience):
		return refused("Audience validation failed. Audience did not match.")
	case c.Expiry == nil:
		return refused("Lifetime validation failed. The token has no expiration time.")
	case now.After(c.Expiry.Time().Add(skew)):
		return refused("Lifetime validation failed. The token is expired.")
	case c.NotBefore != nil && c.NotBefore.Time().After(now.Add(skew)):
		return refused("Lifetime validation failed. The token is not yet valid.")
	case c.IssuedAt != nil && c.IssuedAt.Time().After(now.Add(skew)):
		return refused("Lifetime validation failed. The token is from the future.")
	case c.Tenant == "" && i.tenantRequired, c.Tenant != "" && !strings.EqualFold(c.Tenant, i.tenant):
		return refused("Tenant validation failed. Tenant did not match.")
	}
	return nil
}

// identity is who the token says it is from.
func (c *claims) identity(i *issuer) (Identity, error) {
	id := c.ObjectID
	if i.subjectIsPrincipal {
		id = c.Subject
	}
	if !isGUID(id) {
		return Identity{}, refused("The token names no principal by an object id.")
	}
	return Identity{
		Tenant:    i.tenant,
		Principal: access.Principal{ID: access.ObjectID(strings.ToLower(id)), Groups: c.groups()},
		Name:      c.name(),
	}, nil
}

func (c *claims) listsGroups() bool { return c.Groups != nil && !c.hasMoreGroups() }

func (c *claims) hasMoreGroups() bool {
	_, elsewhere := c.ClaimNames["groups"]
	return elsewhere || c.HasGroups == true || c.HasGroups == "true"
}

// groups are those that the token lists by their object ids. Issuers that list names say nothing about whom access
// control lists name.
func (c *claims) groups() []access.ObjectID {
	if !c.listsGroups() {
		return nil
	}
	groups := make([]access.ObjectID, 0, len(*c.Groups))
	for _, g := range *c.Groups {
		if isGUID(g) {
			groups = append(groups, access.ObjectID(strings.ToLower(g)))
		}
	}
	return groups
}

func (c *claims) name() string {
	for _, name := range []string{c.UPN, c.PreferredUsername, c.AppID, c.AuthorizedParty} {
		if name != "" && len(name) <= maxName && !strings.ContainsFunc(name, unicode.IsControl) {
			return name
		}
	}
	return ""
}
