package api

import (
	"crypto/sha256"
	"crypto/subtle"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"

	"github.com/ownlake/ownlake/errs"
)

// BasePath is where the routes begin.
const BasePath = "/api/v1"

// Options are what an API is made of. All but Hosts are required.
type Options struct {
	Services Services
	// Token is what callers must send as "Authorization: Bearer <token>".
	Token string
	// Hosts are the names, besides those of the loopback, under which the API may be called. A request with another
	// Host header is refused: a page on the internet can make a browser call a loopback address by a name
	// of its own (DNS rebinding).
	Hosts   []string
	Version string // of ownlake
	Logger  *slog.Logger
}

// New returns the handler of everything below [BasePath]. It is safe for concurrent use.
func New(o Options) http.Handler {
	handler, _ := newAPI(o)
	return handler
}

func newAPI(o Options) (http.Handler, huma.API) {
	useProblems()
	router := chi.NewRouter()
	router.Use(o.allowHost, o.authenticate)
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
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"token": {Type: "http", Scheme: "bearer"}}
	config.Security = []map[string][]string{{"token": {}}}
	api := humachi.New(router, config)
	(&routes{o: o, api: api}).register()
	return router, api
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

// authenticate refuses requests without the token, in a time that does not depend on what was sent. The
// description of the API is for everyone.
func (o Options) authenticate(next http.Handler) http.Handler {
	want := sha256.Sum256([]byte(o.Token))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		got := sha256.Sum256([]byte(token))
		known := subtle.ConstantTimeCompare(got[:], want[:]) == 1 && isBearer && o.Token != ""
		if !known && !strings.HasPrefix(r.URL.Path, BasePath+"/openapi") {
			p := newProblem(errs.E(errs.Unauthorized, "the request has no valid token",
				errs.Hint("send Authorization: Bearer with the token of server.json in the data folder")))
			p.Status, p.Title = http.StatusUnauthorized, http.StatusText(http.StatusUnauthorized)
			w.Header().Set("WWW-Authenticate", "Bearer")
			p.write(w)
			return
		}
		next.ServeHTTP(w, r)
	})
}
