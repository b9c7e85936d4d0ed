package resources

import (
	"encoding/json"
	"io"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/tenant/state"
)

// Options say where the records are and what time it is. State, Clock and Random are required.
type Options struct {
	State *state.Store
	Clock func() time.Time
	// Random is where keys come from; crypto/rand.Reader outside of tests.
	Random io.Reader
	// Propagation is how long changes of role assignments take to reach the lake; 0 means that they do at once.
	Propagation time.Duration
}

// Resources holds what the tenant's subscriptions hold. It is safe for concurrent use.
type Resources struct {
	options     Options
	propagation atomic.Int64

	mu   sync.Mutex // held by changes
	view atomic.Pointer[view]
}

// view is everything at one moment. It is never changed: a change makes another.
type view struct {
	subscriptions map[string]Subscription   // by id, folded
	groups        map[string]ResourceGroup  // by scope, folded
	accounts      map[string]Account        // by name
	assignments   map[string]RoleAssignment // by scope and name, folded
	operations    map[string]Operation      // by id
	byPrincipal   map[string][]RoleAssignment
}

// Prefixes of the keys of records. The directory has its own beside them.
const (
	subscriptionPrefix = "resources/subscription/"
	groupPrefix        = "resources/group/"
	accountPrefix      = "resources/account/"
	assignmentPrefix   = "resources/assignment/"
	operationPrefix    = "resources/operation/"
)

// Open reads the records of a state. It is Corrupt where one cannot be read.
func Open(o Options) (*Resources, error) {
	const op errs.Op = "resources.Open"
	r := &Resources{options: o}
	r.propagation.Store(int64(o.Propagation))
	v := &view{accounts: map[string]Account{}}
	var err error
	load := func(prefix string, read func(key string, text json.RawMessage) error) {
		for key, text := range o.State.Records(prefix) {
			if err == nil {
				if e := read(strings.TrimPrefix(key, prefix), text); e != nil {
					err = errs.E(op, errs.Corrupt, errs.Item(key), "the record cannot be read",
						errs.Hint("restore the tenant's folder from a backup"), e)
				}
			}
		}
	}
	v.subscriptions = map[string]Subscription{}
	load(subscriptionPrefix, into(v.subscriptions))
	v.groups = map[string]ResourceGroup{}
	load(groupPrefix, into(v.groups))
	v.assignments = map[string]RoleAssignment{}
	load(assignmentPrefix, into(v.assignments))
	v.operations = map[string]Operation{}
	load(operationPrefix, into(v.operations))
	load(accountPrefix, func(name string, text json.RawMessage) error {
		a, err := r.readAccount(text)
		v.accounts[name] = a
		return err
	})
	if err != nil {
		return nil, err
	}
	v.index()
	r.view.Store(v)
	return r, nil
}

func into[T any](records map[string]T) func(string, json.RawMessage) error {
	return func(key string, text json.RawMessage) error {
		var value T
		err := json.Unmarshal(text, &value)
		records[key] = value
		return err
	}
}

// SetPropagation changes how long changes of role assignments take to reach the lake.
func (r *Resources) SetPropagation(d time.Duration) { r.propagation.Store(int64(d)) }

// index sorts assignments by their holder.
func (v *view) index() {
	v.byPrincipal = map[string][]RoleAssignment{}
	for _, a := range v.assignments {
		key := fold(string(a.Principal))
		v.byPrincipal[key] = append(v.byPrincipal[key], a)
	}
}

// tx is a change under way: a view of its own, and the records that differ.
type tx struct {
	view
	changes []state.Change
}

// change makes a change, or none where f returns an error. It is on disk when change returns.
func (r *Resources) change(f func(*tx) error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	old := r.view.Load()
	t := &tx{view: view{
		subscriptions: maps.Clone(old.subscriptions), groups: maps.Clone(old.groups), accounts: maps.Clone(old.accounts),
		assignments: maps.Clone(old.assignments), operations: maps.Clone(old.operations),
	}}
	if err := f(t); err != nil {
		return err
	}
	if err := r.options.State.Commit(t.changes...); err != nil {
		return err
	}
	t.index()
	r.view.Store(&t.view)
	return nil
}

func (t *tx) put(key string, value any) {
	t.changes = append(t.changes, state.Change{Key: key, Value: value})
}

func (t *tx) remove(key string) { t.changes = append(t.changes, state.Change{Key: key}) }

// fold is how names, ids and scopes compare: without regard to case.
func fold(s string) string { return strings.ToLower(s) }
