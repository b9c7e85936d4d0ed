package adlstest

func setBlobTier(s *suite) {
	s.of("SetBlobTier")
	set := func(t *T, tier string) *Request { return t.Blob("PUT", "b?comp=tier").H("x-ms-access-tier", tier) }

	for _, tier := range []string{"Hot", "Cool", "Cold"} {
		s.check(tier+" is kept and shown", func(t *T) {
			t.PutBlob("b", "content")
			set(t, tier).Want(200).Text("")
			a := t.Head("b").Header("x-ms-access-tier", tier).Have("x-ms-access-tier-change-time")
			t.True(a.Get("x-ms-access-tier-inferred") != "true", "the tier is not inferred")
			t.Content("b", "content")
		})
	}
	s.check("what is archived is not read", func(t *T) {
		t.PutBlob("b", "content")
		set(t, "Archive").Want(200)
		t.Head("b").Header("x-ms-access-tier", "Archive").Header("Content-Length", "7")
		t.Blob("GET", "b").Fails(409, "BlobArchived")
	})
	s.check("what is archived comes back in time", func(t *T) {
		t.PutBlob("b", "content")
		set(t, "Archive").Want(200)
		set(t, "Hot").Want(202)
	})
	s.check("an unknown tier is refused", func(t *T) {
		t.PutBlob("b", "content")
		set(t, "Lukewarm").Fails(400, "")
	})
	s.check("a tier is required", func(t *T) {
		t.PutBlob("b", "content")
		t.Blob("PUT", "b?comp=tier").Fails(400, "MissingRequiredHeader")
	})
	s.check("a missing blob is not found", func(t *T) {
		set(t, "Cool").Fails(404, "BlobNotFound")
	})
	s.check("the version of the blob stays", func(t *T) {
		etag := t.PutBlob("b", "content").Get("ETag")
		set(t, "Cool").Want(200)
		t.Head("b").Header("ETag", etag)
	})
}
