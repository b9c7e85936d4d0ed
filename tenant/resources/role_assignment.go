package resources

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
)

// PrincipalType says what holds a role, as Resource Manager spells it.
type PrincipalType string

// The types.
const (
	User             PrincipalType = "User"
	Group            PrincipalType = "Group"
	ServicePrincipal PrincipalType = "ServicePrincipal"
)

// RoleAssignment gives a principal a role at a scope.
type RoleAssignment struct {
	Name             string          `json:"name"` // a GUID in lower case
	Scope            access.Scope    `json:"scope"`
	Principal        access.ObjectID `json:"principal"`
	PrincipalType    PrincipalType   `json:"principalType"`
	Role             string          `json:"role"` // id of a built-in role
	Description      string          `json:"description,omitempty"`
	Condition        string          `json:"condition,omitempty"`
	ConditionVersion string          `json:"conditionVersion,omitempty"`
	Created          time.Time       `json:"created"`
	CreatedBy        access.ObjectID `json:"createdBy"`
	Updated          time.Time       `json:"updated"`
	UpdatedBy        access.ObjectID `json:"updatedBy"`
	// Deleted is when it was taken back; the lake honours it until it hears of that.
	Deleted time.Time `json:"deleted,omitzero"`
}

// maxAssignments is how many a subscription can have (reference BYOL section 5).
const maxAssignments = 4000

// PutRoleAssignment makes an assignment or, where there is one of that name, changes its description and condition;
// made says which. Another of the same role for the same principal at the same scope is Exists.
func (r *Resources) PutRoleAssignment(a RoleAssignment) (put RoleAssignment, made bool, err error) {
	err = r.change(func(t *tx) error {
		if old, ok := t.assignments[a.key()]; ok && old.Deleted.IsZero() {
			if !old.sameGrant(a) {
				return invalid(CodeRoleAssignmentUpdate, a.Name,
					"Tenant ID, application ID, principal ID, and scope are not allowed to be updated.")
			}
			put = old
			put.Description, put.Condition, put.ConditionVersion = a.Description, a.Condition, a.ConditionVersion
			put.Updated, put.UpdatedBy = r.options.Clock().UTC(), a.CreatedBy
			t.putAssignment(put)
			return nil
		}
		made = true
		if err := r.assign(t, a); err != nil {
			return err
		}
		put = t.assignments[a.key()]
		return nil
	})
	return put, made, errs.Wrap("resources.PutRoleAssignment", err)
}

// assign adds an assignment that is new.
func (r *Resources) assign(t *tx, a RoleAssignment) error {
	if err := t.checkAssignment(&a); err != nil {
		return err
	}
	count := 0
	for _, other := range t.assignments {
		if !other.Deleted.IsZero() {
			continue
		}
		if other.sameGrant(a) {
			return errs.E(errs.Exists, CodeRoleAssignmentExists, "The role assignment already exists. The ID of the existing role assignment is "+
				strings.ReplaceAll(other.Name, "-", "")+".")
		}
		if subscriptionOf(other.Scope) == subscriptionOf(a.Scope) {
			count++
		}
	}
	if count >= maxAssignments {
		return invalid(CodeRoleAssignmentLimit, a.Name, "The number of role assignments in this subscription has reached its limit of %d.", maxAssignments)
	}
	r.forgetDeleted(t)
	a.Created = r.options.Clock().UTC()
	a.Updated, a.UpdatedBy = a.Created, a.CreatedBy
	t.putAssignment(a)
	return nil
}

// checkAssignment judges an assignment's values, and writes its name as they are compared.
func (t *tx) checkAssignment(a *RoleAssignment) error {
	name, err := uuid.Parse(a.Name)
	if err != nil || len(a.Name) != 36 {
		return invalid(CodeInvalidRoleAssignmentID, a.Name, "The role assignment ID '%s' is not valid. The role assignment ID must be a GUID.", a.Name)
	}
	a.Name = name.String()
	if id, err := uuid.Parse(string(a.Principal)); err != nil || id == uuid.Nil || len(a.Principal) != 36 {
		return invalid(CodeInvalidPrincipalID, a.Name, "A valid principal ID must be provided for role assignment.")
	}
	a.Principal = access.ObjectID(fold(string(a.Principal)))
	role, ok := access.BuiltInRole(a.Role)
	if !ok || !strings.EqualFold(role.ID, a.Role) {
		return errs.E(errs.NotFound, CodeRoleDefinitionNotFound, "The specified role definition with ID '"+a.Role+"' does not exist.")
	}
	a.Role = role.ID
	if a.Scope, err = access.ParseScope(string(a.Scope)); err != nil {
		return err
	}
	return t.checkScope(a.Scope)
}

