package adlstest

import (
	"net"
	"strings"
	"time"

	"github.com/ownlake/ownlake/adls/sas"
)

// Refusals of signatures.
const (
	noPermission  = "AuthorizationPermissionMismatch"
	notAuthorized = "AuthenticationFailed"
)

func serviceSAS(s *suite) {
	s.of("ServiceSAS")
	get := func(t *T, path, token string) *Request { return t.Blob("GET", path).With(token) }
	put := func(t *T, path, token string) *Request {
		return t.Blob("PUT", path).With(token).H("x-ms-blob-type", "BlockBlob").Body("new")
	}
	list := func(t *T, token string) *Request { return t.Blob("GET", "?restype=container&comp=list").With(token) }

	s.check("of a container reads every blob in it", func(t *T) {
		t.PutBlob("d/b", "content")
		get(t, "d/b", t.serviceSAS("c", "", "r")).Want(200).Text("content")
	})
	s.check("of a container lists it", func(t *T) {
		t.PutBlob("b", "content")
		list(t, t.serviceSAS("c", "", "l")).Want(200).Contains("<Name>b</Name>")
	})
	s.check("of a container is for no other", func(t *T) {
		token := t.serviceSAS("c", "", "r")
		other := t.NewFilesystem()
		t.at(false, "PUT", other, "b").H("x-ms-blob-type", "BlockBlob").Body("secret").Want(201)
		t.at(false, "GET", other, "b").With(token).Fails(403, notAuthorized)
	})
	s.check("of a blob reads it", func(t *T) {
		t.PutBlob("d/b", "content")
		get(t, "d/b", t.serviceSAS("b", "d/b", "r")).Want(200).Text("content")
	})
	s.check("of a blob is for no other", func(t *T) {
		t.PutBlob("b", "content")
		t.PutBlob("c", "secret")
		get(t, "c", t.serviceSAS("b", "b", "r")).Fails(403, notAuthorized)
	})
	s.check("of a blob does not list", func(t *T) {
		t.PutBlob("b", "content")
		a := list(t, t.serviceSAS("b", "b", "r")).Send()
		t.Equal("status", a.status, 403)
	})
	s.check("of a blob with a name that is escaped reads it", func(t *T) {
		t.PutBlob("a%20b%25%C3%A9", "content")
		get(t, "a%20b%25%C3%A9", t.serviceSAS("b", "a b%é", "r")).Want(200).Text("content")
	})
	for _, c := range []struct{ letters, what string }{{"r", "read"}, {"l", "list"}, {"d", "delete"}} {
		s.check("that allows to "+c.what+" does not allow to write", func(t *T) {
			t.PutBlob("b", "old")
			put(t, "b", t.serviceSAS("c", "", c.letters)).Fails(403, noPermission)
			t.Content("b", "old")
		})
	}
	s.check("that allows to write does not allow to read", func(t *T) {
		t.PutBlob("b", "content")
		get(t, "b", t.serviceSAS("c", "", "w")).Fails(403, noPermission)
	})
	s.check("that allows to write replaces a blob", func(t *T) {
		t.PutBlob("b", "old")
		put(t, "b", t.serviceSAS("c", "", "w")).Want(201)
		t.Content("b", "new")
	})
	s.check("that allows to create makes a blob", func(t *T) {
		put(t, "b", t.serviceSAS("c", "", "c")).Want(201)
		t.Content("b", "new")
	})
	s.check("that allows to create does not replace a blob", func(t *T) {
		t.PutBlob("b", "old")
		put(t, "b", t.serviceSAS("c", "", "c")).Fails(403, "UnauthorizedBlobOverwrite|"+noPermission)
		t.Content("b", "old")
	})
	s.check("that allows to delete deletes", func(t *T) {
		t.PutBlob("b", "content")
		t.Blob("DELETE", "b").With(t.serviceSAS("c", "", "d")).Want(202)
	})
	s.check("that does not allow to delete does not", func(t *T) {
		t.PutBlob("b", "content")
		t.Blob("DELETE", "b").With(t.serviceSAS("c", "", "rwl")).Fails(403, noPermission)
		t.Content("b", "content")
	})
	s.check("that does not allow to list does not", func(t *T) {
		list(t, t.serviceSAS("c", "", "rwd")).Fails(403, noPermission)
	})
	s.check("does not make or delete containers", func(t *T) {
		t.Blob("DELETE", "?restype=container").With(t.serviceSAS("c", "", "racwdl")).Fails(403, noPermission+"|AuthorizationFailure")
	})
	s.check("does not list containers", func(t *T) {
		a := t.BlobService("GET", "?comp=list").With(t.serviceSAS("c", "", "racwdl")).Send()
		t.Equal("status", a.status, 403)
	})
	s.check("of a directory reaches what is below", func(t *T) {
		t.PutBlob("d/e/b", "content")
		token := t.serviceSAS("d", "d", "r")
		get(t, "d/e/b", token).Want(200).Text("content")
	}, HNS)
	s.check("of a directory does not reach what is beside it", func(t *T) {
		t.PutBlob("d/b", "content")
		t.PutBlob("de/b", "secret")
		t.PutBlob("b", "secret")
		token := t.serviceSAS("d", "d", "r")
		get(t, "de/b", token).Fails(403, notAuthorized+"|"+noPermission)
		get(t, "b", token).Fails(403, notAuthorized+"|"+noPermission)
	}, HNS)
	s.check("of a directory needs its depth", func(t *T) {
		t.PutBlob("d/b", "content")
		token := t.serviceSAS("d", "d", "r")
		get(t, "d/b", without(token, "sdd")).Fails(403, notAuthorized)
		get(t, "d/b", strings.Replace(token, "sdd=1", "sdd=2", 1)).Fails(403, notAuthorized)
	}, HNS)
	serviceSASFields(s)
	serviceSASOnDFS(s)
}

