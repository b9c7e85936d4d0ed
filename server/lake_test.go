package server

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/ownlake/ownlake/adls/sharedkey"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

func lakeConfig(tb testing.TB) LakeConfig {
	tb.Helper()
	key, err := base64.StdEncoding.DecodeString(EmulatorKey)
	if err != nil {
		tb.Fatal(err)
	}
	return LakeConfig{
		DataDir: tb.TempDir(), Listen: "127.0.0.1:0", DFSListen: "127.0.0.1:0", TLSListen: "127.0.0.1:0",
		Account: EmulatorAccount, Key: key, Logger: slog.New(slog.DiscardHandler),
	}
}

func startTestLake(t *testing.T) *Lake {
	t.Helper()
	l, err := StartLake(t.Context(), lakeConfig(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return l
}

// signedRequest is a request of a client that holds the key.
func signedRequest(t *testing.T, l *Lake, method, target string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, target, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("x-ms-date", time.Now().UTC().Format(http.TimeFormat))
	sharedkey.Credential{Account: l.account, Key: l.key}.Sign(r)
	return r
}

func TestTheLakeAnswersOverTLSUnderEachOfItsNames(t *testing.T) {
	t.Parallel()
	l := startTestLake(t)
	own, err := url.Parse(l.Addresses().TLS)
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{"127.0.0.1", "localhost", EmulatorAccount + ".dfs.localhost", EmulatorAccount + ".blob.core.windows.net"} {
		target := "https://" + host + ":" + own.Port() + "/"
		if !strings.HasPrefix(host, EmulatorAccount) {
			target += EmulatorAccount + "/"
		}
		transport := &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: l.RootCAs(), MinVersion: tls.VersionTLS12},
			DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, network, own.Host)
			},
		}
		resp, err := transport.RoundTrip(signedRequest(t, l, http.MethodGet, target+"?comp=list"))
		if err != nil {
			t.Errorf("%s: %v", host, err)
			continue
		}
		b, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(string(b), `ServiceEndpoint="`+target+`"`) {
			t.Errorf("%s: %d %v\n%s", host, resp.StatusCode, err, b)
		}
		_ = resp.Body.Close()
		transport.CloseIdleConnections()
	}
}

func TestTheAccountSaysWhereReadersReachIt(t *testing.T) {
	t.Parallel()
	l := startTestLake(t)
	a, err := l.Store().Account(t.Context())
	if err != nil || a.Endpoint != l.Addresses().TLS || a.Region != DefaultRegion || !a.HierarchicalNamespace {
		t.Errorf("account is %+v (%v), want the address with TLS, the region and the namespace", a, err)
	}
}

