package adls_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ownlake/ownlake/lake"
)

// benchLake is a lake on the disk, with durable writes, and a client that keeps its connections.
func benchLake(b *testing.B) (*testLake, *http.Transport) {
	b.Helper()
	l := startLakeAt(b, diskFS(b))
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	b.Cleanup(transport.CloseIdleConnections)
	if _, err := l.store.CreateFilesystem(b.Context(), "fs1", lake.CreateFilesystemOptions{}); err != nil {
		b.Fatal(err)
	}
	return l, transport
}

// send signs and sends a request and reads the whole answer.
func (l *testLake) send(b *testing.B, transport *http.Transport, method, target, body string) int64 {
	b.Helper()
	r, err := http.NewRequestWithContext(b.Context(), method, l.url()+target, strings.NewReader(body))
	if err != nil {
		b.Error(err)
		return 0
	}
	r.Header.Set("x-ms-date", time.Now().UTC().Format(http.TimeFormat))
	r.Header.Set("x-ms-version", "2024-11-04")
	if method == http.MethodPut {
		r.Header.Set("x-ms-blob-type", "BlockBlob")
	}
	l.cred.Sign(r)
	resp, err := transport.RoundTrip(r)
	if err != nil {
		b.Error(err)
		return 0
	}
	defer resp.Body.Close() //nolint:errcheck // read to the end
	n, err := io.Copy(io.Discard, resp.Body)
	if err != nil || resp.StatusCode >= 300 {
		b.Errorf("%s %s: %d %v", method, target, resp.StatusCode, err)
	}
	return n
}

func BenchmarkPutBlob1KiB(b *testing.B) {
	l, transport := benchLake(b)
	body := strings.Repeat("x", 1024)
	var n atomic.Int64
	b.SetParallelism(4)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			l.send(b, transport, http.MethodPut, fmt.Sprintf("/fs1/d%d/f%d", n.Add(1)%100, n.Load()), body)
		}
	})
}

func BenchmarkGetProperties(b *testing.B) {
	benchmarkOne(b, http.MethodHead, "/fs1/f?action=getStatus")
}

func BenchmarkRead1KiB(b *testing.B) { benchmarkOne(b, http.MethodGet, "/fs1/f") }

func benchmarkOne(b *testing.B, method, target string) {
	b.Helper()
	l, transport := benchLake(b)
	l.send(b, transport, http.MethodPut, "/fs1/f", strings.Repeat("x", 1024))
	b.SetParallelism(4)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			l.send(b, transport, method, target, "")
		}
	})
}

func BenchmarkList5000(b *testing.B) {
	l, transport := benchLake(b)
	for i := range 5000 {
		if _, err := l.store.Create(b.Context(), "fs1", lake.Path(fmt.Sprintf("d%02d/f%04d", i%50, i)), lake.CreateOptions{}); err != nil {
			b.Fatal(err)
		}
	}
	for name, target := range map[string]string{
		"dfs":  "/fs1?resource=filesystem&recursive=true",
		"blob": "/fs1?restype=container&comp=list",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if l.send(b, transport, http.MethodGet, target, "") < 100_000 {
					b.Fatal("the list is too short")
				}
			}
			b.ReportMetric(5000*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
		})
	}
}

func BenchmarkUpload64MiB(b *testing.B) {
	l, transport := benchLake(b)
	body := strings.Repeat("0123456789abcdef", 4<<20)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		l.send(b, transport, http.MethodPut, "/fs1/f", body)
	}
}

func BenchmarkDownload64MiB(b *testing.B) {
	l, transport := benchLake(b)
	body := strings.Repeat("0123456789abcdef", 4<<20)
	l.send(b, transport, http.MethodPut, "/fs1/f", body)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if n := l.send(b, transport, http.MethodGet, "/fs1/f", ""); n != int64(len(body)) {
			b.Fatalf("%d bytes", n)
		}
	}
}
