package dataverse

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/odata"
	"github.com/ownlake/ownlake/odata/relation"
	"github.com/ownlake/ownlake/sharing"
)

// ServiceOptions are what a service is made of. All are required but Authority.
type ServiceOptions struct {
	// Links are the organisations that are bound now.
	Links func() ([]insights.DataverseLink, error)
	// Verify tells who an access token is from that was made for an organisation's address. Others are Unauthorized.
	Verify func(ctx context.Context, token, organization string) (access.ObjectID, error)
	// Groups are the groups that a principal is in now.
	Groups func(ctx context.Context, id access.ObjectID) ([]access.ObjectID, error)
	// Tables are the tables of a link's environment, which are read by the service's own rights, each time anew.
	Tables func(ctx context.Context, link insights.DataverseLink) (relation.Tables, error)
	// Authority is where callers without a token are sent for one.
	Authority string
	Clock     func() time.Time
	Logger    *slog.Logger
}

// Service answers the Web API of the organisations that share data. It is safe for concurrent use.
type Service struct{ o ServiceOptions }

// NewService returns a service.
func NewService(o ServiceOptions) *Service { return &Service{o} }

// Codes of errors, as the Web API has them.
const (
	codeNoPrivilege errs.Code = "0x80040220" // PrivilegeDenied
	codeNotMember   errs.Code = "0x80072560" // the user is not a member of the organization
	codeNoSegment   errs.Code = "0x8006088a" // ResourceDoesNotExists
)

// pageSize is the most rows of a page of the Web API ("Page results").
const pageSize = 5000

// versions of the Web API's path that are answered alike.
var versions = []string{"v9.0", "v9.1", "v9.2"}

const apiPath = "/api/data/"

// ServeHTTP implements http.Handler.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := s.serve(w, r); err != nil {
		if errs.Is(err, errs.Internal) || errs.Is(err, errs.Other) {
			s.o.Logger.ErrorContext(r.Context(), "Dataverse", "path", r.URL.Path, "error", err)
		}
		odata.Fail(w, err)
	}
}

func (s *Service) serve(w http.ResponseWriter, r *http.Request) error {
	link, err := s.organization(r.Host)
	if err != nil {
		return err
	}
	caller, err := s.authenticate(w, r, link)
	if err != nil {
		return err
	}
	rest, ok := strings.CutPrefix(r.URL.EscapedPath(), apiPath)
	version, below, _ := strings.Cut(rest, "/")
	if !ok || !slices.Contains(versions, version) {
		return errs.E(errs.NotFound, codeNoSegment, "Resource not found for the segment '"+strings.TrimPrefix(r.URL.Path, "/")+"'.")
	}
	path := apiPath + version + "/"
	base := "https://" + r.Host + path
	if name, _, _ := strings.Cut(below, "("); name == "WhoAmI" {
		return whoAmI(w, base, link, caller)
	}
	tables, err := s.o.Tables(r.Context(), link)
	if err != nil {
		return refused(err)
	}
	service := odata.Service{
		Source: authorised{relation.New(relation.Options{
			Tables: tables, Clock: s.o.Clock, Namespace: "Microsoft.Dynamics.CRM", Show: show, FoldCase: true,
		})},
		Base: base, Path: path, PageSize: pageSize, NoSkip: true,
		ReadOnly: errs.E(errs.Permission, codeNoPrivilege, "Principal user (Id="+string(caller)+") is missing "+privilege(r)+" privilege: the tables of Customer Insights can be read only."),
		Log: func(ctx context.Context, err error) {
			s.o.Logger.ErrorContext(ctx, "Dataverse", "path", r.URL.Path, "error", err)
		},
	}
	service.ServeHTTP(w, r)
	return nil
}

// organization finds the one that a request is for by its host. On loopback the only one may be meant.
func (s *Service) organization(host string) (insights.DataverseLink, error) {
	links, err := s.o.Links()
	if err != nil {
		return insights.DataverseLink{}, err
	}
	links = slices.DeleteFunc(links, func(l insights.DataverseLink) bool { return !l.DataSharing })
	for _, l := range links {
		if u, err := url.Parse(l.Organization.URL); err == nil && (strings.EqualFold(u.Host, host) || strings.EqualFold(u.Hostname(), hostname(host))) {
			return l, nil
		}
	}
	if name := hostname(host); len(links) == 1 && (name == "localhost" || net.ParseIP(name).IsLoopback()) {
		return links[0], nil
	}
	return insights.DataverseLink{}, errs.E(errs.NotFound, errs.Item(host), "no organization of this address shares data")
}

