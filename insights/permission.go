package insights

import (
	"slices"
	"time"
)

// Role says what somebody may do in an environment (ROL-1 to ROL-4). Each role includes those before it.
type Role string

// The roles, from least to most. Nobody is "" by assignment: it is the role of those who have none.
const (
	// Viewer sees definitions, tables, customers and statuses, and exports tables.
	Viewer Role = "viewer"
	// Contributor also changes data sources and unification, and runs them.
	Contributor Role = "contributor"
	// Administrator also has permissions, storage, sharing, the schedule and the audit log.
	Administrator Role = "administrator"
	// Owner also deletes the environment.
	Owner Role = "owner"
)

// Roles lists the roles, each including those before it.
func Roles() []Role { return []Role{Viewer, Contributor, Administrator, Owner} }

// Includes reports whether whoever has the role may do what the other one may. A role that is not in [Roles] includes
// none.
func (r Role) Includes(other Role) bool {
	have, want := slices.Index(Roles(), r), slices.Index(Roles(), other)
	return want >= 0 && have >= want
}

// AtMost is the lesser of two roles.
func (r Role) AtMost(limit Role) Role {
	if r.Includes(limit) {
		return limit
	}
	return r
}

// PrincipalKind says what a principal is (ROL-6).
type PrincipalKind string

// The kinds of principals. Machine is whoever can read the server's data folder: the commands on the same machine, and
// who follows a link that such a command printed.
const (
	UserPrincipal        PrincipalKind = "user"
	GroupPrincipal       PrincipalKind = "group"
	ApplicationPrincipal PrincipalKind = "application"
	MachinePrincipal     PrincipalKind = "machine"
)

// Principal is who has a role, or acts. ID is an object id of the directory; Name is for people to read.
type Principal struct {
	Kind PrincipalKind `json:"kind" enum:"user,group,application,machine"`
	ID   string        `json:"id"`
	Name string        `json:"name,omitempty"`
}

// AllEnvironments stands for the server: a role there is one in every environment, and an administrator there may create
// environments.
const AllEnvironments EnvironmentID = "*"

// RoleAssignment gives a principal a role in an environment.
type RoleAssignment struct {
	Environment EnvironmentID `json:"environment" doc:"The environment's id, or * for all"`
	Principal   Principal     `json:"principal"`
	Role        Role          `json:"role" enum:"viewer,contributor,administrator,owner"`
	AssignedBy  string        `json:"assignedBy,omitempty"`
	AssignedAt  time.Time     `json:"assignedAt"`
}
