package entra

import (
	"crypto/sha1" //nolint:gosec // G505: assertions name their certificate by its SHA-1 thumbprint; it is only looked up by it
	"crypto/x509"
	"encoding/base64"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/ownlake/ownlake/tenant/directory"
)

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// assertionAlgorithms are those that Entra takes of client assertions.
var assertionAlgorithms = []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512, jose.ES256, jose.ES384, jose.ES512}

// checkAssertion checks a client's proof by a signature (RFC 7523) with the key of one of its certificates.
func (s *Service) checkAssertion(c client, kind, assertion string) *failure {
	if kind != assertionType {
		return fail(invalidRequest, 900144, "The request body must contain the following parameter: 'client_assertion_type' with the value '%s'.", assertionType)
	}
	token, err := jwt.ParseSigned(assertion, assertionAlgorithms)
	if err != nil || len(token.Headers) != 1 {
		return fail(invalidClient, 50027, "JWT token is invalid or malformed.")
	}
	cert, f := s.assertionCertificate(c, token.Headers[0])
	if f != nil {
		return f
	}
	var claims jwt.Claims
	if err := token.Claims(cert.PublicKey, &claims); err != nil {
		return fail(invalidClient, 700027, "Client assertion failed signature validation. The key was expected to be of the certificate that the assertion names.")
	}
	return s.checkAssertionClaims(c, claims)
}

func (s *Service) checkAssertionClaims(c client, claims jwt.Claims) *failure {
	now := s.clock()
	switch {
	case !strings.EqualFold(claims.Issuer, c.appID) || !strings.EqualFold(claims.Subject, c.appID):
		return fail(invalidClient, 700021, "Client assertion application identifier doesn't match 'client_id' parameter.")
	case !slices.ContainsFunc(claims.Audience, s.isAssertionAudience):
		return fail(invalidClient, 700023, "Client assertion audience claim does not match Realm issuer.")
	case claims.Expiry == nil || !now.Before(claims.Expiry.Time().Add(skew)), claims.NotBefore != nil && now.Add(skew).Before(claims.NotBefore.Time()):
		return fail(invalidClient, 700024, "Client assertion is not within its valid time range.")
	}
	return nil
}

// isAssertionAudience takes the token endpoints and the issuers of this tenant.
func (s *Service) isAssertionAudience(audience string) bool {
	rest, ok := strings.CutPrefix(audience, s.base+"/")
	name, rest, _ := strings.Cut(rest, "/")
	if ours, _ := s.authority(name); !ok || !ours {
		return false
	}
	return slices.Contains([]string{"oauth2/v2.0/token", "oauth2/token", "v2.0", ""}, rest)
}

// assertionCertificate finds the certificate that an assertion names among the client's own. What the assertion brings
// along (x5c) is not believed.
func (s *Service) assertionCertificate(c client, header jose.Header) (*x509.Certificate, *failure) {
	var named []string
	for _, name := range []jose.HeaderKey{"x5t#S256", "x5t"} {
		if text, ok := header.ExtraHeaders[name].(string); ok {
			named = append(named, text)
		}
	}
	named = append(named, header.KeyID)
	for _, credentials := range c.credentials {
		for _, candidate := range credentials.Certificates {
			if !slices.ContainsFunc(named, func(name string) bool { return isThumbprint(name, candidate.DER) }) {
				continue
			}
			if !candidate.Good(s.clock()) {
				return nil, fail(invalidClient, 700027, "The certificate with identifier used to sign the client assertion is expired on application.")
			}
			cert, err := candidate.Parse()
			if err != nil {
				return nil, fail(invalidClient, 700027, "The certificate with identifier used to sign the client assertion cannot be read.")
			}
			return cert, nil
		}
	}
	return nil, fail(invalidClient, 700027, "The certificate with identifier used to sign the client assertion is not registered on application.")
}

// isThumbprint reports whether a name is the certificate's thumbprint: SHA-256 or SHA-1, in either alphabet of base64,
// as client libraries differ.
func isThumbprint(name string, der []byte) bool {
	name = strings.TrimRight(strings.NewReplacer("+", "-", "/", "_").Replace(name), "=")
	if name == directory.Thumbprint256(der) {
		return true
	}
	sum := sha1.Sum(der) //nolint:gosec // G401: as the import
	return name == base64.RawURLEncoding.EncodeToString(sum[:])
}
