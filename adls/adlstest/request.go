package adlstest

import (
	"bytes"
	"crypto/md5" //nolint:gosec // the protocol's checksum
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"hash/crc64"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// serviceVersion is what requests ask for that do not say otherwise.
const serviceVersion = "2025-11-05"

type headerLine struct{ name, value string }

// Request is a request in the making. Its methods return it, for chains; the last of a chain sends it.
type Request struct {
	t       *T
	dfs     bool
	method  string
	url     *url.URL
	headers []headerLine
	body    string
	chunked bool
	key     []byte
	lite    bool
	// unsigned requests carry no Authorization of the kit's.
	unsigned bool
	// doctor changes the request after it was signed.
	doctor func(*Request)
}

// H adds a header in exactly this case. The same name may be added again.
func (r *Request) H(name, value string) *Request {
	r.headers = append(r.headers, headerLine{name, value})
	return r
}

// Set replaces a header of the kit's own, such as x-ms-version or x-ms-date. An empty value takes it away.
func (r *Request) Set(name, value string) *Request {
	kept := r.headers[:0]
	for _, h := range r.headers {
		if !strings.EqualFold(h.name, name) {
			kept = append(kept, h)
		}
	}
	r.headers = kept
	if value == "" {
		return r
	}
	return r.H(name, value)
}

// Body sets the body.
func (r *Request) Body(b string) *Request {
	r.body = b
	return r
}

// Chunked sends the body without saying its length.
func (r *Request) Chunked() *Request {
	r.chunked = true
	return r
}

// Key signs with another key.
func (r *Request) Key(key []byte) *Request {
	r.key = key
	return r
}

// Lite signs with Shared Key Lite.
func (r *Request) Lite() *Request {
	r.lite = true
	return r
}

// Unsigned leaves the signature out.
func (r *Request) Unsigned() *Request {
	r.unsigned = true
	return r
}

// Bearer sends a token instead of a signature.
func (r *Request) Bearer(token string) *Request {
	return r.Unsigned().H("Authorization", "Bearer "+token)
}

// With adds a shared access signature, which stands for the request's own.
func (r *Request) With(sas string) *Request {
	if r.url.RawQuery != "" {
		sas = r.url.RawQuery + "&" + sas
	}
	r.url.RawQuery = sas
	return r.Unsigned()
}

// Doctored changes the request after it was signed.
func (r *Request) Doctored(change func(*Request)) *Request {
	r.doctor = change
	return r
}

// authorize completes the request for sending.
func (r *Request) authorize() {
	r.t.last = r.String()
	if !r.unsigned {
		r.Set("Authorization", r.sharedKey())
	}
	if r.doctor != nil {
		r.doctor(r)
	}
}

func (r *Request) header(name string) string {
	for _, h := range r.headers {
		if strings.EqualFold(h.name, name) {
			return strings.TrimSpace(h.value)
		}
	}
	return ""
}

func (r *Request) String() string {
	endpoint := "blob"
	if r.dfs {
		endpoint = "dfs"
	}
	var b strings.Builder
	b.WriteString(endpoint + " " + r.method + " " + withoutSignature(r.url.RequestURI()))
	for _, h := range r.headers {
		if !strings.EqualFold(h.name, "Authorization") && h.name != "x-ms-date" && h.name != "x-ms-version" {
			b.WriteString(" [" + h.name + ": " + h.value + "]")
		}
	}
	return b.String()
}

func withoutSignature(uri string) string {
	before, after, ok := strings.Cut(uri, "sig=")
	if !ok {
		return uri
	}
	_, rest, more := strings.Cut(after, "&")
	if more {
		rest = "&" + rest
	}
	return before + "sig=…" + rest
}

// Send sends the request. Not to get an answer fails the case.
func (r *Request) Send() *Answer {
	r.authorize()
	var body io.Reader = strings.NewReader(r.body)
	if r.chunked {
		body = io.MultiReader(body) // whose length net/http cannot see
	}
	q, err := http.NewRequestWithContext(r.t.ctx, r.method, r.url.String(), body)
	if err != nil {
		r.t.Fatalf("%s: %v", r, err)
	}
	q.URL = r.url
	for _, h := range r.headers {
		q.Header[h.name] = append(q.Header[h.name], h.value)
	}
	if q.Header.Get("User-Agent") == "" {
		q.Header.Set("User-Agent", "ownlake-conformance")
	}
	resp, err := r.t.target.Transport.RoundTrip(q)
	if err != nil {
		r.t.Fatalf("%s: no answer: %v", r, err)
	}
	defer resp.Body.Close() //nolint:errcheck // read to its end
	content, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatalf("%s: the answer's body broke off after %d bytes: %v", r, len(content), err)
	}
	return &Answer{t: r.t, request: r, status: resp.StatusCode, header: resp.Header, body: content}
}

// Want sends the request and wants a status.
func (r *Request) Want(status int) *Answer {
	a := r.Send()
	if a.status != status {
		a.fail("status %d, want %d", a.status, status)
	}
	return a
}

