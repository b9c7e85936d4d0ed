package entra

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/tenant/state"
)

const (
	sessionRecord = "entra/session/"
	// sessionLife is how long a refresh token is good for when nobody uses it (Entra's 90 days).
	sessionLife = 90 * 24 * time.Hour
	// reuseGrace is how long the refresh token before the last is taken, too: for clients that did not get the answer,
	// and for two processes that share one.
	reuseGrace = time.Minute
	// maxSessions bounds the memory and the disk of sign-ins.
	maxSessions = 20_000
)

// session is a sign-in that goes on by refresh tokens. Each use gives a new token; one that was replaced before is
// somebody's who should not have it, and ends the session for all.
type session struct {
	User     access.ObjectID `json:"user"`
	Client   string          `json:"client"` // application id
	Method   string          `json:"method"`
	SignedIn time.Time       `json:"signedIn"`
	Used     time.Time       `json:"used"`
	// Current and Previous are hashes of the secrets of refresh tokens.
	Current  []byte `json:"current"`
	Previous []byte `json:"previous,omitempty"`
}

// sessions holds all sign-ins that go on.
type sessions struct {
	state *state.Store
	clock func() time.Time

	mu   sync.Mutex
	byID map[string]session
}

func openSessions(s *state.Store, clock func() time.Time) (*sessions, error) {
	all := &sessions{state: s, clock: clock, byID: map[string]session{}}
	for key, value := range s.Records(sessionRecord) {
		var one session
		if err := json.Unmarshal(value, &one); err != nil {
			return nil, errs.E(errs.Corrupt, errs.Item(key), err)
		}
		all.byID[strings.TrimPrefix(key, sessionRecord)] = one
	}
	return all, nil
}

// begin keeps a sign-in and returns its first refresh token.
func (all *sessions) begin(s session) (string, error) {
	id, secret := secretText(), secretText()
	s.Used, s.Current = all.clock().UTC(), hashOf(secret)
	all.mu.Lock()
	defer all.mu.Unlock()
	changes := all.makeRoom()
	if err := all.state.Commit(append(changes, state.Change{Key: sessionRecord + id, Value: s})...); err != nil {
		return "", err
	}
	for _, c := range changes {
		delete(all.byID, strings.TrimPrefix(c.Key, sessionRecord))
	}
	all.byID[id] = s
	return id + "." + secret, nil
}

// makeRoom ends the sessions that have expired and, where there are too many, a tenth: those that were used least lately.
func (all *sessions) makeRoom() []state.Change {
	if len(all.byID) < maxSessions {
		return nil
	}
	type used struct {
		id string
		at time.Time
	}
	list := make([]used, 0, len(all.byID))
	for id, s := range all.byID {
		list = append(list, used{id, s.Used})
	}
	slices.SortFunc(list, func(a, b used) int { return a.at.Compare(b.at) })
	now := all.clock()
	var changes []state.Change
	for i, u := range list {
		if i < maxSessions/10 || now.Sub(u.at) > sessionLife {
			changes = append(changes, state.Change{Key: sessionRecord + u.id})
		}
	}
	return changes
}

// use takes a refresh token of a client and returns the session with the next token. check looks at the session before
// anything changes.
func (all *sessions) use(token, client string, check func(session) *failure) (session, string, *failure, error) {
	id, secret, _ := strings.Cut(token, ".")
	all.mu.Lock()
	defer all.mu.Unlock()
	s, ok := all.byID[id]
	if !ok || s.Client != client {
		return session{}, "", fail(invalidGrant, 70000, "The provided refresh token is not valid, has been revoked, or was issued to another client."), nil
	}
	now, hash := all.clock().UTC(), hashOf(secret)
	current := subtle.ConstantTimeCompare(hash, s.Current) == 1
	previous := subtle.ConstantTimeCompare(hash, s.Previous) == 1 && now.Sub(s.Used) <= reuseGrace
	switch {
	case now.Sub(s.Used) > sessionLife:
		return session{}, "", fail(invalidGrant, 700082, "The refresh token has expired due to inactivity."), all.end(id)
	case !current && !previous:
		return session{}, "", fail(invalidGrant, 50173,
			"The provided grant has been revoked: the refresh token was used before, and a fresh sign-in is needed."), all.end(id)
	}
	if f := check(s); f != nil {
		return session{}, "", f, all.end(id)
	}
	next := secretText()
	s.Current, s.Previous, s.Used = hashOf(next), hash, now
	if err := all.state.Commit(state.Change{Key: sessionRecord + id, Value: s}); err != nil {
		return session{}, "", nil, err
	}
	all.byID[id] = s
	return s, id + "." + next, nil, nil
}

func (all *sessions) end(id string) error {
	if err := all.state.Commit(state.Change{Key: sessionRecord + id}); err != nil {
		return err
	}
	delete(all.byID, id)
	return nil
}

// hashOf hashes a secret of 256 bits, which nobody can guess, and so without salt and work.
func hashOf(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// challengeOf is the PKCE challenge of a verifier (RFC 7636, method S256).
func challengeOf(verifier string) string {
	return base64.RawURLEncoding.EncodeToString(hashOf(verifier))
}
