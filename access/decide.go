package access

import "iter"

// Items reads what a decision by lists has to know. Errors end the decision; the item's absence is none.
type Items interface {
	// Item describes a path of the container; the root directory is "".
	Item(path string) (item Item, found bool, err error)
	// Directories yields every directory below a directory, at any depth.
	Directories(path string) iter.Seq2[Item, error]
}

// Request is a question: may the principal do this to that.
type Request struct {
	Principal Principal
	Operation Operation
	// Assignments are the role assignments that may concern the principal. Others are passed over.
	Assignments []RoleAssignment
	// Scope is the container that holds the path, or the account for operations on the account.
	Scope Scope
	// Path is the item, without slashes at its ends; "" is the root directory.
	Path string
	// Items gives the lists. It is asked only where roles do not decide. Nil means that only roles count.
	Items Items
	// Wanted are the bits of a CheckAccess.
	Wanted Permission
	// Group is the owning group that a SetGroup sets.
	Group ObjectID
}

// Decide answers a request: role assignments first, then the lists (reference BYOL section 5). What a role
// allows no list takes away. The error is one of Items; the decision is then void.
func Decide(r Request) (Decision, error) {
	reason := Reason{Operation: r.Operation, Principal: r.Principal.ID, Scope: r.Scope}
	n, ok := r.needs()
	if !ok {
		reason.Rule = ByNoRole
		return Decision{Reason: reason}, nil
	}
	switch r.Principal.ID {
	case Superuser:
		reason.Rule = BySuperuser
		return Decision{Allowed: true, Reason: reason}, nil
	case "":
		reason.Rule = ByAnonymity
		return Decision{Reason: reason}, nil
	}
	d := r.decideByRole(n, reason)
	if d.Allowed || !n.Lists || r.Items == nil {
		return d, nil
	}
	w := walk{request: r, needs: n, reason: d.Reason}
	return w.decide()
}

// needs returns what the request asks for; it returns false where that is no operation.
func (r Request) needs() (Needs, bool) {
	n, ok := r.Operation.Needs()
	if r.Operation != CheckAccess {
		return n, ok
	}
	n.Item = r.Wanted
	if r.Wanted != Write {
		n.Actions = append(n.Actions, BlobsRead)
	}
	if r.Wanted&Write != 0 {
		n.Actions = append(n.Actions, BlobsWrite)
	}
	return n, true
}

func (r Request) holds(a Action) (RoleAssignment, bool) {
	return r.Principal.Holds(r.Assignments, a, r.Scope)
}

func (r Request) decideByRole(n Needs, reason Reason) Decision {
	allowed := Decision{Allowed: true, Reason: reason}
	allowed.Reason.Rule = ByRole
	if super, ok := r.holds(BlobsRunAsSuperUser); ok && r.Operation.OnPath() {
		allowed.Reason.Assignments = []RoleAssignment{super}
		return allowed
	}
	for _, a := range n.Actions {
		if ra, ok := r.holds(a); ok {
			allowed.Reason.Assignments = append(allowed.Reason.Assignments, ra)
		} else {
			reason.Missing = append(reason.Missing, a)
		}
	}
	if len(reason.Missing) == 0 {
		return allowed
	}
	if n.Create != "" {
		if ra, ok := r.holds(n.Create); ok {
			allowed.NewOnly = true
			allowed.Reason.Assignments = []RoleAssignment{ra}
			return allowed
		}
	}
	reason.Rule = ByNoRole
	return Decision{Reason: reason}
}
