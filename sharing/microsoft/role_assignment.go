package microsoft

import (
	"context"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/authorization/armauthorization/v2"
	"github.com/google/uuid"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/sharing"
)

// codePrincipalNotFound is what Resource Manager answers about a principal that its copy of the directory lacks.
const codePrincipalNotFound errs.Code = "PrincipalNotFound"

// Assignments are those of a principal itself, not of its groups, that hold at the scope: there or above. Those with a
// condition hold for some requests only, and do not count.
func (m *Manager) Assignments(ctx context.Context, at access.Scope, of access.ObjectID) ([]sharing.Assignment, error) {
	// This filter is for assignments at, above and below the scope ("List Azure role assignments using the REST API").
	found, err := m.listAssignments(ctx, "microsoft.Assignments", at, "principalId eq "+text(string(of)))
	return slices.DeleteFunc(found, func(a sharing.Assignment) bool { return !strings.EqualFold(string(a.Principal.ID), string(of)) }), err
}

// AllAssignments are those of everyone that hold at the scope: there or above. Those with a condition do not count.
func (m *Manager) AllAssignments(ctx context.Context, at access.Scope) ([]sharing.Assignment, error) {
	return m.listAssignments(ctx, "microsoft.AllAssignments", at, "atScope()")
}

func (m *Manager) listAssignments(ctx context.Context, op errs.Op, at access.Scope, filter string) ([]sharing.Assignment, error) {
	c, scope, err := m.roleAssignments(at)
	if err != nil {
		return nil, failure(op, errs.Item(at), err)
	}
	// The client writes the filter into the query as it is.
	pages := c.NewListForScopePager(scope, &armauthorization.RoleAssignmentsClientListForScopeOptions{Filter: new(url.QueryEscape(filter))})
	found := []sharing.Assignment{}
	for pages.More() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, failure(op, errs.Item(at), err)
		}
		for _, a := range page.Value {
			if a.Properties == nil || value(a.Properties.Condition) != "" {
				continue
			}
			if s := assignment(*a); s.Scope.Contains(at) {
				found = append(found, s)
			}
		}
	}
	return found, nil
}

func assignment(a armauthorization.RoleAssignment) sharing.Assignment {
	s := sharing.Assignment{ID: value(a.ID)}
	if p := a.Properties; p != nil {
		s.Role, s.Scope = strings.ToLower(path.Base(value(p.RoleDefinitionID))), access.Scope(value(p.Scope))
		s.Principal = sharing.Principal{ID: access.ObjectID(value(p.PrincipalID)), Kind: sharing.PrincipalKind(value(p.PrincipalType))}
	}
	return s
}

// roleAssignments returns the client for a scope and the scope as the client takes it, without the first slash.
func (m *Manager) roleAssignments(at access.Scope) (*armauthorization.RoleAssignmentsClient, string, error) {
	parsed, err := access.ParseScope(string(at))
	if err != nil {
		return nil, "", err
	}
	if parsed == access.RootScope {
		return nil, "", errs.E(errs.Invalid, errs.Item(at), "roles for a lake are assigned in a subscription")
	}
	c, err := armauthorization.NewRoleAssignmentsClient(subscriptionOf(parsed), m.credential(), m.arm)
	return c, strings.TrimPrefix(string(parsed), "/"), err
}

func subscriptionOf(s access.Scope) string { return strings.Split(string(s), "/")[2] }

// Assign gives a role. It waits until the directory knows a principal that was just made. The same role for the same
// principal at the same scope is Exists.
func (m *Manager) Assign(ctx context.Context, at access.Scope, to sharing.Principal, role string) (sharing.Assignment, error) {
	const op errs.Op = "microsoft.Assign"
	c, scope, err := m.roleAssignments(at)
	if err != nil {
		return sharing.Assignment{}, failure(op, errs.Item(at), err)
	}
	// The name stays the same for all tries, so that one whose answer was lost makes no second assignment.
	name := uuid.NewString()
	body := armauthorization.RoleAssignmentCreateParameters{Properties: &armauthorization.RoleAssignmentProperties{
		PrincipalID: new(string(to.ID)), PrincipalType: new(armauthorization.PrincipalType(to.Kind)),
		RoleDefinitionID: new(string(access.Subscription(subscriptionOf(at))) + "/providers/Microsoft.Authorization/roleDefinitions/" + role),
	}}
	var made armauthorization.RoleAssignmentsClientCreateResponse
	err = m.settle(ctx, func(err error) bool { return errs.CodeOf(err) == codePrincipalNotFound }, func() error {
		var err error
		made, err = c.Create(ctx, scope, name, body, nil)
		return failure(op, errs.Item(at), err)
	})
	if err != nil {
		return sharing.Assignment{}, err
	}
	return assignment(made.RoleAssignment), nil
}

// Unassign takes an assignment back, by its resource id.
func (m *Manager) Unassign(ctx context.Context, id string) error {
	const op errs.Op = "microsoft.Unassign"
	at, _, ok := strings.Cut(id, "/providers/Microsoft.Authorization/roleAssignments/")
	if !ok {
		return errs.E(op, errs.Invalid, errs.Item(id), "not the resource id of a role assignment")
	}
	c, _, err := m.roleAssignments(access.Scope(at))
	if err != nil {
		return failure(op, errs.Item(id), err)
	}
	var raw *http.Response
	_, err = c.DeleteByID(policy.WithCaptureResponse(ctx, &raw), strings.TrimPrefix(id, "/"), nil)
	return gone(op, errs.Item(id), raw, err)
}
