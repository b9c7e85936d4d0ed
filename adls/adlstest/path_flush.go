package adlstest

import "strconv"

func pathFlush(s *suite) {
	s.of("PathFlush", DFS)
	flush := func(t *T, position int) *Request {
		return t.DFS("PATCH", "f?action=flush&position="+strconv.Itoa(position))
	}
	staged := func(t *T, content string) {
		t.File("f", "")
		t.Append("f", 0, content)
	}

	s.check("answers 200 with the new version, and the content is seen", func(t *T) {
		staged(t, "hello")
		before := t.Status("f").Get("ETag")
		a := flush(t, 5).Want(200)
		a.Have("ETag", "Last-Modified").Text("")
		t.True(a.Get("ETag") != before, "the ETag changed")
		t.Status("f").Header("ETag", a.Get("ETag")).Header("Content-Length", "5")
	})
	s.check("says whether the content is encrypted", func(t *T) {
		staged(t, "hello")
		flush(t, 5).Want(200).Have("x-ms-request-server-encrypted")
	})
	s.check("a position past the content is refused", func(t *T) {
		staged(t, "hello")
		flush(t, 9).Fails(400, "InvalidFlushPosition")
	})
	// The parameter retainUncommittedData says that they are dropped, the message of InvalidFlushPosition that the
	// flush is refused.
	s.check("the pieces after the position are dropped, or the flush is refused", func(t *T) {
		staged(t, "hello")
		t.Append("f", 5, "world")
		if a := flush(t, 5).Send(); a.status == 400 {
			t.Equal("code", a.Get("x-ms-error-code"), "InvalidFlushPosition")
			return
		}
		t.Content("f", "hello")
		flush(t, 10).Fails(400, "InvalidFlushPosition")
	})
	s.check("content with a gap is refused", func(t *T) {
		t.File("f", "")
		t.Append("f", 0, "ab")
		t.Append("f", 4, "ef")
		flush(t, 6).Fails(400, "InvalidFlushPosition")
	})
	s.check("a position is required", func(t *T) {
		staged(t, "hello")
		t.DFS("PATCH", "f?action=flush").Fails(400, "MissingRequiredQueryParameter")
	})
	s.check("a negative position is refused", func(t *T) {
		staged(t, "hello")
		flush(t, -1).Fails(400, "InvalidQueryParameterValue|OutOfRangeQueryParameterValue")
	})
	s.check("a body is refused", func(t *T) {
		staged(t, "hello")
		flush(t, 5).Body("more").Fails(400, "ContentLengthMustBeZero|InvalidHeaderValue|InvalidInput")
		t.Status("f").Header("Content-Length", "0")
	})
	s.check("a missing file is not found", func(t *T) {
		flush(t, 0).Fails(404, "PathNotFound")
	})
	s.check("a directory is refused", func(t *T) {
		t.Dir("f")
		flush(t, 0).Fails(409, "ResourceTypeMismatch|PathConflict")
	})
	s.check("retainUncommittedData=true keeps the pieces after the position", func(t *T) {
		staged(t, "hello")
		t.Append("f", 5, "world")
		t.DFS("PATCH", "f?action=flush&position=5&retainUncommittedData=true").Want(200)
		t.Content("f", "hello")
		flush(t, 10).Want(200)
		t.Content("f", "helloworld")
	})
	s.check("close=true is taken", func(t *T) {
		staged(t, "hello")
		t.DFS("PATCH", "f?action=flush&position=5&close=true").Want(200)
		t.Content("f", "hello")
	})
	for _, h := range []struct{ sent, shown, value string }{
		{"x-ms-cache-control", "Cache-Control", "no-cache"},
		{"x-ms-content-type", "Content-Type", "text/plain"},
		{"x-ms-content-encoding", "Content-Encoding", "identity"},
		{"x-ms-content-language", "Content-Language", "fr"},
		{"x-ms-content-disposition", "Content-Disposition", "inline"},
	} {
		s.check(h.sent+" is kept", func(t *T) {
			staged(t, "hello")
			flush(t, 5).H(h.sent, h.value).Want(200)
			t.Status("f").Header(h.shown, h.value)
		})
	}
	s.check("x-ms-content-md5 is kept as the file's", func(t *T) {
		staged(t, "hello")
		flush(t, 5).H("x-ms-content-md5", md5Of("hello")).Want(200)
		t.DFS("GET", "f").Want(200).Header("Content-MD5", md5Of("hello"))
	})
	s.check("If-Match of another version is not met, and the pieces stay", func(t *T) {
		staged(t, "hello")
		flush(t, 5).H("If-Match", `"0x8D000000000000"`).Fails(412, "ConditionNotMet")
		flush(t, 5).H("If-Match", t.Status("f").Get("ETag")).Want(200)
		t.Content("f", "hello")
	})
	s.check("a leased file is flushed with the lease only", func(t *T) {
		staged(t, "hello")
		id := t.DFS("POST", "f").H("x-ms-lease-action", "acquire").H("x-ms-lease-duration", "-1").H("x-ms-proposed-lease-id", newID()).Want(201).Has("x-ms-lease-id")
		flush(t, 5).Fails(412, "LeaseIdMissing")
		flush(t, 5).H("x-ms-lease-id", id).Want(200)
	})
	s.check("properties stay where the flush names none", func(t *T) {
		t.DFS("PUT", "f?resource=file").H("x-ms-content-type", "text/csv").H("x-ms-properties", "a="+b64("1")).Want(201)
		t.Append("f", 0, "x")
		flush(t, 1).Want(200)
		t.Status("f").Header("Content-Type", "text/csv").Header("x-ms-properties", "a="+b64("1"))
	})
}
