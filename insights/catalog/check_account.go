package catalog

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/lake"
)

// Codes by which a storage account says why it refuses a caller whose credential is right.
const (
	codeNetwork errs.Code = "AuthorizationFailure"
	codeNoKeys  errs.Code = "KeyBasedAuthenticationNotPermitted"
)

// askAddress finds the account's endpoint: as it was given, as Resource Manager knows it, or as its name makes it in the
// public cloud.
func (k *check) askAddress() bool {
	named := insights.DataStorage{Account: k.storage.Account, Endpoint: k.storage.Endpoint}
	if k.resource != "" {
		name := string(k.resource)[strings.LastIndexByte(string(k.resource), '/')+1:]
		if named.Account != "" && !strings.EqualFold(named.Account, name) {
			k.fail(askAddress, fmt.Sprintf("the resource id is of the account %s, not of %s", name, named.Account), "You: leave one of the two out, or make them agree")
			return false
		}
		named.Account = strings.ToLower(name)
		switch {
		case named.Endpoint != "":
		case k.facts != nil:
			named.Endpoint = k.facts.Endpoint
		case k.with.Cloud.Manager != "":
			k.fail(askAddress, "nobody could ask Resource Manager where "+named.Account+" is", "You: sign in as somebody who may read the account, or give its dfs endpoint")
			return false
		}
	}
	a, err := parseAddress(named)
	if err != nil {
		k.fail(askAddress, withoutHint(err), "You: "+string(errs.HintOf(err)))
		return false
	}
	k.address = a
	switch {
	case k.byPrincipal() && !strings.HasPrefix(a.endpoint, "https://"):
		k.fail(askAddress, a.endpoint+": tokens are sent over https only", "You: give the account's https address")
		return false
	case !a.encrypted():
		k.pass(askAddress, "%s; http: data travels unencrypted", a.endpoint)
	default:
		k.pass(askAddress, "%s", a.endpoint)
	}
	return true
}

// askCredential asks whether there is something to sign in or to sign requests by.
func (k *check) askCredential() bool {
	if k.byPrincipal() {
		return k.askPrincipalCredential()
	}
	if k.with.Key.IsZero() {
		k.fail(askCredential, "no account key was given", "You: give the key by --key-file or --key-env, or by keyFile or keyEnv in the project")
		return false
	}
	if raw, err := base64.StdEncoding.DecodeString(k.with.Key.Reveal()); err != nil || len(raw) == 0 {
		k.fail(askCredential, "the account key is not base64 text", "You: copy the whole key, with the equals signs at its end")
		return false
	}
	k.pass(askCredential, "account key")
	return true
}

// askAccount asks the account to describe itself, which proves that it is there and accepts the key.
func (k *check) askAccount(ctx context.Context) bool {
	account, err := k.store.Account(ctx)
	if err != nil {
		k.accountFailed(err)
		return false
	}
	k.account = account
	k.pass(askReachable, "%s", describeAccount(account))
	if k.storage.Kind == insights.OwnStorage {
		k.pass(askKey, "accepted")
	} else {
		k.pass(askKey, "not needed: the account is the server's own")
	}
	return true
}

func describeAccount(a lake.AccountProperties) string {
	parts := []string{a.Name}
	for _, s := range []string{a.Kind, a.SKU} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, ", ")
}

// accountFailed tells a refused key from an account that cannot be reached, and that from a closed network.
func (k *check) accountFailed(err error) {
	who := k.address.account
	kind := errs.KindOf(err)
	switch {
	case errs.CodeOf(err) == codeNoKeys:
		k.pass(askReachable, "%s answers", who)
		k.fail(askKey, who+" takes no keys: "+withoutHint(err),
			"You: connect by a service principal; or an owner or contributor of "+who+": az storage account update --name "+who+" --allow-shared-key-access true")
	case errs.CodeOf(err) == codeNetwork, kind == errs.Unavailable && k.facts != nil && !k.facts.Network.Open():
		k.networkFailed(err)
	case k.byPrincipal() && kind == errs.Unauthorized:
		k.fail(askReachable, who+" does not take the principal's token: "+withoutHint(err),
			"You: name a principal of the tenant that the account's subscription belongs to; and see that this machine's clock is right")
	case kind == errs.Unauthorized, kind == errs.Invalid:
		k.pass(askReachable, "%s answers", who)
		k.fail(askKey, "the account refuses the key: "+withoutHint(err),
			"Whoever may read the keys of "+who+": copy one anew (it may have been rotated), and see that this machine's clock is right")
	case kind == errs.Permission:
		k.fail(askReachable, who+" refuses requests from here: "+withoutHint(err),
			"An owner or contributor of "+who+": allow this network in its firewall, and allow access by account key")
	default:
		k.fail(askReachable, withoutHint(err),
			"You: compare the name with the account's; whoever runs the network: allow this machine to reach "+k.address.endpoint)
	}
}

// networkFailed says which of an account's rules keeps this machine out. Roles have no part in it.
func (k *check) networkFailed(err error) {
	who := k.address.account
	mend := "An owner or contributor of " + who + ": az storage account network-rule add --account-name " + who + " --ip-address <the address of this machine, as the account sees it>"
	detail := who + " keeps this machine out by its network rules"
	if k.facts != nil {
		detail += ": " + describeNetwork(k.facts.Network)
		if k.facts.Network.Closed {
			mend = "An owner or contributor of " + who + ": az storage account update --name " + who +
				" --public-network-access Enabled; or whoever runs the network: run ownlake where a private endpoint leads to the account"
		}
	}
	k.fail(askReachable, detail+" ("+withoutHint(err)+"); this is no missing role", mend)
}

