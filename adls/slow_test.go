package adls_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ownlake/ownlake/adls"
	"github.com/ownlake/ownlake/lake"
)

// dial opens a connection and writes a signed request's head, announcing a body of the length given.
func (l *testLake) dial(method, target string, length int64, header map[string]string) net.Conn {
	l.t.Helper()
	r, err := http.NewRequestWithContext(l.t.Context(), method, l.url()+target, nil)
	if err != nil {
		l.t.Fatal(err)
	}
	r.ContentLength = length
	r.Header.Set("x-ms-date", time.Now().UTC().Format(http.TimeFormat))
	for name, value := range header {
		r.Header.Set(name, value)
	}
	l.cred.Sign(r)
	conn, err := (&net.Dialer{}).DialContext(l.t.Context(), "tcp", l.address)
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { _ = conn.Close() })
	var head strings.Builder
	fmt.Fprintf(&head, "%s %s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n", method, r.URL.RequestURI(), l.address, length)
	if err := r.Header.Write(&head); err != nil {
		l.t.Fatal(err)
	}
	if _, err := io.WriteString(conn, head.String()+"\r\n"); err != nil {
		l.t.Fatal(err)
	}
	return conn
}

// TestClientsThatStopSendingAreCutOff also has requests whose body no operation reads: net/http would wait for
// it after the answer.
func TestClientsThatStopSendingAreCutOff(t *testing.T) {
	t.Parallel()
	l := startLake(t, func(o *adls.Options) { o.StallTimeout = 50 * time.Millisecond })
	l.filesystem("fs1")
	for name, conn := range map[string]net.Conn{
		"within a body":            l.dial("PUT", "/fs1/f", 1000, headers("x-ms-blob-type", "BlockBlob")),
		"where no body is read":    l.dial("HEAD", "/fs1/f", 1000, nil),
		"before who calls is told": l.dial("PUT", "/fs1/f", 1000, headers("x-ms-date", "yesterday")),
	} {
		if _, err := io.WriteString(conn, "the beginning"); err != nil {
			t.Fatal(err)
		}
		if err := conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(conn); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("a client that stops %s keeps its connection", name)
		}
	}
	if a := l.do(call{method: "HEAD", target: "/fs1/f"}); a.status != 404 {
		t.Errorf("half an upload left a blob behind: %d", a.status)
	}
}

// closeSignal is a store that tells when a content that it opened is closed.
type closeSignal struct {
	lake.Service
	closed chan struct{}
}

func (s closeSignal) Read(ctx context.Context, fs lake.Filesystem, p lake.Path, o lake.ReadOptions) (lake.Content, error) {
	c, err := s.Service.Read(ctx, fs, p, o)
	if err == nil {
		c.Body = &signalCloser{c.Body, s.closed}
	}
	return c, err
}

type signalCloser struct {
	io.ReadCloser
	closed chan struct{}
}

func (s *signalCloser) Close() error {
	close(s.closed)
	return s.ReadCloser.Close()
}

// TestAClientThatTakesNothingIsCutOff asks for more than the buffers between the two hold.
func TestAClientThatTakesNothingIsCutOff(t *testing.T) {
	t.Parallel()
	closed := make(chan struct{})
	l := startLake(t, func(o *adls.Options) {
		o.StallTimeout = 50 * time.Millisecond
		o.Store = closeSignal{o.Store, closed}
	})
	l.filesystem("fs1")
	if _, err := l.store.PutBlob(t.Context(), "fs1", "f", strings.NewReader(strings.Repeat("x", 32<<20)), lake.PutBlobOptions{}); err != nil {
		t.Fatal(err)
	}
	l.dial("GET", "/fs1/f", 0, nil)
	select {
	case <-closed:
	case <-time.After(20 * time.Second):
		t.Error("a client that takes nothing keeps the content open")
	}
}

func TestAClientThatHangsUpLeavesNothing(t *testing.T) {
	t.Parallel()
	l := startLake(t)
	l.filesystem("fs1")
	l.file("/fs1/f", "before")
	conn := l.dial("PUT", "/fs1/f", 1000, headers("x-ms-blob-type", "BlockBlob"))
	if _, err := io.WriteString(conn, "the beginning"); err != nil {
		t.Fatal(err)
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	if got := l.read("/fs1/f"); got != "before" {
		t.Errorf("the blob is %q, want it as before", got)
	}
}

func TestASlowClientThatKeepsSendingIsServed(t *testing.T) {
	t.Parallel()
	l := startLake(t, func(o *adls.Options) { o.StallTimeout = time.Minute })
	l.filesystem("fs1")
	body := strings.Repeat("0123456789", 100)
	conn := l.dial("PUT", "/fs1/f", int64(len(body)), headers("x-ms-blob-type", "BlockBlob", "Expect", "100-continue"))
	r := bufio.NewReader(conn)
	line, err := r.ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "HTTP/1.1 100") {
		t.Fatalf("the first answer is %q (%v), want 100 Continue", line, err)
	}
	if _, err := r.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	for i := range body {
		if _, err := conn.Write([]byte{body[i]}); err != nil {
			t.Fatal(err)
		}
	}
	resp, err := http.ReadResponse(r, nil)
	if err != nil || resp.StatusCode != http.StatusCreated {
		t.Fatalf("the answer is %v (%v), want 201", resp, err)
	}
	_ = resp.Body.Close()
	if got := l.read("/fs1/f"); got != body {
		t.Errorf("%d bytes arrived, want %d", len(got), len(body))
	}
}

// TestADeadlineEndsWithItsBody asks again after a write on the same connection, when the
// deadline of the write has passed.
func TestADeadlineEndsWithItsBody(t *testing.T) {
	t.Parallel()
	const stall = 30 * time.Millisecond
	l := startLake(t, func(o *adls.Options) { o.StallTimeout = stall })
	l.filesystem("fs1")
	conn := l.dial("PUT", "/fs1/f", 5, headers("x-ms-blob-type", "BlockBlob"))
	if _, err := io.WriteString(conn, "hello"); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(conn)
	resp, err := http.ReadResponse(r, nil)
	if err != nil || resp.StatusCode != http.StatusCreated {
		t.Fatalf("the answer is %v (%v), want 201", resp, err)
	}
	_ = resp.Body.Close()
	timer := time.NewTimer(3 * stall)
	defer timer.Stop()
	<-timer.C
	if _, err := fmt.Fprintf(conn, "GET / HTTP/1.1\r\nHost: %s\r\n\r\n", l.address); err != nil {
		t.Fatal(err)
	}
	resp, err = http.ReadResponse(r, nil)
	if err != nil || resp.StatusCode != http.StatusNotFound {
		t.Fatalf("the second answer is %v (%v), want 404", resp, err)
	}
	_ = resp.Body.Close()
}
