package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/spf13/cobra"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/sharing/microsoft"
)

// shareFlags say which cloud, and as whom.
type shareFlags struct{ manager, ca, signIn, tenant string }

func (f *shareFlags) add(cmd *cobra.Command) {
	flags := cmd.PersistentFlags()
	flags.StringVar(&f.manager, "cloud", "", "https://HOST:PORT of the Resource Manager of the tenant in the box (default: Microsoft's public cloud)")
	flags.StringVar(&f.ca, "ca", "", "file with the certificates of the cloud's CA, as ownlake ca prints it")
	flags.StringVar(&f.signIn, "sign-in", "", "how to sign in: environment, cli or device (default: environment if it holds credentials, else cli, or device with --cloud)")
	flags.StringVar(&f.tenant, "tenant", "", "id of the tenant to sign in to, for cli and device (default: the person's own)")
}

// open signs in.
func (f *shareFlags) open(ctx context.Context, a *app) (*share, error) {
	cloud, err := f.cloud(ctx)
	if err != nil {
		return nil, err
	}
	cred, err := f.credential(cloud, a)
	if err != nil {
		return nil, err
	}
	o := microsoft.Options{Cloud: cloud, Credential: cred}
	return &share{app: a, options: o, directory: microsoft.NewDirectory(o), cloud: microsoft.Connect(o)}, nil
}

func (f *shareFlags) cloud(ctx context.Context) (microsoft.Cloud, error) {
	roots, err := f.roots()
	if err != nil {
		return microsoft.Cloud{}, err
	}
	cloud := microsoft.PublicCloud()
	if f.manager != "" {
		cloud, err = microsoft.Discover(ctx, f.manager, &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}})
	}
	cloud.RootCAs = roots
	return cloud, err
}

func (f *shareFlags) roots() (*x509.CertPool, error) {
	if f.ca == "" {
		return nil, nil
	}
	text, err := os.ReadFile(f.ca)
	if err != nil {
		return nil, errs.E(errs.NotFound, errs.Item(f.ca), "the certificates cannot be read", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(text) {
		return nil, errs.E(errs.Invalid, errs.Item(f.ca), "the file holds no certificate in PEM", errs.Hint("write it by: ownlake ca > FILE"))
	}
	return roots, nil
}

func (f *shareFlags) credential(cloud microsoft.Cloud, a *app) (azcore.TokenCredential, error) {
	byEnvironment := func() (azcore.TokenCredential, error) {
		return microsoft.EnvironmentCredential(cloud, microsoft.Environment{Getenv: os.Getenv, ReadFile: os.ReadFile})
	}
	byDevice := func() (azcore.TokenCredential, error) {
		return microsoft.DeviceCodeCredential(cloud, f.tenant, func(message string) { _, _ = fmt.Fprintln(a.stderr, message) })
	}
	switch f.signIn {
	case "environment":
		return byEnvironment()
	case "cli":
		return microsoft.CLICredential(f.tenant)
	case "device":
		return byDevice()
	case "":
		cred, err := byEnvironment()
		switch {
		case !errs.Is(err, errs.NotFound):
			return cred, err
		case f.manager != "":
			return byDevice()
		}
		return microsoft.CLICredential(f.tenant)
	}
	return nil, usageError("choose environment, cli or device", "--sign-in: %q is no way to sign in", f.signIn)
}
