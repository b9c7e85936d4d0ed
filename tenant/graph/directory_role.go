package graph

import (
	"slices"
	"strings"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/tenant/directory"
)

// findRole is the role that the path names: by its id, or as directoryRoles/roleTemplateId=ID.
func (r *request) findRole() (directory.Role, error) {
	id := strings.TrimPrefix(r.PathValue("role"), "roletemplateid=")
	info, ok := directory.ParseRole(strings.Trim(id, "'"))
	if !ok {
		return "", missing(id)
	}
	return info.Role, nil
}

func (s *service) listRoleMembers(r *request) (*answer, error) {
	role, err := r.findRole()
	if err == nil {
		err = r.mayRead("RoleManagement.Read.Directory")
	}
	if err != nil {
		return nil, err
	}
	items := []map[string]any{}
	for _, u := range s.directory.Users() {
		if slices.Contains(u.Roles, role) {
			items = append(items, s.renderTyped(u))
		}
	}
	for _, p := range s.directory.ServicePrincipals() {
		if slices.Contains(p.Roles, role) {
			items = append(items, s.renderTyped(p))
		}
	}
	return r.list("directoryObjects", items)
}

func (s *service) addRoleMember(r *request) (*answer, error) {
	role, err := r.findRole()
	if err == nil {
		err = r.mayAssignRoles()
	}
	if err != nil {
		return nil, err
	}
	id, err := r.referenceBody()
	if err != nil {
		return nil, err
	}
	had := false
	err = s.changeRoles(id, func(roles []directory.Role) []directory.Role {
		if had = slices.Contains(roles, role); had {
			return roles
		}
		return append(roles, role)
	})
	if err == nil && had {
		err = referenceError("members", errs.E(errs.Exists, directory.CodeAlready))
	}
	if err != nil {
		return nil, err
	}
	return noContent()
}

// removeRoleMember takes a role from a principal. The last Global Administrator keeps it, as nobody could give it back.
func (s *service) removeRoleMember(r *request) (*answer, error) {
	role, err := r.findRole()
	if err == nil {
		err = r.mayAssignRoles()
	}
	if err != nil {
		return nil, err
	}
	id := access.ObjectID(r.PathValue("other"))
	if role == directory.GlobalAdministrator && s.isLastAdministrator(id) {
		return nil, badRequest("The last Global Administrator of the tenant cannot be removed.")
	}
	had := false
	err = s.changeRoles(id, func(roles []directory.Role) []directory.Role {
		had = slices.Contains(roles, role)
		return slices.DeleteFunc(roles, func(have directory.Role) bool { return have == role })
	})
	if err == nil && !had {
		err = missing(string(id))
	}
	if err != nil {
		return nil, err
	}
	return noContent()
}

func (s *service) isLastAdministrator(id access.ObjectID) bool {
	return !slices.ContainsFunc(s.directory.Users(), func(u directory.User) bool {
		return u.ID != id && u.Enabled && slices.Contains(u.Roles, directory.GlobalAdministrator)
	})
}

func (s *service) changeRoles(id access.ObjectID, change func([]directory.Role) []directory.Role) error {
	o, err := s.directory.Object(id)
	if err != nil {
		return missing(string(id))
	}
	switch o.(type) {
	case directory.User:
		_, err = s.directory.UpdateUser(id, func(u *directory.User) { u.Roles = change(u.Roles) })
	case directory.ServicePrincipal:
		_, err = s.directory.UpdateServicePrincipal(string(id), func(p *directory.ServicePrincipal) { p.Roles = change(p.Roles) })
	default:
		err = badRequest("Only users and service principals can hold directory roles.")
	}
	return err
}
