package main

import (
	"context"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/sharing/microsoft"
)

func newEnvStorageCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "storage",
		Short: "Find a storage account of your own by its subscription",
	}
	cmd.AddCommand(newEnvStorageListCommand(a))
	return cmd
}

func newEnvStorageListCommand(a *app) *cobra.Command {
	var f shareFlags
	var subscription, group string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List subscriptions, the resource groups of one, or the storage accounts of a resource group",
		Long: `List what you may see of a cloud, level by level: without flags the subscriptions, with --subscription its resource
groups, with --resource-group the storage accounts in it. You sign in as for ownlake share.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if group != "" && subscription == "" {
				return usageError("name it with --subscription", "the resource group's subscription is not named")
			}
			s, err := f.open(cmd.Context(), a)
			if err != nil {
				return err
			}
			m := microsoft.NewManager(s.options)
			switch {
			case subscription == "":
				return a.listSubscriptions(cmd.Context(), m)
			case group == "":
				return a.listResourceGroups(cmd.Context(), m, subscription)
			}
			return a.listStorageAccounts(cmd.Context(), m, subscription, group)
		},
	}
	f.add(cmd)
	cmd.Flags().StringVar(&subscription, "subscription", "", "subscription's id")
	cmd.Flags().StringVar(&group, "resource-group", "", "resource group")
	return cmd
}

func (a *app) listSubscriptions(ctx context.Context, m *microsoft.Manager) error {
	list, err := m.Subscriptions(ctx)
	if err != nil {
		return err
	}
	return a.print(list, func(w io.Writer) error {
		rows := make([][]string, len(list))
		for i, s := range list {
			rows[i] = []string{s.Name, s.ID, s.State, s.Tenant}
		}
		return table(w, []string{"SUBSCRIPTION", "ID", "STATE", "TENANT"}, rows)
	})
}

func (a *app) listResourceGroups(ctx context.Context, m *microsoft.Manager, subscription string) error {
	list, err := m.ResourceGroups(ctx, subscription)
	if err != nil {
		return err
	}
	return a.print(list, func(w io.Writer) error {
		rows := make([][]string, len(list))
		for i, g := range list {
			rows[i] = []string{g.Name, string(g.Region)}
		}
		return table(w, []string{"RESOURCE GROUP", "REGION"}, rows)
	})
}

func (a *app) listStorageAccounts(ctx context.Context, m *microsoft.Manager, subscription, group string) error {
	list, err := m.StorageAccounts(ctx, subscription, group)
	if err != nil {
		return err
	}
	return a.print(list, func(w io.Writer) error {
		rows := make([][]string, len(list))
		for i, s := range list {
			rows[i] = []string{s.Name, string(s.Region), s.Kind, fitness(s), s.ResourceID}
		}
		return table(w, []string{"ACCOUNT", "REGION", "KIND", "FIT", "RESOURCE ID"}, rows)
	})
}

// fitness says what stands in the way of an environment in the account, as far as its description tells.
func fitness(s insights.StorageAccount) string {
	var wrong []string
	if !s.HierarchicalNamespace {
		wrong = append(wrong, "no hierarchical namespace")
	}
	switch {
	case s.Network.Closed:
		wrong = append(wrong, "private endpoints only")
	case s.Network.Denies:
		wrong = append(wrong, "firewall")
	}
	if len(wrong) == 0 {
		return "yes"
	}
	return strings.Join(wrong, ", ")
}