// without takes a field out of a signature.
func without(token, field string) string {
	var kept []string
	for pair := range strings.SplitSeq(token, "&") {
		if !strings.HasPrefix(pair, field+"=") {
			kept = append(kept, pair)
		}
	}
	return strings.Join(kept, "&")
}

// serviceSASFields are cases of the fields of a signature.
func serviceSASFields(s *suite) {
	read := func(t *T, token string) *Request {
		t.PutBlob("b", "content")
		return t.Blob("GET", "b").With(token)
	}
	token := func(t *T, fields sas.Token) string {
		if fields[sas.Permissions] == "" {
			fields[sas.Permissions] = "r"
		}
		fields[sas.Resource] = "c"
		return t.sign(fields, "")
	}
	iso := func(when time.Time) string { return when.Format(time.RFC3339) }

	s.check("that has expired is refused", func(t *T) {
		read(t, token(t, sas.Token{sas.Expiry: iso(t.Now().Add(-time.Minute))})).Fails(403, notAuthorized)
	})
	s.check("that does not hold yet is refused", func(t *T) {
		read(t, token(t, sas.Token{sas.Start: iso(t.Now().Add(time.Hour)), sas.Expiry: iso(t.Now().Add(2 * time.Hour))})).Fails(403, notAuthorized)
	})
	s.check("that holds since an hour is taken", func(t *T) {
		read(t, token(t, sas.Token{sas.Start: iso(t.Now().Add(-time.Hour))})).Want(200)
	})
	for _, field := range []string{"sig", "se", "sp", "sv", "sr"} {
		s.check("without "+field+" is refused", func(t *T) {
			a := read(t, without(t.serviceSAS("c", "", "r"), field)).Send()
			t.True(a.status == 403 || a.status == 401 || a.status == 400, "the request is refused")
		})
	}
	for _, change := range []struct{ what, from, to string }{
		{"permissions", "sp=r", "sp=rw"}, {"resource", "sr=c", "sr=b"}, {"version", "sv=" + sasVersion, "sv=2021-12-02"},
	} {
		s.check("whose "+change.what+" were changed is refused", func(t *T) {
			read(t, strings.Replace(t.serviceSAS("c", "", "r"), change.from, change.to, 1)).Fails(403, notAuthorized)
		})
	}
	s.check("whose expiry was changed is refused", func(t *T) {
		changed := without(t.serviceSAS("c", "", "r"), "se") + "&se=" + escape(iso(t.Now().AddDate(1, 0, 0)))
		read(t, changed).Fails(403, notAuthorized)
	})
	s.check("by another key is refused", func(t *T) {
		fields := sas.Token{sas.Version: sasVersion, sas.Resource: "c", sas.Permissions: "r", sas.Expiry: iso(t.Now().Add(time.Hour))}
		signed, err := fields.Sign(sas.Request{Account: t.target.Account, Container: t.Filesystem()}, []byte("another key"))
		t.Equal("error", err, nil)
		read(t, signed.Encode()).Fails(403, notAuthorized)
	})
	s.check("for other addresses is refused", func(t *T) {
		read(t, token(t, sas.Token{sas.IPRange: "203.0.113.1-203.0.113.9"})).Fails(403, "AuthorizationSourceIPMismatch|"+notAuthorized)
	})
	s.check("for this address is taken", func(t *T) {
		if ip := net.ParseIP(t.Blob("GET", "").url.Hostname()); ip == nil || !ip.IsLoopback() {
			t.Skip("the server is not on loopback, so the client does not know its own address")
		}
		read(t, token(t, sas.Token{sas.IPRange: "127.0.0.1"})).Want(200)
	})
	s.check("for HTTPS is refused over HTTP", func(t *T) {
		read(t, token(t, sas.Token{sas.Protocol: "https"})).Fails(403, "AuthorizationProtocolMismatch|"+notAuthorized)
	}, PlainHTTP)
	s.check("for HTTPS and HTTP is taken", func(t *T) {
		read(t, token(t, sas.Token{sas.Protocol: "https,http"})).Want(200)
	})
	s.check("with an encryption scope is taken or refused as such", func(t *T) {
		a := read(t, token(t, sas.Token{sas.EncryptionScope: "scope"})).Send()
		t.True(a.status == 200 || a.status >= 400 && a.status < 500 && a.Get("x-ms-error-code") != notAuthorized, "the signature is good")
	})
	for _, h := range []struct {
		field         sas.Field
		header, value string
	}{
		{sas.CacheControl, "Cache-Control", "no-store"},
		{sas.ContentDisposition, "Content-Disposition", "attachment; filename=x.csv"},
		{sas.ContentEncoding, "Content-Encoding", "identity"},
		{sas.ContentLanguage, "Content-Language", "fr"},
		{sas.ContentType, "Content-Type", "text/csv"},
	} {
		s.check("with "+string(h.field)+" sets "+h.header, func(t *T) {
			read(t, token(t, sas.Token{h.field: h.value})).Want(200).Header(h.header, h.value)
		})
	}
	for _, version := range []string{"2015-04-05", "2018-11-09", "2019-12-12", "2020-02-10", "2020-12-06", "2021-12-02", "2024-11-04", "2025-11-05"} {
		s.check("of version "+version+" is taken", func(t *T) {
			read(t, token(t, sas.Token{sas.Version: version})).Want(200)
		})
	}
	s.check("by a stored policy that is not there is refused", func(t *T) {
		t.PutBlob("b", "content")
		unknown := t.sign(sas.Token{sas.Resource: "c", sas.Identifier: "none"}, "")
		t.Blob("GET", "b").With(unknown).Fails(403, notAuthorized)
	})
	s.check("reads the properties of a blob", func(t *T) {
		t.PutBlob("b", "content", "x-ms-meta-a", "1")
		t.Blob("HEAD", "b").With(t.serviceSAS("c", "", "r")).Want(200).Header("x-ms-meta-a", "1")
	})
	s.check("that allows to write sets metadata, and one that reads does not", func(t *T) {
		t.PutBlob("b", "content")
		t.Blob("PUT", "b?comp=metadata").With(t.serviceSAS("c", "", "r")).H("x-ms-meta-a", "1").Fails(403, noPermission)
		t.Blob("PUT", "b?comp=metadata").With(t.serviceSAS("c", "", "w")).H("x-ms-meta-a", "1").Want(200)
	})
	s.check("that allows to add appends to an append blob only", func(t *T) {
		t.Blob("PUT", "b").H("x-ms-blob-type", "AppendBlob").Want(201)
		add := t.serviceSAS("c", "", "a")
		t.Blob("PUT", "b?comp=appendblock").With(add).Body("x").Want(201)
		t.Blob("PUT", "c").With(add).H("x-ms-blob-type", "BlockBlob").Body("x").Fails(403, noPermission)
	})
	s.check("that allows tags sets them, and one that writes does not", func(t *T) {
		t.PutBlob("b", "content")
		t.Blob("PUT", "b?comp=tags").With(t.serviceSAS("c", "", "rw")).Body(tagsBody("a", "1")).Fails(403, noPermission)
		t.Blob("PUT", "b?comp=tags").With(t.serviceSAS("c", "", "t")).Body(tagsBody("a", "1")).Want(204)
	})
}

