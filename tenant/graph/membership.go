package graph

import (
	"net/http"
	"slices"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/tenant/directory"
)

// findPrincipal is the object that the path names, or the caller for "me".
func (r *request) findPrincipal() (directory.Object, error) {
	id := r.PathValue("id")
	if id == "" {
		return r.findUser()
	}
	if o, err := r.service.directory.Object(access.ObjectID(id)); err == nil {
		return o, nil
	}
	if u, err := r.service.directory.User(id); err == nil {
		return u, nil
	}
	return nil, missing(id)
}

// ofPrincipal lists the objects that stand in a relation with one principal.
func (s *service) ofPrincipal(r *request, related func(access.ObjectID) []directory.Object) (*answer, error) {
	o, err := r.findPrincipal()
	if err == nil {
		err = r.mayReadSelf(o.ObjectID())
	}
	if err != nil {
		return nil, err
	}
	return r.list("directoryObjects", renderAll(related(o.ObjectID()), s.renderTyped))
}

func (s *service) memberOf(r *request) (*answer, error) {
	return s.ofPrincipal(r, s.directory.MemberOf)
}

func (s *service) transitiveMemberOf(r *request) (*answer, error) {
	return s.ofPrincipal(r, func(id access.ObjectID) []directory.Object {
		var groups []directory.Object
		for _, g := range s.directory.GroupsOf(id) {
			if o, err := s.directory.Object(g); err == nil {
				groups = append(groups, o)
			}
		}
		return groups
	})
}

func (s *service) ownedObjects(r *request) (*answer, error) {
	return s.ofPrincipal(r, s.directory.Owned)
}

// getMemberGroups answers with the ids of all groups that an object is in, by other groups as well. All groups of this
// tenant are security groups, so the body's securityEnabledOnly makes no difference.
func (s *service) getMemberGroups(r *request) (*answer, error) {
	o, err := r.findPrincipal()
	if err == nil {
		err = r.mayReadSelf(o.ObjectID())
	}
	if err != nil {
		return nil, err
	}
	return r.ids(s.directory.GroupsOf(o.ObjectID()))
}

// maxChecked is how many groups one request may ask about (checkMemberGroups).
const maxChecked = 20

func (s *service) checkMemberGroups(r *request) (*answer, error) {
	o, err := r.findPrincipal()
	if err == nil {
		err = r.mayReadSelf(o.ObjectID())
	}
	if err != nil {
		return nil, err
	}
	var b struct {
		GroupIDs []string `json:"groupIds"`
	}
	if err := r.decode(&b); err != nil {
		return nil, err
	}
	if len(b.GroupIDs) == 0 || len(b.GroupIDs) > maxChecked {
		return nil, badRequest("groupIds must have 1 to 20 elements.")
	}
	in := s.directory.GroupsOf(o.ObjectID())
	var found []access.ObjectID
	for _, text := range b.GroupIDs {
		id, err := directory.ParseID(text)
		if err != nil {
			return nil, badRequest("Invalid GUID: " + shown(text))
		}
		if slices.Contains(in, id) {
			found = append(found, id)
		}
	}
	return r.ids(found)
}

func (r *request) ids(list []access.ObjectID) (*answer, error) {
	return &answer{status: http.StatusOK, body: map[string]any{
		"@odata.context": r.service.base + "/$metadata#Collection(Edm.String)", "value": texts(list),
	}}, nil
}

func (s *service) getObject(r *request) (*answer, error) {
	o, err := s.directory.Object(access.ObjectID(r.PathValue("id")))
	if err != nil {
		return nil, missing(r.PathValue("id"))
	}
	if err := r.mayReadSelf(o.ObjectID()); err != nil {
		return nil, err
	}
	return r.one(http.StatusOK, "directoryObjects", s.renderTyped(o))
}

// maxByIDs is how many objects one request may ask for (getByIds).
const maxByIDs = 1000

// getByIDs answers with those of the objects that there are.
func (s *service) getByIDs(r *request) (*answer, error) {
	if err := r.mayRead(); err != nil {
		return nil, err
	}
	var b struct {
		IDs   []string `json:"ids"`
		Types []string `json:"types"`
	}
	if err := r.decode(&b); err != nil {
		return nil, err
	}
	if len(b.IDs) > maxByIDs {
		return nil, badRequest("ids must have at most 1000 elements.")
	}
	items := []map[string]any{}
	for _, text := range b.IDs {
		id, err := directory.ParseID(text)
		if err != nil {
			return nil, errs.E(errs.Invalid, codeBadRequest, "Invalid GUID: "+shown(text))
		}
		o, err := s.directory.Object(id)
		if err == nil && (len(b.Types) == 0 || slices.ContainsFunc(b.Types, func(t string) bool {
			return t == string(o.ObjectKind()) || t == "directoryObject"
		})) {
			items = append(items, s.renderTyped(o))
		}
	}
	return r.list("directoryObjects", items)
}
