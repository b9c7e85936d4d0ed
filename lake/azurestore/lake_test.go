package azurestore_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/adls"
	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/lake/azurestore"
	"github.com/ownlake/ownlake/lake/localstore"
	"github.com/ownlake/ownlake/lake/storetest"
)

const (
	account    = "devstoreaccount1"
	accountKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)

// newLake returns an embedded lake in memory as an HTTP handler that reads bare requests as of the endpoint.
func newLake(tb testing.TB, bare wire.Endpoint) http.Handler {
	tb.Helper()
	key, err := base64.StdEncoding.DecodeString(accountKey)
	if err != nil {
		tb.Fatal(err)
	}
	props := lake.AccountProperties{
		Name: account, Region: "westeurope", HierarchicalNamespace: true, Kind: "StorageV2", SKU: "Standard_LRS",
	}
	store, err := localstore.Open(localstore.Options{FS: vfs.NewMem(), Dir: "/lake", Clock: time.Now, Account: props})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := store.Close(); err != nil {
			tb.Error(err)
		}
	})
	return adls.New(adls.Options{
		Store: store, Account: account, Key: key, Region: props.Region, Default: bare, Clock: time.Now,
	})
}

// serveLake serves an embedded lake on a port of its own and returns its path-style address.
func serveLake(tb testing.TB, bare wire.Endpoint) string {
	tb.Helper()
	handler := newLake(tb, bare)
	listener, err := (&net.ListenConfig{}).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	server := &http.Server{Handler: handler, ConnContext: wire.ConnContext, ReadHeaderTimeout: time.Minute}
	served := make(chan error, 1)
	go func() { served <- server.Serve(wire.Listener(listener)) }()
	tb.Cleanup(func() {
		if err := server.Shutdown(context.Background()); err != nil {
			tb.Error(err)
		}
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			tb.Error(err)
		}
	})
	return "http://" + listener.Addr().String() + "/" + account
}

// open returns a store over HTTP to an embedded lake.
func open(tb testing.TB, bare wire.Endpoint) *azurestore.Store {
	tb.Helper()
	s, err := azurestore.Open(azurestore.Options{Endpoint: serveLake(tb, bare), Account: account, Key: accountKey})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

// onEachPort runs a test against a port of either default.
func onEachPort(t *testing.T, test func(*testing.T, *azurestore.Store)) {
	t.Helper()
	for name, bare := range map[string]wire.Endpoint{"blob port": wire.Blob, "dfs port": wire.DFS} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t, bare))
		})
	}
}

