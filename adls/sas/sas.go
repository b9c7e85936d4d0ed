// Package sas reads, verifies and makes shared access signatures: query parameters that carry a permission
// and an HMAC-SHA256 over it.
//
// There are three kinds. An account SAS is signed with an account key and covers whole services; a service
// SAS is signed with an account key and covers a container, directory or blob; a user delegation SAS covers
// the same and is signed with a key that the account gave to a principal, whose own rights bound it.
// [Parse] makes a [Token] of a query, [Verifier.Verify] a [Grant] of a token and a request, and [Grant.Check]
// tells whether the grant covers an operation.
//
// What is signed depends on the kind and on the version in sv (strings.go, from "Create a service SAS",
// "Create an account SAS", "Create a user delegation SAS"). A field that the token's version does not sign
// is worth nothing, as anybody could have added it; [Parse] drops it.
//
// The package is pure. It does not know roles, lists or stores, and it keeps no keys.
package sas

import (
	"maps"
	"net/url"
)

// Field is the name of a query parameter of a shared access signature.
type Field string

// The fields.
const (
	Version         Field = "sv"
	Services        Field = "ss"
	ResourceTypes   Field = "srt"
	Resource        Field = "sr"
	DirectoryDepth  Field = "sdd"
	Start           Field = "st"
	Expiry          Field = "se"
	Permissions     Field = "sp"
	IPRange         Field = "sip"
	Protocol        Field = "spr"
	Identifier      Field = "si"
	EncryptionScope Field = "ses"
	Signature       Field = "sig"

	// The response headers that the token sets.
	CacheControl       Field = "rscc"
	ContentDisposition Field = "rscd"
	ContentEncoding    Field = "rsce"
	ContentLanguage    Field = "rscl"
	ContentType        Field = "rsct"

	// The user delegation key, as the service described it when it gave it out.
	KeyObjectID          Field = "skoid"
	KeyTenantID          Field = "sktid"
	KeyStart             Field = "skt"
	KeyExpiry            Field = "ske"
	KeyService           Field = "sks"
	KeyVersion           Field = "skv"
	KeyDelegatedTenantID Field = "skdutid"

	// Further fields of a user delegation SAS.
	AuthorizedObjectID    Field = "saoid"
	UnauthorizedObjectID  Field = "suoid"
	CorrelationID         Field = "scid"
	DelegatedUserObjectID Field = "sduoid"
	RequestHeaders        Field = "srh"
	RequestQuery          Field = "srq"

	// The blob's snapshot or version. They are parameters of the request that resources "bs" and "bv" sign.
	Snapshot  Field = "snapshot"
	VersionID Field = "versionid"
)

// Kind is a kind of shared access signature.
type Kind uint8

// The kinds.
const (
	Account Kind = iota + 1
	Service
	UserDelegation
)

// String returns the kind's name.
func (k Kind) String() string {
	switch k {
	case Account:
		return "account SAS"
	case Service:
		return "service SAS"
	case UserDelegation:
		return "user delegation SAS"
	}
	return "unknown SAS"
}

// Token is a shared access signature: its fields, decoded, as text. One made by [Parse] or [Token.Sign] is well
// formed; to make one, fill the fields and sign it.
type Token map[Field]string

// Kind tells the kinds apart by the fields that only one of them has.
func (t Token) Kind() Kind {
	switch {
	case t[Services] != "" || t[ResourceTypes] != "":
		return Account
	case t[KeyObjectID] != "":
		return UserDelegation
	}
	return Service
}

// Encode returns the token as a query, without a question mark, in the order of names.
func (t Token) Encode() string {
	q := url.Values{}
	for f, v := range t {
		if v != "" {
			q.Set(string(f), v)
		}
	}
	return q.Encode()
}

func (t Token) clone() Token { return maps.Clone(t) }
