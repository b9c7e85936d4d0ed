package adlstest

func deleteContainer(s *suite) {
	s.of("DeleteContainer")
	remove := func(t *T) *Request { return t.Blob("DELETE", "?restype=container") }

	s.check("answers 202, and the container is gone", func(t *T) {
		remove(t).Want(202).Text("")
		t.Blob("GET", "?restype=container").Fails(404, "ContainerNotFound")
	})
	s.check("takes its blobs along", func(t *T) {
		t.PutBlob("d/b", "x")
		remove(t).Want(202)
		t.Blob("GET", "d/b").Fails(404, "ContainerNotFound")
	})
	s.check("a missing one is not found", func(t *T) {
		t.at(false, "DELETE", t.Unused(), "?restype=container").Fails(404, "ContainerNotFound")
	})
	s.check("If-Unmodified-Since of before is not met", func(t *T) {
		remove(t).H("If-Unmodified-Since", httpDate(t.Now().AddDate(0, 0, -1))).Fails(412, "ConditionNotMet")
	})
	s.check("a leased one is deleted with the lease only", func(t *T) {
		id := t.Blob("PUT", "?restype=container&comp=lease").H("x-ms-lease-action", "acquire").H("x-ms-lease-duration", "-1").Want(201).Has("x-ms-lease-id")
		remove(t).Fails(412, "LeaseIdMissing")
		remove(t).H("x-ms-lease-id", newID()).Fails(412, "LeaseIdMismatchWithContainerOperation")
		remove(t).H("x-ms-lease-id", id).Want(202)
	})
}
