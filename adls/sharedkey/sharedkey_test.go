package sharedkey_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azdatalake"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azdatalake/file"

	"github.com/ownlake/ownlake/adls/sharedkey"
	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/errs"
)

const (
	account = "devstoreaccount1"
	key     = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)

func credential(t *testing.T) sharedkey.Credential {
	t.Helper()
	k, err := base64.StdEncoding.DecodeString(key)
	if err != nil {
		t.Fatal(err)
	}
	return sharedkey.Credential{Account: account, Key: k}
}

// vector is a request as Microsoft's Python SDK signed it (azure-storage-blob 12, azure-storage-file-datalake
// 12): path-style and host-style, a name that needs escaping, metadata whose names sort differently by bytes.
type vector struct {
	Method, URL string
	Headers     map[string]string
}

func (v vector) received(t *testing.T) *http.Request {
	t.Helper()
	u, err := url.Parse(v.URL)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), v.Method, u.RequestURI(), nil)
	r.Host = u.Host
	for name, value := range v.Headers {
		r.Header.Set(name, value)
	}
	_, _ = fmt.Sscan(v.Headers["Content-Length"], &r.ContentLength)
	return r
}

func pythonVectors(t *testing.T) []vector {
	t.Helper()
	b, err := os.ReadFile("testdata/python.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []vector
	if err := json.Unmarshal(b, &vectors); err != nil || len(vectors) < 8 {
		t.Fatalf("%d vectors, %v", len(vectors), err)
	}
	return vectors
}

func sentAt(t *testing.T, r *http.Request) time.Time {
	t.Helper()
	sent, err := http.ParseTime(r.Header.Get("X-Ms-Date"))
	if err != nil {
		t.Fatal(err)
	}
	return sent
}

func TestRequestsOfThePythonSDKAreAccepted(t *testing.T) {
	t.Parallel()
	for _, v := range pythonVectors(t) {
		r := v.received(t)
		if err := credential(t).Verify(r, sentAt(t, r)); err != nil {
			t.Errorf("%s %s: %v", v.Method, v.URL, err)
		}
	}
}

func TestARequestChangedOnTheWayIsRefused(t *testing.T) {
	t.Parallel()
	changes := map[string]func(*http.Request){
		"the method":              func(r *http.Request) { r.Method = http.MethodDelete },
		"the path":                func(r *http.Request) { r.RequestURI = strings.Replace(r.RequestURI, "c1", "c2", 1) },
		"a parameter":             func(r *http.Request) { r.RequestURI += "&recursive=true" },
		"an x-ms header":          func(r *http.Request) { r.Header.Set("X-Ms-Version", "2020-10-02") },
		"a new x-ms header":       func(r *http.Request) { r.Header.Set("X-Ms-Copy-Source", "elsewhere") },
		"a condition":             func(r *http.Request) { r.Header.Set("If-Match", "*") },
		"the length":              func(r *http.Request) { r.ContentLength = 99 },
		"the content type":        func(r *http.Request) { r.Header.Set("Content-Type", "text/html") },
		"the date":                func(r *http.Request) { r.Header.Set("X-Ms-Date", "Tue, 24 Nov 2026 06:23:00 GMT") },
		"a byte of the signature": func(r *http.Request) { flipSignature(r) },
	}
	for what, change := range changes {
		for _, v := range pythonVectors(t) {
			r := v.received(t)
			now := sentAt(t, r)
			change(r)
			if err := credential(t).Verify(r, now); errs.CodeOf(err) != wire.CodeAuthenticationFailed {
				t.Errorf("%s %s with %s changed: %v, want AuthenticationFailed", v.Method, v.URL, what, err)
			}
		}
	}
}

func flipSignature(r *http.Request) {
	h := []byte(r.Header.Get("Authorization"))
	i := bytes.IndexByte(h, ':') + 1
	if h[i] == 'A' {
		h[i] = 'B'
	} else {
		h[i] = 'A'
	}
	r.Header.Set("Authorization", string(h))
}

// TestRequestsOfTheGoSDKsAreAccepted signs with azblob and azdatalake and checks what arrives at a server.
func TestRequestsOfTheGoSDKsAreAccepted(t *testing.T) {
	t.Parallel()
	cred := credential(t)
	var verified atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := cred.Verify(r, time.Now()); err != nil {
			t.Errorf("%s %s: %v", r.Method, r.RequestURI, err)
		}
		verified.Add(1)
		w.WriteHeader(http.StatusTeapot) // no answer that the SDK repeats a request for
	}))
	defer srv.Close()

	blobCred, err := azblob.NewSharedKeyCredential(account, key)
	if err != nil {
		t.Fatal(err)
	}
	bc, err := azblob.NewClientWithSharedKeyCredential(srv.URL+"/"+account+"/", blobCred, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	_, _ = bc.UploadBuffer(ctx, "c1", "dir/ä +&=?%#.csv", []byte("hello"), &azblob.UploadBufferOptions{Metadata: map[string]*string{"a_b": new("1"), "a-b": new("2"), "ab": new("3"), "empty": new("")}})
	_, _ = bc.UploadBuffer(ctx, "c1", "empty", nil, nil)
	_, _ = bc.DownloadStream(ctx, "c1", "x", &azblob.DownloadStreamOptions{Range: azblob.HTTPRange{Offset: 3, Count: 4}})
	_, _ = bc.NewListBlobsFlatPager("c1", &azblob.ListBlobsFlatOptions{Prefix: new("a b+c/ä"), Marker: new("x==")}).NextPage(ctx)
	_, _ = bc.CreateContainer(ctx, "c1", nil)

	lakeCred, err := azdatalake.NewSharedKeyCredential(account, key)
	if err != nil {
		t.Fatal(err)
	}
	fc, err := file.NewClientWithSharedKeyCredential(srv.URL+"/"+account+"/fs1/a%20b/c", lakeCred, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = fc.Create(ctx, &file.CreateOptions{Permissions: new("0640")})
	_, _ = fc.FlushData(ctx, 0, nil)
	_, _ = fc.Delete(ctx, nil)
	if verified.Load() != 8 {
		t.Errorf("%d requests arrived, want 8", verified.Load())
	}
}

func signed(t *testing.T, method, target string, header map[string]string, sign func(*http.Request)) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, "http://127.0.0.1:10000"+target, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range header {
		r.Header.Set(name, value)
	}
	sign(r)
	received := httptest.NewRequestWithContext(t.Context(), method, target, nil)
	received.Header = r.Header
	return received
}

