package graph

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/tenant/directory"
)

// applicationBody is an app registration as clients send it. What is nil is left as it is.
type applicationBody struct {
	DisplayName    *string          `json:"displayName"`
	IdentifierURIs []string         `json:"identifierUris"`
	PublicFallback *bool            `json:"isFallbackPublicClient"`
	Web            *redirects       `json:"web"`
	Public         *redirects       `json:"publicClient"`
	API            *apiBody         `json:"api"`
	KeyCredentials []keyCredential  `json:"keyCredentials"`
	Passwords      []passwordObject `json:"passwordCredentials"`
}

type redirects struct {
	URIs []string `json:"redirectUris"`
}

type apiBody struct {
	TokenVersion *int `json:"requestedAccessTokenVersion"`
}

type keyCredential struct {
	KeyID       string `json:"keyId"`
	DisplayName string `json:"displayName"`
	Key         string `json:"key"` // a certificate in base64 of DER
}

type passwordObject struct {
	DisplayName string    `json:"displayName"`
	End         time.Time `json:"endDateTime"`
}

func (b applicationBody) apply(a *directory.Application) {
	set(&a.DisplayName, b.DisplayName)
	set(&a.PublicClient, b.PublicFallback)
	if b.IdentifierURIs != nil {
		a.IdentifierURIs = b.IdentifierURIs
	}
	if b.Web != nil || b.Public != nil {
		a.RedirectURIs = nil
		for _, r := range []*redirects{b.Web, b.Public} {
			if r != nil {
				a.RedirectURIs = append(a.RedirectURIs, r.URIs...)
			}
		}
	}
	if b.API != nil && b.API.TokenVersion != nil {
		a.TokenVersion = *b.API.TokenVersion
	}
}

// findApplication is the registration that the path names, by object id or as (appId='ID').
func (r *request) findApplication() (directory.Application, error) {
	id, byAppID := strings.CutPrefix(r.PathValue("id"), "appid=")
	a, err := r.service.directory.Application(id)
	if err != nil || (a.AppID == id) != byAppID {
		return directory.Application{}, missing(id)
	}
	return a, nil
}

func (s *service) listApplications(r *request) (*answer, error) {
	if err := r.mayRead("Application.Read.All", "Application.ReadWrite.All"); err != nil {
		return nil, err
	}
	return r.list("applications", renderAll(s.directory.Applications(), s.application))
}

func (s *service) getApplication(r *request) (*answer, error) {
	a, err := r.findApplication()
	if err == nil && !r.owns(a.ID) {
		err = r.mayRead("Application.Read.All", "Application.ReadWrite.All")
	}
	if err != nil {
		return nil, err
	}
	return r.one(http.StatusOK, "applications", s.application(a))
}

// createApplication registers an application; whoever does is its owner.
func (s *service) createApplication(r *request) (*answer, error) {
	if err := r.mayCreateApplication(); err != nil {
		return nil, err
	}
	var b applicationBody
	if err := r.decode(&b); err != nil {
		return nil, err
	}
	if b.DisplayName == nil {
		return nil, badRequest("displayName must be specified.")
	}
	if len(b.Passwords) > 0 {
		return nil, badRequest("New password credentials must be generated with service actions: use addPassword.")
	}
	var a directory.Application
	b.apply(&a)
	a, err := s.directory.CreateApplication(a)
	if err == nil {
		err = s.directory.AddOwner(a.ID, r.caller.Principal.ID)
	}
	if err == nil {
		err = s.replaceKeys(a.ID, a.Credentials, b.KeyCredentials)
	}
	if err == nil {
		a, err = s.directory.Application(a.AppID)
	}
	if err != nil {
		return nil, err
	}
	return r.one(http.StatusCreated, "applications", s.application(a))
}

func (s *service) updateApplication(r *request) (*answer, error) {
	a, err := r.findApplication()
	if err == nil {
		err = r.mayChange(a)
	}
	if err != nil {
		return nil, err
	}
	var b applicationBody
	if err := r.decode(&b); err != nil {
		return nil, err
	}
	if _, err := s.directory.UpdateApplication(a.AppID, b.apply); err != nil {
		return nil, err
	}
	if err := s.replaceKeys(a.ID, a.Credentials, b.KeyCredentials); err != nil {
		return nil, err
	}
	return noContent()
}

// replaceKeys makes the certificates of an application those of a request: one with the key id of a present one and
// without a key stays. A request without any leaves all as they are.
func (s *service) replaceKeys(id access.ObjectID, now directory.Credentials, want []keyCredential) error {
	if want == nil {
		return nil
	}
	for _, c := range now.Certificates {
		if !slices.ContainsFunc(want, func(k keyCredential) bool { return k.KeyID == c.KeyID }) {
			if err := s.directory.RemoveCredential(id, c.KeyID); err != nil {
				return err
			}
		}
	}
	for _, k := range want {
		if k.Key == "" || slices.ContainsFunc(now.Certificates, func(c directory.Certificate) bool { return c.KeyID == k.KeyID }) {
			continue
		}
		der, err := base64.StdEncoding.DecodeString(k.Key)
		if err != nil {
			return badRequest("Key credential value is not base64 of a certificate.")
		}
		if _, err := s.directory.AddCertificate(id, k.DisplayName, der); err != nil {
			return err
		}
	}
	return nil
}

func (s *service) deleteApplication(r *request) (*answer, error) {
	a, err := r.findApplication()
	if err == nil {
		err = r.mayChange(a)
	}
	if err == nil {
		err = s.directory.Delete(a.ID)
	}
	if err != nil {
		return nil, err
	}
	return noContent()
}

// changeCredentialed is the application or service principal that the path names, if the caller may change it.
func (r *request) changeCredentialed() (o directory.Object, err error) {
	if strings.HasPrefix(r.URL.Path, "/applications/") {
		o, err = r.findApplication()
	} else {
		o, err = r.findServicePrincipal()
	}
	if err == nil {
		err = r.mayChange(o)
	}
	return o, err
}

// addPassword makes a client secret and tells it, once.
func (s *service) addPassword(r *request) (*answer, error) {
	o, err := r.changeCredentialed()
	if err != nil {
		return nil, err
	}
	var b struct {
		Credential passwordObject `json:"passwordCredential"`
	}
	if err := r.decode(&b); err != nil {
		return nil, err
	}
	secret, text, err := s.directory.AddSecret(o.ObjectID(), b.Credential.DisplayName, b.Credential.End)
	if err != nil {
		return nil, err
	}
	item := passwordCredential(secret)
	item["secretText"] = text
	item["@odata.context"] = s.base + "/$metadata#microsoft.graph.passwordCredential"
	return &answer{status: http.StatusOK, body: item}, nil
}

func (s *service) removePassword(r *request) (*answer, error) {
	o, err := r.changeCredentialed()
	if err != nil {
		return nil, err
	}
	var b struct {
		KeyID string `json:"keyId"`
	}
	if err := r.decode(&b); err != nil {
		return nil, err
	}
	if err := s.directory.RemoveCredential(o.ObjectID(), b.KeyID); err != nil {
		return nil, errs.E(errs.Invalid, codeRequest, "No password credential found with keyId '"+shown(b.KeyID)+"'.")
	}
	return noContent()
}
