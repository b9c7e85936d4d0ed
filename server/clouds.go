package server

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/catalog"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/lake/azurestore"
	"github.com/ownlake/ownlake/sharing/microsoft"
)

// discoverTimeout bounds how long a Resource Manager may take to say where its cloud is.
const discoverTimeout = 20 * time.Second

// clouds finds where the services of clouds are. Certificates are verified by the roots of the system and of the embedded
// lake, so that the tenant in the box needs none of its own, and by those that a request names.
type clouds struct {
	roots func() *x509.CertPool
}

// trusted are the roots of the system and of the data folder's CA, which vouches for the embedded lake and for the tenant in
// the box; nil, which means the system's, where neither uses TLS.
func (s *Server) trusted() *x509.CertPool {
	if s.lake.ca != nil || s.cfg.Tenant.Listen == "" {
		return s.lake.RootCAs()
	}
	ca, err := OpenCA(s.cfg.DataDir)
	if err != nil {
		return nil // the tenant does not start either
	}
	return systemAnd(ca)
}

// find asks a cloud's Resource Manager for the rest; Microsoft's public one is known.
func (c *clouds) find(ctx context.Context, q insights.Cloud) (microsoft.Cloud, error) {
	const op errs.Op = "server.clouds.find"
	roots, err := c.rootsFor(q)
	if err != nil {
		return microsoft.Cloud{}, errs.E(op, err)
	}
	cloud := microsoft.PublicCloud()
	if q.Manager != "" {
		transport := &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
		defer transport.CloseIdleConnections()
		cloud, err = microsoft.Discover(ctx, q.Manager, &http.Client{Timeout: discoverTimeout, Transport: transport})
	}
	cloud.RootCAs = roots
	return cloud, errs.Wrap(op, err)
}

func (c *clouds) rootsFor(q insights.Cloud) (*x509.CertPool, error) {
	roots := c.roots()
	if q.CA == "" {
		return roots, nil
	}
	if roots == nil {
		system, err := x509.SystemCertPool()
		if err != nil {
			system = x509.NewCertPool() // the system has no roots
		}
		roots = system
	}
	if !roots.AppendCertsFromPEM([]byte(q.CA)) {
		return nil, errs.E(errs.Invalid, errs.Item("cloud.ca"), "this is no certificate in PEM", errs.Hint("take what ownlake ca prints"))
	}
	return roots, nil
}

// principal is the credential of a connection's service principal. Nobody is asked for a token yet.
func (c *clouds) principal(ctx context.Context, conn catalog.Connection) (microsoft.Options, error) {
	const op errs.Op = "server.clouds.principal"
	cloud, err := c.find(ctx, conn.Cloud)
	if err != nil {
		return microsoft.Options{}, errs.E(op, err)
	}
	o := microsoft.Options{Cloud: cloud}
	switch p := conn.Principal; p.Method {
	case insights.ManagedIdentity:
		o.Credential, err = microsoft.ManagedIdentityCredential(p.ClientID)
	case insights.WorkloadIdentity:
		o.Credential, err = microsoft.WorkloadIdentityCredential(cloud, p.Tenant, p.ClientID)
	case insights.ClientCertificate:
		o.Credential, err = microsoft.CertificateCredential(cloud, p.Tenant, p.ClientID, []byte(conn.Certificate.Reveal()), conn.CertificatePassword.Reveal())
	default:
		o.Credential, err = microsoft.SecretCredential(cloud, p.Tenant, p.ClientID, conn.ClientSecret.Reveal())
	}
	return o, errs.Wrap(op, err)
}

// Principal is the service principal of a connection for checks of its rights.
func (c *clouds) Principal(ctx context.Context, conn catalog.Connection) (catalog.Caller, error) {
	o, err := c.principal(ctx, conn)
	if err != nil {
		return nil, err
	}
	return storageCaller{c.caller(o)}, nil
}

func (c *clouds) caller(o microsoft.Options) caller { return caller{o} }

// caller asks as whoever the credential is of.
type caller struct{ microsoft.Options }

// Identity signs in for Resource Manager.
func (c caller) Identity(ctx context.Context) (insights.Identity, error) {
	return microsoft.NewManager(c.Options).Identity(ctx)
}

// StorageAccount asks Resource Manager for an account.
func (c caller) StorageAccount(ctx context.Context, account access.Scope) (insights.StorageAccount, error) {
	return microsoft.NewManager(c.Options).StorageAccount(ctx, account)
}

// Lake opens the data of an account.
func (c caller) Lake(_ context.Context, endpoint, account string) (lake.Store, error) {
	return openByToken(endpoint, account, c.Cloud.RootCAs, c.Credential, "")
}

// storageCaller is a service principal, which needs tokens for storage alone.
type storageCaller struct{ caller }

// Identity signs in for the data of accounts.
func (c storageCaller) Identity(ctx context.Context) (insights.Identity, error) {
	return microsoft.IdentityFor(ctx, c.Options, microsoft.StorageAudience)
}

func openByToken(endpoint, account string, roots *x509.CertPool, cred azcore.TokenCredential, renew errs.Hint) (lake.Store, error) {
	return azurestore.Open(azurestore.Options{
		Endpoint: endpoint, Account: account, Token: microsoft.Explained(cred), RootCAs: roots, Renew: renew,
	})
}
