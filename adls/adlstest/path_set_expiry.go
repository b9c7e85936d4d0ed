package adlstest

import "time"

func pathSetExpiry(s *suite) {
	s.of("PathSetExpiry", HNS)
	set := func(t *T, option, when string) *Request {
		r := t.Blob("PUT", "b?comp=expiry").H("x-ms-expiry-option", option)
		if when != "" {
			r.H("x-ms-expiry-time", when)
		}
		return r
	}

	s.check("an absolute time is kept", func(t *T) {
		t.PutBlob("b", "content")
		when := httpDate(t.Now().Add(48 * time.Hour))
		set(t, "Absolute", when).Want(200).Have("ETag", "Last-Modified")
		t.Head("b").Header("x-ms-expiry-time", when)
	})
	s.check("a time relative to now is kept", func(t *T) {
		t.PutBlob("b", "content")
		set(t, "RelativeToNow", "3600000").Want(200)
		in := t.Head("b").Time("x-ms-expiry-time").Sub(t.Now())
		t.True(in > 50*time.Minute && in < 70*time.Minute, "the blob expires in an hour")
	})
	s.check("a time relative to the creation is kept", func(t *T) {
		t.PutBlob("b", "content")
		set(t, "RelativeToCreation", "3600000").Want(200)
		a := t.Head("b")
		t.Equal("life", a.Time("x-ms-expiry-time").Sub(a.Time("x-ms-creation-time")), time.Hour)
	})
	s.check("NeverExpire takes the time away", func(t *T) {
		t.PutBlob("b", "content")
		set(t, "RelativeToNow", "3600000").Want(200)
		set(t, "NeverExpire", "").Want(200)
		t.Head("b").No("x-ms-expiry-time")
	})
	s.check("an unknown option is refused", func(t *T) {
		t.PutBlob("b", "content")
		set(t, "Sometime", "3600000").Fails(400, "InvalidHeaderValue")
	})
	s.check("an option is required", func(t *T) {
		t.PutBlob("b", "content")
		t.Blob("PUT", "b?comp=expiry").H("x-ms-expiry-time", "3600000").Fails(400, "MissingRequiredHeader")
	})
	s.check("a time that is none is refused", func(t *T) {
		t.PutBlob("b", "content")
		set(t, "RelativeToNow", "soon").Fails(400, "InvalidHeaderValue")
		set(t, "Absolute", "soon").Fails(400, "InvalidHeaderValue")
	})
	s.check("a time of the past is refused", func(t *T) {
		t.PutBlob("b", "content")
		set(t, "Absolute", httpDate(t.Now().Add(-time.Hour))).Fails(400, "")
	})
	s.check("a missing blob is not found", func(t *T) {
		set(t, "NeverExpire", "").Fails(404, "BlobNotFound")
	})
	s.check("the content stays", func(t *T) {
		t.PutBlob("b", "content")
		set(t, "RelativeToNow", "3600000").Want(200)
		t.Content("b", "content")
	})
}

func pathUndelete(s *suite) {
	s.of("PathUndelete", HNS, DFS, SoftDelete)
	deleted := func(t *T) string {
		t.File("d/f", "content")
		return t.DFS("DELETE", "d/f").Want(200).Has("x-ms-deletion-id")
	}

	s.check("brings a deleted file back", func(t *T) {
		id := deleted(t)
		t.Blob("PUT", "d/f?comp=undelete").H("x-ms-undelete-source", "d/f?deletionid="+id).Want(200).Header("x-ms-resource-type", "file")
		t.Content("d/f", "content")
	})
	s.check("brings a deleted directory back with what it held", func(t *T) {
		t.File("d/e/f", "content")
		id := t.DFS("DELETE", "d?recursive=true").Want(200).Has("x-ms-deletion-id")
		t.Blob("PUT", "d?comp=undelete").H("x-ms-undelete-source", "d?deletionid="+id).Want(200).Header("x-ms-resource-type", "directory")
		t.Content("d/e/f", "content")
	})
	s.check("a deletion that never was is not found", func(t *T) {
		deleted(t)
		t.Blob("PUT", "d/f?comp=undelete").H("x-ms-undelete-source", "d/f?deletionid=132549163").Fails(404, "")
	})
	s.check("a name that is taken again is refused", func(t *T) {
		id := deleted(t)
		t.File("d/f", "new")
		a := t.Blob("PUT", "d/f?comp=undelete").H("x-ms-undelete-source", "d/f?deletionid="+id).Send()
		t.Equal("status", a.status, 409)
		t.Content("d/f", "new")
	})
	s.check("deleted paths are listed where they are asked for", func(t *T) {
		deleted(t)
		t.Blob("GET", "?restype=container&comp=list&showonly=deleted&prefix=d/").Want(200).
			Contains("<Name>d/f</Name>").Contains("<DeletionId>")
		paths, _ := t.listPaths("recursive=true")
		t.Equal("names that are listed", namesOf(paths), "d")
	})
}
