package server

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ownlake/ownlake/adls/sharedkey"
	"github.com/ownlake/ownlake/lake"
)

// The benchmarks of this file measure the lake as it is served, by a client that signs each request and keeps its
// connections, in turn with a peer: the same client against what the machine could do at best, or against Azurite
// where OWNLAKE_BENCH_AZURITE is its blob endpoint (scripts/bench.sh starts one). Their metric is the ratio of the two, as
// nothing else means anything on a machine that others use.

// benchClients is how many clients ask at once.
const benchClients = 32

// benchClient is a client of an account at an address.
type benchClient struct {
	b         *testing.B
	base      string // the account's URL
	transport *http.Transport
	cred      sharedkey.Credential
}

func newBenchClient(b *testing.B, base string, key []byte) *benchClient {
	b.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: benchClients, WriteBufferSize: 256 << 10, ReadBufferSize: 256 << 10, DisableCompression: true}
	b.Cleanup(transport.CloseIdleConnections)
	return &benchClient{b, base, transport, sharedkey.Credential{Account: EmulatorAccount, Key: key}}
}

// startBenchLake serves a lake on the disk, with every change durable, and returns a client of each of its listeners.
func startBenchLake(b *testing.B) (l *Lake, blob, dfs *benchClient) {
	b.Helper()
	cfg := lakeConfig(b)
	cfg.TLSListen = ""
	l, err := StartLake(b.Context(), cfg)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := l.Close(context.Background()); err != nil {
			b.Error(err)
		}
	})
	a := l.Addresses()
	blob, dfs = newBenchClient(b, a.Blob, cfg.Key), newBenchClient(b, a.DFS, cfg.Key)
	blob.send("PUT", "/bench?restype=container", nil)
	return l, blob, dfs
}

// serveBench serves a peer's handler in this process.
func serveBench(b *testing.B, h http.Handler) *benchClient {
	b.Helper()
	srv := httptest.NewServer(h)
	b.Cleanup(srv.Close)
	return newBenchClient(b, srv.URL+"/"+EmulatorAccount, []byte("any"))
}

// send sends a signed request and returns what the answer carries, which must be a success.
func (c *benchClient) send(method, target string, body []byte, header ...string) (http.Header, []byte) {
	h, data, err := c.try(method, target, body, false, header...)
	if err != nil {
		c.b.Error(err)
	}
	return h, data
}

func (c *benchClient) try(method, target string, body []byte, discard bool, header ...string) (http.Header, []byte, error) {
	r, err := http.NewRequestWithContext(c.b.Context(), method, c.base+target, bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	r.Header.Set("x-ms-date", time.Now().UTC().Format(http.TimeFormat))
	r.Header.Set("x-ms-version", "2024-11-04")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	c.cred.Sign(r)
	resp, err := c.transport.RoundTrip(r)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close() //nolint:errcheck // it was read to its end
	if resp.StatusCode >= http.StatusMultipleChoices {
		return nil, nil, fmt.Errorf("%s %s: %s", method, target, resp.Status)
	}
	if discard {
		_, err = io.Copy(io.Discard, resp.Body)
		return resp.Header, nil, err
	}
	data, err := io.ReadAll(resp.Body)
	return resp.Header, data, err
}

// together runs n calls, spread over the clients, and returns how long all of them took.
func together(n int, call func(i int)) time.Duration {
	var next atomic.Int64
	var clients sync.WaitGroup
	start := time.Now()
	for range min(benchClients, n) {
		clients.Go(func() {
			for i := int(next.Add(1)); i <= n; i = int(next.Add(1)) {
				call(i)
			}
		})
	}
	clients.Wait()
	return time.Since(start)
}

// inTurn measures own and peer in turn, n calls of each at a time, and reports own's rate and its ratio to the
// peer's, as metrics of these names.
func inTurn(b *testing.B, n int, own, peer func(i int), rate, ratio string) {
	b.Helper()
	together(n, own) // connections are made, and caches filled
	together(n, peer)
	var ownTook, peerTook time.Duration
	for b.Loop() {
		ownTook += together(n, own)
		b.StopTimer()
		peerTook += together(n, peer)
		b.StartTimer()
	}
	b.ReportMetric(float64(n)*float64(b.N)/ownTook.Seconds(), rate)
	b.ReportMetric(peerTook.Seconds()/ownTook.Seconds(), ratio)
}

// BenchmarkSmallRequests is how fast properties and 1 KiB are read beside a server that answers every request with
// the same 1 KiB and does nothing else.
func BenchmarkSmallRequests(b *testing.B) {
	content := bytes.Repeat([]byte("x"), 1<<10)
	_, blob, dfs := startBenchLake(b)
	blob.send("PUT", "/bench/probe/one", content, "x-ms-blob-type", "BlockBlob")
	hello := serveBench(b, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(content) // a client that went away is not measured
	}))
	for _, bm := range []struct {
		name, method string
		client       *benchClient
	}{
		{"PathGetProperties", "HEAD", dfs},
		{"PathRead1KiB", "GET", dfs},
		{"GetBlobProperties", "HEAD", blob},
		{"GetBlob1KiB", "GET", blob},
	} {
		b.Run(bm.name, func(b *testing.B) {
			inTurn(b, 2000, func(int) { bm.client.send(bm.method, "/bench/probe/one", nil) },
				func(int) { hello.send("GET", "/hello", nil) }, "requests/s", "of_hello")
		})
	}
}

