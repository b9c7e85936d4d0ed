package arm

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/tenant/resources"
)

// Caller is who a token is of.
type Caller struct {
	access.Principal
	// Name is the user principal name or the application id, for messages.
	Name string
	Kind resources.PrincipalType
	// GlobalAdministrator may give himself access to everything, see elevate_access.go.
	GlobalAdministrator bool
}

// Directory knows the principals of the tenant.
type Directory interface {
	// Principal says what an object id is of. It is NotFound where the directory has none.
	Principal(ctx context.Context, id access.ObjectID) (resources.PrincipalType, error)
	// Groups returns the groups that a principal is in, nested ones included.
	Groups(ctx context.Context, id access.ObjectID) ([]access.ObjectID, error)
}

// Endpoints are where clients reach an account, with a slash at their ends.
type Endpoints struct{ Blob, DFS string }

// Lakes are the lakes of the storage accounts.
type Lakes interface {
	// Use returns the lake of an account, and makes an empty one where there is none. It stays open until done is called.
	// It is Unavailable where accounts have no lakes.
	Use(ctx context.Context, a resources.Account) (l lake.Service, done func(), err error)
	// Remove removes the lake of an account with all that it holds. It is a Conflict where something needs it.
	Remove(ctx context.Context, a resources.Account) error
	Endpoints(account string) Endpoints
}

// Tenant describes the directory.
type Tenant struct{ ID, DisplayName, DefaultDomain string }

// Cloud is where the other services of the cloud are, for clients that ask for it ("az cloud register").
type Cloud struct {
	Name string
	// Login is the authority, Graph is Microsoft Graph, Manager is this server. All without a slash at their ends.
	Login, Graph, Manager string
	StorageSuffix         string // such as "core.windows.net"
}

// Options configure a handler. All fields but Logger are required.
type Options struct {
	Resources *resources.Resources
	// Authenticate says who a bearer token is of. Its error is of kind Unauthorized, with a code such as
	// "InvalidAuthenticationToken" or "ExpiredAuthenticationToken".
	Authenticate func(ctx context.Context, token string) (Caller, error)
	Directory    Directory
	Lakes        Lakes
	Tenant       Tenant
	Cloud        Cloud
	Clock        func() time.Time
	// Logger gets a debug line for each request and an error line for each failure of ours. Nil is silent.
	Logger *slog.Logger
}

type handler struct{ Options }

// New returns a handler of Resource Manager. It is safe for concurrent use.
func New(o Options) http.Handler {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &handler{o}
}

// maxBody is more than any request has that is served here.
const maxBody = 1 << 20

// ServeHTTP answers one request.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := h.Clock()
	id := uuid.NewString()
	setCommonHeaders(w.Header(), r, id)
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	a, err := h.answer(r)
	if err != nil {
		a = h.failure(r, err)
	}
	a.write(w, r)
	level := slog.LevelDebug
	if a.status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	attrs := []slog.Attr{
		slog.String("method", r.Method), slog.String("path", r.URL.EscapedPath()), slog.Int("status", a.status),
		slog.String("request", id), slog.Duration("took", h.Clock().Sub(start)),
	}
	if err != nil {
		attrs = append(attrs, slog.String("error", err.Error()), slog.Any("trail", errs.Trail(err)))
	}
	h.Logger.LogAttrs(r.Context(), level, "resource manager", attrs...)
}

func (h *handler) answer(r *http.Request) (answer, error) {
	if isMetadata(r) {
		return h.metadata(r)
	}
	segments, err := splitPath(r.URL.EscapedPath())
	if err != nil {
		return answer{}, err
	}
	caller, err := h.authenticate(r)
	if err != nil {
		return answer{}, err
	}
	if err := checkVersion(r.URL.Query()); err != nil {
		return answer{}, err
	}
	req := &request{Request: r, caller: caller, held: h.Resources.Held(caller.Principal), version: r.URL.Query().Get("api-version")}
	op, err := route(req, segments)
	if err != nil {
		return answer{}, err
	}
	if err := h.authorize(req, op); err != nil {
		return answer{}, err
	}
	defer req.done()
	return op.serve(h, req)
}

// setCommonHeaders writes what every answer carries.
func setCommonHeaders(header http.Header, r *http.Request, id string) {
	correlation := r.Header.Get("X-Ms-Correlation-Request-Id")
	if correlation == "" || len(correlation) > 1024 {
		correlation = id
	}
	header.Set("X-Ms-Request-Id", id)
	header.Set("X-Ms-Correlation-Request-Id", correlation)
	if sent := r.Header.Get("X-Ms-Client-Request-Id"); sent != "" && len(sent) <= 1024 && r.Header.Get("X-Ms-Return-Client-Request-Id") == "true" {
		header.Set("X-Ms-Client-Request-Id", sent)
	}
	header.Set("Cache-Control", "no-cache")
	header.Set("Pragma", "no-cache")
	header.Set("Expires", "-1")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Server", "ownlake")
}
