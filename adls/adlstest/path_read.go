package adlstest

import "strings"

func pathRead(s *suite) {
	s.of("PathRead", DFS)
	const content = "0123456789"
	get := func(t *T) *Request {
		t.File("f", content)
		return t.DFS("GET", "f")
	}

	s.check("answers 200 with the content and what it is", func(t *T) {
		get(t).Want(200).Text(content).Header("Content-Length", "10").Header("Accept-Ranges", "bytes").
			Header("Content-Type", "application/octet-stream").Header("x-ms-resource-type", "file").
			Have("ETag", "Last-Modified", "x-ms-request-id", "x-ms-version", "Date")
	})
	s.check("an empty file is empty", func(t *T) {
		t.File("f", "")
		t.DFS("GET", "f").Want(200).Text("").Header("Content-Length", "0")
	})
	for _, r := range []struct{ what, header, value, rng, text string }{
		{"a range in the middle", "Range", "bytes=2-4", "bytes 2-4/10", "234"},
		{"a range to the end", "Range", "bytes=7-", "bytes 7-9/10", "789"},
		{"a range that ends past the end", "Range", "bytes=8-99", "bytes 8-9/10", "89"},
		{"a range of one byte", "Range", "bytes=0-0", "bytes 0-0/10", "0"},
		{"a range in x-ms-range", "x-ms-range", "bytes=2-4", "bytes 2-4/10", "234"},
	} {
		s.check(r.what+" is answered 206 with the range it is", func(t *T) {
			get(t).H(r.header, r.value).Want(206).Header("Content-Range", r.rng).Text(r.text)
		})
	}
	s.check("x-ms-range goes before Range", func(t *T) {
		get(t).H("x-ms-range", "bytes=2-4").H("Range", "bytes=0-0").Want(206).Text("234")
	})
	s.check("a range past the end is refused", func(t *T) {
		get(t).H("Range", "bytes=10-").Fails(416, "InvalidRange")
	})
	s.check("a range of an empty file is refused", func(t *T) {
		t.File("f", "")
		t.DFS("GET", "f").H("Range", "bytes=0-0").Fails(416, "InvalidRange")
	})
	s.check("the MD5 of a range is computed", func(t *T) {
		get(t).H("Range", "bytes=2-4").H("x-ms-range-get-content-md5", "true").Want(206).Header("Content-MD5", md5Of("234"))
	})
	s.check("the MD5 of a range of 4 MiB is computed", func(t *T) {
		big := strings.Repeat("x", 4<<20)
		t.File("f", big+"y")
		t.DFS("GET", "f").H("Range", "bytes=0-4194303").H("x-ms-range-get-content-md5", "true").Want(206).Header("Content-MD5", md5Of(big))
	})
	s.check("the MD5 of a range over 4 MiB is refused", func(t *T) {
		t.File("f", strings.Repeat("x", 4<<20+1))
		t.DFS("GET", "f").H("Range", "bytes=0-4194304").H("x-ms-range-get-content-md5", "true").Fails(400, "OutOfRangeInput|InvalidHeaderValue")
	})
	s.check("the MD5 of no range is refused", func(t *T) {
		get(t).H("x-ms-range-get-content-md5", "true").Fails(400, "InvalidHeaderValue|MissingRequiredHeader")
	})
	s.check("a missing path is not found", func(t *T) {
		t.DFS("GET", "none").Fails(404, "PathNotFound")
	})
	s.check("a missing path in a directory is not found", func(t *T) {
		t.File("d/f", "x")
		t.DFS("GET", "d/none").Fails(404, "PathNotFound")
	})
	s.check("a path below a file is not found", func(t *T) {
		t.File("f", "x")
		t.DFS("GET", "f/g").Fails(404, "PathNotFound")
	})
	s.check("a missing filesystem is not found", func(t *T) {
		t.at(true, "GET", t.Unused(), "f").Fails(404, "FilesystemNotFound")
	})
	s.check("If-Match of the version is met", func(t *T) {
		r := get(t)
		r.H("If-Match", t.Status("f").Get("ETag")).Want(200).Text(content)
	})
	s.check("If-Match of another version is not met", func(t *T) {
		get(t).H("If-Match", `"0x8D000000000000"`).Fails(412, "ConditionNotMet")
	})
	s.check("If-None-Match of the version is answered 304", func(t *T) {
		r := get(t)
		r.H("If-None-Match", t.Status("f").Get("ETag")).Want(304).Text("")
	})
	s.check("If-Modified-Since of after is answered 304", func(t *T) {
		get(t).H("If-Modified-Since", httpDate(t.Now().AddDate(0, 0, 1))).Want(304).Text("")
	})
	s.check("If-Modified-Since of before is met", func(t *T) {
		get(t).H("If-Modified-Since", httpDate(t.Now().AddDate(0, 0, -1))).Want(200).Text(content)
	})
	s.check("If-Unmodified-Since of before is not met", func(t *T) {
		get(t).H("If-Unmodified-Since", httpDate(t.Now().AddDate(0, 0, -1))).Fails(412, "ConditionNotMet")
	})
	s.check("the properties come along", func(t *T) {
		t.DFS("PUT", "f?resource=file").H("x-ms-properties", "hello="+b64("world")).H("x-ms-content-type", "text/csv").Want(201)
		t.DFS("GET", "f").Want(200).Header("x-ms-properties", "hello="+b64("world")).Header("Content-Type", "text/csv")
	})
	s.check("the state of the lease comes along", func(t *T) {
		get(t).Want(200).Header("x-ms-lease-state", "available").Header("x-ms-lease-status", "unlocked")
	})
	s.check("a reader needs no lease on a leased file", func(t *T) {
		t.File("f", content)
		t.DFS("POST", "f").H("x-ms-lease-action", "acquire").H("x-ms-lease-duration", "-1").H("x-ms-proposed-lease-id", newID()).Want(201)
		t.DFS("GET", "f").Want(200).Text(content).Header("x-ms-lease-state", "leased").Header("x-ms-lease-status", "locked")
	})
	s.check("a reader who names another lease is refused", func(t *T) {
		t.File("f", content)
		t.DFS("POST", "f").H("x-ms-lease-action", "acquire").H("x-ms-lease-duration", "-1").H("x-ms-proposed-lease-id", newID()).Want(201)
		t.DFS("GET", "f").H("x-ms-lease-id", newID()).Fails(412, "LeaseIdMismatchWithBlobOperation|LeaseIdMismatchWithPathOperation|LeaseIdMismatch")
	})
	s.check("a range of which the reader says a wrong version is not served", func(t *T) {
		get(t).H("Range", "bytes=0-3").H("If-Match", `"0x8D000000000000"`).Fails(412, "ConditionNotMet")
	})
	s.check("megabytes come back as they were sent", func(t *T) {
		big := strings.Repeat("0123456789abcdef", 3<<20/16)
		t.File("f", big)
		a := t.DFS("GET", "f").Want(200)
		t.Equal("length", len(a.body), len(big))
		t.True(string(a.body) == big, "the content is what was sent")
	})
}
