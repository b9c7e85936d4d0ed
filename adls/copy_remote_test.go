package adls_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ownlake/ownlake/adls"
	"github.com/ownlake/ownlake/lake"
)

func fromLoopback(o *adls.Options) { o.CopyFromLoopback = true }

// source is another server on this machine that says what it was asked.
func source(t *testing.T, answer http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(answer)
	t.Cleanup(s.Close)
	return s.URL
}

// sends answers like a server of static files that knows neither ranges nor conditions.
func sends(content string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("ETag", `"v1"`)
		w.Header().Set("Content-Length", strconv.Itoa(len(content)))
		_, _ = io.WriteString(w, content)
	}
}

func TestACopyFromAnotherLakeIsTheSourceAsItWas(t *testing.T) {
	t.Parallel()
	from, to := startLake(t), startLake(t, fromLoopback)
	from.filesystem("fs1")
	to.filesystem("fs2")
	from.must(201, call{method: "PUT", target: "/fs1/a%20b/f", body: "0123456789", header: headers(
		"x-ms-blob-type", "BlockBlob", "x-ms-blob-content-type", "text/csv", "x-ms-blob-cache-control", "no-store", "x-ms-meta-CamelCase", "v")})
	signed := from.url() + "/fs1/a%20b/f?" + from.token("fs1", "a b/f", serviceSAS("b", "r"))
	put := func(target string, more ...string) call {
		return call{method: "PUT", target: target, header: headers(append(more, "x-ms-copy-source", signed)...)}
	}

	a := to.must(202, put("/fs2/copied"))
	if a.header.Get("X-Ms-Copy-Status") != "success" {
		t.Errorf("the copy's status is %q, want success", a.header.Get("X-Ms-Copy-Status"))
	}
	got := to.must(200, call{method: "GET", target: "/fs2/copied"})
	if got.body != "0123456789" || got.header.Get("Content-Type") != "text/csv" || got.header.Get("Cache-Control") != "no-store" {
		t.Errorf("the copy is %q with %v", got.body, got.header)
	}
	if shown := got.header.Get("X-Ms-Copy-Source"); shown != from.url()+"/fs1/a%20b/f" {
		t.Errorf("the copy says that it is from %q: want the source without its signature", shown)
	}
	if p, err := to.store.Properties(t.Context(), "fs2", "copied", lake.Conditions{}); err != nil || p.Metadata["CamelCase"] != "v" {
		t.Errorf("the copy has the metadata %v (%v), want that of the source in its case", p.Metadata, err)
	}

	to.must(201, put("/fs2/whole", "x-ms-blob-type", "BlockBlob"))
	to.must(201, put("/fs2/blocks?comp=block&blockid=MDE%3D", "x-ms-source-range", "bytes=7-"))
	to.must(201, put("/fs2/blocks?comp=block&blockid=MDI%3D", "x-ms-source-range", "bytes=1-3"))
	to.must(201, call{method: "PUT", target: "/fs2/blocks?comp=blocklist", body: "<BlockList><Latest>MDE=</Latest><Latest>MDI=</Latest></BlockList>"})
	to.must(201, call{method: "PUT", target: "/fs2/log", header: headers("x-ms-blob-type", "AppendBlob")})
	to.must(201, put("/fs2/log?comp=appendblock", "x-ms-source-range", "bytes=0-1"))
	to.must(201, put("/fs2/log?comp=appendblock", "x-ms-source-range", "bytes=8-9"))
	for target, want := range map[string]string{"/fs2/whole": "0123456789", "/fs2/blocks": "789123", "/fs2/log": "0189"} {
		if got := to.must(200, call{method: "GET", target: target}); got.body != want {
			t.Errorf("%s is %q, want %q", target, got.body, want)
		}
	}
	unsigned, _, _ := strings.Cut(signed, "?")
	copies := func(pairs ...string) call { return call{method: "PUT", target: "/fs2/x", header: headers(pairs...)} }
	to.run([]scenario{
		{"without a signature", copies("x-ms-copy-source", unsigned), 403, "CannotVerifyCopySource", "401"},
		{"of what is not there", copies("x-ms-copy-source", from.url()+"/fs1/none?"+from.token("fs1", "none", serviceSAS("b", "r"))), 404, "BlobNotFound", ""},
		{"past its end", put("/fs2/x?comp=block&blockid=MDE%3D", "x-ms-source-range", "bytes=10-"), 416, "InvalidRange", ""},
		{"with another ETag", put("/fs2/x", "x-ms-source-if-match", `"0x8D"`), 412, "SourceConditionNotMet", ""},
		{"that has not changed", put("/fs2/x", "x-ms-source-if-modified-since", time.Now().UTC().Add(time.Hour).Format(http.TimeFormat)), 412, "SourceConditionNotMet", ""},
		{"with a wrong checksum", put("/fs2/x", "x-ms-source-content-md5", "AAAAAAAAAAAAAAAAAAAAAA=="), 400, "Md5Mismatch", ""},
		{"by tags", put("/fs2/x", "x-ms-source-if-tags", `"a" = 'b'`), 501, "NotImplemented", "tag"},
		{"nothing of it was made", call{method: "HEAD", target: "/fs2/x"}, 404, "BlobNotFound", ""},
	})
}

