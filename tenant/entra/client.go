package entra

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/tenant/directory"
)

// client is an application that asks for tokens, and how it proved itself.
type client struct {
	appID     string
	name      string
	public    bool // that it has no secret of its own
	proof     string
	principal directory.ServicePrincipal
	redirects []string
	// credentials are those of the registration and of the service principal.
	credentials []directory.Credentials
}

// findClient finds an application that has a service principal in the tenant.
func (s *Service) findClient(appID string) (client, *failure) {
	if appID == "" {
		return client{}, missingParameter("client_id")
	}
	id, err := directory.ParseID(appID)
	if err != nil {
		return client{}, fail(unauthorizedClient, 700038, "%s is not a valid application identifier.", shown(appID))
	}
	c := client{appID: string(id), proof: noProof}
	p, err := s.directory.ServicePrincipal(c.appID)
	if err != nil || p.AppID != c.appID { // an object id is no application id
		return client{}, fail(unauthorizedClient, 700016,
			"Application with identifier '%s' was not found in the directory '%s'. This can happen if the application has not been installed by the administrator of the tenant.",
			shown(appID), s.tenant.DisplayName)
	}
	if !p.Enabled {
		return client{}, fail(unauthorizedClient, 7000112, "Application '%s'(%s) is disabled.", c.appID, p.DisplayName)
	}
	c.name, c.principal, c.public, c.credentials = p.DisplayName, p, p.PublicClient, []directory.Credentials{p.Credentials}
	if a, err := s.directory.Application(c.appID); err == nil {
		c.public, c.redirects = a.PublicClient, a.RedirectURIs
		c.credentials = append(c.credentials, a.Credentials)
	}
	return c, nil
}

// authenticate finds the client of a token request and checks its proof, if it brings one or needs one.
func (s *Service) authenticate(r *http.Request, form url.Values, needed bool) (client, *failure) {
	id, secret, hasBasic := r.BasicAuth()
	if hasBasic {
		// RFC 6749, section 2.3.1: both are form-encoded before they are put into the header.
		id, secret = unescape(id), unescape(secret)
	} else {
		id, secret = form.Get("client_id"), form.Get("client_secret")
	}
	c, f := s.findClient(id)
	if f != nil {
		return c, f
	}
	assertion := form.Get("client_assertion")
	if secret == "" && assertion == "" {
		if needed || !c.public {
			return c, fail(invalidClient, 7000218, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.")
		}
		return c, nil
	}
	key := limitKey(r, "client", c.appID)
	if wait := s.failures.locked(key); wait > 0 {
		f := fail(invalidClient, 50196, "The server terminated an operation because it encountered too many wrong proofs of this client.")
		f.status, f.retryAfter = http.StatusTooManyRequests, wait
		return c, f
	}
	if assertion != "" {
		c.proof, f = certificateProof, s.checkAssertion(c, form.Get("client_assertion_type"), assertion)
	} else {
		c.proof, f = secretProof, s.checkSecret(c, secret)
	}
	if f != nil {
		s.failures.failed(key)
		return c, f
	}
	s.failures.succeeded(key)
	return c, nil
}

func unescape(text string) string {
	if plain, err := url.QueryUnescape(text); err == nil {
		return plain
	}
	return text
}

func (s *Service) checkSecret(c client, secret string) *failure {
	err := s.directory.CheckSecret(secret, c.credentials...)
	switch {
	case err == nil:
		return nil
	case errs.CodeOf(err) == directory.CodeExpired:
		return fail(invalidClient, 7000222, "The provided client secret keys for app '%s' are expired.", c.appID)
	}
	return fail(invalidClient, 7000215,
		"Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '%s'.", c.appID)
}

// nativeRedirects are those that public clients of Microsoft's have.
func (s *Service) nativeRedirects() []string {
	return []string{"http://localhost", s.base + "/common/oauth2/nativeclient"}
}

// isRedirect reports whether a browser may be sent to an address with the client's code. For loopback any port will do
// (RFC 8252, section 7.3).
func (s *Service) isRedirect(c client, redirect string) bool {
	registered := c.redirects
	if c.principal.WellKnown && c.public {
		registered = s.nativeRedirects()
	}
	u, err := url.Parse(redirect)
	if err != nil || u.Fragment != "" || u.User != nil {
		return false
	}
	return slices.ContainsFunc(registered, func(one string) bool {
		if one == redirect {
			return true
		}
		r, err := url.Parse(one)
		return err == nil && r.Scheme == "http" && u.Scheme == "http" && r.RawQuery == u.RawQuery &&
			r.Hostname() == u.Hostname() && isLoopback(u.Hostname()) &&
			strings.TrimSuffix(r.Path, "/") == strings.TrimSuffix(u.Path, "/")
	})
}

func isLoopback(host string) bool { return host == "localhost" || host == "127.0.0.1" || host == "::1" }
