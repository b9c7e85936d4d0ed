package server

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/dataverse"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/sharing"
	"github.com/ownlake/ownlake/sharing/microsoft"
	"github.com/ownlake/ownlake/tenant/directory"
)

// dataverseDir is where a data folder keeps what it knows of Dataverse.
func dataverseDir(dataDir string) string { return filepath.Join(dataDir, "dataverse") }

// checkShared looks, as a person who is signed in, at what must be so for a link.
func (s *Server) checkShared(ctx context.Context, person insights.SignInID, account access.Scope, i sharing.Identifier) ([]sharing.Finding, error) {
	o, err := s.signIns.signedIn(person)
	if err != nil {
		return nil, err
	}
	return sharing.CheckLink(ctx, microsoft.Connect(o), account, i)
}

// organizationsOf are the addresses of the organisations that are linked, as of when it is asked.
func organizationsOf(dataDir string) func() []string {
	return func() []string {
		links, err := dataverse.Registered(vfs.Default, dataverseDir(dataDir))
		if err != nil {
			return nil // who asks for a token of one is told that there is none
		}
		list := make([]string, len(links))
		for i, l := range links {
			list[i] = l.Organization.URL
		}
		return list
	}
}

// serviceAccount is how the Dataverse service of a data folder proves itself to the tenant in the box, and where it finds
// tenant and lake. In Microsoft's cloud nobody but Dataverse has that proof. Only the folder's owner can read it.
type serviceAccount struct {
	Tenant   string `json:"tenant"` // address of the tenant: sign-in, Graph, Resource Manager
	TenantID string `json:"tenantId"`
	ClientID string `json:"clientId"`
	Secret   string `json:"clientSecret"`
	Lake     string `json:"lake,omitempty"` // address with TLS of the embedded lake; accounts are its paths
}

func serviceAccountPath(dataDir string) string {
	return filepath.Join(dataverseDir(dataDir), "service.json")
}

// leaveServiceAccount tells the Dataverse service of the data folder where tenant and lake are. The well-known service
// principal gets a secret unless it has the one that is in the folder.
func (t *Tenant) leaveServiceAccount(cfg TenantConfig) error {
	path := serviceAccountPath(cfg.DataDir)
	var account serviceAccount
	known := readPrivate(path, &account)
	principal, err := t.directory.ServicePrincipal(directory.AppDataverseLake)
	if err != nil {
		return err
	}
	if !known || t.directory.CheckSecret(account.Secret, principal.Credentials) != nil {
		if _, account.Secret, err = t.directory.AddSecret(principal.ID, "Dataverse in the box", time.Time{}); err != nil {
			return err
		}
	}
	account.Tenant, account.TenantID, account.ClientID, account.Lake = t.base, t.directory.Tenant().ID, directory.AppDataverseLake, ""
	if cfg.Lake != nil {
		if u, err := url.Parse(cfg.Lake.Addresses().TLS); err == nil && u.Host != "" {
			account.Lake = "https://" + u.Host
		}
	}
	if err := os.MkdirAll(dataverseDir(cfg.DataDir), 0o700); err != nil {
		return errs.E(errs.Unavailable, errs.Item(dataverseDir(cfg.DataDir)), err)
	}
	return writePrivate(path, account)
}

// readServiceAccount finds what [Tenant.leaveServiceAccount] left.
func readServiceAccount(dataDir string) (serviceAccount, error) {
	var account serviceAccount
	if !readPrivate(serviceAccountPath(dataDir), &account) {
		return account, errs.E(errs.Precondition, errs.Item(dataDir), "no tenant was served on this data folder",
			errs.Hint("start it: ownlake serve --data "+dataDir))
	}
	return account, nil
}
