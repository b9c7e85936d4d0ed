package graph

import (
	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/tenant/directory"
)

// findOwned is the group, application or service principal that the path names.
func (r *request) findOwned() (directory.Object, error) {
	id := r.PathValue("id")
	o, err := r.service.directory.Object(access.ObjectID(id))
	if err != nil {
		return nil, missing(id)
	}
	switch o.ObjectKind() {
	case directory.KindGroup, directory.KindApplication, directory.KindServicePrincipal:
	default:
		return nil, missing(id)
	}
	segment := "/" + string(o.ObjectKind()) + "s/"
	if path := r.URL.Path; len(path) < len(segment) || !isKind(path[1:len(segment)-1], o.ObjectKind()) {
		return nil, missing(id)
	}
	return o, nil
}

// mayChange is the right to change whatever object it is.
func (r *request) mayChange(o directory.Object) error {
	switch v := o.(type) {
	case directory.Group:
		return r.mayChangeGroup(v.ID)
	case directory.Application:
		return r.mayChangeApplication(v.ID, r.isPowerful(v.AppID))
	case directory.ServicePrincipal:
		return r.mayChangeApplication(v.ID, r.isPowerful(v.AppID) || v.WellKnown && !r.administersApplications())
	}
	return errs.E(errs.Permission, codeDenied, "Insufficient privileges to complete the operation.")
}

// isPowerful reports whether an application has rights on the directory.
func (r *request) isPowerful(appID string) bool {
	p, err := r.service.directory.ServicePrincipal(appID)
	return err == nil && (len(p.Roles) > 0 || len(p.Permissions) > 0)
}

func (s *service) listOwners(r *request) (*answer, error) {
	o, err := r.findOwned()
	if err == nil {
		err = r.mayReadGroup(o.ObjectID())
	}
	if err != nil {
		return nil, err
	}
	return r.list("directoryObjects", renderAll(s.directory.Owners(o.ObjectID()), s.renderTyped))
}

func (s *service) addOwner(r *request) (*answer, error) {
	o, err := r.findOwned()
	if err == nil {
		err = r.mayChange(o)
	}
	if err != nil {
		return nil, err
	}
	id, err := r.referenceBody()
	if err != nil {
		return nil, err
	}
	if err := s.directory.AddOwner(o.ObjectID(), id); err != nil {
		return nil, referenceError("owners", err)
	}
	return noContent()
}

func (s *service) removeOwner(r *request) (*answer, error) {
	o, err := r.findOwned()
	if err == nil {
		err = r.mayChange(o)
	}
	if err != nil {
		return nil, err
	}
	if err := s.directory.RemoveOwner(o.ObjectID(), access.ObjectID(r.PathValue("other"))); err != nil {
		return nil, referenceError("owners", err)
	}
	return noContent()
}