// serviceSASOnDFS are cases of signatures on the dfs endpoint.
func serviceSASOnDFS(s *suite) {
	s.check("makes, writes and reads a file on dfs", func(t *T) {
		token := t.serviceSAS("c", "", "rwc")
		t.DFS("PUT", "f?resource=file").With(token).Want(201)
		t.DFS("PATCH", "f?action=append&position=0").With(token).Body("content").Want(202)
		t.DFS("PATCH", "f?action=flush&position=7").With(token).Want(200)
		t.DFS("GET", "f").With(token).Want(200).Text("content")
	}, DFS)
	s.check("of a file reads it on dfs, and its properties", func(t *T) {
		t.File("d/f", "content")
		t.File("d/g", "secret")
		token := t.serviceSAS("b", "d/f", "r")
		t.DFS("GET", "d/f").With(token).Want(200).Text("content")
		t.DFS("HEAD", "d/f").With(token).Want(200).Header("Content-Length", "7")
		t.DFS("GET", "d/g").With(token).Fails(403, notAuthorized)
	}, DFS)
	s.check("of a directory makes, renames and deletes within it", func(t *T) {
		t.Dir("d")
		token := t.serviceSAS("d", "d", "racwdlm")
		t.DFS("PUT", "d/f?resource=file").With(token).Want(201)
		t.DFS("PUT", "d/g").With(token).H("x-ms-rename-source", "/"+t.Filesystem()+"/d/f").Want(201)
		t.DFS("DELETE", "d/g").With(token).Want(200)
		t.DFS("PUT", "f?resource=file").With(token).Fails(403, notAuthorized+"|"+noPermission)
	}, DFS, HNS)
	s.check("that reads does not write on dfs", func(t *T) {
		t.File("f", "old")
		token := t.serviceSAS("c", "", "r")
		t.DFS("PATCH", "f?action=append&position=3").With(token).Body("x").Fails(403, noPermission)
		t.DFS("DELETE", "f").With(token).Fails(403, noPermission)
	}, DFS)
	s.check("of a directory lists it on dfs, and not the root", func(t *T) {
		t.File("d/f", "")
		token := t.serviceSAS("d", "d", "rl")
		t.DFS("GET", "?resource=filesystem&recursive=true&directory=d").With(token).Want(200).Contains("d/f")
		t.DFS("GET", "?resource=filesystem&recursive=true").With(token).Fails(403, notAuthorized+"|"+noPermission)
	}, DFS, HNS)
	s.check("that allows to move renames", func(t *T) {
		t.File("f", "content")
		t.DFS("PUT", "g").With(t.serviceSAS("c", "", "rwdm")).H("x-ms-rename-source", "/"+t.Filesystem()+"/f").Want(201)
		t.Content("g", "content")
	}, DFS, HNS)
	s.check("that reads and writes does not set owners, and one for that does", func(t *T) {
		t.File("f", "")
		set := func(token string) *Request {
			return t.DFS("PATCH", "f?action=setAccessControl").With(token).H("x-ms-owner", someone)
		}
		set(t.serviceSAS("c", "", "rw")).Fails(403, noPermission)
		set(t.serviceSAS("c", "", "o")).Want(200)
	}, DFS, HNS)
	s.check("that allows permissions sets lists, and one that writes does not", func(t *T) {
		t.File("f", "")
		set := func(token string) *Request {
			return t.DFS("PATCH", "f?action=setAccessControl").With(token).H("x-ms-acl", "user::rwx,group::r-x,other::---")
		}
		set(t.serviceSAS("c", "", "rw")).Fails(403, noPermission)
		set(t.serviceSAS("c", "", "p")).Want(200)
	}, DFS, HNS)
	s.check("refused on dfs is answered in JSON", func(t *T) {
		t.File("f", "")
		t.DFS("GET", "f").With(t.serviceSAS("c", "", "w")).Fails(403, noPermission)
	}, DFS)
}
