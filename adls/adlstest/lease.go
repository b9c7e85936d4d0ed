package adlstest

import "strconv"

// leasable is something that can be leased, and how to ask for it.
type leasable struct {
	operation string
	needs     []Feature
	make      func(*T)
	// lease begins a lease operation.
	lease func(*T) *Request
	// state is the answer that tells the state of the lease.
	state func(*T) *Answer
	// write begins a request that needs the lease.
	write func(*T) *Request
	done  int // status of a write that is done
	// missing begins a lease operation of something that is not there.
	missing func(*T) *Request
	// mismatch and absent are the codes of requests that name a wrong lease, or one where there is none.
	mismatch, absent, notFound string
}

// leaseCases are what holds for whatever can be leased.
func leaseCases(s *suite, l leasable) {
	s.of(l.operation, l.needs...)
	acquire := func(t *T, seconds int) *Request {
		return l.lease(t).H("x-ms-lease-action", "acquire").H("x-ms-lease-duration", strconv.Itoa(seconds))
	}
	taken := func(t *T, seconds int) string {
		l.make(t)
		return acquire(t, seconds).H("x-ms-proposed-lease-id", newID()).Want(201).Has("x-ms-lease-id")
	}

	s.check("acquire answers 201 with the id that was proposed", func(t *T) {
		l.make(t)
		id := newID()
		acquire(t, 30).H("x-ms-proposed-lease-id", id).Want(201).Text("").Header("x-ms-lease-id", id).Have("ETag", "Last-Modified")
	})
	s.check("an endless lease says so", func(t *T) {
		taken(t, -1)
		l.state(t).Header("x-ms-lease-state", "leased").Header("x-ms-lease-status", "locked").Header("x-ms-lease-duration", "infinite")
	})
	s.check("a lease with an end says so", func(t *T) {
		taken(t, 60)
		l.state(t).Header("x-ms-lease-state", "leased").Header("x-ms-lease-status", "locked").Header("x-ms-lease-duration", "fixed")
	})
	for _, bad := range []int{0, 14, 61, -2} {
		s.check("a duration of "+strconv.Itoa(bad)+" seconds is refused", func(t *T) {
			l.make(t)
			acquire(t, bad).H("x-ms-proposed-lease-id", newID()).Fails(400, "InvalidHeaderValue")
		})
	}
	s.check("a proposed id that is none is refused", func(t *T) {
		l.make(t)
		acquire(t, 30).H("x-ms-proposed-lease-id", "mine").Fails(400, "InvalidHeaderValue")
	})
	s.check("a duration is required", func(t *T) {
		l.make(t)
		l.lease(t).H("x-ms-lease-action", "acquire").H("x-ms-proposed-lease-id", newID()).Fails(400, "MissingRequiredHeader")
	})
	s.check("an unknown action is refused", func(t *T) {
		l.make(t)
		l.lease(t).H("x-ms-lease-action", "borrow").Fails(400, "InvalidHeaderValue")
	})
	s.check("what is not there is not leased", func(t *T) {
		t.Filesystem()
		l.missing(t).H("x-ms-lease-action", "acquire").H("x-ms-lease-duration", "30").H("x-ms-proposed-lease-id", newID()).Fails(404, l.notFound)
	})
	s.check("what is leased is not leased to another", func(t *T) {
		taken(t, -1)
		acquire(t, 30).H("x-ms-proposed-lease-id", newID()).Fails(409, "LeaseAlreadyPresent")
	})
	s.check("the holder may acquire again, with another duration", func(t *T) {
		id := taken(t, 30)
		acquire(t, -1).H("x-ms-proposed-lease-id", id).Want(201).Header("x-ms-lease-id", id)
		l.state(t).Header("x-ms-lease-duration", "infinite")
	})
	s.check("a writer without the lease is refused", func(t *T) {
		id := taken(t, -1)
		l.write(t).Fails(412, "LeaseIdMissing")
		l.write(t).H("x-ms-lease-id", newID()).Fails(412, l.mismatch)
		l.write(t).H("x-ms-lease-id", id).Want(l.done)
	})
	s.check("a writer who names a lease where there is none is refused", func(t *T) {
		l.make(t)
		l.write(t).H("x-ms-lease-id", newID()).Fails(412, l.absent)
	})
	leaseChanges(s, l, taken)
	leaseBreaks(s, l, taken)
}

