package session

import (
	"sync"
	"time"

	"github.com/ownlake/ownlake/errs"
)

// linkLife is how long a link can be followed. Its secret is in a terminal's history and perhaps in a log.
const linkLife = time.Hour

// maxLinks bounds the memory of links.
const maxLinks = 100

// Links are the links that sign somebody in, each once. They are in memory: a server that is started again makes others.
type Links struct {
	clock func() time.Time

	mu     sync.Mutex
	expire map[string]time.Time // by hash of the secret
}

// NewLinks makes an empty set of links.
func NewLinks(clock func() time.Time) *Links {
	return &Links{clock: clock, expire: map[string]time.Time{}}
}

// Make makes a link and returns its secret.
func (l *Links) Make() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.clock()
	for hash, end := range l.expire {
		if now.After(end) || len(l.expire) >= maxLinks {
			delete(l.expire, hash)
		}
	}
	secret := newSecret()
	l.expire[hashOf(secret)] = now.Add(linkLife)
	return secret
}

// Follow uses a link up. One that is not known, was followed or is too old is Unauthorized.
func (l *Links) Follow(secret string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	hash := hashOf(secret)
	end, ok := l.expire[hash]
	delete(l.expire, hash)
	if !ok || l.clock().After(end) {
		return errs.E(errs.Op("session.Follow"), errs.Unauthorized, "the link was used before, or is too old",
			errs.Hint("ownlake signin makes another one, on the machine of the server"))
	}
	return nil
}

// Known reports whether a link could be followed.
func (l *Links) Known(secret string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	end, ok := l.expire[hashOf(secret)]
	return ok && !l.clock().After(end)
}
