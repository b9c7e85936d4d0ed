// Package api is ownlake over HTTP: the routes under /api/v1, described by OpenAPI 3.1, and the [Client] that
// calls them.
//
// It knows HTTP, who may call (one bearer token, loopback hosts), and how kinds of errors become problem
// documents (RFC 9457). What the routes do is behind the interfaces of services.go; the package knows no
// catalog, pipeline, store or engine.
package api