// BenchmarkSmallFiles is how fast files of 1 KiB become durable: by create, append and flush, and by Put Blob. The
// peer is Put Blob of Azurite, where there is one, which answers before what it wrote is on the disk; else one fsync
// for each file, one writer after the other.
func BenchmarkSmallFiles(b *testing.B) {
	content := bytes.Repeat([]byte("x"), 1<<10)
	_, blob, dfs := startBenchLake(b)
	var names atomic.Int64
	name := func() string { n := names.Add(1); return fmt.Sprintf("/bench/d%d/f%d", n%100, n) }
	peer, ratio := smallFilePeer(b, content, name)
	b.Run("CreateAppendFlush", func(b *testing.B) {
		inTurn(b, 500, func(int) {
			path := name()
			dfs.send("PUT", path+"?resource=file", nil)
			dfs.send("PATCH", path+"?action=append&position=0", content)
			dfs.send("PATCH", path+"?action=flush&position=1024", nil)
		}, peer, "files/s", ratio)
	})
	b.Run("PutBlob", func(b *testing.B) {
		inTurn(b, 500, func(int) { blob.send("PUT", name(), content, "x-ms-blob-type", "BlockBlob") }, peer, "files/s", ratio)
	})
}

func smallFilePeer(b *testing.B, content []byte, name func() string) (peer func(int), ratio string) {
	b.Helper()
	if endpoint := os.Getenv("OWNLAKE_BENCH_AZURITE"); endpoint != "" {
		azurite := newBenchClient(b, endpoint, lakeConfig(b).Key)
		azurite.send("PUT", fmt.Sprintf("/bench%d?restype=container", time.Now().UnixNano()), nil)
		_, _, _ = azurite.try("PUT", "/bench?restype=container", nil, true) // may be there
		return func(int) { azurite.send("PUT", name(), content, "x-ms-blob-type", "BlockBlob") }, "x_azurite"
	}
	b.Log("no Azurite: OWNLAKE_BENCH_AZURITE is not set (scripts/bench.sh sets it where npm can fetch one)")
	f, err := os.Create(filepath.Join(b.TempDir(), "synced"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = f.Close() })
	var mu sync.Mutex
	return func(int) {
		mu.Lock()
		defer mu.Unlock()
		if _, err := f.Write(content); err != nil {
			b.Error(err)
		}
		if err := f.Sync(); err != nil {
			b.Error(err)
		}
	}, "x_fsync"
}

const (
	largePart  = 8 << 20
	largeParts = 32
)

