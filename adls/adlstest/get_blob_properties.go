package adlstest

func getBlobProperties(s *suite) {
	s.of("GetBlobProperties")
	s.check("answers what the blob is, without a body", func(t *T) {
		t.PutBlob("b", "content")
		t.Blob("HEAD", "b").Want(200).Text("").Header("Content-Length", "7").Header("Content-MD5", md5Of("content")).Header("x-ms-blob-type", "BlockBlob").
			Header("Accept-Ranges", "bytes").Header("x-ms-lease-state", "available").Header("x-ms-lease-status", "unlocked").
			Have("ETag", "Last-Modified", "x-ms-creation-time", "x-ms-server-encrypted", "Content-Type")
	})
	s.check("the tier is Hot, and inferred, where none was named", func(t *T) {
		t.PutBlob("b", "content")
		t.Head("b").Header("x-ms-access-tier", "Hot").Header("x-ms-access-tier-inferred", "true")
	})
	s.check("a missing blob is not found", func(t *T) {
		t.Blob("HEAD", "none").Fails(404, "BlobNotFound").Text("")
	})
	s.check("If-None-Match of the version is answered 304", func(t *T) {
		etag := t.PutBlob("b", "x").Get("ETag")
		t.Blob("HEAD", "b").H("If-None-Match", etag).Want(304)
	})
	s.check("If-Match of another version is not met", func(t *T) {
		t.PutBlob("b", "x")
		t.Blob("HEAD", "b").H("If-Match", `"0x8D000000000000"`).Fails(412, "ConditionNotMet")
	})
	s.check("If-Modified-Since of after is answered 304", func(t *T) {
		t.PutBlob("b", "x")
		t.Blob("HEAD", "b").H("If-Modified-Since", httpDate(t.Now().AddDate(0, 0, 1))).Want(304)
	})
	s.check("owner, group, permissions and kind are told", func(t *T) {
		t.PutBlob("b", "x")
		t.Head("b").Header("x-ms-owner", "$superuser").Header("x-ms-group", "$superuser").Header("x-ms-permissions", "rw-r-----").Header("x-ms-resource-type", "file")
	}, HNS)
	s.check("the creation time stays when the blob's properties change", func(t *T) {
		t.PutBlob("b", "x")
		made := t.Head("b").Has("x-ms-creation-time")
		t.Blob("PUT", "b?comp=metadata").H("x-ms-meta-a", "1").Want(200)
		t.Head("b").Header("x-ms-creation-time", made)
	})
	s.check("a directory says what it is", func(t *T) {
		t.PutBlob("d/b", "x")
		t.Blob("HEAD", "d").Want(200).Header("x-ms-meta-hdi_isfolder", "true").Header("Content-Length", "0")
	}, HNS)
}
