package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/sas"
)

// runningLake is ownlake lake in this process.
type runningLake struct {
	ready  string // the line it printed
	stop   context.CancelFunc
	exit   chan int
	stderr *bytes.Buffer
}

// startLakeCommand runs ownlake lake until it prints that it is ready.
func startLakeCommand(t *testing.T, args ...string) *runningLake {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	l := &runningLake{stop: stop, exit: make(chan int, 1), stderr: &bytes.Buffer{}}
	out, in := io.Pipe()
	go func() {
		l.exit <- runContext(ctx, append([]string{"lake", "--listen", "127.0.0.1:0", "--dfs-listen", "127.0.0.1:0"}, args...), strings.NewReader(""), in, l.stderr)
		_ = in.Close()
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("no ready line: %v, exit %d\n%s", err, <-l.exit, l.stderr)
	}
	l.ready = strings.TrimSpace(line)
	t.Cleanup(func() { stop(); _ = in.Close() })
	return l
}

// address returns the URL that the ready line names.
func (l *runningLake) address(t *testing.T, name string) string {
	t.Helper()
	fields := strings.Fields(l.ready)
	for i := range len(fields) - 1 {
		if fields[i] == name {
			return fields[i+1]
		}
	}
	t.Fatalf("the ready line %q has no %s", l.ready, name)
	return ""
}

