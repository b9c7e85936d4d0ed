package adls

import (
	"bytes"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"github.com/ownlake/ownlake/adls/sharedkey"
	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/errs"
)

// Rules are what the management of an account can change while the account is served. They are asked for each request,
// and must be safe for concurrent use.
type Rules interface {
	// Keys sign for the account. Without any, what is signed by an account key is refused.
	Keys() [][]byte
	// Reachable reports whether a request from an address may reach the account at all. The zero address is one that
	// cannot be told.
	Reachable(remote netip.Addr) bool
	// RequiresHTTPS reports whether requests in the clear are refused.
	RequiresHTTPS() bool
	// AllowPublicAccess is as in [Options].
	AllowPublicAccess() bool
}

// credentials are those of the keys that sign, made once for each set of keys.
type credentials struct {
	keys [][]byte
	list []sharedkey.Credential
}

// fixed are the rules of an account that nobody manages.
type fixed struct {
	keys   [][]byte
	public bool
}

func (f fixed) Keys() [][]byte          { return f.keys }
func (fixed) Reachable(netip.Addr) bool { return true }
func (fixed) RequiresHTTPS() bool       { return false }
func (f fixed) AllowPublicAccess() bool { return f.public }

// credentials returns those that sign now.
func (h *handler) credentials() []sharedkey.Credential {
	keys := h.Rules.Keys()
	if c := h.signers.Load(); c != nil && slices.EqualFunc(c.keys, keys, bytes.Equal) {
		return c.list
	}
	c := &credentials{keys: keys}
	for _, k := range keys {
		c.list = append(c.list, sharedkey.NewCredential(h.Account, k))
	}
	h.signers.Store(c)
	return c.list
}

// verifyKey checks that one of the account's keys signed a request. Of several, the answer to a wrong signature is as by
// the first.
func (h *handler) verifyKey(r *http.Request, now time.Time) error {
	var first error
	for _, c := range h.credentials() {
		err := c.Verify(r, now)
		if err == nil {
			return nil
		}
		if first == nil {
			first = err
		}
	}
	if first == nil {
		return keysNotPermitted()
	}
	return first
}

// checkReachable refuses requests from where the account cannot be reached, and in the clear where it must not be.
func (h *handler) checkReachable(r *http.Request) error {
	// The zero address, where it cannot be told, lies in no range.
	remote, _ := netip.ParseAddrPort(r.RemoteAddr)
	if !h.Rules.Reachable(remote.Addr()) {
		return errs.E(errs.Permission, wire.CodeAuthorizationFailure, "the account's network rules do not let the caller's address in")
	}
	if h.Rules.RequiresHTTPS() && !wire.OverTLS(r) {
		return errs.E(errs.Invalid, wire.CodeAccountRequiresHTTPS, "the account is for HTTPS alone")
	}
	return nil
}

func keysNotPermitted() error {
	return errs.E(errs.Permission, wire.CodeKeysNotPermitted, "the account takes nothing that is signed by an account key")
}
