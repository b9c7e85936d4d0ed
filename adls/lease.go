package adls

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// Limits on how long a lease with an end lasts, and on how long a break may wait.
const (
	minLease, maxLease = 15, 60
	maxBreakPeriod     = 60
)

// leaseUses is what an action on a lease needs: one operation to break it, another for all else.
func leaseUses(req *request, broken, other access.Operation) []access.Operation {
	if strings.EqualFold(req.Header.Get("X-Ms-Lease-Action"), string(lake.BreakLease)) {
		return uses(broken)
	}
	return uses(other)
}

// pathLease is Path - Lease and Lease Blob.
func (h *handler) pathLease(w *timedWriter, req *request) error {
	r, c, err := leaseRequest(req)
	if err != nil {
		return err
	}
	p, answer, err := h.Store.Lease(req.Context(), req.fs, req.path, r, c)
	if err != nil {
		return err
	}
	wire.SetVersionHeaders(w.Header(), p)
	return writeLease(w, r.Action, answer)
}

// containerLease is Lease Container.
func (h *handler) containerLease(w *timedWriter, req *request) error {
	r, c, err := leaseRequest(req)
	if err != nil {
		return err
	}
	p, answer, err := h.Store.LeaseFilesystem(req.Context(), req.fs, r, c)
	if err != nil {
		return err
	}
	setFilesystemVersion(w.Header(), p)
	return writeLease(w, r.Action, answer)
}

func writeLease(w *timedWriter, action lake.LeaseAction, answer lake.LeaseAnswer) error {
	switch action {
	case lake.AcquireLease:
		wire.Set(w.Header(), "x-ms-lease-id", string(answer.ID))
		return writeEmpty(w, http.StatusCreated)
	case lake.BreakLease:
		wire.Set(w.Header(), "x-ms-lease-time", strconv.Itoa(int((answer.Left+time.Second-1)/time.Second)))
		return writeEmpty(w, http.StatusAccepted)
	case lake.RenewLease, lake.ChangeLease:
		wire.Set(w.Header(), "x-ms-lease-id", string(answer.ID))
	case lake.ReleaseLease:
	}
	return writeEmpty(w, http.StatusOK)
}

// leaseRequest reads an action on a lease. The lease's id is part of the action here, and no condition.
func leaseRequest(req *request) (r lake.LeaseRequest, c lake.Conditions, err error) {
	if c, err = wire.Conditions(req.Header); err != nil {
		return r, c, err
	}
	r.ID, c.LeaseID = c.LeaseID, ""
	text := req.Header.Get("X-Ms-Lease-Action")
	if text == "" {
		return r, c, missingHeader("x-ms-lease-action")
	}
	r.Action = lake.LeaseAction(strings.ToLower(text))
	switch r.Action {
	case lake.AcquireLease:
		r.Duration, r.Proposed, err = acquisition(req)
	case lake.RenewLease, lake.ReleaseLease, lake.ChangeLease:
		if r.ID == "" {
			return r, c, missingHeader("x-ms-lease-id")
		}
		if r.Action == lake.ChangeLease {
			r.Proposed, err = proposedLease(req, true)
		}
	case lake.BreakLease:
		r.BreakPeriod, err = breakPeriod(req)
	default:
		err = wire.BadHeader("x-ms-lease-action", text, "acquire, renew, change, release or break")
	}
	return r, c, err
}

// acquisition reads the duration of a lease to acquire and its id, which is made up where none is proposed.
func acquisition(req *request) (time.Duration, lake.LeaseID, error) {
	text := req.Header.Get("X-Ms-Lease-Duration")
	if text == "" {
		return 0, "", missingHeader("x-ms-lease-duration")
	}
	n, err := strconv.Atoi(text)
	if err != nil || n != -1 && (n < minLease || n > maxLease) {
		return 0, "", wire.BadHeader("x-ms-lease-duration", text, "15 to 60 seconds, or -1 for a lease without an end")
	}
	id, err := proposedLease(req, false)
	if n == -1 {
		return lake.Infinite, id, err
	}
	return time.Duration(n) * time.Second, id, err
}

func proposedLease(req *request, required bool) (lake.LeaseID, error) {
	id, err := wire.LeaseID(req.Header, "X-Ms-Proposed-Lease-Id")
	switch {
	case err != nil || id != "":
		return id, err
	case required:
		return "", missingHeader("x-ms-proposed-lease-id")
	}
	return lake.LeaseID(uuid.NewString()), nil
}

