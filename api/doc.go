// Package api is ownlake over HTTP: the routes under /api/v1, described by OpenAPI 3.1, and the [Client] that
// calls them, over a network or in the same process ([InProcess]).
//
// It knows HTTP, who may call (one bearer token, from loopback hosts or those allowed), and how kinds of errors
// become problem documents (RFC 9457, problem.go) and back. The routes are one line each in routes.go; what they
// do is behind the interfaces of services.go. The package knows no catalog, pipeline, store or engine.
package api
