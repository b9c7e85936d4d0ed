package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/server"
	"github.com/ownlake/ownlake/tenant/directory"
)

// administratorPasswordEnv has the first administrator's password.
const administratorPasswordEnv = "OWNLAKE_TENANT_ADMIN_PASSWORD" //nolint:gosec // G101: the name of a variable is no secret

// tenantFlags are the flags of commands that serve the tenant in the box.
type tenantFlags struct {
	listen, url, domain, name, id string
	passwordFile                  string
	propagation                   time.Duration
}

func (f *tenantFlags) register(cmd *cobra.Command, listenFlag string) {
	flags := cmd.Flags()
	flags.StringVar(&f.listen, listenFlag, server.DefaultTenantListen, "address of the tenant in the box: sign-in and Microsoft Graph, with TLS")
	flags.StringVar(&f.url, "tenant-url", "", "https://HOST:PORT where clients reach the tenant, if not at that address")
	flags.StringVar(&f.domain, "tenant-domain", "", "domain of a new tenant's users (default "+directory.DefaultDomain+")")
	flags.StringVar(&f.name, "tenant-name", "", "display name of a new tenant (default "+directory.DefaultDisplayName+")")
	flags.StringVar(&f.id, "tenant-id", "", "id of a new tenant, a GUID (default: made at random)")
	flags.DurationVar(&f.propagation, "role-propagation", 0, "how long a change of a role assignment takes to reach the lake, as it does in Azure (5m)")
	flags.StringVar(&f.passwordFile, "tenant-admin-password-file", "",
		"file with the password of a new tenant's administrator (environment variable "+administratorPasswordEnv+" has it, too); without, one is made and shown once")
}

func (f *tenantFlags) config(a *app) (server.TenantConfig, error) {
	cfg := server.TenantConfig{
		DataDir: a.dataDir, Listen: f.listen, URL: f.url, Logger: a.logger,
		New:                   directory.Tenant{ID: f.id, Domain: f.domain, DisplayName: f.name},
		AdministratorPassword: os.Getenv(administratorPasswordEnv), Propagation: f.propagation,
	}
	if f.id != "" {
		if _, err := directory.ParseID(f.id); err != nil {
			return cfg, errs.E(codeUsage, errs.Item("--tenant-id"), err)
		}
	}
	if f.passwordFile != "" {
		b, err := os.ReadFile(f.passwordFile)
		if err != nil {
			return cfg, errs.E(errs.NotFound, errs.Item("--tenant-admin-password-file"), err)
		}
		cfg.AdministratorPassword = strings.TrimRight(string(b), "\r\n")
	}
	return cfg, nil
}

func newTenantCommand(a *app) *cobra.Command {
	var f tenantFlags
	cmd := &cobra.Command{
		Use:         "tenant",
		Annotations: map[string]string{serves: "yes"},
		Short:       "Serve the tenant in the box: users, groups, sign-in and Microsoft Graph",
		Long: `Serve a tenant of one's own on a data folder: a directory of users, security groups and applications, with the
sign-in service of Microsoft Entra ID and Microsoft Graph v1.0, over TLS by the folder's own CA (ownlake ca). One line on
stdout that begins with "ready" says that requests are accepted, and where. SIGTERM or SIGINT stops it.

A new tenant gets an administrator. Unless a password is given, a one-time password is shown, once; it has to be changed at
the address /password before anything else.`,
		Example: "  ownlake tenant --data ~/lake\n  ownlake ca --data ~/lake > ca.pem",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := f.config(a)
			if err != nil {
				return err
			}
			return a.serveTenant(cmd.Context(), cfg)
		},
	}
	a.addDataFlag(cmd)
	f.register(cmd, "listen")
	return cmd
}

// serveTenant serves until the context ends.
func (a *app) serveTenant(ctx context.Context, cfg server.TenantConfig) error {
	t, err := server.StartTenant(ctx, cfg)
	if err != nil {
		return err
	}
	err = a.printTenant(t)
	if err == nil {
		<-ctx.Done()
		a.logger.InfoContext(ctx, "stopping")
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTimeout)
	defer cancel()
	return firstError(err, t.Close(stop))
}

// tenantReady is what commands print of a tenant that accepts requests.
type tenantReady struct {
	server.TenantAddresses
	Administrator *server.FirstAdministrator `json:"administrator,omitempty"`
}

func (a *app) printTenant(t *server.Tenant) error {
	at := t.Addresses()
	if a.json {
		return json.NewEncoder(a.stdout).Encode(struct {
			Status string `json:"status"`
			tenantReady
		}{"ready", tenantReady{at, t.First()}})
	}
	if _, err := fmt.Fprintf(a.stdout, "ready  tenant %s  authority %s  graph %s\n", at.ID, at.Authority, at.Graph); err != nil {
		return err
	}
	return a.printAdministrator(t)
}

// printAdministrator tells, on stderr and once, who administers a new tenant.
func (a *app) printAdministrator(t *server.Tenant) error {
	first := t.First()
	if first == nil {
		return nil
	}
	text := "administrator " + first.UserPrincipalName
	if first.Password != "" {
		text += "  one-time password " + first.Password + "  (shown once: change it at " + t.Addresses().URL + "/password)"
	}
	_, err := fmt.Fprintln(a.stderr, text)
	return err
}
