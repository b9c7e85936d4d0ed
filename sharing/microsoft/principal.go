package microsoft

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/sharing"
)

// kindsOfPrincipals are where Graph has principals that can be in groups.
var kindsOfPrincipals = []struct {
	segment, fields string
	kind            sharing.PrincipalKind
}{
	{"users", selectUser, sharing.UserPrincipal},
	{"servicePrincipals", selectSP, sharing.ServicePrincipal},
	{"groups", "id,displayName", sharing.GroupPrincipal},
}

// Principal finds a user, a service principal or a group by its object id, a user also by its user principal name, and a service principal
// by its application's id.
func (d *Directory) Principal(ctx context.Context, name string) (sharing.Principal, error) {
	const op errs.Op = "microsoft.Principal"
	isID := uuid.Validate(name) == nil
	for _, k := range kindsOfPrincipals {
		if !isID && (k.kind != sharing.UserPrincipal || !strings.Contains(name, "@")) {
			continue
		}
		var found object
		err := failure(op, errs.Item(name), d.graph.do(ctx, http.MethodGet, d.graph.address(query{"$select": k.fields}, k.segment, name), nil, &found))
		if err == nil {
			return found.principal(k.kind), nil
		}
		if !errs.Is(err, errs.NotFound) {
			return sharing.Principal{}, err
		}
	}
	if isID {
		return d.ServicePrincipal(ctx, name)
	}
	return sharing.Principal{}, errs.E(op, errs.NotFound, errs.Item(name), "the tenant has no such principal",
		errs.Hint("give an object id, a user principal name, or the id of an application"))
}

// Groups are the security groups that a principal is in, nested ones included.
func (d *Directory) Groups(ctx context.Context, id access.ObjectID) ([]access.ObjectID, error) {
	const op errs.Op = "microsoft.Groups"
	var err error
	for _, k := range kindsOfPrincipals {
		var answer struct {
			Value []access.ObjectID `json:"value"`
		}
		// The security groups alone: others have no place in lists.
		err = failure(op, errs.Item(id), d.graph.do(ctx, http.MethodPost, d.graph.address(nil, k.segment, string(id), "getMemberGroups"),
			map[string]bool{"securityEnabledOnly": k.kind == sharing.UserPrincipal}, &answer))
		if !errs.Is(err, errs.NotFound) {
			return answer.Value, err
		}
	}
	return nil, err
}

// maxByIDs is how many objects Graph tells of in one answer ("directoryObject: getByIds").
const maxByIDs = 1000

// Principals are those of the ids that the tenant has, in no particular order.
func (d *Directory) Principals(ctx context.Context, ids []access.ObjectID) ([]sharing.Principal, error) {
	found := []sharing.Principal{}
	for some := range slices.Chunk(ids, maxByIDs) {
		var answer struct {
			Value []typed `json:"value"`
		}
		err := d.graph.do(ctx, http.MethodPost, d.graph.address(nil, "directoryObjects", "getByIds"),
			map[string]any{"ids": some, "types": []string{"user", "group", "servicePrincipal"}}, &answer)
		if err != nil {
			return nil, failure("microsoft.Principals", "", err)
		}
		found = append(found, principals(answer.Value)...)
	}
	return found, nil
}

// AllMembers are the members of a group and of the groups in it, those groups among them.
func (d *Directory) AllMembers(ctx context.Context, group access.ObjectID) ([]sharing.Principal, error) {
	found, err := list[typed](ctx, d.graph, d.graph.address(query{"$select": "id,displayName,userPrincipalName"}, "groups", string(group), "transitiveMembers"))
	return principals(found), failure("microsoft.AllMembers", errs.Item(group), err)
}

// typed is an object of a list that has several kinds.
type typed struct {
	object
	Type string `json:"@odata.type"`
}

// principals leaves out what is in groups and signs in nowhere near a lake: devices and contacts.
func principals(found []typed) []sharing.Principal {
	list := []sharing.Principal{}
	for _, o := range found {
		for _, k := range kindsOfPrincipals {
			if strings.EqualFold(o.Type, "#microsoft.graph."+string(k.kind)) {
				list = append(list, o.principal(k.kind))
			}
		}
	}
	return list
}