// BenchmarkUpload is how fast 256 MiB become durable over HTTP, in parts of 8 MiB, four at a time, beside a plain file
// that is written and synced by a process that has it in memory. A block is durable by itself; appends are with the
// flush.
func BenchmarkUpload(b *testing.B) {
	part := bytes.Repeat([]byte("0123456789abcdef"), largePart/16)
	_, blob, dfs := startBenchLake(b)
	b.Run("AppendFlush", func(b *testing.B) { uploadInTurn(b, dfs, part, func() { appendAndFlush(dfs, part) }) })
	b.Run("PutBlock", func(b *testing.B) { uploadInTurn(b, dfs, part, func() { putBlocks(blob, part) }) })
}

func uploadInTurn(b *testing.B, dfs *benchClient, part []byte, upload func()) {
	b.Helper()
	plain := filepath.Join(b.TempDir(), "plain")
	b.SetBytes(largePart * largeParts)
	var own, peer time.Duration
	for b.Loop() {
		start := time.Now()
		upload()
		own += time.Since(start)
		b.StopTimer()
		dfs.send("DELETE", "/bench/large?recursive=false", nil)
		peer += writePlain(b, plain, part)
		if err := os.Remove(plain); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	b.ReportMetric(peer.Seconds()/own.Seconds(), "of_plain_file")
}

func appendAndFlush(dfs *benchClient, part []byte) {
	dfs.send("PUT", "/bench/large?resource=file", nil)
	fourAtATime(func(i int) {
		dfs.send("PATCH", fmt.Sprintf("/bench/large?action=append&position=%d", i*largePart), part)
	})
	dfs.send("PATCH", fmt.Sprintf("/bench/large?action=flush&position=%d", largeParts*largePart), nil)
}

func putBlocks(blob *benchClient, part []byte) {
	id := func(i int) string { return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "block-%06d", i)) }
	fourAtATime(func(i int) { blob.send("PUT", "/bench/large?comp=block&blockid="+url.QueryEscape(id(i)), part) })
	var list strings.Builder
	for i := range largeParts {
		list.WriteString("<Latest>" + id(i) + "</Latest>")
	}
	blob.send("PUT", "/bench/large?comp=blocklist", []byte("<BlockList>"+list.String()+"</BlockList>"))
}

func fourAtATime(call func(part int)) {
	var clients sync.WaitGroup
	for w := range 4 {
		clients.Go(func() {
			for i := w; i < largeParts; i += 4 {
				call(i)
			}
		})
	}
	clients.Wait()
}

func writePlain(b *testing.B, name string, part []byte) time.Duration {
	b.Helper()
	start := time.Now()
	f, err := os.Create(name)
	if err != nil {
		b.Fatal(err)
	}
	for range largeParts {
		if _, err := f.Write(part); err != nil {
			b.Fatal(err)
		}
	}
	if err := f.Sync(); err != nil {
		b.Fatal(err)
	}
	took := time.Since(start)
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	return took
}

// BenchmarkDownload is how fast 256 MiB are read, in ranges of 8 MiB, four at a time, with every byte checked, beside
// Go's own file server with the same file, which checks nothing.
func BenchmarkDownload(b *testing.B) {
	part := bytes.Repeat([]byte("0123456789abcdef"), largePart/16)
	_, blob, dfs := startBenchLake(b)
	appendAndFlush(dfs, part)
	dir := b.TempDir()
	writePlain(b, filepath.Join(dir, "large"), part)
	files := serveBench(b, http.StripPrefix("/"+EmulatorAccount, http.FileServer(http.Dir(dir))))
	get := func(c *benchClient, target string) func() {
		return func() {
			fourAtATime(func(i int) {
				if _, _, err := c.try("GET", target, nil, true, "Range", fmt.Sprintf("bytes=%d-%d", i*largePart, (i+1)*largePart-1)); err != nil {
					b.Error(err)
				}
			})
		}
	}
	for name, c := range map[string]*benchClient{"dfs": dfs, "blob": blob} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(largePart * largeParts)
			own, peer := get(c, "/bench/large"), get(files, "/large")
			peer()
			var ownTook, peerTook time.Duration
			for b.Loop() {
				start := time.Now()
				own()
				ownTook += time.Since(start)
				b.StopTimer()
				start = time.Now()
				peer()
				peerTook += time.Since(start)
				b.StartTimer()
			}
			b.ReportMetric(peerTook.Seconds()/ownTook.Seconds(), "of_file_server")
		})
	}
}

