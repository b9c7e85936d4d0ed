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

// right is by what a request may do what it does. The zero right is the account key's: everything.
type right struct {
	// grant is what a shared access signature allows; nil is everything.
	grant *sas.Grant
	// callers must all be allowed it, too.
	callers []caller
	// creator is who owns what is made; "" is the superuser.
	creator access.ObjectID
}

func (r right) isKey() bool { return r.grant == nil && len(r.callers) == 0 }

// authenticate tells who is calling: who signs with the account key, whom a bearer token is from, what a shared access
// signature grants, or nobody in particular, who has what is open to everybody.
func (h *handler) authenticate(req *request) error {
	q := queryValues(req.URL.RawQuery)
	header := req.Header.Get("Authorization")
	if token, ok := bearerToken(header); ok && !sas.ForDelegatedUser(q) {
		return h.authenticateBearer(req, token)
	} else if header != "" && !ok {
		return h.verifyKey(req.Request, h.Clock())
	}
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
	req.right, err = h.signed(req, q, lake.Location{Filesystem: req.fs, Path: path})
	return err
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

// signed verifies the shared access signature in a query, which is the request's own or that of its source.
func (h *handler) signed(req *request, q url.Values, l lake.Location) (right, error) {
	token, err := sas.Parse(q)
	if err != nil {
		return right{}, err
	}
	if token.Kind() == sas.UserDelegation && h.Tokens == nil {
		return right{}, errs.E(errs.Unauthorized, wire.CodeAuthenticationFailed, "The account gives out no user delegation keys.")
	}
	keys := h.Rules.Keys()
	if len(keys) == 0 && token.Kind() != sas.UserDelegation {
		return right{}, keysNotPermitted()
	}
	// The zero address, where it cannot be told, lies in no range.
	remote, _ := netip.ParseAddrPort(req.RemoteAddr)
	v := sas.Verifier{
		AccountKeys: keys, Policy: h.storedPolicy(req.Context()),
		DelegationKey: func(id sas.KeyID) ([]byte, error) { return id.Derive(h.Key), nil },
	}
	g, err := v.Verify(token, sas.Request{
		Account: h.Account, Container: string(l.Filesystem), Path: string(l.Path), Now: h.Clock(),
		Remote: remote.Addr(), HTTPS: wire.OverTLS(req.Request), Header: req.Header, Query: q,
	})
	if err != nil || g.Kind != sas.UserDelegation {
		return right{grant: &g}, err
	}
	return h.delegated(req, g)
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

// authorize checks that whoever calls may do an operation on the very path that it concerns. An operation that does not
// say what it does to the lake is for the account key alone.
func (h *handler) authorize(req *request, op operation) error {
	if req.public != lake.Private {
		return req.authorizeNobody(op)
	}
	if req.isKey() || op.anyGrant {
		return nil
	}
	if len(op.uses) == 0 {
		return permissionMismatch()
	}
	path := req.path
	if slices.Contains(op.uses, access.ListDirectory) {
		var err error
		if path, err = req.signedPath(); err != nil {
			return err
		}
	}
	at := lake.Location{Filesystem: req.fs, Path: path}
	if err := checkGrant(req.grant, at, op.uses...); err != nil {
		return err
	}
	return h.judge(req, op, at)
}

// checkGrant checks that a grant, if there is one, covers a path and what is done to it: the signature was verified
// before it was known what the request is, and [request.signedPath] may have been led astray by parameters that another
// operation does not have.
func checkGrant(g *sas.Grant, at lake.Location, uses ...access.Operation) error {
	if g == nil {
		return nil
	}
	if !g.Covers(string(at.Filesystem), string(at.Path)) {
		return permissionMismatch()
	}
	for _, use := range uses {
		if err := g.Check(use); err != nil {
			return err
		}
	}
	return nil
}

// authorizeSource checks that the caller may take what a request names as its source. A signature beside the
// source's name decides, or a token for it, where there is one. Otherwise what lets the caller in does: the account
// key, a token, or, for a rename, whose source the service reads by the same right, the grant.
func (h *handler) authorizeSource(req *request, query string, src lake.Location, use access.Operation) error {
	from, err := h.rightToSource(req, query, src, use)
	switch {
	case err != nil:
		return err
	case from == nil:
		return h.authorizeOpenSource(req, src)
	}
	if err := checkGrant(from.grant, src, use); err != nil {
		return err
	}
	if use == access.RenameFrom && forBlob(from.grant) {
		p, err := h.Store.Properties(req.Context(), src.Filesystem, src.Path, lake.Conditions{})
		if err == nil && p.IsDirectory {
			return permissionMismatch()
		}
	}
	j := h.newJudge(req, from.callers)
	defer j.done()
	_, err = j.may(question{op: use, fs: src.Filesystem, path: src.Path})
	return err
}

// rightToSource returns nil where nothing but its being open lets the source be read.
func (h *handler) rightToSource(req *request, query string, src lake.Location, use access.Operation) (*right, error) {
	rename := use == access.RenameFrom
	q := queryValues(query)
	token, beside := bearerToken(req.Header.Get("X-Ms-Copy-Source-Authorization"))
	switch {
	case req.isKey() && rename:
		return &req.right, nil
	case sas.Present(q):
		from, err := h.signed(req, q, src)
		return &from, err
	case beside && !rename:
		from, _, err := h.bearerRight(req, token)
		return &from, err
	case req.grant == nil || rename:
		return &req.right, nil
	}
	return nil, nil
}

// authorizeOpenSource lets a source without a signature be read where everybody may read it.
func (h *handler) authorizeOpenSource(req *request, src lake.Location) error {
	if h.Rules.AllowPublicAccess() {
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

// creating reads the conditions of a request that makes something. Who may create and not overwrite adds one:
// nothing may be there.
func (req *request) creating(op access.Operation) (lake.Conditions, error) {
	c, err := wire.Conditions(req.Header)
	newOnly := req.mustBeNew || req.grant != nil && req.grant.NewOnly(op)
	if err == nil && newOnly && c.IfNoneMatch != lake.AnyETag {
		c.IfNoneMatch = lake.AnyETag
		req.newOnly = true
	}
	return c, err
}

// creatingError returns the error of a request whose conditions were read by [request.creating]. Whom lists allowed to
// create what was not there yet, when another made it, may still be allowed to overwrite it: it is asked to try again.
func (h *handler) creatingError(req *request, err error) error {
	if !req.newOnly || errs.CodeOf(err) != lake.CodePathAlreadyExists {
		return err
	}
	if req.mustBeNew && (req.grant == nil || !req.grant.NewOnly(access.CreateFile)) {
		newOnly, err := h.may(req, question{op: access.CreateFile, fs: req.fs, path: req.path})
		switch {
		case err != nil:
			return err
		case !newOnly:
			return errs.E(errs.Unavailable, wire.CodeServerBusy, errs.Item(req.path), "the path was made meanwhile")
		}
	}
	return errs.E(errs.Permission, wire.CodeUnauthorizedBlobOverwrite, "the caller may create and not overwrite")
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
