package adlstest

import "time"

func sharedKeyLite(s *suite) {
	put := func(t *T) *Request { return t.Blob("PUT", "b").H("x-ms-blob-type", "BlockBlob").Body("content") }
	s.of("SharedKeyLite")
	lite := func(t *T) *Request { return t.Blob("GET", "?restype=container&comp=list").Lite() }
	s.check("a request that is signed with the key is answered", func(t *T) {
		lite(t).Want(200)
	})
	s.check("a write is taken", func(t *T) {
		put(t).Lite().Want(201)
		t.Content("b", "content")
	})
	s.check("a request to dfs is answered", func(t *T) {
		t.DFS("HEAD", "?resource=filesystem").Lite().Want(200)
	}, DFS)
	s.check("another key is refused", func(t *T) {
		lite(t).Key([]byte("another key")).Fails(403, "AuthenticationFailed")
	})
	s.check("a request of 20 minutes ago is refused", func(t *T) {
		lite(t).Set("x-ms-date", httpDate(t.target.Clock().Add(-20*time.Minute))).Fails(403, "AuthenticationFailed")
	})
	s.check("a header changed after signing is refused", func(t *T) {
		put(t).Lite().H("x-ms-meta-a", "1").Doctored(func(r *Request) { r.Set("x-ms-meta-a", "2") }).Fails(403, "AuthenticationFailed")
	})
}
