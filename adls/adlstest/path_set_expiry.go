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
