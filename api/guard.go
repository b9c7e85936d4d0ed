package api

import (
	"net/http"

	"github.com/ownlake/ownlake/insights"
)

// Guard lets requests to another handler of the app through as those to the API itself: by the same names of hosts, and from
// callers who have a role in the environment that the request is about.
func Guard(o Options, role insights.Role, environment func(*http.Request) insights.EnvironmentID, next http.Handler) http.Handler {
	o.limiter = newLimiter(o.Clock)
	allowed := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p := o.refusal(requestOf(r.Context()).caller, need{role: role}, environment(r)); p != nil {
			if p.Status == http.StatusUnauthorized {
				w.Header().Set("WWW-Authenticate", "Bearer")
				w.Header().Add("WWW-Authenticate", `Basic realm="ownlake: an API token is the password"`) // what Excel can do
			}
			p.write(w)
			return
		}
		next.ServeHTTP(w, r)
	})
	return protect(o.allowHost(o.authenticate(allowed)))
}
