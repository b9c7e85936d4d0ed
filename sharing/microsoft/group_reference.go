package microsoft

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
)

// relation is one between a group and others, as addresses have it.
type relation string

const (
	owners  relation = "owners"
	members relation = "members"
)

// Owners are a group's owners.
func (d *Directory) Owners(ctx context.Context, group access.ObjectID) ([]access.ObjectID, error) {
	return d.references(ctx, "microsoft.Owners", group, owners)
}

// AddOwner makes a principal an owner of a group. One that is it already is Exists.
func (d *Directory) AddOwner(ctx context.Context, group, owner access.ObjectID) error {
	return d.add(ctx, "microsoft.AddOwner", group, owners, owner)
}

// RemoveOwner takes that back. A group's last owner who is a user is a Conflict.
func (d *Directory) RemoveOwner(ctx context.Context, group, owner access.ObjectID) error {
	return d.remove(ctx, "microsoft.RemoveOwner", group, owners, owner)
}

// Members are a group's direct members.
func (d *Directory) Members(ctx context.Context, group access.ObjectID) ([]access.ObjectID, error) {
	return d.references(ctx, "microsoft.Members", group, members)
}

// AddMember makes a principal a member of a group. One that is it already is Exists.
func (d *Directory) AddMember(ctx context.Context, group, member access.ObjectID) error {
	return d.add(ctx, "microsoft.AddMember", group, members, member)
}

// RemoveMember takes that back.
func (d *Directory) RemoveMember(ctx context.Context, group, member access.ObjectID) error {
	return d.remove(ctx, "microsoft.RemoveMember", group, members, member)
}

func (d *Directory) references(ctx context.Context, op errs.Op, group access.ObjectID, r relation) ([]access.ObjectID, error) {
	found, err := list[object](ctx, d.graph, d.graph.address(query{"$select": "id"}, "groups", string(group), string(r)))
	if err != nil {
		return nil, failure(op, errs.Item(group), err)
	}
	ids := []access.ObjectID{}
	for _, o := range found {
		ids = append(ids, o.ID)
	}
	return ids, nil
}

func (d *Directory) add(ctx context.Context, op errs.Op, group access.ObjectID, r relation, id access.ObjectID) error {
	body := map[string]string{"@odata.id": d.graph.address(nil, "directoryObjects", string(id))}
	err := d.settle(ctx, d.unheard(group, id), func() error {
		return failure(op, errs.Item(group), d.graph.do(ctx, http.MethodPost, d.graph.address(nil, "groups", string(group), string(r), "$ref"), body, nil))
	})
	if !errs.Is(err, errs.Invalid) {
		return err
	}
	// Graph answers Request_BadRequest for who is in it already, as for any other mistake. Its text is nothing to decide
	// by (reference BYOL section 1: the script takes every Bad Request for success); what is there is.
	if d.has(ctx, group, r, id) {
		return errs.E(op, errs.Exists, errs.Item(group), "already among the "+string(r), err)
	}
	return err
}

func (d *Directory) remove(ctx context.Context, op errs.Op, group access.ObjectID, r relation, id access.ObjectID) error {
	err := failure(op, errs.Item(group), d.graph.do(ctx, http.MethodDelete, d.graph.address(nil, "groups", string(group), string(r), string(id), "$ref"), nil, nil))
	// Graph keeps a group's last owner who is a user ("Remove group owner"), and says so by Request_BadRequest.
	if r == owners && errs.Is(err, errs.Invalid) && d.has(ctx, group, r, id) {
		return errs.E(op, errs.Conflict, errs.Item(group), err, errs.Hint("add another owner first, or delete the group"))
	}
	return err
}

func (d *Directory) has(ctx context.Context, group access.ObjectID, r relation, id access.ObjectID) bool {
	all, err := d.references(ctx, "microsoft.has", group, r)
	return err == nil && slices.ContainsFunc(all, func(have access.ObjectID) bool { return strings.EqualFold(string(have), string(id)) })
}