func TestDatesDecideWithinAQuarterOfAnHour(t *testing.T) {
	t.Parallel()
	cred := credential(t)
	const date = "Tue, 24 Nov 2026 12:00:00 GMT"
	sent := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name   string
		header map[string]string
		now    time.Time
		want   errs.Code
	}{
		{"now", map[string]string{"x-ms-date": date}, sent, ""},
		{"15 minutes old", map[string]string{"x-ms-date": date}, sent.Add(15 * time.Minute), ""},
		{"older", map[string]string{"x-ms-date": date}, sent.Add(15*time.Minute + time.Second), wire.CodeAuthenticationFailed},
		{"from the future", map[string]string{"x-ms-date": date}, sent.Add(-15*time.Minute - time.Second), wire.CodeAuthenticationFailed},
		{"in Date alone", map[string]string{"Date": date}, sent, ""},
		{"missing", nil, sent, wire.CodeAuthenticationFailed},
		{"no date", map[string]string{"x-ms-date": "yesterday"}, sent, wire.CodeAuthenticationFailed},
		{"x-ms-date goes before Date", map[string]string{"x-ms-date": date, "Date": "Mon, 23 Nov 2026 12:00:00 GMT"}, sent, ""},
	} {
		r := signed(t, "GET", "/"+account+"/c?comp=list", tt.header, cred.Sign)
		if err := cred.Verify(r, tt.now); errs.CodeOf(err) != tt.want {
			t.Errorf("a date %s: %v, want %q", tt.name, err, tt.want)
		}
	}
}

func TestLiteSignaturesAreAccepted(t *testing.T) {
	t.Parallel()
	cred := credential(t)
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	header := map[string]string{"x-ms-date": now.Format(http.TimeFormat), "Content-Type": "text/plain"}
	r := signed(t, "PUT", "/"+account+"/c/b?comp=metadata&timeout=90", header, cred.SignLite)
	if err := cred.Verify(r, now); err != nil {
		t.Error(err)
	}
	r.RequestURI = strings.Replace(r.RequestURI, "metadata", "properties", 1)
	if err := cred.Verify(r, now); errs.CodeOf(err) != wire.CodeAuthenticationFailed {
		t.Errorf("with another comp: %v, want AuthenticationFailed", err)
	}
}

