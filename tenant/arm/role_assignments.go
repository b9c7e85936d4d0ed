package arm

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/tenant/resources"
)

type roleAssignmentBody struct {
	ID         string                   `json:"id"`
	Name       string                   `json:"name"`
	Type       string                   `json:"type"`
	Properties roleAssignmentProperties `json:"properties"`
}

type roleAssignmentProperties struct {
	RoleDefinitionID string    `json:"roleDefinitionId"`
	PrincipalID      string    `json:"principalId"`
	PrincipalType    string    `json:"principalType"`
	Scope            string    `json:"scope"`
	Description      *string   `json:"description"`
	Condition        *string   `json:"condition"`
	ConditionVersion *string   `json:"conditionVersion"`
	CreatedOn        time.Time `json:"createdOn"`
	UpdatedOn        time.Time `json:"updatedOn"`
	CreatedBy        string    `json:"createdBy"`
	UpdatedBy        string    `json:"updatedBy"`
}

func newRoleAssignmentBody(a resources.RoleAssignment) roleAssignmentBody {
	orNull := func(s string) *string {
		if s == "" {
			return nil
		}
		return &s
	}
	return roleAssignmentBody{
		ID: strings.TrimSuffix(string(a.Scope), "/") + "/providers/Microsoft.Authorization/roleAssignments/" + a.Name, Name: a.Name,
		Type: "Microsoft.Authorization/roleAssignments",
		Properties: roleAssignmentProperties{
			RoleDefinitionID: roleDefinitionID(a.Scope, a.Role), PrincipalID: string(a.Principal), PrincipalType: string(a.PrincipalType),
			Scope: string(a.Scope), Description: orNull(a.Description), Condition: orNull(a.Condition), ConditionVersion: orNull(a.ConditionVersion),
			CreatedOn: a.Created, UpdatedOn: a.Updated, CreatedBy: string(a.CreatedBy), UpdatedBy: string(a.UpdatedBy),
		},
	}
}

// listRoleAssignments lists those that apply at the scope and those below it. With atScope() those below are left out;
// principalId keeps those of one principal itself, assignedTo() those by its groups, too.
func (h *handler) listRoleAssignments(req *request) (answer, error) {
	f, err := parseFilter(req.URL.Query().Get("$filter"), "principalId", "atScope()", "assignedTo()", "roleDefinitionId")
	if err != nil {
		return answer{}, err
	}
	_, only := f.value("atScope()")
	holder, byHolder := f.value("assignedTo()")
	p := access.Principal{ID: access.ObjectID(holder)}
	if byHolder {
		if p.Groups, err = h.Directory.Groups(req.Context(), p.ID); err != nil && !errs.Is(err, errs.NotFound) {
			return answer{}, err
		}
	}
	var list []roleAssignmentBody
	for _, a := range h.Resources.RoleAssignments() {
		within := a.Scope.Contains(req.scope) || !only && req.scope.Contains(a.Scope)
		mine := !byHolder || p.Is(a.Principal) || p.In(a.Principal)
		b := newRoleAssignmentBody(a)
		if within && mine && f.matches(map[string]string{"principalId": string(a.Principal), "roleDefinitionId": b.Properties.RoleDefinitionID}) {
			list = append(list, b)
		}
	}
	return ok(listOf(list))
}

func (h *handler) getRoleAssignment(req *request) (answer, error) {
	a, err := h.Resources.RoleAssignment(req.scope, req.name)
	if err != nil {
		return answer{}, err
	}
	return ok(newRoleAssignmentBody(a))
}

func (h *handler) putRoleAssignment(req *request) (answer, error) {
	var p struct {
		Properties roleAssignmentProperties `json:"properties"`
	}
	if err := req.decode(&p); err != nil {
		return answer{}, err
	}
	q := p.Properties
	kind, err := h.principalType(req, q)
	if err != nil {
		return answer{}, err
	}
	value := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	a, made, err := h.Resources.PutRoleAssignment(resources.RoleAssignment{
		Name: req.name, Scope: req.scope, Principal: access.ObjectID(q.PrincipalID), PrincipalType: kind, Role: roleID(q.RoleDefinitionID),
		Description: value(q.Description), Condition: value(q.Condition), ConditionVersion: value(q.ConditionVersion), CreatedBy: req.caller.ID,
	})
	if err != nil {
		return answer{}, err
	}
	status := http.StatusOK
	if made {
		status = http.StatusCreated
	}
	return answer{status: status, body: newRoleAssignmentBody(a)}, nil
}

// roleID is the role that a resource id of a role definition names; a name of a role is none.
func roleID(id string) string {
	if i := strings.LastIndex(strings.ToLower(id), "/providers/microsoft.authorization/roledefinitions/"); i < 0 {
		return "?" + id
	}
	return id[strings.LastIndexByte(id, '/')+1:]
}

// principalType checks the principal with the directory, and says what it is. A principal whose type the caller names
// need not be there yet: that is how clients get over the directory's own delays.
func (h *handler) principalType(req *request, q roleAssignmentProperties) (resources.PrincipalType, error) {
	kind, err := h.Directory.Principal(req.Context(), access.ObjectID(q.PrincipalID))
	said := resources.PrincipalType(q.PrincipalType)
	switch {
	case errs.Is(err, errs.NotFound) || errs.Is(err, errs.Invalid):
		if said == resources.User || said == resources.Group || said == resources.ServicePrincipal {
			return said, nil
		}
		return "", invalid(codePrincipalNotFound, "Principal %s does not exist in the directory %s. Check that you have the correct principal ID. "+
			"If you are creating this principal and then immediately assigning a role, this error might be related to a replication delay. "+
			"In this case, set the role assignment principalType property to a value, such as ServicePrincipal, User, or Group.",
			strings.ReplaceAll(q.PrincipalID, "-", ""), h.Tenant.ID)
	case err != nil:
		return "", err
	case said != "" && said != kind:
		return "", invalid(codeUnmatchedType, "The PrincipalId '%s' has type '%s', which is different from specified PrincipalType '%s'.",
			strings.ReplaceAll(q.PrincipalID, "-", ""), kind, said)
	}
	return kind, nil
}

// deleteRoleAssignment answers with what was deleted, or with nothing where there was nothing.
func (h *handler) deleteRoleAssignment(req *request) (answer, error) {
	a, err := h.Resources.DeleteRoleAssignment(req.scope, req.name)
	switch {
	case errs.Is(err, errs.NotFound):
		return answer{status: http.StatusNoContent}, nil
	case err != nil:
		return answer{}, err
	}
	return ok(newRoleAssignmentBody(a))
}

// elevateAccess gives a global administrator the role to assign roles, at the root: whoever rules the directory can
// help himself into every subscription, and that is on record.
func (h *handler) elevateAccess(req *request) (answer, error) {
	if req.scope != access.RootScope {
		return answer{}, errs.E(errs.NotFound, codeNotFound, "Access is elevated at the root only.")
	}
	if !req.caller.GlobalAdministrator {
		return answer{}, req.refused(access.ElevateAccess)
	}
	_, _, err := h.Resources.PutRoleAssignment(resources.RoleAssignment{
		Name: newName(), Scope: access.RootScope, Principal: req.caller.ID, PrincipalType: req.caller.Kind,
		Role: access.UserAccessAdministrator, CreatedBy: req.caller.ID,
		Description: fmt.Sprintf("Access elevated by %s", req.caller.Name),
	})
	if err != nil && !errs.Is(err, errs.Exists) {
		return answer{}, err
	}
	return answer{status: http.StatusOK}, nil
}
