package adls

import (
	"context"
	"log/slog"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/adls/bearer"
	"github.com/ownlake/ownlake/adls/sas"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// Tokens verifies bearer tokens. It must be safe for concurrent use.
type Tokens interface {
	// Verify tells who a token is from. Errors are Unauthorized with code InvalidAuthenticationInfo, or Unavailable where
	// that cannot be told now.
	Verify(ctx context.Context, token string) (bearer.Identity, error)
	// AuthorizationURI is where callers who say nothing are sent for a token; "" sends them nowhere.
	AuthorizationURI() string
}

// Roles is what the tenant knows of principals. It must be safe for concurrent use.
type Roles interface {
	// Assignments returns those that may concern a principal, by itself or by a group, at any scope. Others do no harm.
	Assignments(ctx context.Context, p access.Principal) ([]access.RoleAssignment, error)
	// Groups returns the security groups that a principal is in, nested ones included: of one who is named in a
	// signature and has sent no token. Nobody knows of a principal in none.
	Groups(ctx context.Context, id access.ObjectID) ([]access.ObjectID, error)
}

// caller is a principal by whose rights a request is judged. Who holds the account key, or a signature made with it, is
// none: what they may needs no look at roles and lists.
type caller struct {
	access.Principal
	roles []access.RoleAssignment
	// lists says that access control lists count for the caller, where roles do not allow.
	lists bool
}

// question is what a request wants to do, for the callers it comes from.
type question struct {
	op     access.Operation
	fs     lake.Filesystem // "" for the account
	path   lake.Path
	wanted access.Permission // of a CheckAccess
	group  access.ObjectID   // of a SetGroup
}

// judge answers questions of one request as of one moment for each filesystem. It reads lists only where roles do not
// decide. done ends it.
type judge struct {
	h       *handler
	req     *request
	callers []caller
	views   map[lake.Filesystem]access.Items
	ends    []func()
}

func (h *handler) newJudge(req *request, callers []caller) *judge {
	return &judge{h: h, req: req, callers: callers, views: map[lake.Filesystem]access.Items{}}
}

func (j *judge) done() {
	for _, end := range j.ends {
		end()
	}
}

func (j *judge) items(fs lake.Filesystem) access.Items {
	if v, ok := j.views[fs]; ok {
		return v
	}
	v, end := j.h.Store.AccessItems(j.req.Context(), fs)
	j.views[fs], j.ends = v, append(j.ends, end)
	return v
}

// may reports, by an error, whether all callers may do what is asked; newOnly, that they may only while the path
// does not exist.
func (j *judge) may(q question) (newOnly bool, err error) {
	for _, c := range j.callers {
		r := j.h.accessRequest(c, q)
		if c.lists {
			r.Items = j.items(q.fs)
		}
		d, err := access.Decide(r)
		if err != nil {
			return false, err
		}
		if !d.Allowed {
			j.h.Logger.LogAttrs(j.req.Context(), slog.LevelInfo, "access denied", slog.String("principal", string(c.ID)),
				slog.String("operation", q.op.String()), slog.String("filesystem", string(q.fs)), slog.String("path", string(q.path)),
				slog.String("reason", d.Reason.String()))
			return false, errs.E(errs.Permission, sas.CodePermissionMismatch, "neither a role nor an access control list allows it")
		}
		newOnly = newOnly || d.NewOnly
	}
	return newOnly, nil
}

// byRole reports whether roles allow all callers to do what is asked, so that no list needs to be read.
func (j *judge) byRole(q question) bool {
	for _, c := range j.callers {
		if d, err := access.Decide(j.h.accessRequest(c, q)); err != nil || !d.Allowed || d.NewOnly {
			return false
		}
	}
	return true
}

// judge asks whether all callers may do an operation, and notes if they may only while the path does not exist.
func (h *handler) judge(req *request, op operation, at lake.Location) error {
	if len(req.callers) == 0 {
		return nil
	}
	j := h.newJudge(req, req.callers)
	defer j.done()
	for _, use := range op.uses {
		q := question{op: use, fs: at.Filesystem, path: at.Path, group: access.ObjectID(req.Header.Get("X-Ms-Group"))}
		if use == access.WriteFile && op.creates {
			q.op = access.CreateFile
		}
		if use == access.CheckAccess {
			q.wanted = wantedAccess(req)
		}
		newOnly, err := j.may(q)
		if err != nil {
			return err
		}
		req.mustBeNew = req.mustBeNew || newOnly
	}
	return nil
}

func (h *handler) accessRequest(c caller, q question) access.Request {
	scope := h.Scope
	if q.fs != "" {
		scope = scope.Container(string(q.fs))
	}
	return access.Request{
		Principal: c.Principal, Operation: q.op, Assignments: c.roles, Scope: scope,
		Path: string(q.path), Wanted: q.wanted, Group: q.group,
	}
}

// may is [judge.may] for a single question.
func (h *handler) may(req *request, q question) (newOnly bool, err error) {
	j := h.newJudge(req, req.callers)
	defer j.done()
	return j.may(q)
}

// caller is the principal with its roles.
func (h *handler) caller(ctx context.Context, p access.Principal) (caller, error) {
	roles, err := h.Roles.Assignments(ctx, p)
	return caller{Principal: p, roles: roles}, err
}
