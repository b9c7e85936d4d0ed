package adlstest

func getBlobMetadata(s *suite) {
	s.of("GetBlobMetadata")
	for _, method := range []string{"GET", "HEAD"} {
		s.check(method+" answers the metadata without a body", func(t *T) {
			t.PutBlob("b", "content", "x-ms-meta-color", "blue")
			t.Blob(method, "b?comp=metadata").Want(200).Text("").Header("x-ms-meta-color", "blue").Have("ETag", "Last-Modified")
		})
	}
	s.check("a missing blob is not found", func(t *T) {
		t.Blob("GET", "none?comp=metadata").Fails(404, "BlobNotFound")
	})
}