func must[T any](t *testing.T) func(T, error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestAccountTellsWhatItIsAndWhereReadersFindIt(t *testing.T) {
	t.Parallel()
	onEachPort(t, func(t *testing.T, s *azurestore.Store) {
		t.Helper()
		got := must[lake.AccountProperties](t)(s.Account(t.Context()))
		if !strings.HasPrefix(got.Endpoint, "http://127.0.0.1:") || !strings.HasSuffix(got.Endpoint, "/"+account) {
			t.Errorf("endpoint %q", got.Endpoint)
		}
		got.Endpoint = ""
		want := lake.AccountProperties{Name: account, Region: "westeurope", HierarchicalNamespace: true, Kind: "StorageV2", SKU: "Standard_LRS"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}

func TestAWrongKeyIsUnauthorizedAndTheHintNamesTheAccount(t *testing.T) {
	t.Parallel()
	wrong := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte("x"), 64))
	s, err := azurestore.Open(azurestore.Options{Endpoint: serveLake(t, wire.DFS), Account: account, Key: wrong})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Account(t.Context()); !errs.Is(err, errs.Unauthorized) || !strings.Contains(string(errs.HintOf(err)), account) {
		t.Errorf("got %v with hint %q, want kind unauthorized and a hint with the account", err, errs.HintOf(err))
	}
	if err := s.Delete(t.Context(), "fs1", "a", lake.DeleteOptions{}); !errs.Is(err, errs.Unauthorized) {
		t.Errorf("got %v, want kind unauthorized", err)
	}
}

func TestAnAccountWithACertificateOfItsOwnIsReachedByItsAuthority(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(newLake(t, wire.DFS))
	server.StartTLS()
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	s, err := azurestore.Open(azurestore.Options{Endpoint: server.URL, Account: account, Key: accountKey, RootCAs: roots})
	if err != nil {
		t.Fatal(err)
	}
	got := must[lake.AccountProperties](t)(s.Account(t.Context()))
	if want := server.URL + "/" + account; got.Endpoint != want {
		t.Errorf("endpoint %q, want %q", got.Endpoint, want)
	}
}

func TestLargeUploadsOfOneFileAtOnceLeaveOneOfThemWhole(t *testing.T) {
	t.Parallel()
	s := open(t, wire.DFS)
	ctx := t.Context()
	must[lake.FilesystemProperties](t)(s.CreateFilesystem(ctx, "fs1", lake.CreateFilesystemOptions{}))
	const writers, size = 4, 9 << 20
	outcomes := make(chan error, writers)
	for i := range writers {
		go func() {
			_, err := s.PutBlob(ctx, "fs1", "a", bytes.NewReader(bytes.Repeat([]byte{byte(i)}, size)), lake.PutBlobOptions{})
			outcomes <- err
		}()
	}
	written := 0
	for range writers {
		switch err := <-outcomes; {
		case err == nil:
			written++
		case !errs.Is(err, errs.Conflict):
			t.Errorf("got %v of kind %v, want success or kind conflict", err, errs.KindOf(err))
		}
	}
	if written == 0 {
		t.Fatal("no writer succeeded")
	}
	content := must[lake.Content](t)(s.Read(ctx, "fs1", "a", lake.ReadOptions{}))
	got := must[[]byte](t)(io.ReadAll(content.Body))
	if err := content.Body.Close(); err != nil {
		t.Error(err)
	}
	if len(got) != size || bytes.Count(got, got[:1]) != size {
		t.Errorf("the file is a mix of %d bytes", len(got))
	}
}

func TestMetadataKeepsTheCaseOfItsNames(t *testing.T) {
	t.Parallel()
	onEachPort(t, func(t *testing.T, s *azurestore.Store) {
		t.Helper()
		ctx := t.Context()
		m := lake.Metadata{"lower": "1", "CamelCase": "2", "UPPER": "three words"}
		must[lake.FilesystemProperties](t)(s.CreateFilesystem(ctx, "fs1", lake.CreateFilesystemOptions{Metadata: m}))
		must[lake.Properties](t)(s.Create(ctx, "fs1", "created", lake.CreateOptions{Metadata: m}))
		must[lake.Properties](t)(s.Create(ctx, "fs1", "dir", lake.CreateOptions{IsDirectory: true, Metadata: m}))
		must[lake.Properties](t)(s.PutBlob(ctx, "fs1", "put", strings.NewReader("x"), lake.PutBlobOptions{Metadata: m}))
		must[lake.Properties](t)(s.PutBlob(ctx, "fs1", "set", strings.NewReader("x"), lake.PutBlobOptions{}))
		must[lake.Properties](t)(s.SetProperties(ctx, "fs1", "set", lake.PropertyUpdate{Metadata: &m}, lake.Conditions{}))
		if err := s.PutBlock(ctx, "fs1", "blocks", "1", strings.NewReader("x"), lake.PutBlockOptions{}); err != nil {
			t.Fatal(err)
		}
		must[lake.Properties](t)(s.PutBlockList(ctx, "fs1", "blocks", []lake.BlockRef{{ID: "1"}}, lake.PutBlobOptions{Metadata: m}))

		got := map[string]lake.Metadata{
			"filesystem": must[lake.FilesystemProperties](t)(s.FilesystemProperties(ctx, "fs1")).Metadata,
		}
		for _, p := range []lake.Path{"created", "dir", "put", "set", "blocks"} {
			got[string(p)] = must[lake.Properties](t)(s.Properties(ctx, "fs1", p, lake.Conditions{})).Metadata
		}
		for name, g := range got {
			if diff := cmp.Diff(m, g); diff != "" {
				t.Errorf("%s: -want +got:\n%s", name, diff)
			}
		}
	})
}

func TestContentOfEverySizeComesBackAsItWasSent(t *testing.T) {
	t.Parallel()
	onEachPort(t, func(t *testing.T, s *azurestore.Store) {
		t.Helper()
		ctx := t.Context()
		must[lake.FilesystemProperties](t)(s.CreateFilesystem(ctx, "fs1", lake.CreateFilesystemOptions{}))
		for _, size := range []int{0, 1, 8<<20 - 1, 8 << 20, 20<<20 + 7} {
			data := bytes.Repeat([]byte("\x00\xffownlake"), size/9+1)[:size]
			props := must[lake.Properties](t)(s.PutBlob(ctx, "fs1", "deep/er/file", bytes.NewReader(data), lake.PutBlobOptions{
				Headers: lake.ContentHeaders{ContentType: "text/csv", ContentEncoding: "gzip"},
			}))
			content := must[lake.Content](t)(s.Read(ctx, "fs1", "deep/er/file", lake.ReadOptions{Conditions: lake.Conditions{IfMatch: props.ETag}}))
			got := must[[]byte](t)(io.ReadAll(content.Body))
			if err := content.Body.Close(); err != nil {
				t.Error(err)
			}
			if !bytes.Equal(got, data) || content.Properties.Size != int64(size) || content.Length != int64(size) {
				t.Errorf("size %d: read %d bytes of %d, announced %d", size, len(got), content.Properties.Size, content.Length)
			}
			if h := content.Properties.Headers; h.ContentType != "text/csv" || h.ContentEncoding != "gzip" {
				t.Errorf("size %d: headers %+v", size, h)
			}
		}
	})
}

func TestStoreConformance(t *testing.T) {
	t.Parallel()
	onEachPort(t, func(t *testing.T, s *azurestore.Store) {
		t.Helper()
		storetest.Run(t, func(*testing.T) lake.Store { return s })
	})
}