func describeNetwork(n insights.AccountNetwork) string {
	private := fmt.Sprintf("%d private endpoints lead to it", n.PrivateEndpoints)
	if n.PrivateEndpoints == 1 {
		private = "1 private endpoint leads to it"
	}
	switch {
	case n.Closed:
		return "public network access is disabled, " + private
	case n.Denies:
		addresses := "no address"
		if len(n.Addresses) > 0 {
			addresses = strings.Join(n.Addresses, ", ")
		}
		return fmt.Sprintf("the firewall lets in %s and %d virtual networks, %s", addresses, n.VirtualNetworks, private)
	}
	return "all networks may reach it"
}

func (k *check) askHierarchy(ctx context.Context) {
	on, known := k.account.HierarchicalNamespace, k.account.Kind != "" || !k.byPrincipal()
	if k.facts != nil {
		on, known = k.facts.HierarchicalNamespace, true
	}
	if h, ok := k.store.(hierarchical); !known && ok && !k.absent {
		var err error
		on, err = h.Hierarchical(ctx, insights.Container)
		known = err == nil
	}
	switch {
	case !known:
		k.unknown(askHierarchy, "nobody could ask for it", "You: see on the account's overview page that its hierarchical namespace is enabled")
	case on:
		k.pass(askHierarchy, "on")
	default:
		k.fail(askHierarchy, "off: "+k.address.name(k.account)+" is not a Data Lake Storage Gen2 account",
			"An owner or contributor of "+k.address.name(k.account)+": upgrade it to a hierarchical namespace, or make an account that has it; it cannot be turned off again")
	}
}

// name is the account's, however it is reached.
func (a address) name(props lake.AccountProperties) string {
	if props.Name != "" {
		return props.Name
	}
	return a.account
}

func (k *check) askRegion() {
	found := insights.Region(k.account.Region)
	if k.facts != nil && k.facts.Region != "" {
		found = k.facts.Region
	}
	name := k.address.name(k.account)
	cannot := "an account key cannot tell where " + name + " lies"
	if k.byPrincipal() {
		cannot = "nobody could ask Resource Manager where " + name + " lies"
	}
	switch {
	case found == "" && k.region == "":
		k.unknown(askRegion, cannot, "")
	case found == "":
		k.unknown(askRegion, cannot, "You: see on the account's overview page that its location is "+k.region.DisplayName())
	case k.region == "" || k.region == found:
		k.pass(askRegion, "%s", found.DisplayName())
	default:
		k.fail(askRegion, fmt.Sprintf("the account is in %s (%s), the environment would be in %s (%s)",
			found.DisplayName(), found, k.region.DisplayName(), k.region),
			"You: create the environment with the region "+string(found)+", or name an account in "+k.region.DisplayName())
	}
}

func (k *check) askContainer(ctx context.Context) {
	_, err := k.store.FilesystemProperties(ctx, insights.Container)
	k.containerFound(err)
}

// containerFound says what asking for the container came to.
func (k *check) containerFound(err error) {
	name := k.address.name(k.account)
	switch {
	case err == nil:
		k.pass(askContainer, "exists")
	case errs.Is(err, errs.NotFound) && k.createContainer:
		k.absent = true
		k.pass(askContainer, "does not exist; it will be created")
	case errs.Is(err, errs.NotFound):
		k.absent = true
		k.fail(askContainer, name+" has no container named "+string(insights.Container),
			"You, or a contributor of "+name+": create it there, or let it be created with --create-container (createContainer: true)")
	default:
		k.fail(askContainer, withoutHint(err), "A contributor of "+name+": see why the container cannot be read")
	}
}

// makeContainer makes the container that was promised, and then asks what could not be asked before.
func (k *check) makeContainer(ctx context.Context) error {
	for _, name := range append(k.accessLines(), askContainer) {
		delete(k.found, name)
	}
	_, err := k.store.CreateFilesystem(ctx, insights.Container, lake.CreateFilesystemOptions{})
	switch {
	case err == nil:
		k.made = true
		k.pass(askContainer, "created")
	case errs.Is(err, errs.Exists):
		k.pass(askContainer, "exists")
	case errs.Is(err, errs.Permission) && k.byPrincipal():
		k.missing(askContainer, "the service principal may not create it", roleContributor, k.resource, k.principal)
		return ctx.Err()
	default:
		k.fail(askContainer, "it cannot be created: "+withoutHint(err), "A contributor of "+k.address.name(k.account)+": create it")
		return ctx.Err()
	}
	k.absent = false
	k.askAccess(ctx)
	return ctx.Err()
}

// removeContainer takes back what makeContainer made, if nobody put anything into it.
func (k *check) removeContainer(ctx context.Context) error {
	if !k.made {
		return nil
	}
	page, err := k.store.List(ctx, insights.Container, lake.Root, lake.ListOptions{MaxResults: 1})
	if err != nil || len(page.Entries) > 0 {
		return err
	}
	return k.store.DeleteFilesystem(ctx, insights.Container, lake.Conditions{})
}
