package dataverse

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/sharing"
)

// The prerequisites, in the order they are asked.
const (
	askOrganization = "organization"
	askFree         = "organization not attached"
	askRegion       = "region"
	askIdentifier   = "permissions identifier"
	askAccount      = "storage account"
	askFolder       = "shared folder"
	askLists        = "access control lists"
	askPerson       = "sharing"
)

// CodeAttached is the code of an organisation that is bound already.
const CodeAttached errs.Code = "OrganizationAlreadyAttached"

// check asks the prerequisites of one link.
type check struct {
	request    insights.DataverseRequest
	env        insights.Environment
	store      lake.Store
	account    lake.AccountProperties
	identifier sharing.Identifier
	lines      []insights.Prerequisite
}

func (l *Links) newCheck(ctx context.Context, id insights.EnvironmentID, q insights.DataverseRequest) (*check, error) {
	k := &check{request: q}
	var err error
	if k.request.Organization, err = parseOrganization(q.Organization); err != nil {
		return nil, err
	}
	if q.DataSharing {
		if k.identifier, err = sharing.ParseIdentifier(q.PermissionsIdentifier); err != nil {
			return nil, err
		}
		k.request.PermissionsIdentifier = k.identifier.String()
	} else if q.PermissionsIdentifier != "" {
		return nil, errs.E(errs.Invalid, "a permissions identifier is for data sharing, which is not enabled", errs.Hint("enable data sharing, or leave the identifier out"))
	}
	if k.env, err = l.o.Environments.Get(ctx, id); err != nil {
		return nil, err
	}
	if k.env.Problem != "" {
		return nil, errs.E(errs.Unavailable, errs.Item("environment "+k.env.Name), k.env.Problem)
	}
	if k.store, err = l.o.Environments.Store(ctx, k.env); err != nil {
		return nil, err
	}
	k.account, err = k.store.Account(ctx)
	return k, err
}

func (k *check) add(name string, outcome insights.Outcome, mend, format string, args ...any) {
	k.lines = append(k.lines, insights.Prerequisite{Name: name, Outcome: outcome, Detail: fmt.Sprintf(format, args...), Mend: mend})
}

func (k *check) run(ctx context.Context, bound []insights.DataverseLink) error {
	k.add(askOrganization, insights.Passed, "", "%s", k.request.Organization.URL)
	k.askFree(bound)
	k.askRegion()
	if !k.request.DataSharing {
		return nil
	}
	k.add(askIdentifier, insights.Passed, "", "%s", k.request.PermissionsIdentifier)
	k.askAccount()
	k.askFolder()
	return k.askLists(ctx)
}

// askFree holds the limits of one organisation to one account, and of one to one environment (reference Dataverse,
// sections 1 and 2), in the product's words.
func (k *check) askFree(bound []insights.DataverseLink) {
	for _, other := range bound {
		sameOrganization := other.Organization.URL == k.request.Organization.URL || other.Organization.ID == k.request.Organization.ID
		sameEnvironment := other.Environment == k.env.ID
		detach := "You: detach it first: ownlake env dataverse detach " + other.Organization.URL
		switch {
		case sameOrganization && sameEnvironment:
			continue
		case sameOrganization:
			k.add(askFree, insights.Failed, detach,
				"This CDS organization is already attached to another Customer Insights instance: %s (%s), on the storage account %s. It stays so when that is deleted, until it is detached",
				other.EnvironmentName, other.Environment, other.Account)
			return
		case sameEnvironment:
			k.add(askFree, insights.Failed, detach, "the environment is attached to the organization %s", other.Organization.URL)
			return
		}
	}
	k.add(askFree, insights.Passed, "", "it is attached to no other environment")
}

func (k *check) askRegion() {
	region := k.request.Organization.Region
	switch {
	case region == "":
		k.add(askRegion, insights.Unknown, "You: see in the admin center that it is "+k.env.Region.DisplayName(), "it is not said where the organization lies")
	case region != k.env.Region:
		k.add(askRegion, insights.Failed, "You: choose an organization in "+k.env.Region.DisplayName(),
			"the organization is in %s (%s), the environment in %s (%s)", region.DisplayName(), region, k.env.Region.DisplayName(), k.env.Region)
	default:
		k.add(askRegion, insights.Passed, "", "%s", region.DisplayName())
	}
}

