package adlstest

import (
	"strconv"
	"strings"
)

func pathAppend(s *suite) {
	s.of("PathAppend", DFS)
	app := func(t *T, position int, content string) *Request {
		return t.DFS("PATCH", "f?action=append&position="+strconv.Itoa(position)).Body(content)
	}

	s.check("answers 202, and nothing is seen before the flush", func(t *T) {
		t.File("f", "")
		app(t, 0, "hello").Want(202).Text("")
		t.Status("f").Header("Content-Length", "0")
	})
	s.check("says whether the content is encrypted", func(t *T) {
		t.File("f", "")
		app(t, 0, "hello").Want(202).Have("x-ms-request-server-encrypted")
	})
	s.check("pieces may come out of order", func(t *T) {
		t.File("f", "")
		app(t, 5, "world").Want(202)
		app(t, 0, "hello").Want(202)
		t.Flush("f", 10)
		t.Content("f", "helloworld")
	})
	s.check("content is added to what was flushed", func(t *T) {
		t.File("f", "hello")
		app(t, 5, " world").Want(202)
		t.Flush("f", 11)
		t.Content("f", "hello world")
	})
	s.check("flush=true makes it seen at once", func(t *T) {
		t.File("f", "")
		t.DFS("PATCH", "f?action=append&position=0&flush=true").Body("hello").Want(202).Have("ETag", "Last-Modified")
		t.Content("f", "hello")
	})
	s.check("flush=true after pieces flushes all of them", func(t *T) {
		t.File("f", "")
		app(t, 0, "hello ").Want(202)
		t.DFS("PATCH", "f?action=append&position=6&flush=true").Body("world").Want(202)
		t.Content("f", "hello world")
	})
	s.check("the right Content-MD5 is taken", func(t *T) {
		t.File("f", "")
		app(t, 0, "hello").H("Content-MD5", md5Of("hello")).Want(202)
	})
	s.check("a checksum that is answered is right", func(t *T) {
		t.File("f", "")
		a := app(t, 0, "hello").Want(202)
		t.True(contains("|"+md5Of("hello"), a.Get("Content-MD5")) && contains("|"+crc64Of("hello"), a.Get("x-ms-content-crc64")), "the checksum is right")
		t.Flush("f", 5)
		t.Content("f", "hello")
	})
	s.check("what was put as a blob is replaced, written and read on dfs", func(t *T) {
		t.PutBlob("f", "blob")
		t.File("f", "file")
		t.Content("f", "file")
	})
	s.check("a wrong Content-MD5 is refused", func(t *T) {
		t.File("f", "")
		app(t, 0, "hello").H("Content-MD5", md5Of("other")).Fails(400, "Md5Mismatch")
		t.DFS("PATCH", "f?action=flush&position=5").Fails(400, "InvalidFlushPosition")
	})
	s.check("the right CRC64 is taken", func(t *T) {
		t.File("f", "")
		app(t, 0, "hello").H("x-ms-content-crc64", crc64Of("hello")).Want(202)
	})
	s.check("a wrong CRC64 is refused", func(t *T) {
		t.File("f", "")
		app(t, 0, "hello").H("x-ms-content-crc64", crc64Of("other")).Fails(400, "Crc64Mismatch|InvalidHeaderValue")
	})
	s.check("a position is required", func(t *T) {
		t.File("f", "")
		t.DFS("PATCH", "f?action=append").Body("x").Fails(400, "MissingRequiredQueryParameter")
	})
	s.check("a negative position is refused", func(t *T) {
		t.File("f", "")
		app(t, -1, "x").Fails(400, "InvalidQueryParameterValue|OutOfRangeQueryParameterValue")
	})
	s.check("a position that is no number is refused", func(t *T) {
		t.File("f", "")
		t.DFS("PATCH", "f?action=append&position=here").Body("x").Fails(400, "InvalidQueryParameterValue")
	})
	s.check("a missing file is not found", func(t *T) {
		app(t, 0, "x").Fails(404, "PathNotFound")
	})
	s.check("a directory takes no content", func(t *T) {
		t.Dir("f")
		app(t, 0, "x").Fails(409, "ResourceTypeMismatch|PathConflict")
	})
	s.check("a body whose length is not announced is taken", func(t *T) {
		t.File("f", "")
		app(t, 0, strings.Repeat("chunk", 20000)).Chunked().Want(202)
		t.Flush("f", 100000)
		t.Status("f").Header("Content-Length", "100000")
	})
	s.check("a body of 4 MiB is taken", func(t *T) {
		t.File("f", "")
		content := strings.Repeat("0123456789abcdef", 4<<20/16)
		app(t, 0, content).Want(202)
		t.Flush("f", len(content))
		t.DFS("GET", "f").H("Range", "bytes=4194296-4194303").Want(206).Text("89abcdef")
	})
	s.check("a body larger than Expect: 100-continue announces is asked for", func(t *T) {
		t.File("f", "")
		app(t, 0, "expected").H("Expect", "100-continue").Want(202)
		t.Flush("f", 8)
		t.Content("f", "expected")
	})
	s.check("a leased file takes content with the lease only", func(t *T) {
		t.File("f", "")
		id := t.DFS("POST", "f").H("x-ms-lease-action", "acquire").H("x-ms-lease-duration", "-1").H("x-ms-proposed-lease-id", newID()).Want(201).Has("x-ms-lease-id")
		app(t, 0, "x").Fails(412, "LeaseIdMissing")
		app(t, 0, "x").H("x-ms-lease-id", newID()).Fails(412, "LeaseIdMismatchWithBlobOperation|LeaseIdMismatchWithPathOperation|LeaseIdMismatch")
		app(t, 0, "x").H("x-ms-lease-id", id).Want(202)
	})
	s.check("a lease may be acquired on the way", func(t *T) {
		t.File("f", "")
		app(t, 0, "x").H("x-ms-lease-action", "acquire").H("x-ms-lease-duration", "30").H("x-ms-proposed-lease-id", newID()).Want(202)
		t.Status("f").Header("x-ms-lease-state", "leased")
	})
	s.check("a lease may be renewed on the way", func(t *T) {
		t.File("f", "")
		id := t.DFS("POST", "f").H("x-ms-lease-action", "acquire").H("x-ms-lease-duration", "15").H("x-ms-proposed-lease-id", newID()).Want(201).Has("x-ms-lease-id")
		app(t, 0, "x").H("x-ms-lease-action", "auto-renew").H("x-ms-lease-id", id).Want(202)
		t.Status("f").Header("x-ms-lease-state", "leased")
	})
	s.check("a lease may be released with the flush", func(t *T) {
		t.File("f", "")
		id := t.DFS("POST", "f").H("x-ms-lease-action", "acquire").H("x-ms-lease-duration", "-1").H("x-ms-proposed-lease-id", newID()).Want(201).Has("x-ms-lease-id")
		t.DFS("PATCH", "f?action=append&position=0&flush=true").H("x-ms-lease-action", "release").H("x-ms-lease-id", id).Body("x").Want(202)
		t.Status("f").Header("x-ms-lease-state", "available").Header("Content-Length", "1")
	})
	s.check("a lease may be acquired for the append alone", func(t *T) {
		t.File("f", "")
		t.DFS("PATCH", "f?action=append&position=0&flush=true").H("x-ms-lease-action", "acquire-release").H("x-ms-lease-duration", "15").
			H("x-ms-proposed-lease-id", newID()).Body("x").Want(202)
		t.Status("f").Header("x-ms-lease-state", "available").Header("Content-Length", "1")
	})
	s.check("an unknown lease action is refused", func(t *T) {
		t.File("f", "")
		app(t, 0, "x").H("x-ms-lease-action", "borrow").Fails(400, "InvalidHeaderValue")
	})
	s.check("a replaced file has no pieces of its former self", func(t *T) {
		t.File("f", "")
		app(t, 0, "old").Want(202)
		t.DFS("PUT", "f?resource=file").Want(201)
		t.DFS("PATCH", "f?action=flush&position=3").Fails(400, "InvalidFlushPosition")
	})
	s.check("the same position sent twice counts once, as it was sent last", func(t *T) {
		t.File("f", "")
		app(t, 0, "first").Want(202)
		app(t, 0, "again").Want(202)
		t.Flush("f", 5)
		t.Content("f", "again")
	})
}
