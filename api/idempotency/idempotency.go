// Package idempotency keeps the answers of requests that bear a key of their caller's, so that a request which is sent
// again, as its answer got lost, is answered as before and not done twice ("The Idempotency-Key HTTP Header Field",
// draft-ietf-httpapi-idempotency-key-header).
//
// Answers are kept for a day, encrypted, as some hold a secret that is told once.
package idempotency

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/tenant/state"
)

const (
	record = "answer/"
	// Keep is how long an answer stays.
	Keep = 24 * time.Hour
	// maxAnswers bounds the memory of answers; the oldest go first.
	maxAnswers = 1000
)

// Options are what answers are kept with. Both are required.
type Options struct {
	State *state.Store
	Clock func() time.Time
}

// Answer is what was answered.
type Answer struct {
	Status int                 `json:"status"`
	Header map[string][]string `json:"header"`
	Body   []byte              `json:"body"`
}

// kept is an answer on disk.
type kept struct {
	At     time.Time `json:"at"`
	Asked  string    `json:"asked"` // hash of what was asked
	Sealed []byte    `json:"sealed"`
}

// Answers are the answers that are kept. They are safe for concurrent use.
type Answers struct {
	state *state.Store
	clock func() time.Time

	mu    sync.Mutex
	byKey map[string]kept
	going map[string]bool
}

// Open reads the answers.
func Open(o Options) (*Answers, error) {
	all := &Answers{state: o.State, clock: o.Clock, byKey: map[string]kept{}, going: map[string]bool{}}
	for name, value := range o.State.Records(record) {
		var k kept
		if err := json.Unmarshal(value, &k); err != nil {
			return nil, errs.E(errs.Op("idempotency.Open"), errs.Corrupt, errs.Item(name), err)
		}
		all.byKey[strings.TrimPrefix(name, record)] = k
	}
	return all, nil
}

// Begin begins a request of a caller with a key. asked is what it asks for: method, address and body. It returns the
// answer that was given before, or nil: then the request is to be done, and ended with [Answers.End]. A key that was used
// for something else is Invalid, one whose request is going on a Conflict.
func (all *Answers) Begin(caller, key string, asked []byte) (*Answer, error) {
	const op errs.Op = "idempotency.Begin"
	id := hash(caller + "\x00" + key)
	all.mu.Lock()
	defer all.mu.Unlock()
	k, ok := all.byKey[id]
	switch {
	case all.going[id]:
		return nil, errs.E(op, errs.Conflict, errs.Code("RequestInProgress"), "the request with this Idempotency-Key is going on", errs.Hint("send it again in a while"))
	case !ok || all.clock().Sub(k.At) > Keep:
		all.going[id] = true
		return nil, nil //nolint:nilnil // there is no answer yet, and that is no failure
	case k.Asked != hash(string(asked)):
		return nil, errs.E(op, errs.Invalid, errs.Code("IdempotencyKeyReused"), "the Idempotency-Key was used for another request", errs.Hint("use a new key for each request"))
	}
	text, err := all.state.Unseal(record+id, k.Sealed)
	if err != nil {
		return nil, errs.E(op, err)
	}
	var a Answer
	if err := json.Unmarshal(text, &a); err != nil {
		return nil, errs.E(op, errs.Corrupt, err)
	}
	return &a, nil
}

// End ends a request that was begun. A nil answer is not kept: the request may be tried again.
func (all *Answers) End(caller, key string, asked []byte, a *Answer) error {
	id := hash(caller + "\x00" + key)
	all.mu.Lock()
	defer all.mu.Unlock()
	delete(all.going, id)
	if a == nil {
		return nil
	}
	text, err := json.Marshal(a)
	if err != nil {
		return errs.E(errs.Op("idempotency.End"), errs.Internal, err)
	}
	k := kept{At: all.clock().UTC(), Asked: hash(string(asked)), Sealed: all.state.Seal(record+id, text)}
	gone := all.makeRoom()
	changes := []state.Change{{Key: record + id, Value: k}}
	for _, one := range gone {
		changes = append(changes, state.Change{Key: record + one})
	}
	if err := all.state.Commit(changes...); err != nil {
		return errs.E(errs.Op("idempotency.End"), err)
	}
	for _, one := range gone {
		delete(all.byKey, one)
	}
	all.byKey[id] = k
	return nil
}

// makeRoom returns the answers that are too old and, where there are too many, the oldest.
func (all *Answers) makeRoom() []string {
	ids := make([]string, 0, len(all.byKey))
	for id := range all.byKey {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b string) int { return all.byKey[a].At.Compare(all.byKey[b].At) })
	now := all.clock()
	for i, id := range ids {
		if len(ids)-i < maxAnswers && now.Sub(all.byKey[id].At) <= Keep {
			return ids[:i]
		}
	}
	return ids
}

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
