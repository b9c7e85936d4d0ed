package api

import (
	"context"
	"time"

	"github.com/ownlake/ownlake/api/audit"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
)

type permissionInput struct {
	Environment insights.EnvironmentID `path:"environment"`
	Principal   string                 `path:"principal" maxLength:"100" doc:"The object id of a user, group or service principal"`
}

type serverPermissionInput struct {
	Principal string `path:"principal" maxLength:"100" doc:"The object id of a user, group or service principal"`
}

type permissionBody struct {
	Role insights.Role          `json:"role" enum:"viewer,contributor,administrator,owner"`
	Kind insights.PrincipalKind `json:"kind" enum:"user,group,application"`
	Name string                 `json:"name,omitempty" maxLength:"256" doc:"What people read; the directory's where it knows the principal"`
}

type setPermissionInput struct {
	Environment insights.EnvironmentID `path:"environment"`
	Principal   string                 `path:"principal" maxLength:"100" pattern:"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$" doc:"The object id"`
	Body        permissionBody
}

type setServerPermissionInput struct {
	Principal string `path:"principal" maxLength:"100" pattern:"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$" doc:"The object id"`
	Body      permissionBody
}

func (r *routes) listPermissions(_ context.Context, in *environmentInput) (*output[[]insights.RoleAssignment], error) {
	return listed(r.o.Access.Permissions.List(in.Environment), nil)
}

func (r *routes) listServerPermissions(context.Context, *emptyInput) (*output[[]insights.RoleAssignment], error) {
	return listed(r.o.Access.Permissions.List(insights.AllEnvironments), nil)
}

func (r *routes) getPermission(ctx context.Context, in *permissionInput) (*tagged[insights.RoleAssignment], error) {
	a, err := r.o.Access.Permissions.Get(in.Environment, in.Principal)
	return answerTagged(ctx, a, err)
}

func (r *routes) getServerPermission(ctx context.Context, in *serverPermissionInput) (*tagged[insights.RoleAssignment], error) {
	return r.getPermission(ctx, &permissionInput{insights.AllEnvironments, in.Principal})
}

func (r *routes) setPermission(ctx context.Context, in *setPermissionInput) (*tagged[insights.RoleAssignment], error) {
	if _, err := r.o.Services.Environments.Get(ctx, in.Environment); err != nil {
		return nil, err
	}
	return r.assign(ctx, in.Environment, in.Principal, in.Body)
}

func (r *routes) setServerPermission(ctx context.Context, in *setServerPermissionInput) (*tagged[insights.RoleAssignment], error) {
	return r.assign(ctx, insights.AllEnvironments, in.Principal, in.Body)
}

func (r *routes) assign(ctx context.Context, env insights.EnvironmentID, id string, b permissionBody) (*tagged[insights.RoleAssignment], error) {
	req := requestOf(ctx)
	who := insights.Principal{Kind: b.Kind, ID: id, Name: b.Name}
	if d := r.o.Access.Directory; d != nil {
		found, err := d.Search(ctx, id, 1)
		switch {
		case err != nil:
			return nil, err
		case len(found) == 0:
			return nil, errs.E(errs.NotFound, errs.Item(id), "the directory knows nobody of this id", errs.Hint("GET principals finds users, groups and applications"))
		case found[0].Kind != b.Kind:
			return nil, errs.E(errs.Invalid, errs.Item(id), "this is a "+string(found[0].Kind))
		}
		who.Name = found[0].Name
	}
	a, err := r.o.Access.Permissions.Set(insights.RoleAssignment{
		Environment: env, Principal: who, Role: b.Role, AssignedBy: req.caller.principal.Name,
	}, r.expectRole(ctx))
	if err == nil {
		changing(ctx).after = a
	}
	return answerTagged(ctx, a, err)
}

// expectRole compares the role that is there with the one that the caller knows, and notes it.
func (r *routes) expectRole(ctx context.Context) func(*insights.RoleAssignment) error {
	return func(former *insights.RoleAssignment) error {
		if former == nil {
			return requestOf(ctx).matches(nil)
		}
		changing(ctx).before = *former
		return requestOf(ctx).matches(*former)
	}
}

func (r *routes) removePermission(ctx context.Context, in *permissionInput) (*emptyOutput, error) {
	if _, err := r.o.Access.Permissions.Remove(in.Environment, in.Principal, r.expectRole(ctx)); err != nil {
		return nil, err
	}
	return &emptyOutput{}, nil
}

func (r *routes) removeServerPermission(ctx context.Context, in *serverPermissionInput) (*emptyOutput, error) {
	return r.removePermission(ctx, &permissionInput{insights.AllEnvironments, in.Principal})
}

type principalsInput struct {
	Environment insights.EnvironmentID `path:"environment"`
	Search      string                 `query:"search" maxLength:"200" doc:"The beginning of a name or an address, or an object id"`
	Limit       int                    `query:"limit" minimum:"1" maximum:"100" default:"20"`
}

type allPrincipalsInput struct {
	Search string `query:"search" maxLength:"200" doc:"The beginning of a name or an address, or an object id"`
	Limit  int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
}

func (r *routes) searchPrincipals(ctx context.Context, in *principalsInput) (*output[[]insights.Principal], error) {
	return r.searchAllPrincipals(ctx, &allPrincipalsInput{in.Search, in.Limit})
}

func (r *routes) searchAllPrincipals(ctx context.Context, in *allPrincipalsInput) (*output[[]insights.Principal], error) {
	if r.o.Access.Directory == nil {
		return nil, errs.E(errs.Conflict, errs.Code("NoDirectory"), "the directory cannot be searched", errs.Hint("give roles by object id"))
	}
	return listed(r.o.Access.Directory.Search(ctx, in.Search, in.Limit))
}

type auditInput struct {
	Environment insights.EnvironmentID `path:"environment"`
	Principal   string                 `query:"principal" maxLength:"100" doc:"Only changes by the one with this id"`
	Operation   string                 `query:"operation" maxLength:"100" doc:"Only changes by this operation, such as putDefinitions"`
	Since       time.Time              `query:"since" doc:"Only changes from then on"`
	Until       time.Time              `query:"until" doc:"Only changes before then"`
	After       string                 `query:"after" maxLength:"100" doc:"Where the page begins: next of the one before"`
	Limit       int                    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

type serverAuditInput struct {
	Environment insights.EnvironmentID `query:"environment" maxLength:"100" doc:"Only changes in this environment"`
	Principal   string                 `query:"principal" maxLength:"100" doc:"Only changes by the one with this id"`
	Operation   string                 `query:"operation" maxLength:"100" doc:"Only changes by this operation, such as putDefinitions"`
	Since       time.Time              `query:"since" doc:"Only changes from then on"`
	Until       time.Time              `query:"until" doc:"Only changes before then"`
	After       string                 `query:"after" maxLength:"100" doc:"Where the page begins: next of the one before"`
	Limit       int                    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

func (r *routes) listAudit(_ context.Context, in *auditInput) (*output[audit.Page], error) {
	return answer(r.o.Audit.List(audit.Query(*in)))
}

func (r *routes) listServerAudit(_ context.Context, in *serverAuditInput) (*output[audit.Page], error) {
	return answer(r.o.Audit.List(audit.Query(*in)))
}
