package adlstest

import "strings"

func pathCreate(s *suite) {
	s.of("PathCreate", DFS)
	file := func(t *T, path string) *Request { return t.DFS("PUT", path+"?resource=file") }
	dir := func(t *T, path string) *Request { return t.DFS("PUT", path+"?resource=directory") }

	s.check("a file is made empty", func(t *T) {
		a := file(t, "f").Want(201)
		a.Have("ETag", "Last-Modified").Text("").Header("Content-Length", "0")
		t.Status("f").Header("Content-Length", "0").Header("x-ms-resource-type", "file")
	})
	s.check("a directory is made", func(t *T) {
		dir(t, "d").Want(201).Have("ETag", "Last-Modified")
		t.Status("d").Header("x-ms-resource-type", "directory")
	})
	s.check("says whether the content is encrypted", func(t *T) {
		v := file(t, "f").Want(201).Has("x-ms-request-server-encrypted")
		t.True(v == "true" || v == "false", "x-ms-request-server-encrypted is true or false")
	})
	s.check("directories on the way are made", func(t *T) {
		file(t, "a/b/c/f").Want(201)
		for _, d := range []string{"a", "a/b", "a/b/c"} {
			t.Status(d).Header("x-ms-resource-type", "directory")
		}
	})
	s.check("a file that is there is replaced by an empty one", func(t *T) {
		t.File("f", "content")
		before := t.Status("f").Get("ETag")
		after := file(t, "f").Want(201).Get("ETag")
		t.True(before != after, "the ETag changed")
		t.Status("f").Header("Content-Length", "0")
	})
	s.check("If-None-Match * keeps a file that is there", func(t *T) {
		t.File("f", "content")
		file(t, "f").H("If-None-Match", "*").Fails(409, "PathAlreadyExists")
		t.Content("f", "content")
	})
	s.check("If-None-Match * makes a file that is not there", func(t *T) {
		file(t, "f").H("If-None-Match", "*").Want(201)
	})
	s.check("If-Match of another version is not met", func(t *T) {
		t.File("f", "content")
		file(t, "f").H("If-Match", `"0x8D000000000000"`).Fails(412, "ConditionNotMet")
		t.Content("f", "content")
	})
	s.check("If-Match of the version that is there replaces it", func(t *T) {
		t.File("f", "content")
		file(t, "f").H("If-Match", t.Status("f").Get("ETag")).Want(201)
		t.Content("f", "")
	})
	s.check("a directory that is there may be made again and keeps what it holds", func(t *T) {
		t.File("d/f", "content")
		dir(t, "d").Want(201)
		t.Content("d/f", "content")
	})
	s.check("a directory is not made over a file", func(t *T) {
		t.File("p", "content")
		dir(t, "p").Fails(409, "PathConflict|PathAlreadyExists|ResourceTypeMismatch")
		t.Content("p", "content")
	})
	s.check("a file is not made over a directory that holds something", func(t *T) {
		t.File("d/f", "content")
		file(t, "d").Fails(409, "PathConflict|PathAlreadyExists|ResourceTypeMismatch|DirectoryNotEmpty")
		t.Content("d/f", "content")
	})
	s.check("nothing is made below a file", func(t *T) {
		t.File("f", "content")
		file(t, "f/g").Fails(409, "PathConflict|ResourceTypeMismatch")
	})
	s.check("a missing filesystem is not found", func(t *T) {
		t.at(true, "PUT", t.Unused(), "f?resource=file").Fails(404, "FilesystemNotFound")
	})
	s.check("an unknown resource is refused", func(t *T) {
		t.DFS("PUT", "f?resource=link").Fails(400, "InvalidQueryParameterValue")
	})
	s.check("properties are kept", func(t *T) {
		file(t, "f").H("x-ms-properties", "hello="+b64("world")).Want(201)
		t.Status("f").Header("x-ms-properties", "hello="+b64("world"))
	})
	s.check("properties of a directory are kept", func(t *T) {
		dir(t, "d").H("x-ms-properties", "hello="+b64("world")).Want(201)
		t.True(strings.Contains(t.Status("d").Get("x-ms-properties"), "hello="+b64("world")), "the property is there")
	})
	for _, h := range []struct{ sent, shown, value string }{
		{"x-ms-cache-control", "Cache-Control", "max-age=3600"},
		{"x-ms-content-type", "Content-Type", "text/csv"},
		{"x-ms-content-encoding", "Content-Encoding", "identity"},
		{"x-ms-content-language", "Content-Language", "de"},
		{"x-ms-content-disposition", "Content-Disposition", "attachment; filename=f.csv"},
	} {
		s.check(h.sent+" is kept", func(t *T) {
			file(t, "f").H(h.sent, h.value).Want(201)
			t.Status("f").Header(h.shown, h.value)
		})
	}
	s.check("the content type is application/octet-stream where none is named", func(t *T) {
		file(t, "f").Want(201)
		t.Status("f").Header("Content-Type", "application/octet-stream")
	})
	s.check("properties that are not base64 are refused and nothing is made", func(t *T) {
		file(t, "f").H("x-ms-properties", "a=%%").Fails(400, "")
		t.DFS("HEAD", "f").Fails(404, "PathNotFound")
	})
	pathCreateAccess(s)
	s.check("a lease is taken on the way", func(t *T) {
		id := "11111111-2222-4333-8444-555555555555"
		file(t, "f").H("x-ms-lease-duration", "-1").H("x-ms-proposed-lease-id", id).Want(201)
		t.Status("f").Header("x-ms-lease-state", "leased").Header("x-ms-lease-duration", "infinite")
		t.DFS("DELETE", "f").Fails(412, "LeaseIdMissing")
	})
	s.check("a leased file is replaced only with the lease", func(t *T) {
		t.File("f", "content")
		id := t.DFS("POST", "f").H("x-ms-lease-action", "acquire").H("x-ms-lease-duration", "-1").H("x-ms-proposed-lease-id", newID()).Want(201).Has("x-ms-lease-id")
		file(t, "f").Fails(412, "LeaseIdMissing")
		file(t, "f").H("x-ms-lease-id", id).Want(201)
	})
	s.check("an expiry time is kept", func(t *T) {
		when := httpDate(t.Now().AddDate(0, 0, 2))
		file(t, "f").H("x-ms-expiry-option", "Absolute").H("x-ms-expiry-time", when).Want(201)
		t.Status("f").Header("x-ms-expiry-time", when)
	})
	s.check("an expiry time relative to now is kept", func(t *T) {
		file(t, "f").H("x-ms-expiry-option", "RelativeToNow").H("x-ms-expiry-time", "86400000").Want(201)
		in := t.Status("f").Time("x-ms-expiry-time").Sub(t.Now())
		t.True(in.Hours() > 23 && in.Hours() < 25, "the file expires in a day, and not in "+in.String())
	})
	s.check("an encryption scope is accepted", func(t *T) {
		a := file(t, "f").H("x-ms-default-encryption-scope", "scope").Send()
		t.True(a.status < 500, "an unknown header is no error of the server")
	})
}

