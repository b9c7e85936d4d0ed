package web_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/ownlake/ownlake/web"
)

func built() fstest.MapFS {
	return fstest.MapFS{
		"index.html":         {Data: []byte(`<meta property="csp-nonce" nonce="OWNLAKE_NONCE"><div id="root">`)},
		"icon.svg":           {Data: []byte("<svg/>")},
		"assets/a-1.js":      {Data: []byte("plain")},
		"assets/a-1.js.br":   {Data: []byte("brotli")},
		"assets/a-1.js.gz":   {Data: []byte("gzip")},
		"assets/style-2.css": {Data: []byte("css")},
		".gitkeep":           {},
	}
}

func get(t *testing.T, method, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	web.FromFiles(built()).ServeHTTP(w, r)
	return w
}

func TestEveryAddressWithoutAFileIsTheIndex(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/", "/index.html", "/environments/e1/status?show=runs", "/.gitkeep", "/../../etc/passwd"} {
		w := get(t, http.MethodGet, path)
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `id="root"`) {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
		if c := w.Header().Get("Cache-Control"); c != "no-store" {
			t.Errorf("%s: Cache-Control is %q", path, c)
		}
	}
}

func TestTheNonceOfAPageIsThatOfItsPolicyAndNewEachTime(t *testing.T) {
	t.Parallel()
	nonce := func() string {
		w := get(t, http.MethodGet, "/")
		_, after, found := strings.Cut(w.Header().Get("Content-Security-Policy"), "'nonce-")
		n, _, _ := strings.Cut(after, "'")
		if !found || !strings.Contains(w.Body.String(), `nonce="`+n+`"`) {
			t.Fatalf("policy %q, page %s", w.Header().Get("Content-Security-Policy"), w.Body)
		}
		return n
	}
	if first, second := nonce(), nonce(); first == second {
		t.Errorf("two answers have the nonce %q", first)
	}
}

func TestAssetsAreSentInTheSmallestFormTheClientTakes(t *testing.T) {
	t.Parallel()
	for accept, want := range map[string][2]string{
		"":                        {"plain", ""},
		"gzip":                    {"gzip", "gzip"},
		"gzip, deflate, br, zstd": {"brotli", "br"},
		"br;q=0, gzip;q=0.5":      {"gzip", "gzip"},
		"br;q=0.0":                {"plain", ""},
	} {
		w := get(t, http.MethodGet, "/assets/a-1.js", "Accept-Encoding", accept)
		if got := [2]string{w.Body.String(), w.Header().Get("Content-Encoding")}; got != want {
			t.Errorf("Accept-Encoding %q: %v, want %v", accept, got, want)
		}
		h := w.Header()
		if h.Get("Vary") != "Accept-Encoding" || !strings.Contains(h.Get("Cache-Control"), "immutable") || !strings.HasPrefix(h.Get("Content-Type"), "text/javascript") {
			t.Errorf("Accept-Encoding %q: headers %v", accept, h)
		}
	}
}

func TestFilesWithoutAHashAreAskedForAgain(t *testing.T) {
	t.Parallel()
	w := get(t, http.MethodGet, "/icon.svg")
	if w.Body.String() != "<svg/>" || w.Header().Get("Content-Type") != "image/svg+xml" || strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("%s %v", w.Body, w.Header())
	}
}

func TestAnAssetOfAFormerBuildAndAnUnknownAPIAreNotFound(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/assets/a-0.js", "/api/v0/environments"} {
		if w := get(t, http.MethodGet, path); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}

func TestPagesTakeNoChanges(t *testing.T) {
	t.Parallel()
	if w := get(t, http.MethodPost, "/"); w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	if w := get(t, http.MethodHead, "/"); w.Code != http.StatusOK || w.Body.Len() != 0 || w.Header().Get("Content-Length") == "" {
		t.Errorf("HEAD: %d, %d bytes, %v", w.Code, w.Body.Len(), w.Header())
	}
}

func TestWithoutABuildThePageSaysHowToMakeOne(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	web.FromFiles(fstest.MapFS{}).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/environments/e1", nil))
	if body := w.Body.String(); w.Code != http.StatusOK || !strings.Contains(body, "make build") || strings.Contains(body, "OWNLAKE_NONCE") {
		t.Errorf("%d %s", w.Code, body)
	}
}

func TestTheEmbeddedPagesAnswer(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	web.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "ownlake") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
