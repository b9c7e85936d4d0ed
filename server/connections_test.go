package server

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ownlake/ownlake/adls/wire"
)

// startBounded serves a handler with at most limit connections.
func startBounded(t *testing.T, limit int, h http.HandlerFunc) (address string) {
	t.Helper()
	bound := newConnections(limit)
	s := httptest.NewUnstartedServer(h)
	s.Listener = bound.listener(wire.Listener(s.Listener))
	s.Config.ConnState = bound.observe
	s.Start()
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

func connect(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// ask sends a request on a connection, which it leaves open, and returns the answer's status.
func ask(t *testing.T, conn net.Conn, path string) int {
	t.Helper()
	if _, err := fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: here\r\n\r\n", path); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

func TestIdleConnectionsKeepNobodyOut(t *testing.T) {
	t.Parallel()
	address := startBounded(t, 3, func(http.ResponseWriter, *http.Request) {})
	for range 20 {
		connect(t, address) // never sends anything
		if got := ask(t, connect(t, address), "/"); got != http.StatusOK {
			t.Fatalf("status %d", got)
		}
	}
}

func TestABusyConnectionIsNotClosedForANewOne(t *testing.T) {
	t.Parallel()
	entered, leave := make(chan struct{}), make(chan struct{})
	var once sync.Once
	release := func() { once.Do(func() { close(leave) }) }
	address := startBounded(t, 2, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/busy" {
			entered <- struct{}{}
			<-leave
			w.WriteHeader(http.StatusAccepted)
		}
	})
	t.Cleanup(release) // before the server is closed, which waits
	busy := connect(t, address)
	answer := make(chan int, 1)
	go func() { answer <- ask(t, busy, "/busy") }()
	<-entered
	for range 10 {
		if got := ask(t, connect(t, address), "/"); got != http.StatusOK {
			t.Fatalf("beside a busy connection: status %d", got)
		}
	}
	release()
	if got := <-answer; got != http.StatusAccepted {
		t.Errorf("the busy connection got status %d", got)
	}
}

// TestTheLakeAnswersBesideTenThousandIdleConnections has each client make a request and stay.
func TestTheLakeAnswersBesideTenThousandIdleConnections(t *testing.T) {
	t.Parallel()
	const clients = 10_000
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil || limit.Cur < clients+2*maxConnections {
		t.Skipf("needs %d file handles, the limit is %d", clients+2*maxConnections, limit.Cur)
	}
	l := startTestLake(t)
	address := l.lakeListenerAddress(t, "listen")
	for i := range clients {
		conn := connect(t, address)
		if i%100 == 0 { // the others say nothing, which costs the server as much
			ask(t, conn, "/")
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	req := signedRequest(t, l, http.MethodGet, l.Addresses().Blob+"/?comp=list").WithContext(ctx)
	resp, err := (&http.Transport{}).RoundTrip(req)
	if err != nil {
		t.Fatalf("beside %d idle connections: %v", clients, err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("beside %d idle connections: status %d", clients, resp.StatusCode)
	}
}

func (l *Lake) lakeListenerAddress(t *testing.T, kind string) string {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, ln := range l.listeners {
		if ln.kind == kind {
			return ln.ln.Addr().String()
		}
	}
	t.Fatalf("the lake has no listener %q", kind)
	return ""
}
