package adls_test

import (
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
