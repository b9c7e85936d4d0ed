package graph

import (
	"net/http"
	"strings"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/tenant/directory"
)

// findServicePrincipal is the service principal that the path names, by object id or as (appId='ID').
func (r *request) findServicePrincipal() (directory.ServicePrincipal, error) {
	id, byAppID := strings.CutPrefix(r.PathValue("id"), "appid=")
	p, err := r.service.directory.ServicePrincipal(id)
	if err != nil || (p.AppID == id) != byAppID {
		return directory.ServicePrincipal{}, missing(id)
	}
	return p, nil
}

func (s *service) listServicePrincipals(r *request) (*answer, error) {
	if err := r.mayRead("Application.Read.All", "Application.ReadWrite.All"); err != nil {
		return nil, err
	}
	return r.list("servicePrincipals", renderAll(s.directory.ServicePrincipals(), s.servicePrincipal))
}

func (s *service) getServicePrincipal(r *request) (*answer, error) {
	p, err := r.findServicePrincipal()
	if err == nil {
		err = r.mayReadSelf(p.ID)
	}
	if err != nil {
		return nil, err
	}
	return r.one(http.StatusOK, "servicePrincipals", s.servicePrincipal(p))
}

// createServicePrincipal gives a registration its service principal. Those of Microsoft's applications are there
// already, which is an error of its own that scripts know.
func (s *service) createServicePrincipal(r *request) (*answer, error) {
	var b struct {
		AppID string `json:"appId"`
	}
	if err := r.decode(&b); err != nil {
		return nil, err
	}
	a, err := s.directory.Application(b.AppID)
	switch {
	case err == nil:
		err = r.mayChange(a)
	case r.administersApplications():
		err = nil // so that the answer is about the application
	default:
		err = allow(false, "the role Application Administrator")
	}
	if err != nil {
		return nil, err
	}
	p, err := s.directory.CreateServicePrincipal(b.AppID)
	switch {
	case errs.Is(err, errs.Exists):
		return nil, errs.E(errs.Exists, codeRequest, "The service principal cannot be created, updated, or restored because the service principal name "+shown(b.AppID)+" is already in use.")
	case errs.Is(err, errs.NotFound):
		return nil, badRequest("The appId '" + shown(b.AppID) + "' of the service principal does not reference a valid application object.")
	case err != nil:
		return nil, err
	}
	if err := s.directory.AddOwner(p.ID, r.caller.Principal.ID); err != nil {
		return nil, err
	}
	return r.one(http.StatusCreated, "servicePrincipals", s.servicePrincipal(p))
}

func (s *service) updateServicePrincipal(r *request) (*answer, error) {
	p, err := r.findServicePrincipal()
	if err == nil {
		err = r.mayChange(p)
	}
	if err != nil {
		return nil, err
	}
	var b struct {
		AccountEnabled *bool           `json:"accountEnabled"`
		DisplayName    *string         `json:"displayName"`
		KeyCredentials []keyCredential `json:"keyCredentials"`
	}
	if err := r.decode(&b); err != nil {
		return nil, err
	}
	_, err = s.directory.UpdateServicePrincipal(p.AppID, func(p *directory.ServicePrincipal) {
		set(&p.Enabled, b.AccountEnabled)
		set(&p.DisplayName, b.DisplayName)
	})
	if err == nil {
		err = s.replaceKeys(p.ID, p.Credentials, b.KeyCredentials)
	}
	if err != nil {
		return nil, err
	}
	return noContent()
}

func (s *service) deleteServicePrincipal(r *request) (*answer, error) {
	p, err := r.findServicePrincipal()
	if err == nil {
		err = r.mayChange(p)
	}
	if err == nil {
		err = s.directory.Delete(p.ID)
	}
	if err != nil {
		return nil, err
	}
	return noContent()
}
