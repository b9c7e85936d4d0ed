package adlstest

func getContainerProperties(s *suite) {
	s.of("GetContainerProperties")
	for _, method := range []string{"HEAD", "GET"} {
		s.check(method+" answers 200 with ETag, date, lease and policies", func(t *T) {
			t.Blob(method, "?restype=container").Want(200).Text("").Have("ETag", "Last-Modified").
				Header("x-ms-lease-state", "available").Header("x-ms-lease-status", "unlocked").
				Header("x-ms-has-immutability-policy", "false").Header("x-ms-has-legal-hold", "false").No("x-ms-blob-public-access")
		})
		s.check(method+" of metadata alone answers it", func(t *T) {
			t.Blob("PUT", "?restype=container&comp=metadata").H("x-ms-meta-color", "blue").Want(200)
			t.Blob(method, "?restype=container&comp=metadata").Want(200).Text("").Header("x-ms-meta-color", "blue")
		})
	}
	s.check("a missing one is not found", func(t *T) {
		t.at(false, "GET", t.Unused(), "?restype=container").Fails(404, "ContainerNotFound")
	})
	s.check("HEAD of a missing one has no body", func(t *T) {
		t.at(false, "HEAD", t.Unused(), "?restype=container").Fails(404, "ContainerNotFound").Text("")
	})
	s.check("a lease that is not the container's is refused", func(t *T) {
		t.Blob("PUT", "?restype=container&comp=lease").H("x-ms-lease-action", "acquire").H("x-ms-lease-duration", "-1").Want(201)
		t.Blob("HEAD", "?restype=container").H("x-ms-lease-id", newID()).Fails(412, "LeaseIdMismatchWithContainerOperation")
	})
}
