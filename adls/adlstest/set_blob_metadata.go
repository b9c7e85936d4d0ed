package adlstest

import "strings"

func setBlobMetadata(s *suite) {
	s.of("SetBlobMetadata")
	set := func(t *T) *Request {
		t.PutBlob("b", "content", "x-ms-meta-a", "1", "x-ms-blob-content-type", "text/csv")
		return t.Blob("PUT", "b?comp=metadata")
	}

	s.check("replaces all metadata", func(t *T) {
		set(t).H("x-ms-meta-b", "2").Want(200).Text("").Have("ETag", "Last-Modified", "x-ms-request-server-encrypted")
		t.Head("b").No("x-ms-meta-a").Header("x-ms-meta-b", "2")
	})
	s.check("none takes all away", func(t *T) {
		set(t).Want(200)
		t.Head("b").No("x-ms-meta-a")
	})
	s.check("properties and content stay", func(t *T) {
		set(t).H("x-ms-meta-b", "2").Want(200)
		t.Head("b").Header("Content-Type", "text/csv")
		t.Content("b", "content")
	})
	s.check("the version changes", func(t *T) {
		r := set(t)
		before := t.Head("b").Get("ETag")
		after := r.H("x-ms-meta-b", "2").Want(200).Has("ETag")
		t.True(before != after, "the ETag changed")
		t.Head("b").Header("ETag", after)
	})
	s.check("a name that is no identifier is refused", func(t *T) {
		set(t).H("x-ms-meta-9-lives", "x").Fails(400, "InvalidMetadata")
	})
	s.check("a name that is empty is refused", func(t *T) {
		set(t).H("x-ms-meta-", "x").Fails(400, "EmptyMetadataKey|InvalidMetadata")
	})
	s.check("8 KiB are the limit", func(t *T) {
		set(t).H("x-ms-meta-a", strings.Repeat("x", 8<<10)).Fails(400, "MetadataTooLarge|InvalidMetadata|RequestHeadersTooLarge")
	})
	s.check("values of a name that is sent twice are joined by a comma", func(t *T) {
		set(t).H("x-ms-meta-color", "blue").H("x-ms-meta-color", "red").Want(200)
		t.Head("b").Header("x-ms-meta-color", "blue,red")
	})
	s.check("values keep spaces within and lose them around", func(t *T) {
		set(t).H("x-ms-meta-a", "one  two").Want(200)
		t.Head("b").Header("x-ms-meta-a", "one  two")
	})
	s.check("If-Match of another version is not met", func(t *T) {
		set(t).H("x-ms-meta-b", "2").H("If-Match", `"0x8D000000000000"`).Fails(412, "ConditionNotMet")
		t.Head("b").Header("x-ms-meta-a", "1")
	})
	s.check("a missing blob is not found", func(t *T) {
		t.Blob("PUT", "none?comp=metadata").H("x-ms-meta-b", "2").Fails(404, "BlobNotFound")
	})
	s.check("a leased blob's is set with the lease only", func(t *T) {
		r := set(t)
		id := t.lease("b")
		r.H("x-ms-meta-b", "2").Fails(412, "LeaseIdMissing")
		t.Blob("PUT", "b?comp=metadata").H("x-ms-meta-b", "2").H("x-ms-lease-id", id).Want(200)
	})
}
