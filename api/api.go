package api

import (
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"

	"github.com/ownlake/ownlake/api/audit"
	"github.com/ownlake/ownlake/api/idempotency"
	"github.com/ownlake/ownlake/errs"
)

// BasePath is where the routes begin.
const BasePath = "/api/v1"

// Options are what an API is made of. All but Hosts and URL are required.
type Options struct {
	Services Services
	Access   Access
	// Token is what commands on the same machine send as "Authorization: Bearer <token>".
	Token string
	// URL is where browsers reach the app, such as https://insights.contoso.example; empty: where they say they do.
	URL string
	// Hosts are the names, besides those of the loopback, under which the API may be called. A request with another
	// Host header is refused: a page on the internet can make a browser call a loopback address by a name
	// of its own (DNS rebinding).
	Hosts   []string
	Version string // of ownlake
	Clock   func() time.Time
	// Audit is where changes are logged.
	Audit *audit.Log
	// About says what this server is.
	About func() About
	// Locate reads a location of a data source.
	Locate func(location string) (Place, error)
	// SourceFolders are those whose files also others than administrators of the server may make data sources of.
	SourceFolders []string
	// Answers are kept of requests that bear an Idempotency-Key.
	Answers *idempotency.Answers
	Logger  *slog.Logger

	limiter *limiter
}

// New returns the handler of everything below [BasePath]. It is safe for concurrent use.
func New(o Options) http.Handler {
	handler, _ := newAPI(o)
	return handler
}

func newAPI(o Options) (http.Handler, huma.API) {
	useProblems()
	o.limiter = newLimiter(o.Clock)
	router := chi.NewRouter()
	router.Use(protect, o.allowHost, o.authenticate, o.once)
	router.NotFound(func(w http.ResponseWriter, r *http.Request) {
		newProblem(errs.E(errs.NotFound, errs.Item(r.URL.Path), "there is no such route", errs.Hint(BasePath+"/openapi.json lists the routes"))).write(w)
	})
	router.MethodNotAllowed(func(w http.ResponseWriter, r *http.Request) {
		p := newProblem(errs.E(errs.Invalid, errs.Item(r.URL.Path), "the route does not take "+r.Method))
		p.Status, p.Title = http.StatusMethodNotAllowed, http.StatusText(http.StatusMethodNotAllowed)
		p.write(w)
	})
	config := huma.DefaultConfig("ownlake", o.Version)
	config.Info.Description = "Environments, their definitions, runs and tables. Failures are problem documents (RFC 9457)."
	config.OpenAPIPath = BasePath + "/openapi"
	config.DocsPath, config.SchemasPath = "", "" // the pages for them load scripts from the internet
	config.CreateHooks = nil                     // no $schema in answers
	config.RejectUnknownQueryParameters = true
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token":   {Type: "http", Scheme: "bearer", Description: "An API token, an access token of the tenant for this app, or the token of server.json in the data folder"},
		"session": {Type: "apiKey", In: "cookie", Name: SessionCookie, Description: "The session of a browser; changes bear the header " + CSRFHeader + " too"},
	}
	config.Security = []map[string][]string{{"token": {}}, {"session": {}}}
	api := humachi.New(router, config)
	(&routes{o: o, api: api}).register()
	return router, api
}

// protect sets what every answer has: it is no page, is of nobody else's concern, and changes with every caller.
func protect(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "private, no-cache")
		next.ServeHTTP(w, r)
	})
}

// allowHost refuses requests that name a host which is not ours.
func (o Options) allowHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !o.hostAllowed(r.Host) {
			newProblem(errs.E(errs.Permission, errs.Item(r.Host), "the API does not answer to this host name",
				errs.Hint("call it by 127.0.0.1 or localhost, or start the server with this name allowed"))).write(w)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (o Options) hostAllowed(hostport string) bool {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = hostport
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback() || slices.Contains(o.Hosts, host)
}
