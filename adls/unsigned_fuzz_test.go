package adls_test

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/adls"
	"github.com/ownlake/ownlake/adls/sas"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/lake/localstore"
)

// FuzzUnsignedRequest sends whole requests of everybody, and of who holds a signature to read one blob: none may change
// anything, or be told what is in a container that is closed.
func FuzzUnsignedRequest(f *testing.F) {
	key, err := base64.StdEncoding.DecodeString(accountKey)
	if err != nil {
		f.Fatal(err)
	}
	now := time.Date(2026, 5, 6, 7, 8, 9, 0, time.UTC)
	clock := func() time.Time { return now }
	store, err := localstore.Open(localstore.Options{FS: vfs.NewMem(), Dir: "/lake", Clock: clock, Account: lake.AccountProperties{Name: account}})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = store.Close() })
	for fs, public := range map[lake.Filesystem]lake.PublicAccess{"closed": lake.Private, "blobs": lake.PublicBlobs, "whole": lake.PublicContainer} {
		if _, err := store.CreateFilesystem(f.Context(), fs, lake.CreateFilesystemOptions{PublicAccess: public}); err != nil {
			f.Fatal(err)
		}
		if _, err := store.PutBlob(f.Context(), fs, "d/name-in-"+lake.Path(fs), strings.NewReader("content of "+string(fs)), lake.PutBlobOptions{}); err != nil {
			f.Fatal(err)
		}
	}
	token, err := sas.Token{sas.Version: "2024-11-04", sas.Resource: "b", sas.Permissions: "r", sas.Expiry: "2027-01-01"}.Sign(
		sas.Request{Account: account, Container: "whole", Path: "d/name-in-whole"}, key)
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{
		"GET /devstoreaccount1/blobs/d/name-in-blobs HTTP/1.1\r\nHost: h\r\n\r\n",
		"GET /devstoreaccount1/whole?restype=container&comp=list HTTP/1.1\r\nHost: h\r\nx-ms-version: 2024-11-04\r\n\r\n",
		"GET /devstoreaccount1/closed/d/name-in-closed HTTP/1.1\r\nHost: h\r\n\r\n",
		"GET /devstoreaccount1/closed?resource=filesystem&recursive=true HTTP/1.1\r\nHost: h\r\n\r\n",
		"GET /devstoreaccount1/whole/../closed/d/name-in-closed HTTP/1.1\r\nHost: h\r\n\r\n",
		"GET /devstoreaccount1/whole%2f..%2fclosed/d/name-in-closed HTTP/1.1\r\nHost: h\r\n\r\n",
		"PUT /devstoreaccount1/whole/d/new HTTP/1.1\r\nHost: h\r\nx-ms-blob-type: BlockBlob\r\nX-HTTP-Method-Override: GET\r\nContent-Length: 1\r\n\r\nx",
		"GET /devstoreaccount1/whole/d/new?resource=file HTTP/1.1\r\nHost: h\r\nX-HTTP-Method-Override: PUT\r\n\r\n",
		"POST /devstoreaccount1/whole?restype=container&comp=batch HTTP/1.1\r\nHost: h\r\nContent-Type: multipart/mixed; boundary=b\r\nContent-Length: 0\r\n\r\n",
		"PUT /devstoreaccount1/whole/d/new HTTP/1.1\r\nHost: h\r\nx-ms-copy-source: http://h/devstoreaccount1/blobs/d/name-in-blobs\r\n\r\n",
		"GET /devstoreaccount1/whole/d/name-in-whole?" + token.Encode() + " HTTP/1.1\r\nHost: h\r\n\r\n",
		"DELETE /devstoreaccount1/whole/d/name-in-whole?" + token.Encode() + " HTTP/1.1\r\nHost: h\r\n\r\n",
		"GET /devstoreaccount1/closed/d/name-in-closed?" + token.Encode() + "&sr=c HTTP/1.1\r\nHost: h\r\nAuthorization: SharedKey devstoreaccount1:AAAA\r\n\r\n",
	} {
		f.Add(seed)
	}
	handler := adls.New(adls.Options{Store: store, Account: account, Key: key, AllowPublicAccess: true, Clock: clock})
	before := everything(f, store)
	f.Fuzz(func(t *testing.T, raw string) {
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(raw)))
		if err != nil {
			return
		}
		r.RemoteAddr = "127.0.0.1:1"
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code < 400 && r.Method != http.MethodGet && r.Method != http.MethodHead && r.Header.Get("X-Http-Method-Override") == "" {
			t.Errorf("%s succeeds with %d", r.Method, w.Code)
		}
		// Answers may repeat what was asked for, decoded.
		query, _ := url.QueryUnescape(r.URL.RawQuery)
		asked := raw + r.URL.Path + query
		if body := w.Body.String(); strings.Contains(body, "content of closed") || strings.Contains(body, "name-in-closed") && !strings.Contains(asked, "name-in-closed") {
			t.Errorf("%d tells what is closed: %s", w.Code, body)
		}
		if after := everything(t, store); after != before {
			t.Errorf("the lake is now\n%s\nand was\n%s", after, before)
		}
	})
}

// everything describes all that a lake holds.
func everything(tb testing.TB, s lake.Service) string {
	tb.Helper()
	var b strings.Builder
	page, err := s.ListFilesystems(tb.Context(), lake.ListFilesystemsOptions{})
	if err != nil {
		tb.Fatal(err)
	}
	for _, fs := range page.Filesystems {
		a, p, err := s.ContainerAccess(tb.Context(), fs.Name)
		if err != nil {
			tb.Fatal(err)
		}
		fmt.Fprintln(&b, fs.Name, p.ETag, a)
		paths, err := s.List(tb.Context(), fs.Name, lake.Root, lake.ListOptions{Recursive: true})
		if err != nil {
			tb.Fatal(err)
		}
		for _, p := range paths.Entries {
			fmt.Fprintln(&b, p.Path, p.ETag, p.Size, p.Owner, p.Permissions)
		}
	}
	return b.String()
}