// leaseChanges are the cases of renew, change and release.
func leaseChanges(s *suite, l leasable, taken func(*T, int) string) {
	act := func(t *T, action, id string) *Request {
		return l.lease(t).H("x-ms-lease-action", action).H("x-ms-lease-id", id)
	}

	s.check("renew answers 200 with the id", func(t *T) {
		id := taken(t, 30)
		act(t, "renew", id).Want(200).Header("x-ms-lease-id", id).Have("ETag", "Last-Modified")
	})
	s.check("renew with another id is refused", func(t *T) {
		taken(t, 30)
		act(t, "renew", newID()).Fails(409, "LeaseIdMismatchWithLeaseOperation")
	})
	s.check("renew of what was never leased is refused", func(t *T) {
		l.make(t)
		act(t, "renew", newID()).Fails(409, "LeaseNotPresentWithLeaseOperation|LeaseIdMismatchWithLeaseOperation")
	})
	s.check("renew needs an id", func(t *T) {
		taken(t, 30)
		l.lease(t).H("x-ms-lease-action", "renew").Fails(400, "MissingRequiredHeader")
	})
	s.check("change gives the lease another id", func(t *T) {
		id, next := taken(t, -1), newID()
		act(t, "change", id).H("x-ms-proposed-lease-id", next).Want(200).Header("x-ms-lease-id", next)
		act(t, "renew", id).Fails(409, "LeaseIdMismatchWithLeaseOperation")
		act(t, "renew", next).Want(200)
	})
	s.check("change may be sent again", func(t *T) {
		id, next := taken(t, -1), newID()
		act(t, "change", id).H("x-ms-proposed-lease-id", next).Want(200)
		act(t, "change", id).H("x-ms-proposed-lease-id", next).Want(200).Header("x-ms-lease-id", next)
	})
	s.check("change with another id is refused", func(t *T) {
		taken(t, -1)
		act(t, "change", newID()).H("x-ms-proposed-lease-id", newID()).Fails(409, "LeaseIdMismatchWithLeaseOperation")
	})
	s.check("release makes it available", func(t *T) {
		id := taken(t, -1)
		act(t, "release", id).Want(200).Have("ETag", "Last-Modified")
		l.state(t).Header("x-ms-lease-state", "available").Header("x-ms-lease-status", "unlocked").No("x-ms-lease-duration")
		l.write(t).Want(l.done)
	})
	s.check("release with another id is refused", func(t *T) {
		taken(t, -1)
		act(t, "release", newID()).Fails(409, "LeaseIdMismatchWithLeaseOperation")
		l.state(t).Header("x-ms-lease-state", "leased")
	})
	s.check("release of what is not leased is refused", func(t *T) {
		l.make(t)
		act(t, "release", newID()).Fails(409, "LeaseNotPresentWithLeaseOperation|LeaseIdMismatchWithLeaseOperation")
	})
	s.check("what was released may be leased by another", func(t *T) {
		act(t, "release", taken(t, -1)).Want(200)
		l.lease(t).H("x-ms-lease-action", "acquire").H("x-ms-lease-duration", "15").H("x-ms-proposed-lease-id", newID()).Want(201)
	})
}

