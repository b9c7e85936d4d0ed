// Package sharedkey checks and makes Shared Key and Shared Key Lite signatures of requests to an ADLS Gen2
// account: an HMAC-SHA256 over a canonical form of the request, keyed with the account key.
//
// The canonical form (https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key) leaves
// room in a few places, and clients fill it differently: whether Date stands in the string when x-ms-date is
// sent, in which order header names come, whether a plus in a query is a space. [Credential.Verify] accepts
// each of these readings; every one of them covers the method, path, query and all x-ms-* headers, so none is
// weaker than another. The package knows nothing of operations or stores, and a key never leaves it.
package sharedkey

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/errs"
)

// MaxSkew is how far a request's date may be from the server's clock.
const MaxSkew = 15 * time.Minute

// Scheme is a way of signing.
type Scheme string

// The schemes, as they stand in the Authorization header.
const (
	Full Scheme = "SharedKey"
	Lite Scheme = "SharedKeyLite"
)

// Authorization is a parsed Authorization header.
type Authorization struct {
	Scheme    Scheme
	Account   string
	Signature []byte
}

// Parse reads "SharedKey account:signature" or its Lite form. The error is Invalid with code
// InvalidAuthenticationInfo.
func Parse(header string) (Authorization, error) {
	bad := func(msg string) (Authorization, error) {
		return Authorization{}, errs.E(errs.Invalid, wire.CodeInvalidAuthenticationInfo, "Authorization: "+msg)
	}
	scheme, rest, _ := strings.Cut(strings.TrimSpace(header), " ")
	a := Authorization{Scheme: Scheme(scheme)}
	if a.Scheme != Full && a.Scheme != Lite {
		return bad("the scheme is neither SharedKey nor SharedKeyLite")
	}
	account, signature, ok := strings.Cut(strings.TrimSpace(rest), ":")
	if !ok || account == "" {
		return bad("the header is not 'SharedKey account:signature'")
	}
	mac, err := base64.StdEncoding.DecodeString(signature)
	if err != nil || len(mac) != sha256.Size {
		return bad("the signature is not an HMAC-SHA256 in base64")
	}
	a.Account, a.Signature = account, mac
	return a, nil
}

// Credential is an account's name and key.
type Credential struct {
	Account string
	Key     []byte
	macs    *sync.Pool // of hashes that are keyed; nil makes one each time
}

// NewCredential returns a credential for many requests: it keys its hashes once.
func NewCredential(account string, key []byte) Credential {
	return Credential{Account: account, Key: key, macs: &sync.Pool{New: func() any { return hmac.New(sha256.New, key) }}}
}

// String hides the key from logs and messages.
func (c Credential) String() string { return c.Account + ":(key)" }

// GoString hides the key, too.
func (c Credential) GoString() string { return c.String() }

// Sign signs a request with the full scheme and puts the Authorization header on it. The request must carry
// all other headers by then, x-ms-date or Date among them.
func (c Credential) Sign(r *http.Request) { c.sign(r, Full) }

// SignLite signs a request with Shared Key Lite.
func (c Credential) SignLite(r *http.Request) { c.sign(r, Lite) }

func (c Credential) sign(r *http.Request, scheme Scheme) {
	for s := range stringsToSign(r, c.Account, scheme) {
		r.Header.Set("Authorization", string(scheme)+" "+c.Account+":"+base64.StdEncoding.EncodeToString(c.mac(s)))
		return
	}
}

// Verify checks the Authorization header of a request that a server received at the given time. Errors are
// Unauthorized with code AuthenticationFailed, or Invalid with code InvalidAuthenticationInfo for a header
// that cannot be read; their text is what the service tells as AuthenticationErrorDetail.
func (c Credential) Verify(r *http.Request, now time.Time) error {
	a, err := Parse(r.Header.Get("Authorization"))
	if err != nil {
		return err
	}
	if a.Account != c.Account {
		return failed("The account '" + a.Account + "' in the Authorization header is not the account of the request.")
	}
	if err := checkDate(r.Header, now); err != nil {
		return err
	}
	usual := ""
	for s := range stringsToSign(r, c.Account, a.Scheme) {
		if hmac.Equal(c.mac(s), a.Signature) {
			return nil
		}
		if usual == "" {
			usual = s
		}
	}
	return failed("The MAC signature found in the HTTP request '" + base64.StdEncoding.EncodeToString(a.Signature) +
		"' is not the same as any computed signature. Server used following string to sign: '" + usual + "'.")
}

func (c Credential) mac(s string) []byte {
	if c.macs == nil {
		h := hmac.New(sha256.New, c.Key)
		h.Write([]byte(s))
		return h.Sum(nil)
	}
	h, _ := c.macs.Get().(hash.Hash) // nothing else is put there
	defer c.macs.Put(h)
	h.Reset()
	_, _ = io.WriteString(h, s) // a hash takes everything
	return h.Sum(nil)
}

func checkDate(h http.Header, now time.Time) error {
	value := h.Get("X-Ms-Date")
	if value == "" {
		value = h.Get("Date")
	}
	if value == "" {
		return failed("The request has neither an x-ms-date nor a Date header.")
	}
	sent, err := http.ParseTime(value)
	if err != nil {
		return failed("The date '" + value + "' of the request is not in the format of RFC 1123.")
	}
	switch skew := now.Sub(sent); {
	case skew > MaxSkew:
		return failed("Request date header too old: '" + value + "'. Check the clock of the client.")
	case skew < -MaxSkew:
		return failed("Request date header too far in the future: '" + value + "'. Check the clock of the client.")
	}
	return nil
}

func failed(detail string) error {
	return errs.E(errs.Unauthorized, wire.CodeAuthenticationFailed, detail)
}