func TestOwnAddressesAreRecognised(t *testing.T) {
	t.Parallel()
	l, err := OpenLake(t.Context(), LakeConfig{
		DataDir: t.TempDir(), Listen: "127.0.0.1:10000", DFSListen: "127.0.0.1:10004", TLSListen: "127.0.0.1:10005",
		Account: "acct", Key: []byte("key"), Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close(context.Background()) //nolint:errcheck // nothing was written
	if l.Listening() {
		t.Error("a lake that was only opened says that it listens")
	}
	for endpoint, want := range map[string]bool{
		"http://127.0.0.1:10000/acct":        true,
		"http://localhost:10004/acct/":       true,
		"http://[::1]:10000/acct":            true,
		"https://127.0.0.1:10005/acct":       true,
		"https://acct.dfs.localhost:10005":   true,
		"http://127.0.0.1:10005/acct":        false, // TLS only
		"http://127.0.0.1:10000/other":       false,
		"http://127.0.0.1:10000/acct/folder": false,
		"http://127.0.0.1:10009/acct":        false,
		"http://10.0.0.1:10000/acct":         false,
		"https://acct.dfs.core.windows.net":  false,
		"https://other.dfs.localhost:10005":  false,
		"::":                                 false,
		"":                                   false,
	} {
		if got := l.ServesAt(endpoint); got != want {
			t.Errorf("%q is ours: %v, want %v", endpoint, got, want)
		}
	}
}

func TestAFailedListenLeavesNothingListening(t *testing.T) {
	t.Parallel()
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close() //nolint:errcheck // of the test only
	cfg := lakeConfig(t)
	cfg.TLSListen = taken.Addr().String()
	if _, err := StartLake(t.Context(), cfg); !errs.Is(err, errs.Unavailable) || errs.HintOf(err) == "" {
		t.Errorf("starting on a taken port: %v, want Unavailable and what to do", err)
	}
	cfg.TLSListen = ""
	l, err := StartLake(t.Context(), cfg)
	if err != nil {
		t.Fatalf("the folder cannot be opened after a failed start: %v", err)
	}
	if err := l.Close(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestTheEmulatorsKeyStaysOnThisMachine(t *testing.T) {
	t.Parallel()
	cfg := lakeConfig(t)
	cfg.Listen = "0.0.0.0:0"
	if _, err := StartLake(t.Context(), cfg); !errs.Is(err, errs.Invalid) {
		t.Errorf("serving the emulator's account to everybody: %v, want Invalid", err)
	}
	if err := CheckExposure("0.0.0.0:0", []byte("a key of one's own")); err != nil {
		t.Errorf("a key of one's own: %v", err)
	}
}

// startUpload begins an upload whose body does not end before the returned writer is closed, and returns when
// the lake reads it: with Expect: 100-continue the client sends nothing earlier.
func startUpload(t *testing.T, l *Lake) (body io.WriteCloser, answered <-chan int) {
	t.Helper()
	out, in := io.Pipe()
	r := signedRequest(t, l, http.MethodPut, l.Addresses().Blob+"/fs1/f")
	r.Body, r.ContentLength = out, -1
	r.Header.Set("x-ms-blob-type", "BlockBlob")
	r.Header.Set("Expect", "100-continue")
	sharedkey.Credential{Account: l.account, Key: l.key}.Sign(r)
	status := make(chan int, 1)
	go func() {
		resp, err := (&http.Transport{ExpectContinueTimeout: time.Hour}).RoundTrip(r)
		if err != nil {
			status <- -1
			return
		}
		_ = resp.Body.Close()
		status <- resp.StatusCode
	}()
	if _, err := in.Write([]byte("hello ")); err != nil {
		t.Fatal(err)
	}
	return in, status
}

// TestCloseWaitsForRequestsUnderWay holds an upload open while the lake closes.
func TestCloseWaitsForRequestsUnderWay(t *testing.T) {
	t.Parallel()
	l, err := StartLake(t.Context(), lakeConfig(t))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Store().CreateFilesystem(t.Context(), "fs1", lake.CreateFilesystemOptions{}); err != nil {
		t.Fatal(err)
	}
	in, answered := startUpload(t, l)
	closed := make(chan error, 1)
	go func() { closed <- l.Close(context.Background()) }()
	if _, err := in.Write([]byte("world")); err != nil {
		t.Fatal(err)
	}
	_ = in.Close()
	if status := <-answered; status != http.StatusCreated {
		t.Errorf("an upload under way while the lake closed: %d, want 201", status)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
}

func TestCloseEndsRequestsThatDoNotEnd(t *testing.T) {
	t.Parallel()
	l, err := StartLake(t.Context(), lakeConfig(t))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Store().CreateFilesystem(t.Context(), "fs1", lake.CreateFilesystemOptions{}); err != nil {
		t.Fatal(err)
	}
	in, answered := startUpload(t, l)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Close(ctx); err != nil {
		t.Error(err)
	}
	_ = in.Close() // the client waits for its body
	if status := <-answered; status != -1 {
		t.Errorf("an upload cut off by Close: %d, want no answer", status)
	}
}
