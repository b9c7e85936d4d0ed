package sharing

import (
	"context"
	"slices"
	"strings"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// Lets reports whether a list has the entries of both groups that a file or a directory of the shared folder must have.
func (i Identifier) Lets(list access.ACL, isDirectory bool) bool {
	want := Groups{Reader: i.Reader, Contributor: i.Contributor}.shared()
	if !isDirectory {
		want = want[:2]
	}
	return contains(list, want)
}

// Groups are the identifier's.
func (i Identifier) Groups() Groups { return Groups{Reader: i.Reader, Contributor: i.Contributor} }

// Unauthorized is what the product says to a person who may not read the container (reference Dataverse, section 5).
const Unauthorized = "Unauthorized access to perform operation for container '" + Container + "'. Please obtain the right access permissions and try again."

// CheckLink looks, as the signed-in person, at what must be so for Dataverse to be linked by an identifier (reference
// Dataverse, section 1): the account is of that name, has a hierarchical namespace and can be reached, the person may read
// it, both groups are there and owned by the Dataverse lake service, that service has its rights, and the shared folder's list lets both in.
// The lists of all that is in the folder are for [Setup.Check]. Errors are those of the cloud.
func CheckLink(ctx context.Context, c Cloud, account access.Scope, i Identifier) ([]Finding, error) {
	const op errs.Op = "sharing.CheckLink"
	r, err := Setup{Cloud: c, Account: account, Path: i.Path, Groups: i.Groups(), Record: NoRecord{}}.begin(op, true)
	if err != nil {
		return nil, err
	}
	k := checker{runner: r}
	r.Report = k.step
	for _, step := range []func(context.Context) error{
		r.checkAccount, func(context.Context) error { return k.accountIs(i) }, k.personReads, r.ensureContainer, r.ensureService, r.ensureGroups, r.ensureOwners,
		k.serviceRights, r.ensureLists,
	} {
		err := step(ctx)
		switch {
		case errs.Is(err, errs.Precondition):
			// What comes after it cannot be looked at.
			k.findings = append(k.findings, Finding{What: "the sharing can be used", Found: err.Error(), Fix: string(errs.HintOf(err))})
			return k.findings, nil
		case errs.Is(err, errs.Permission):
			k.findings = append(k.findings, Finding{What: "the signed-in person may look at it", Found: err.Error(), Fix: "it takes Reader of the storage account, and Storage Blob Data Reader of its container"})
			return k.findings, nil
		case err != nil:
			return k.findings, errs.Wrap(op, err)
		}
	}
	return k.findings, nil
}

// accountIs compares the account that was asked for with the identifier's.
func (c *checker) accountIs(i Identifier) error {
	f := Finding{What: "the permissions identifier is of the account " + c.account.Name, OK: strings.EqualFold(i.Account, c.account.Name)}
	if !f.OK {
		f.Found, f.Fix = "it is of "+i.Account, "use the identifier that the setup of this account printed"
	}
	c.findings = append(c.findings, f)
	return nil
}

// readers are the roles that let their holder read a container's data (reference Dataverse, section 2, step 1).
var readers = []string{access.StorageBlobDataReader, access.StorageBlobDataContributor, access.StorageBlobDataOwner}

// personReads looks for a role of the signed-in person, its own or by a group.
func (c *checker) personReads(ctx context.Context) error {
	if err := c.findMe(ctx); err != nil {
		return err
	}
	groups, err := c.Cloud.Directory.Groups(ctx, c.me.ID)
	if err != nil {
		return err
	}
	f := Finding{What: "the signed-in person may read the container"}
	for _, id := range append([]access.ObjectID{c.me.ID}, groups...) {
		list, err := c.Cloud.Manager.Assignments(ctx, c.containerScope(), id)
		if err != nil {
			return err
		}
		f.OK = f.OK || slices.ContainsFunc(list, func(a Assignment) bool {
			return slices.ContainsFunc(readers, func(role string) bool { return strings.EqualFold(role, a.Role) })
		})
	}
	if !f.OK {
		f.Found = Unauthorized
		f.Fix = "have an owner of the storage account give " + c.me.Name + " the role Storage Blob Data Reader of the container"
	}
	c.findings = append(c.findings, f)
	return nil
}

// serviceRights takes either way that a setup can give the service its rights.
func (c *checker) serviceRights(ctx context.Context) error {
	before := len(c.findings)
	if err := c.ensureServiceRights(ctx); err != nil {
		return err
	}
	byRole := slices.Clone(c.findings[before:])
	if !slices.ContainsFunc(byRole, func(f Finding) bool { return !f.OK }) {
		return nil
	}
	c.findings = c.findings[:before]
	c.OAuthOnly = true
	if err := c.ensureServiceRights(ctx); err != nil {
		return err
	}
	if !c.findings[len(c.findings)-1].OK {
		c.findings = append(c.findings[:before], byRole...)
	}
	return nil
}

// Covers reports whether a folder of the container is shared by the identifier.
func (i Identifier) Covers(folder lake.Path) bool { return i.Path.Contains(folder) }
