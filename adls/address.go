package adls

import (
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/ownlake/ownlake/adls/bearer"
	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// request is an HTTP request with what its address says.
type request struct {
	*http.Request
	endpoint wire.Endpoint
	// guessed says that nothing in the request named the endpoint, so the answer serves both.
	guessed   bool
	pathStyle bool
	// verb is the method meant, which the JDK's HTTP library hides in a header where it is PATCH.
	verb  string
	query map[string]string // by lower-case name, first value
	sent  wire.SentNames
	body  *body
	right
	identity *bearer.Identity // whose token it is; nil without one
	// public is set on a request of nobody in particular, which reads what is open to everybody.
	public lake.PublicAccess
	// mustBeNew says that the callers may make the path and not replace it; newOnly, that this or the grant, and not
	// the client, asks that nothing be there.
	mustBeNew, newOnly bool

	fsName, pathName string // as sent, decoded
	fs               lake.Filesystem
	path             lake.Path
}

func equalFold(a, b string) bool { return strings.EqualFold(a, b) }

// parseAddress tells account, endpoint, filesystem and path. Host-style addresses are
// account.dfs.<suffix> and account.blob.<suffix>; all others are path-style, with the account first.
func (h *handler) parseAddress(r *http.Request) (*request, error) {
	req := &request{Request: r, verb: r.Method, query: parseQuery(r.URL.RawQuery)}
	if o := r.Header.Get("X-Http-Method-Override"); o != "" && (r.Method == http.MethodPut || r.Method == http.MethodPost) {
		req.verb = strings.ToUpper(o)
	}
	account, hostEndpoint := parseHost(r.Host)
	req.pathStyle = hostEndpoint == wire.Unknown
	req.endpoint = req.namedEndpoint()
	if req.endpoint == wire.Unknown {
		req.endpoint = hostEndpoint
	}
	if req.endpoint == wire.Unknown {
		req.endpoint, req.guessed = h.Default, true
	}

	rest := strings.TrimPrefix(r.URL.EscapedPath(), "/")
	if req.pathStyle {
		account, rest, _ = strings.Cut(rest, "/")
	}
	if req.pathStyle && account != h.Account && r.Header.Get("X-Ms-Rename-Source") != "" {
		// The C++ and JavaScript SDKs drop the account from the address that they rename to.
		account, rest = h.Account, strings.TrimPrefix(r.URL.EscapedPath(), "/")
	}
	fs, path, _ := strings.Cut(rest, "/")
	var err error
	for _, part := range []struct {
		raw  string
		into *string
	}{{account, &account}, {fs, &req.fsName}, {path, &req.pathName}} {
		if *part.into, err = url.PathUnescape(part.raw); err != nil {
			return req, errs.E(errs.Invalid, lake.CodeInvalidURI, "the path is not percent-encoded properly")
		}
	}
	if account != h.Account {
		return req, errs.E(errs.NotFound, wire.CodeResourceNotFound, errs.Item(account), "the account is not served here",
			errs.Hint("check the account name in the address; path-style addresses begin with it"))
	}
	return req, nil
}

// AccountOf tells which account a request addresses; "" for one that cannot be told. It is for servers of several
// accounts, each with a handler of its own.
func AccountOf(r *http.Request) string {
	account, endpoint := parseHost(r.Host)
	if endpoint != wire.Unknown {
		return account
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.EscapedPath(), "/"), "/")
	account, err := url.PathUnescape(first)
	if err != nil {
		return ""
	}
	return account
}

// parseHost tells the account and endpoint of a host-style address.
func parseHost(host string) (account string, e wire.Endpoint) {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	account, rest, _ := strings.Cut(strings.ToLower(host), ".")
	switch {
	case strings.HasPrefix(rest, "dfs."):
		return account, wire.DFS
	case strings.HasPrefix(rest, "blob."):
		return account, wire.Blob
	}
	return "", wire.Unknown
}

// namedEndpoint tells the endpoint by parameters and headers that only one of them has. They go before the
// host, as SDKs send blob requests to dfs addresses that they do not recognise as such.
func (req *request) namedEndpoint() wire.Endpoint {
	has := func(names ...string) bool {
		for _, n := range names {
			if _, ok := req.query[n]; ok {
				return true
			}
		}
		return false
	}
	h := req.Header
	switch {
	case has("resource", "action", "recursive", "upn"), req.verb == http.MethodPatch, req.verb == http.MethodPost && !has("comp"),
		h.Get("X-Ms-Rename-Source") != "":
		return wire.DFS
	case has("comp", "restype", "snapshot", "versionid"), h.Get("X-Ms-Blob-Type") != "", h.Get("X-Ms-Copy-Source") != "",
		h.Get("X-Ms-Delete-Snapshots") != "":
		return wire.Blob
	}
	return wire.Unknown
}

// parseQuery decodes a query. A semicolon is a character like others here, unlike in net/url.
func parseQuery(raw string) map[string]string {
	q := map[string]string{}
	for pair := range strings.SplitSeq(raw, "&") {
		name, value, _ := strings.Cut(pair, "=")
		name, value = strings.ToLower(unescape(name)), unescape(value)
		if _, ok := q[name]; !ok && name != "" {
			q[name] = value
		}
	}
	return q
}

func unescape(s string) string {
	if u, err := url.QueryUnescape(s); err == nil {
		return u
	}
	return s
}

// parseNames checks the names in the address against the service's rules.
func (req *request) parseNames() error {
	var err error
	if req.fsName != "" {
		if req.fs, err = lake.ParseFilesystem(req.fsName); err != nil {
			return err
		}
	}
	req.path, err = lake.ParsePath(req.pathName)
	return err
}

// serviceURL is the address of the account as the client wrote it, with a slash at the end.
func (req *request) serviceURL() string {
	scheme := "http"
	if wire.OverTLS(req.Request) {
		scheme = "https"
	}
	u := scheme + "://" + req.Host + "/"
	if req.pathStyle {
		account, _, _ := strings.Cut(strings.TrimPrefix(req.URL.EscapedPath(), "/"), "/")
		u += account + "/"
	}
	return u
}
