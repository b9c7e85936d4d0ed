package adls_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/adls"
	"github.com/ownlake/ownlake/adls/sharedkey"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/lake/localstore"
)

// FuzzRequest sends whole requests, signed as they are, past the check of who calls: none may crash the server, be
// answered with a failure of ours, or with a body that is not what its content type says.
func FuzzRequest(f *testing.F) {
	for _, seed := range []string{
		"PUT /devstoreaccount1/fs1/d/f?resource=file HTTP/1.1\r\nHost: h\r\nx-ms-permissions: 0777\r\nx-ms-umask: 0022\r\nx-ms-properties: a=MQ==\r\n\r\n",
		"PATCH /devstoreaccount1/fs1/f?action=append&position=0 HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello",
		"PATCH /devstoreaccount1/fs1/f?action=flush&position=5&close=true HTTP/1.1\r\nHost: h\r\n\r\n",
		"PATCH /devstoreaccount1/fs1/f?action=setAccessControlRecursive&mode=modify HTTP/1.1\r\nHost: h\r\nx-ms-acl: user::rwx,group::r-x,other::---\r\n\r\n",
		"PUT /devstoreaccount1/fs1/g HTTP/1.1\r\nHost: h\r\nx-ms-rename-source: /fs1/f\r\n\r\n",
		"GET /devstoreaccount1/fs1?resource=filesystem&recursive=true&maxResults=2&directory=d HTTP/1.1\r\nHost: h\r\n\r\n",
		"PUT /devstoreaccount1/fs1/b HTTP/1.1\r\nHost: h\r\nx-ms-blob-type: BlockBlob\r\nx-ms-meta-A: b\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
		"PUT /devstoreaccount1/fs1/b?comp=block&blockid=AAAA HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc",
		"PUT /devstoreaccount1/fs1/b?comp=blocklist HTTP/1.1\r\nHost: h\r\nContent-Length: 52\r\n\r\n<BlockList><Latest>AAAA</Latest></BlockList>        ",
		"GET /devstoreaccount1/fs1?restype=container&comp=list&delimiter=/&include=metadata,uncommittedblobs&marker=x&maxresults=1 HTTP/1.1\r\nHost: h\r\n\r\n",
		"GET /devstoreaccount1/fs1/b HTTP/1.1\r\nHost: h\r\nx-ms-range: bytes=1-1\r\nIf-Match: \"0x1\"\r\nIf-Modified-Since: yesterday\r\n\r\n",
		"DELETE /fs1/b HTTP/1.1\r\nHost: devstoreaccount1.dfs.localhost\r\n\r\n",
		"GET /devstoreaccount1/../etc/passwd HTTP/1.1\r\nHost: h\r\n\r\n",
		"PUT /devstoreaccount1/fs1/%2e%2e/%2e%2e/x?resource=file HTTP/1.1\r\nHost: h\r\n\r\n",
	} {
		f.Add(seed)
	}
	key, err := base64.StdEncoding.DecodeString(accountKey)
	if err != nil {
		f.Fatal(err)
	}
	store, err := localstore.Open(localstore.Options{FS: vfs.NewMem(), Dir: "/lake", Clock: time.Now, Account: lake.AccountProperties{Name: account}})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = store.Close() })
	if _, err := store.CreateFilesystem(f.Context(), "fs1", lake.CreateFilesystemOptions{}); err != nil {
		f.Fatal(err)
	}
	handler := adls.New(adls.Options{Store: store, Account: account, Key: key, Region: "westeurope", Clock: time.Now})
	credential := sharedkey.Credential{Account: account, Key: key}
	f.Fuzz(func(t *testing.T, raw string) {
		r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(raw)))
		if err != nil {
			return // net/http answers such requests
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // a client that has gone gets no answer
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		r = r.WithContext(t.Context())
		r.Header.Set("X-Ms-Date", time.Now().UTC().Format(http.TimeFormat))
		credential.Sign(r)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code >= http.StatusInternalServerError && w.Code != http.StatusNotImplemented {
			t.Errorf("status %d: %s", w.Code, w.Body)
		}
		if err := readable(w); err != nil && r.Method != http.MethodHead {
			t.Errorf("status %d with a body that is no %s: %v\n%q", w.Code, w.Header().Get("Content-Type"), err, w.Body)
		}
	})
}

// readable reports whether an error answer's body can be read.
func readable(w *httptest.ResponseRecorder) error {
	if w.Code < http.StatusBadRequest || w.Body.Len() == 0 {
		return nil
	}
	if kind := w.Header().Get("Content-Type"); strings.HasPrefix(kind, "application/json") {
		if !json.Valid(w.Body.Bytes()) {
			return errors.New("not JSON")
		}
		return nil
	}
	for d := xml.NewDecoder(w.Body); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}
