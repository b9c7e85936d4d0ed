package adlstest

func appendBlock(s *suite) {
	s.of("AppendBlock")
	create := func(t *T) *Answer { return t.Blob("PUT", "b").H("x-ms-blob-type", "AppendBlob").Want(201) }
	app := func(t *T, content string) *Request { return t.Blob("PUT", "b?comp=appendblock").Body(content) }

	s.check("an append blob is made empty", func(t *T) {
		create(t).Have("ETag", "Last-Modified")
		t.Head("b").Header("x-ms-blob-type", "AppendBlob").Header("Content-Length", "0").Header("x-ms-blob-committed-block-count", "0")
	})
	s.check("an append blob is not made with content", func(t *T) {
		t.Blob("PUT", "b").H("x-ms-blob-type", "AppendBlob").Body("x").Fails(400, "")
	})
	s.check("answers 201 with where it wrote and how many blocks there are", func(t *T) {
		create(t)
		app(t, "hello").Want(201).Header("x-ms-blob-append-offset", "0").Header("x-ms-blob-committed-block-count", "1").Have("ETag", "Last-Modified")
		app(t, " world").Want(201).Header("x-ms-blob-append-offset", "5").Header("x-ms-blob-committed-block-count", "2")
		t.Content("b", "hello world")
	})
	s.check("metadata and properties are kept", func(t *T) {
		t.Blob("PUT", "b").H("x-ms-blob-type", "AppendBlob").H("x-ms-meta-color", "blue").H("x-ms-blob-content-type", "text/plain").Want(201)
		app(t, "hello").Want(201)
		t.Head("b").Header("x-ms-meta-color", "blue").Header("Content-Type", "text/plain")
	})
	s.check("a wrong Content-MD5 is refused", func(t *T) {
		create(t)
		app(t, "hello").H("Content-MD5", md5Of("other")).Fails(400, "Md5Mismatch")
		t.Head("b").Header("Content-Length", "0")
	})
	s.check("a wrong CRC64 is refused", func(t *T) {
		create(t)
		app(t, "hello").H("x-ms-content-crc64", crc64Of("other")).Fails(400, "Crc64Mismatch")
	})
	s.check("a block without content is refused", func(t *T) {
		create(t)
		app(t, "").Fails(400, "InvalidHeaderValue|InvalidInput")
	})
	s.check("x-ms-blob-condition-appendpos is where the block goes", func(t *T) {
		create(t)
		app(t, "hello").H("x-ms-blob-condition-appendpos", "0").Want(201)
		app(t, "again").H("x-ms-blob-condition-appendpos", "0").Fails(412, "AppendPositionConditionNotMet")
		t.Content("b", "hello")
	})
	s.check("x-ms-blob-condition-maxsize bounds the blob", func(t *T) {
		create(t)
		app(t, "hello").H("x-ms-blob-condition-maxsize", "5").Want(201)
		app(t, "x").H("x-ms-blob-condition-maxsize", "5").Fails(412, "MaxBlobSizeConditionNotMet")
		t.Content("b", "hello")
	})
	s.check("If-Match of another version is not met", func(t *T) {
		create(t)
		app(t, "hello").H("If-Match", `"0x8D000000000000"`).Fails(412, "ConditionNotMet")
	})
	s.check("a block blob takes no blocks at its end", func(t *T) {
		t.PutBlob("b", "x")
		app(t, "y").Fails(409, "InvalidBlobType")
		t.Content("b", "x")
	})
	s.check("a missing blob is not found", func(t *T) {
		app(t, "x").Fails(404, "BlobNotFound")
	})
	s.check("an append blob has no block list", func(t *T) {
		create(t)
		t.block("01", "x").Fails(409, "InvalidBlobType")
	})
	s.check("If-None-Match * keeps a blob that is there", func(t *T) {
		create(t)
		app(t, "hello").Want(201)
		t.Blob("PUT", "b").H("x-ms-blob-type", "AppendBlob").H("If-None-Match", "*").Fails(409, "BlobAlreadyExists")
		t.Content("b", "hello")
	})
	s.check("it is listed as what it is", func(t *T) {
		create(t)
		t.Equal("BlobType", t.listBlobs("").only(t).property("BlobType"), "AppendBlob")
	})
	s.check("a sealed blob is not written", func(t *T) {
		create(t)
		app(t, "hello").Want(201)
		t.Blob("PUT", "b?comp=seal").Want(200).Header("x-ms-blob-sealed", "true")
		app(t, "x").Fails(409, "BlobIsSealed")
		t.Head("b").Header("x-ms-blob-sealed", "true")
	})
	s.check("a leased blob is written with the lease only", func(t *T) {
		create(t)
		id := t.lease("b")
		app(t, "x").Fails(412, "LeaseIdMissing")
		app(t, "x").H("x-ms-lease-id", id).Want(201)
	})
}
