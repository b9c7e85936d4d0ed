package adlstest

// readable is the address of a blob, with a signature to read it.
func (t *T) readable(path string) string { return t.URL(path) + "?" + t.serviceSAS("b", path, "r") }

func copyBlobFromURL(s *suite) {
	s.of("CopyBlobFromURL")
	copyTo := func(t *T, to, source string) *Request {
		return t.Blob("PUT", to).H("x-ms-requires-sync", "true").H("x-ms-copy-source", source)
	}

	s.check("answers 202 when the copy is done", func(t *T) {
		t.PutBlob("a", "content")
		copyTo(t, "b", t.readable("a")).Want(202).Header("x-ms-copy-status", "success").Have("x-ms-copy-id", "ETag", "Last-Modified")
		t.Content("b", "content")
	})
	s.check("the MD5 of the source is checked", func(t *T) {
		t.PutBlob("a", "content")
		copyTo(t, "b", t.readable("a")).H("x-ms-source-content-md5", md5Of("content")).Want(202)
		copyTo(t, "c", t.readable("a")).H("x-ms-source-content-md5", md5Of("other")).Fails(400, "Md5Mismatch")
		t.Blob("HEAD", "c").Fails(404, "BlobNotFound")
	})
	s.check("properties and metadata are copied", func(t *T) {
		t.PutBlob("a", "content", "x-ms-blob-content-type", "text/csv", "x-ms-meta-color", "blue")
		copyTo(t, "b", t.readable("a")).Want(202)
		t.Head("b").Header("Content-Type", "text/csv").Header("x-ms-meta-color", "blue")
	})
	s.check("a signature that does not read is refused", func(t *T) {
		t.PutBlob("a", "content")
		copyTo(t, "b", t.URL("a")+"?"+t.serviceSAS("b", "a", "w")).Fails(403, "")
	})
	s.check("a missing source is not found", func(t *T) {
		t.Filesystem()
		copyTo(t, "b", t.readable("none")).Fails(404, "BlobNotFound|CannotVerifyCopySource|ResourceNotFound")
	})
}
