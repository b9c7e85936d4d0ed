package adlstest

func deleteBlob(s *suite) {
	s.of("DeleteBlob")
	s.check("answers 202, and the blob is gone", func(t *T) {
		t.PutBlob("b", "x")
		t.Blob("DELETE", "b").Want(202).Text("")
		t.Blob("GET", "b").Fails(404, "BlobNotFound")
	})
	s.check("a missing blob is not found", func(t *T) {
		t.Blob("DELETE", "none").Fails(404, "BlobNotFound")
	})
	s.check("a missing container is not found", func(t *T) {
		t.at(false, "DELETE", t.Unused(), "b").Fails(404, "ContainerNotFound")
	})
	s.check("If-Match of another version is not met", func(t *T) {
		t.PutBlob("b", "x")
		t.Blob("DELETE", "b").H("If-Match", `"0x8D000000000000"`).Fails(412, "ConditionNotMet")
		t.Content("b", "x")
	})
	s.check("If-Match of the version is met", func(t *T) {
		etag := t.PutBlob("b", "x").Get("ETag")
		t.Blob("DELETE", "b").H("If-Match", etag).Want(202)
	})
	s.check("If-Modified-Since of after is not met", func(t *T) {
		t.PutBlob("b", "x")
		t.Blob("DELETE", "b").H("If-Modified-Since", httpDate(t.Now().AddDate(0, 0, 1))).Fails(412, "ConditionNotMet")
	})
	s.check("a leased blob is deleted with the lease only", func(t *T) {
		t.PutBlob("b", "x")
		id := t.lease("b")
		t.Blob("DELETE", "b").Fails(412, "LeaseIdMissing")
		t.Blob("DELETE", "b").H("x-ms-lease-id", newID()).Fails(412, "LeaseIdMismatchWithBlobOperation")
		t.Blob("DELETE", "b").H("x-ms-lease-id", id).Want(202)
	})
	s.check("a blob with snapshots is kept", func(t *T) {
		t.PutBlob("b", "x")
		t.Blob("PUT", "b?comp=snapshot").Want(201)
		t.Blob("DELETE", "b").Fails(409, "SnapshotsPresent")
		t.Content("b", "x")
	})
	s.check("include deletes a blob with its snapshots", func(t *T) {
		t.PutBlob("b", "x")
		snapshot := t.Blob("PUT", "b?comp=snapshot").Want(201).Has("x-ms-snapshot")
		t.Blob("DELETE", "b").H("x-ms-delete-snapshots", "include").Want(202)
		t.Blob("GET", "b").Fails(404, "BlobNotFound")
		t.Blob("GET", "b?snapshot="+escape(snapshot)).Fails(404, "BlobNotFound")
	})
	s.check("only deletes the snapshots and keeps the blob", func(t *T) {
		t.PutBlob("b", "x")
		snapshot := t.Blob("PUT", "b?comp=snapshot").Want(201).Has("x-ms-snapshot")
		t.Blob("DELETE", "b").H("x-ms-delete-snapshots", "only").Want(202)
		t.Content("b", "x")
		t.Blob("GET", "b?snapshot="+escape(snapshot)).Fails(404, "BlobNotFound")
	})
	s.check("one snapshot may be deleted", func(t *T) {
		t.PutBlob("b", "x")
		snapshot := t.Blob("PUT", "b?comp=snapshot").Want(201).Has("x-ms-snapshot")
		t.Blob("DELETE", "b?snapshot="+escape(snapshot)).Want(202)
		t.Blob("DELETE", "b").Want(202)
	})
	s.check("x-ms-delete-snapshots that is neither is refused", func(t *T) {
		t.PutBlob("b", "x")
		t.Blob("DELETE", "b").H("x-ms-delete-snapshots", "some").Fails(400, "InvalidHeaderValue")
	})
	s.check("an empty directory is deleted", func(t *T) {
		t.PutBlob("d/b", "x")
		t.Blob("DELETE", "d/b").Want(202)
		t.Blob("DELETE", "d").Want(202)
		t.Blob("HEAD", "d").Fails(404, "BlobNotFound")
	}, HNS)
	s.check("a directory that holds something is kept", func(t *T) {
		t.PutBlob("d/b", "x")
		t.Blob("DELETE", "d").Fails(409, "DirectoryIsNotEmpty")
		t.Content("d/b", "x")
	}, HNS)
	s.check("uncommitted blocks alone are no blob", func(t *T) {
		t.block("01", "x").Want(201)
		t.Blob("DELETE", "b").Fails(404, "BlobNotFound")
	})
}