// TestLiteSignsWhatTheSpecificationShows builds the string by hand and not with this package.
func TestLiteSignsWhatTheSpecificationShows(t *testing.T) {
	t.Parallel()
	cred := credential(t)
	now := time.Date(2015, 9, 20, 20, 36, 40, 0, time.UTC)
	r := httptest.NewRequestWithContext(t.Context(), "PUT", "/mycontainer/hello%20world.txt?comp=block&blockid=AAAA", nil)
	r.Header.Set("Content-Type", "text/plain; charset=UTF-8")
	r.Header.Set("X-Ms-Date", now.Format(http.TimeFormat))
	r.Header.Set("X-Ms-Meta-M1", "v1")
	toSign := "PUT\n\ntext/plain; charset=UTF-8\n\nx-ms-date:Sun, 20 Sep 2015 20:36:40 GMT\nx-ms-meta-m1:v1\n/" + account + "/mycontainer/hello%20world.txt?comp=block"
	r.Header.Set("Authorization", "SharedKeyLite "+account+":"+hmacBase64(t, toSign))
	if err := cred.Verify(r, now); err != nil {
		t.Error(err)
	}
}

// TestOlderReadingsAreAccepted has clients that sign Date beside x-ms-date, fold spaces, leave a plus in the
// query alone, or belong to a version in which a length of zero was signed as 0.
func TestOlderReadingsAreAccepted(t *testing.T) {
	t.Parallel()
	cred := credential(t)
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	const date = "Tue, 24 Nov 2026 12:00:00 GMT"
	for _, tt := range []struct {
		name, method, target, toSign string
		header                       map[string]string
	}{
		{
			"Date signed", "GET", "/c", "GET\n\n\n\n\n\n" + date + "\n\n\n\n\n\nx-ms-date:" + date + "\n/" + account + "/c",
			map[string]string{"Date": date, "X-Ms-Date": date},
		},
		{
			"spaces folded", "GET", "/c", "GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:" + date + "\nx-ms-meta-a:b c\n/" + account + "/c",
			map[string]string{"X-Ms-Date": date, "X-Ms-Meta-A": "b   c"},
		},
		{
			"a plus", "GET", "/c?prefix=a+b", "GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:" + date + "\n/" + account + "/c\nprefix:a+b",
			map[string]string{"X-Ms-Date": date},
		},
		{
			"a length of zero", "PUT", "/c?restype=container", "PUT\n\n\n0\n\n\n\n\n\n\n\n\nx-ms-date:" + date + "\nx-ms-version:2014-02-14\n/" + account + "/c\nrestype:container",
			map[string]string{"X-Ms-Date": date, "X-Ms-Version": "2014-02-14", "Content-Length": "0"},
		},
		{
			"a repeated parameter", "GET", "/c?include=b&INCLUDE=a", "GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:" + date + "\n/" + account + "/c\ninclude:a,b",
			map[string]string{"X-Ms-Date": date},
		},
		{
			"an empty header", "GET", "/c", "GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:" + date + "\nx-ms-meta-e:\n/" + account + "/c",
			map[string]string{"X-Ms-Date": date, "X-Ms-Meta-E": ""},
		},
	} {
		r := httptest.NewRequestWithContext(t.Context(), tt.method, tt.target, nil)
		for name, value := range tt.header {
			r.Header.Set(name, value)
		}
		r.Header.Set("Authorization", "SharedKey "+account+":"+hmacBase64(t, tt.toSign))
		if err := cred.Verify(r, now); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestTheKeyIsNotPrinted(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if s := fmt.Sprintf(format, credential(t)); s != account+":(key)" {
			t.Errorf("%s prints %q", format, s)
		}
	}
	r := httptest.NewRequestWithContext(t.Context(), "GET", "/c", nil)
	r.Header.Set("X-Ms-Date", time.Now().UTC().Format(http.TimeFormat))
	credential(t).Sign(r)
	err := sharedkey.Credential{Account: account, Key: []byte("another key, in plain text")}.Verify(r, time.Now())
	if err == nil || strings.Contains(err.Error(), "plain text") || !strings.Contains(err.Error(), "string to sign: 'GET\n") {
		t.Errorf("the error of a wrong key is %v, want the string to sign and not the key", err)
	}
}

func TestManyAtOnceSignAsOneDoes(t *testing.T) {
	t.Parallel()
	key := []byte("a key")
	one, many := sharedkey.Credential{Account: "a", Key: key}, sharedkey.NewCredential("a", key)
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			for i := range 100 {
				r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, fmt.Sprintf("/a/fs/f%d-%d?timeout=%d", n, i, i), nil)
				r.Header.Set("X-Ms-Date", "Tue, 24 Nov 2026 11:00:00 GMT")
				one.Sign(r)
				want := r.Header.Get("Authorization")
				many.Sign(r)
				if got := r.Header.Get("Authorization"); got != want {
					t.Errorf("%q, want %q", got, want)
				}
			}
		})
	}
	all.Wait()
}
