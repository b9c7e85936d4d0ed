package adlstest

func pathLease(s *suite) {
	leaseCases(s, leasable{
		operation: "PathLease", needs: []Feature{DFS},
		make:  func(t *T) { t.File("f", "content") },
		lease: func(t *T) *Request { return t.DFS("POST", "f") },
		state: func(t *T) *Answer { return t.Status("f") },
		write: func(t *T) *Request {
			return t.DFS("PATCH", "f?action=setProperties").H("x-ms-properties", "a="+b64("1"))
		},
		done:     200,
		missing:  func(t *T) *Request { return t.DFS("POST", "none") },
		mismatch: "LeaseIdMismatchWithBlobOperation|LeaseIdMismatchWithPathOperation|LeaseIdMismatch",
		absent:   "LeaseNotPresentWithBlobOperation|LeaseNotPresentWithPathOperation|LeaseNotPresent", notFound: "PathNotFound",
	})
	s.check("a directory is leased, too", func(t *T) {
		t.Dir("d")
		id := newID()
		t.DFS("POST", "d").H("x-ms-lease-action", "acquire").H("x-ms-lease-duration", "-1").H("x-ms-proposed-lease-id", id).Want(201)
		t.DFS("DELETE", "d?recursive=true").Fails(412, "LeaseIdMissing")
		t.DFS("DELETE", "d?recursive=true").H("x-ms-lease-id", id).Want(200)
	}, HNS)
	s.check("a lease taken on dfs holds on blob", func(t *T) {
		t.File("f", "content")
		id := newID()
		t.DFS("POST", "f").H("x-ms-lease-action", "acquire").H("x-ms-lease-duration", "-1").H("x-ms-proposed-lease-id", id).Want(201)
		t.Blob("DELETE", "f").Fails(412, "LeaseIdMissing")
		t.Blob("DELETE", "f").H("x-ms-lease-id", id).Want(202)
	})
}
