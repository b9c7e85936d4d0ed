// Package graph shows the tenant's directory as Microsoft Graph v1.0 does: the part of it that the Azure CLI, Azure
// PowerShell and scripts which share a lake use (reference BYOL sections 1 and 2, real-clients "Azure CLI").
//
// It knows the protocol: addresses, query options, errors, and who may do what. What there is, package directory knows.
// Callers are those whose tokens [Options.Verify] takes. Users may read the directory, as members of a tenant may by
// default; applications may do what their permissions, their directory roles or their ownership allow.
//
// Lists have pages, in the order of object ids, that stay right while others write. Addresses and names of properties
// have no case.
package graph

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/tenant/directory"
	"github.com/ownlake/ownlake/tenant/entra"
)

// Options configure the handler. All but Logger are required.
type Options struct {
	Directory *directory.Directory
	// BaseURL is where the tenant is reached; Graph is below it at /v1.0.
	BaseURL string
	// Verify tells who a token for Graph is from.
	Verify func(ctx context.Context, token string) (entra.Caller, error)
	Clock  func() time.Time
	Logger *slog.Logger // nil is silent
}

// service answers requests.
type service struct {
	directory *directory.Directory
	base      string // with /v1.0
	verify    func(ctx context.Context, token string) (entra.Caller, error)
	clock     func() time.Time
	logger    *slog.Logger
	mux       *http.ServeMux
}

const (
	prefix  = "/v1.0"
	maxBody = 1 << 20
)

// New returns the handler of everything below /v1.0/.
func New(o Options) http.Handler {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := &service{directory: o.Directory, base: strings.TrimSuffix(o.BaseURL, "/") + prefix, verify: o.Verify, clock: o.Clock, logger: o.Logger}
	s.mux = s.routes()
	return s
}

// routes has one line for each request that is answered. Patterns are in lower case, as requests are when they get here.
func (s *service) routes() *http.ServeMux {
	mux := http.NewServeMux()
	for pattern, handle := range map[string]handler{
		"GET /organization": s.organization,
		"GET /domains":      s.domains,

		"GET /users":                                    s.listUsers,
		"POST /users":                                   s.createUser,
		"GET /users/{id}":                               s.getUser,
		"PATCH /users/{id}":                             s.updateUser,
		"DELETE /users/{id}":                            s.deleteUser,
		"POST /users/{id}/changepassword":               s.changePassword,
		"GET /users/{id}/memberof":                      s.memberOf,
		"GET /users/{id}/transitivememberof":            s.transitiveMemberOf,
		"GET /users/{id}/ownedobjects":                  s.ownedObjects,
		"POST /users/{id}/getmembergroups":              s.getMemberGroups,
		"POST /users/{id}/getmemberobjects":             s.getMemberGroups,
		"POST /users/{id}/checkmembergroups":            s.checkMemberGroups,
		"GET /me":                                       s.getUser,
		"POST /me/changepassword":                       s.changePassword,
		"GET /me/memberof":                              s.memberOf,
		"GET /me/transitivememberof":                    s.transitiveMemberOf,
		"GET /me/ownedobjects":                          s.ownedObjects,
		"POST /me/getmembergroups":                      s.getMemberGroups,
		"POST /me/getmemberobjects":                     s.getMemberGroups,
		"POST /me/checkmembergroups":                    s.checkMemberGroups,
		"GET /groups":                                   s.listGroups,
		"POST /groups":                                  s.createGroup,
		"GET /groups/{id}":                              s.getGroup,
		"PATCH /groups/{id}":                            s.updateGroup,
		"DELETE /groups/{id}":                           s.deleteGroup,
		"GET /groups/{id}/owners":                       s.listOwners,
		"POST /groups/{id}/owners/$ref":                 s.addOwner,
		"DELETE /groups/{id}/owners/{other}/$ref":       s.removeOwner,
		"GET /groups/{id}/members":                      s.listMembers,
		"GET /groups/{id}/transitivemembers":            s.listTransitiveMembers,
		"POST /groups/{id}/members/$ref":                s.addMember,
		"DELETE /groups/{id}/members/{other}/$ref":      s.removeMember,
		"GET /groups/{id}/memberof":                     s.memberOf,
		"GET /groups/{id}/transitivememberof":           s.transitiveMemberOf,
		"POST /groups/{id}/getmembergroups":             s.getMemberGroups,
		"POST /groups/{id}/getmemberobjects":            s.getMemberGroups,
		"POST /groups/{id}/checkmembergroups":           s.checkMemberGroups,
		"GET /applications":                             s.listApplications,
		"POST /applications":                            s.createApplication,
		"GET /applications/{id}":                        s.getApplication,
		"PATCH /applications/{id}":                      s.updateApplication,
		"DELETE /applications/{id}":                     s.deleteApplication,
		"POST /applications/{id}/addpassword":           s.addPassword,
		"POST /applications/{id}/removepassword":        s.removePassword,
		"GET /applications/{id}/owners":                 s.listOwners,
		"POST /applications/{id}/owners/$ref":           s.addOwner,
		"DELETE /applications/{id}/owners/{other}/$ref": s.removeOwner,

		"GET /serviceprincipals":                                s.listServicePrincipals,
		"POST /serviceprincipals":                               s.createServicePrincipal,
		"GET /serviceprincipals/{id}":                           s.getServicePrincipal,
		"PATCH /serviceprincipals/{id}":                         s.updateServicePrincipal,
		"DELETE /serviceprincipals/{id}":                        s.deleteServicePrincipal,
		"POST /serviceprincipals/{id}/addpassword":              s.addPassword,
		"POST /serviceprincipals/{id}/removepassword":           s.removePassword,
		"GET /serviceprincipals/{id}/owners":                    s.listOwners,
		"POST /serviceprincipals/{id}/owners/$ref":              s.addOwner,
		"DELETE /serviceprincipals/{id}/owners/{other}/$ref":    s.removeOwner,
		"GET /serviceprincipals/{id}/memberof":                  s.memberOf,
		"GET /serviceprincipals/{id}/transitivememberof":        s.transitiveMemberOf,
		"GET /serviceprincipals/{id}/ownedobjects":              s.ownedObjects,
		"POST /serviceprincipals/{id}/getmembergroups":          s.getMemberGroups,
		"POST /serviceprincipals/{id}/getmemberobjects":         s.getMemberGroups,
		"POST /serviceprincipals/{id}/checkmembergroups":        s.checkMemberGroups,
		"GET /directoryobjects/{id}":                            s.getObject,
		"POST /directoryobjects/getbyids":                       s.getByIDs,
		"POST /directoryobjects/{id}/getmembergroups":           s.getMemberGroups,
		"POST /directoryobjects/{id}/getmemberobjects":          s.getMemberGroups,
		"POST /directoryobjects/{id}/checkmembergroups":         s.checkMemberGroups,
		"GET /directoryroles":                                   s.listRoles,
		"GET /directoryroles/{role}/members":                    s.listRoleMembers,
		"POST /directoryroles/{role}/members/$ref":              s.addRoleMember,
		"DELETE /directoryroles/{role}/members/{other}/$ref":    s.removeRoleMember,
		"GET /groupsettings":                                    s.listGroupSettings,
		"POST /groupsettings":                                   s.setGroupSettings,
		"PATCH /groupsettings/{setting}":                        s.setGroupSettings,
		"DELETE /groupsettings/{setting}":                       s.deleteGroupSettings,
		"GET /policies/authorizationpolicy":                     s.getAuthorizationPolicy,
		"PATCH /policies/authorizationpolicy":                   s.updateAuthorizationPolicy,
		"GET /policies/authorizationpolicy/authorizationpolicy": s.getAuthorizationPolicy,
	} {
		mux.Handle(pattern, s.authenticated(handle))
	}
	mux.Handle("/", s.authenticated(func(r *request) (*answer, error) { return nil, r.unknownAddress() }))
	return mux
}

