package lake_test

import (
	"testing"
	"time"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// TestLeasesGoFromStateToState is the table "Outcomes of lease operations on blobs by lease state" of "Lease Blob": A is
// the id of the lease, B another. A cell is the state afterwards or the error's code.
func TestLeasesGoFromStateToState(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	const present, mismatch, absent = "LeaseAlreadyPresent", "LeaseIdMismatchWithLeaseOperation", "LeaseNotPresentWithLeaseOperation"
	const isBreaking, noRenewal = "LeaseIsBreakingAndCannotBeAcquired", "LeaseIsBrokenAndCannotBeRenewed"
	states := map[string]*lake.Lease{
		"available": nil,
		"leased":    {ID: "A", Duration: time.Minute, Until: now.Add(30 * time.Second)},
		"breaking":  {ID: "A", Duration: lake.Infinite, BreakAt: now.Add(20 * time.Second)},
		"broken":    {ID: "A", Duration: lake.Infinite, BreakAt: now},
		"expired":   {ID: "A", Duration: time.Minute, Until: now},
	}
	zero, long := time.Duration(0), 50*time.Second
	acquire := func(id lake.LeaseID) lake.LeaseRequest {
		return lake.LeaseRequest{Action: lake.AcquireLease, Proposed: id, Duration: time.Minute}
	}
	change := func(from, to lake.LeaseID) lake.LeaseRequest {
		return lake.LeaseRequest{Action: lake.ChangeLease, ID: from, Proposed: to}
	}
	act := func(a lake.LeaseAction, id lake.LeaseID) lake.LeaseRequest {
		return lake.LeaseRequest{Action: a, ID: id}
	}
	for _, row := range []struct {
		name                                         string
		request                                      lake.LeaseRequest
		available, leased, breaking, broken, expired string
	}{
		{"acquire A", acquire("A"), "leased", "leased", isBreaking, "leased", "leased"},
		{"acquire B", acquire("B"), "leased", present, present, "leased", "leased"},
		{"break", lake.LeaseRequest{Action: lake.BreakLease}, absent, "breaking", "breaking", "broken", "broken"},
		{"break at once", lake.LeaseRequest{Action: lake.BreakLease, BreakPeriod: &zero}, absent, "broken", "broken", "broken", "broken"},
		{"break later", lake.LeaseRequest{Action: lake.BreakLease, BreakPeriod: &long}, absent, "breaking", "breaking", "broken", "broken"},
		{"change A to B", change("A", "B"), absent, "leased", "LeaseIsBreakingAndCannotBeChanged", absent, absent},
		{"change B to A", change("B", "A"), absent, "leased", "LeaseIsBreakingAndCannotBeChanged", absent, absent},
		{"change B to C", change("B", "C"), absent, mismatch, mismatch, mismatch, mismatch},
		{"renew A", act(lake.RenewLease, "A"), absent, "leased", noRenewal, noRenewal, "leased"},
		{"renew B", act(lake.RenewLease, "B"), absent, mismatch, mismatch, mismatch, mismatch},
		{"release A", act(lake.ReleaseLease, "A"), absent, "available", "available", "available", "available"},
		{"release B", act(lake.ReleaseLease, "B"), absent, mismatch, mismatch, mismatch, mismatch},
	} {
		for state, want := range map[string]string{
			"available": row.available, "leased": row.leased, "breaking": row.breaking, "broken": row.broken, "expired": row.expired,
		} {
			after, _, err := states[state].Apply(row.request, now)
			got := string(after.State(now))
			if got == "" {
				got = "available"
			}
			if err != nil {
				got = string(errs.CodeOf(err))
				if !errs.Is(err, errs.Conflict) {
					t.Errorf("%s when %s: kind %v", row.name, state, errs.KindOf(err))
				}
			}
			if got != want {
				t.Errorf("%s when %s: %s, want %s", row.name, state, got, want)
			}
		}
	}
}

// TestLeasesGuardWritesAndNotReads is the table "Outcomes of use attempts on blobs by lease state".
func TestLeasesGuardWritesAndNotReads(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	const missing, mismatch, absent, lost = "LeaseIdMissing", "LeaseIdMismatchWithBlobOperation", "LeaseNotPresentWithBlobOperation", "LeaseLost"
	for state, row := range map[string]struct {
		lease                      *lake.Lease
		writeNone, useA, useOthers string
	}{
		"available": {nil, "", absent, absent},
		"leased":    {&lake.Lease{ID: "A", Duration: lake.Infinite}, missing, "", mismatch},
		"breaking":  {&lake.Lease{ID: "A", Duration: lake.Infinite, BreakAt: now.Add(time.Second)}, missing, "", mismatch},
		"broken":    {&lake.Lease{ID: "A", Duration: lake.Infinite, BreakAt: now}, "", lost, absent},
		"expired":   {&lake.Lease{ID: "A", Duration: time.Minute, Until: now}, "", lost, absent},
	} {
		for what, c := range map[string]struct {
			err  error
			want string
		}{
			"write without":      {row.lease.AllowWrite("", now), row.writeNone},
			"write with A":       {row.lease.AllowWrite("A", now), row.useA},
			"write with another": {row.lease.AllowWrite("B", now), row.useOthers},
			"read without":       {row.lease.AllowRead("", now), ""},
			"read with A":        {row.lease.AllowRead("A", now), row.useA},
			"read with another":  {row.lease.AllowRead("B", now), row.useOthers},
		} {
			if got := string(errs.CodeOf(c.err)); got != c.want || c.err != nil && !errs.Is(c.err, errs.Precondition) {
				t.Errorf("%s when %s: %v, want %q", what, state, c.err, c.want)
			}
		}
	}
}
