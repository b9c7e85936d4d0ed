package sharing

import (
	"context"
	"iter"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// Question asks whether a principal may do an operation on a path of the container.
type Question struct {
	Account   access.Scope // resource id of the storage account
	Principal access.ObjectID
	Operation access.Operation
	Path      lake.Path
	// Wanted are the bits of a CheckAccess, and Group is whom a SetGroup gives the path to.
	Wanted access.Permission
	Group  access.ObjectID
}

// Explanation is the answer, and what it was given by.
type Explanation struct {
	access.Decision
	Principal access.Principal
	// Unknown are roles of the principal that are not built in, so that what they give did not count.
	Unknown []Assignment
}

// Explain decides a question as the lake does, from what the tenant and the lake say now. The signed-in person has to be
// allowed to read the principal's groups, the role assignments and, where roles do not decide, the lists on the path;
// errors are of kind Permission otherwise, and NotFound for a principal that the tenant does not have.
func Explain(ctx context.Context, c Cloud, q Question) (Explanation, error) {
	const op errs.Op = "sharing.Explain"
	e := Explanation{Principal: access.Principal{ID: q.Principal}}
	var err error
	if e.Principal.Groups, err = c.Directory.Groups(ctx, q.Principal); err != nil {
		return e, errs.Wrap(op, err)
	}
	at := q.Account
	if q.Operation.OnPath() {
		at = at.Container(Container)
	}
	roles, err := e.roles(ctx, c.Manager, at)
	if err != nil {
		return e, errs.Wrap(op, err)
	}
	account, err := c.Manager.Account(ctx, q.Account)
	if err != nil {
		return e, errs.Wrap(op, err)
	}
	l, err := c.Lake(account)
	if err != nil {
		return e, errs.Wrap(op, err)
	}
	e.Decision, err = access.Decide(access.Request{
		Principal: e.Principal, Operation: q.Operation, Assignments: roles, Scope: at, Path: string(q.Path), Items: items{ctx, l},
		Wanted: q.Wanted, Group: q.Group,
	})
	return e, errs.Wrap(op, err)
}

// roles are the principal's, by itself and by its groups.
func (e *Explanation) roles(ctx context.Context, m Manager, at access.Scope) ([]access.RoleAssignment, error) {
	var roles []access.RoleAssignment
	for _, id := range append([]access.ObjectID{e.Principal.ID}, e.Principal.Groups...) {
		list, err := m.Assignments(ctx, at, id)
		if err != nil {
			return nil, err
		}
		for _, a := range list {
			role, known := access.BuiltInRole(a.Role)
			if !known {
				e.Unknown = append(e.Unknown, a)
				continue
			}
			roles = append(roles, access.RoleAssignment{ID: a.ID, Principal: id, Role: role, Scope: a.Scope})
		}
	}
	return roles, nil
}

// items reads what a decision asks of a lake's paths.
type items struct {
	ctx  context.Context // of one question
	lake Lake
}

// Item implements [access.Items].
func (i items) Item(path string) (access.Item, bool, error) {
	item, err := i.lake.Item(i.ctx, lake.Path(path))
	if errs.Is(err, errs.NotFound) {
		return access.Item{}, false, nil
	}
	if errs.Is(err, errs.Permission) {
		err = errs.E(errs.Permission, err, errs.Hint("to read the lists takes Storage Blob Data Reader of the container, or Storage Blob Data Owner"))
	}
	return item, err == nil, err
}

// Directories implements [access.Items].
func (i items) Directories(path string) iter.Seq2[access.Item, error] {
	return func(yield func(access.Item, error) bool) {
		stop := errs.E(errs.Canceled, "enough")
		err := i.lake.WalkDirectories(i.ctx, lake.Path(path), func(p lake.Path, _ bool, _ access.ACL) error {
			if string(p) == path {
				return nil
			}
			item, err := i.lake.Item(i.ctx, p)
			if err == nil && !yield(item, nil) {
				return stop
			}
			return err
		})
		if err != nil && err != stop { //nolint:errorlint // this very value
			yield(access.Item{}, err)
		}
	}
}
