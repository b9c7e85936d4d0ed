package api

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/ownlake/ownlake/errs"
)

const (
	// maxFailures are the tries to sign in that one address has at once; every refill it gets one back.
	maxFailures = 20
	refill      = 3 * time.Second
	// maxLimited bounds the memory of it.
	maxLimited = 10_000
)

// limiter bounds how often an address may try to get in: tries that fail, and sign-ins that it begins. (Whose password is
// tried is the issuer's to count.)
type limiter struct {
	clock func() time.Time

	mu    sync.Mutex
	empty map[string]time.Time // by address: when all tries are back
}

func newLimiter(clock func() time.Time) *limiter {
	return &limiter{clock: clock, empty: map[string]time.Time{}}
}

// allow reports whether the address has a try left.
func (l *limiter) allow(from string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.empty[from].Sub(l.clock()) <= (maxFailures-1)*refill
}

// failed takes a try from the address.
func (l *limiter) failed(from string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock()
	if len(l.empty) >= maxLimited {
		for address, at := range l.empty {
			if at.Before(now) {
				delete(l.empty, address)
			}
		}
		if len(l.empty) >= maxLimited {
			clear(l.empty)
		}
	}
	at := l.empty[from]
	if at.Before(now) {
		at = now
	}
	l.empty[from] = at.Add(refill)
}

// tooMany is the problem of an address that has no try left.
func tooMany() *Problem {
	p := newProblem(errs.E(errs.Permission, errs.Code("TooManyTries"), "too many tries to sign in from this address", errs.Hint("wait a minute")))
	p.Status, p.Title = http.StatusTooManyRequests, http.StatusText(http.StatusTooManyRequests)
	p.retryAfter = strconv.Itoa(int(refill.Seconds()))
	return p
}
