package adlstest

func appendBlobSeal(s *suite) {
	s.of("AppendBlobSeal")
	create := func(t *T) {
		t.Blob("PUT", "b").H("x-ms-blob-type", "AppendBlob").Want(201)
		t.Blob("PUT", "b?comp=appendblock").Body("hello").Want(201)
	}
	seal := func(t *T) *Request { return t.Blob("PUT", "b?comp=seal") }

	s.check("answers 200 with the version, and the blob says that it is sealed", func(t *T) {
		create(t)
		seal(t).Want(200).Header("x-ms-blob-sealed", "true").Have("ETag", "Last-Modified")
		t.Head("b").Header("x-ms-blob-sealed", "true")
		t.Content("b", "hello")
	})
	s.check("a blob that is not sealed does not say so", func(t *T) {
		create(t)
		t.True(t.Head("b").Get("x-ms-blob-sealed") != "true", "the blob is not sealed")
	})
	s.check("a listing shows what is sealed", func(t *T) {
		create(t)
		seal(t).Want(200)
		t.Equal("Sealed", t.listBlobs("").only(t).property("Sealed"), "true")
	})
	s.check("a sealed blob may be sealed again", func(t *T) {
		create(t)
		seal(t).Want(200)
		seal(t).Want(200)
	})
	s.check("a sealed blob may be deleted and made anew", func(t *T) {
		create(t)
		seal(t).Want(200)
		t.Blob("DELETE", "b").Want(202)
		create(t)
		t.Content("b", "hello")
	})
	s.check("metadata of a sealed blob may be set", func(t *T) {
		create(t)
		seal(t).Want(200)
		t.Blob("PUT", "b?comp=metadata").H("x-ms-meta-a", "1").Want(200)
		t.Head("b").Header("x-ms-meta-a", "1").Header("x-ms-blob-sealed", "true")
	})
	s.check("a wrong x-ms-blob-condition-appendpos is not met", func(t *T) {
		create(t)
		seal(t).H("x-ms-blob-condition-appendpos", "4").Fails(412, "AppendPositionConditionNotMet")
		seal(t).H("x-ms-blob-condition-appendpos", "5").Want(200)
	})
	s.check("a block blob is not sealed", func(t *T) {
		t.PutBlob("b", "x")
		seal(t).Fails(409, "InvalidBlobType")
	})
	s.check("a missing blob is not found", func(t *T) {
		seal(t).Fails(404, "BlobNotFound")
	})
	s.check("If-Match of another version is not met", func(t *T) {
		create(t)
		seal(t).H("If-Match", otherVersion).Fails(412, "ConditionNotMet")
	})
}
