package sharedkey

import (
	"cmp"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// emptyLengthSince is the first version in whose string a Content-Length of zero is empty. Versions compare
// as text.
const emptyLengthSince = "2015-02-21"

// signedHeaders are the standard headers of the full scheme between Content-Length and x-ms-*. Date comes
// after the second.
var signedHeaders = []string{"If-Modified-Since", "If-Match", "If-None-Match", "If-Unmodified-Since", "Range"}

// stringsToSign yields the readings of the request's canonical form, the usual one first. Each is made when it is
// asked for, as the first one is nearly always the one that was signed.
func stringsToSign(r *http.Request, account string, scheme Scheme) iter.Seq[string] {
	return func(yield func(string) bool) {
		for resource := range canonicalResources(r, account, scheme) {
			for headers := range canonicalHeaders(r.Header) {
				for _, date := range dates(r.Header) {
					if !yield(stringToSign(r, scheme, date, headers, resource)) {
						return
					}
				}
			}
		}
	}
}

func stringToSign(r *http.Request, scheme Scheme, date, headers, resource string) string {
	h := r.Header
	var b strings.Builder
	b.Grow(256 + len(headers) + len(resource))
	line := func(s string) { b.WriteString(s); b.WriteByte('\n') }
	line(r.Method)
	if scheme == Full {
		line(first(h, "Content-Encoding"))
		line(first(h, "Content-Language"))
		line(contentLength(r))
	}
	line(first(h, "Content-Md5"))
	line(first(h, "Content-Type"))
	line(date)
	if scheme == Full {
		for _, name := range signedHeaders {
			line(first(h, name))
		}
	}
	b.WriteString(headers)
	b.WriteString(resource)
	return b.String()
}

// first is Get for a name that is in canonical form.
func first(h http.Header, name string) string {
	if v := h[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// contentLength is the length announced; nothing is signed for a chunked body.
func contentLength(r *http.Request) string {
	switch version := r.Header.Get("X-Ms-Version"); {
	case r.ContentLength > 0:
		return strconv.FormatInt(r.ContentLength, 10)
	case r.ContentLength == 0 && version != "" && version < emptyLengthSince && r.Header.Get("Content-Length") != "":
		return "0"
	}
	return ""
}

// dates: with x-ms-date the Date header counts for nothing, but a client that sends both may have signed it.
func dates(h http.Header) []string {
	date := h.Get("Date")
	if h.Get("X-Ms-Date") == "" || date == "" {
		return []string{date}
	}
	return []string{"", date}
}

// canonicalHeaders yields the x-ms-* headers, a line each, in the order of bytes and, where that differs, in
// the service's own order; and then, where a value holds several spaces in a row, with these folded into one
// as the specification asks and SDKs do not.
func canonicalHeaders(h http.Header) iter.Seq[string] {
	return func(yield func(string) bool) {
		signed := storageHeaders(h)
		byBytes := headerLines(signed)
		if !yield(byBytes) {
			return
		}
		slices.SortFunc(signed, func(a, b header) int { return compareAsService(a.name, b.name) })
		byService := headerLines(signed)
		if byService != byBytes && !yield(byService) {
			return
		}
		folded := foldSpaces(byBytes)
		if folded != byBytes && !yield(folded) {
			return
		}
		if byService == byBytes {
			return
		}
		if folded = foldSpaces(byService); folded != byService {
			yield(folded)
		}
	}
}

// header is a header with its name in lower case.
type header struct {
	name   string
	values []string
}

// storageHeaders returns the x-ms-* headers in the order of bytes.
func storageHeaders(h http.Header) []header {
	const prefix = "x-ms-"
	signed := make([]header, 0, 16)
	for name, v := range h {
		if len(name) >= len(prefix) && strings.EqualFold(name[:len(prefix)], prefix) {
			signed = append(signed, header{strings.ToLower(name), v})
		}
	}
	slices.SortFunc(signed, func(a, b header) int { return strings.Compare(a.name, b.name) })
	return signed
}

func headerLines(headers []header) string {
	var b strings.Builder
	b.Grow(64 * len(headers))
	for _, h := range headers {
		b.WriteString(h.name)
		b.WriteByte(':')
		b.WriteString(strings.TrimSpace(strings.Join(h.values, ",")))
		b.WriteByte('\n')
	}
	return b.String()
}

func foldSpaces(lines string) string {
	for strings.Contains(lines, "  ") {
		lines = strings.ReplaceAll(lines, "  ", " ")
	}
	return lines
}

// serviceOrder are the characters of header names in the order of the culture by which the service sorts.
// Hyphens and apostrophes are not in it: they only break ties. Python's and Go's SDKs sort like this.
const serviceOrder = "!#$%&*.^_`|~+0123456789abcdefghijklmnopqrstuvwxyz"

func compareAsService(a, b string) int {
	if c := slices.Compare(weights(a), weights(b)); c != 0 {
		return c
	}
	// Equal but for hyphens: the name whose first differing hyphen comes later is first.
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return cmp.Compare(hyphenRank(a[i]), hyphenRank(b[i]))
		}
	}
	return cmp.Compare(len(a), len(b))
}

func weights(s string) []int {
	w := make([]int, 0, len(s))
	for i := range len(s) {
		if hyphenRank(s[i]) == 0 {
			w = append(w, strings.IndexByte(serviceOrder, s[i]))
		}
	}
	return w
}

func hyphenRank(c byte) int {
	switch c {
	case '\'':
		return 1
	case '-':
		return 2
	}
	return 0
}

// canonicalResources yields "/account" and the path exactly as it was sent (so a path-style address repeats
// the account), followed by the query: all of it for the full scheme, only comp for Lite.
func canonicalResources(r *http.Request, account string, scheme Scheme) iter.Seq[string] {
	return func(yield func(string) bool) {
		path, query := sentTarget(r)
		resource := "/" + account + path
		if scheme == Lite {
			if comp := values(query, true)["comp"]; len(comp) > 0 {
				resource += "?comp=" + comp[0]
			}
			yield(resource)
			return
		}
		if !yield(resource+queryLines(values(query, true))) || !strings.Contains(query, "+") {
			return
		}
		yield(resource + queryLines(values(query, false)))
	}
}

// sentTarget splits the request target as it stood on the wire, which net/url may normalise. A request that
// a client is about to send has none yet.
func sentTarget(r *http.Request) (path, query string) {
	target := r.RequestURI
	if target == "" {
		target = r.URL.RequestURI()
	}
	if _, rest, ok := strings.Cut(target, "://"); ok && !strings.HasPrefix(target, "/") {
		slash := strings.IndexByte(rest, '/')
		if slash < 0 {
			return "/", ""
		}
		target = rest[slash:]
	}
	path, query, _ = strings.Cut(target, "?")
	return path, query
}

// values decodes a query into lower-case names and their values. What cannot be decoded stands as it is.
func values(query string, plusIsSpace bool) map[string][]string {
	m := map[string][]string{}
	for pair := range strings.SplitSeq(query, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		name = strings.ToLower(decode(name, plusIsSpace))
		m[name] = append(m[name], decode(value, plusIsSpace))
	}
	return m
}

func decode(s string, plusIsSpace bool) string {
	unescape := url.PathUnescape
	if plusIsSpace {
		unescape = url.QueryUnescape
	}
	if d, err := unescape(s); err == nil {
		return d
	}
	return s
}

func queryLines(m map[string][]string) string {
	if len(m) == 0 {
		return ""
	}
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	var b strings.Builder
	for _, name := range names {
		slices.Sort(m[name])
		b.WriteString("\n" + name + ":" + strings.Join(m[name], ","))
	}
	return b.String()
}
