package sharedkey

import (
	"cmp"
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

// stringsToSign returns the readings of the request's canonical form, the usual one first.
func stringsToSign(r *http.Request, account string, scheme Scheme) []string {
	var all []string
	for _, resource := range canonicalResources(r, account, scheme) {
		for _, headers := range canonicalHeaders(r.Header) {
			for _, date := range dates(r.Header) {
				all = append(all, stringToSign(r, scheme, date, headers, resource))
			}
		}
	}
	return all
}

func stringToSign(r *http.Request, scheme Scheme, date, headers, resource string) string {
	h := r.Header
	var b strings.Builder
	line := func(s string) { b.WriteString(s + "\n") }
	line(r.Method)
	if scheme == Full {
		line(h.Get("Content-Encoding"))
		line(h.Get("Content-Language"))
		line(contentLength(r))
	}
	line(h.Get("Content-Md5"))
	line(h.Get("Content-Type"))
	line(date)
	if scheme == Full {
		for _, name := range signedHeaders {
			line(h.Get(name))
		}
	}
	return b.String() + headers + resource
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

// canonicalHeaders returns the x-ms-* headers, a line each, in the order of bytes and, where that differs, in
// the service's own order; and then, where a value holds several spaces in a row, with these folded into one
// as the specification asks and SDKs do not.
func canonicalHeaders(h http.Header) []string {
	values := map[string]string{}
	var names []string
	for name, v := range h {
		lower := strings.ToLower(name)
		if strings.HasPrefix(lower, "x-ms-") {
			names = append(names, lower)
			values[lower] = strings.Join(v, ",")
		}
	}
	slices.Sort(names)
	forms := []string{headerLines(names, values)}
	if slices.SortFunc(names, compareAsService); headerLines(names, values) != forms[0] {
		forms = append(forms, headerLines(names, values))
	}
	for _, f := range slices.Clone(forms) {
		if folded := foldSpaces(f); folded != f {
			forms = append(forms, folded)
		}
	}
	return forms
}

func headerLines(names []string, values map[string]string) string {
	var b strings.Builder
	for _, name := range names {
		b.WriteString(name + ":" + strings.TrimSpace(values[name]) + "\n")
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

// canonicalResources returns "/account" and the path exactly as it was sent (so a path-style address repeats
// the account), followed by the query: all of it for the full scheme, only comp for Lite.
func canonicalResources(r *http.Request, account string, scheme Scheme) []string {
	path, query := sentTarget(r)
	resource := "/" + account + path
	if scheme == Lite {
		if comp := values(query, true)["comp"]; len(comp) > 0 {
			resource += "?comp=" + comp[0]
		}
		return []string{resource}
	}
	forms := []string{resource + queryLines(values(query, true))}
	if strings.Contains(query, "+") {
		forms = append(forms, resource+queryLines(values(query, false)))
	}
	return forms
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
