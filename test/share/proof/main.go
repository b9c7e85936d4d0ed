package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "proof:", err)
		os.Exit(1)
	}
}

// proofs are by the names that they are called by.
var proofs = map[string]func(context.Context, *world) error{"matrix": matrix, "attacks": attacks}

func run(ctx context.Context, args []string, stdout io.Writer) error {
	w := &world{stdout: stdout}
	flags := flag.NewFlagSet("proof", flag.ContinueOnError)
	flags.StringVar(&w.cloud, "cloud", "", "https://HOST:PORT of the tenant in the box")
	flags.StringVar(&w.tenant, "tenant", "", "id of the tenant")
	flags.StringVar(&w.account, "account", "", "resource id of the storage account, shared by a setup")
	flags.StringVar(&w.readers, "readers", "", "object id of the reader group")
	flags.StringVar(&w.contributors, "contributors", "", "object id of the contributor group")
	flags.StringVar(&w.otherCloud, "other-cloud", "", "https://HOST:PORT of a tenant that is not the account's, with the same administrator")
	flags.StringVar(&w.otherTenant, "other-tenant", "", "id of that tenant")
	ca := flags.String("ca", "", "files with the certificates of the CAs, with a comma between them")
	if err := flags.Parse(args); err != nil {
		return err
	}
	prove, ok := proofs[flags.Arg(0)]
	if !ok || flags.NArg() != 1 {
		return fmt.Errorf("say which proof: matrix or attacks, not %q", flags.Args())
	}
	roots := x509.NewCertPool()
	for name := range strings.SplitSeq(*ca, ",") {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		roots.AppendCertsFromPEM(text)
	}
	w.http = &http.Client{
		Timeout:   time.Minute,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, MaxIdleConnsPerHost: 16},
	}
	w.user, w.password = os.Getenv("AZURE_USERNAME"), os.Getenv("AZURE_PASSWORD")
	if err := w.signIn(ctx); err != nil {
		return err
	}
	if err := prove(ctx, w); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(stdout, "%d checks, %d differences\n", w.checks, w.differences)
	return nil
}
