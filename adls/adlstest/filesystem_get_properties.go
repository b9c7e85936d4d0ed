package adlstest

import "strings"

func filesystemGetProperties(s *suite) {
	s.of("FilesystemGetProperties", DFS)
	head := func(t *T) *Request { return t.DFS("HEAD", "?resource=filesystem") }

	s.check("answers 200 with ETag and date", func(t *T) {
		a := head(t).Want(200)
		a.Have("ETag", "Last-Modified").Text("")
		a.Time("Last-Modified")
	})
	s.check("says whether the namespace is hierarchical", func(t *T) {
		head(t).Want(200).Header("x-ms-namespace-enabled", "true")
	}, HNS)
	s.check("the ETag is quoted and that of the blob endpoint", func(t *T) {
		etag := head(t).Want(200).Get("ETag")
		t.True(strings.HasPrefix(etag, `"`) && strings.HasSuffix(etag, `"`), "the ETag is quoted")
		t.Blob("HEAD", "?restype=container").Want(200).Header("ETag", etag)
	})
	s.check("a missing one is not found", func(t *T) {
		t.at(true, "HEAD", t.Unused(), "?resource=filesystem").Fails(404, "FilesystemNotFound")
	})
	s.check("writing files does not change the ETag", func(t *T) {
		etag := head(t).Want(200).Get("ETag")
		t.File("f", "x")
		head(t).Want(200).Header("ETag", etag)
	})
}
