package adlstest

import (
	"strings"
	"time"

	"github.com/ownlake/ownlake/adls/sas"
)

func accountSAS(s *suite) {
	s.of("AccountSAS")
	token := func(t *T, services, types, permissions string) string {
		return t.sign(sas.Token{sas.Services: services, sas.ResourceTypes: types, sas.Permissions: permissions}, "")
	}

	s.check("for objects reads blobs", func(t *T) {
		t.PutBlob("b", "content")
		t.Blob("GET", "b").With(token(t, "b", "o", "r")).Want(200).Text("content")
	})
	s.check("for objects does not list containers", func(t *T) {
		t.BlobService("GET", "?comp=list").With(token(t, "b", "o", "rl")).Fails(403, "AuthorizationResourceTypeMismatch")
	})
	s.check("for the service lists containers", func(t *T) {
		t.Filesystem()
		t.BlobService("GET", "?comp=list&maxresults=1").With(token(t, "b", "s", "l")).Want(200)
	})
	s.check("for containers lists blobs", func(t *T) {
		t.PutBlob("b", "content")
		t.Blob("GET", "?restype=container&comp=list").With(token(t, "b", "c", "l")).Want(200).Contains("<Name>b</Name>")
	})
	s.check("for containers does not read blobs", func(t *T) {
		t.PutBlob("b", "content")
		t.Blob("GET", "b").With(token(t, "b", "c", "r")).Fails(403, "AuthorizationResourceTypeMismatch")
	})
	s.check("for containers makes and deletes them", func(t *T) {
		name := t.Unused()
		t.at(false, "PUT", name, "?restype=container").With(token(t, "b", "c", "c")).Want(201)
		t.at(false, "DELETE", name, "?restype=container").With(token(t, "b", "c", "d")).Want(202)
	})
	s.check("for queues is not for blobs", func(t *T) {
		t.PutBlob("b", "content")
		t.Blob("GET", "b").With(token(t, "q", "sco", "rl")).Fails(403, "AuthorizationServiceMismatch")
	})
	s.check("that reads does not write", func(t *T) {
		t.PutBlob("b", "old")
		t.Blob("PUT", "b").With(token(t, "b", "o", "r")).H("x-ms-blob-type", "BlockBlob").Body("x").Fails(403, noPermission)
		t.Content("b", "old")
	})
	s.check("that creates does not replace", func(t *T) {
		t.PutBlob("b", "old")
		t.Blob("PUT", "b").With(token(t, "b", "o", "c")).H("x-ms-blob-type", "BlockBlob").Body("x").Fails(403, "UnauthorizedBlobOverwrite|"+noPermission)
	})
	s.check("that writes replaces", func(t *T) {
		t.PutBlob("b", "old")
		t.Blob("PUT", "b").With(token(t, "b", "o", "w")).H("x-ms-blob-type", "BlockBlob").Body("new").Want(201)
		t.Content("b", "new")
	})
	s.check("whose services were changed is refused", func(t *T) {
		t.PutBlob("b", "content")
		t.Blob("GET", "b").With(strings.Replace(token(t, "q", "o", "r"), "ss=q", "ss=b", 1)).Fails(403, notAuthorized)
	})
	s.check("that has expired is refused", func(t *T) {
		t.PutBlob("b", "content")
		expired := t.sign(sas.Token{sas.Services: "b", sas.ResourceTypes: "o", sas.Permissions: "r", sas.Expiry: t.Now().Add(-time.Minute).Format(time.RFC3339)}, "")
		t.Blob("GET", "b").With(expired).Fails(403, notAuthorized)
	})
	for _, version := range []string{"2015-04-05", "2019-12-12", "2020-12-06", "2024-11-04", "2025-11-05"} {
		s.check("of version "+version+" is taken", func(t *T) {
			t.PutBlob("b", "content")
			t.Blob("GET", "b").With(t.sign(sas.Token{sas.Version: version, sas.Services: "b", sas.ResourceTypes: "o", sas.Permissions: "r"}, "")).Want(200)
		})
	}
	s.check("works on dfs", func(t *T) {
		t.File("f", "content")
		t.DFS("GET", "f").With(token(t, "b", "o", "r")).Want(200).Text("content")
		t.DFS("DELETE", "f").With(token(t, "b", "o", "r")).Fails(403, noPermission)
	}, DFS)
	s.check("tells of the account", func(t *T) {
		t.BlobService("GET", "?restype=account&comp=properties").With(token(t, "b", "s", "r")).Want(200).Have("x-ms-sku-name")
	})
}
