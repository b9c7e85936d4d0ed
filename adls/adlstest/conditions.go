package adlstest

import "time"

// conditional is an operation under conditions on something that is there, at "b".
type conditional struct {
	what string
	make func(*T)
	// request begins it; done is its status where the conditions hold.
	request func(*T) *Request
	done    int
	// unmet is the status where they do not: 304 of reads, of which If-Match and If-Unmodified-Since are 412 still.
	unmet int
	needs []Feature
}

// conditionals are the operations that take all four conditions.
func conditionals() []conditional {
	blob := func(t *T) { t.PutBlob("b", "content") }
	file := func(t *T) { t.File("b", "content") }
	on := func(method, query string, headers ...string) func(*T) *Request {
		return func(t *T) *Request { return withHeaders(t.Blob(method, "b"+query), headers) }
	}
	onDFS := func(method, query string, headers ...string) func(*T) *Request {
		return func(t *T) *Request { return withHeaders(t.DFS(method, "b"+query), headers) }
	}
	return []conditional{
		{"Get Blob", blob, on("GET", ""), 200, 304, nil},
		{"Get Blob Properties", blob, on("HEAD", ""), 200, 304, nil},
		{"Get Blob Metadata", blob, on("GET", "?comp=metadata"), 200, 304, nil},
		{"Set Blob Metadata", blob, on("PUT", "?comp=metadata", "x-ms-meta-a", "1"), 200, 412, nil},
		{"Set Blob Properties", blob, on("PUT", "?comp=properties", "x-ms-blob-content-type", "text/csv"), 200, 412, nil},
		{"Put Blob", blob, on("PUT", "", "x-ms-blob-type", "BlockBlob"), 201, 412, nil},
		{"Put Block List", blob, func(t *T) *Request { return t.commit() }, 201, 412, nil},
		{"Delete Blob", blob, on("DELETE", ""), 202, 412, nil},
		{"Snapshot Blob", blob, on("PUT", "?comp=snapshot"), 201, 412, nil},
		{"Lease Blob", blob, on("PUT", "?comp=lease", "x-ms-lease-action", "acquire", "x-ms-lease-duration", "15"), 201, 412, nil},
		{"Copy Blob", func(t *T) {
			t.PutBlob("b", "content")
			t.PutBlob("source", "other")
		}, func(t *T) *Request { return t.Blob("PUT", "b").H("x-ms-copy-source", t.URL("source")) }, 202, 412, nil},
		{
			"Append Block", func(t *T) { t.Blob("PUT", "b").H("x-ms-blob-type", "AppendBlob").Want(201) },
			func(t *T) *Request { return t.Blob("PUT", "b?comp=appendblock").Body("x") }, 201, 412, nil,
		},
		{"Path Read", file, onDFS("GET", ""), 200, 304, []Feature{DFS}},
		{"Path Get Properties", file, onDFS("HEAD", ""), 200, 304, []Feature{DFS}},
		{"Path Create", file, onDFS("PUT", "?resource=file"), 201, 412, []Feature{DFS}},
		{"Path Flush", file, onDFS("PATCH", "?action=flush&position=7"), 200, 412, []Feature{DFS}},
		{"Path Set Properties", file, onDFS("PATCH", "?action=setProperties", "x-ms-properties", "a=MQ=="), 200, 412, []Feature{DFS}},
		{"Path Set Access Control", file, onDFS("PATCH", "?action=setAccessControl", "x-ms-permissions", "0750"), 200, 412, []Feature{DFS, HNS}},
		{"Path Lease", file, func(t *T) *Request {
			return t.DFS("POST", "b").H("x-ms-lease-action", "acquire").H("x-ms-lease-duration", "15").H("x-ms-proposed-lease-id", newID())
		}, 201, 412, []Feature{DFS}},
		{"Path Delete", file, onDFS("DELETE", ""), 200, 412, []Feature{DFS}},
		{"Path Rename", func(t *T) {
			t.File("b", "content")
			t.File("source", "other")
		}, func(t *T) *Request {
			return t.DFS("PUT", "b").H("x-ms-rename-source", "/"+t.Filesystem()+"/source")
		}, 201, 412, []Feature{DFS, HNS}},
	}
}

func withHeaders(r *Request, headers []string) *Request {
	for i := 0; i+1 < len(headers); i += 2 {
		r.H(headers[i], headers[i+1])
	}
	return r
}

const otherVersion = `"0x8D000000000000"`

func conditions(s *suite) {
	s.of("Conditions")
	day := func(t *T, days int) string { return httpDate(t.Now().Add(time.Duration(days) * 24 * time.Hour)) }
	for _, c := range conditionals() {
		// check runs the operation under one condition, of which of makes the value from the ETag.
		check := func(sentence, header string, status int, of func(t *T, etag string) string) {
			s.check(c.what+" "+sentence, func(t *T) {
				c.make(t)
				before := t.Head("b")
				a := c.request(t).H(header, of(t, before.Get("ETag"))).Send()
				if a.status != status {
					a.fail("status %d, want %d", a.status, status)
				}
				if status == 412 {
					t.Equal("code", a.Get("x-ms-error-code"), "ConditionNotMet")
				}
				if status == 412 || status == 304 {
					t.Head("b").Header("ETag", before.Get("ETag")).Header("Content-Length", before.Get("Content-Length"))
				}
			}, c.needs...)
		}
		own := func(_ *T, etag string) string { return etag }
		other := func(*T, string) string { return otherVersion }
		check("is done for If-Match of the version", "If-Match", c.done, own)
		check("is refused for If-Match of another version", "If-Match", 412, other)
		check("is refused for If-None-Match of the version", "If-None-Match", c.unmet, own)
		check("is done for If-None-Match of another version", "If-None-Match", c.done, other)
		check("is done for If-Modified-Since yesterday", "If-Modified-Since", c.done, func(t *T, _ string) string { return day(t, -1) })
		check("is refused for If-Modified-Since tomorrow", "If-Modified-Since", c.unmet, func(t *T, _ string) string { return day(t, 1) })
		check("is done for If-Unmodified-Since tomorrow", "If-Unmodified-Since", c.done, func(t *T, _ string) string { return day(t, 1) })
		check("is refused for If-Unmodified-Since yesterday", "If-Unmodified-Since", 412, func(t *T, _ string) string { return day(t, -1) })
	}
}
