package sas

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
)

const macSize = sha256.Size

// Sign returns the token with its signature. The request names the account and what the token is for:
// container and path of a service or user delegation SAS, and the headers and parameters that srh and srq name.
// The key is an account key or the secret of the user delegation key. Permissions are put in order, and the depth of
// a directory is set. The error is Invalid and says which field is missing or wrong.
func (t Token) Sign(r Request, key []byte) (Token, error) {
	t = t.clone()
	letters := serviceLetters
	if t.Kind() == Account {
		letters = accountLetters
	}
	t[Permissions] = inOrder(t[Permissions], letters)
	if t[Resource] == resourceDirectory {
		t[DirectoryDepth] = strconv.Itoa(len(splitPath(r.Path)))
	}
	t = t.signedOnly()
	if err := t.wellFormed(); err != nil {
		return nil, errs.E(errs.Op("sas.Sign"), errs.Invalid, errs.Code("InvalidSignatureFields"), err)
	}
	resources := t.resources(r)
	if len(resources) == 0 {
		return nil, errs.E(errs.Op("sas.Sign"), errs.Invalid, "the token is for a container, directory or blob that is not named")
	}
	t[Signature] = base64.StdEncoding.EncodeToString(mac(key, t.stringToSign(r, resources[0])))
	return t, nil
}

// inOrder sorts letters as the service wants them. Unknown ones come last, where the check finds them.
func inOrder(letters, order string) string {
	sorted := []rune(letters)
	slices.SortStableFunc(sorted, func(a, b rune) int {
		return rank(a, order) - rank(b, order)
	})
	return string(sorted)
}

func rank(letter rune, order string) int {
	if i := strings.IndexRune(order, letter); i >= 0 {
		return i
	}
	return len(order)
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// KeyID describes a user delegation key: for whom it was made and how long it holds.
type KeyID struct {
	ObjectID          access.ObjectID
	TenantID          string
	Start, Expiry     time.Time
	Service, Version  string
	DelegatedTenantID string
}

// KeyID returns what a user delegation SAS says of its key.
func (t Token) KeyID() KeyID {
	start, _ := parseTime(t[KeyStart]) // both are well formed
	expiry, _ := parseTime(t[KeyExpiry])
	return KeyID{
		ObjectID: access.ObjectID(t[KeyObjectID]), TenantID: t[KeyTenantID], Start: start, Expiry: expiry,
		Service: t[KeyService], Version: t[KeyVersion], DelegatedTenantID: t[KeyDelegatedTenantID],
	}
}

// Derive returns the secret of the key, made of its description and a secret of the account. So the account need not
// keep the keys that it gave out, and a token that claims another description has another key. A new
// secret revokes them all. Times count in seconds.
func (k KeyID) Derive(secret []byte) []byte {
	return mac(secret, strings.Join([]string{
		"user delegation key", strings.ToLower(string(k.ObjectID)), strings.ToLower(k.TenantID),
		k.Start.UTC().Format(time.RFC3339), k.Expiry.UTC().Format(time.RFC3339), k.Service, k.Version,
		strings.ToLower(k.DelegatedTenantID),
	}, "\n"))
}
