// Package web holds the pages that people see, and serves them.
//
// The pages are written in TypeScript (src), built into dist and embedded from there, with Brotli and gzip versions
// made by the build. A build with Go alone embeds no pages; what is served then says how to build them
// (fallback.html). The package knows no data: the pages ask the public API for everything they show.
package web

import (
	"bytes"
	"crypto/rand"
	"embed"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
)

//go:embed fallback.html
var fallback []byte

// The placeholder in dist lets this compile before the pages are built.
//
//go:embed all:dist
var embedded embed.FS

// nonceMark stands in index.html where the nonce of the answer goes (vite.config.ts).
const nonceMark = "OWNLAKE_NONCE"

// assetFolder is where the build puts files with a hash of their content in the name.
const assetFolder = "assets/"

// Handler serves the pages that are embedded. It is safe for concurrent use.
func Handler() http.Handler {
	dist, err := fs.Sub(embedded, "dist")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	return FromFiles(dist)
}

// FromFiles serves built pages from files: index.html for every address that names no file, as the page finds what
// to show from the address by itself. Without an index.html it serves the page that says how to build them.
func FromFiles(files fs.FS) http.Handler {
	index, err := fs.ReadFile(files, "index.html")
	if err != nil {
		index = fallback
	}
	return &pages{files: files, index: index}
}

type pages struct {
	files fs.FS
	index []byte
}

func (p *pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "Pages are read only.", http.StatusMethodNotAllowed)
		return
	}
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Referrer-Policy", "no-referrer")
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	switch content, encoding, ok := p.file(name, r.Header.Get("Accept-Encoding")); {
	case ok:
		serveFile(w, r, name, content, encoding)
	case strings.HasPrefix(name, assetFolder), strings.HasPrefix(name, "api/"):
		// A tab that was open while ownlake was updated asks for a file of the former build. It must not take the index
		// for a script, and no program must take it for an answer of the API.
		http.NotFound(w, r)
	default:
		p.serveIndex(w, r)
	}
}

// file reads a file in the smallest form that the client takes.
func (p *pages) file(name, acceptEncoding string) (content []byte, encoding string, ok bool) {
	if name == "" || name == "index.html" || strings.HasPrefix(path.Base(name), ".") {
		return nil, "", false
	}
	for _, form := range []struct{ encoding, ending string }{{"br", ".br"}, {"gzip", ".gz"}} {
		if !accepts(acceptEncoding, form.encoding) {
			continue
		}
		if content, err := fs.ReadFile(p.files, name+form.ending); err == nil {
			return content, form.encoding, true
		}
	}
	content, err := fs.ReadFile(p.files, name)
	return content, "", err == nil
}

// accepts reads an Accept-Encoding header (RFC 9110, section 12.5.3); a weight of 0 refuses.
func accepts(header, encoding string) bool {
	for one := range strings.SplitSeq(header, ",") {
		name, parameters, _ := strings.Cut(strings.TrimSpace(one), ";")
		if !strings.EqualFold(strings.TrimSpace(name), encoding) {
			continue
		}
		weight, found := strings.CutPrefix(strings.ReplaceAll(parameters, " ", ""), "q=")
		q, err := strconv.ParseFloat(weight, 64)
		return !found || err == nil && q > 0
	}
	return false
}

func serveFile(w http.ResponseWriter, r *http.Request, name string, content []byte, encoding string) {
	h := w.Header()
	h.Set("Content-Type", contentType(name))
	h.Set("Vary", "Accept-Encoding")
	if encoding != "" {
		h.Set("Content-Encoding", encoding)
	}
	if strings.HasPrefix(name, assetFolder) {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		h.Set("Cache-Control", "public, max-age=3600")
	}
	send(w, r, content)
}

// contentType names the kinds that the build makes itself, as the machine's own list of types may lack or bend them.
func contentType(name string) string {
	switch ending := path.Ext(name); ending {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	default:
		if t := mime.TypeByExtension(ending); t != "" {
			return t
		}
		return "application/octet-stream"
	}
}

// serveIndex sends the index with a nonce that no earlier answer had.
func (p *pages) serveIndex(w http.ResponseWriter, r *http.Request) {
	nonce := rand.Text()
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", policy(nonce))
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	send(w, r, bytes.ReplaceAll(p.index, []byte(nonceMark), []byte(nonce)))
}

// policy lets a page load and ask this server only. Styles that it makes while it runs carry the nonce.
func policy(nonce string) string {
	return "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-" + nonce + "'; img-src 'self' data:; " +
		"font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}

func send(w http.ResponseWriter, r *http.Request, content []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(content)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(content) //nolint:gosec // G705: embedded files and a nonce of our own; nothing that a client sent
	}
}
