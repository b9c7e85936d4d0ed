package wire

import (
	"net/http"

	"github.com/google/uuid"

	"github.com/ownlake/ownlake/lake"
)

// LeaseID reads a header that holds the id of a lease, a GUID in any of its forms; "" if there is none.
func LeaseID(h http.Header, name string) (lake.LeaseID, error) {
	v := h.Get(name)
	if v == "" {
		return "", nil
	}
	id, err := uuid.Parse(v)
	if err != nil {
		return "", BadHeader(name, v, "a GUID")
	}
	return lake.LeaseID(id.String()), nil
}

// leaseText is how the state of a lease is written: its state, its status and, of one that is leased, its duration.
func leaseText(l lake.LeaseStatus) (state, status, duration string) {
	state, status = string(l.State), "unlocked"
	if l.State == lake.Available {
		state = "available"
	}
	if l.State == lake.Leased || l.State == lake.Breaking {
		status = "locked"
	}
	if l.State == lake.Leased {
		duration = "fixed"
		if l.Infinite {
			duration = "infinite"
		}
	}
	return state, status, duration
}

// SetLeaseHeaders writes the state of a lease.
func SetLeaseHeaders(h http.Header, l lake.LeaseStatus) {
	state, status, duration := leaseText(l)
	Set(h, "x-ms-lease-status", status)
	Set(h, "x-ms-lease-state", state)
	if duration != "" {
		Set(h, "x-ms-lease-duration", duration)
	}
}