// checkScope refuses a scope below which nothing is. Containers are the lake's to know.
func (t *tx) checkScope(scope access.Scope) error {
	if scope == access.RootScope {
		return nil
	}
	parts := strings.Split(string(scope), "/")
	var err error
	switch {
	case len(parts) > 8:
		_, err = t.account(parts[2], parts[4], parts[8])
	case len(parts) > 4:
		_, err = t.group(parts[2], parts[4])
	default:
		_, err = t.subscription(parts[2])
	}
	return err
}

// RoleAssignment finds an assignment by its scope and name.
func (r *Resources) RoleAssignment(scope access.Scope, name string) (RoleAssignment, error) {
	return r.view.Load().assignment(scope, name)
}

func (v *view) assignment(scope access.Scope, name string) (RoleAssignment, error) {
	a, ok := v.assignments[RoleAssignment{Scope: scope, Name: name}.key()]
	if !ok || !a.Deleted.IsZero() {
		return RoleAssignment{}, errs.E(errs.NotFound, CodeRoleAssignmentNotFound, "The role assignment '"+name+"' is not found.")
	}
	return a, nil
}

// RoleAssignments lists all assignments, by scope from the root down and by name.
func (r *Resources) RoleAssignments() []RoleAssignment {
	var list []RoleAssignment
	for _, a := range r.view.Load().assignments {
		if a.Deleted.IsZero() {
			list = append(list, a)
		}
	}
	slices.SortFunc(list, func(a, b RoleAssignment) int {
		return cmp.Or(cmp.Compare(len(a.Scope), len(b.Scope)), cmp.Compare(a.Scope, b.Scope), cmp.Compare(a.Name, b.Name))
	})
	return list
}

// DeleteRoleAssignment takes an assignment back. The last one that lets anybody assign roles in a subscription stays.
func (r *Resources) DeleteRoleAssignment(scope access.Scope, name string) (RoleAssignment, error) {
	var a RoleAssignment
	err := r.change(func(t *tx) (err error) {
		if a, err = t.assignment(scope, name); err != nil {
			return err
		}
		if t.lastAdministrator(a) {
			return errs.E(errs.Precondition, CodeLastAdministrator, "Cannot delete the last RBAC admin assignment")
		}
		r.forgetDeleted(t)
		gone := a
		gone.Deleted = r.options.Clock().UTC()
		t.putAssignment(gone)
		return nil
	})
	return a, errs.Wrap("resources.DeleteRoleAssignment", err)
}

// lastAdministrator reports whether, without the assignment, nobody could assign roles at its subscription any more.
func (v *view) lastAdministrator(a RoleAssignment) bool {
	if a.Scope.Level() != "subscription" || !a.administers() {
		return false
	}
	for _, other := range v.assignments {
		if other.Deleted.IsZero() && other.key() != a.key() && subscriptionOf(other.Scope) == subscriptionOf(a.Scope) &&
			other.Scope.Level() == "subscription" && other.administers() {
			return false
		}
	}
	return true
}

func (a RoleAssignment) administers() bool {
	role, ok := access.BuiltInRole(a.Role)
	return ok && a.Condition == "" && role.Grants(access.RoleAssignmentsWrite)
}

// forgetDeleted removes assignments whose end has reached the lake.
func (r *Resources) forgetDeleted(t *tx) {
	reached := r.options.Clock().Add(-time.Duration(r.propagation.Load()))
	for key, a := range t.assignments {
		if !a.Deleted.IsZero() && !a.Deleted.After(reached) {
			delete(t.assignments, key)
			t.remove(assignmentPrefix + key)
		}
	}
}

// removeAssignments forgets what was assigned at a scope that is no more, or below: who makes the same names again
// must not find the old rights there.
func (t *tx) removeAssignments(scope access.Scope) {
	for key, a := range t.assignments {
		if scope.Contains(a.Scope) {
			delete(t.assignments, key)
			t.remove(assignmentPrefix + key)
		}
	}
}

// RemoveAssignments forgets what was assigned at a scope that is no more, or below.
func (r *Resources) RemoveAssignments(scope access.Scope) error {
	err := r.change(func(t *tx) error {
		t.removeAssignments(scope)
		return nil
	})
	return errs.Wrap("resources.RemoveAssignments", err)
}

func (t *tx) putAssignment(a RoleAssignment) {
	t.assignments[a.key()] = a
	t.put(assignmentPrefix+a.key(), a)
}

func (a RoleAssignment) key() string { return fold(string(a.Scope) + "|" + a.Name) }

// sameGrant reports whether both give the same role to the same principal at the same scope.
func (a RoleAssignment) sameGrant(b RoleAssignment) bool {
	return strings.EqualFold(a.Role, b.Role) && strings.EqualFold(string(a.Principal), string(b.Principal)) && strings.EqualFold(string(a.Scope), string(b.Scope))
}

// subscriptionOf is the id of the subscription that a scope lies in; "" for the root.
func subscriptionOf(scope access.Scope) string {
	parts := strings.Split(string(scope), "/")
	if len(parts) < 3 {
		return ""
	}
	return fold(parts[2])
}
