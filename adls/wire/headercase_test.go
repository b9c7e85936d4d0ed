package wire_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/adls/wire"
)

// echoServer answers each request with the metadata that arrived, one "name=value" a line, sorted.
func echoServer(t *testing.T) string {
	t.Helper()
	ln, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent := wire.TakeSentNames(r)
		if r.URL.Query().Get("read") != "no" {
			_, _ = io.Copy(io.Discard, r.Body)
		}
		m, err := wire.MetaHeaders(r, sent)
		var lines []string
		for name, value := range m {
			lines = append(lines, name+"="+value)
		}
		slices.Sort(lines)
		_, _ = fmt.Fprintf(w, "%s %v", strings.Join(lines, " "), err)
	})
	srv := &http.Server{Handler: handler, ConnContext: wire.ConnContext, DisableGeneralOptionsHandler: true, ReadHeaderTimeout: time.Minute}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = srv.Serve(wire.Listener(ln))
	}()
	t.Cleanup(func() {
		_ = srv.Shutdown(context.Background())
		<-done
	})
	return ln.Addr().String()
}

// exchange writes bytes in pieces of the size given and returns the bodies of as many answers as are wanted.
func exchange(t *testing.T, address, sent string, piece, answers int) []string {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close() //nolint:errcheck // nothing is left to send
	go func() {
		for part := range slices.Chunk([]byte(sent), piece) {
			if _, err := conn.Write(part); err != nil {
				return
			}
		}
	}()
	r := bufio.NewReader(conn)
	var bodies []string
	for range answers {
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatalf("after %q: %v", bodies, err)
		}
		b, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		bodies = append(bodies, string(b))
	}
	return bodies
}

func TestMetadataNamesKeepTheirCase(t *testing.T) {
	t.Parallel()
	address := echoServer(t)
	const (
		get     = "GET / HTTP/1.1\r\nHost: x\r\nx-ms-meta-camelCase: 1\r\nX-MS-META-UPPER: 2\r\nx-ms-meta-lower: 3\r\n\r\n"
		length  = "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 32\r\nx-ms-meta-aB: 1\r\n\r\nx-ms-meta-AB: not a header\r\n\r\n\r\n"
		chunked = "PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nx-ms-meta-cD: 1\r\n\r\n" +
			"1c;ext=1\r\nx-ms-meta-CD: not a header\r\n\r\n5\r\nhello\r\n0\r\nTrailer: x\r\n\r\n"
		options = "OPTIONS * HTTP/1.1\r\nHost: x\r\nx-ms-meta-oP: 1\r\n\r\n"
		bare    = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
		unread  = "PUT /?read=no HTTP/1.1\r\nHost: x\r\nContent-Length: 32\r\nx-ms-meta-eF: 1\r\n\r\nx-ms-meta-EF: not a header\r\n\r\n\r\n"
	)
	want := map[string]string{
		get: "UPPER=2 camelCase=1 lower=3 <nil>", length: "aB=1 <nil>", chunked: "cD=1 <nil>", options: "oP=1 <nil>",
		bare: " <nil>", unread: "eF=1 <nil>",
	}
	order := []string{get, length, get, chunked, bare, chunked, length, unread, get, options, get, unread, chunked}
	var all strings.Builder
	var wanted []string
	for _, request := range order {
		all.WriteString(request)
		wanted = append(wanted, want[request])
	}
	for _, piece := range []int{1, 7, 100, 1 << 20} {
		got := exchange(t, address, all.String(), piece, len(order))
		if diff := cmp.Diff(wanted, got); diff != "" {
			t.Errorf("requests sent in pieces of %d bytes (-want +got):\n%s", piece, diff)
		}
	}
}

func TestNamesThatDifferOnlyInCaseAreOne(t *testing.T) {
	t.Parallel()
	got := exchange(t, echoServer(t), "GET / HTTP/1.1\r\nHost: x\r\nx-ms-meta-a: 1\r\nx-ms-meta-A: 2\r\n\r\n", 1000, 1)
	if want := "A=1,2 <nil>"; got[0] != want {
		t.Errorf("got %q, want %q as HTTP joins them", got[0], want)
	}
}

func TestWithoutTheListenerNamesAreLowerCase(t *testing.T) {
	t.Parallel()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://x/", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("x-ms-meta-camelCase", "1")
	m, err := wire.MetaHeaders(r, wire.TakeSentNames(r))
	if err != nil || m["camelcase"] != "1" || len(m) != 1 {
		t.Errorf("metadata is %v (%v), want camelcase", m, err)
	}
}
