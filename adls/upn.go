package adls

import (
	"slices"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/adls/wire"
)

// asksNames reports whether a request asks for the names of users, and there is somebody who knows them.
func (h *handler) asksNames(req *request) bool {
	return h.UserPrincipalName != nil && wire.ParseBool(req.query["upn"])
}

// named returns what an owner or a user in a list is called in an answer: where the request has upn=true, by the user
// principal name, if the tenant knows one ("Path - Get Properties", upn). Groups and service principals have none.
func (h *handler) named(req *request, id access.ObjectID) access.ObjectID {
	if !h.asksNames(req) {
		return id
	}
	if name, ok := h.UserPrincipalName(id); ok {
		return access.ObjectID(name)
	}
	return id
}

// namedList is named for the users in a list.
func (h *handler) namedList(req *request, list access.ACL) access.ACL {
	if !h.asksNames(req) {
		return list
	}
	list = slices.Clone(list)
	for i, e := range list {
		if e.Type == access.User && e.ID != "" {
			list[i].ID = h.named(req, e.ID)
		}
	}
	return list
}
