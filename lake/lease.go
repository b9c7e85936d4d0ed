package lake

import (
	"context"
	"time"

	"github.com/ownlake/ownlake/errs"
)

// Leases gives one client at a time the right to write: a path's lease guards writing and deleting it, a
// filesystem's guards deleting it ("Lease Blob", "Lease Container"). A lease changes neither ETag nor time.
type Leases interface {
	// Lease carries out an action on a path's lease. The properties are the path's, with the state after it.
	Lease(ctx context.Context, fs Filesystem, p Path, r LeaseRequest, c Conditions) (Properties, LeaseAnswer, error)
	LeaseFilesystem(ctx context.Context, fs Filesystem, r LeaseRequest, c Conditions) (FilesystemProperties, LeaseAnswer, error)
	// CheckFilesystemLease reports whether a reader who names a filesystem's lease may read, see [Lease.AllowRead].
	CheckFilesystemLease(ctx context.Context, fs Filesystem, id LeaseID) error
}

// LeaseID is the id of a lease, a GUID in lower case.
type LeaseID string

// LeaseAction is what is done to a lease.
type LeaseAction string

// The actions.
const (
	AcquireLease LeaseAction = "acquire"
	RenewLease   LeaseAction = "renew"
	ChangeLease  LeaseAction = "change"
	ReleaseLease LeaseAction = "release"
	BreakLease   LeaseAction = "break"
)

// LeaseState is the state of a lease. The zero value is [Available].
type LeaseState string

// The states. A lease holds while it is leased or breaking.
const (
	Available LeaseState = ""
	Leased    LeaseState = "leased"
	Expired   LeaseState = "expired"
	Breaking  LeaseState = "breaking"
	Broken    LeaseState = "broken"
)

// LeaseStatus is what everybody may know of a lease.
type LeaseStatus struct {
	State    LeaseState
	Infinite bool // of a lease that is leased: it has no end
}

// Infinite is the duration of a lease without an end.
const Infinite time.Duration = -1

// LeaseRequest is an action with what it needs: a lease to acquire a duration (15 to 60 seconds or [Infinite]) and a
// proposed id, renew and release the id, change both ids. Break may have a period, which the rest of a lease with an
// end bounds.
type LeaseRequest struct {
	Action       LeaseAction
	ID, Proposed LeaseID
	Duration     time.Duration
	BreakPeriod  *time.Duration
}

// LeaseAnswer is the id that the lease has after an action, and how long a broken one still holds.
type LeaseAnswer struct {
	ID   LeaseID
	Left time.Duration
}

// Lease is a lease as a store keeps it; nil is one that is available.
type Lease struct {
	ID       LeaseID
	Duration time.Duration
	Until    time.Time // end of a lease that is not infinite
	BreakAt  time.Time // zero unless the lease was broken
}

// State is the lease's state at a time.
func (l *Lease) State(now time.Time) LeaseState {
	switch {
	case l == nil:
		return Available
	case !l.BreakAt.IsZero() && now.Before(l.BreakAt):
		return Breaking
	case !l.BreakAt.IsZero():
		return Broken
	case l.Duration == Infinite || now.Before(l.Until):
		return Leased
	}
	return Expired
}

// Status is what everybody may know of the lease.
func (l *Lease) Status(now time.Time) LeaseStatus {
	s := LeaseStatus{State: l.State(now)}
	s.Infinite = s.State == Leased && l.Duration == Infinite
	return s
}

func (l *Lease) holds(now time.Time) bool {
	s := l.State(now)
	return s == Leased || s == Breaking
}

// Apply carries out an action at a time and returns the lease after it, which is nil where it became available. The
// errors, of kind Conflict, are those of "Outcomes of lease operations on blobs by lease state".
func (l *Lease) Apply(r LeaseRequest, now time.Time) (*Lease, LeaseAnswer, error) {
	switch r.Action {
	case AcquireLease:
		return l.acquire(r, now)
	case BreakLease:
		return l.breakUp(r, now)
	case RenewLease, ChangeLease, ReleaseLease:
	default:
		return nil, LeaseAnswer{}, errs.E(errs.Invalid, CodeInvalidInput, errs.Item(r.Action), "not an action on a lease")
	}
	switch {
	case l == nil:
		return nil, LeaseAnswer{}, leaseConflict(CodeLeaseNotPresentWithLease, "there is no lease")
	case r.ID != l.ID && (r.Action != ChangeLease || r.Proposed != l.ID):
		return nil, LeaseAnswer{}, leaseConflict(CodeLeaseIDMismatchWithLease, "the lease has another id")
	case r.Action == ReleaseLease:
		return nil, LeaseAnswer{ID: l.ID}, nil
	case r.Action == RenewLease:
		return l.renew(now)
	}
	return l.change(r, now)
}

