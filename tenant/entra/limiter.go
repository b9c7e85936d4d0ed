package entra

import (
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

const (
	// maxFailures in a row lock a name for a while, as Entra's smart lockout does: a minute, and twice as long each
	// further time.
	maxFailures = 10
	lockFor     = time.Minute
	maxLock     = time.Hour
	// forgetAfter is how long failures count.
	forgetAfter = time.Hour
	// maxCounted bounds the memory of it.
	maxCounted = 10_000
)

// limiter counts failures by name and address, so that nobody can guess on, and nobody can lock out somebody who
// comes from elsewhere.
type limiter struct {
	clock func() time.Time

	mu     sync.Mutex
	counts map[string]*failureCount
}

type failureCount struct {
	failures int
	last     time.Time
	lockedTo time.Time
}

func newLimiter(clock func() time.Time) *limiter {
	return &limiter{clock: clock, counts: map[string]*failureCount{}}
}

// limitKey is whose failures a request's are.
func limitKey(r *http.Request, kind, name string) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	return kind + " " + host + " " + strings.ToLower(name)
}

// locked returns how long the name must wait, or 0.
func (l *limiter) locked(key string) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	c, ok := l.counts[key]
	if !ok {
		return 0
	}
	return max(c.lockedTo.Sub(l.clock()), 0)
}

func (l *limiter) failed(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock()
	c, ok := l.counts[key]
	if !ok || now.Sub(c.last) > forgetAfter {
		l.makeRoom(now)
		c = &failureCount{}
		l.counts[key] = c
	}
	c.failures++
	c.last = now
	if over := c.failures - maxFailures; over >= 0 {
		c.lockedTo = now.Add(min(lockFor<<min(over, 8), maxLock))
	}
}

func (l *limiter) succeeded(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.counts, key)
}

// makeRoom forgets what is old, and if that is not enough, any that are not locked.
func (l *limiter) makeRoom(now time.Time) {
	if len(l.counts) < maxCounted {
		return
	}
	for key, c := range l.counts {
		if now.Sub(c.last) > forgetAfter {
			delete(l.counts, key)
		}
	}
	for key, c := range l.counts {
		if len(l.counts) < maxCounted {
			return
		}
		if !now.Before(c.lockedTo) {
			delete(l.counts, key)
		}
	}
	for key := range l.counts {
		if len(l.counts) < maxCounted {
			return
		}
		delete(l.counts, key)
	}
}
