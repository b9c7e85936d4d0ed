// Package adls serves a [lake.Service] over HTTP as an ADLS Gen2 account: the dfs endpoint (Data Lake Storage
// Gen2 REST) and the blob endpoint (Blob REST), both on every listener.
//
// The life of a request: [New]'s handler reads which account, endpoint, filesystem and path it addresses
// (address.go), checks who is calling (packages sharedkey, sas and bearer), finds the operation (route.go), checks that
// the caller may (authorize.go, and package access for principals: caller.go) and runs it (a file per operation, named after it). What requests and answers
// look like is package wire's; what happens to files is the store's. The package never imports a concrete store.
//
// Served: filesystems, paths and access control on dfs; containers with stored access policies and public access, blobs,
// copies within the account or from this machine, append blobs, snapshots, soft delete, index tags, tiers, batches and listings on blob; leases and expiry on both.
// What is not served is answered NotImplemented, never with a success that did not happen. Parameters that change
// nothing a caller can notice
// are ignored.
package adls

import (
	"errors"
	"log/slog"
	"net/http"
	"regexp"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// Options configure a handler. Store, Account, Key and Clock are required.
type Options struct {
	Store lake.Service
	// Account is the name of the account served; Key is its decoded key, by which user delegation keys are made, too.
	Account string
	Key     []byte
	// Rules, where there are any, take the place of Key in all that account keys sign, and of AllowPublicAccess.
	Rules Rules
	// Region is the cloud's name of the account's region, told in Get Account Information.
	Region string
	// AllowPublicAccess lets containers be opened to everybody, and what is open be read. Without it nothing is.
	AllowPublicAccess bool
	// Tokens and Roles let in principals of a tenant, who are judged by their roles at Scope, the account's resource
	// id, and by access control lists. Either both are nil, and bearer tokens are refused, or all three are there.
	Tokens Tokens
	Roles  Roles
	Scope  access.Scope
	// CopyFromLoopback lets copies read their source from other servers on this machine's loopback addresses, with the
	// signature in its URL. Without it, sources are blobs of this account. Who may write to the lake can then read what
	// answers there to anybody.
	CopyFromLoopback bool
	// UserPrincipalName, if not nil, finds what a user is called, for requests with upn=true. It must be quick, and safe for
	// concurrent use.
	UserPrincipalName func(access.ObjectID) (string, bool)
	// Default is the endpoint of requests that name none: a bare GET, HEAD or DELETE on a path-style
	// address. The zero value is [wire.Blob].
	Default wire.Endpoint
	// StallTimeout ends a request whose client neither sends nor takes a byte for so long; 0 never does.
	StallTimeout time.Duration
	Clock        func() time.Time
	// Logger gets a debug line for each request and an error line for each failure of ours. Nil is silent.
	Logger *slog.Logger
}

type handler struct {
	Options
	signers atomic.Pointer[credentials]
	sources *http.Client // reads copies' sources at other servers; nil reads none
}

// New returns a handler for one account. To keep the case of metadata names its server's listener must be
// wrapped ([wire.Listener]); without that names arrive in lower case. It is safe for concurrent use.
func New(o Options) http.Handler {
	if o.Default == wire.Unknown {
		o.Default = wire.Blob
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Rules == nil {
		o.Rules = fixed{keys: [][]byte{o.Key}, public: o.AllowPublicAccess}
	}
	h := &handler{Options: o}
	if o.CopyFromLoopback {
		h.sources = newSourceClient()
	}
	return h
}

// ServeHTTP answers one request.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := h.Clock()
	sent := wire.TakeSentNames(r)
	setCommonHeaders(w.Header(), r)
	timed := h.newTimedWriter(w, r)

	if r.Header.Get("Origin") != "" && h.cors(timed, r) {
		return
	}
	req, op, err := h.prepare(r)
	req.sent = sent
	if err == nil {
		err = h.serve(timed, req, op)
	}
	h.log(timed, req, op, start, err)
	if _, cut := errors.AsType[*cutShortError](err); cut {
		// Returning would end an answer of no announced length as if it were whole.
		panic(http.ErrAbortHandler)
	}
}

// prepare reads a request up to knowing the operation. The request it returns is good for an error answer
// even if there is an error.
func (h *handler) prepare(r *http.Request) (*request, operation, error) {
	req, err := h.parseAddress(r)
	if err != nil {
		return req, operation{}, err
	}
	if v := r.Header.Get("X-Ms-Version"); v != "" && !isVersion(v) {
		return req, operation{}, wire.BadHeader("x-ms-version", v, "a date such as "+wire.LatestVersion)
	}
	if err := h.checkReachable(r); err != nil {
		return req, operation{}, err
	}
	if err := h.authenticate(req); err != nil {
		return req, operation{}, err
	}
	if err := req.parseNames(); err != nil {
		return req, operation{}, err
	}
	if err := refuseUnsupported(req); err != nil {
		return req, operation{}, err
	}
	op, err := route(req)
	if err == nil {
		err = refuseSnapshot(req, op)
	}
	if err == nil {
		err = h.authorize(req, op)
	}
	return req, op, err
}

func (h *handler) serve(w *timedWriter, req *request, op operation) error {
	if req.ContentLength > max(op.maxBody, maxIgnoredBody) {
		return errs.E(errs.Invalid, wire.CodeRequestBodyTooLarge, "the body is larger than "+op.name+" takes")
	}
	if err := h.checkEncryptionScope(req); err != nil {
		return err
	}
	req.body = newBody(w, req.Request, op.maxBody)
	return op.serve(h, w, req)
}

// log writes the error answer, if any, and the request's log line.
func (h *handler) log(w *timedWriter, req *request, op operation, start time.Time, err error) {
	ctx := req.Context()
	if err == nil && !h.Logger.Enabled(ctx, slog.LevelDebug) {
		return
	}
	attrs := []slog.Attr{
		slog.String("operation", op.name), slog.String("method", req.Method), slog.String("path", req.URL.EscapedPath()),
		slog.String("request", w.Header().Get(wire.RequestIDHeader)), slog.Duration("took", h.Clock().Sub(start)),
	}
	if err == nil {
		h.Logger.LogAttrs(ctx, slog.LevelDebug, "request", attrs...)
		return
	}
	h.challenge(w.Header(), err)
	level := slog.LevelDebug
	if _, cut := errors.AsType[*cutShortError](err); cut {
		// The answer is under way: the end of the connection tells the client.
		level = slog.LevelError
	} else if f := wire.WriteError(w, req.Request, req.endpoint, err); f.Status >= http.StatusInternalServerError && f.Status != http.StatusNotImplemented {
		level = slog.LevelError
	}
	if errs.Is(err, errs.Canceled) {
		level = slog.LevelDebug
	}
	h.Logger.LogAttrs(ctx, level, "request failed", append(attrs, slog.String("error", withoutSignatures(err.Error())), slog.Any("trail", errs.Trail(err)))...)
}

// isVersion reports whether a version has the form of one, a date. All of them are served.
func isVersion(v string) bool {
	const form = "yyyy-mm-dd"
	for i := range len(v) {
		if i < len(form) && (v[i] == '-') != (form[i] == '-') || v[i] != '-' && (v[i] < '0' || v[i] > '9') {
			return false
		}
	}
	return len(v) == len(form)
}

// signature is one of a shared access signature, in a query or in a string to sign.
var signature = regexp.MustCompile(`(?i)\bsig(=|:|%3D)[^&\s'"]+`)

// withoutSignatures keeps out of the log what would let its readers in.
func withoutSignatures(s string) string { return signature.ReplaceAllString(s, "sig${1}(hidden)") }

// setCommonHeaders writes what every answer carries. Versions are echoed and never refused as too new.
func setCommonHeaders(h http.Header, r *http.Request) {
	version := r.Header.Get("X-Ms-Version")
	if version == "" {
		version = wire.LatestVersion
	}
	wire.Set(h, "Server", "ownlake")
	h.Set(wire.RequestIDHeader, uuid.NewString())
	wire.Set(h, "x-ms-version", version)
	if id := r.Header.Get("X-Ms-Client-Request-Id"); len(id) <= 1024 {
		wire.Set(h, "x-ms-client-request-id", id)
	}
}

func notImplemented(what, hint string) error {
	return errs.E(errs.Invalid, wire.CodeNotImplemented, "the lake does not serve "+what, errs.Hint(hint))
}
