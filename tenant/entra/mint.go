package entra

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/tenant/directory"
)

const (
	// tokenLife is how long access tokens are good for: Entra's last 60 to 90 minutes.
	tokenLife = 70 * time.Minute
	// maxGroups is how many groups a token lists ("Groups overage claim").
	maxGroups = 200
)

// memberRole is the role in tokens of every user who is a member of the tenant and no guest.
const memberRole directory.Role = "b79fbf4d-3ef9-4689-8143-76b194e85509"

// How a client or a user proved itself.
const (
	noProof          = "0" // a public client
	secretProof      = "1"
	certificateProof = "2"
)

// grantee is whom a token is made for: a user, by way of a client, or the client itself.
type grantee struct {
	client      client
	user        *directory.User // nil for the client itself
	method      string          // how the user signed in: pwd
	authTime    time.Time       // when
	permissions []string
}

// principal is the object that the token is of.
func (g grantee) principal() access.ObjectID {
	if g.user != nil {
		return g.user.ID
	}
	return g.client.principal.ID
}

// accessToken makes the access token for a resource.
func (s *Service) accessToken(g grantee, r resource, now time.Time) (string, error) {
	c := map[string]any{
		"aud": r.identifier,
		"iat": now.Unix(),
		"nbf": now.Unix(),
		"exp": now.Add(tokenLife).Unix(),
		"tid": s.tenant.ID,
		"oid": g.principal(),
		"sub": s.subject(g, r.appID),
		"uti": uniqueID(),
		"ver": "1.0",
		"iss": s.IssuerV1(),
	}
	s.addGroups(c, g, r)
	if g.user != nil {
		c["scp"] = delegated(r, g.permissions)
		c["wids"] = append(slices.Clone(g.user.Roles), memberRole)
	} else {
		c["idtyp"] = "app"
		if roles := g.client.principal.Roles; len(roles) > 0 {
			c["wids"] = roles
		}
		if r.appID == directory.AppGraph && len(g.client.principal.Permissions) > 0 {
			c["roles"] = g.client.principal.Permissions
		}
	}
	if r.version == 2 {
		s.addVersion2(c, g)
	} else {
		s.addVersion1(c, g)
	}
	return s.sign(c)
}

// addVersion1 adds what only tokens of version 1 have.
func (s *Service) addVersion1(c map[string]any, g grantee) {
	c["idp"] = s.IssuerV1()
	c["appid"] = g.client.appID
	c["appidacr"] = g.client.proof
	if u := g.user; u != nil {
		c["acr"] = "1"
		c["amr"] = []string{g.method}
		c["name"] = u.DisplayName
		c["upn"] = u.UserPrincipalName
		c["unique_name"] = u.UserPrincipalName
		addNames(c, u)
	}
}

// addVersion2 adds what only tokens of version 2 have.
func (s *Service) addVersion2(c map[string]any, g grantee) {
	c["ver"], c["iss"] = "2.0", s.Issuer()
	c["azp"], c["azpacr"] = g.client.appID, g.client.proof
	if u := g.user; u != nil {
		c["name"] = u.DisplayName
		c["preferred_username"] = u.UserPrincipalName
	}
}

func addNames(c map[string]any, u *directory.User) {
	if u.GivenName != "" {
		c["given_name"] = u.GivenName
	}
	if u.Surname != "" {
		c["family_name"] = u.Surname
	}
}

// addGroups lists the groups that the principal is in, by other groups as well. Where they are too many the token says
// where to ask. Tokens for Graph have none, as Entra's.
func (s *Service) addGroups(c map[string]any, g grantee, r resource) {
	if r.appID == directory.AppGraph {
		return
	}
	groups := s.directory.GroupsOf(g.principal())
	if len(groups) <= maxGroups {
		c["groups"] = append([]access.ObjectID{}, groups...)
		return
	}
	kind := "users"
	if g.user == nil {
		kind = "servicePrincipals"
	}
	c["_claim_names"] = map[string]string{"groups": "src1"}
	c["_claim_sources"] = map[string]any{"src1": map[string]string{
		"endpoint": s.base + "/v1.0/" + kind + "/" + string(g.principal()) + "/getMemberObjects",
	}}
}

// delegated is the claim "scp": what a client may do in a user's name. There is no consent in this tenant: it is what the
// client asked for, and for ".default" all.
func delegated(r resource, permissions []string) string {
	if r.appID == directory.AppGraph {
		return "Directory.AccessAsUser.All Group.ReadWrite.All User.Read"
	}
	for _, p := range permissions {
		if _, name := splitScope(p); name != defaultScope && r.version == 2 {
			return name
		}
	}
	return "user_impersonation"
}

// idToken tells a client who signed in.
func (s *Service) idToken(g grantee, version2 bool, nonce string, now time.Time) (string, error) {
	u := g.user
	c := map[string]any{
		"aud": g.client.appID, "iss": s.Issuer(), "ver": "2.0", "tid": s.tenant.ID, "oid": u.ID, "sub": s.subject(g, g.client.appID),
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(time.Hour).Unix(), "auth_time": g.authTime.Unix(),
		"name": u.DisplayName, "preferred_username": u.UserPrincipalName, "upn": u.UserPrincipalName, "uti": uniqueID(),
	}
	addNames(c, u)
	if nonce != "" {
		c["nonce"] = nonce
	}
	if !version2 {
		c["iss"], c["ver"], c["unique_name"], c["amr"] = s.IssuerV1(), "1.0", u.UserPrincipalName, []string{g.method}
	}
	return s.sign(c)
}

// subject is the pairwise subject: of one user it differs from audience to audience. An application's is its object id.
func (s *Service) subject(g grantee, audience string) string {
	if g.user == nil {
		return string(g.client.principal.ID)
	}
	sum := sha256.Sum256([]byte(s.tenant.ID + "\x00" + audience + "\x00" + string(g.user.ID)))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func uniqueID() string {
	id := uuid.New()
	return base64.RawURLEncoding.EncodeToString(id[:])
}

func (s *Service) sign(claims map[string]any) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	key, err := s.keys.signing()
	if err != nil {
		return "", err
	}
	signed, err := key.signer.Sign(payload)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}

// secretText makes a secret of 256 bits.
func secretText() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}
