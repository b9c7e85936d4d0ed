package adls

import (
	"net/http"
	"net/netip"

	"github.com/ownlake/ownlake/adls/bearer"
	"github.com/ownlake/ownlake/adls/sas"
	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/errs"
)

// firstBearerVersion is the first service version with tokens ("Authorize with Microsoft Entra ID").
const firstBearerVersion = "2017-11-09"

// bearerToken returns the token in an Authorization header, if its scheme is Bearer.
func bearerToken(header string) (string, bool) {
	const scheme = "Bearer "
	if len(header) < len(scheme) || !equalFold(header[:len(scheme)], scheme) {
		return "", false
	}
	return header[len(scheme):], true
}

// authenticateBearer lets in whom a token is from.
func (h *handler) authenticateBearer(req *request, token string) error {
	var err error
	req.right, req.identity, err = h.bearerRight(req, token)
	return err
}

// bearerRight is the right of whom a token is from. Roles are looked up at each request, so that one that is taken
// away counts for no later one.
func (h *handler) bearerRight(req *request, token string) (right, *bearer.Identity, error) {
	id, err := h.verifyToken(req, token)
	if err != nil {
		return right{}, nil, err
	}
	c, err := h.caller(req.Context(), id.Principal)
	c.lists = true
	return right{callers: []caller{c}, creator: id.Principal.ID}, &id, err
}

func (h *handler) verifyToken(req *request, token string) (bearer.Identity, error) {
	switch {
	case h.Tokens == nil:
		return bearer.Identity{}, errs.E(errs.Unauthorized, wire.CodeInvalidAuthenticationInfo, "the account takes no bearer tokens",
			errs.Hint("name the issuer whose tokens it is to take in access.yaml, or sign requests"))
	case req.Header.Get("X-Ms-Version") < firstBearerVersion:
		return bearer.Identity{}, errs.E(errs.Unauthorized, wire.CodeAuthenticationFailed, "Authentication scheme Bearer is not supported in this version.")
	case !wire.OverTLS(req.Request) && !fromLoopback(req.Request):
		// Whoever hears a token can use it.
		return bearer.Identity{}, errs.E(errs.Permission, sas.CodeProtocolMismatch, "a token comes by HTTPS, or from this machine")
	}
	return h.Tokens.Verify(req.Context(), token)
}

func fromLoopback(r *http.Request) bool {
	remote, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && remote.Addr().Unmap().IsLoopback()
}

// challenge tells who has not said who it is, or not so that it is believed, where tokens are to be had ("Authorize with
// Microsoft Entra ID", "Bearer challenge").
func (h *handler) challenge(header http.Header, err error) {
	code := errs.CodeOf(err)
	if h.Tokens == nil || code != wire.CodeNoAuthenticationInformation && code != wire.CodeInvalidAuthenticationInfo {
		return
	}
	if uri := h.Tokens.AuthorizationURI(); uri != "" {
		wire.Set(header, "WWW-Authenticate", "Bearer authorization_uri="+uri+" resource_id=https://storage.azure.com")
	}
}