func TestACopyTellsItsSourceNothingOfItsCaller(t *testing.T) {
	t.Parallel()
	l := startLake(t, fromLoopback)
	l.filesystem("fsx")
	var asked atomic.Pointer[http.Request]
	at := source(t, func(w http.ResponseWriter, r *http.Request) { asked.Store(r); sends("content")(w, r) })
	l.must(202, call{method: "PUT", target: "/fsx/f", header: headers("x-ms-copy-source", at+"/a?k=v", "Cookie", "c=1", "x-ms-client-request-id", "id")})
	r := asked.Load()
	if r == nil || r.Method != http.MethodGet || r.URL.RequestURI() != "/a?k=v" {
		t.Fatalf("the source was asked %v", r)
	}
	for _, name := range []string{"Authorization", "Cookie", "X-Ms-Client-Request-Id", "X-Ms-Date", "X-Ms-Copy-Source"} {
		if v := r.Header.Get(name); v != "" {
			t.Errorf("the source was told %s: %s", name, v)
		}
	}
	l.must(202, call{method: "PUT", target: "/fsx/f", header: headers("x-ms-copy-source", at+"/a", "x-ms-copy-source-authorization", "Bearer of.source.only")})
	if v := asked.Load().Header.Get("Authorization"); v != "Bearer of.source.only" {
		t.Errorf("the source was shown %q instead of the token meant for it", v)
	}
}

func TestACopyReadsNoServerBeyondThisMachine(t *testing.T) {
	t.Parallel()
	l := startLake(t, fromLoopback)
	l.filesystem("fsx")
	for _, host := range []string{
		"203.0.113.7", "10.0.0.1", "169.254.169.254", "0.0.0.0", "[::]", "[::ffff:203.0.113.7]", "[fe80::1]", "203.0.113.7:443",
	} {
		for _, scheme := range []string{"http", "https"} {
			a := l.do(call{method: "PUT", target: "/fsx/f", header: headers("x-ms-copy-source", scheme+"://"+host+"/"+account+"/fsx/f?sig=secret")})
			if a.status != 403 || a.code() != "CannotVerifyCopySource" || !strings.Contains(a.body, "not on this machine") {
				t.Errorf("a source at %s://%s was answered %d %s: %s", scheme, host, a.status, a.code(), a.body)
			}
			if strings.Contains(a.body, "secret") {
				t.Errorf("the answer tells the source's signature: %s", a.body)
			}
		}
	}
}

func TestACopyFollowsNoRedirect(t *testing.T) {
	t.Parallel()
	l := startLake(t, fromLoopback)
	l.filesystem("fsx")
	var followed atomic.Int32
	elsewhere := source(t, func(w http.ResponseWriter, r *http.Request) { followed.Add(1); sends("content")(w, r) })
	at := source(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere, http.StatusFound) })
	a := l.do(call{method: "PUT", target: "/fsx/f", header: headers("x-ms-copy-source", at+"/a")})
	if a.status != 403 || a.code() != "CannotVerifyCopySource" || followed.Load() != 0 {
		t.Errorf("a source that points elsewhere was answered %d %s and followed %d times", a.status, a.code(), followed.Load())
	}
}

