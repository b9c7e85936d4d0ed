package adlstest

func putBlobFromURL(s *suite) {
	s.of("PutBlobFromURL")
	put := func(t *T, to, source string) *Request {
		return t.Blob("PUT", to).H("x-ms-blob-type", "BlockBlob").H("x-ms-copy-source", source)
	}
	s.check("answers 201, and the content is that of the source", func(t *T) {
		t.PutBlob("a", "content")
		put(t, "b", t.readable("a")).Want(201).Have("ETag", "Last-Modified", "x-ms-request-server-encrypted")
		t.Content("b", "content")
	})
	s.check("the properties of the source are copied", func(t *T) {
		t.PutBlob("a", "content", "x-ms-blob-content-type", "text/csv")
		put(t, "b", t.readable("a")).Want(201)
		t.Head("b").Header("Content-Type", "text/csv")
	})
	s.check("properties are not copied where the request says so", func(t *T) {
		t.PutBlob("a", "content", "x-ms-blob-content-type", "text/csv")
		put(t, "b", t.readable("a")).H("x-ms-copy-source-blob-properties", "false").H("x-ms-blob-content-type", "text/plain").Want(201)
		t.Head("b").Header("Content-Type", "text/plain")
	})
	s.check("metadata that is given is set", func(t *T) {
		t.PutBlob("a", "content")
		put(t, "b", t.readable("a")).H("x-ms-meta-size", "7").Want(201)
		t.Head("b").Header("x-ms-meta-size", "7")
	})
	s.check("the MD5 of the source is checked", func(t *T) {
		t.PutBlob("a", "content")
		put(t, "b", t.readable("a")).H("x-ms-source-content-md5", md5Of("other")).Fails(400, "Md5Mismatch")
		put(t, "b", t.readable("a")).H("x-ms-source-content-md5", md5Of("content")).Want(201)
	})
	s.check("If-None-Match * keeps a blob that is there", func(t *T) {
		t.PutBlob("a", "new")
		t.PutBlob("b", "old")
		put(t, "b", t.readable("a")).H("If-None-Match", "*").Fails(409, "BlobAlreadyExists")
		t.Content("b", "old")
	})
	s.check("a missing source is not found", func(t *T) {
		t.Filesystem()
		put(t, "b", t.readable("none")).Fails(404, "BlobNotFound|CannotVerifyCopySource|ResourceNotFound")
	})
	s.check("x-ms-source-if-match of another version is not met", func(t *T) {
		t.PutBlob("a", "content")
		put(t, "b", t.readable("a")).H("x-ms-source-if-match", `"0x8D000000000000"`).Fails(412, "")
	})
}
