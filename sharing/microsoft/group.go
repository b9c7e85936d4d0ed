package microsoft

import (
	"context"
	"net/http"
	"strings"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/sharing"
)

// GroupsNamed are the security groups with exactly this display name. Graph compares names without regard to case; groups
// that are no security groups cannot be in a list of a lake.
func (d *Directory) GroupsNamed(ctx context.Context, name string) ([]sharing.Principal, error) {
	found, err := list[object](ctx, d.graph, d.graph.address(query{"$filter": "displayName eq " + text(name), "$select": selectGroup}, "groups"))
	if err != nil {
		return nil, failure("microsoft.GroupsNamed", errs.Item(name), err)
	}
	groups := []sharing.Principal{}
	for _, g := range found {
		if g.DisplayName == name && g.SecurityEnabled {
			groups = append(groups, g.principal(sharing.GroupPrincipal))
		}
	}
	return groups, nil
}

// Group finds a security group by its object id. A group of another sort is Invalid.
func (d *Directory) Group(ctx context.Context, id access.ObjectID) (sharing.Principal, error) {
	const op errs.Op = "microsoft.Group"
	var g object
	if err := d.graph.do(ctx, http.MethodGet, d.graph.address(query{"$select": selectGroup}, "groups", string(id)), nil, &g); err != nil {
		return sharing.Principal{}, failure(op, errs.Item(id), err)
	}
	if !g.SecurityEnabled {
		return sharing.Principal{}, errs.E(op, errs.Invalid, errs.Item(id), "the group "+g.DisplayName+" is not a security group",
			errs.Hint("use a group whose type is Security"))
	}
	return g.principal(sharing.GroupPrincipal), nil
}

// maxNickname is Graph's limit of a group's mail nickname.
const maxNickname = 64

// CreateGroup makes a security group, and returns once the directory shows it. A user who makes it is its owner. It is
// Permission with [sharing.CodeGroupCreationDisabled] where the tenant's policy permits it to nobody but administrators.
// Where there was no answer it may have been made: [Directory.GroupsNamed] tells.
func (d *Directory) CreateGroup(ctx context.Context, name, description string) (sharing.Principal, error) {
	const op errs.Op = "microsoft.CreateGroup"
	body := map[string]any{
		"displayName": name, "mailNickname": nickname(name), "mailEnabled": false, "securityEnabled": true,
	}
	if description != "" {
		body["description"] = description // Graph refuses an empty one
	}
	var g object
	err := failure(op, errs.Item(name), d.graph.do(onceUnlessThrottled(ctx, d.retry()), http.MethodPost, d.graph.address(nil, "groups"), body, &g))
	if errs.Is(err, errs.Permission) {
		return sharing.Principal{}, d.creationDenied(ctx, op, name, err)
	}
	if err != nil {
		return sharing.Principal{}, err
	}
	d.remember(g.ID)
	// The caller has to know of a group that was made. That it cannot be read back is for the next step to find out.
	_ = d.settle(ctx, d.unheard(g.ID), func() error {
		_, err := d.Group(ctx, g.ID)
		return err
	})
	return g.principal(sharing.GroupPrincipal), nil
}

// nickname makes of a name what is allowed before the "@" of an address: the scripts of reference BYOL take the name
// itself, which fails for one with a space.
func nickname(name string) string {
	nick := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_', r == '.':
			return r
		}
		return '-'
	}, name)
	return nick[:min(len(nick), maxNickname)]
}

// creationDenied finds out why a group may not be made. Graph answers the same whether the tenant's policy
// forbids it ("authorizationPolicy", allowedToCreateSecurityGroups) or the caller lacks the permission.
func (d *Directory) creationDenied(ctx context.Context, op errs.Op, name string, denied error) error {
	var p struct {
		User struct {
			CreateGroups *bool `json:"allowedToCreateSecurityGroups"`
		} `json:"defaultUserRolePermissions"`
	}
	err := d.graph.do(ctx, http.MethodGet, d.graph.address(nil, "policies", "authorizationPolicy"), nil, &p)
	if err == nil && p.User.CreateGroups != nil && !*p.User.CreateGroups {
		return errs.E(op, errs.Permission, sharing.CodeGroupCreationDisabled, errs.Item(name), "the tenant lets only administrators create security groups", denied,
			errs.Hint("ask a Groups Administrator to create the group and to tell its object id"))
	}
	return errs.E(op, errs.Item(name), denied, errs.Hint("it takes the role Groups Administrator or the permission Group.ReadWrite.All"))
}

// DeleteGroup removes a group.
func (d *Directory) DeleteGroup(ctx context.Context, id access.ObjectID) error {
	return failure("microsoft.DeleteGroup", errs.Item(id), d.graph.do(ctx, http.MethodDelete, d.graph.address(nil, "groups", string(id)), nil, nil))
}
