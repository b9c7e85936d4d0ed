package adlstest

func leaseBlob(s *suite) {
	leaseCases(s, leasable{
		operation: "LeaseBlob",
		make:      func(t *T) { t.PutBlob("b", "content") },
		lease:     func(t *T) *Request { return t.Blob("PUT", "b?comp=lease") },
		state:     func(t *T) *Answer { return t.Head("b") },
		write:     func(t *T) *Request { return t.Blob("PUT", "b?comp=metadata").H("x-ms-meta-a", "1") },
		done:      200,
		missing:   func(t *T) *Request { return t.Blob("PUT", "none?comp=lease") },
		mismatch:  "LeaseIdMismatchWithBlobOperation", absent: "LeaseNotPresentWithBlobOperation", notFound: "BlobNotFound",
	})
	s.check("a lease changes neither version nor time", func(t *T) {
		t.PutBlob("b", "content")
		before := t.Head("b")
		t.lease("b")
		t.Head("b").Header("ETag", before.Get("ETag")).Header("Last-Modified", before.Get("Last-Modified"))
	})
	s.check("If-Match of another version is not met", func(t *T) {
		t.PutBlob("b", "content")
		t.Blob("PUT", "b?comp=lease").H("x-ms-lease-action", "acquire").H("x-ms-lease-duration", "-1").H("If-Match", `"0x8D000000000000"`).Fails(412, "ConditionNotMet")
	})
	s.check("a lease stays when the blob is replaced", func(t *T) {
		t.PutBlob("b", "content")
		id := t.lease("b")
		t.Blob("PUT", "b").H("x-ms-blob-type", "BlockBlob").H("x-ms-lease-id", id).Body("new").Want(201)
		t.Head("b").Header("x-ms-lease-state", "leased")
	})
	s.check("a blob is leased apart from others", func(t *T) {
		t.PutBlob("b", "content")
		t.lease("b")
		t.PutBlob("c", "content")
		t.Head("c").Header("x-ms-lease-state", "available")
	})
}
