package adlstest

func putBlockFromURL(s *suite) {
	s.of("PutBlockFromURL")
	put := func(t *T, name, source string) *Request {
		return t.Blob("PUT", "b?comp=block&blockid="+escape(b64(name))).H("x-ms-copy-source", source)
	}

	s.check("answers 201, and the block is the source", func(t *T) {
		t.PutBlob("a", "content")
		a := put(t, "01", t.readable("a")).Want(201)
		t.True(contains("|"+md5Of("content"), a.Get("Content-MD5")) && contains("|"+crc64Of("content"), a.Get("x-ms-content-crc64")), "checksums that are answered are right")
		t.commit("L01").Want(201)
		t.Content("b", "content")
	})
	s.check("a range of the source is taken", func(t *T) {
		t.PutBlob("a", "0123456789")
		put(t, "01", t.readable("a")).H("x-ms-source-range", "bytes=7-9").Want(201)
		put(t, "02", t.readable("a")).H("x-ms-source-range", "bytes=0-1").Want(201)
		t.commit("L01", "L02").Want(201)
		t.Content("b", "78901")
	})
	s.check("the MD5 of the source is checked", func(t *T) {
		t.PutBlob("a", "content")
		put(t, "01", t.readable("a")).H("x-ms-source-content-md5", md5Of("other")).Fails(400, "Md5Mismatch")
		put(t, "01", t.readable("a")).H("x-ms-source-content-md5", md5Of("content")).Want(201)
	})
	s.check("a missing source is not found", func(t *T) {
		t.Filesystem()
		put(t, "01", t.readable("none")).Fails(404, "BlobNotFound|CannotVerifyCopySource|ResourceNotFound")
	})
	s.check("x-ms-source-if-match of another version is not met", func(t *T) {
		t.PutBlob("a", "content")
		put(t, "01", t.readable("a")).H("x-ms-source-if-match", `"0x8D000000000000"`).Fails(412, "")
	})
	s.check("a range past the end of the source is refused", func(t *T) {
		t.PutBlob("a", "0123456789")
		a := put(t, "01", t.readable("a")).H("x-ms-source-range", "bytes=20-29").Send()
		t.True(a.status == 416 || a.status == 400, "the status is 416 or 400")
	})
	s.check("an id is required", func(t *T) {
		t.PutBlob("a", "content")
		t.Blob("PUT", "b?comp=block").H("x-ms-copy-source", t.readable("a")).Fails(400, "MissingRequiredQueryParameter|InvalidQueryParameterValue")
	})
}
