package api

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/ownlake/ownlake/api/permission"
	"github.com/ownlake/ownlake/api/session"
	"github.com/ownlake/ownlake/api/signin"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
)

// Access is who may call, and how callers prove who they are. Sessions, Tokens, Links and Permissions are required.
type Access struct {
	Sessions    *session.Sessions
	Tokens      *session.Tokens
	Links       *session.Links
	Permissions *permission.Assignments
	// SignIn is the sign-in by OpenID Connect; nil where none is configured.
	SignIn *signin.Flow
	// Bearer verifies access tokens of the tenant that are for this app; nil takes none. One that is not good is
	// Unauthorized.
	Bearer func(ctx context.Context, token string) (signin.Claims, error)
	// Directory looks principals up; nil knows nobody.
	Directory Directory
}

// Directory is the tenant's, as far as it can be asked.
type Directory interface {
	// Groups are the groups of a user or an application now, by object id, also those by way of other groups. known is
	// false where the directory does not know of the principal's; enabled is false for one who may not sign in any more.
	Groups(ctx context.Context, principal string) (groups []string, known, enabled bool)
	// Search finds principals by the beginning of a name or an address, or by object id.
	Search(ctx context.Context, text string, limit int) ([]insights.Principal, error)
}

// machine is who has the data folder's own token.
var machine = insights.Principal{Kind: insights.MachinePrincipal, ID: "machine", Name: "Administrator of this server"}

// Ways in which a caller has proved who it is.
const (
	byMachine = "machine"
	bySession = "session"
	byToken   = "token"
	byBearer  = "bearer"
)

// caller is who sent a request. The zero value is nobody.
type caller struct {
	principal insights.Principal
	ids       []string // its own and those of its groups
	by        string
	role      insights.Role          // the most it may have; empty: no limit
	only      insights.EnvironmentID // the only one it may reach; empty: all
	session   session.Session        // where it came by one
	secret    string                 // of the session
	token     string                 // id of the API token
}

func (c caller) known() bool { return c.principal.ID != "" }

// request is what handlers need to know of who called, and from where.
type request struct {
	caller caller
	from   string
	agent  string
	secure bool // that the browser came by TLS

	ifMatch, ifNoneMatch string
	body                 io.Reader
	change               *change // what is logged of it; nil where nothing is
}

type requestKey struct{}

func requestOf(ctx context.Context) request {
	r, _ := ctx.Value(requestKey{}).(request)
	return r
}

// SessionCookie is the cookie of sessions over http on loopback; over https it has the prefix __Host-, which browsers take
// only from the host itself and only with TLS.
const SessionCookie = "ownlake_session"

func sessionCookie(secure bool) string {
	if secure {
		return "__Host-" + SessionCookie
	}
	return SessionCookie
}

// CSRFHeader is what pages send along with changes: the token that GET /me gives.
const CSRFHeader = "X-CSRF-Token"

// authenticate finds out who calls. Credentials that are not good are refused, also where none are needed: who sends some
// wants to know. A request without any is let through as nobody's.
func (o Options) authenticate(next http.Handler) http.Handler {
	crossOrigin := http.NewCrossOriginProtection()
	for _, host := range o.Hosts {
		// A proxy may change the Host that requests bear and not their Origin.
		_ = crossOrigin.AddTrustedOrigin("https://" + host) // a host that is none has no origin
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		in := request{from: remote(r), agent: printableAgent(r.UserAgent()), secure: o.secure(r)}
		in.ifMatch, in.ifNoneMatch = r.Header.Get("If-Match"), r.Header.Get("If-None-Match")
		in.body = r.Body
		if !o.limiter.allow(in.from) {
			tooMany().write(w)
			return
		}
		if err := crossOrigin.Check(r); err != nil {
			newProblem(errs.E(errs.Permission, errs.Code("CrossOrigin"), "the request comes from a page of another origin")).write(w)
			return
		}
		var p *Problem
		if in.caller, p = o.callerOf(r, in.secure); p != nil {
			if p.Status == http.StatusUnauthorized {
				o.limiter.failed(in.from)
				w.Header().Set("WWW-Authenticate", "Bearer")
			}
			p.write(w)
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestKey{}, in)))
	})
}

// secure reports whether the browser's side of the connection has TLS.
func (o Options) secure(r *http.Request) bool {
	return r.TLS != nil || strings.HasPrefix(o.URL, "https://")
}

func remote(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// printableAgent bounds what a browser says of itself, for lists of sessions and the audit log.
func printableAgent(agent string) string {
	agent = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, agent)
	return agent[:min(len(agent), 200)]
}

