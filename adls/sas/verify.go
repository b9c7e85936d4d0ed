package sas

import (
	"crypto/hmac"
	"encoding/base64"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/ownlake/ownlake/errs"
)

// Codes of the refusals. Errors with them are of kind Permission.
const (
	CodeProtocolMismatch     errs.Code = "AuthorizationProtocolMismatch"
	CodeSourceIPMismatch     errs.Code = "AuthorizationSourceIPMismatch"
	CodeServiceMismatch      errs.Code = "AuthorizationServiceMismatch"
	CodeResourceTypeMismatch errs.Code = "AuthorizationResourceTypeMismatch"
	CodePermissionMismatch   errs.Code = "AuthorizationPermissionMismatch"
)

// Request is what a signature can depend on.
type Request struct {
	Account   string
	Container string // "" for operations on the account
	// Path is the item, decoded, without slashes at its ends; "" for operations on the container. For a
	// listing it is the directory listed.
	Path   string
	Now    time.Time
	Remote netip.Addr
	HTTPS  bool
	Header http.Header
	Query  url.Values
}

// Policy is a stored access policy of a container. Zero fields are left to the token.
type Policy struct {
	Start, Expiry time.Time
	Permissions   string
}

// NewPolicy reads the fields of a stored access policy as users write them. Empty ones are left to the token. The error
// is Invalid and says which is wrong.
func NewPolicy(start, expiry, permissions string) (Policy, error) {
	p := Policy{Permissions: permissions}
	var err error
	if p.Start, err = parseTime(start); err != nil {
		return Policy{}, errs.E(errs.Invalid, errs.Item("Start"), "it is not a time in UTC such as 2026-01-02T15:04:05Z")
	}
	if p.Expiry, err = parseTime(expiry); err != nil {
		return Policy{}, errs.E(errs.Invalid, errs.Item("Expiry"), "it is not a time in UTC such as 2026-01-02T15:04:05Z")
	}
	if !isOrdered(permissions, serviceLetters) {
		return Policy{}, errs.E(errs.Invalid, errs.Item("Permission"), "its letters are not some of "+serviceLetters+" in this order")
	}
	return p, nil
}

// Verifier holds what tokens are verified against.
type Verifier struct {
	// AccountKeys sign account and service SAS. A signature by any of them counts.
	AccountKeys [][]byte
	// DelegationKey returns the secret of a user delegation key. An error refuses the token: Unauthorized for a
	// key that was never given out or is revoked. Nil knows no keys.
	DelegationKey func(KeyID) ([]byte, error)
	// Policy finds the stored access policy of a container. Nil knows none.
	Policy func(container, identifier string) (p Policy, found bool, err error)
}

// Verify checks a token of [Parse] against a request and returns what it grants. Errors are Unauthorized with code
// AuthenticationFailed, where the text is what the service tells as AuthenticationErrorDetail, or
// Permission with AuthorizationProtocolMismatch, AuthorizationSourceIPMismatch or
// AuthorizationServiceMismatch; or those of the look-ups. Whether the grant covers the operation is for
// [Grant.Check].
func (v Verifier) Verify(t Token, r Request) (Grant, error) {
	t = t.signedOnly()
	if err := t.wellFormed(); err != nil {
		return Grant{}, err
	}
	if err := v.checkSignature(t, r); err != nil {
		return Grant{}, err
	}
	t, err := v.withPolicy(t, r)
	if err != nil {
		return Grant{}, err
	}
	if err := t.checkTime(r.Now); err != nil {
		return Grant{}, err
	}
	if t[Protocol] == "https" && !r.HTTPS {
		return Grant{}, mismatch(CodeProtocolMismatch, "protocol")
	}
	if !t.allowsIP(r.Remote) {
		return Grant{}, mismatch(CodeSourceIPMismatch, "source IP "+r.Remote.String())
	}
	if t.Kind() == Account && !strings.Contains(t[Services], "b") {
		return Grant{}, mismatch(CodeServiceMismatch, "service")
	}
	return t.grant(r), nil
}

