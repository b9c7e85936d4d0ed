package adlstest

import (
	"encoding/base64"
	"time"

	"github.com/ownlake/ownlake/adls/sas"
)

// sasVersion is the version of signatures that do not say otherwise.
const sasVersion = "2022-11-02"

// serviceSAS makes a signature for a container ("c"), directory ("d") or blob ("b") of the case's filesystem. The
// path is decoded.
func (t *T) serviceSAS(resource, path, permissions string) string {
	return t.sign(sas.Token{sas.Resource: resource, sas.Permissions: permissions}, path)
}

// sign completes and signs a token: version, and an hour to live, where it does not say.
func (t *T) sign(token sas.Token, path string) string { return t.signWith(token, path, t.target.Key) }

// signWith is [T.sign] with another key.
func (t *T) signWith(token sas.Token, path string, key []byte) string {
	if token[sas.Version] == "" {
		token[sas.Version] = sasVersion
	}
	if token[sas.Expiry] == "" && token[sas.Identifier] == "" {
		token[sas.Expiry] = t.Now().Add(time.Hour).Format(time.RFC3339)
	}
	signed, err := token.Sign(sas.Request{Account: t.target.Account, Container: t.Filesystem(), Path: path}, key)
	if err != nil {
		t.Fatalf("the kit cannot sign this: %v", err)
	}
	return signed.Encode()
}

// decoded reads base64 that a server wrote.
func (t *T) decoded(s string) []byte {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		t.Fatalf("%s: %q is not base64", t.last, s)
	}
	return b
}
