package adlstest

import "strings"

func putBlob(s *suite) {
	s.of("PutBlob")
	put := func(t *T, content string) *Request {
		return t.Blob("PUT", "b").H("x-ms-blob-type", "BlockBlob").Body(content)
	}

	s.check("answers 201 with version, time and MD5", func(t *T) {
		put(t, "content").Want(201).Text("").Have("ETag", "Last-Modified").Header("Content-MD5", md5Of("content"))
		t.Content("b", "content")
	})
	s.check("says whether the content is encrypted", func(t *T) {
		put(t, "content").Want(201).Have("x-ms-request-server-encrypted")
	})
	s.check("an empty blob is made", func(t *T) {
		put(t, "").Want(201)
		t.Head("b").Header("Content-Length", "0")
	})
	s.check("a blob that is there is replaced, with its metadata and properties", func(t *T) {
		put(t, "old").H("x-ms-meta-a", "1").H("x-ms-blob-content-type", "text/csv").Want(201)
		before := t.Head("b").Get("ETag")
		put(t, "new").Want(201)
		after := t.Head("b").No("x-ms-meta-a").Header("Content-Type", "application/octet-stream").Get("ETag")
		t.True(before != after, "the ETag changed")
		t.Content("b", "new")
	})
	s.check("the MD5 of the content is kept", func(t *T) {
		put(t, "content").Want(201)
		t.Head("b").Header("Content-MD5", md5Of("content"))
	})
	s.check("x-ms-blob-content-md5 is kept as it is said", func(t *T) {
		put(t, "content").H("x-ms-blob-content-md5", md5Of("content")).Want(201)
		t.Head("b").Header("Content-MD5", md5Of("content"))
	})
	s.check("a wrong Content-MD5 is refused and nothing is made", func(t *T) {
		put(t, "content").H("Content-MD5", md5Of("other")).Fails(400, "Md5Mismatch")
		t.Blob("HEAD", "b").Fails(404, "BlobNotFound")
	})
	s.check("a Content-MD5 that is none is refused", func(t *T) {
		put(t, "content").H("Content-MD5", "x").Fails(400, "InvalidMd5|InvalidHeaderValue")
	})
	s.check("the right CRC64 is taken and answered", func(t *T) {
		put(t, "content").H("x-ms-content-crc64", crc64Of("content")).Want(201).Header("x-ms-content-crc64", crc64Of("content"))
	})
	s.check("a wrong CRC64 is refused", func(t *T) {
		put(t, "content").H("x-ms-content-crc64", crc64Of("other")).Fails(400, "Crc64Mismatch")
	})
	s.check("MD5 and CRC64 together are refused", func(t *T) {
		put(t, "content").H("Content-MD5", md5Of("content")).H("x-ms-content-crc64", crc64Of("content")).Fails(400, "")
	})
	for _, h := range []struct{ sent, shown, value string }{
		{"x-ms-blob-content-type", "Content-Type", "text/csv"},
		{"Content-Type", "Content-Type", "text/html"},
		{"x-ms-blob-content-encoding", "Content-Encoding", "identity"},
		{"x-ms-blob-content-language", "Content-Language", "de, en"},
		{"x-ms-blob-cache-control", "Cache-Control", "max-age=60"},
		{"x-ms-blob-content-disposition", "Content-Disposition", `attachment; filename="b"`},
	} {
		s.check(h.sent+" is kept", func(t *T) {
			put(t, "x").H(h.sent, h.value).Want(201)
			t.Head("b").Header(h.shown, h.value)
		})
	}
	s.check("x-ms-blob-content-type goes before Content-Type", func(t *T) {
		put(t, "x").H("Content-Type", "text/html").H("x-ms-blob-content-type", "text/csv").Want(201)
		t.Head("b").Header("Content-Type", "text/csv")
	})
	s.check("the content type is application/octet-stream where none is named", func(t *T) {
		put(t, "x").Want(201)
		t.Head("b").Header("Content-Type", "application/octet-stream")
	})
	s.check("metadata is kept", func(t *T) {
		put(t, "x").H("x-ms-meta-color", "blue").H("x-ms-meta-size", "7").Want(201)
		t.Head("b").Header("x-ms-meta-color", "blue").Header("x-ms-meta-size", "7")
	})
	s.check("a type of blob is required", func(t *T) {
		t.Blob("PUT", "b").Body("x").Fails(400, "MissingRequiredHeader")
	})
	s.check("an unknown type of blob is refused", func(t *T) {
		t.Blob("PUT", "b").H("x-ms-blob-type", "HugeBlob").Body("x").Fails(400, "InvalidHeaderValue|UnsupportedHeader|InvalidBlobType")
	})
	s.check("a missing container is not found", func(t *T) {
		t.at(false, "PUT", t.Unused(), "b").H("x-ms-blob-type", "BlockBlob").Body("x").Fails(404, "ContainerNotFound")
	})
	s.check("If-None-Match * keeps a blob that is there", func(t *T) {
		put(t, "old").Want(201)
		put(t, "new").H("If-None-Match", "*").Fails(409, "BlobAlreadyExists")
		t.Content("b", "old")
	})
	s.check("If-None-Match * makes a blob that is not there", func(t *T) {
		put(t, "new").H("If-None-Match", "*").Want(201)
		t.Content("b", "new")
	})
	s.check("If-Match of another version is not met", func(t *T) {
		put(t, "old").Want(201)
		put(t, "new").H("If-Match", `"0x8D000000000000"`).Fails(412, "ConditionNotMet")
		t.Content("b", "old")
	})
	s.check("If-Match of the version is met", func(t *T) {
		etag := put(t, "old").Want(201).Get("ETag")
		put(t, "new").H("If-Match", etag).Want(201)
		t.Content("b", "new")
	})
	s.check("If-Unmodified-Since of before is not met", func(t *T) {
		put(t, "old").Want(201)
		put(t, "new").H("If-Unmodified-Since", httpDate(t.Now().AddDate(0, 0, -1))).Fails(412, "ConditionNotMet")
	})
	s.check("megabytes come back as they were sent", func(t *T) {
		big := strings.Repeat("0123456789abcdef", 3<<20/16)
		put(t, big).Want(201)
		t.True(string(t.Blob("GET", "b").Want(200).body) == big, "the content is what was sent")
	})
	s.check("directories on the way are made", func(t *T) {
		t.PutBlob("d/e/b", "x")
		t.Blob("HEAD", "d/e").Want(200).Header("x-ms-meta-hdi_isfolder", "true")
	}, HNS)
	s.check("metadata hdi_isfolder makes a directory", func(t *T) {
		put(t, "").H("x-ms-meta-hdi_isfolder", "true").Want(201)
		t.DFS("HEAD", "b").Want(200).Header("x-ms-resource-type", "directory")
	}, HNS, DFS)
	s.check("nothing is made below a blob", func(t *T) {
		put(t, "x").Want(201)
		a := t.Blob("PUT", "b/c").H("x-ms-blob-type", "BlockBlob").Body("y").Send()
		t.Equal("status", a.status, 409)
		t.Content("b", "x")
	}, HNS)
	s.check("a directory is not replaced", func(t *T) {
		t.PutBlob("b/c", "x")
		a := put(t, "y").Send()
		t.Equal("status", a.status, 409)
		t.Content("b/c", "x")
	}, HNS)
	s.check("a tier is kept", func(t *T) {
		put(t, "x").H("x-ms-access-tier", "Cool").Want(201)
		a := t.Head("b").Header("x-ms-access-tier", "Cool")
		t.True(a.Get("x-ms-access-tier-inferred") != "true", "the tier is not inferred")
	})
	s.check("an unknown tier is refused", func(t *T) {
		put(t, "x").H("x-ms-access-tier", "Lukewarm").Fails(400, "InvalidHeaderValue|UnsupportedHeader")
	})
	s.check("a leased blob is replaced with the lease only", func(t *T) {
		put(t, "old").Want(201)
		id := t.lease("b")
		put(t, "new").Fails(412, "LeaseIdMissing")
		put(t, "new").H("x-ms-lease-id", newID()).Fails(412, "LeaseIdMismatchWithBlobOperation")
		put(t, "new").H("x-ms-lease-id", id).Want(201)
	})
}

// lease takes an endless lease of a blob.
func (t *T) lease(blob string) string {
	return t.Blob("PUT", blob+"?comp=lease").H("x-ms-lease-action", "acquire").H("x-ms-lease-duration", "-1").Want(201).Has("x-ms-lease-id")
}
