package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// startTenantCommand runs ownlake tenant until it prints that it is ready, and returns that line.
func startTenantCommand(t *testing.T, args ...string) (ready string, stderr *bytes.Buffer, stop func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	stderr = &bytes.Buffer{}
	exit := make(chan int, 1)
	go func() {
		exit <- runContext(ctx, append([]string{"tenant", "--listen", "127.0.0.1:0"}, args...), strings.NewReader(""), in, stderr)
		_ = in.Close()
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("no ready line: %v, exit %d\n%s", err, <-exit, stderr)
	}
	t.Cleanup(func() { cancel(); _ = in.Close() })
	return line, stderr, func() int { cancel(); return <-exit }
}

func TestTenantTellsItsAdministratorOnce(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	type readyLine struct {
		Status, ID, Domain, Authority, Graph, Issuer string
		Administrator                                *struct{ UserPrincipalName, OneTimePassword string }
	}
	start := func(args ...string) (readyLine, func() int) {
		line, _, stop := startTenantCommand(t, append([]string{"--data", data, "--json"}, args...)...)
		var ready readyLine
		if err := json.Unmarshal([]byte(line), &ready); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		return ready, stop
	}
	first, stop := start("--tenant-id", "0E8B6A4C-6F0B-4E52-9E55-0A7C3B1A9D11", "--tenant-domain", "contoso.test")
	if first.Status != "ready" || first.ID != "0e8b6a4c-6f0b-4e52-9e55-0a7c3b1a9d11" || !strings.HasSuffix(first.Authority, "/"+first.ID) {
		t.Errorf("ready: %+v", first)
	}
	if a := first.Administrator; a == nil || a.UserPrincipalName != "admin@contoso.test" || a.OneTimePassword == "" {
		t.Errorf("administrator: %+v", a)
	}
	if code := stop(); code != exitDone {
		t.Errorf("exit %d", code)
	}
	again, stop := start()
	if again.Administrator != nil || again.ID != first.ID {
		t.Errorf("started again: %+v", again)
	}
	if code := stop(); code != exitDone {
		t.Errorf("exit %d", code)
	}
}

func TestTenantTakesAPassword(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("Correct-Horse-9\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	line, stderr, stop := startTenantCommand(t, "--data", t.TempDir(), "--tenant-admin-password-file", file)
	if !strings.HasPrefix(line, "ready  tenant ") || !strings.Contains(line, "  authority https://127.0.0.1:") {
		t.Errorf("ready line %q", line)
	}
	if code := stop(); code != exitDone {
		t.Errorf("exit %d", code)
	}
	if text := stderr.String(); !strings.Contains(text, "administrator admin@ownlake.local") || strings.Contains(text, "Correct-Horse-9") || strings.Contains(text, "one-time") {
		t.Errorf("stderr: %s", text)
	}
}

func TestTenantRefusesWrongFlags(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		args []string
		code int
	}{
		"an id that is none":        {[]string{"--tenant-id", "x"}, exitUsage},
		"a domain that is none":     {[]string{"--tenant-domain", "x"}, exitFailed},
		"a file that is not there":  {[]string{"--tenant-admin-password-file", "/nowhere"}, exitFailed},
		"an address that is none":   {[]string{"--tenant-url", "http://contoso.test"}, exitFailed},
		"an argument that is extra": {[]string{"x"}, exitUsage},
	} {
		var stdout, stderr bytes.Buffer
		args := append([]string{"tenant", "--listen", "127.0.0.1:0", "--data", t.TempDir()}, tc.args...)
		if code := runContext(t.Context(), args, strings.NewReader(""), &stdout, &stderr); code != tc.code || stdout.Len() > 0 {
			t.Errorf("%s: exit %d, want %d\n%s%s", name, code, tc.code, &stdout, &stderr)
		}
	}
}
