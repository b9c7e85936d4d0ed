package graph

import (
	"slices"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/tenant/directory"
)

// holds reports whether the caller has one of the directory roles. A Global Administrator has every right.
func (r *request) holds(roles ...directory.Role) bool {
	return slices.ContainsFunc(r.caller.Roles, func(have directory.Role) bool {
		return have == directory.GlobalAdministrator || slices.Contains(roles, have)
	})
}

// permitted reports whether the caller is an application that has one of the permissions on Graph.
func (r *request) permitted(permissions ...string) bool {
	return slices.ContainsFunc(r.caller.Permissions, func(have string) bool { return slices.Contains(permissions, have) })
}

func (r *request) isUser() bool { return r.caller.Kind == directory.KindUser }

func (r *request) isSelf(id access.ObjectID) bool { return r.caller.Principal.ID == id }

func (r *request) owns(id access.ObjectID) bool {
	return r.service.directory.IsOwner(id, r.caller.Principal.ID)
}

// allow turns a decision into Graph's error.
func allow(ok bool, who string) error {
	if ok {
		return nil
	}
	return errs.E(errs.Permission, codeDenied, "Insufficient privileges to complete the operation.", errs.Hint("it takes "+who))
}

// mayRead is reading the directory: every user, as members may by default, and applications with a permission or role.
func (r *request) mayRead(permissions ...string) error {
	permissions = append(permissions, "Directory.Read.All", "Directory.ReadWrite.All")
	return allow(r.isUser() || r.holds(readers...) || r.permitted(permissions...),
		"a user of the tenant, or an application with the permission "+permissions[0])
}

// readers are the roles that may read the directory, which is all.
var readers = []directory.Role{
	directory.GlobalReader, directory.PrivilegedRoleAdministrator, directory.UserAdministrator, directory.GroupsAdministrator,
	directory.ApplicationAdministrator, directory.CloudApplicationAdministrator, directory.DirectoryReaders, directory.DirectoryWriters,
}

// mayReadGroup is reading one group, which an application that owns it may as well.
func (r *request) mayReadGroup(id access.ObjectID) error {
	if r.owns(id) {
		return nil
	}
	return r.mayRead("GroupMember.Read.All", "Group.Read.All", "Group.ReadWrite.All", "GroupMember.ReadWrite.All")
}

// mayReadSelf is reading about one principal, which is itself or not.
func (r *request) mayReadSelf(id access.ObjectID) error {
	if r.isSelf(id) {
		return nil
	}
	return r.mayRead()
}

// mayCreateGroup follows the tenant's setting: where it is off, roles are needed ("authorizationPolicy",
// allowedToCreateSecurityGroups).
func (r *request) mayCreateGroup() error {
	open := r.isUser() && !r.service.directory.Settings().DisableGroupCreation
	return allow(open || r.holds(directory.GroupsAdministrator, directory.UserAdministrator, directory.DirectoryWriters) ||
		r.permitted("Group.Create", "Group.ReadWrite.All", "Directory.ReadWrite.All"),
		"the role Groups Administrator, as this tenant lets only administrators create groups")
}

// mayChangeGroup is changing a group, its owners or its members.
func (r *request) mayChangeGroup(id access.ObjectID) error {
	return allow(r.owns(id) || r.holds(directory.GroupsAdministrator, directory.UserAdministrator, directory.DirectoryWriters) ||
		r.permitted("Group.ReadWrite.All", "Directory.ReadWrite.All"),
		"an owner of the group, or the role Groups Administrator")
}

// mayChangeMembers is mayChangeGroup for its members.
func (r *request) mayChangeMembers(id access.ObjectID) error {
	if r.permitted("GroupMember.ReadWrite.All") {
		return nil
	}
	return r.mayChangeGroup(id)
}

// mayChangeUser is creating, changing and deleting users. Those who hold a directory role themselves only a Global
// Administrator may change, so that nobody gains rights by setting an administrator's password.
func (r *request) mayChangeUser(roles []directory.Role) error {
	if len(roles) > 0 {
		return allow(r.holds(), "the role Global Administrator, as the user is an administrator")
	}
	return allow(r.holds(directory.UserAdministrator) || r.permitted("User.ReadWrite.All", "Directory.ReadWrite.All"), "the role User Administrator")
}

// mayCreateApplication is registering applications, which every user may by default.
func (r *request) mayCreateApplication() error {
	return allow(r.isUser() || r.administersApplications() || r.permitted("Application.ReadWrite.OwnedBy"), "a user of the tenant")
}

// mayChangeApplication is changing a registration or a service principal, and giving it secrets. One that holds a
// directory role or a permission only its administrators may change, as its secrets give its rights.
func (r *request) mayChangeApplication(id access.ObjectID, powerful bool) error {
	if powerful {
		return allow(r.holds(), "the role Global Administrator, as the application has rights on the directory")
	}
	return allow(r.owns(id) || r.administersApplications(), "an owner of the application, or the role Application Administrator")
}

func (r *request) administersApplications() bool {
	return r.holds(directory.ApplicationAdministrator, directory.CloudApplicationAdministrator) ||
		r.permitted("Application.ReadWrite.All", "Directory.ReadWrite.All")
}

// mayAssignRoles is giving and taking directory roles.
func (r *request) mayAssignRoles() error {
	return allow(r.holds() || r.permitted("RoleManagement.ReadWrite.Directory"), "the role Global Administrator")
}

// mayConfigure is changing the tenant's settings.
func (r *request) mayConfigure() error {
	return allow(r.holds() || r.permitted("Directory.ReadWrite.All", "Policy.ReadWrite.Authorization"), "the role Global Administrator")
}