func (v Verifier) checkSignature(t Token, r Request) error {
	if strings.ContainsFunc(r.Container+r.Path, isLineEnd) || t.signsLineEnd(r) {
		return failed("Signature did not match. A signed value holds a line end.")
	}
	keys, err := v.keys(t, r)
	if err != nil {
		return err
	}
	signature, err := base64.StdEncoding.DecodeString(t[Signature])
	if err != nil {
		return failed("Signature fields not well formed: sig is not base64.")
	}
	resources := t.resources(r)
	for _, key := range keys {
		for _, resource := range resources {
			if hmac.Equal(mac(key, t.stringToSign(r, resource)), signature) {
				return nil
			}
		}
	}
	if len(resources) == 0 {
		return failed("Signature did not match. The token is for another resource.")
	}
	return failed("Signature did not match. String to sign used was " + t.stringToSign(r, resources[0]))
}

// signsLineEnd reports whether a request parameter that srq names, or a header that srh names, could pose as
// another line.
func (t Token) signsLineEnd(r Request) bool {
	for name := range eachName(t[RequestHeaders]) {
		if strings.ContainsFunc(r.Header.Get(name), isLineEnd) {
			return true
		}
	}
	for name := range eachName(t[RequestQuery]) {
		if strings.ContainsFunc(r.Query.Get(name), isLineEnd) {
			return true
		}
	}
	return false
}

func isLineEnd(c rune) bool { return c == '\n' || c == '\r' }

func (v Verifier) keys(t Token, r Request) ([][]byte, error) {
	if t.Kind() != UserDelegation {
		return v.AccountKeys, nil
	}
	id := t.KeyID()
	if r.Now.Before(id.Start) || !r.Now.Before(id.Expiry) {
		return nil, failed("Signature not valid in the specified key time frame: Start [" + t[KeyStart] + "] - Expiry [" +
			t[KeyExpiry] + "] - Current [" + r.Now.UTC().Format(time.RFC3339) + "]")
	}
	if v.DelegationKey == nil {
		return nil, failed("The account gives out no user delegation keys.")
	}
	key, err := v.DelegationKey(id)
	if err != nil {
		return nil, errs.E(errs.Op("sas.Verify"), err)
	}
	return [][]byte{key}, nil
}

// withPolicy returns the token completed by its stored access policy. What the policy says the token must not
// say too ("Define a stored access policy").
func (v Verifier) withPolicy(t Token, r Request) (Token, error) {
	id := t[Identifier]
	if id == "" {
		return t, nil
	}
	var p Policy
	found := false
	if v.Policy != nil {
		var err error
		if p, found, err = v.Policy(r.Container, id); err != nil {
			return nil, errs.E(errs.Op("sas.Verify"), err)
		}
	}
	if !found {
		return nil, failed("The container has no stored access policy '" + id + "'.")
	}
	t = t.clone()
	for f, value := range map[Field]string{Start: formatTime(p.Start), Expiry: formatTime(p.Expiry), Permissions: p.Permissions} {
		if value == "" {
			continue
		}
		if t[f] != "" {
			return nil, malformed(f, "the stored access policy says it already")
		}
		t[f] = value
	}
	if err := t.checkMandatory(Permissions, Expiry); err != nil {
		return nil, err
	}
	return t, nil
}

func formatTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// checkTime: no skew is allowed for, and the moment of expiry is past it.
func (t Token) checkTime(now time.Time) error {
	start, startErr := parseTime(t[Start])
	expiry, expiryErr := parseTime(t[Expiry])
	if startErr == nil && expiryErr == nil && !now.Before(start) && now.Before(expiry) {
		return nil
	}
	return failed("Signature not valid in the specified time frame: Start [" + t[Start] + "] - Expiry [" + t[Expiry] +
		"] - Current [" + now.UTC().Format(time.RFC3339) + "]")
}

func (t Token) allowsIP(remote netip.Addr) bool {
	if t[IPRange] == "" {
		return true
	}
	first, last, err := parseRange(t[IPRange])
	ip := remote.Unmap()
	return err == nil && ip.Is4() == first.Is4() && ip.IsValid() && first.Compare(ip) <= 0 && ip.Compare(last) <= 0
}

func mismatch(code errs.Code, by string) error {
	return errs.E(errs.Permission, code, "This request is not authorized to perform this operation using this "+by+".")
}
