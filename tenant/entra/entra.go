// Package entra signs the tenant's users and applications in, as Microsoft Entra ID does: OpenID and instance
// discovery, signing keys, the authorization, device code and token endpoints of version 2, and the token endpoint of
// version 1 that some clients still ask for.
//
// Who there is, and by which password, secret or certificate, is package directory's; what a token's holder may do is
// decided by whoever takes the token. [Service.Verify] is how the other parts of the tenant take one: it looks the
// principal up again, so that roles and groups count as they are now and not as they were when the token was made.
// Anybody else verifies tokens as those of any OpenID issuer.
//
// Tokens carry the claims of Entra's own ("Access token claims reference"). Those for Microsoft's resources (Graph,
// Resource Manager, storage) have version 1, from either endpoint, as they have there. Errors have the form and the
// codes (AADSTS…) that client libraries read.
//
// Authorization codes and device codes live in memory, as they last minutes; sign-ins that refresh tokens go on with are
// records of the state. Of secrets only hashes are kept; the keys that sign tokens are encrypted. Wrong passwords and
// secrets are counted, and after too many the answer is the same whether the next is right or not.
package entra

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/tenant/directory"
	"github.com/ownlake/ownlake/tenant/state"
)

// Options configure a service. All but Logger and Storage are required.
type Options struct {
	Directory *directory.Directory
	State     *state.Store
	// BaseURL is where the service is reached, such as https://127.0.0.1:10006. It is the issuer's beginning, and
	// Graph and Resource Manager are reached and named as audiences by it, too.
	BaseURL string
	// Storage has further addresses of storage accounts, which tokens may be asked for by.
	Storage []string
	// Organizations are the addresses of Dataverse organisations, which tokens for Dataverse are asked for by. Nil is none.
	Organizations func() []string
	Clock         func() time.Time
	// Logger is told of sign-ins and of failures. Nil is silent.
	Logger *slog.Logger
}

// Service is the tenant's sign-in service. It is safe for concurrent use.
type Service struct {
	directory *directory.Directory
	tenant    directory.Tenant
	base      string // without a slash at the end
	clock     func() time.Time
	logger    *slog.Logger
	keys      *keyRing
	resources []resource
	// organizations are addresses of Dataverse, and may change at any time.
	organizations func() []string
	sessions      *sessions
	codes         *codes
	failures      *limiter
	mux           *http.ServeMux
}

// New returns the service of a directory's tenant.
func New(o Options) (*Service, error) {
	const op errs.Op = "entra.New"
	base := strings.TrimSuffix(o.BaseURL, "/")
	if u, err := url.Parse(base); err != nil || u.Host == "" || u.Path != "" {
		return nil, errs.E(op, errs.Invalid, errs.Item(o.BaseURL), "not the address of a tenant", errs.Hint("use https://HOST:PORT"))
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Service{
		directory: o.Directory, tenant: o.Directory.Tenant(), base: base, clock: o.Clock, logger: o.Logger,
		resources: resources(base, o.Storage), organizations: o.Organizations, codes: newCodes(o.Clock), failures: newLimiter(o.Clock),
	}
	var err error
	if s.keys, err = openKeys(o.State, o.Clock); err != nil {
		return nil, errs.E(op, err)
	}
	if s.sessions, err = openSessions(o.State, o.Clock); err != nil {
		return nil, errs.E(op, err)
	}
	s.mux = s.routes()
	return s, nil
}

// routes has one line for each address.
func (s *Service) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /common/discovery/instance", s.instanceDiscovery)
	mux.HandleFunc("GET /common/userrealm/{user}", s.userRealm)
	mux.HandleFunc("GET /common/UserRealm/{user}", s.userRealm)
	mux.HandleFunc("GET /{tenant}/v2.0/.well-known/openid-configuration", s.openIDConfiguration)
	mux.HandleFunc("GET /{tenant}/.well-known/openid-configuration", s.openIDConfiguration)
	mux.HandleFunc("GET /{tenant}/discovery/v2.0/keys", s.publishKeys)
	mux.HandleFunc("GET /{tenant}/discovery/keys", s.publishKeys)
	mux.HandleFunc("/{tenant}/oauth2/v2.0/token", s.token)
	mux.HandleFunc("/{tenant}/oauth2/token", s.token)
	mux.HandleFunc("/{tenant}/oauth2/v2.0/devicecode", s.deviceCode)
	mux.HandleFunc("GET /{tenant}/oauth2/v2.0/authorize", s.authorize)
	mux.HandleFunc("POST /{tenant}/login", s.login)
	mux.HandleFunc("GET /devicelogin", s.devicePage)
	mux.HandleFunc("POST /devicelogin", s.deviceLogin)
	mux.HandleFunc("GET /{tenant}/oauth2/v2.0/logout", s.logout)
	mux.HandleFunc("GET /password", s.passwordPage)
	mux.HandleFunc("POST /password", s.changePassword)
	return mux
}

// ServeHTTP answers requests to the addresses of this service.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store, no-cache")
	w.Header().Set("Pragma", "no-cache")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("x-ms-request-id", uuid.NewString())
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	s.mux.ServeHTTP(w, r)
}

// maxBody bounds what is read of a request. Client assertions with a chain of certificates are the largest.
const maxBody = 64 << 10

// TenantID is the id of the tenant that the service signs in to.
func (s *Service) TenantID() string { return s.tenant.ID }

// Issuer is the issuer of the tenant's tokens of version 2, below which its discovery document is.
func (s *Service) Issuer() string { return s.base + "/" + s.tenant.ID + "/v2.0" }

// IssuerV1 is the issuer of tokens of version 1, as those for storage are.
func (s *Service) IssuerV1() string { return s.base + "/" + s.tenant.ID + "/" }

// authority tells whether the path's tenant is ours, and whether it stands for any ("common").
func (s *Service) authority(name string) (ours, anyTenant bool) {
	switch lower := strings.ToLower(name); lower {
	case "common", "organizations":
		return true, true
	case s.tenant.ID, s.tenant.Domain:
		return true, false
	}
	return false, false
}
