package api

import "net/http"

// Guard lets requests to another handler of the app through as those to the API itself: by the same names of hosts, and from
// the same callers.
func Guard(o Options, next http.Handler) http.Handler { return o.allowHost(o.authenticate(next)) }