func breakPeriod(req *request) (*time.Duration, error) {
	text := req.Header.Get("X-Ms-Lease-Break-Period")
	if text == "" {
		return nil, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > maxBreakPeriod {
		return nil, wire.BadHeader("x-ms-lease-break-period", text, "0 to 60 seconds")
	}
	d := time.Duration(n) * time.Second
	return &d, nil
}

// leaseOnTheWay is what an append or a flush does to the lease beside writing: x-ms-lease-action acquire, auto-renew,
// release (once what was written is committed) or acquire-release.
type leaseOnTheWay struct {
	h        *handler
	req      *request
	id       lake.LeaseID // what the write names
	release  bool         // once what was written is committed
	acquired bool         // by this request
}

func (h *handler) beginLease(req *request) (*leaseOnTheWay, error) {
	l := &leaseOnTheWay{h: h, req: req}
	var err error
	if l.id, err = wire.LeaseID(req.Header, "X-Ms-Lease-Id"); err != nil {
		return nil, err
	}
	text := req.Header.Get("X-Ms-Lease-Action")
	switch action := strings.ToLower(text); action {
	case "":
		return l, nil
	case "auto-renew", "release":
		if l.id == "" {
			return nil, missingHeader("x-ms-lease-id")
		}
		l.release = action == "release"
		if !l.release {
			err = l.act(lake.LeaseRequest{Action: lake.RenewLease, ID: l.id})
		}
	case "acquire", "acquire-release":
		r := lake.LeaseRequest{Action: lake.AcquireLease}
		if r.Duration, r.Proposed, err = acquisition(req); err != nil {
			return nil, err
		}
		l.id, l.release = r.Proposed, action == "acquire-release"
		err = l.act(r)
		l.acquired = err == nil
	default:
		return nil, wire.BadHeader("x-ms-lease-action", text, "acquire, auto-renew, release or acquire-release")
	}
	return l, err
}

func (l *leaseOnTheWay) act(r lake.LeaseRequest) error {
	_, _, err := l.h.Store.Lease(l.req.Context(), l.req.fs, l.req.path, r, lake.Conditions{})
	return err
}

// committed releases the lease where that was asked for.
func (l *leaseOnTheWay) committed() error {
	if !l.release {
		return nil
	}
	return l.act(lake.LeaseRequest{Action: lake.ReleaseLease, ID: l.id})
}

// appended is committed for bytes that wait for their flush: only a lease that is to last as long as the request ends.
func (l *leaseOnTheWay) appended() error {
	if !l.acquired {
		return nil
	}
	return l.committed()
}

// failed takes back a lease that was acquired by the request, which failed by err.
func (l *leaseOnTheWay) failed(err error) error {
	if !l.acquired {
		return err
	}
	return errors.Join(err, l.act(lake.LeaseRequest{Action: lake.ReleaseLease, ID: l.id}))
}

// leaseOnCreate reads the lease that a request asks for with what it makes; nil if it asks for none.
func leaseOnCreate(req *request) (*lake.LeaseRequest, error) {
	if req.Header.Get("X-Ms-Lease-Duration") == "" {
		return nil, nil
	}
	r := &lake.LeaseRequest{Action: lake.AcquireLease}
	var err error
	r.Duration, r.Proposed, err = acquisition(req)
	return r, err
}

// leaseID is the lease that a request names; a malformed one was refused with its conditions.
func leaseID(req *request) lake.LeaseID {
	id, err := wire.LeaseID(req.Header, "X-Ms-Lease-Id")
	if err != nil {
		return lake.LeaseID(req.Header.Get("X-Ms-Lease-Id")) // no lease has such an id
	}
	return id
}

// checkContainerLease refuses who names another lease than the container's.
func (h *handler) checkContainerLease(req *request) error {
	id, err := wire.LeaseID(req.Header, "X-Ms-Lease-Id")
	if err != nil || id == "" {
		return err
	}
	return ofContainer(h.Store.CheckFilesystemLease(req.Context(), req.fs, id))
}

// ofContainer gives an error of a lease the name that it has for containers.
func ofContainer(err error) error {
	switch errs.CodeOf(err) {
	case lake.CodeLeaseIDMismatch:
		return errs.E(errs.Precondition, wire.CodeLeaseIDMismatchWithContainer, err)
	case lake.CodeLeaseNotPresent:
		return errs.E(errs.Precondition, wire.CodeLeaseNotPresentWithContainer, err)
	}
	return err
}
