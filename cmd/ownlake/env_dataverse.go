package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ownlake/ownlake/api"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/sharing/microsoft"
)

func newEnvDataverseCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "dataverse",
		Short: "Link an environment with a Dataverse organization",
		Long: `The Dataverse step of an environment: which organization it is linked with, and whether that reads the lake (Enable data sharing), by the permissions
identifier that ownlake share setup printed. An organization is bound to one storage account and to one environment. It stays so when the environment is
deleted, until it is detached.`,
	}
	cmd.AddCommand(newDataverseLinkCommand(a, false), newDataverseLinkCommand(a, true), newDataverseShowCommand(a), newDataverseListCommand(a), newDataverseDetachCommand(a))
	return cmd
}

// dataverseFlags are those of link and check.
type dataverseFlags struct {
	url, id, region, identifier string
	share                       bool
	person                      shareFlags
	target                      targetFlags
}

func (f *dataverseFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.url, "organization", "", "address of the organization, such as https://contoso.crm4.dynamics.com")
	flags.StringVar(&f.id, "organization-id", "", "id of the organization, a GUID")
	flags.StringVar(&f.region, "organization-region", "", "region of the organization, which must be the environment's")
	flags.BoolVar(&f.share, "enable-data-sharing", false, "let Dataverse read the lake")
	flags.StringVar(&f.identifier, "permissions-identifier", "", "with --enable-data-sharing: what ownlake share setup printed as its last line")
	flags.StringVar(&f.target.subscription, "subscription", "", "with --enable-data-sharing: id of the storage account's subscription")
	flags.StringVar(&f.target.resourceGroup, "resource-group", "", "name of the storage account's resource group")
	flags.StringVar(&f.target.account, "account", "", "name of the storage account, or its whole resource id")
	f.person.add(cmd)
	_ = cmd.MarkFlagRequired("organization") // fails only for a flag that does not exist
	cmd.MarkFlagsRequiredTogether("enable-data-sharing", "permissions-identifier")
}

func newDataverseLinkCommand(a *app, onlyCheck bool) *cobra.Command {
	var f dataverseFlags
	cmd := &cobra.Command{
		Use:   "link [ENV] --organization URL [--enable-data-sharing --permissions-identifier ID --account RESOURCE-ID]",
		Short: "Check, and link; exit code 4 where something is missing",
		Long: `Check the identifier and link the organization. With data sharing, the check also looks, as whoever is signed in (as ownlake share does), at the storage
account, its network rules, both groups and their owner, the rights of the Dataverse lake service and the list of the shared folder; whoever links must be
allowed to read the container: Storage Blob Data Reader, Contributor or Owner.`,
		Example: `  ownlake env dataverse link Contoso --organization https://contoso.crm4.dynamics.com --organization-region westeurope
  ownlake env dataverse link Contoso --organization https://contoso.crm4.dynamics.com --enable-data-sharing \
    --permissions-identifier "https://contoso.dfs.core.windows.net/customerinsights?cg=…&rg=…" --account /subscriptions/…/storageAccounts/contoso`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withEnvironment(cmd.Context(), first(args), func(c *api.Client, env insights.Environment) error {
				return a.linkDataverse(cmd.Context(), c, env, &f, onlyCheck)
			})
		},
	}
	if onlyCheck {
		cmd.Use, cmd.Short = strings.Replace(cmd.Use, "link", "check", 1), "Check what must be so for a link, and change nothing"
		cmd.Long, cmd.Example = cmd.Short+", as link does before.", ""
	}
	f.add(cmd)
	return cmd
}

func (a *app) linkDataverse(ctx context.Context, c *api.Client, env insights.Environment, f *dataverseFlags, onlyCheck bool) error {
	q, end, err := f.request(ctx, a, c)
	if err != nil {
		return err
	}
	if onlyCheck {
		lines, err := c.CheckDataverse(ctx, env.ID, q)
		if err = firstError(err, end()); err != nil {
			return err
		}
		return firstError(a.printCheck(lines, lines), failedOf(lines))
	}
	linked, err := c.LinkDataverse(ctx, env.ID, q)
	if err = firstError(err, end()); err != nil {
		return a.failedPrerequisites(linked.Prerequisites, err)
	}
	return a.print(linked, func(w io.Writer) error {
		printPrerequisites(w, linked.Prerequisites)
		_, err := fmt.Fprintf(w, "environment %s is linked with %s\n", env.Name, linked.Link.Organization.URL)
		return err
	})
}

