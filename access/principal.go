package access

import (
	"slices"
	"strings"
)

// Principal is who asks: a user or a service principal, by the object id of the tenant (of a service
// principal, not of its app registration), with the security groups it is in, nested ones included. A
// principal with the id [Superuser] is a holder of the account key. The zero Principal is anonymous.
type Principal struct {
	ID     ObjectID
	Groups []ObjectID
}

// Is reports whether the id is the principal's own.
func (p Principal) Is(id ObjectID) bool { return sameID(p.ID, id) }

// In reports whether the principal is in the group. Nobody is in a group that is a user: an owning group that
// the service filled with the creator's own id gives that user nothing (BYOL section 5).
func (p Principal) In(group ObjectID) bool {
	return slices.ContainsFunc(p.Groups, func(g ObjectID) bool { return sameID(g, group) })
}

// sameID compares object ids, which are GUIDs and so have no case. The empty id is nobody's.
func sameID(a, b ObjectID) bool { return a != "" && strings.EqualFold(string(a), string(b)) }

// RoleAssignment gives a principal or a group a role at a scope.
type RoleAssignment struct {
	ID        string
	Principal ObjectID
	Role      RoleDefinition
	Scope     Scope
	// Condition is the text of an attribute condition. An assignment with one grants nothing, as conditions
	// are not evaluated.
	Condition string
}

// Holds finds the assignment that gives the principal, by itself or by a group, the action at the scope.
// Assignments of others and elsewhere are passed over.
func (p Principal) Holds(assignments []RoleAssignment, a Action, at Scope) (RoleAssignment, bool) {
	i := slices.IndexFunc(assignments, func(ra RoleAssignment) bool {
		return ra.Condition == "" && (p.Is(ra.Principal) || p.In(ra.Principal)) &&
			ra.Scope.Contains(at) && ra.Role.Grants(a)
	})
	if i < 0 {
		return RoleAssignment{}, false
	}
	return assignments[i], true
}
