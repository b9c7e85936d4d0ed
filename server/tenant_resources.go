package server

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/tenant/arm"
	"github.com/ownlake/ownlake/tenant/directory"
	"github.com/ownlake/ownlake/tenant/resources"
)

// tenantConfig is the tenant's, with the lake beside it.
func (s *Server) tenantConfig() TenantConfig {
	cfg := s.cfg.Tenant
	cfg.Lake, cfg.InUse = s.lake, s.environmentsIn
	return cfg
}

// environmentsIn names the environments that have their data in an account of the lake.
func (s *Server) environmentsIn(account string) []string {
	var names []string
	for _, env := range s.catalog.Seen(func(endpoint string) bool { return s.lake.serves(endpoint, account) }) {
		names = append(names, env.Name)
	}
	return names
}

// defaultSubscription is the name of a new tenant's subscription, and defaultGroup of the resource group in it that has
// the embedded lake's account.
const (
	defaultSubscription = "ownlake"
	defaultGroup        = "ownlake"
)

// openResources opens what the tenant's subscriptions hold. A new tenant gets a subscription, which its administrators
// own.
func (t *Tenant) openResources(propagation time.Duration) error {
	var err error
	t.resources, err = resources.Open(resources.Options{State: t.state, Clock: time.Now, Random: rand.Reader, Propagation: propagation})
	if err != nil || len(t.resources.Subscriptions()) > 0 {
		return err
	}
	for _, u := range t.directory.Users() {
		if slices.Contains(u.Roles, directory.GlobalAdministrator) {
			_, err = t.resources.CreateSubscription("", defaultSubscription, u.ID, resources.User)
			return err
		}
	}
	return nil
}

// Resources are what the tenant's subscriptions hold, in process.
func (t *Tenant) Resources() *resources.Resources { return t.resources }

// armHandler is Resource Manager. Where a lake is served beside the tenant, accounts have their lakes there.
func (t *Tenant) armHandler(cfg TenantConfig, logger *slog.Logger) (http.Handler, error) {
	l := cfg.Lake
	tenant := t.directory.Tenant()
	o := arm.Options{
		Resources: t.resources, Authenticate: arm.Authenticator(t.entra), Directory: arm.DirectoryOf(t.directory), Lakes: noLakes{},
		Tenant: arm.Tenant{ID: tenant.ID, DisplayName: tenant.DisplayName, DefaultDomain: tenant.Domain},
		Cloud:  arm.Cloud{Name: "ownlake", Login: t.base, Graph: t.base, Manager: t.base, StorageSuffix: "localhost"},
		Clock:  time.Now, Logger: logger,
	}
	if l != nil {
		if err := t.addOwnAccount(l); err != nil {
			return nil, err
		}
		m := &managedAccounts{resources: t.resources, state: t.state, directory: t.directory, entra: t.entra, login: t.base + "/" + tenant.ID, inUse: cfg.InUse}
		l.manage(m)
		o.Lakes = m
	}
	return arm.New(o), nil
}

// addOwnAccount puts the embedded lake's account into the first subscription, with the key that it was configured with
// as its first one. From then on Resource Manager has it; only another key in the configuration than before is its first
// one again.
func (t *Tenant) addOwnAccount(l *Lake) error {
	sum := sha256.Sum256(l.key)
	configured := hex.EncodeToString(sum[:])
	key := resources.Key{Value: l.key, Created: time.Now().UTC()}
	a, err := t.resources.AccountNamed(l.account)
	switch {
	case err == nil && a.ConfiguredKey == configured || err != nil && len(t.resources.Subscriptions()) == 0:
		return nil
	case err == nil:
		_, err = t.resources.UpdateAccount(a.Subscription, a.ResourceGroup, a.Name, func(a *resources.Account) error {
			a.Keys[0], a.ConfiguredKey = key, configured
			return nil
		})
		return err
	}
	s := t.resources.Subscriptions()[0]
	location, ok := resources.ParseLocation(l.cfg.Region)
	if !ok {
		location = DefaultRegion
	}
	_, _, err = t.resources.PutResourceGroup(resources.ResourceGroup{Subscription: s.ID, Name: defaultGroup, Location: location})
	if err != nil {
		return err
	}
	settings := resources.DefaultSettings()
	settings.HTTPSOnly, settings.AllowBlobPublicAccess = false, l.cfg.AllowPublicAccess
	_, err = t.resources.CreateAccount(resources.Account{
		Subscription: s.ID, ResourceGroup: defaultGroup, Name: l.account, Location: location, Kind: "StorageV2", SKU: "Standard_LRS",
		HierarchicalNamespace: true, Settings: settings, Keys: [2]resources.Key{key}, ConfiguredKey: configured,
	})
	return err
}

// noLakes is of a tenant that no lake is served beside.
type noLakes struct{}

func (noLakes) Use(context.Context, resources.Account) (lake.Service, func(), error) {
	return nil, nil, errs.E(errs.Unavailable, "No lake is served beside this tenant.")
}

func (noLakes) Remove(context.Context, resources.Account) error { return nil }

func (noLakes) Endpoints(account string) arm.Endpoints {
	return arm.Endpoints{Blob: "https://" + account + ".blob.core.windows.net/", DFS: "https://" + account + ".dfs.core.windows.net/"}
}
