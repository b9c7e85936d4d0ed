package adlstest

func copyBlob(s *suite) {
	s.of("CopyBlob")
	copyTo := func(t *T, to, from string) *Request { return t.Blob("PUT", to).H("x-ms-copy-source", t.URL(from)) }

	s.check("answers 202 with the copy's id and status", func(t *T) {
		t.PutBlob("a", "content")
		copyTo(t, "b", "a").Want(202).Text("").Header("x-ms-copy-status", "success").Have("x-ms-copy-id", "ETag", "Last-Modified")
		t.Content("b", "content")
		t.Content("a", "content")
	})
	s.check("properties and metadata are copied", func(t *T) {
		t.PutBlob("a", "content", "x-ms-blob-content-type", "text/csv", "x-ms-blob-cache-control", "no-cache", "x-ms-meta-color", "blue")
		copyTo(t, "b", "a").Want(202)
		t.Head("b").Header("Content-Type", "text/csv").Header("Cache-Control", "no-cache").Header("x-ms-meta-color", "blue").Header("Content-MD5", md5Of("content"))
	})
	s.check("metadata that is given stands for the source's", func(t *T) {
		t.PutBlob("a", "content", "x-ms-meta-color", "blue")
		copyTo(t, "b", "a").H("x-ms-meta-size", "7").Want(202)
		t.Head("b").No("x-ms-meta-color").Header("x-ms-meta-size", "7")
	})
	s.check("the copy tells of its copying", func(t *T) {
		t.PutBlob("a", "content")
		id := copyTo(t, "b", "a").Want(202).Get("x-ms-copy-id")
		t.Head("b").Header("x-ms-copy-id", id).Header("x-ms-copy-status", "success").Header("x-ms-copy-source", t.URL("a")).
			Header("x-ms-copy-progress", "7/7").Have("x-ms-copy-completion-time")
	})
	s.check("a blob that is there is replaced", func(t *T) {
		t.PutBlob("a", "new")
		t.PutBlob("b", "old", "x-ms-meta-color", "blue")
		copyTo(t, "b", "a").Want(202)
		t.Content("b", "new")
		t.Head("b").No("x-ms-meta-color")
	})
	s.check("a blob may be copied onto itself", func(t *T) {
		t.PutBlob("a", "content")
		copyTo(t, "a", "a").H("x-ms-meta-color", "blue").Want(202)
		t.Content("a", "content")
		t.Head("a").Header("x-ms-meta-color", "blue")
	})
	s.check("a blob is copied from another container", func(t *T) {
		other := t.NewFilesystem()
		t.at(false, "PUT", other, "a").H("x-ms-blob-type", "BlockBlob").Body("content").Want(201)
		t.Blob("PUT", "b").H("x-ms-copy-source", t.address(false, other, "a")).Want(202)
		t.Content("b", "content")
	})
	s.check("a missing source is not found", func(t *T) {
		t.Filesystem()
		copyTo(t, "b", "none").Fails(404, "BlobNotFound|CannotVerifyCopySource|ResourceNotFound")
	})
	s.check("a missing container of the target is not found", func(t *T) {
		t.PutBlob("a", "content")
		t.at(false, "PUT", t.Unused(), "b").H("x-ms-copy-source", t.URL("a")).Fails(404, "ContainerNotFound")
	})
	s.check("a source that is no address is refused", func(t *T) {
		t.Blob("PUT", "b").H("x-ms-copy-source", "nonsense").Fails(400, "InvalidHeaderValue|InvalidSourceBlobUrl")
	})
	s.check("If-None-Match * keeps a blob that is there", func(t *T) {
		t.PutBlob("a", "new")
		t.PutBlob("b", "old")
		copyTo(t, "b", "a").H("If-None-Match", "*").Fails(409, "BlobAlreadyExists")
		t.Content("b", "old")
	})
	s.check("If-Match of another version of the target is not met", func(t *T) {
		t.PutBlob("a", "new")
		t.PutBlob("b", "old")
		copyTo(t, "b", "a").H("If-Match", `"0x8D000000000000"`).Fails(412, "ConditionNotMet|TargetConditionNotMet")
	})
	s.check("x-ms-source-if-match of another version is not met", func(t *T) {
		t.PutBlob("a", "content")
		copyTo(t, "b", "a").H("x-ms-source-if-match", `"0x8D000000000000"`).Fails(412, "SourceConditionNotMet|ConditionNotMet")
	})
	s.check("x-ms-source-if-match of the version is met", func(t *T) {
		etag := t.PutBlob("a", "content").Get("ETag")
		copyTo(t, "b", "a").H("x-ms-source-if-match", etag).Want(202)
	})
	s.check("x-ms-source-if-none-match of the version is not met", func(t *T) {
		etag := t.PutBlob("a", "content").Get("ETag")
		copyTo(t, "b", "a").H("x-ms-source-if-none-match", etag).Fails(412, "SourceConditionNotMet|ConditionNotMet")
	})
	s.check("x-ms-source-if-unmodified-since of before is not met", func(t *T) {
		t.PutBlob("a", "content")
		copyTo(t, "b", "a").H("x-ms-source-if-unmodified-since", httpDate(t.Now().AddDate(0, 0, -1))).Fails(412, "SourceConditionNotMet|ConditionNotMet")
	})
	s.check("a snapshot is a source", func(t *T) {
		t.PutBlob("a", "old")
		snapshot := t.Blob("PUT", "a?comp=snapshot").Want(201).Has("x-ms-snapshot")
		t.PutBlob("a", "new")
		t.Blob("PUT", "b").H("x-ms-copy-source", t.URL("a")+"?snapshot="+escape(snapshot)).Want(202)
		t.Content("b", "old")
	})
	s.check("a tier is set on the copy", func(t *T) {
		t.PutBlob("a", "content")
		copyTo(t, "b", "a").H("x-ms-access-tier", "Cool").Want(202)
		t.Head("b").Header("x-ms-access-tier", "Cool")
	})
	s.check("a leased target is replaced with the lease only", func(t *T) {
		t.PutBlob("a", "new")
		t.PutBlob("b", "old")
		id := t.lease("b")
		copyTo(t, "b", "a").Fails(412, "LeaseIdMissing")
		copyTo(t, "b", "a").H("x-ms-lease-id", id).Want(202)
	})
	s.check("a copy that is done is not aborted", func(t *T) {
		t.PutBlob("a", "content")
		id := copyTo(t, "b", "a").Want(202).Has("x-ms-copy-id")
		t.Blob("PUT", "b?comp=copy&copyid="+id).H("x-ms-copy-action", "abort").Fails(409, "NoPendingCopyOperation")
	})
	s.check("a blob's block list is copied", func(t *T) {
		t.block("01", "12345").Want(201)
		t.commit("L01").Want(201)
		copyTo(t, "c", "b").Want(202)
		t.Content("c", "12345")
	})
}
