package adlstest

import "strings"

func pathSetProperties(s *suite) {
	s.of("PathSetProperties", DFS)
	set := func(t *T, path string) *Request { return t.DFS("PATCH", path+"?action=setProperties") }

	s.check("replaces all properties and answers the new version", func(t *T) {
		t.DFS("PUT", "f?resource=file").H("x-ms-properties", "a="+b64("1")).Want(201)
		before := t.Status("f").Get("ETag")
		a := set(t, "f").H("x-ms-properties", "b="+b64("2")).Want(200)
		t.True(a.Has("ETag") != before, "the ETag changed")
		t.Status("f").Header("x-ms-properties", "b="+b64("2")).Header("ETag", a.Get("ETag"))
	})
	s.check("a directory has properties, too", func(t *T) {
		t.Dir("d")
		set(t, "d").H("x-ms-properties", "b="+b64("2")).Want(200)
		t.True(strings.Contains(t.Status("d").Get("x-ms-properties"), "b="+b64("2")), "the property is there")
	})
	for _, h := range []struct{ sent, shown, value string }{
		{"x-ms-cache-control", "Cache-Control", "no-store"},
		{"x-ms-content-type", "Content-Type", "application/json"},
		{"x-ms-content-encoding", "Content-Encoding", "identity"},
		{"x-ms-content-language", "Content-Language", "en-GB"},
		{"x-ms-content-disposition", "Content-Disposition", "attachment"},
	} {
		s.check(h.sent+" is kept", func(t *T) {
			t.File("f", "x")
			set(t, "f").H(h.sent, h.value).Want(200)
			t.Status("f").Header(h.shown, h.value)
		})
	}
	s.check("the content stays", func(t *T) {
		t.File("f", "content")
		set(t, "f").H("x-ms-properties", "b="+b64("2")).Want(200)
		t.Content("f", "content")
	})
	s.check("a missing path is not found", func(t *T) {
		set(t, "none").H("x-ms-properties", "b="+b64("2")).Fails(404, "PathNotFound")
	})
	s.check("properties that are not base64 are refused", func(t *T) {
		t.File("f", "")
		set(t, "f").H("x-ms-properties", "b=%%").Fails(400, "")
	})
	s.check("If-Match of another version is not met", func(t *T) {
		t.File("f", "")
		set(t, "f").H("x-ms-properties", "b="+b64("2")).H("If-Match", `"0x8D000000000000"`).Fails(412, "ConditionNotMet")
		t.Status("f").No("x-ms-properties")
	})
	s.check("a leased file's properties are set with the lease only", func(t *T) {
		t.File("f", "")
		id := t.DFS("POST", "f").H("x-ms-lease-action", "acquire").H("x-ms-lease-duration", "-1").H("x-ms-proposed-lease-id", newID()).Want(201).Has("x-ms-lease-id")
		set(t, "f").H("x-ms-properties", "b="+b64("2")).Fails(412, "LeaseIdMissing")
		set(t, "f").H("x-ms-properties", "b="+b64("2")).H("x-ms-lease-id", id).Want(200)
	})
	s.check("the method may stand in X-HTTP-Method-Override", func(t *T) {
		t.File("f", "")
		t.DFS("PUT", "f?action=setProperties").H("X-HTTP-Method-Override", "PATCH").H("x-ms-properties", "b="+b64("2")).Want(200)
		t.Status("f").Header("x-ms-properties", "b="+b64("2"))
	})
}