func blobClientAt(t *testing.T, url, account, key string) *azblob.Client {
	t.Helper()
	cred, err := azblob.NewSharedKeyCredential(account, key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := azblob.NewClientWithSharedKeyCredential(url+"/", cred, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const emulatorKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="

func TestLakeServesStopsAndServesAgainWhatWasWritten(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	first := startLakeCommand(t, "--data", data)
	if !strings.HasPrefix(first.ready, "ready ") {
		t.Errorf("the first line is %q, want it to begin with ready", first.ready)
	}
	c := blobClientAt(t, first.address(t, "blob+dfs"), "devstoreaccount1", emulatorKey)
	if _, err := c.CreateContainer(t.Context(), "kept", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := c.UploadBuffer(t.Context(), "kept", "a/b", []byte("hello"), nil); err != nil {
		t.Fatal(err)
	}
	first.stop()
	if code := <-first.exit; code != exitDone {
		t.Fatalf("stopped with exit code %d, want 0\n%s", code, first.stderr)
	}

	second := startLakeCommand(t, "--data", data)
	r, err := blobClientAt(t, second.address(t, "dfs"), "devstoreaccount1", emulatorKey).DownloadStream(t.Context(), "kept", "a/b", nil)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(r.Body); err != nil || string(b) != "hello" {
		t.Errorf("after a restart the blob is %q (%v), want hello", b, err)
	}
	if err := r.Body.Close(); err != nil {
		t.Error(err)
	}
}

func TestLakeCopiesFromAnotherLakeWhereItMay(t *testing.T) {
	t.Parallel()
	source := blobClientAt(t, startLakeCommand(t, "--data", t.TempDir()).address(t, "blob+dfs"), "devstoreaccount1", emulatorKey)
	open := blobClientAt(t, startLakeCommand(t, "--data", t.TempDir(), "--copy-from", "loopback").address(t, "blob+dfs"), "devstoreaccount1", emulatorKey)
	closed := blobClientAt(t, startLakeCommand(t, "--data", t.TempDir()).address(t, "blob+dfs"), "devstoreaccount1", emulatorKey)
	for _, c := range []*azblob.Client{source, open, closed} {
		if _, err := c.CreateContainer(t.Context(), "files", nil); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := source.UploadBuffer(t.Context(), "files", "f", []byte("hello"), nil); err != nil {
		t.Fatal(err)
	}
	url, err := source.ServiceClient().NewContainerClient("files").NewBlobClient("f").GetSASURL(sas.BlobPermissions{Read: true}, time.Now().Add(time.Hour), nil)
	if err != nil {
		t.Fatal(err)
	}
	copied := func(c *azblob.Client) error {
		_, err := c.ServiceClient().NewContainerClient("files").NewBlobClient("f").StartCopyFromURL(t.Context(), url, nil)
		return err
	}
	if err := copied(open); err != nil {
		t.Errorf("with --copy-from loopback: %v", err)
	}
	got := make([]byte, 5)
	if _, err := open.DownloadBuffer(t.Context(), "files", "f", got, nil); err != nil || string(got) != "hello" {
		t.Errorf("the copy is %q (%v), want hello", got, err)
	}
	if err := copied(closed); !bloberror.HasCode(err, "NotImplemented") {
		t.Errorf("without the flag: %v, want NotImplemented", err)
	}
}

func TestLakeRefusesWhatCannotWorkAndSaysWhatToDo(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	running := startLakeCommand(t, "--data", data)
	taken, err := net.ResolveTCPAddr("tcp", strings.TrimSuffix(strings.TrimPrefix(running.address(t, "dfs"), "http://"), "/devstoreaccount1"))
	if err != nil {
		t.Fatal(err)
	}
	none := filepath.Join(t.TempDir(), "new")
	for _, tt := range []struct {
		name string
		args []string
		code int
		want []string
	}{
		{"a second server on the folder", []string{"--data", data, "--listen", "127.0.0.1:0", "--dfs-listen", ""}, exitFailed, []string{data, "in use by another process"}},
		{"a port in use", []string{"--data", t.TempDir(), "--listen", taken.String(), "--dfs-listen", ""}, exitFailed, []string{taken.String(), "another program listens there"}},
		{"the public key beyond loopback", []string{"--data", none, "--listen", "0.0.0.0:0"}, exitUsage, []string{"--listen", "0.0.0.0:0", "key is public"}},
		{"the public key on all addresses", []string{"--data", none, "--dfs-listen", ":0"}, exitUsage, []string{"--dfs-listen", "key is public"}},
		{"no address", []string{"--data", none, "--listen", "", "--dfs-listen", ""}, exitUsage, []string{"no address to listen on"}},
		{"an address that is none", []string{"--data", none, "--listen", "localhost"}, exitUsage, []string{"--listen", "host:port"}},
		{"an account without a key", []string{"--data", none, "--account", "contoso"}, exitUsage, []string{"needs a key"}},
		{"a key that is none", []string{"--data", none, "--account", "contoso", "--key", "abc"}, exitUsage, []string{"--key", "base64"}},
		{"a short key", []string{"--data", none, "--account", "contoso", "--key", "YWJj"}, exitUsage, []string{"--key", "32 bytes"}},
		{"a missing key file", []string{"--data", none, "--account", "contoso", "--key-file", none}, exitFailed, []string{"--key-file"}},
		{"two keys", []string{"--data", none, "--key", "a", "--key-file", "b"}, exitUsage, []string{"key-file"}},
		{"an account name that is none", []string{"--data", none, "--account", "Contoso"}, exitUsage, []string{"--account", "lower-case"}},
		{"an unknown durability", []string{"--data", none, "--durability", "maybe"}, exitUsage, []string{"--durability", "full or process"}},
		{"a source of copies that is none", []string{"--data", none, "--copy-from", "anywhere"}, exitUsage, []string{"--copy-from", "account or loopback"}},
		{"a region that is none", []string{"--data", none, "--region", "West Europe"}, exitUsage, []string{"--region", "westeurope"}},
		{"no folder", nil, exitUsage, []string{"data"}},
		{"a folder that is a file", []string{"--data", os.Args[0], "--listen", "127.0.0.1:0", "--dfs-listen", ""}, exitUsage, []string{os.Args[0], "is a file"}},
	} {
		code, stdout, stderr := execute(t, append([]string{"lake"}, tt.args...)...)
		if code != tt.code || stdout != "" {
			t.Errorf("%s: exit code %d and %q on stdout, want %d and nothing\n%s", tt.name, code, stdout, tt.code, stderr)
		}
		for _, want := range tt.want {
			if !strings.Contains(stderr, want) {
				t.Errorf("%s: %q does not say %q", tt.name, stderr, want)
			}
		}
		if strings.Count(stderr, "error: ") != 1 {
			t.Errorf("%s: the error is not printed once:\n%s", tt.name, stderr)
		}
	}
	if _, err := os.Stat(none); err == nil {
		t.Error("a call with wrong flags made the data folder")
	}
}

func TestLakeWithJSONPrintsOneObject(t *testing.T) {
	t.Parallel()
	l := startLakeCommand(t, "--data", t.TempDir(), "--tls-listen", "127.0.0.1:0", "--json")
	var got struct{ Status, Blob, DFS, TLS string }
	if err := json.Unmarshal([]byte(l.ready), &got); err != nil {
		t.Fatalf("%q: %v", l.ready, err)
	}
	if got.Status != "ready" || !strings.HasPrefix(got.Blob, "http://127.0.0.1:") || !strings.HasPrefix(got.DFS, "http://127.0.0.1:") || !strings.HasPrefix(got.TLS, "https://127.0.0.1:") {
		t.Errorf("ready is %+v, want the status and three addresses", got)
	}
}

func TestCAPrintsTheSameRootEachTime(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	code, first, stderr := execute(t, "ca", "--data", data)
	if code != exitDone {
		t.Fatalf("exit code %d\n%s", code, stderr)
	}
	block, rest := pem.Decode([]byte(first))
	if block == nil || len(rest) != 0 {
		t.Fatalf("stdout is not one PEM block: %q", first)
	}
	if cert, err := x509.ParseCertificate(block.Bytes); err != nil || !cert.IsCA {
		t.Errorf("not a root: %v", err)
	}
	if _, again, _ := execute(t, "ca", "--data", data); again != first {
		t.Error("a second call printed another root")
	}
}
