package adlstest

func pathGetAccessControl(s *suite) {
	s.of("PathGetAccessControl", DFS, HNS)
	get := func(t *T, path string) *Request { return t.DFS("HEAD", path+"?action=getAccessControl") }

	s.check("tells owner, group, permissions and list of a file", func(t *T) {
		t.File("f", "")
		get(t, "f").Want(200).Header("x-ms-owner", "$superuser").Header("x-ms-group", "$superuser").
			Header("x-ms-permissions", "rw-r-----").Header("x-ms-acl", "user::rw-,group::r--,other::---").Have("ETag", "Last-Modified")
	})
	s.check("tells those of a directory", func(t *T) {
		t.Dir("d")
		get(t, "d").Want(200).Header("x-ms-permissions", "rwxr-x---").Header("x-ms-acl", "user::rwx,group::r-x,other::---")
	})
	s.check("tells those of the root", func(t *T) {
		t.DFS("HEAD", "/?action=getAccessControl").Want(200).Have("x-ms-owner", "x-ms-permissions", "x-ms-acl")
	})
	s.check("permissions end in a plus where there are further entries", func(t *T) {
		t.File("f", "")
		t.DFS("PATCH", "f?action=setAccessControl").H("x-ms-acl", "user::rwx,user:"+someone+":r--,group::r--,mask::r--,other::---").Want(200)
		get(t, "f").Want(200).Header("x-ms-permissions", "rwxr-----+")
	})
	s.check("upn=true is taken", func(t *T) {
		t.File("f", "")
		t.DFS("HEAD", "f?action=getAccessControl&upn=true").Want(200).Have("x-ms-acl")
	})
	s.check("a missing path is not found", func(t *T) {
		get(t, "none").Fails(404, "PathNotFound")
	})
	s.check("If-None-Match of the version is answered 304", func(t *T) {
		t.File("f", "")
		get(t, "f").H("If-None-Match", t.Status("f").Get("ETag")).Want(304)
	})
}
