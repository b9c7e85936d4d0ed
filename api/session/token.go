package session

import (
	"cmp"
	"crypto/subtle"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/tenant/state"
)

const (
	tokenRecord = "token/"
	// TokenPrefix begins every API token, so that scanners for secrets find those that got where they should not be.
	TokenPrefix = "olk_"
	// MaxTokenLife is how long a token is good for at most.
	MaxTokenLife = 366 * 24 * time.Hour
	// maxTokens bounds the tokens of one principal.
	maxTokens = 100
)

// Token lets a program act as the principal that made it, with the role that it has then, and at most with the one named.
type Token struct {
	ID        string             `json:"id"`
	Name      string             `json:"name"`
	Principal insights.Principal `json:"principal"`
	Groups    []string           `json:"groups,omitempty"`
	// Role is the most that the token gives; empty: all that the principal may.
	Role insights.Role `json:"role,omitempty"`
	// Environment is the only one that the token is good for; empty: all.
	Environment insights.EnvironmentID `json:"environment,omitempty"`
	Created     time.Time              `json:"created"`
	Expires     time.Time              `json:"expires"`
	Used        time.Time              `json:"used,omitzero"`
}

// tokenState is a token as it is kept.
type tokenState struct {
	Token
	Hash string `json:"hash"`
}

// Tokens are all API tokens. They are safe for concurrent use.
type Tokens struct {
	state *state.Store
	clock func() time.Time

	mu   sync.Mutex
	byID map[string]tokenState
}

// OpenTokens reads the tokens.
func OpenTokens(o Options) (*Tokens, error) {
	all := &Tokens{state: o.State, clock: o.Clock, byID: map[string]tokenState{}}
	for name, value := range o.State.Records(tokenRecord) {
		var t tokenState
		if err := json.Unmarshal(value, &t); err != nil {
			return nil, errs.E(errs.Op("session.OpenTokens"), errs.Corrupt, errs.Item(name), err)
		}
		all.byID[t.ID] = t
	}
	return all, nil
}

// Create makes a token for a principal and returns its text, which is told once. Expires must be within
// [MaxTokenLife].
func (all *Tokens) Create(t Token) (text string, created Token, err error) {
	const op errs.Op = "session.Tokens.Create"
	now := all.clock().UTC()
	switch {
	case strings.TrimSpace(t.Name) == "":
		return "", t, errs.E(op, errs.Invalid, errs.Item("name"), "a token needs a name", errs.Hint("name it after what will use it"))
	case !t.Expires.After(now) || t.Expires.Sub(now) > MaxTokenLife:
		return "", t, errs.E(op, errs.Invalid, errs.Item("expires"), "a token expires within the next 366 days", errs.Hint("choose a date in the next year"))
	}
	all.mu.Lock()
	defer all.mu.Unlock()
	if len(all.of(t.Principal.ID)) >= maxTokens {
		return "", t, errs.E(op, errs.Conflict, "there are 100 tokens already", errs.Hint("revoke those that nobody uses"))
	}
	secret := newSecret()
	t.ID, t.Created, t.Expires, t.Used = uuid.NewString(), now, t.Expires.UTC(), time.Time{}
	kept := tokenState{t, hashOf(secret)}
	if err := all.state.Commit(state.Change{Key: tokenRecord + t.ID, Value: kept}); err != nil {
		return "", t, errs.E(op, err)
	}
	all.byID[t.ID] = kept
	return TokenPrefix + strings.ReplaceAll(t.ID, "-", "") + "_" + secret, t, nil
}

// Use finds the token of a text and notes that it was used.
func (all *Tokens) Use(text string) (Token, bool) {
	rest, isToken := strings.CutPrefix(text, TokenPrefix)
	id, secret, _ := strings.Cut(rest, "_")
	parsed, err := uuid.Parse(id)
	if !isToken || err != nil {
		return Token{}, false
	}
	now := all.clock().UTC()
	all.mu.Lock()
	defer all.mu.Unlock()
	t, ok := all.byID[parsed.String()]
	if !ok || subtle.ConstantTimeCompare([]byte(t.Hash), []byte(hashOf(secret))) != 1 || !now.Before(t.Expires) {
		return Token{}, false
	}
	if now.Sub(t.Used) > keepUsed {
		t.Used = now
		if all.state.Commit(state.Change{Key: tokenRecord + t.ID, Value: t}) == nil {
			all.byID[t.ID] = t
		}
	}
	return t.Token, true
}

// Of lists the tokens of a principal, expired ones too, the newest first.
func (all *Tokens) Of(principal string) []Token {
	all.mu.Lock()
	defer all.mu.Unlock()
	return all.of(principal)
}

func (all *Tokens) of(principal string) []Token {
	list := []Token{}
	for _, t := range all.byID {
		if t.Principal.ID == principal {
			list = append(list, t.Token)
		}
	}
	slices.SortFunc(list, func(a, b Token) int { return cmp.Or(b.Created.Compare(a.Created), strings.Compare(a.ID, b.ID)) })
	return list
}

// Revoke ends a token of a principal. NotFound where it has none of the id.
func (all *Tokens) Revoke(principal, id string) (Token, error) {
	const op errs.Op = "session.Tokens.Revoke"
	all.mu.Lock()
	defer all.mu.Unlock()
	t, ok := all.byID[id]
	if !ok || t.Principal.ID != principal {
		return Token{}, errs.E(op, errs.NotFound, errs.Item(id), "there is no such token")
	}
	if err := all.state.Commit(state.Change{Key: tokenRecord + id}); err != nil {
		return Token{}, errs.E(op, err)
	}
	delete(all.byID, id)
	return t.Token, nil
}
