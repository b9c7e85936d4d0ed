package microsoft

import (
	"context"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armresources"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armsubscriptions"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/storage/armstorage"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
)

// Subscriptions are those that the caller may see.
func (m *Manager) Subscriptions(ctx context.Context) ([]insights.Subscription, error) {
	const op errs.Op = "microsoft.Subscriptions"
	c, err := armsubscriptions.NewClient(m.credential(), m.arm)
	if err != nil {
		return nil, failure(op, "", err)
	}
	return pages(ctx, op, "", c.NewListPager(nil), func(page armsubscriptions.ClientListResponse, add func(insights.Subscription)) {
		for _, s := range page.Value {
			add(insights.Subscription{
				ID: value(s.SubscriptionID), Name: value(s.DisplayName), Tenant: value(s.TenantID), State: string(value(s.State)),
			})
		}
	})
}

// ResourceGroups are those of a subscription.
func (m *Manager) ResourceGroups(ctx context.Context, subscription string) ([]insights.ResourceGroup, error) {
	const op errs.Op = "microsoft.ResourceGroups"
	scope, err := access.ParseScope(string(access.Subscription(subscription)))
	if err != nil {
		return nil, errs.E(op, err)
	}
	c, err := armresources.NewResourceGroupsClient(subscription, m.credential(), m.arm)
	if err != nil {
		return nil, failure(op, errs.Item(scope), err)
	}
	return pages(ctx, op, errs.Item(scope), c.NewListPager(nil), func(page armresources.ResourceGroupsClientListResponse, add func(insights.ResourceGroup)) {
		for _, g := range page.Value {
			add(insights.ResourceGroup{Name: value(g.Name), Region: region(value(g.Location))})
		}
	})
}

// StorageAccounts are those of a resource group.
func (m *Manager) StorageAccounts(ctx context.Context, subscription, group string) ([]insights.StorageAccount, error) {
	const op errs.Op = "microsoft.StorageAccounts"
	scope, err := access.ParseScope(string(access.Subscription(subscription).ResourceGroup(group)))
	if err != nil {
		return nil, errs.E(op, err)
	}
	c, err := armstorage.NewAccountsClient(subscription, m.credential(), m.arm)
	if err != nil {
		return nil, failure(op, errs.Item(scope), err)
	}
	return pages(ctx, op, errs.Item(scope), c.NewListByResourceGroupPager(group, nil),
		func(page armstorage.AccountsClientListByResourceGroupResponse, add func(insights.StorageAccount)) {
			for _, a := range page.Value {
				add(storageAccount(*a))
			}
		})
}

// pages reads all pages of a list.
func pages[P, T any](ctx context.Context, op errs.Op, item errs.Item, pager *runtime.Pager[P], each func(page P, add func(T))) ([]T, error) {
	all := []T{}
	for pager.More() {
		page, err := pager.NextPage(ctx)
		if err != nil {
			return nil, failure(op, item, err)
		}
		each(page, func(t T) { all = append(all, t) })
	}
	return all, nil
}

// StorageAccount describes the storage account with a resource id.
func (m *Manager) StorageAccount(ctx context.Context, account access.Scope) (insights.StorageAccount, error) {
	const op errs.Op = "microsoft.StorageAccount"
	got, err := m.properties(ctx, account)
	if err != nil {
		return insights.StorageAccount{}, failure(op, errs.Item(account), err)
	}
	return storageAccount(got), nil
}

// properties asks for an account.
func (m *Manager) properties(ctx context.Context, account access.Scope) (armstorage.Account, error) {
	p, err := placeOf(account, "account")
	if err != nil {
		return armstorage.Account{}, err
	}
	c, err := armstorage.NewAccountsClient(p.subscription, m.credential(), m.arm)
	if err != nil {
		return armstorage.Account{}, err
	}
	got, err := c.GetProperties(ctx, p.group, p.account, nil)
	return got.Account, err
}

func storageAccount(a armstorage.Account) insights.StorageAccount {
	s := insights.StorageAccount{
		ResourceID: value(a.ID), Name: value(a.Name), Region: region(value(a.Location)), Kind: string(value(a.Kind)), KeyAccess: true,
	}
	if a.SKU != nil {
		s.SKU = string(value(a.SKU.Name))
	}
	p := a.Properties
	if p == nil {
		return s
	}
	s.HierarchicalNamespace = value(p.IsHnsEnabled)
	s.KeyAccess = p.AllowSharedKeyAccess == nil || *p.AllowSharedKeyAccess
	s.Network = network(p)
	if p.PrimaryEndpoints != nil {
		s.Endpoint = strings.TrimSuffix(value(p.PrimaryEndpoints.Dfs), "/")
	}
	return s
}

// network reads from where an account may be reached ("Configure Azure Storage firewalls and virtual networks").
func network(p *armstorage.AccountProperties) insights.AccountNetwork {
	n := insights.AccountNetwork{Closed: p.PublicNetworkAccess != nil && *p.PublicNetworkAccess != armstorage.PublicNetworkAccessEnabled}
	for _, c := range p.PrivateEndpointConnections {
		state := c.Properties
		if state != nil && state.PrivateLinkServiceConnectionState != nil &&
			value(state.PrivateLinkServiceConnectionState.Status) == armstorage.PrivateEndpointServiceConnectionStatusApproved {
			n.PrivateEndpoints++
		}
	}
	if rules := p.NetworkRuleSet; rules != nil {
		n.Denies = value(rules.DefaultAction) == armstorage.DefaultActionDeny
		n.VirtualNetworks = len(rules.VirtualNetworkRules)
		for _, r := range rules.IPRules {
			n.Addresses = append(n.Addresses, value(r.IPAddressOrRange))
		}
	}
	return n
}

// region is a location as it is named, whichever way Resource Manager writes it.
func region(location string) insights.Region {
	return insights.Region(strings.ToLower(strings.ReplaceAll(location, " ", "")))
}
