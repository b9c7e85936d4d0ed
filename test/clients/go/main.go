// Command go is a tour of Microsoft's azdatalake and azblob clients for Go through a lake that test/clients/run.sh started.
// It prints a line for each check and ends with "N passed, N failed".
package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

const mib = 1 << 20

// checks counts what passed and what did not.
type checks struct {
	out            io.Writer
	passed, failed int
}

// do runs one check and goes on, whatever came of it.
func (c *checks) do(name string, check func() error) {
	begin := time.Now()
	if err := check(); err != nil {
		c.failed++
		c.say("FAIL %s: %v\n", name, err)
		return
	}
	c.passed++
	c.say("ok   %s (%d ms)\n", name, time.Since(begin).Milliseconds())
}

func (c *checks) say(format string, a ...any) {
	_, _ = fmt.Fprintf(c.out, format, a...) // the runner counts lines: one that is lost is a check that is missing
}

// lake is where the account is, as the runner says.
type lake struct {
	blob, dfs, https, account, key string
	tls                            policy.Transporter // trusts the lake's own authority
}

func fromEnvironment() (*lake, error) {
	l := &lake{
		blob: os.Getenv("LAKE_BLOB"), dfs: os.Getenv("LAKE_DFS"), https: os.Getenv("LAKE_HTTPS"),
		account: os.Getenv("LAKE_ACCOUNT"), key: os.Getenv("LAKE_KEY"),
	}
	pem, err := os.ReadFile(os.Getenv("LAKE_CA"))
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, errors.New("LAKE_CA holds no certificate")
	}
	l.tls = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}}
	return l, nil
}

// numbered is content of n bytes in which every position can be told from every other.
func numbered(n int) []byte {
	b := make([]byte, 0, n+16)
	for i := 0; len(b) < n; i++ {
		b = fmt.Appendf(b, "%015d\n", i)
	}
	return b[:n]
}

func same(what string, got, want []byte) error {
	if !bytes.Equal(got, want) {
		return fmt.Errorf("%s: %d bytes that differ from the %d that were written", what, len(got), len(want))
	}
	return nil
}

func run(ctx context.Context) int {
	l, err := fromEnvironment()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 4
	}
	c := &checks{out: os.Stdout}
	dataLakeTour(ctx, l, c)
	blobTour(ctx, l, c)
	c.say("%d passed, %d failed\n", c.passed, c.failed)
	if c.failed > 0 {
		return 1
	}
	return 0
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	code := run(ctx)
	cancel()
	os.Exit(code)
}
