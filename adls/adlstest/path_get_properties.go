package adlstest

func pathGetProperties(s *suite) {
	s.of("PathGetProperties", DFS)

	s.check("answers what a file is", func(t *T) {
		t.File("f", "content")
		t.DFS("HEAD", "f").Want(200).Text("").Header("Content-Length", "7").Header("Accept-Ranges", "bytes").
			Header("x-ms-resource-type", "file").Header("Content-Type", "application/octet-stream").
			Have("ETag", "Last-Modified", "x-ms-request-id", "x-ms-version", "Date", "x-ms-creation-time", "x-ms-server-encrypted")
	})
	s.check("answers what a directory is", func(t *T) {
		t.Dir("d")
		t.DFS("HEAD", "d").Want(200).Header("x-ms-resource-type", "directory").Header("Content-Length", "0").Have("ETag", "Last-Modified")
	})
	s.check("the root is a directory", func(t *T) {
		t.DFS("HEAD", "?action=getStatus").Want(200).Header("x-ms-resource-type", "directory")
	}, HNS)
	s.check("says owner, group and permissions", func(t *T) {
		t.File("f", "")
		t.DFS("HEAD", "f").Want(200).Header("x-ms-owner", "$superuser").Header("x-ms-group", "$superuser").Header("x-ms-permissions", "rw-r-----")
	}, HNS)
	s.check("says the state of the lease", func(t *T) {
		t.File("f", "")
		t.DFS("HEAD", "f").Want(200).Header("x-ms-lease-state", "available").Header("x-ms-lease-status", "unlocked").No("x-ms-lease-duration")
	})
	s.check("getStatus tells the system's properties and not the user's", func(t *T) {
		t.DFS("PUT", "f?resource=file").H("x-ms-properties", "a="+b64("1")).Want(201)
		t.DFS("HEAD", "f?action=getStatus").Want(200).Header("x-ms-resource-type", "file").No("x-ms-properties")
	})
	s.check("without an action all properties are told", func(t *T) {
		t.DFS("PUT", "f?resource=file").H("x-ms-properties", "a="+b64("1")+",b="+b64("two")).Want(201)
		t.DFS("HEAD", "f").Want(200).Header("x-ms-properties", "a="+b64("1")+",b="+b64("two"))
	})
	s.check("an unknown action is refused", func(t *T) {
		t.File("f", "")
		t.DFS("HEAD", "f?action=getAll").Fails(400, "InvalidQueryParameterValue")
	})
	s.check("a missing path is not found", func(t *T) {
		t.DFS("HEAD", "none").Fails(404, "PathNotFound").Text("")
	})
	s.check("a missing filesystem is not found", func(t *T) {
		t.at(true, "HEAD", t.Unused(), "f").Fails(404, "FilesystemNotFound")
	})
	s.check("If-None-Match of the version is answered 304", func(t *T) {
		t.File("f", "")
		t.DFS("HEAD", "f").H("If-None-Match", t.Status("f").Get("ETag")).Want(304)
	})
	s.check("If-Match of another version is not met", func(t *T) {
		t.File("f", "")
		t.DFS("HEAD", "f").H("If-Match", `"0x8D000000000000"`).Fails(412, "ConditionNotMet")
	})
	s.check("If-Modified-Since of after is answered 304", func(t *T) {
		t.File("f", "")
		t.DFS("HEAD", "f").H("If-Modified-Since", httpDate(t.Now().AddDate(0, 0, 1))).Want(304)
	})
	s.check("a slash at the end of a directory's name changes nothing", func(t *T) {
		t.Dir("d")
		t.DFS("HEAD", "d/").Want(200).Header("x-ms-resource-type", "directory")
	})
	s.check("reading changes neither ETag nor time", func(t *T) {
		t.File("f", "x")
		a := t.DFS("HEAD", "f").Want(200)
		t.DFS("GET", "f").Want(200)
		t.DFS("HEAD", "f").Want(200).Header("ETag", a.Get("ETag")).Header("Last-Modified", a.Get("Last-Modified"))
	})
}
