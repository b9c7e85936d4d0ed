package adlstest

func filesystemSetProperties(s *suite) {
	s.of("FilesystemSetProperties", DFS)
	set := func(t *T, p string) *Request { return t.DFS("PATCH", "?resource=filesystem").H("x-ms-properties", p) }
	get := func(t *T) string { return t.DFS("HEAD", "?resource=filesystem").Want(200).Get("x-ms-properties") }

	s.check("replaces all properties", func(t *T) {
		set(t, "a="+b64("1")+",b="+b64("2")).Want(200)
		set(t, "c="+b64("3")).Want(200)
		t.Equal("properties", get(t), "c="+b64("3"))
	})
	s.check("answers the new ETag", func(t *T) {
		before := t.DFS("HEAD", "?resource=filesystem").Want(200).Get("ETag")
		after := set(t, "a="+b64("1")).Want(200).Has("ETag")
		t.True(before != after, "the ETag changed")
		t.DFS("HEAD", "?resource=filesystem").Want(200).Header("ETag", after)
	})
	s.check("shows as metadata of the container", func(t *T) {
		set(t, "color="+b64("blue")).Want(200)
		t.Blob("HEAD", "?restype=container").Want(200).Header("x-ms-meta-color", "blue")
	})
	s.check("a missing filesystem is not found", func(t *T) {
		t.at(true, "PATCH", t.Unused(), "?resource=filesystem").H("x-ms-properties", "a="+b64("1")).Fails(404, "FilesystemNotFound")
	})
	s.check("If-Unmodified-Since of before is not met", func(t *T) {
		set(t, "a="+b64("1")).H("If-Unmodified-Since", httpDate(t.Now().AddDate(0, 0, -1))).Fails(412, "ConditionNotMet")
		t.Equal("properties", get(t), "")
	})
	s.check("If-Modified-Since of before is met", func(t *T) {
		set(t, "a="+b64("1")).H("If-Modified-Since", httpDate(t.Now().AddDate(0, 0, -1))).Want(200)
	})
	s.check("a value that is not base64 is refused", func(t *T) {
		set(t, "a=!!").Fails(400, "")
	})
}
