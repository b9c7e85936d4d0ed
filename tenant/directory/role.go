package directory

import (
	"slices"
	"strings"
)

// Role is a directory role, by the id of its template, which is the same in every tenant. It says what its holder may
// do to the directory, and nothing about lakes or subscriptions.
type Role string

// The roles that matter to a lake's tenant.
const (
	GlobalAdministrator           Role = "62e90394-69f5-4237-9190-012177145e10"
	GlobalReader                  Role = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"
	PrivilegedRoleAdministrator   Role = "e8611ab8-c189-46e8-94e1-60213ab1f814"
	UserAdministrator             Role = "fe930be7-5e62-47db-91af-98c3a49a38b1"
	GroupsAdministrator           Role = "fdd7a751-b60b-444a-984c-02652fe8fa1c"
	ApplicationAdministrator      Role = "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"
	CloudApplicationAdministrator Role = "158c047a-c907-4556-b7ef-446551a6b5f7"
	DirectoryReaders              Role = "88d8e3e3-8f55-4a1e-953a-9b9898b8876b"
	DirectoryWriters              Role = "9360feb5-f418-4baa-8175-e2a00bac4301"
)

// RoleInfo is a directory role with its name.
type RoleInfo struct {
	Role Role
	Name string
}

// Roles lists the directory roles there are.
func Roles() []RoleInfo {
	return []RoleInfo{
		{GlobalAdministrator, "Global Administrator"},
		{GlobalReader, "Global Reader"},
		{PrivilegedRoleAdministrator, "Privileged Role Administrator"},
		{UserAdministrator, "User Administrator"},
		{GroupsAdministrator, "Groups Administrator"},
		{ApplicationAdministrator, "Application Administrator"},
		{CloudApplicationAdministrator, "Cloud Application Administrator"},
		{DirectoryReaders, "Directory Readers"},
		{DirectoryWriters, "Directory Writers"},
	}
}

// ParseRole finds a role by the id of its template or its name, without regard to case.
func ParseRole(idOrName string) (RoleInfo, bool) {
	all := Roles()
	i := slices.IndexFunc(all, func(r RoleInfo) bool {
		return strings.EqualFold(string(r.Role), idOrName) || strings.EqualFold(r.Name, idOrName)
	})
	if i < 0 {
		return RoleInfo{}, false
	}
	return all[i], true
}
