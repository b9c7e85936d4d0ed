package adlstest

import "strings"

func filesystemCreate(s *suite) {
	s.of("FilesystemCreate", DFS)
	create := func(t *T, name string) *Request { return t.at(true, "PUT", name, "?resource=filesystem") }

	s.check("answers 201 with an ETag and a date", func(t *T) {
		a := create(t, t.Unused()).Want(201)
		a.Have("ETag", "Last-Modified", "x-ms-request-id", "x-ms-version", "Date").Text("")
		a.Time("Last-Modified")
	})
	s.check("says whether the namespace is hierarchical", func(t *T) {
		create(t, t.Unused()).Want(201).Header("x-ms-namespace-enabled", "true")
	}, HNS)
	s.check("a name that is taken is refused", func(t *T) {
		create(t, t.Filesystem()).Fails(409, "FilesystemAlreadyExists")
	})
	s.check("keeps the properties given", func(t *T) {
		name := t.Unused()
		create(t, name).H("x-ms-properties", "hello="+b64("world")+",two="+b64("2")).Want(201)
		p := t.at(true, "HEAD", name, "?resource=filesystem").Want(200).Has("x-ms-properties")
		t.Equal("properties", p, "hello="+b64("world")+",two="+b64("2"))
	})
	s.check("properties that are not base64 are refused", func(t *T) {
		create(t, t.Unused()).H("x-ms-properties", "a=%").Fails(400, "")
	})
	s.check("what it made is there on the blob endpoint", func(t *T) {
		name := t.Unused()
		create(t, name).Want(201)
		t.at(false, "HEAD", name, "?restype=container").Want(200)
	})
	for _, bad := range []struct{ what, name string }{
		{"two characters", "ab"},
		{"64 characters", strings.Repeat("a", 64)},
		{"capital letters", "Conform-Upper"},
		{"an underscore", "conform_under"},
		{"two hyphens in a row", "conform--two"},
		{"a hyphen at its beginning", "-conform"},
		{"a hyphen at its end", "conform-"},
	} {
		s.check("a name of "+bad.what+" is refused", func(t *T) {
			create(t, bad.name).Fails(400, "InvalidResourceName|OutOfRangeInput")
		})
	}
	s.check("a name of 63 characters is taken", func(t *T) {
		name := "conform-" + unique()
		name += strings.Repeat("x", 63-len(name))
		t.made = append(t.made, name)
		create(t, name).Want(201)
	})
	s.check("a name of 3 characters with digits is taken", func(t *T) {
		name := "x" + unique()[:2]
		a := create(t, name).Send()
		if a.status == 409 {
			t.Skip("the name is taken")
		}
		t.made = append(t.made, name)
		t.Equal("status", a.status, 201)
	})
}
