package lake

import (
	"strconv"

	"github.com/ownlake/ownlake/errs"
)

// EncryptionScope names a key of the account by which content is encrypted. A [Service] keeps the names and tells
// them: it makes no keys, and every name is one.
type EncryptionScope string

// AccountEncryption is the scope of what names none.
const AccountEncryption EncryptionScope = "$account-encryption-key"

// EncryptionPolicy is what a filesystem says of the scopes of its files. It is chosen when the filesystem is made.
type EncryptionPolicy struct {
	// Default is the scope of files that are made without one; "" means [AccountEncryption].
	Default EncryptionScope
	// DenyOverride refuses files of another scope.
	DenyOverride bool
}

// ParseEncryptionScope checks a scope's name: 3 to 63 letters, digits and hyphens, or [AccountEncryption]. The error is
// Invalid.
func ParseEncryptionScope(s string) (EncryptionScope, error) {
	ok := len(s) >= 3 && len(s) <= 63
	for i := range len(s) {
		c := s[i] | 0x20
		ok = ok && (c >= 'a' && c <= 'z' || s[i] >= '0' && s[i] <= '9' || s[i] == '-')
	}
	if !ok && s != string(AccountEncryption) {
		return "", errs.E(errs.Invalid, CodeInvalidInput, "not an encryption scope's name: "+strconv.Quote(s),
			errs.Hint("use 3 to 63 letters, digits and hyphens"))
	}
	return EncryptionScope(s), nil
}

// Allows reports whether a file may be of a scope.
func (p EncryptionPolicy) Allows(s EncryptionScope) bool {
	return !p.DenyOverride || s.shown() == p.Default.shown()
}

// shown is a scope with the name of the one that "" means.
func (s EncryptionScope) shown() EncryptionScope {
	if s == "" {
		return AccountEncryption
	}
	return s
}
