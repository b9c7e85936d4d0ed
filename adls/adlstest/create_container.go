package adlstest

func createContainer(s *suite) {
	s.of("CreateContainer")
	create := func(t *T, name string) *Request { return t.at(false, "PUT", name, "?restype=container") }

	s.check("answers 201 with an ETag and a date", func(t *T) {
		create(t, t.Unused()).Want(201).Text("").Have("ETag", "Last-Modified", "x-ms-request-id", "x-ms-version", "Date")
	})
	s.check("a name that is taken is refused", func(t *T) {
		create(t, t.Filesystem()).Fails(409, "ContainerAlreadyExists")
	})
	s.check("metadata is kept", func(t *T) {
		name := t.Unused()
		create(t, name).H("x-ms-meta-color", "blue").H("x-ms-meta-size", "7").Want(201)
		t.at(false, "HEAD", name, "?restype=container").Want(200).Header("x-ms-meta-color", "blue").Header("x-ms-meta-size", "7")
	})
	s.check("a metadata name that is no identifier is refused", func(t *T) {
		create(t, t.Unused()).H("x-ms-meta-1-2", "x").Fails(400, "InvalidMetadata")
	})
	s.check("public access is refused where the account permits none", func(t *T) {
		create(t, t.Unused()).H("x-ms-blob-public-access", "container").Fails(409, "PublicAccessNotPermitted")
	}, NoPublicAccess)
	s.check("public access is kept where the account permits it", func(t *T) {
		name := t.Unused()
		create(t, name).H("x-ms-blob-public-access", "container").Want(201)
		t.at(false, "HEAD", name, "?restype=container").Want(200).Header("x-ms-blob-public-access", "container")
	}, PublicAccess)
	s.check("public access that is neither container nor blob is refused", func(t *T) {
		create(t, t.Unused()).H("x-ms-blob-public-access", "everything").Fails(400, "InvalidHeaderValue")
	})
	for _, bad := range []string{"ab", "Conform", "conform--two", "conform-", "conform.dot"} {
		s.check("the name "+bad+" is refused", func(t *T) {
			create(t, bad).Fails(400, "InvalidResourceName|OutOfRangeInput")
		})
	}
}
