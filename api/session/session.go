package session

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/tenant/state"
)

const (
	sessionRecord = "session/"
	// idle is how long a session lasts that nobody uses, life how long it lasts at most.
	idle = 8 * time.Hour
	life = 7 * 24 * time.Hour
	// keepUsed is how exactly the last use is on disk: not every request waits for the disk.
	keepUsed = 5 * time.Minute
	// maxSessions bounds the memory and the disk of sessions.
	maxSessions = 10_000
)

// Options are what sessions, tokens and links are kept with. Both are required.
type Options struct {
	State *state.Store
	Clock func() time.Time
}

// Session is a browser that somebody has signed in with.
type Session struct {
	ID        string             `json:"id"`
	Principal insights.Principal `json:"principal"`
	// Groups are those that the sign-in told of, by object id.
	Groups []string  `json:"groups,omitempty"`
	Begun  time.Time `json:"begun"`
	Used   time.Time `json:"used"`
	From   string    `json:"from,omitempty"`  // address of the browser
	Agent  string    `json:"agent,omitempty"` // what it says it is
}

func (s Session) over(now time.Time) bool {
	return now.Sub(s.Used) > idle || now.Sub(s.Begun) > life
}

// Sessions are all sessions. They are safe for concurrent use.
type Sessions struct {
	state *state.Store
	clock func() time.Time

	mu   sync.Mutex
	byID map[string]Session
	kept map[string]time.Time // by id: the last use that is on disk
}

// OpenSessions reads the sessions.
func OpenSessions(o Options) (*Sessions, error) {
	all := &Sessions{state: o.State, clock: o.Clock, byID: map[string]Session{}, kept: map[string]time.Time{}}
	for name, value := range o.State.Records(sessionRecord) {
		var s Session
		if err := json.Unmarshal(value, &s); err != nil {
			return nil, errs.E(errs.Op("session.OpenSessions"), errs.Corrupt, errs.Item(name), err)
		}
		all.byID[s.ID], all.kept[s.ID] = s, s.Used
	}
	return all, nil
}

// Begin begins a session and returns its secret, which is told once.
func (all *Sessions) Begin(s Session) (secret string, begun Session, err error) {
	secret = newSecret()
	now := all.clock().UTC()
	s.ID, s.Begun, s.Used = hashOf(secret), now, now
	all.mu.Lock()
	defer all.mu.Unlock()
	gone := all.makeRoom(now)
	changes := []state.Change{{Key: sessionRecord + s.ID, Value: s}}
	for _, id := range gone {
		changes = append(changes, state.Change{Key: sessionRecord + id})
	}
	if err := all.state.Commit(changes...); err != nil {
		return "", s, errs.E(errs.Op("session.Begin"), err)
	}
	for _, id := range gone {
		all.forget(id)
	}
	all.byID[s.ID], all.kept[s.ID] = s, now
	return secret, s, nil
}

// makeRoom returns the sessions that are over and, where there are too many, those that were used least lately.
func (all *Sessions) makeRoom(now time.Time) []string {
	var gone []string
	left := make([]Session, 0, len(all.byID))
	for id, s := range all.byID {
		if s.over(now) {
			gone = append(gone, id)
		} else {
			left = append(left, s)
		}
	}
	if over := len(left) - maxSessions + 1; over > 0 {
		slices.SortFunc(left, func(a, b Session) int { return a.Used.Compare(b.Used) })
		for _, s := range left[:over] {
			gone = append(gone, s.ID)
		}
	}
	return gone
}

func (all *Sessions) forget(id string) {
	delete(all.byID, id)
	delete(all.kept, id)
}

// Use finds the session of a secret and notes that it was used.
func (all *Sessions) Use(secret string) (Session, bool) {
	id, now := hashOf(secret), all.clock().UTC()
	all.mu.Lock()
	defer all.mu.Unlock()
	s, ok := all.byID[id]
	if !ok || s.over(now) {
		return Session{}, false
	}
	s.Used = now
	all.byID[id] = s
	if now.Sub(all.kept[id]) > keepUsed && all.state.Commit(state.Change{Key: sessionRecord + id, Value: s}) == nil {
		all.kept[id] = now // a disk that fails is told by what must be kept
	}
	return s, true
}

// End ends a session; one that is not there is ended already.
func (all *Sessions) End(id string) error {
	all.mu.Lock()
	defer all.mu.Unlock()
	if _, ok := all.byID[id]; !ok {
		return nil
	}
	if err := all.state.Commit(state.Change{Key: sessionRecord + id}); err != nil {
		return errs.E(errs.Op("session.End"), err)
	}
	all.forget(id)
	return nil
}

// Of lists the sessions of a principal that are not over, the latest used first.
func (all *Sessions) Of(principal string) []Session {
	all.mu.Lock()
	defer all.mu.Unlock()
	now := all.clock()
	list := []Session{}
	for _, s := range all.byID {
		if s.Principal.ID == principal && !s.over(now) {
			list = append(list, s)
		}
	}
	slices.SortFunc(list, func(a, b Session) int { return cmp.Or(b.Used.Compare(a.Used), strings.Compare(a.ID, b.ID)) })
	return list
}

// CSRFToken is what a page must send along with changes in a session. Pages of other origins can make a browser send the
// session's cookie, and cannot read this.
func CSRFToken(secret string) string {
	sum := sha256.Sum256([]byte("csrf " + secret))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func newSecret() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// Expires is when the session ends if nobody uses it from now on.
func (s Session) Expires() time.Time {
	if end := s.Begun.Add(life); end.Before(s.Used.Add(idle)) {
		return end
	}
	return s.Used.Add(idle)
}
