package adlstest

func setContainerMetadata(s *suite) {
	s.of("SetContainerMetadata")
	set := func(t *T) *Request { return t.Blob("PUT", "?restype=container&comp=metadata") }

	s.check("replaces all metadata and answers the new ETag", func(t *T) {
		set(t).H("x-ms-meta-a", "1").Want(200)
		etag := set(t).H("x-ms-meta-b", "2").Want(200).Has("ETag")
		t.Blob("HEAD", "?restype=container").Want(200).No("x-ms-meta-a").Header("x-ms-meta-b", "2").Header("ETag", etag)
	})
	s.check("none takes all away", func(t *T) {
		set(t).H("x-ms-meta-a", "1").Want(200)
		set(t).Want(200)
		t.Blob("HEAD", "?restype=container").Want(200).No("x-ms-meta-a")
	})
	s.check("If-Modified-Since of after is not met", func(t *T) {
		set(t).H("x-ms-meta-a", "1").H("If-Modified-Since", httpDate(t.Now().AddDate(0, 0, 1))).Fails(412, "ConditionNotMet")
	})
	s.check("a missing container is not found", func(t *T) {
		t.at(false, "PUT", t.Unused(), "?restype=container&comp=metadata").H("x-ms-meta-a", "1").Fails(404, "ContainerNotFound")
	})
}
