package entra

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/tenant/directory"
)

// Codes of tokens that are not taken, as Resource Manager and Graph name them.
const (
	CodeInvalidToken  errs.Code = "InvalidAuthenticationToken"
	CodeExpiredToken  errs.Code = "ExpiredAuthenticationToken"
	CodeWrongTenant   errs.Code = "InvalidAuthenticationTokenTenant"
	CodeWrongAudience errs.Code = "InvalidAuthenticationTokenAudience"
)

// Audience is an API of the tenant that takes tokens, by its application id.
type Audience string

// The APIs that a tenant serves itself.
const (
	GraphAudience           Audience = directory.AppGraph
	ResourceManagerAudience Audience = directory.AppServiceManagement
	StorageAudience         Audience = directory.AppStorage
)

// Caller is who a token is from, as the directory knows the principal now.
type Caller struct {
	// Principal has the object id and all groups that it is in, nested ones included.
	Principal access.Principal
	Kind      directory.Kind // a user or a service principal
	Name      string         // user principal name, or display name of the service principal
	AppID     string         // of the application that the token was given to
	// Roles are the directory roles that it holds, and Permissions those on Graph that an application has.
	Roles       []directory.Role
	Permissions []string
}

const (
	maxToken = 32 << 10
	skew     = 5 * time.Minute
)

// tokenClaims are the claims that verification reads.
type tokenClaims struct {
	jwt.Claims
	Tenant   string          `json:"tid"`
	ObjectID access.ObjectID `json:"oid"`
	AppID    string          `json:"appid"`
	Party    string          `json:"azp"`
}

// Verify tells who an access token is from that this tenant made for one of its APIs. Everything else is Unauthorized
// with one of the codes above: also a token of a principal that is deleted or disabled since, and of a user whose
// password has changed. No error repeats any of the token.
func (s *Service) Verify(_ context.Context, token string, of Audience) (Caller, error) {
	const op errs.Op = "entra.Verify"
	c, err := s.checkToken(token)
	if err != nil {
		return Caller{}, errs.E(op, err)
	}
	if !slices.ContainsFunc(c.Audience, func(a string) bool { return s.isAudience(a, of) }) {
		return Caller{}, errs.E(op, errs.Unauthorized, CodeWrongAudience, "the access token was made for another resource",
			errs.Hint("ask for a token for the resource that you call"))
	}
	caller, err := s.caller(c)
	return caller, errs.Wrap(op, err)
}

// checkToken checks the signature and what any token must say.
func (s *Service) checkToken(token string) (tokenClaims, error) {
	var c tokenClaims
	if len(token) > maxToken {
		return c, invalidToken("the access token is too large")
	}
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil || len(parsed.Headers) != 1 {
		return c, invalidToken("the access token is not a signed JSON Web Token")
	}
	key, ok := s.keys.find(parsed.Headers[0].KeyID)
	if !ok {
		return c, invalidToken("the access token is signed by a key that is not the tenant's")
	}
	if err := parsed.Claims(key, &c); err != nil {
		return c, invalidToken("the access token's signature is wrong")
	}
	now := s.clock()
	switch {
	case c.Issuer != s.Issuer() && c.Issuer != s.IssuerV1(), c.Tenant != s.tenant.ID:
		return c, errs.E(errs.Unauthorized, CodeWrongTenant, "the access token is from another tenant", errs.Hint("sign in to tenant "+s.tenant.ID))
	case c.Expiry == nil || !now.Before(c.Expiry.Time().Add(skew)):
		return c, errs.E(errs.Unauthorized, CodeExpiredToken, "the access token has expired", errs.Hint("ask for a new one"))
	case c.NotBefore == nil || now.Add(skew).Before(c.NotBefore.Time()):
		return c, invalidToken("the access token is not valid yet")
	}
	return c, nil
}

func (s *Service) isAudience(audience string, of Audience) bool {
	return slices.ContainsFunc(s.resources, func(r resource) bool { return r.appID == string(of) && r.isNamed(audience) })
}

// caller looks the principal up.
func (s *Service) caller(c tokenClaims) (Caller, error) {
	gone := errs.E(errs.Unauthorized, CodeInvalidToken, "the principal of the access token is not in the tenant any more, or is disabled")
	o, err := s.directory.Object(c.ObjectID)
	if err != nil {
		return Caller{}, gone
	}
	principal, err := s.directory.Principal(c.ObjectID)
	if err != nil {
		return Caller{}, gone
	}
	caller := Caller{Principal: principal, Kind: o.ObjectKind(), AppID: strings.ToLower(c.AppID + c.Party)}
	switch v := o.(type) {
	case directory.User:
		if !v.Enabled || c.IssuedAt == nil || c.IssuedAt.Time().Before(v.SignInsSince.Truncate(time.Second)) {
			return Caller{}, gone
		}
		caller.Name, caller.Roles = v.UserPrincipalName, v.Roles
	case directory.ServicePrincipal:
		if !v.Enabled {
			return Caller{}, gone
		}
		caller.Name, caller.Roles, caller.Permissions = v.DisplayName, v.Roles, v.Permissions
	default:
		return Caller{}, gone
	}
	return caller, nil
}

func invalidToken(text string) error {
	return errs.E(errs.Unauthorized, CodeInvalidToken, text, errs.Hint("sign in to this tenant and use the access token you get"))
}