// pathCreateAccess are the cases about who may do what with what is made.
func pathCreateAccess(s *suite) {
	make := func(t *T, path, kind string) *Request { return t.DFS("PUT", path+"?resource="+kind) }
	access := func(t *T, path string) *Answer { return t.DFS("HEAD", path+"?action=getAccessControl").Want(200) }

	s.check("a file has the permissions of the default umask", func(t *T) {
		make(t, "f", "file").Want(201)
		access(t, "f").Header("x-ms-permissions", "rw-r-----")
	}, HNS)
	s.check("a directory has the permissions of the default umask", func(t *T) {
		make(t, "d", "directory").Want(201)
		access(t, "d").Header("x-ms-permissions", "rwxr-x---")
	}, HNS)
	s.check("permissions in letters pass through the default umask", func(t *T) {
		make(t, "f", "file").H("x-ms-permissions", "rwxrwxrwx").Want(201)
		access(t, "f").Header("x-ms-permissions", "rwxr-x---")
	}, HNS)
	s.check("permissions in octal digits pass through the default umask", func(t *T) {
		make(t, "f", "file").H("x-ms-permissions", "0766").Want(201)
		access(t, "f").Header("x-ms-permissions", "rwxr-----")
	}, HNS)
	s.check("a umask of 0000 leaves the permissions", func(t *T) {
		make(t, "f", "file").H("x-ms-permissions", "0777").H("x-ms-umask", "0000").Want(201)
		access(t, "f").Header("x-ms-permissions", "rwxrwxrwx")
	}, HNS)
	s.check("a umask takes bits away", func(t *T) {
		make(t, "d", "directory").H("x-ms-permissions", "0777").H("x-ms-umask", "0057").Want(201)
		access(t, "d").Header("x-ms-permissions", "rwx-w----")
	}, HNS)
	s.check("the sticky bit is kept on a directory", func(t *T) {
		make(t, "d", "directory").H("x-ms-permissions", "1777").H("x-ms-umask", "0000").Want(201)
		access(t, "d").Header("x-ms-permissions", "rwxrwxrwt")
	}, HNS)
	s.check("permissions that are none are refused", func(t *T) {
		make(t, "f", "file").H("x-ms-permissions", "rwz").Fails(400, "InvalidPermission|InvalidInput|InvalidHeaderValue")
	}, HNS)
	s.check("a umask that is none is refused", func(t *T) {
		make(t, "f", "file").H("x-ms-umask", "0999").Fails(400, "InvalidUmask|InvalidPermission|InvalidInput|InvalidHeaderValue")
	}, HNS)
	s.check("default entries of the parent are inherited by files", func(t *T) {
		t.Dir("d")
		t.DFS("PATCH", "d?action=setAccessControl").H("x-ms-acl", "user::rwx,group::r-x,other::---,default:user::rwx,default:user:"+someone+":rwx,default:group::r-x,default:mask::rwx,default:other::---").Want(200)
		make(t, "d/f", "file").Want(201)
		acl := access(t, "d/f").Get("x-ms-acl")
		t.True(strings.Contains(acl, "user:"+someone+":rwx"), "the named entry is inherited: "+acl)
		t.True(!strings.Contains(acl, "default:"), "a file has no default entries: "+acl)
	}, HNS)
	s.check("default entries of the parent are inherited by directories as default entries, too", func(t *T) {
		t.Dir("d")
		t.DFS("PATCH", "d?action=setAccessControl").H("x-ms-acl", "user::rwx,group::r-x,other::---,default:user::rwx,default:user:"+someone+":r-x,default:group::r-x,default:mask::r-x,default:other::---").Want(200)
		make(t, "d/e", "directory").Want(201)
		acl := access(t, "d/e").Get("x-ms-acl")
		t.True(strings.Contains(acl, "default:user:"+someone+":r-x"), "the default entry is inherited: "+acl)
		t.True(strings.HasPrefix(acl, "user::") && strings.Contains(acl, ",user:"+someone+":r-x"), "the named entry is inherited: "+acl)
	}, HNS)
	s.check("an access control list may be given", func(t *T) {
		make(t, "f", "file").H("x-ms-acl", "user::rwx,user:"+someone+":r--,group::r-x,mask::r-x,other::---").Want(201)
		access(t, "f").Header("x-ms-acl", "user::rwx,user:"+someone+":r--,group::r-x,mask::r-x,other::---")
	}, HNS)
	s.check("owner and group may be given", func(t *T) {
		make(t, "f", "file").H("x-ms-owner", someone).H("x-ms-group", another).Want(201)
		access(t, "f").Header("x-ms-owner", someone).Header("x-ms-group", another)
	}, HNS)
	s.check("what the account key makes is the superuser's", func(t *T) {
		make(t, "f", "file").Want(201)
		access(t, "f").Header("x-ms-owner", "$superuser").Header("x-ms-group", "$superuser")
	}, HNS)
}

// Principals who need not exist: the service does not ask the directory about entries.
const (
	someone = "8f1d3c1e-0b5b-4a5e-9f6e-2d3c4b5a6f70"
	another = "0a9b8c7d-6e5f-4d3c-8b2a-1f0e9d8c7b6a"
)

// newID makes an id in the format of a GUID.
func newID() string {
	u := unique() + unique()
	return u[:8] + "-" + u[8:12] + "-4" + u[13:16] + "-8" + u[17:20] + "-" + u[20:32]
}
