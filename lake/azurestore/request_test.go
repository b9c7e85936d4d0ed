package azurestore

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// fakeService answers every request by a function.
func fakeService(t *testing.T, answer http.HandlerFunc) *Store {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("x-ms-request-id", "1")
		answer(w, r)
	}))
	t.Cleanup(server.Close)
	s, err := Open(Options{Endpoint: server.URL, Account: "acct", Key: testKey, RetryDelay: time.Nanosecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// calls are operations to try against a failing service, with whether repeating them is safe.
var calls = []struct {
	name string
	safe bool
	do   func(context.Context, *Store) error
}{
	{"Properties", true, func(ctx context.Context, s *Store) error {
		_, err := s.Properties(ctx, "fs1", "a", lake.Conditions{})
		return err
	}},
	{"List", true, func(ctx context.Context, s *Store) error {
		_, err := s.List(ctx, "fs1", "", lake.ListOptions{})
		return err
	}},
	{"conditional Read", true, func(ctx context.Context, s *Store) error {
		_, err := s.Read(ctx, "fs1", "a", lake.ReadOptions{Conditions: lake.Conditions{IfMatch: "e"}})
		return err
	}},
	{"Append", true, func(ctx context.Context, s *Store) error {
		return s.Append(ctx, "fs1", "a", 0, strings.NewReader("x"), lake.AppendOptions{})
	}},
	{"PutBlob", true, func(ctx context.Context, s *Store) error {
		_, err := s.PutBlob(ctx, "fs1", "a", strings.NewReader("x"), lake.PutBlobOptions{})
		return err
	}},
	{"PutBlock", true, func(ctx context.Context, s *Store) error {
		return s.PutBlock(ctx, "fs1", "a", "id1", strings.NewReader("x"), lake.PutBlockOptions{})
	}},
	{"conditional PutBlob", false, func(ctx context.Context, s *Store) error {
		_, err := s.PutBlob(ctx, "fs1", "a", strings.NewReader("x"), lake.PutBlobOptions{Conditions: lake.Conditions{IfNoneMatch: lake.AnyETag}})
		return err
	}},
	{"PutBlockList", false, func(ctx context.Context, s *Store) error {
		_, err := s.PutBlockList(ctx, "fs1", "a", []lake.BlockRef{{ID: "id1"}}, lake.PutBlobOptions{})
		return err
	}},
	{"conditional Flush", false, func(ctx context.Context, s *Store) error {
		_, err := s.Flush(ctx, "fs1", "a", 1, lake.FlushOptions{Conditions: lake.Conditions{IfMatch: "e"}})
		return err
	}},
	{"Create", false, func(ctx context.Context, s *Store) error {
		_, err := s.Create(ctx, "fs1", "a", lake.CreateOptions{})
		return err
	}},
	{"Rename", false, func(ctx context.Context, s *Store) error {
		_, err := s.Rename(ctx, lake.Location{Filesystem: "fs1", Path: "a"}, lake.Location{Filesystem: "fs1", Path: "b"}, lake.RenameOptions{})
		return err
	}},
	{"Delete", false, func(ctx context.Context, s *Store) error {
		return s.Delete(ctx, "fs1", "a", lake.DeleteOptions{})
	}},
	{"CreateFilesystem", false, func(ctx context.Context, s *Store) error {
		_, err := s.CreateFilesystem(ctx, "fs1", lake.CreateFilesystemOptions{})
		return err
	}},
}

func TestOnlySafeRequestsAreRepeatedAfterAnAmbiguousFailure(t *testing.T) {
	t.Parallel()
	failures := map[string]http.HandlerFunc{
		"500": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		"the connection breaks": func(http.ResponseWriter, *http.Request) {
			panic(http.ErrAbortHandler)
		},
	}
	for failure, answer := range failures {
		for _, c := range calls {
			t.Run(c.name+" when "+failure, func(t *testing.T) {
				t.Parallel()
				var tries atomic.Int32
				s := fakeService(t, func(w http.ResponseWriter, r *http.Request) { tries.Add(1); answer(w, r) })
				err := c.do(t.Context(), s)
				if !errs.Is(err, errs.Unavailable) {
					t.Errorf("got %v of kind %v, want kind unavailable", err, errs.KindOf(err))
				}
				if want := map[bool]int32{true: 4, false: 1}[c.safe]; tries.Load() != want {
					t.Errorf("%d tries, want %d", tries.Load(), want)
				}
			})
		}
	}
}

func TestEveryRequestIsRepeatedWhenTheServiceIsBusyAndRefusedIt(t *testing.T) {
	t.Parallel()
	for _, c := range calls {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var tries atomic.Int32
			s := fakeService(t, func(w http.ResponseWriter, _ *http.Request) {
				tries.Add(1)
				w.Header().Set("x-ms-error-code", "ServerBusy")
				w.WriteHeader(http.StatusServiceUnavailable)
			})
			if err := c.do(t.Context(), s); errs.KindOf(err) != errs.Unavailable || errs.CodeOf(err) != "ServerBusy" {
				t.Errorf("got %v of kind %v, want kind unavailable and code ServerBusy", err, errs.KindOf(err))
			}
			if tries.Load() != 4 {
				t.Errorf("%d tries, want 4", tries.Load())
			}
		})
	}
}

