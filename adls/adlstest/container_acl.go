package adlstest

import (
	"encoding/xml"
	"fmt"
	"strings"
	"time"

	"github.com/ownlake/ownlake/adls/sas"
)

// signedIdentifiers is the body of Get and Set Container ACL.
type signedIdentifiers struct {
	XMLName xml.Name `xml:"SignedIdentifiers"`
	All     []struct {
		ID           string `xml:"Id"`
		AccessPolicy struct {
			Start, Expiry, Permission string
		}
	} `xml:"SignedIdentifier"`
}

// storedPolicy is a body with one stored access policy. Empty fields are left out.
func storedPolicy(id, start, expiry, permission string) string {
	element := func(name, value string) string {
		if value == "" {
			return ""
		}
		return "<" + name + ">" + value + "</" + name + ">"
	}
	return `<?xml version="1.0" encoding="utf-8"?><SignedIdentifiers><SignedIdentifier><Id>` + id + "</Id><AccessPolicy>" +
		element("Start", start) + element("Expiry", expiry) + element("Permission", permission) +
		"</AccessPolicy></SignedIdentifier></SignedIdentifiers>"
}

func containerACL(s *suite) {
	s.of("GetContainerACL")
	get := func(t *T) signedIdentifiers {
		var p signedIdentifiers
		t.Blob("GET", "?restype=container&comp=acl").Want(200).XML(&p)
		return p
	}
	set := func(t *T, body string) *Request { return t.Blob("PUT", "?restype=container&comp=acl").Body(body) }
	iso := func(when time.Time) string { return when.Format("2006-01-02T15:04:05Z") }

	s.check("a fresh container has no policies and no public access", func(t *T) {
		t.Blob("GET", "?restype=container&comp=acl").Want(200).No("x-ms-blob-public-access").Have("ETag", "Last-Modified")
		t.Equal("policies", len(get(t).All), 0)
	})
	s.check("HEAD answers without a body", func(t *T) {
		t.Blob("HEAD", "?restype=container&comp=acl").Want(200).Text("").Have("ETag", "Last-Modified")
	})
	s.check("a missing container is not found", func(t *T) {
		t.at(false, "GET", t.Unused(), "?restype=container&comp=acl").Fails(404, "ContainerNotFound")
	})

	s.of("SetContainerACL")
	s.check("a policy is kept", func(t *T) {
		start, expiry := iso(t.Now()), iso(t.Now().Add(time.Hour))
		set(t, storedPolicy("readers", start, expiry, "rl")).Want(200).Have("ETag", "Last-Modified")
		p := get(t)
		t.Equal("policies", len(p.All), 1)
		t.Equal("id and permission", p.All[0].ID+" "+p.All[0].AccessPolicy.Permission, "readers rl")
		t.Equal("start", p.All[0].AccessPolicy.Start[:19], start[:19])
		t.Equal("expiry", p.All[0].AccessPolicy.Expiry[:19], expiry[:19])
	})
	s.check("policies are replaced", func(t *T) {
		set(t, storedPolicy("one", "", iso(t.Now().Add(time.Hour)), "r")).Want(200)
		set(t, storedPolicy("two", "", iso(t.Now().Add(time.Hour)), "r")).Want(200)
		p := get(t)
		t.Equal("policies", len(p.All), 1)
		t.Equal("id", p.All[0].ID, "two")
	})
	s.check("no body takes all policies away", func(t *T) {
		set(t, storedPolicy("one", "", iso(t.Now().Add(time.Hour)), "r")).Want(200)
		set(t, "").Want(200)
		t.Equal("policies", len(get(t).All), 0)
	})
	s.check("more than five policies are refused", func(t *T) {
		policy := "<SignedIdentifier><Id>%d</Id><AccessPolicy><Permission>r</Permission></AccessPolicy></SignedIdentifier>"
		policies := fmt.Sprintf(strings.Repeat(policy, 6), 1, 2, 3, 4, 5, 6)
		set(t, "<SignedIdentifiers>"+policies+"</SignedIdentifiers>").Fails(400, "InvalidXmlDocument|InvalidInput")
	})
	s.check("a body that is no XML is refused", func(t *T) {
		set(t, "<Signed").Fails(400, "InvalidXmlDocument")
	})
	s.check("a missing container is not found", func(t *T) {
		t.at(false, "PUT", t.Unused(), "?restype=container&comp=acl").Fails(404, "ContainerNotFound")
	})
	s.check("public access is refused where the account permits none", func(t *T) {
		set(t, "").H("x-ms-blob-public-access", "blob").Fails(409, "PublicAccessNotPermitted")
	}, NoPublicAccess)
	s.check("anyone reads the blobs of a container opened to them", func(t *T) {
		t.PutBlob("b", "content")
		set(t, "").H("x-ms-blob-public-access", "blob").Want(200)
		t.Blob("GET", "b").Unsigned().Want(200).Text("content")
		a := t.Blob("GET", "?restype=container&comp=list").Unsigned().Send()
		t.True(a.status >= 401 && a.status <= 409, "the listing is refused")
	}, PublicAccess)
	s.check("anyone lists a container that is wholly open", func(t *T) {
		t.PutBlob("b", "content")
		set(t, "").H("x-ms-blob-public-access", "container").Want(200)
		t.Blob("GET", "?restype=container&comp=list").Unsigned().Want(200).Contains("<Name>b</Name>")
		a := t.Blob("PUT", "c").Unsigned().H("x-ms-blob-type", "BlockBlob").Send()
		t.True(a.status >= 401 && a.status <= 409, "the write is refused")
	}, PublicAccess)
	s.check("a signature by a stored policy allows what the policy says", func(t *T) {
		t.PutBlob("b", "content")
		set(t, storedPolicy("readers", "", iso(t.Now().Add(time.Hour)), "r")).Want(200)
		token := t.sign(sas.Token{sas.Resource: "c", sas.Identifier: "readers"}, "")
		t.Blob("GET", "b").With(token).Want(200).Text("content")
		t.Blob("DELETE", "b").With(token).Fails(403, "AuthorizationPermissionMismatch")
	})
	s.check("a signature by a policy that was taken away is refused", func(t *T) {
		t.PutBlob("b", "content")
		set(t, storedPolicy("readers", "", iso(t.Now().Add(time.Hour)), "r")).Want(200)
		token := t.sign(sas.Token{sas.Resource: "c", sas.Identifier: "readers"}, "")
		set(t, "").Want(200)
		t.Blob("GET", "b").With(token).Fails(403, "AuthenticationFailed")
	})
	s.check("a signature by a policy that has expired is refused", func(t *T) {
		t.PutBlob("b", "content")
		set(t, storedPolicy("readers", "", iso(t.Now().Add(-time.Hour)), "r")).Want(200)
		token := t.sign(sas.Token{sas.Resource: "c", sas.Identifier: "readers"}, "")
		t.Blob("GET", "b").With(token).Fails(403, "AuthenticationFailed")
	})
}
