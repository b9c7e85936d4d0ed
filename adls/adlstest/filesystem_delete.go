package adlstest

func filesystemDelete(s *suite) {
	s.of("FilesystemDelete", DFS)
	remove := func(t *T) *Request { return t.DFS("DELETE", "?resource=filesystem") }

	s.check("answers 202 and the filesystem is gone", func(t *T) {
		remove(t).Want(202).Text("")
		t.DFS("HEAD", "?resource=filesystem").Fails(404, "FilesystemNotFound")
	})
	s.check("takes its files along", func(t *T) {
		t.File("d/f", "x")
		remove(t).Want(202)
		t.DFS("HEAD", "d/f").Fails(404, "FilesystemNotFound|PathNotFound")
	})
	s.check("a missing one is not found", func(t *T) {
		t.at(true, "DELETE", t.Unused(), "?resource=filesystem").Fails(404, "FilesystemNotFound")
	})
	s.check("If-Modified-Since in the future is not met", func(t *T) {
		etag := t.DFS("HEAD", "?resource=filesystem").Want(200).Get("ETag")
		remove(t).H("If-Unmodified-Since", httpDate(t.Now().AddDate(0, 0, -1))).Fails(412, "ConditionNotMet")
		t.DFS("HEAD", "?resource=filesystem").Want(200).Header("ETag", etag)
	})
	s.check("a leased one is not deleted without the lease", func(t *T) {
		lease := t.Blob("PUT", "?restype=container&comp=lease").H("x-ms-lease-action", "acquire").H("x-ms-lease-duration", "-1").Want(201).Has("x-ms-lease-id")
		remove(t).Fails(412, "LeaseIdMissing")
		remove(t).H("x-ms-lease-id", lease).Want(202)
	})
}
