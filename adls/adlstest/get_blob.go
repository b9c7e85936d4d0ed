package adlstest

import "strings"

func getBlob(s *suite) {
	s.of("GetBlob")
	const content = "0123456789"
	get := func(t *T) *Request {
		t.PutBlob("b", content)
		return t.Blob("GET", "b")
	}

	s.check("answers 200 with the content and what it is", func(t *T) {
		get(t).Want(200).Text(content).Header("Content-Length", "10").Header("Accept-Ranges", "bytes").Header("x-ms-blob-type", "BlockBlob").
			Header("Content-Type", "application/octet-stream").Header("x-ms-lease-state", "available").Header("x-ms-lease-status", "unlocked").
			Have("ETag", "Last-Modified", "x-ms-creation-time", "x-ms-server-encrypted", "x-ms-request-id", "x-ms-version", "Date")
	})
	s.check("the whole blob comes with its MD5", func(t *T) {
		get(t).Want(200).Header("Content-MD5", md5Of(content))
	})
	for _, r := range []struct{ what, header, value, rng, text string }{
		{"a range in the middle", "Range", "bytes=2-4", "bytes 2-4/10", "234"},
		{"a range to the end", "x-ms-range", "bytes=7-", "bytes 7-9/10", "789"},
		{"a range that ends past the end", "x-ms-range", "bytes=8-99", "bytes 8-9/10", "89"},
		{"a range of one byte", "x-ms-range", "bytes=9-9", "bytes 9-9/10", "9"},
		{"a range of all", "x-ms-range", "bytes=0-9", "bytes 0-9/10", content},
	} {
		s.check(r.what+" is answered 206 with the range it is", func(t *T) {
			get(t).H(r.header, r.value).Want(206).Header("Content-Range", r.rng).Text(r.text)
		})
	}
	s.check("a range comes with the blob's MD5 in x-ms-blob-content-md5", func(t *T) {
		get(t).H("x-ms-range", "bytes=2-4").Want(206).Header("x-ms-blob-content-md5", md5Of(content)).No("Content-MD5")
	})
	s.check("the MD5 of a range is computed", func(t *T) {
		get(t).H("x-ms-range", "bytes=2-4").H("x-ms-range-get-content-md5", "true").Want(206).
			Header("Content-MD5", md5Of("234")).Header("x-ms-blob-content-md5", md5Of(content))
	})
	s.check("the CRC64 of a range is computed", func(t *T) {
		get(t).H("x-ms-range", "bytes=2-4").H("x-ms-range-get-content-crc64", "true").Want(206).Header("x-ms-content-crc64", crc64Of("234"))
	})
	s.check("MD5 and CRC64 of a range together are refused", func(t *T) {
		get(t).H("x-ms-range", "bytes=2-4").H("x-ms-range-get-content-crc64", "true").H("x-ms-range-get-content-md5", "true").Fails(400, "")
	})
	s.check("the MD5 of a range over 4 MiB is refused", func(t *T) {
		t.PutBlob("b", strings.Repeat("x", 4<<20+1))
		t.Blob("GET", "b").H("x-ms-range", "bytes=0-4194304").H("x-ms-range-get-content-md5", "true").Fails(400, "OutOfRangeInput|InvalidHeaderValue")
	})
	s.check("a range past the end is refused", func(t *T) {
		get(t).H("x-ms-range", "bytes=10-20").Fails(416, "InvalidRange")
	})
	s.check("a range of an empty blob is refused", func(t *T) {
		t.PutBlob("b", "")
		t.Blob("GET", "b").H("x-ms-range", "bytes=0-5").Fails(416, "InvalidRange")
	})
	s.check("a missing blob is not found", func(t *T) {
		t.Blob("GET", "none").Fails(404, "BlobNotFound")
	})
	s.check("a missing container is not found", func(t *T) {
		t.at(false, "GET", t.Unused(), "b").Fails(404, "ContainerNotFound")
	})
	s.check("metadata comes along", func(t *T) {
		t.PutBlob("b", content, "x-ms-meta-color", "blue")
		t.Blob("GET", "b").Want(200).Header("x-ms-meta-color", "blue")
	})
	s.check("If-None-Match of the version is answered 304", func(t *T) {
		r := get(t)
		r.H("If-None-Match", t.Head("b").Get("ETag")).Want(304).Text("")
	})
	s.check("If-None-Match of another version is met", func(t *T) {
		get(t).H("If-None-Match", `"0x8D000000000000"`).Want(200)
	})
	s.check("If-Match of another version is not met", func(t *T) {
		get(t).H("If-Match", `"0x8D000000000000"`).Fails(412, "ConditionNotMet")
	})
	s.check("If-Match * is met by a blob that is there", func(t *T) {
		get(t).H("If-Match", "*").Want(200)
	})
	s.check("If-Modified-Since of after is answered 304", func(t *T) {
		get(t).H("If-Modified-Since", httpDate(t.Now().AddDate(0, 0, 1))).Want(304)
	})
	s.check("If-Modified-Since of its own time is answered 304", func(t *T) {
		r := get(t)
		r.H("If-Modified-Since", t.Head("b").Get("Last-Modified")).Want(304)
	})
	s.check("If-Unmodified-Since of its own time is met", func(t *T) {
		r := get(t)
		r.H("If-Unmodified-Since", t.Head("b").Get("Last-Modified")).Want(200)
	})
	s.check("If-Unmodified-Since of before is not met", func(t *T) {
		get(t).H("If-Unmodified-Since", httpDate(t.Now().AddDate(0, 0, -1))).Fails(412, "ConditionNotMet")
	})
	s.check("a condition that is no date is refused", func(t *T) {
		get(t).H("If-Modified-Since", "yesterday").Fails(400, "InvalidHeaderValue")
	})
	s.check("a directory is an empty blob that says what it is", func(t *T) {
		t.PutBlob("d/b", "x")
		t.Blob("GET", "d").Want(200).Text("").Header("x-ms-meta-hdi_isfolder", "true").Header("Content-Length", "0")
	}, HNS)
	s.check("a leased blob is read without the lease", func(t *T) {
		r := get(t)
		t.lease("b")
		r.Want(200).Text(content).Header("x-ms-lease-state", "leased").Header("x-ms-lease-duration", "infinite")
	})
	s.check("a leased blob is not read with another lease", func(t *T) {
		r := get(t)
		t.lease("b")
		r.H("x-ms-lease-id", newID()).Fails(412, "LeaseIdMismatchWithBlobOperation")
	})
	s.check("a lease of a blob that has none is refused", func(t *T) {
		get(t).H("x-ms-lease-id", newID()).Fails(412, "LeaseNotPresentWithBlobOperation")
	})
}
