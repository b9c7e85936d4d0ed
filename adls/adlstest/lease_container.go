package adlstest

func leaseContainer(s *suite) {
	leaseCases(s, leasable{
		operation: "LeaseContainer",
		make:      func(t *T) { t.Filesystem() },
		lease:     func(t *T) *Request { return t.Blob("PUT", "?restype=container&comp=lease") },
		state:     func(t *T) *Answer { return t.Blob("HEAD", "?restype=container").Want(200) },
		write:     func(t *T) *Request { return t.Blob("DELETE", "?restype=container") },
		done:      202,
		missing:   func(t *T) *Request { return t.at(false, "PUT", t.Unused(), "?restype=container&comp=lease") },
		mismatch:  "LeaseIdMismatchWithContainerOperation", absent: "LeaseNotPresentWithContainerOperation", notFound: "ContainerNotFound",
	})
	s.check("blobs of a leased container are written without the lease", func(t *T) {
		t.Blob("PUT", "?restype=container&comp=lease").H("x-ms-lease-action", "acquire").H("x-ms-lease-duration", "-1").Want(201)
		t.PutBlob("b", "content")
		t.Blob("DELETE", "b").Want(202)
	})
	s.check("metadata of a leased container is set without the lease", func(t *T) {
		t.Blob("PUT", "?restype=container&comp=lease").H("x-ms-lease-action", "acquire").H("x-ms-lease-duration", "-1").Want(201)
		t.Blob("PUT", "?restype=container&comp=metadata").H("x-ms-meta-a", "1").Want(200)
	})
}
