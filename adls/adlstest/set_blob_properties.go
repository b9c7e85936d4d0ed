package adlstest

func setBlobProperties(s *suite) {
	s.of("SetBlobProperties")
	set := func(t *T) *Request {
		t.PutBlob("b", "content", "x-ms-blob-content-type", "text/csv", "x-ms-blob-cache-control", "no-cache", "x-ms-meta-a", "1")
		return t.Blob("PUT", "b?comp=properties")
	}

	s.check("sets what is named and clears what is not", func(t *T) {
		set(t).H("x-ms-blob-content-type", "text/plain").H("x-ms-blob-content-language", "de").Want(200).Text("").Have("ETag", "Last-Modified")
		t.Head("b").Header("Content-Type", "text/plain").Header("Content-Language", "de").No("Cache-Control")
	})
	s.check("metadata and content stay", func(t *T) {
		set(t).H("x-ms-blob-content-type", "text/plain").Want(200)
		t.Head("b").Header("x-ms-meta-a", "1").Header("Content-Length", "7")
		t.Content("b", "content")
	})
	s.check("the version changes", func(t *T) {
		r := set(t)
		before := t.Head("b").Get("ETag")
		after := r.H("x-ms-blob-content-type", "text/plain").Want(200).Has("ETag")
		t.True(before != after, "the ETag changed")
		t.Head("b").Header("ETag", after)
	})
	s.check("an MD5 is kept as it is said", func(t *T) {
		set(t).H("x-ms-blob-content-md5", md5Of("other")).Want(200)
		t.Head("b").Header("Content-MD5", md5Of("other"))
	})
	s.check("an MD5 that is none is refused", func(t *T) {
		set(t).H("x-ms-blob-content-md5", "x").Fails(400, "InvalidMd5|InvalidHeaderValue")
	})
	s.check("If-Match of another version is not met", func(t *T) {
		set(t).H("x-ms-blob-content-type", "text/plain").H("If-Match", `"0x8D000000000000"`).Fails(412, "ConditionNotMet")
		t.Head("b").Header("Content-Type", "text/csv")
	})
	s.check("a missing blob is not found", func(t *T) {
		t.Blob("PUT", "none?comp=properties").H("x-ms-blob-content-type", "text/plain").Fails(404, "BlobNotFound")
	})
	s.check("a leased blob's are set with the lease only", func(t *T) {
		r := set(t)
		id := t.lease("b")
		r.H("x-ms-blob-content-type", "text/plain").Fails(412, "LeaseIdMissing")
		t.Blob("PUT", "b?comp=properties").H("x-ms-blob-content-type", "text/plain").H("x-ms-lease-id", id).Want(200)
	})
}