// handler answers a request of a caller who is known.
type handler func(*request) (*answer, error)

// request is a request with its caller.
type request struct {
	*http.Request
	service *service
	caller  entra.Caller
}

// answer is what to send back: the body as JSON, or nothing.
type answer struct {
	status   int
	location string
	body     any
}

func noContent() (*answer, error) { return &answer{status: http.StatusNoContent}, nil }

// ServeHTTP answers a request below /v1.0/.
func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("request-id", uuid.NewString())
	w.Header().Set("client-request-id", clientRequestID(r))
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	address, ok := strings.CutPrefix(r.URL.Path, prefix+"/")
	if !ok {
		s.refuse(w, r, errs.E(errs.NotFound, codeBadRequest, "Graph is served at "+prefix))
		return
	}
	inner := r.Clone(r.Context())
	inner.Body = http.MaxBytesReader(w, r.Body, maxBody)
	inner.URL = &url.URL{Path: canonical(address), RawQuery: r.URL.RawQuery}
	s.mux.ServeHTTP(w, inner)
}

// canonical writes a path as routes have it: in lower case, and NAME(appId='ID') as NAME/appid=ID.
func canonical(address string) string {
	address = path.Clean("/" + strings.ToLower(address))
	name, key, ok := strings.Cut(address, "(appid='")
	if !ok {
		return address
	}
	id, rest, ok := strings.Cut(key, "')")
	if !ok || strings.Contains(name[1:], "/") {
		return address
	}
	return name + "/appid=" + id + rest
}

func clientRequestID(r *http.Request) string {
	if id, err := uuid.Parse(r.Header.Get("client-request-id")); err == nil {
		return id.String()
	}
	return uuid.NewString()
}

// authenticated finds out who calls before anything else is done.
func (s *service) authenticated(handle handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, ok := bearer(r.Header.Get("Authorization"))
		if !ok {
			s.refuse(w, r, errs.E(errs.Unauthorized, entra.CodeInvalidToken, "Access token is empty."))
			return
		}
		caller, err := s.verify(r.Context(), token)
		if err != nil {
			s.refuse(w, r, err)
			return
		}
		a, err := handle(&request{Request: r, service: s, caller: caller})
		if err != nil {
			s.refuse(w, r, err)
			return
		}
		if r.Method != http.MethodGet {
			s.logger.InfoContext(r.Context(), "directory changed", slog.String("by", caller.Name), slog.String("request", r.Method+" "+r.URL.Path))
		}
		a.write(w)
	})
}

func bearer(header string) (string, bool) {
	scheme, token, _ := strings.Cut(header, " ")
	return strings.TrimSpace(token), strings.EqualFold(scheme, "Bearer") && strings.TrimSpace(token) != ""
}