// askAccount compares the identifier's account with the environment's: one of the same name in another cloud is another.
func (k *check) askAccount() {
	suffix := k.identifier.Suffix
	host := ""
	if u, err := url.Parse(k.env.Storage.Endpoint); err == nil {
		_, host, _ = strings.Cut(u.Hostname(), ".dfs.")
	}
	if k.identifier.Account != k.account.Name || host != "" && suffix != "" && host != suffix {
		k.add(askAccount, insights.Failed, "You: use the identifier that the sharing of "+k.account.Name+" was set up with; the target storage account can't be changed",
			"the identifier is of %s, the environment writes to %s", k.identifier.Account, k.account.Name)
		return
	}
	k.add(askAccount, insights.Passed, "", "%s", k.account.Name)
}

func (k *check) askFolder() {
	if k.identifier.Covers(k.env.ID.Folder()) {
		k.add(askFolder, insights.Passed, "", "%s holds the environment's folder", shownFolder(k.identifier.Path))
		return
	}
	k.add(askFolder, insights.Failed, "You: share "+string(k.env.ID.Folder())+" or the whole container, and use that identifier",
		"the identifier shares %s, and the environment writes to %s", shownFolder(k.identifier.Path), k.env.ID.Folder())
}

func shownFolder(p lake.Path) string {
	if p == lake.Root {
		return "the container"
	}
	return "the folder " + string(p)
}

// askLists looks whether the environment's folder lets both groups in. The server's own right may not be enough to see.
func (k *check) askLists(ctx context.Context) error {
	for _, at := range []struct {
		path        lake.Path
		isDirectory bool
	}{{k.env.ID.Folder(), true}, {k.env.ID.Folder().Join("environment.json"), false}} {
		a, err := k.store.AccessControl(ctx, insights.Container, at.path, lake.Conditions{})
		switch {
		case errs.Is(err, errs.Permission):
			k.add(askLists, insights.Unknown, "", "the list of %s cannot be read", at.path)
			return nil
		case err != nil:
			return err
		case !k.identifier.Lets(a.ACL, at.isDirectory):
			k.add(askLists, insights.Failed, "An owner of "+k.account.Name+": run ownlake share setup with these groups",
				"the list of %s does not let the groups of the identifier in: %s", at.path, a.ACL)
			return nil
		}
	}
	k.add(askLists, insights.Passed, "", "the environment's folder lets both groups in")
	return nil
}

// askPerson looks at what takes the rights of the signed-in person.
func (k *check) askPerson(ctx context.Context, o Options) error {
	if k.request.SignIn == "" {
		k.add(askPerson, insights.Unknown, "You: sign in", "asked once somebody is signed in to the cloud")
		return nil
	}
	id := k.request.Account
	if id == "" {
		id = k.env.Storage.ResourceID
	}
	if id == "" {
		return errs.E(errs.Precondition, errs.Item(k.env.Name), "the environment does not know the resource id of its storage account", errs.Hint("name the account by its resource id"))
	}
	account, err := access.ParseScope(id)
	if err != nil {
		return err
	}
	findings, err := o.CheckShared(ctx, k.request.SignIn, account, k.identifier)
	for _, f := range findings {
		if f.OK {
			k.add(askPerson, insights.Passed, "", "%s", f.What)
			continue
		}
		k.add(askPerson, insights.Failed, f.Fix, "%s: %s", f.What, f.Found)
	}
	return err
}

// failed returns nil if nothing failed, and otherwise one error that names what did.
func (k *check) failed() error {
	for _, line := range k.lines {
		if line.Outcome != insights.Failed {
			continue
		}
		code := errs.Code("")
		if line.Name == askFree {
			code = CodeAttached
		}
		return errs.E(errs.Precondition, code, errs.Hint(line.Mend), line.Name+": "+line.Detail)
	}
	return nil
}
