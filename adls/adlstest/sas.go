package adlstest

import (
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
func (t *T) sign(token sas.Token, path string) string {
	if token[sas.Version] == "" {
		token[sas.Version] = sasVersion
	}
	if token[sas.Expiry] == "" && token[sas.Identifier] == "" {
		token[sas.Expiry] = t.Now().Add(time.Hour).Format(time.RFC3339)
	}
	signed, err := token.Sign(sas.Request{Account: t.target.Account, Container: t.Filesystem(), Path: path}, t.target.Key)
	if err != nil {
		t.Fatalf("the kit cannot sign this: %v", err)
	}
	return signed.Encode()
}
