package arm

import (
	"strings"
	"time"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/tenant/resources"
)

type roleDefinitionBody struct {
	ID         string                   `json:"id"`
	Name       string                   `json:"name"`
	Type       string                   `json:"type"`
	Properties roleDefinitionProperties `json:"properties"`
}

type roleDefinitionProperties struct {
	RoleName         string           `json:"roleName"`
	Type             string           `json:"type"`
	Description      string           `json:"description"`
	AssignableScopes []string         `json:"assignableScopes"`
	Permissions      []permissionBody `json:"permissions"`
	CreatedOn        time.Time        `json:"createdOn"`
	UpdatedOn        time.Time        `json:"updatedOn"`
}

type permissionBody struct {
	Actions        []access.Action `json:"actions"`
	NotActions     []access.Action `json:"notActions"`
	DataActions    []access.Action `json:"dataActions"`
	NotDataActions []access.Action `json:"notDataActions"`
}

func newPermissionBody(r access.RoleDefinition) permissionBody {
	or := func(list []access.Action) []access.Action { return append([]access.Action{}, list...) }
	return permissionBody{or(r.Actions), or(r.NotActions), or(r.DataActions), or(r.NotDataActions)}
}

// roleDefinitionID is the id of a role as it is told at a scope: with the scope's subscription.
func roleDefinitionID(scope access.Scope, role string) string {
	prefix := ""
	if parts := strings.Split(string(scope), "/"); len(parts) > 2 {
		prefix = "/subscriptions/" + parts[2]
	}
	return prefix + "/providers/Microsoft.Authorization/roleDefinitions/" + role
}

// builtInSince is told as the time of what has always been there.
var builtInSince = time.Date(2015, 2, 2, 21, 55, 9, 0, time.UTC)

func newRoleDefinitionBody(scope access.Scope, r access.RoleDefinition) roleDefinitionBody {
	return roleDefinitionBody{
		ID: roleDefinitionID(scope, r.ID), Name: r.ID, Type: "Microsoft.Authorization/roleDefinitions",
		Properties: roleDefinitionProperties{
			RoleName: r.Name, Type: "BuiltInRole", Description: r.Name, AssignableScopes: []string{"/"},
			Permissions: []permissionBody{newPermissionBody(r)}, CreatedOn: builtInSince, UpdatedOn: builtInSince,
		},
	}
}

func (h *handler) listRoleDefinitions(req *request) (answer, error) {
	f, err := parseFilter(req.URL.Query().Get("$filter"), "roleName", "type", "atScope()", "atScopeAndBelow()")
	if err != nil {
		return answer{}, err
	}
	var list []roleDefinitionBody
	for _, r := range access.BuiltInRoles() {
		if f.matches(map[string]string{"roleName": r.Name, "type": "BuiltInRole"}) {
			list = append(list, newRoleDefinitionBody(req.scope, r))
		}
	}
	return ok(listOf(list))
}

func (h *handler) getRoleDefinition(req *request) (answer, error) {
	r, found := access.BuiltInRole(req.name)
	if !found || !strings.EqualFold(r.ID, req.name) {
		return answer{}, errs.E(errs.NotFound, resources.CodeRoleDefinitionNotFound,
			"The specified role definition with ID '"+req.name+"' does not exist.")
	}
	return ok(newRoleDefinitionBody(req.scope, r))
}

// listPermissions tells what the caller may at a scope.
func (h *handler) listPermissions(req *request) (answer, error) {
	var list []permissionBody
	for _, a := range req.held {
		if a.Scope.Contains(req.scope) && a.Condition == "" {
			list = append(list, newPermissionBody(a.Role))
		}
	}
	return ok(listOf(list))
}
