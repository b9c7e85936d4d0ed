package localca_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/internal/localca"
)

// clock is a time that a test moves.
type clock struct{ now time.Time }

func newClock() *clock { return &clock{time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)} }

func (c *clock) time() time.Time { return c.now }

func open(t *testing.T, dir string, c *clock) *localca.CA {
	t.Helper()
	ca, err := localca.Open(dir, c.time)
	if err != nil {
		t.Fatal(err)
	}
	return ca
}

func leafOf(t *testing.T, config *tls.Config) *x509.Certificate {
	t.Helper()
	cert, err := config.GetCertificate(&tls.ClientHelloInfo{})
	if err != nil {
		t.Fatal(err)
	}
	return cert.Leaf
}

func TestClientsThatTrustTheRootAcceptEveryNameAskedFor(t *testing.T) {
	t.Parallel()
	c := newClock()
	ca := open(t, t.TempDir(), c)
	leaf := leafOf(t, ca.TLSConfig([]string{"127.0.0.1", "::1", "localhost", "*.dfs.localhost"}))
	for _, name := range []string{"127.0.0.1", "::1", "localhost", "acct.dfs.localhost"} {
		if _, err := leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: ca.Pool(), CurrentTime: c.now}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := leaf.Verify(x509.VerifyOptions{DNSName: "example.com", Roots: ca.Pool(), CurrentTime: c.now}); err == nil {
		t.Error("the certificate is good for a name that nobody asked for")
	}
}

func TestTheRootStaysAcrossStartsAndItsKeyIsPrivate(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "tls")
	c := newClock()
	first := open(t, dir, c).PEM()
	if again := open(t, dir, c).PEM(); !bytes.Equal(first, again) {
		t.Error("a second start made another root")
	}
	info, err := os.Stat(filepath.Join(dir, "ca.key"))
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the key's mode is %v, want 0600", info.Mode().Perm())
	}
	c.now = c.now.AddDate(10, 0, 0)
	if again := open(t, dir, c).PEM(); bytes.Equal(first, again) {
		t.Error("a root at its end was not replaced")
	}
}

func TestACertificateNearItsEndIsRenewed(t *testing.T) {
	t.Parallel()
	c := newClock()
	config := open(t, t.TempDir(), c).TLSConfig([]string{"localhost"})
	first := leafOf(t, config)
	c.now = c.now.Add(59 * 24 * time.Hour)
	if leafOf(t, config).SerialNumber.Cmp(first.SerialNumber) != 0 {
		t.Error("the certificate was renewed 31 days before its end")
	}
	c.now = c.now.Add(2 * 24 * time.Hour)
	if leafOf(t, config).SerialNumber.Cmp(first.SerialNumber) == 0 {
		t.Error("the certificate was not renewed 29 days before its end")
	}
}

func TestBrokenFilesAreReportedAndNotReplaced(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open(t, dir, newClock())
	path := filepath.Join(dir, "ca.key")
	if err := os.WriteFile(path, []byte("not a key"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := localca.Open(dir, newClock().time); !errs.Is(err, errs.Corrupt) || errs.HintOf(err) == "" {
		t.Errorf("opening a broken authority: %v, want Corrupt and what to do", err)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "not a key" {
		t.Errorf("the broken key was replaced (%q, %v)", b, err)
	}
}
