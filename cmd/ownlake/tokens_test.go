package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azdatalake/datalakeerror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azdatalake/file"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azdatalake/filesystem"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/adls/bearer/bearertest"
	"github.com/ownlake/ownlake/config/accessfile"
	"github.com/ownlake/ownlake/server"
)

const (
	alice    access.ObjectID = "a11ce000-0000-4000-8000-000000000001"
	analysts access.ObjectID = "9a0b5000-0000-4000-8000-000000000002"
)

// lakeProcess is ownlake lake in a process of its own, which signals reach.
type lakeProcess struct {
	*exec.Cmd
	data string
	at   server.LakeAddresses
	logs chan string // a line each
}

func startLakeProcess(t *testing.T, data string, args ...string) *lakeProcess {
	t.Helper()
	args = append([]string{"lake", "--data", data, "--listen", "127.0.0.1:0", "--dfs-listen", "", "--tls-listen", "127.0.0.1:0", "--json"}, args...)
	p := &lakeProcess{Cmd: exec.CommandContext(t.Context(), "ownlake", args...), data: data, logs: make(chan string, 1000)}
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	logs, err := p.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.Process.Kill()
		_ = p.Wait() // it was killed
	})
	go func() {
		defer close(p.logs)
		for lines := bufio.NewScanner(logs); lines.Scan(); {
			p.logs <- lines.Text()
		}
	}()
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &p.at)
	}
	if err != nil {
		t.Fatalf("the server does not start: %v\n%s", err, <-p.logs)
	}
	return p
}

// hangUp sends SIGHUP and waits until the log says what came of it.
func (p *lakeProcess) hangUp(t *testing.T, want ...string) {
	t.Helper()
	if err := p.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	for line := range p.logs {
		if !strings.Contains(line, "the access file") {
			continue
		}
		for _, w := range want {
			if !strings.Contains(line, w) {
				t.Errorf("the log says %q, want %q", line, w)
			}
		}
		return
	}
	t.Fatal("the server ended")
}

// clientOptions trust the lake's own CA.
func (p *lakeProcess) clientOptions(t *testing.T) azcore.ClientOptions {
	t.Helper()
	pem, err := os.ReadFile(filepath.Join(p.data, "tls", "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	t.Cleanup(transport.CloseIdleConnections)
	return azcore.ClientOptions{Transport: &http.Client{Transport: transport}, Retry: policy.RetryOptions{MaxRetries: -1}}
}

// grant writes the access file with one role, or none, for the analysts.
func grant(t *testing.T, data string, i *bearertest.Issuer, role string) {
	t.Helper()
	text := "issuers:\n  - {url: " + i.URL() + ", tenant: " + i.Tenant() + "}\n"
	if role != "" {
		text += "roles:\n  - {role: " + role + ", principal: " + string(analysts) + ", container: raw}\n"
	}
	if err := os.WriteFile(filepath.Join(data, accessfile.Name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestTokensLetInWhomTheAccessFileGivesARole goes from no role to a reader to a contributor and back while the lake is
// served, by the SDK for Go over TLS.
func TestTokensLetInWhomTheAccessFileGivesARole(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	i := bearertest.New(t, time.Now)
	grant(t, data, i, "")
	lake := startLakeProcess(t, data)
	if _, err := blobClientAt(t, lake.at.Blob, server.EmulatorAccount, emulatorKey).CreateContainer(t.Context(), "raw", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := blobClientAt(t, lake.at.Blob, server.EmulatorAccount, emulatorKey).UploadBuffer(t.Context(), "raw", "a", []byte("hello"), nil); err != nil {
		t.Fatal(err)
	}
	options := lake.clientOptions(t)
	c, err := filesystem.NewClient(lake.at.TLS+"/raw", i.Credential(alice, analysts), &filesystem.ClientOptions{ClientOptions: options})
	if err != nil {
		t.Fatal(err)
	}
	read := func() error {
		r, err := c.NewFileClient("a").DownloadStream(t.Context(), nil)
		if err == nil {
			err = r.Body.Close()
		}
		return err
	}
	write := func(name string) error {
		f := c.NewFileClient(name)
		if _, err := f.Create(t.Context(), nil); err != nil {
			return err
		}
		return f.UploadBuffer(t.Context(), []byte("bye"), &file.UploadBufferOptions{})
	}
	const mismatch = datalakeerror.AuthorizationPermissionMismatch
	for _, step := range []struct {
		role       string
		mayR, mayW bool
	}{
		{"", false, false},
		{"Storage Blob Data Reader", true, false},
		{"Storage Blob Data Contributor", true, true},
		{"", false, false},
	} {
		grant(t, data, i, step.role)
		lake.hangUp(t, "read again")
		if err := read(); (err == nil) != step.mayR || err != nil && !datalakeerror.HasCode(err, mismatch) && !bloberror.HasCode(err, bloberror.AuthorizationPermissionMismatch) {
			t.Errorf("with role %q reading: %v, want allowed %v", step.role, err, step.mayR)
		}
		if err := write("b"); (err == nil) != step.mayW || err != nil && !datalakeerror.HasCode(err, mismatch) {
			t.Errorf("with role %q writing: %v, want allowed %v", step.role, err, step.mayW)
		}
	}
}

// TestAWrongAccessFileChangesNothing also ends the server's start, and taking the file away ends all tokens.
func TestAWrongAccessFileChangesNothing(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	i := bearertest.New(t, time.Now)
	name := filepath.Join(data, accessfile.Name)
	put := func(text string) {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("issuers: 7\nrolls: []\n")
	code, _, stderr := execute(t, "lake", "--data", data, "--listen", "127.0.0.1:0", "--dfs-listen", "")
	if code != exitFailed || !strings.Contains(stderr, name+":1:10: a list is expected here") || !strings.Contains(stderr, name+":2:1: unknown key \"rolls\" (did you mean roles?)") {
		t.Errorf("exit code %d\n%s", code, stderr)
	}
	grant(t, data, i, "Storage Blob Data Owner")
	lake := startLakeProcess(t, data)
	if _, err := blobClientAt(t, lake.at.Blob, server.EmulatorAccount, emulatorKey).CreateContainer(t.Context(), "raw", nil); err != nil {
		t.Fatal(err)
	}
	token := i.Token(alice, analysts)
	list := func() int {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, lake.at.Blob+"/raw?restype=container&comp=list", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("X-Ms-Version", "2023-11-03")
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		var body bytes.Buffer
		if _, err := body.ReadFrom(resp.Body); err != nil {
			t.Error(err)
		}
		_ = resp.Body.Close()
		if strings.Contains(body.String(), token) {
			t.Error("the answer repeats the token")
		}
		return resp.StatusCode
	}
	if status := list(); status != http.StatusOK {
		t.Errorf("the owner is answered %d", status)
	}
	put("issuers: []\n")
	lake.hangUp(t, "wrong", "no issuer whose tokens are to be taken", "former stays")
	if status := list(); status != http.StatusOK {
		t.Errorf("after a wrong file the owner is answered %d", status)
	}
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	lake.hangUp(t, "read again")
	if status := list(); status == http.StatusOK {
		t.Error("without a file tokens are taken")
	}
}