// failedOf returns the error of the first outcome that failed.
func failedOf(lines []insights.Prerequisite) error {
	for _, l := range lines {
		if l.Outcome == insights.Failed {
			return errs.E(errs.Precondition, errs.Hint(l.Mend), "a prerequisite is not met: "+l.Name+": "+l.Detail)
		}
	}
	return nil
}

// request is what is asked of the server. With data sharing the server holds the sign-in of whoever runs the command until end is called.
func (f *dataverseFlags) request(ctx context.Context, a *app, c *api.Client) (q insights.DataverseRequest, end func() error, err error) {
	q.Organization = insights.Organization{URL: f.url, ID: f.id, Region: insights.Region(f.region)}
	q.DataSharing, q.PermissionsIdentifier = f.share, f.identifier
	end = func() error { return nil }
	if !f.share {
		return q, end, nil
	}
	if f.target.subscription != "" || f.target.account != "" {
		account, err := f.target.scope()
		if err != nil {
			return q, end, err
		}
		q.Account = string(account)
	}
	in, err := f.beginSignIn(ctx, a, c)
	q.SignIn = in.ID
	return q, func() error { return c.EndCloudSignIn(context.WithoutCancel(ctx), in.ID) }, err
}

// beginSignIn gives the server the tokens of whoever runs the command.
func (f *dataverseFlags) beginSignIn(ctx context.Context, a *app, c *api.Client) (insights.SignIn, error) {
	q := insights.SignInRequest{Method: insights.ByTokens}
	cloud, err := f.person.cloud(ctx)
	if err != nil {
		return insights.SignIn{}, err
	}
	if q.Cloud, err = (&accountFlags{person: f.person}).cloud(); err != nil {
		return insights.SignIn{}, err
	}
	cred, err := f.person.credential(cloud, a)
	if err != nil {
		return insights.SignIn{}, err
	}
	manager := cloud.ManagerAudience
	if manager == "" {
		manager = cloud.Manager
	}
	for _, t := range []struct {
		audience string
		into     *insights.Secret
	}{{manager, &q.ManagerToken}, {microsoft.StorageAudience, &q.StorageToken}, {cloud.Graph, &q.GraphToken}} {
		if *t.into, err = tokenFor(ctx, cred, t.audience); err != nil {
			return insights.SignIn{}, err
		}
	}
	return c.BeginCloudSignIn(ctx, q)
}

func newDataverseShowCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "show [ENV]",
		Short: "Show the organization that an environment is linked with",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withEnvironment(cmd.Context(), first(args), func(c *api.Client, env insights.Environment) error {
				link, err := c.Dataverse(cmd.Context(), env.ID)
				if err != nil {
					return err
				}
				return a.print(link, func(w io.Writer) error { return printLink(w, link) })
			})
		},
	}
}

func printLink(w io.Writer, l insights.DataverseLink) error {
	rows := [][]string{
		{"id", l.Organization.ID},
		{"region", string(l.Organization.Region)},
		{"environment", l.EnvironmentName},
		{"storage account", l.Account},
		{"data sharing", onOff(l.DataSharing)},
		{"permissions identifier", l.PermissionsIdentifier},
		{"linked", moment(l.LinkedAt)},
	}
	return table(w, []string{"organization", l.Organization.URL}, rows)
}

func onOff(b bool) string {
	if b {
		return "on"
	}
	return "off"
}

func newDataverseListCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the organizations that are linked, also with environments that are deleted",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withClient(cmd.Context(), func(c *api.Client) error {
				list, err := c.Organizations(cmd.Context())
				if err != nil {
					return err
				}
				return a.print(list, func(w io.Writer) error {
					rows := make([][]string, len(list))
					for i, l := range list {
						name := l.EnvironmentName
						if l.EnvironmentDeleted {
							name += " (deleted)"
						}
						rows[i] = []string{l.Organization.URL, name, l.Account, onOff(l.DataSharing), moment(l.LinkedAt)}
					}
					return table(w, []string{"ORGANIZATION", "ENVIRONMENT", "STORAGE ACCOUNT", "SHARING", "LINKED"}, rows)
				})
			})
		},
	}
}

func newDataverseDetachCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "detach ORGANIZATION",
		Short: "Free an organization, so that it can be linked anew",
		Long: `Free an organization, named by its address, its host or its id. It stops reading the lake by this link. What was shared in the lake stays shared: ownlake share undo
takes that back.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withClient(cmd.Context(), func(c *api.Client) error {
				link, err := c.DetachOrganization(cmd.Context(), args[0])
				if err != nil {
					return err
				}
				return a.print(link, func(w io.Writer) error {
					_, err := fmt.Fprintf(w, "%s is detached from %s\n", link.Organization.URL, link.EnvironmentName)
					return err
				})
			})
		},
	}
}