// BenchmarkDirectory is what is done with a directory of many files as a whole: listing it, changing all lists in it,
// renaming it. OWNLAKE_BENCH_FILES is how many files.
func BenchmarkDirectory(b *testing.B) {
	files := benchFiles(b, 50_000)
	l, blob, dfs := startBenchLake(b)
	together(files, func(i int) {
		if _, err := l.Store().Create(b.Context(), "bench", lake.Path(fmt.Sprintf("big/f%07d", i)), lake.CreateOptions{}); err != nil {
			b.Error(err)
		}
	})
	entries := func(b *testing.B) {
		b.Helper()
		b.ReportMetric(float64(files)*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
	}
	b.Run("PathList", func(b *testing.B) {
		for b.Loop() {
			n := pages(dfs, "GET", "/bench?resource=filesystem&recursive=true&directory=big", func(body []byte) int {
				return bytes.Count(body, []byte(`"contentLength"`))
			})
			if n != files {
				b.Fatalf("%d entries, want %d", n, files)
			}
		}
		entries(b)
	})
	b.Run("ListBlobs", func(b *testing.B) {
		for b.Loop() {
			if n := blobPages(blob, "/bench?restype=container&comp=list&prefix=big/"); n != files {
				b.Fatalf("%d entries, want %d", n, files)
			}
		}
		entries(b)
	})
	b.Run("SetAccessControlRecursive", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			acl := fmt.Sprintf("user::rwx,user:68390a19-a643-458b-b726-408abf67b4f%d:r-x,group::r-x,mask::r-x,other::---", i%10)
			n := pages(dfs, "PATCH", "/bench/big?action=setAccessControlRecursive&mode=set", func(body []byte) int {
				var page struct{ FilesSuccessful int }
				if err := json.Unmarshal(body, &page); err != nil {
					b.Error(err)
				}
				return page.FilesSuccessful
			}, "x-ms-acl", acl)
			if n != files {
				b.Fatalf("%d lists changed, want %d", n, files)
			}
		}
		entries(b)
	})
	b.Run("PathRename", func(b *testing.B) {
		from, to := "/bench/big", "/bench/renamed"
		for b.Loop() {
			dfs.send("PUT", to, nil, "x-ms-rename-source", from)
			from, to = to, from
		}
		if from != "/bench/big" {
			dfs.send("PUT", to, nil, "x-ms-rename-source", from)
		}
	})
}

// pages follows the continuations of an operation of the dfs endpoint, and adds up what its pages count.
func pages(c *benchClient, method, target string, count func(body []byte) int, header ...string) int {
	n, continuation := 0, ""
	for {
		h, body := c.send(method, target+continuation, nil, header...)
		n += count(body)
		next := h.Get("X-Ms-Continuation")
		if next == "" {
			return n
		}
		continuation = "&continuation=" + next
	}
}

func blobPages(c *benchClient, target string) int {
	n, marker := 0, ""
	for {
		_, body := c.send("GET", target+marker, nil)
		n += bytes.Count(body, []byte("<Blob>"))
		_, rest, _ := bytes.Cut(body, []byte("<NextMarker>"))
		next, _, _ := bytes.Cut(rest, []byte("</NextMarker>"))
		if len(next) == 0 {
			return n
		}
		marker = "&marker=" + string(next)
	}
}

func benchFiles(b *testing.B, files int) int {
	b.Helper()
	if text := os.Getenv("OWNLAKE_BENCH_FILES"); text != "" {
		if _, err := fmt.Sscan(text, &files); err != nil {
			b.Fatalf("OWNLAKE_BENCH_FILES: %v", err)
		}
	}
	return files
}
