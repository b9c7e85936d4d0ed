package adlstest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// sharedKey returns the Authorization header of a request as "Authorize with Shared Key" describes it. It is
// written anew for the kit, so that a server that shares its signer with its clients is not checked by
// itself.
func (r *Request) sharedKey() string {
	scheme := "SharedKey"
	text := r.stringToSign()
	if r.lite {
		scheme, text = "SharedKeyLite", r.stringToSignLite()
	}
	return scheme + " " + r.t.target.Account + ":" + signature(r.key, text)
}

func signature(key []byte, text string) string {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

func (r *Request) stringToSign() string {
	length := ""
	if n := len(r.body); n > 0 && !r.chunked {
		length = strconv.Itoa(n)
	}
	date := r.header("Date")
	if r.header("x-ms-date") != "" {
		date = ""
	}
	lines := []string{
		r.method, r.header("Content-Encoding"), r.header("Content-Language"), length, r.header("Content-MD5"),
		r.header("Content-Type"), date, r.header("If-Modified-Since"), r.header("If-Match"), r.header("If-None-Match"),
		r.header("If-Unmodified-Since"), r.header("Range"),
	}
	return strings.Join(lines, "\n") + "\n" + r.canonicalHeaders() + r.canonicalResource()
}

func (r *Request) stringToSignLite() string {
	date := r.header("Date")
	if r.header("x-ms-date") != "" {
		date = ""
	}
	resource := "/" + r.t.target.Account + r.url.EscapedPath()
	if comp := r.url.Query().Get("comp"); comp != "" {
		resource += "?comp=" + comp
	}
	return strings.Join([]string{r.method, r.header("Content-MD5"), r.header("Content-Type"), date}, "\n") + "\n" +
		r.canonicalHeaders() + resource
}

func (r *Request) canonicalHeaders() string {
	values := map[string][]string{}
	for _, h := range r.headers {
		if name := strings.ToLower(h.name); strings.HasPrefix(name, "x-ms-") {
			values[name] = append(values[name], strings.TrimSpace(h.value))
		}
	}
	var b strings.Builder
	for _, name := range sortedKeys(values) {
		b.WriteString(name + ":" + strings.Join(values[name], ",") + "\n")
	}
	return b.String()
}

func (r *Request) canonicalResource() string {
	values := map[string][]string{}
	for pair := range strings.SplitSeq(r.url.RawQuery, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if name == "" {
			continue
		}
		name = strings.ToLower(unescaped(name))
		values[name] = append(values[name], unescaped(value))
	}
	var b strings.Builder
	b.WriteString("/" + r.t.target.Account + r.url.EscapedPath())
	for _, name := range sortedKeys(values) {
		slices.Sort(values[name])
		b.WriteString("\n" + name + ":" + strings.Join(values[name], ","))
	}
	return b.String()
}

func unescaped(s string) string {
	if u, err := url.QueryUnescape(s); err == nil {
		return u
	}
	return s
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