func TestNothingIsRepeatedAgainstAServerWhoseCertificateIsNotTrusted(t *testing.T) {
	t.Parallel()
	var tries atomic.Int32
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			tries.Add(1)
		}
	}
	server.StartTLS()
	t.Cleanup(server.Close)
	s, err := Open(Options{Endpoint: server.URL, Account: "acct", Key: testKey, RetryDelay: time.Nanosecond})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Account(t.Context())
	if !errs.Is(err, errs.Unavailable) || !strings.Contains(string(errs.HintOf(err)), "certificate") {
		t.Errorf("got %v with hint %q, want kind unavailable and a hint at the certificate", err, errs.HintOf(err))
	}
	if tries.Load() != 1 {
		t.Errorf("%d tries, want 1", tries.Load())
	}
}

func TestAPathIsSentAsItIsNamed(t *testing.T) {
	t.Parallel()
	for _, p := range []lake.Path{
		"plain", "a/b", `back\slash`, "100% sure?#1", "Ünïcødé/✓/😀", "a+b&c=d;e,f", "..dots../x.", "tilde~(1)*'!$@:",
	} {
		var got []string
		s := fakeService(t, func(w http.ResponseWriter, r *http.Request) {
			got = append(got, r.URL.Path)
			w.WriteHeader(http.StatusNotFound)
		})
		_, _ = s.Properties(t.Context(), "fs1", p, lake.Conditions{})
		_, _ = s.PutBlob(t.Context(), "fs1", p, strings.NewReader("x"), lake.PutBlobOptions{})
		want := "/acct/fs1/" + string(p)
		if len(got) != 2 || got[0] != want || got[1] != want {
			t.Errorf("the service was asked for %q, want %q twice", got, want)
		}
	}
}

func TestRenameNamesItsSourceEncodedAndWithoutTheAccount(t *testing.T) {
	t.Parallel()
	var got *http.Request
	s := fakeService(t, func(w http.ResponseWriter, r *http.Request) {
		got = r.Clone(r.Context())
		w.Header().Set("ETag", `"0x1"`)
		w.WriteHeader(http.StatusCreated)
	})
	_, err := s.Rename(t.Context(), lake.Location{Filesystem: "fs1", Path: "a b/ü?"}, lake.Location{Filesystem: "fs2", Path: "c"},
		lake.RenameOptions{Source: lake.Conditions{IfMatch: "0x7"}, Conditions: lake.Conditions{IfNoneMatch: lake.AnyETag}})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"x-ms-rename-source": "/fs1/a%20b/%C3%BC%3F", "x-ms-source-if-match": `"0x7"`, "If-None-Match": "*",
	} {
		if g := got.Header.Get(name); g != want {
			t.Errorf("%s: %q, want %q", name, g, want)
		}
	}
	if got.URL.Path != "/acct/fs2/c" || got.URL.Query().Has("resource") {
		t.Errorf("asked for %s, want /acct/fs2/c without a resource", got.URL)
	}
}

func TestAHostStyleAccountIsAskedAtItsTwoHosts(t *testing.T) {
	t.Parallel()
	var got []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.Method+" "+r.Host+r.URL.RequestURI())
		w.Header().Set("x-ms-request-id", "1")
		w.Header().Set("ETag", `"0x1"`)
		switch {
		case r.Method == http.MethodPut:
			w.WriteHeader(http.StatusCreated)
		case r.URL.Query().Get("resource") == "filesystem" && r.Method == http.MethodGet:
			_, _ = w.Write([]byte(`{"paths":[]}`))
		}
	}))
	t.Cleanup(server.Close)
	s, err := Open(Options{Endpoint: "http://acct.dfs.lake.example", Account: "acct", Key: testKey, Retries: -1})
	if err != nil {
		t.Fatal(err)
	}
	s.transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, server.Listener.Addr().String())
	}
	s.transport.Proxy = nil
	ctx := t.Context()
	_, account := s.Account(ctx)
	_, filesystem := s.FilesystemProperties(ctx, "fs1")
	_, created := s.CreateFilesystem(ctx, "fs1", lake.CreateFilesystemOptions{})
	_, properties := s.Properties(ctx, "fs1", "a/b", lake.Conditions{})
	_, put := s.PutBlob(ctx, "fs1", "a/b", strings.NewReader("x"), lake.PutBlobOptions{})
	_, listed := s.List(ctx, "fs1", "a", lake.ListOptions{})
	if err := errors.Join(account, filesystem, created, properties, put, listed); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"GET acct.blob.lake.example/?comp=properties&restype=account",
		"HEAD acct.dfs.lake.example/fs1?resource=filesystem",
		"PUT acct.blob.lake.example/fs1?restype=container",
		"HEAD acct.dfs.lake.example/fs1/a/b?upn=false",
		"PUT acct.blob.lake.example/fs1/a/b",
		"GET acct.dfs.lake.example/fs1?directory=a&recursive=false&resource=filesystem",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
}
