package adlstest

func snapshotBlob(s *suite) {
	s.of("SnapshotBlob")
	take := func(t *T) *Request { return t.Blob("PUT", "b?comp=snapshot") }
	at := func(snapshot string) string { return "b?snapshot=" + escape(snapshot) }

	s.check("answers 201 with the snapshot's time", func(t *T) {
		t.PutBlob("b", "content")
		take(t).Want(201).Text("").Have("x-ms-snapshot", "ETag", "Last-Modified")
	})
	s.check("a snapshot stays as it was", func(t *T) {
		t.PutBlob("b", "old", "x-ms-meta-color", "blue")
		snapshot := take(t).Want(201).Has("x-ms-snapshot")
		t.PutBlob("b", "new")
		t.Blob("GET", at(snapshot)).Want(200).Text("old").Header("x-ms-meta-color", "blue")
		t.Content("b", "new")
	})
	s.check("a snapshot has properties", func(t *T) {
		t.PutBlob("b", "old", "x-ms-blob-content-type", "text/csv")
		snapshot := take(t).Want(201).Has("x-ms-snapshot")
		t.Blob("HEAD", at(snapshot)).Want(200).Header("Content-Type", "text/csv").Header("Content-Length", "3")
	})
	s.check("a range of a snapshot is read", func(t *T) {
		t.PutBlob("b", "0123456789")
		snapshot := take(t).Want(201).Has("x-ms-snapshot")
		t.Blob("GET", at(snapshot)).H("x-ms-range", "bytes=2-4").Want(206).Text("234")
	})
	s.check("metadata that is given is the snapshot's alone", func(t *T) {
		t.PutBlob("b", "content", "x-ms-meta-color", "blue")
		snapshot := take(t).H("x-ms-meta-size", "7").Want(201).Has("x-ms-snapshot")
		t.Blob("HEAD", at(snapshot)).Want(200).Header("x-ms-meta-size", "7").No("x-ms-meta-color")
		t.Head("b").Header("x-ms-meta-color", "blue").No("x-ms-meta-size")
	})
	s.check("two snapshots have two times", func(t *T) {
		t.PutBlob("b", "content")
		first := take(t).Want(201).Has("x-ms-snapshot")
		second := take(t).Want(201).Has("x-ms-snapshot")
		t.True(first < second, "the second time is after the first")
	})
	s.check("a snapshot is not written", func(t *T) {
		t.PutBlob("b", "content")
		snapshot := take(t).Want(201).Has("x-ms-snapshot")
		a := t.Blob("PUT", at(snapshot)).H("x-ms-blob-type", "BlockBlob").Body("x").Send()
		t.True(a.status >= 400 && a.status < 500, "the request is refused")
		a = t.Blob("PUT", at(snapshot)+"&comp=metadata").H("x-ms-meta-a", "1").Send()
		t.True(a.status >= 400 && a.status < 500, "the request is refused")
		t.Blob("GET", at(snapshot)).Want(200).Text("content").No("x-ms-meta-a")
	})
	s.check("a snapshot that never was is not found", func(t *T) {
		t.PutBlob("b", "content")
		t.Blob("GET", at("2020-01-01T00:00:00.0000000Z")).Fails(404, "BlobNotFound")
	})
	s.check("a time that is none is refused", func(t *T) {
		t.PutBlob("b", "content")
		t.Blob("GET", at("yesterday")).Fails(400, "InvalidQueryParameterValue")
	})
	s.check("a missing blob is not found", func(t *T) {
		take(t).Fails(404, "BlobNotFound")
	})
	s.check("If-Match of another version is not met", func(t *T) {
		t.PutBlob("b", "content")
		take(t).H("If-Match", `"0x8D000000000000"`).Fails(412, "ConditionNotMet")
	})
	s.check("the version of the blob stays", func(t *T) {
		etag := t.PutBlob("b", "content").Get("ETag")
		take(t).Want(201).Header("ETag", etag)
		t.Head("b").Header("ETag", etag)
	})
	s.check("a leased blob's snapshot is taken without the lease", func(t *T) {
		t.PutBlob("b", "content")
		t.lease("b")
		take(t).Want(201)
	})
	s.check("replacing the blob keeps its snapshots", func(t *T) {
		t.PutBlob("b", "old")
		snapshot := take(t).Want(201).Has("x-ms-snapshot")
		t.block("01", "new").Want(201)
		t.commit("L01").Want(201)
		t.Blob("GET", at(snapshot)).Want(200).Text("old")
	})
}