// Fails sends the request and wants an error: the status, and one of the codes that are parted by bars, in
// the header and in the body as the endpoint writes it. No code takes any.
func (r *Request) Fails(status int, codes string) *Answer {
	a := r.Want(status)
	code := a.Get("x-ms-error-code")
	if code == "" {
		a.fail("no x-ms-error-code, want %s", codes)
	}
	if codes != "" && !contains(codes, code) {
		a.fail("x-ms-error-code %s, want %s", code, codes)
	}
	if r.method == http.MethodHead || status == http.StatusNotModified {
		return a
	}
	if in := a.codeInBody(); in != code {
		a.fail("the body has the code %q, the header %q", in, code)
	}
	return a
}

func contains(alternatives, s string) bool {
	for a := range strings.SplitSeq(alternatives, "|") {
		if a == s {
			return true
		}
	}
	return false
}

// Answer is what came back. Its methods return it, for chains.
type Answer struct {
	t       *T
	request *Request
	status  int
	header  http.Header
	body    []byte
}

// Get returns a header, in whatever case the server wrote it.
func (a *Answer) Get(name string) string {
	for n, v := range a.header {
		if strings.EqualFold(n, name) {
			return strings.Join(v, ",")
		}
	}
	return ""
}

// Has wants a header with any value, and returns that.
func (a *Answer) Has(name string) string {
	v := a.Get(name)
	if v == "" {
		a.fail("no header %s", name)
	}
	return v
}

// Have wants headers with any value.
func (a *Answer) Have(names ...string) *Answer {
	for _, name := range names {
		a.Has(name)
	}
	return a
}

// Header wants a header's value.
func (a *Answer) Header(name, want string) *Answer {
	if got := a.Get(name); got != want {
		a.fail("header %s is %q, want %q", name, got, want)
	}
	return a
}

// No wants a header not to be there.
func (a *Answer) No(name string) *Answer {
	if got := a.Get(name); got != "" {
		a.fail("header %s is %q, want none", name, got)
	}
	return a
}

// Text wants the whole body.
func (a *Answer) Text(want string) *Answer {
	if string(a.body) != want {
		a.fail("body %s, want %s", quoted(string(a.body)), quoted(want))
	}
	return a
}

// Contains wants a part of the body.
func (a *Answer) Contains(want string) *Answer {
	if !strings.Contains(string(a.body), want) {
		a.fail("body %s, want %q in it", quoted(string(a.body)), want)
	}
	return a
}

// Lacks wants something not to be in the body.
func (a *Answer) Lacks(unwanted string) *Answer {
	if strings.Contains(string(a.body), unwanted) {
		a.fail("body %s, want no %q in it", quoted(string(a.body)), unwanted)
	}
	return a
}

// JSON reads the body into v.
func (a *Answer) JSON(v any) *Answer {
	if err := json.Unmarshal(a.body, v); err != nil {
		a.fail("the body is not the JSON it should be: %v", err)
	}
	return a
}

// XML reads the body into v.
func (a *Answer) XML(v any) *Answer {
	if err := xml.Unmarshal(a.body, v); err != nil {
		a.fail("the body is not the XML it should be: %v", err)
	}
	return a
}

// Time reads a header that is a date.
func (a *Answer) Time(name string) time.Time {
	when, err := http.ParseTime(a.Has(name))
	if err != nil {
		a.fail("header %s is no date: %v", name, err)
	}
	return when
}

func (a *Answer) codeInBody() string {
	if a.request.dfs {
		var e struct {
			Error struct{ Code string } `json:"error"`
		}
		if json.Unmarshal(a.body, &e) != nil {
			a.fail("the body of an error on dfs is %s, want JSON", quoted(string(a.body)))
		}
		return e.Error.Code
	}
	var e struct {
		XMLName xml.Name `xml:"Error"`
		Code    string   `xml:"Code"`
	}
	if xml.Unmarshal(bytes.TrimPrefix(a.body, []byte("\ufeff")), &e) != nil {
		a.fail("the body of an error on blob is %s, want XML", quoted(string(a.body)))
	}
	return e.Code
}

// notInHierarchies is how the service refuses what accounts with a hierarchical namespace do not have, such as tags.
const notInHierarchies = "FeatureNotYetSupportedForHierarchicalNamespaceAccounts"

func (a *Answer) fail(format string, args ...any) {
	if a.Get("x-ms-error-code") == notInHierarchies {
		a.t.Skip("the account says " + notInHierarchies)
	}
	got := fmt.Sprintf("answered %d", a.status)
	if code := a.Get("x-ms-error-code"); code != "" {
		got += " " + code
	}
	a.t.Fatalf("%s: %s: %s", a.request, got, fmt.Sprintf(format, args...))
}

func quoted(s string) string {
	const most = 300
	if len(s) > most {
		return fmt.Sprintf("%q… (%d bytes)", s[:most], len(s))
	}
	return fmt.Sprintf("%q", s)
}

func md5Of(s string) string {
	sum := md5.Sum([]byte(s)) //nolint:gosec // the protocol's checksum
	return base64.StdEncoding.EncodeToString(sum[:])
}

// crc64Of is the checksum of x-ms-content-crc64: the NVMe polynomial, with the lowest byte first.
func crc64Of(s string) string {
	sum := crc64.Checksum([]byte(s), crc64.MakeTable(0x9A6C9329AC4BC9B5))
	b := make([]byte, 0, 8)
	for i := range 8 {
		b = append(b, byte(sum>>(8*i)))
	}
	return base64.StdEncoding.EncodeToString(b)
}

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