func (o Options) callerOf(r *http.Request, secure bool) (caller, *Problem) {
	if header := r.Header.Get("Authorization"); header != "" {
		if _, password, isBasic := r.BasicAuth(); isBasic {
			header = "Bearer " + password // of programs that know nothing else: the user name does not matter
		}
		return o.bearerCaller(r.Context(), header)
	}
	cookie, err := r.Cookie(sessionCookie(secure))
	if err != nil {
		return caller{}, nil
	}
	s, ok := o.Access.Sessions.Use(cookie.Value)
	if !ok {
		return caller{}, nil // the page signs in again
	}
	c := caller{principal: s.Principal, by: bySession, session: s, secret: cookie.Value}
	// Whoever follows a link is somebody else from then on; the link's code is what no other page has.
	if isChange(r.Method) && r.URL.Path != BasePath+"/session/link" {
		want, got := session.CSRFToken(cookie.Value), r.Header.Get(CSRFHeader)
		if subtle.ConstantTimeCompare([]byte(want), []byte(got)) != 1 {
			return caller{}, newProblem(errs.E(errs.Permission, errs.Code("CSRF"), "the request does not bear the session's token",
				errs.Hint("send the header "+CSRFHeader+" with csrfToken of GET "+BasePath+"/me")))
		}
	}
	return o.withGroups(r.Context(), c, s.Groups)
}

func isChange(method string) bool {
	return method != http.MethodGet && method != http.MethodHead && method != http.MethodOptions
}

// bearerCaller finds whose a token is: the data folder's own, one that somebody made here, or one of the tenant. The time
// it takes does not depend on what was sent.
func (o Options) bearerCaller(ctx context.Context, header string) (caller, *Problem) {
	text, isBearer := strings.CutPrefix(header, "Bearer ")
	want, got := sha256.Sum256([]byte(o.Token)), sha256.Sum256([]byte(text))
	switch {
	case !isBearer:
	case subtle.ConstantTimeCompare(got[:], want[:]) == 1 && o.Token != "":
		return caller{principal: machine, by: byMachine}, nil
	case strings.HasPrefix(text, session.TokenPrefix):
		if t, ok := o.Access.Tokens.Use(text); ok {
			c := caller{principal: t.Principal, by: byToken, role: t.Role, only: t.Environment, token: t.ID}
			return o.withGroups(ctx, c, t.Groups)
		}
	case o.Access.Bearer != nil:
		claims, err := o.Access.Bearer(ctx, text)
		if errs.Is(err, errs.Unauthorized) {
			return caller{}, unauthorized("the token is not good: " + err.Error())
		}
		if err != nil {
			return caller{}, newProblem(err)
		}
		kind := insights.UserPrincipal
		if claims.Application {
			kind = insights.ApplicationPrincipal
		}
		c := caller{principal: insights.Principal{Kind: kind, ID: strings.ToLower(claims.ObjectID), Name: claims.Name}, by: byBearer}
		return o.withGroups(ctx, c, claims.Groups)
	}
	return caller{}, unauthorized("the request has no valid token")
}

// withGroups adds the groups as the directory has them now and, where it does not know, as the sign-in told.
func (o Options) withGroups(ctx context.Context, c caller, told []string) (caller, *Problem) {
	groups := told
	if o.Access.Directory != nil && c.principal.Kind != insights.MachinePrincipal {
		now, known, enabled := o.Access.Directory.Groups(ctx, c.principal.ID)
		if known && !enabled {
			return caller{}, unauthorized("the account is disabled or deleted")
		}
		if known {
			groups = now
		}
	}
	c.ids = append(slices.Clone(groups), c.principal.ID)
	return c, nil
}

// unauthorized is the problem of a caller who is not known. (An error of kind Unauthorized that comes from a handler is an
// account's refusal.)
func unauthorized(detail string) *Problem {
	p := newProblem(errs.E(errs.Unauthorized, detail,
		errs.Hint("sign in at "+BasePath+"/session/signin, or send Authorization: Bearer with an API token, or the token of server.json in the data folder")))
	p.Status, p.Title = http.StatusUnauthorized, http.StatusText(http.StatusUnauthorized)
	return p
}

// roleIn is the caller's role in an environment.
func (o Options) roleIn(c caller, env insights.EnvironmentID) insights.Role {
	switch {
	case !c.known() || c.only != "" && c.only != env:
		return ""
	}
	role := insights.Owner
	if c.principal.Kind != insights.MachinePrincipal {
		role = o.Access.Permissions.RoleOf(env, c.ids)
	}
	if c.role != "" {
		role = role.AtMost(c.role)
	}
	return role
}