// leaseBreaks are the cases of break.
func leaseBreaks(s *suite, l leasable, taken func(*T, int) string) {
	breakIt := func(t *T) *Request { return l.lease(t).H("x-ms-lease-action", "break") }

	s.check("break ends an endless lease at once", func(t *T) {
		taken(t, -1)
		breakIt(t).Want(202).Header("x-ms-lease-time", "0")
		l.state(t).Header("x-ms-lease-state", "broken").Header("x-ms-lease-status", "unlocked")
		l.write(t).Want(l.done)
	})
	s.check("break of a lease with an end answers the time that is left", func(t *T) {
		taken(t, 60)
		left, err := strconv.Atoi(breakIt(t).Want(202).Has("x-ms-lease-time"))
		t.True(err == nil && left > 0 && left <= 60, "the time left is between 1 and 60 seconds")
		l.state(t).Header("x-ms-lease-state", "breaking").Header("x-ms-lease-status", "locked")
	})
	s.check("a break period of 0 ends it at once", func(t *T) {
		taken(t, 60)
		breakIt(t).H("x-ms-lease-break-period", "0").Want(202).Header("x-ms-lease-time", "0")
		l.state(t).Header("x-ms-lease-state", "broken")
	})
	s.check("while it breaks, the lease still holds", func(t *T) {
		id := taken(t, -1)
		breakIt(t).H("x-ms-lease-break-period", "60").Want(202)
		l.write(t).Fails(412, "LeaseIdMissing")
		l.write(t).H("x-ms-lease-id", id).Want(l.done)
	})
	s.check("while it breaks, nobody acquires it", func(t *T) {
		taken(t, -1)
		breakIt(t).H("x-ms-lease-break-period", "60").Want(202)
		l.lease(t).H("x-ms-lease-action", "acquire").H("x-ms-lease-duration", "30").H("x-ms-proposed-lease-id", newID()).
			Fails(409, "LeaseIsBreakingAndCannotBeAcquired|LeaseAlreadyPresent")
	})
	s.check("while it breaks, it is not changed", func(t *T) {
		id := taken(t, -1)
		breakIt(t).H("x-ms-lease-break-period", "60").Want(202)
		l.lease(t).H("x-ms-lease-action", "change").H("x-ms-lease-id", id).H("x-ms-proposed-lease-id", newID()).
			Fails(409, "LeaseIsBreakingAndCannotBeChanged")
	})
	s.check("a broken lease is not renewed", func(t *T) {
		id := taken(t, -1)
		breakIt(t).Want(202)
		l.lease(t).H("x-ms-lease-action", "renew").H("x-ms-lease-id", id).Fails(409, "LeaseIsBrokenAndCannotBeRenewed")
	})
	s.check("what is broken may be leased again", func(t *T) {
		taken(t, -1)
		breakIt(t).Want(202)
		l.lease(t).H("x-ms-lease-action", "acquire").H("x-ms-lease-duration", "15").H("x-ms-proposed-lease-id", newID()).Want(201)
	})
	s.check("a broken lease may be broken again, which dfs may refuse", func(t *T) {
		taken(t, -1)
		breakIt(t).Want(202)
		a := breakIt(t).Send()
		if l.operation == "PathLease" && a.status == 409 {
			t.True(contains("LeaseIsAlreadyBroken|LeaseAlreadyBroken", a.Get("x-ms-error-code")), "the code says that it is broken already")
			return
		}
		t.Equal("status", a.status, 202)
		a.Header("x-ms-lease-time", "0")
	})
	s.check("the holder may release what breaks", func(t *T) {
		id := taken(t, -1)
		breakIt(t).H("x-ms-lease-break-period", "60").Want(202)
		l.lease(t).H("x-ms-lease-action", "release").H("x-ms-lease-id", id).Want(200)
		l.state(t).Header("x-ms-lease-state", "available")
	})
	s.check("break of what was never leased is refused", func(t *T) {
		l.make(t)
		breakIt(t).Fails(409, "LeaseNotPresentWithLeaseOperation")
	})
	s.check("a break period of 61 seconds is refused", func(t *T) {
		taken(t, -1)
		breakIt(t).H("x-ms-lease-break-period", "61").Fails(400, "InvalidHeaderValue")
	})
}
