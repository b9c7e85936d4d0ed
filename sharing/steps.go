package sharing

import (
	"context"
	"slices"
	"strings"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// Who has the rights that the steps need.
const (
	needsOwner     = "Owner or User Access Administrator of the storage account; ask who owns the subscription"
	needsGroups    = "a directory role that may make security groups, such as Groups Administrator"
	needsApps      = "a directory role that may register applications, such as Cloud Application Administrator"
	needsGroupEdit = "to be an owner of the group, or Groups Administrator"
	needsContainer = "Contributor or Storage Account Contributor of the storage account"
	needsData      = "Storage Blob Data Owner of the storage account"
)

func (r *runner) containerScope() access.Scope { return r.Account.Container(Container) }

// checkAccount asks what no step can change.
func (r *runner) checkAccount(ctx context.Context) error {
	var err error
	if r.account, err = r.Cloud.Manager.Account(ctx, r.Account); err != nil {
		return err
	}
	switch {
	case !r.account.HierarchicalNamespace:
		return errs.E(errs.Precondition, errs.Item(r.account.Name), "the account has no hierarchical namespace",
			errs.Hint("use an Azure Data Lake Storage Gen2 account; the setting cannot be changed after an account was made"))
	case !r.account.Reachable:
		return errs.E(errs.Precondition, errs.Item(r.account.Name), "Dataverse cannot reach an account behind a firewall or a private endpoint",
			errs.Hint("open the account's network rules to all networks"))
	}
	r.report(Step{"the account " + r.account.Name + " has a hierarchical namespace and can be reached", There, ""})
	return nil
}

func (r *runner) findMe(ctx context.Context) (err error) {
	r.me, err = r.Cloud.Directory.Me(ctx)
	return err
}

// ensureContainer never opens the container to everybody, as the script did (BYOL section 7, 2).
func (r *runner) ensureContainer(ctx context.Context) error {
	var public, missing bool
	err := r.ensure(ctx, &step{
		what: "the container " + Container + " is there", needs: needsContainer,
		there: func(ctx context.Context) (bool, error) {
			var err error
			public, err = r.Cloud.Manager.Container(ctx, r.containerScope())
			if !errs.Is(err, errs.NotFound) {
				return true, err
			}
			if !r.CreateContainer {
				return false, errs.E(errs.Precondition, errs.Item(Container), "the container is not there",
					errs.Hint("create an environment on the account first, or let the setup make the container"))
			}
			missing = true
			return false, nil
		},
		change: Change{Kind: MadeContainer, Scope: r.containerScope()},
		do:     func(ctx context.Context) error { return r.Cloud.Manager.CreateContainer(ctx, r.containerScope()) },
	})
	if err != nil {
		return err
	}
	if public {
		return errs.E(errs.Precondition, errs.Item(Container), "the container is open to everybody, so sharing it by groups protects nothing",
			errs.Hint("set its public access level to private"))
	}
	if r.dry && missing {
		return nil
	}
	r.lake, err = r.Cloud.Lake(r.account)
	return err
}

// ensureService finds the Dataverse lake service by its application's id, which has no double (BYOL section 7, 3).
func (r *runner) ensureService(ctx context.Context) error {
	change := Change{Kind: MadeServicePrincipal, Name: DataverseLakeService}
	return r.ensure(ctx, &step{
		what: "the Dataverse lake service is known to the tenant", needs: needsApps,
		there: func(ctx context.Context) (bool, error) {
			var err error
			r.service, err = r.Cloud.Directory.ServicePrincipal(ctx, DataverseLakeService)
			if errs.Is(err, errs.NotFound) {
				return false, nil
			}
			return err == nil, err
		},
		change: change,
		do: func(ctx context.Context) error {
			var err error
			r.service, err = r.Cloud.Directory.CreateServicePrincipal(ctx, DataverseLakeService)
			r.note(change, r.service.ID)
			return err
		},
	})
}

// note adds an id to a change that is recorded.
func (r *runner) note(c Change, id access.ObjectID) {
	if i := r.record.index(c); i >= 0 {
		r.record.Changes[i].ID = id
	}
}

// ReaderGroupName and ContributorGroupName are the names that groups get (BYOL section 1).
func ReaderGroupName(prefix string) string { return prefix + "-Dataverse-readers" }

// ContributorGroupName is the other one.
func ContributorGroupName(prefix string) string { return prefix + "-Dataverse-contributors" }

func (r *runner) ensureGroups(ctx context.Context) error {
	if r.Groups.Reader != "" {
		return r.checkGroups(ctx)
	}
	if err := r.ensureGroup(ctx, ReaderGroupName(r.Prefix), "May read the lake of Customer Insights", &r.record.Groups.Reader); err != nil {
		return err
	}
	return r.ensureGroup(ctx, ContributorGroupName(r.Prefix), "May write the lake of Customer Insights", &r.record.Groups.Contributor)
}

// checkGroups looks for groups that were named by id. An empty one would stand for the owning group in a list, and give it
// everything (BYOL section 2, step 7).
func (r *runner) checkGroups(ctx context.Context) error {
	for _, id := range []access.ObjectID{r.Groups.Reader, r.Groups.Contributor} {
		g, err := r.Cloud.Directory.Group(ctx, id)
		if errs.Is(err, errs.NotFound) {
			return errs.E(errs.Precondition, errs.Item(id), "the tenant has no group of this id", errs.Hint("copy the object id of the security group"))
		}
		if err != nil {
			return err
		}
		r.report(Step{"the group " + g.Name + " is there", There, ""})
	}
	r.record.Groups = r.Groups
	return nil
}

func (r *runner) ensureGroup(ctx context.Context, name, description string, id *access.ObjectID) error {
	change := Change{Kind: MadeGroup, Name: name}
	return r.ensure(ctx, &step{
		what: "the group " + name + " is there", needs: needsGroups,
		there: func(ctx context.Context) (bool, error) {
			found, err := r.Cloud.Directory.GroupsNamed(ctx, name)
			if err != nil || len(found) == 0 {
				return false, err
			}
			if len(found) > 1 {
				return false, ambiguous(name, found)
			}
			*id = found[0].ID
			r.note(change, *id)
			return true, nil
		},
		change: change,
		do: func(ctx context.Context) error {
			g, err := r.Cloud.Directory.CreateGroup(ctx, name, description)
			if errs.CodeOf(err) == CodeGroupCreationDisabled {
				return r.groupsByHand(err)
			}
			*id = g.ID
			r.note(change, *id)
			return err
		},
	})
}

func ambiguous(name string, found []Principal) error {
	ids := make([]string, len(found))
	for i, g := range found {
		ids[i] = string(g.ID)
	}
	return errs.E(errs.Precondition, errs.Item(name), "the tenant has several groups of this name: "+strings.Join(ids, ", "),
		errs.Hint("choose another prefix, or name both groups by their ids"))
}

// groupsByHand says what an administrator must make where the tenant lets nobody else.
func (r *runner) groupsByHand(cause error) error {
	return errs.E(errs.Precondition, CodeGroupCreationDisabled, "the tenant lets nobody make groups", cause,
		errs.Hint("have an administrator of the tenant make the security groups "+ReaderGroupName(r.Prefix)+" and "+ContributorGroupName(r.Prefix)+
			" with the enterprise application "+DataverseLakeService+" as owner of both, and go on with their object ids"))
}

func (r *runner) ensureOwners(ctx context.Context) error {
	for _, group := range []struct {
		name string
		id   access.ObjectID
	}{{"reader", r.record.Groups.Reader}, {"contributor", r.record.Groups.Contributor}} {
		s := step{
			what: "the Dataverse lake service owns the " + group.name + " group", needs: needsGroupEdit,
			change: Change{Kind: MadeOwner, On: group.id, Principal: r.service.ID},
			do:     func(ctx context.Context) error { return r.Cloud.Directory.AddOwner(ctx, group.id, r.service.ID) },
		}
		if group.id != "" && r.service.ID != "" {
			s.there = func(ctx context.Context) (bool, error) {
				owners, err := r.Cloud.Directory.Owners(ctx, group.id)
				return slices.Contains(owners, r.service.ID), err
			}
		}
		if err := r.ensure(ctx, &s); err != nil {
			return err
		}
	}
	return nil
}

// ensureServiceRights gives the Dataverse service what it needs to make signatures, or, with OAuthOnly, lets it read as a
// member of the reader group: the script made it a contributor, but it reads only (BYOL section 7, 6).
func (r *runner) ensureServiceRights(ctx context.Context) error {
	if !r.OAuthOnly {
		if err := r.ensureRole(ctx, r.service, "the Dataverse lake service", access.StorageBlobDelegator, r.Account, false); err != nil {
			return err
		}
		return r.ensureRole(ctx, r.service, "the Dataverse lake service", access.StorageBlobDataContributor, r.containerScope(), false)
	}
	group := r.record.Groups.Reader
	s := step{
		what: "the Dataverse lake service is in the reader group", needs: needsGroupEdit,
		change: Change{Kind: MadeMember, On: group, Principal: r.service.ID},
		do:     func(ctx context.Context) error { return r.Cloud.Directory.AddMember(ctx, group, r.service.ID) },
	}
	if group != "" && r.service.ID != "" {
		s.there = func(ctx context.Context) (bool, error) {
			members, err := r.Cloud.Directory.Members(ctx, group)
			return slices.Contains(members, r.service.ID), err
		}
	}
	return r.ensure(ctx, &s)
}

// ensureRole makes sure that a principal has a role at a scope, or above.
func (r *runner) ensureRole(ctx context.Context, who Principal, name, id string, at access.Scope, temporary bool) error {
	role, _ := access.BuiltInRole(id)
	s := step{
		what: name + " has the role " + role.Name + " of the " + at.Level(), needs: needsOwner,
		change: Change{Kind: MadeAssignment, Scope: at, Principal: who.ID, Role: id, Temporary: temporary},
		do: func(ctx context.Context) error {
			_, err := r.Cloud.Manager.Assign(ctx, at, who, id)
			return err
		},
	}
	if who.ID != "" {
		s.there = func(ctx context.Context) (bool, error) {
			list, err := r.Cloud.Manager.Assignments(ctx, at, who.ID)
			return slices.ContainsFunc(list, func(a Assignment) bool { return strings.EqualFold(a.Role, id) }), err
		}
	}
	return r.ensure(ctx, &s)
}

// ensureOwnRole gives the person the role that changing lists takes. The script never took it back (BYOL section 7, 6).
func (r *runner) ensureOwnRole(ctx context.Context) error {
	return r.ensureRole(ctx, r.me, "the signed-in person", access.StorageBlobDataOwner, r.Account, !r.KeepRole)
}

// dropOwnRole takes the role back that [runner.ensureOwnRole] gave.
func (r *runner) dropOwnRole(ctx context.Context) error {
	i := slices.IndexFunc(r.record.Changes, func(c Change) bool { return c.Temporary })
	if i < 0 || r.dry {
		return nil
	}
	if err := unassign(ctx, r.Cloud.Manager, r.record.Changes[i]); err != nil {
		return err
	}
	r.record.Changes = slices.Delete(r.record.Changes, i, i+1)
	r.report(Step{"the role of the signed-in person is taken back", Done, ""})
	return r.Record.Save(r.record)
}

// unassign takes a role assignment of a record back, unless it is gone.
func unassign(ctx context.Context, m Manager, c Change) error {
	list, err := m.Assignments(ctx, c.Scope, c.Principal)
	if err != nil {
		return err
	}
	for _, a := range list {
		if strings.EqualFold(a.Role, c.Role) && strings.EqualFold(string(a.Scope), string(c.Scope)) {
			if err := m.Unassign(ctx, a.ID); err != nil && !errs.Is(err, errs.NotFound) {
				return err
			}
		}
	}
	return nil
}

// entries are what a list gets: of the shared folder, or of one above it, that both groups only come through.
func (g Groups) entries(reader, contributor access.Permission, inherited bool) access.ACL {
	list := access.ACL{
		{Type: access.Group, ID: g.Reader, Permission: reader},
		{Type: access.Group, ID: g.Contributor, Permission: contributor},
	}
	if !inherited {
		return list
	}
	for _, e := range list[:2:2] {
		e.Default = true
		list = append(list, e)
	}
	return list
}

func (g Groups) shared() access.ACL {
	return g.entries(access.Read|access.Execute, access.Read|access.Write|access.Execute, true)
}

// ensureLists gives the shared folder its entries, and those above it execute (BYOL section 2, steps 10 and 11).
func (r *runner) ensureLists(ctx context.Context) error {
	through := r.record.Groups.entries(access.Execute, access.Execute, false)
	if r.Path != lake.Root {
		above := lake.Root
		for _, name := range append([]string{""}, r.Path.Dir().Names()...) {
			if name != "" {
				above = above.Join(name)
			}
			if err := r.ensureEntries(ctx, above, through); err != nil {
				return err
			}
		}
	}
	return r.ensureEntries(ctx, r.Path, r.record.Groups.shared())
}

func (r *runner) ensureEntries(ctx context.Context, p lake.Path, entries access.ACL) error {
	name := "the container"
	if p != lake.Root {
		name = "the folder " + string(p)
	}
	var list access.ACL
	s := step{what: name + " lets both groups in", needs: needsData, change: Change{Kind: MadeEntries, Path: p}}
	if r.lake != nil && r.record.Groups.Reader != "" && r.record.Groups.Contributor != "" {
		s.there = func(ctx context.Context) (bool, error) {
			var err error
			read := func(ctx context.Context) error { list, err = r.lake.ACL(ctx, p); return err }
			if r.dry {
				err = read(ctx)
			} else {
				err = r.retry(ctx, read)
			}
			if r.planned && errs.Is(err, errs.Permission) {
				return false, nil // before the role that reading it takes
			}
			s.change.Before, s.change.HadDefaults = r.record.Groups.of(list).String(), list.HasDefault()
			return contains(list, entries), err
		}
	}
	s.do = func(ctx context.Context) error {
		changed := list.Modify(entries).Complete()
		if err := changed.Validate(true); err != nil {
			return errs.E(errs.Precondition, errs.Item(p), "the list has no room for the groups", err,
				errs.Hint("remove entries of groups that are used no longer"))
		}
		return r.retry(ctx, func(ctx context.Context) error { return r.lake.SetACL(ctx, p, changed) })
	}
	return r.ensure(ctx, &s)
}

// of returns the entries of the groups in a list.
func (g Groups) of(list access.ACL) access.ACL {
	var own access.ACL
	for _, e := range list {
		if e.Type == access.Group && (e.ID == g.Reader || e.ID == g.Contributor) {
			own = append(own, e)
		}
	}
	return own
}

func contains(list, entries access.ACL) bool {
	for _, e := range entries {
		if !slices.Contains(list, e) {
			return false
		}
	}
	return true
}

// ensureContent gives what is there already the same entries (BYOL section 2, step 13). It goes on where it was interrupted.
func (r *runner) ensureContent(ctx context.Context) error {
	s := step{what: "everything in it lets both groups in", needs: needsData, change: Change{Kind: MadeAllEntries, Path: r.Path}}
	s.there = func(context.Context) (bool, error) { return r.record.Recursed, nil }
	s.do = func(ctx context.Context) error {
		if err := r.survey(ctx); err != nil {
			return err
		}
		for {
			page, err := r.lake.ChangeACLs(ctx, r.Path, Modify, r.record.Groups.shared(), r.record.Continuation)
			if err != nil {
				return err
			}
			r.result.Directories += page.Directories
			r.result.Files += page.Files
			r.result.Failures = append(r.result.Failures, page.Failures...)
			if r.Progress != nil {
				r.Progress(r.result.Directories, r.result.Files)
			}
			r.record.Continuation = page.Continuation
			if page.Continuation == "" {
				r.record.Recursed = len(r.result.Failures) == 0
				return nil
			}
			if err := r.Record.Save(r.record); err != nil {
				return err
			}
		}
	}
	return r.ensure(ctx, &s)
}