// breaksOff answers with a body that ends before its length.
func breaksOff(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "1000")
	_, _ = io.WriteString(w, "begin")
}

func TestACopyOfABadSourceMakesNothing(t *testing.T) {
	t.Parallel()
	l := startLake(t, fromLoopback, func(o *adls.Options) { o.StallTimeout = time.Second })
	l.filesystem("fsx")
	l.must(201, call{method: "PUT", target: "/fsx/log", header: headers("x-ms-blob-type", "AppendBlob")})
	stalls := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, "begin")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}
	endless := func(w http.ResponseWriter, _ *http.Request) {
		_ = http.NewResponseController(w).Flush()
		for range 100 {
			_, _ = w.Write(bytes.Repeat([]byte("x"), 1000))
		}
	}
	huge := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Range", "bytes 0-1073741823/1073741824")
		w.Header().Set("Content-Length", strconv.Itoa(1<<30))
		w.WriteHeader(http.StatusPartialContent)
	}
	tls := httptest.NewTLSServer(sends("content"))
	t.Cleanup(tls.Close)
	to := func(target, at string, more ...string) call {
		return call{method: "PUT", target: target, header: headers(append(more, "x-ms-copy-source", at+"/a")...)}
	}
	plain := source(t, sends("content"))
	l.run([]scenario{
		{"that breaks off", to("/fsx/f", source(t, breaksOff)), 403, "CannotVerifyCopySource", "broke off"},
		{"that stalls", to("/fsx/f", source(t, stalls)), 403, "CannotVerifyCopySource", ""},
		{"that never answers", to("/fsx/f", source(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })), 403, "CannotVerifyCopySource", ""},
		{"that has no length", to("/fsx/f", source(t, endless)), 403, "CannotVerifyCopySource", "length"},
		{"that fails", to("/fsx/f", source(t, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "inside", http.StatusInternalServerError) })), 403, "CannotVerifyCopySource", "500"},
		{"that knows no ranges", to("/fsx/f?comp=block&blockid=MDE%3D", plain, "x-ms-source-range", "bytes=1-2"), 403, "CannotVerifyCopySource", "range"},
		{"that is too large", to("/fsx/log?comp=appendblock", source(t, huge), "x-ms-source-range", "bytes=0-1073741823"), 413, "RequestBodyTooLarge", ""},
		{"that sends more than asked", to("/fsx/log?comp=appendblock", source(t, huge), "x-ms-source-range", "bytes=0-9"), 403, "CannotVerifyCopySource", "more"},
		{"whose authority nobody knows", to("/fsx/f", tls.URL), 403, "CannotVerifyCopySource", ""},
		{"that is not there", to("/fsx/f", "http://127.0.0.1:1"), 403, "CannotVerifyCopySource", ""},
		{"that ignores its conditions", to("/fsx/f", plain, "x-ms-source-if-match", `"v2"`), 412, "SourceConditionNotMet", ""},
		{"with a password", to("/fsx/f", strings.Replace(plain, "//", "//user:password@", 1)), 400, "InvalidHeaderValue", ""},
		{"nothing of it was made", call{method: "HEAD", target: "/fsx/f"}, 404, "BlobNotFound", ""},
		{"the same server, asked well", to("/fsx/f", plain, "x-ms-source-if-match", `"v1"`), 202, "", ""},
	})
	if got := l.must(200, call{method: "GET", target: "/fsx/f"}); got.body != "content" {
		t.Errorf("the copy is %q", got.body)
	}
}

func TestACopyByNameResolvesItToThisMachine(t *testing.T) {
	t.Parallel()
	l := startLake(t, fromLoopback)
	l.filesystem("fsx")
	at := strings.Replace(source(t, sends("content")), "127.0.0.1", "files.localhost", 1)
	l.must(202, call{method: "PUT", target: "/fsx/f", header: headers("x-ms-copy-source", at+"/a")})
	if got := l.must(200, call{method: "GET", target: "/fsx/f"}); got.body != "content" {
		t.Errorf("the copy is %q", got.body)
	}
}
