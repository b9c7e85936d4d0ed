package adls

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/adls/sas"
	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// authenticate tells who is calling. Whoever signs with the account key may do everything and has no grant; who
// comes with a shared access signature has what that grants. Who says nothing has what is open to everybody.
func (h *handler) authenticate(req *request) error {
	header := req.Header.Get("Authorization")
	if header != "" {
		if len(header) > 7 && equalFold(header[:7], "Bearer ") {
			return notImplemented("bearer tokens", "sign requests with the account key or use a shared access signature")
		}
		return h.credential.Verify(req.Request, h.Clock())
	}
	q := queryValues(req.URL.RawQuery)
	if !sas.Present(q) {
		return h.authenticateNobody(req)
	}
	if err := req.parseNames(); err != nil {
		return err
	}
	path, err := req.signedPath()
	if err != nil {
		return err
	}
	g, err := h.grant(req, q, lake.Location{Filesystem: req.fs, Path: path})
	if err != nil {
		return err
	}
	req.grant = &g
	return nil
}

// signedPath is the item that a signature must be for. A listing is of the directory that it names, or that its
// prefix lies in.
func (req *request) signedPath() (lake.Path, error) {
	if req.path != lake.Root {
		return req.path, nil
	}
	switch {
	case req.query["resource"] == "filesystem":
		return lake.ParsePath(req.query["directory"])
	case req.query["comp"] == "list":
		prefix := req.query["prefix"]
		return lake.ParsePath(prefix[:strings.LastIndexByte(prefix, '/')+1])
	}
	return lake.Root, nil
}

// grant verifies the shared access signature in a query, which is the request's own or that of its source.
func (h *handler) grant(req *request, q url.Values, l lake.Location) (sas.Grant, error) {
	token, err := sas.Parse(q)
	if err != nil {
		return sas.Grant{}, err
	}
	// The zero address, where it cannot be told, lies in no range.
	remote, _ := netip.ParseAddrPort(req.RemoteAddr)
	return sas.Verifier{AccountKeys: [][]byte{h.Key}, Policy: h.storedPolicy(req.Context())}.Verify(token, sas.Request{
		Account: h.Account, Container: string(l.Filesystem), Path: string(l.Path), Now: h.Clock(),
		Remote: remote.Addr(), HTTPS: wire.OverTLS(req.Request), Header: req.Header, Query: q,
	})
}

// queryValues decodes a query as [parseQuery] does, and keeps what is there twice.
func queryValues(raw string) url.Values {
	q := url.Values{}
	for pair := range strings.SplitSeq(raw, "&") {
		if name, value, _ := strings.Cut(pair, "="); name != "" {
			q.Add(unescape(name), unescape(value))
		}
	}
	return q
}

// authorize checks that the caller's grant, if there is one, covers an operation on the very path that it concerns:
// the signature was verified before it was known what the request is, and [request.signedPath] may have been led
// astray by parameters that another operation does not have. An operation that does not say what it does to the lake
// is covered by none.
func (req *request) authorize(op operation) error {
	if req.public != lake.Private {
		return req.authorizeNobody(op)
	}
	if req.grant == nil || op.anyGrant {
		return nil
	}
	path := req.path
	if slices.Contains(op.uses, access.ListDirectory) {
		var err error
		if path, err = req.signedPath(); err != nil {
			return err
		}
	}
	if len(op.uses) == 0 || !req.grant.Covers(string(req.fs), string(path)) {
		return permissionMismatch()
	}
	for _, use := range op.uses {
		if err := req.grant.Check(use); err != nil {
			return err
		}
	}
	return nil
}

// authorizeSource checks that the caller may take what a request names as its source. A signature beside the
// source's name decides, where there is one. Otherwise what lets the caller in does: the account key, or, for a
// rename, whose source the service reads by the same right, the grant.
func (h *handler) authorizeSource(req *request, query string, src lake.Location, use access.Operation) error {
	grant := req.grant
	q := queryValues(query)
	switch beside := sas.Present(q); {
	case grant == nil && (!beside || use == access.RenameFrom):
		return nil
	case beside:
		g, err := h.grant(req, q, src)
		if err != nil {
			return err
		}
		grant = &g
	case use != access.RenameFrom:
		return h.authorizeOpenSource(req, src)
	}
	if !grant.Covers(string(src.Filesystem), string(src.Path)) {
		return permissionMismatch()
	}
	if err := grant.Check(use); err != nil {
		return err
	}
	if use == access.RenameFrom && forBlob(grant) {
		p, err := h.Store.Properties(req.Context(), src.Filesystem, src.Path, lake.Conditions{})
		if err == nil && p.IsDirectory {
			return permissionMismatch()
		}
	}
	return nil
}

// authorizeOpenSource lets a source without a signature be read where everybody may read it.
func (h *handler) authorizeOpenSource(req *request, src lake.Location) error {
	if h.AllowPublicAccess {
		a, _, err := h.Store.ContainerAccess(req.Context(), src.Filesystem)
		if err != nil && !errs.Is(err, errs.NotFound) {
			return err
		}
		if a.Public != lake.Private {
			return nil
		}
	}
	return errs.E(errs.Permission, sas.CodePermissionMismatch, "the source's URL has no signature of its own")
}

// forBlob reports whether a grant is for one file, so that it does not extend to what a directory of that name holds.
func forBlob(g *sas.Grant) bool {
	return g != nil && g.Kind != sas.Account && !slices.Contains([]string{"c", "d"}, g.Resource)
}

// creating reads the conditions of a request that makes something. A grant that only creates adds one: nothing
// may be there.
func (req *request) creating(op access.Operation) (lake.Conditions, error) {
	c, err := wire.Conditions(req.Header)
	if err == nil && req.grant != nil && req.grant.NewOnly(op) && c.IfNoneMatch != lake.AnyETag {
		c.IfNoneMatch = lake.AnyETag
		req.newOnly = true
	}
	return c, err
}

// creatingError returns the error of a request whose conditions were read by [request.creating].
func (req *request) creatingError(err error) error {
	if req.newOnly && errs.CodeOf(err) == lake.CodePathAlreadyExists {
		return errs.E(errs.Permission, wire.CodeUnauthorizedBlobOverwrite, "the signature allows to create and not to write")
	}
	return err
}

// shown returns properties without what the grant does not show: with the permission to execute alone, metadata.
func (req *request) shown(p lake.Properties) lake.Properties {
	if req.grant != nil && !strings.Contains(req.grant.Permissions, "r") {
		p.Metadata = nil
	}
	return p
}

func permissionMismatch() error {
	return errs.E(errs.Permission, sas.CodePermissionMismatch, "the signature allows less, or another path")
}
