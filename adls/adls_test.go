package adls_test

import (
	"context"
	"encoding/base64"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/adls"
	"github.com/ownlake/ownlake/adls/sharedkey"
	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/lake/localstore"
)

const (
	account    = "devstoreaccount1"
	accountKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)

// testLake is a lake on a memory file system, served on a port of its own.
type testLake struct {
	t       testing.TB
	store   lake.Service
	address string // host:port
	cred    sharedkey.Credential
}

// url is the path-style address of the account, without a slash at the end.
func (l *testLake) url() string { return "http://" + l.address + "/" + account }

// storage is where a test's lake lies.
type storage struct {
	fs  vfs.FS
	dir string
}

func diskFS(tb testing.TB) storage {
	tb.Helper()
	return storage{vfs.Default, tb.TempDir()}
}

func startLake(t *testing.T, options ...func(*adls.Options)) *testLake {
	t.Helper()
	return startLakeAt(t, storage{vfs.NewMem(), "/lake"}, options...)
}

func startLakeAt(tb testing.TB, at storage, options ...func(*adls.Options)) *testLake {
	tb.Helper()
	key, err := base64.StdEncoding.DecodeString(accountKey)
	if err != nil {
		tb.Fatal(err)
	}
	store, err := localstore.Open(localstore.Options{
		FS: at.fs, Dir: at.dir, Clock: time.Now, Logger: slog.New(slog.DiscardHandler),
		Account: lake.AccountProperties{
			Name: account, Region: "westeurope", HierarchicalNamespace: true, Kind: "StorageV2", SKU: "Standard_LRS",
		},
	})
	if err != nil {
		tb.Fatal(err)
	}
	o := adls.Options{Store: store, Account: account, Key: key, Region: "westeurope", Clock: time.Now, StallTimeout: time.Minute}
	for _, option := range options {
		option(&o)
	}
	ln, err := (&net.ListenConfig{}).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	srv := &http.Server{Handler: adls.New(o), ConnContext: wire.ConnContext, DisableGeneralOptionsHandler: true, ReadHeaderTimeout: time.Minute}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = srv.Serve(wire.Listener(ln))
	}()
	tb.Cleanup(func() {
		_ = srv.Shutdown(context.Background())
		<-done
		if err := store.Close(); err != nil {
			tb.Errorf("closing the store: %v", err)
		}
	})
	return &testLake{t: tb, store: store, address: ln.Addr().String(), cred: sharedkey.Credential{Account: account, Key: key}}
}

// call is a request as a value.
type call struct {
	method, target string // target: what follows the account, with its query
	header         map[string]string
	body           string
	host           string // host-style: the Host header; target then begins below the account
	unsigned       bool
	key            string // another key to sign with
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

func (a answer) code() string { return a.header.Get("X-Ms-Error-Code") }

// do sends a request and fails the test only where no answer came.
func (l *testLake) do(c call) answer {
	l.t.Helper()
	url := l.url() + c.target
	if c.host != "" {
		url = "http://" + l.address + c.target
	}
	r, err := http.NewRequestWithContext(l.t.Context(), c.method, url, strings.NewReader(c.body))
	if err != nil {
		l.t.Fatal(err)
	}
	r.Host = c.host
	r.Header.Set("x-ms-date", time.Now().UTC().Format(http.TimeFormat))
	r.Header.Set("x-ms-version", "2024-11-04")
	for name, value := range c.header {
		if strings.HasPrefix(name, wire.MetaPrefix) {
			r.Header[name] = []string{value} // in this case
		} else {
			r.Header.Set(name, value)
		}
	}
	switch {
	case c.unsigned:
	case c.key != "":
		sharedkey.Credential{Account: account, Key: []byte(c.key)}.Sign(r)
	default:
		l.cred.Sign(r)
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		l.t.Fatalf("%s %s: %v", c.method, c.target, err)
	}
	defer resp.Body.Close() //nolint:errcheck // read to the end
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		l.t.Fatalf("%s %s: reading the answer: %v", c.method, c.target, err)
	}
	return answer{resp.StatusCode, resp.Header, string(body)}
}

// must sends a request and fails the test unless the status is the one wanted.
func (l *testLake) must(status int, c call) answer {
	l.t.Helper()
	a := l.do(c)
	if a.status != status {
		l.t.Fatalf("%s %s: status %d %s, want %d\n%s", c.method, c.target, a.status, a.code(), status, a.body)
	}
	return a
}

// filesystem makes one on the dfs endpoint.
func (l *testLake) filesystem(name string) {
	l.t.Helper()
	l.must(201, call{method: "PUT", target: "/" + name + "?resource=filesystem"})
}

// file writes a file on the dfs endpoint: create, append, flush.
func (l *testLake) file(target, content string) {
	l.t.Helper()
	l.must(201, call{method: "PUT", target: target + "?resource=file"})
	l.must(202, call{method: "PATCH", target: target + "?action=append&position=0", body: content})
	l.must(200, call{method: "PATCH", target: target + "?action=flush&position=" + strconv.Itoa(len(content))})
}

// read returns a file's content on the dfs endpoint.
func (l *testLake) read(target string) string {
	l.t.Helper()
	return l.must(200, call{method: "GET", target: target, header: map[string]string{"x-ms-version": "2024-11-04"}}).body
}
