package adls_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ownlake/ownlake/adls"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// failingLists is a store that fails to list from a path on.
type failingLists struct {
	lake.Service
	from string
}

func (s failingLists) List(ctx context.Context, fs lake.Filesystem, dir lake.Path, o lake.ListOptions) (lake.Page, error) {
	page, err := s.Service.List(ctx, fs, dir, o)
	if n := len(page.Entries); err == nil && n > 0 && string(page.Entries[n-1].Path) >= s.from {
		return lake.Page{}, errs.E(errs.Unavailable, "the disk failed")
	}
	return page, err
}

// TestAListThatFailsHalfWayDoesNotLookWhole lists blobs, which are sent while they are being found.
func TestAListThatFailsHalfWayDoesNotLookWhole(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		from   string
		status int
		whole  bool
	}{
		"at the beginning": {"d/f0000", http.StatusServiceUnavailable, true},
		"half way":         {"d/f1900", http.StatusOK, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := startLake(t, func(o *adls.Options) { o.Store = failingLists{o.Store, tc.from} })
			l.filesystem("fs1")
			for i := range 2000 {
				if _, err := l.store.Create(t.Context(), "fs1", lake.Path(fmt.Sprintf("d/f%04d", i)), lake.CreateOptions{}); err != nil {
					t.Fatal(err)
				}
			}
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, l.url()+"/fs1?restype=container&comp=list&prefix=d/", nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("X-Ms-Date", time.Now().UTC().Format(http.TimeFormat))
			l.cred.Sign(r)
			resp, err := http.DefaultTransport.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close() //nolint:errcheck // read to its end
			body, err := io.ReadAll(resp.Body)
			if resp.StatusCode != tc.status || tc.whole != (err == nil) {
				t.Fatalf("status %d, %d bytes, %v; want status %d", resp.StatusCode, len(body), err, tc.status)
			}
			if !tc.whole && (!errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(string(body), "d/f0000")) {
				t.Errorf("%d bytes and %v, want a part of the list and its end cut off", len(body), err)
			}
		})
	}
}

// A connection that ends within a body must not leave what came of it as if it were all: net/http reports that by
// io.ErrUnexpectedEOF, which is also how io.ReadFull tells the end.
func TestABodyThatEndsEarlyChangesNothing(t *testing.T) {
	t.Parallel()
	l := startLake(t)
	l.filesystem("fs1")
	l.must(201, call{method: "PUT", target: "/fs1/old", body: "old", header: headers("x-ms-blob-type", "BlockBlob")})
	l.must(201, call{method: "PUT", target: "/fs1/log", header: headers("x-ms-blob-type", "AppendBlob")})
	l.file("/fs1/f", "old")
	for name, tc := range map[string]struct {
		method, target string
		header         map[string]string
	}{
		"Put Blob":                 {"PUT", "/fs1/new", headers("x-ms-blob-type", "BlockBlob")},
		"Put Blob over a blob":     {"PUT", "/fs1/old", headers("x-ms-blob-type", "BlockBlob")},
		"Put Block":                {"PUT", "/fs1/blocks?comp=block&blockid=MDE%3D", nil},
		"Append Block":             {"PUT", "/fs1/log?comp=appendblock", nil},
		"Append Data that flushes": {"PATCH", "/fs1/f?action=append&position=3&flush=true", nil},
	} {
		for _, sent := range []int{5, 100_000} { // both ways to keep content
			conn := l.dial(tc.method, tc.target, int64(sent)+1000, tc.header)
			if _, err := conn.Write(bytes.Repeat([]byte("x"), sent)); err != nil {
				t.Fatal(err)
			}
			half, ok := conn.(interface{ CloseWrite() error })
			if !ok {
				t.Fatalf("a %T cannot be closed for writing alone", conn)
			}
			if err := half.CloseWrite(); err != nil {
				t.Fatal(err)
			}
			answer, err := io.ReadAll(conn)
			if status, _, _ := bytes.Cut(answer, []byte("\r\n")); err != nil || bytes.Contains(status, []byte(" 20")) {
				t.Errorf("%s of %d bytes and no more was answered %q (%v), want a refusal", name, sent, status, err)
			}
		}
	}
	l.run([]scenario{
		{"a new blob", call{method: "HEAD", target: "/fs1/new"}, 404, "BlobNotFound", ""},
		{"a block", call{method: "GET", target: "/fs1/blocks?comp=blocklist&blocklisttype=all"}, 404, "BlobNotFound", ""},
		{"the bytes appended", call{method: "PATCH", target: "/fs1/f?action=flush&position=8"}, 400, "InvalidFlushPosition", ""},
	})
	for target, want := range map[string]string{"/fs1/old": "old", "/fs1/log": "", "/fs1/f": "old"} {
		if got := l.must(200, call{method: "GET", target: target}); got.body != want {
			t.Errorf("%s holds %d bytes, want %q", target, len(got.body), want)
		}
	}
}
