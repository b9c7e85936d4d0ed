package adlstest

func appendBlockFromURL(s *suite) {
	s.of("AppendBlockFromURL")
	s.check("appends the source, or a range of it", func(t *T) {
		t.PutBlob("a", "0123456789")
		t.Blob("PUT", "b").H("x-ms-blob-type", "AppendBlob").Want(201)
		t.Blob("PUT", "b?comp=appendblock").H("x-ms-copy-source", t.readable("a")).Want(201).Header("x-ms-blob-append-offset", "0")
		t.Blob("PUT", "b?comp=appendblock").H("x-ms-copy-source", t.readable("a")).H("x-ms-source-range", "bytes=3-5").Want(201).Header("x-ms-blob-append-offset", "10")
		t.Content("b", "0123456789345")
	})
}
