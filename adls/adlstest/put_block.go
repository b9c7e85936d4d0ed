package adlstest

import "strings"

// block begins a Put Block with the id of a short name.
func (t *T) block(name, content string) *Request {
	return t.Blob("PUT", "b?comp=block&blockid="+escape(b64(name))).Body(content)
}

func putBlock(s *suite) {
	s.of("PutBlock")

	s.check("answers 201, and the blob is not there yet", func(t *T) {
		a := t.block("01", "hello").Want(201).Text("")
		t.True(contains("|"+md5Of("hello"), a.Get("Content-MD5")) && contains("|"+crc64Of("hello"), a.Get("x-ms-content-crc64")), "checksums that are answered are right")
		t.Blob("HEAD", "b").Fails(404, "BlobNotFound")
	})
	s.check("the right Content-MD5 is taken and answered", func(t *T) {
		t.block("01", "hello").H("Content-MD5", md5Of("hello")).Want(201).Header("Content-MD5", md5Of("hello"))
	})
	s.check("a wrong Content-MD5 is refused", func(t *T) {
		t.block("01", "hello").H("Content-MD5", md5Of("other")).Fails(400, "Md5Mismatch")
	})
	s.check("the right CRC64 is taken and answered", func(t *T) {
		t.block("01", "hello").H("x-ms-content-crc64", crc64Of("hello")).Want(201).Header("x-ms-content-crc64", crc64Of("hello"))
	})
	s.check("a wrong CRC64 is refused", func(t *T) {
		t.block("01", "hello").H("x-ms-content-crc64", crc64Of("other")).Fails(400, "Crc64Mismatch")
	})
	s.check("MD5 and CRC64 together are refused", func(t *T) {
		t.block("01", "hello").H("Content-MD5", md5Of("hello")).H("x-ms-content-crc64", crc64Of("hello")).Fails(400, "")
	})
	s.check("a block without content is refused", func(t *T) {
		t.block("01", "").Fails(400, "InvalidHeaderValue|InvalidInput")
	})
	s.check("an id that is not base64 is refused", func(t *T) {
		t.Blob("PUT", "b?comp=block&blockid=%25%25").Body("x").Fails(400, "InvalidQueryParameterValue")
	})
	s.check("an id of more than 64 bytes is refused", func(t *T) {
		t.block(strings.Repeat("x", 65), "x").Fails(400, "InvalidQueryParameterValue|OutOfRangeQueryParameterValue")
	})
	s.check("an id of 64 bytes is taken", func(t *T) {
		t.block(strings.Repeat("x", 64), "x").Want(201)
		t.commit("L" + strings.Repeat("x", 64)).Want(201)
		t.Content("b", "x")
	})
	s.check("an id is required", func(t *T) {
		t.Blob("PUT", "b?comp=block").Body("x").Fails(400, "MissingRequiredQueryParameter|InvalidQueryParameterValue")
	})
	s.check("ids of unequal lengths are refused", func(t *T) {
		t.block("01", "x").Want(201)
		t.block("001", "x").Fails(400, "InvalidBlobOrBlock|InvalidBlockId")
	})
	s.check("a block sent again replaces the first", func(t *T) {
		t.block("01", "first").Want(201)
		t.block("01", "again").Want(201)
		t.commit("L01").Want(201)
		t.Content("b", "again")
	})
	s.check("a missing container is not found", func(t *T) {
		t.at(false, "PUT", t.Unused(), "b?comp=block&blockid=MDE%3D").Body("x").Fails(404, "ContainerNotFound")
	})
	s.check("a blob that is there stays as it is", func(t *T) {
		t.PutBlob("b", "old")
		t.block("01", "new").Want(201)
		t.Content("b", "old")
	})
	s.check("a leased blob takes blocks with the lease only", func(t *T) {
		t.PutBlob("b", "old")
		id := t.lease("b")
		t.block("01", "x").Fails(412, "LeaseIdMissing")
		t.block("01", "x").H("x-ms-lease-id", id).Want(201)
	})
}
