package api

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
)

// need is what a route asks of its caller. It is said beside each route in routes.go, and this file is the only place
// where it is decided.
type need struct {
	anybody bool          // also who has not signed in
	role    insights.Role // in the environment of the path; on the server where the path has none
}

// What routes need. Who has signed in needs no role for what is his own.
var (
	anybody       = need{anybody: true}
	signedIn      = need{}
	viewer        = need{role: insights.Viewer}
	contributor   = need{role: insights.Contributor}
	administrator = need{role: insights.Administrator}
	owner         = need{role: insights.Owner}
)

// String names it for the description of the API.
func (n need) String() string {
	switch {
	case n.anybody:
		return "anybody"
	case n.role == "":
		return "signed in"
	}
	return string(n.role)
}

// check is the middleware that lets nobody to a handler who may not. It comes before parameters and bodies are read.
func (o Options) check(n need) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		if p := o.refusal(requestOf(ctx.Context()).caller, n, insights.EnvironmentID(ctx.Param("environment"))); p != nil {
			if p.Status == http.StatusUnauthorized {
				ctx.SetHeader("WWW-Authenticate", "Bearer")
			}
			p.respond(ctx)
			return
		}
		next(ctx)
	}
}

// refusal is the problem of a caller who may not, or nil.
func (o Options) refusal(c caller, n need, env insights.EnvironmentID) *Problem {
	switch {
	case n.anybody:
		return nil
	case !c.known():
		return unauthorized("nobody has signed in")
	case n.role == "":
		return nil
	}
	where := "environment " + string(env)
	if env == "" {
		env, where = insights.AllEnvironments, "this server"
	}
	if have := o.roleIn(c, env); !have.Includes(n.role) {
		as := "you have no role there"
		if have != "" {
			as = "you are its " + string(have)
		}
		return newProblem(errs.E(errs.Permission, errs.Code("RoleRequired"), errs.Item(where), "this needs the role "+string(n.role)+"; "+as,
			errs.Hint("ask an administrator of it for the role")))
	}
	return nil
}
