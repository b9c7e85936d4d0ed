package adlstest

import (
	"strings"
	"time"

	"github.com/ownlake/ownlake/adls/sas"
)

func userDelegationSAS(s *suite) {
	s.of("UserDelegationSAS", Bearer)
	// delegated makes a signature with a key that the account gave out.
	delegated := func(t *T, fields sas.Token, path string) string {
		var k delegationKey
		t.askDelegationKey(t.Now().Add(-time.Minute), t.Now().Add(time.Hour)).Bearer(t.target.Token).Want(200).XML(&k)
		fields[sas.KeyObjectID], fields[sas.KeyTenantID], fields[sas.KeyStart], fields[sas.KeyExpiry] = k.SignedOid, k.SignedTid, k.SignedStart, k.SignedExpiry
		fields[sas.KeyService], fields[sas.KeyVersion] = k.SignedService, k.SignedVersion
		return t.signWith(fields, path, t.decoded(k.Value))
	}

	s.check("of a container reads a blob", func(t *T) {
		t.PutBlob("b", "content")
		t.Blob("GET", "b").With(delegated(t, sas.Token{sas.Resource: "c", sas.Permissions: "r"}, "")).Want(200).Text("content")
	})
	s.check("of a blob reads it and no other", func(t *T) {
		t.PutBlob("b", "content")
		t.PutBlob("c", "secret")
		token := delegated(t, sas.Token{sas.Resource: "b", sas.Permissions: "r"}, "b")
		t.Blob("GET", "b").With(token).Want(200).Text("content")
		t.Blob("GET", "c").With(token).Fails(403, notAuthorized)
	})
	s.check("of a directory reads what is below", func(t *T) {
		t.PutBlob("d/b", "content")
		t.Blob("GET", "d/b").With(delegated(t, sas.Token{sas.Resource: "d", sas.Permissions: "r"}, "d")).Want(200).Text("content")
	}, HNS)
	s.check("that reads does not write", func(t *T) {
		t.PutBlob("b", "old")
		token := delegated(t, sas.Token{sas.Resource: "c", sas.Permissions: "r"}, "")
		t.Blob("PUT", "b").With(token).H("x-ms-blob-type", "BlockBlob").Body("x").Fails(403, noPermission)
	})
	s.check("whose key is said to be another's is refused", func(t *T) {
		t.PutBlob("b", "content")
		token := delegated(t, sas.Token{sas.Resource: "c", sas.Permissions: "r"}, "")
		t.Blob("GET", "b").With(without(token, "skoid")+"&skoid="+someone).Fails(403, notAuthorized)
	})
	s.check("with a correlation id is taken", func(t *T) {
		t.PutBlob("b", "content")
		t.Blob("GET", "b").With(delegated(t, sas.Token{sas.Resource: "c", sas.Permissions: "r", sas.CorrelationID: newID()}, "")).Want(200)
	})
}

func bearerToken(s *suite) {
	s.of("BearerToken")
	s.check("a token that nobody signed is refused", func(t *T) {
		t.PutBlob("b", "content")
		a := t.Blob("GET", "b").Bearer("eyJhbGciOiJub25lIn0.eyJzdWIiOiJtZSJ9.").Send()
		t.True(a.status == 401 || a.status == 403 || a.status == 400, "the token is refused")
		t.True(!strings.Contains(string(a.body), "content"), "nothing is told")
	})
	s.check("text that is no token is refused", func(t *T) {
		t.PutBlob("b", "content")
		a := t.Blob("GET", "b").Bearer("nonsense").Send()
		t.True(a.status == 401 || a.status == 403 || a.status == 400, "the token is refused")
	})
	s.check("reads and writes", func(t *T) {
		t.Filesystem()
		t.Blob("PUT", "b").Bearer(t.target.Token).H("x-ms-blob-type", "BlockBlob").Body("content").Want(201)
		t.Blob("GET", "b").Bearer(t.target.Token).Want(200).Text("content")
	}, Bearer)
	s.check("makes files on dfs", func(t *T) {
		t.Filesystem()
		t.DFS("PUT", "f?resource=file").Bearer(t.target.Token).Want(201)
		t.DFS("HEAD", "f").Bearer(t.target.Token).Want(200)
	}, Bearer, DFS)
	s.check("whose signature was changed is refused", func(t *T) {
		t.PutBlob("b", "content")
		changed := t.target.Token[:len(t.target.Token)-6] + "AAAAAA"
		t.Blob("GET", "b").Bearer(changed).Fails(401, "InvalidAuthenticationInfo|AuthenticationFailed")
	}, Bearer)
}