func (l *Lease) acquire(r LeaseRequest, now time.Time) (*Lease, LeaseAnswer, error) {
	switch l.State(now) {
	case Leased:
		if r.Proposed != l.ID {
			return nil, LeaseAnswer{}, leaseConflict(CodeLeaseAlreadyPresent, "another has the lease")
		}
	case Breaking:
		if r.Proposed != l.ID {
			return nil, LeaseAnswer{}, leaseConflict(CodeLeaseAlreadyPresent, "another has the lease, which is breaking")
		}
		return nil, LeaseAnswer{}, leaseConflict(CodeLeaseIsBreakingAndCannotBeAcquired, "the lease is breaking")
	case Available, Expired, Broken:
	}
	n := &Lease{ID: r.Proposed, Duration: r.Duration}
	if r.Duration != Infinite {
		n.Until = now.Add(r.Duration)
	}
	return n, LeaseAnswer{ID: n.ID}, nil
}

func (l *Lease) renew(now time.Time) (*Lease, LeaseAnswer, error) {
	if s := l.State(now); s == Breaking || s == Broken {
		return nil, LeaseAnswer{}, leaseConflict(CodeLeaseIsBrokenAndCannotBeRenewed, "the lease was broken")
	}
	n := *l
	if n.Duration != Infinite {
		n.Until = now.Add(n.Duration)
	}
	return &n, LeaseAnswer{ID: n.ID}, nil
}

func (l *Lease) change(r LeaseRequest, now time.Time) (*Lease, LeaseAnswer, error) {
	switch l.State(now) {
	case Breaking:
		return nil, LeaseAnswer{}, leaseConflict(CodeLeaseIsBreakingAndCannotBeChanged, "the lease is breaking")
	case Leased:
		n := *l
		n.ID = r.Proposed
		return &n, LeaseAnswer{ID: n.ID}, nil
	case Available, Expired, Broken:
	}
	return nil, LeaseAnswer{}, leaseConflict(CodeLeaseNotPresentWithLease, "the lease has ended")
}

func (l *Lease) breakUp(r LeaseRequest, now time.Time) (*Lease, LeaseAnswer, error) {
	if l == nil {
		return nil, LeaseAnswer{}, leaseConflict(CodeLeaseNotPresentWithLease, "there is no lease")
	}
	left := time.Duration(0) // of the lease; an infinite one breaks at once
	switch s := l.State(now); {
	case s == Breaking:
		left = l.BreakAt.Sub(now)
	case s == Leased && l.Duration != Infinite:
		left = l.Until.Sub(now)
	case s == Leased && r.BreakPeriod != nil:
		left = *r.BreakPeriod
	}
	if r.BreakPeriod != nil {
		left = min(left, *r.BreakPeriod)
	}
	n := *l
	n.BreakAt = now.Add(left)
	return &n, LeaseAnswer{ID: n.ID, Left: left}, nil
}

// AllowRead reports whether a reader who names a lease, "" for none, may read. The error is of kind Precondition.
func (l *Lease) AllowRead(id LeaseID, now time.Time) error {
	switch {
	case id == "" || l.holds(now) && l.ID == id:
		return nil
	case l.holds(now):
		return errs.E(errs.Precondition, CodeLeaseIDMismatch, "the lease has another id")
	case l != nil && l.ID == id:
		return errs.E(errs.Precondition, CodeLeaseLost, "the lease has ended", errs.Hint("acquire it again"))
	}
	return errs.E(errs.Precondition, CodeLeaseNotPresent, "there is no lease")
}

// AllowWrite is AllowRead for writers, who must name a lease that holds.
func (l *Lease) AllowWrite(id LeaseID, now time.Time) error {
	if id == "" && l.holds(now) {
		return errs.E(errs.Precondition, CodeLeaseIDMissing, "another client has a lease, and the request names none",
			errs.Hint("wait until it ends, or break it"))
	}
	return l.AllowRead(id, now)
}

func leaseConflict(code errs.Code, msg string) error { return errs.E(errs.Conflict, code, msg) }