func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return strings.Trim(host, "[]")
}

// authenticate tells who calls. Only members of the reader group are in the organisation, as of now: whoever leaves the group
// is refused from the next request on.
func (s *Service) authenticate(w http.ResponseWriter, r *http.Request, link insights.DataverseLink) (access.ObjectID, error) {
	token, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	err := errs.E(errs.Unauthorized, "the request has no access token")
	var caller access.ObjectID
	if isBearer {
		caller, err = s.o.Verify(r.Context(), token, link.Organization.URL)
	}
	if errs.Is(err, errs.Unauthorized) {
		w.Header().Set("WWW-Authenticate", "Bearer authorization_uri="+s.o.Authority+"/oauth2/authorize, resource_id="+link.Organization.URL+"/")
	}
	if err != nil {
		return "", err
	}
	identifier, err := sharing.ParseIdentifier(link.PermissionsIdentifier)
	if err != nil {
		return "", errs.E(errs.Corrupt, err)
	}
	groups, err := s.o.Groups(r.Context(), caller)
	if err != nil {
		return "", errs.E(errs.Unavailable, "the directory cannot be asked who is in the reader group", err)
	}
	if !slices.Contains(groups, identifier.Reader) {
		return "", errs.E(errs.Permission, codeNotMember, "The user is not a member of the organization.",
			errs.Hint("add it to the reader group: ownlake dataverse join "+string(caller)))
	}
	return caller, nil
}

func whoAmI(w http.ResponseWriter, base string, link insights.DataverseLink, caller access.ObjectID) error {
	return odata.WriteJSON(w, map[string]string{
		"@odata.context": base + "$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse", "UserId": string(caller), "OrganizationId": link.Organization.ID,
	})
}

// privilege is what a request would take that changes something.
func privilege(r *http.Request) string {
	verb := map[string]string{http.MethodPost: "Create", http.MethodDelete: "Delete"}[r.Method]
	if verb == "" {
		verb = "Write"
	}
	set, _, _ := strings.Cut(r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:], "(")
	return "prv" + verb + strings.TrimSuffix(set, "s")
}

// authorised is a source whose refusals by the lake are told as such.
type authorised struct{ source *relation.Source }

// Model implements [odata.Source].
func (a authorised) Model(ctx context.Context) (*odata.Model, error) {
	m, err := a.source.Model(ctx)
	return m, refused(err)
}

// Read implements [odata.Source].
func (a authorised) Read(ctx context.Context, q odata.Query) (odata.Result, error) {
	result, err := a.source.Read(ctx, q)
	return result, refused(err)
}

// refused tells, in the product's words, that the lake does not let the service read.
func refused(err error) error {
	if errs.Is(err, errs.Permission) || errs.Is(err, errs.Unauthorized) {
		return errs.E(errs.Permission, errs.CodeOf(err), sharing.Unauthorized, err)
	}
	return err
}

// show is how tables are named in Dataverse (reference Dataverse, section 3): with the prefix msdynci_, in lower case. The key
// of a row is a GUID that follows from the customer's id.
func show(s insights.Snapshot) (relation.Shown, bool) {
	if s.Process != insights.Merge || s.Table != insights.CustomerTable {
		return relation.Shown{}, false
	}
	const key = "msdynci_customerprofileid"
	return relation.Shown{
		Set: "msdynci_customerprofiles", Type: "msdynci_customerprofile", Key: key,
		Column: func(name string) string { return "msdynci_" + strings.ToLower(name) },
		Computed: []relation.Computed{{
			Name: key, Type: odata.GUID, SQL: `regexp_replace("CustomerId", '^(.{8})(.{4})(.{4})(.{4})(.{12})$', '\1-\2-\3-\4-\5')`,
		}},
	}, true
}
