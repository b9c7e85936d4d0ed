// Package permission keeps who has which role in which environment (ROL-1 to ROL-6), and decides the role of a caller.
//
// Assignments name users, groups and applications by their object ids. They are the server's own and not in the lake:
// whoever may write in an environment's folder must not thereby be able to make himself its administrator here.
package permission

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/tenant/state"
)

const record = "role/"

// Options are what assignments are kept with. Both are required.
type Options struct {
	State *state.Store
	Clock func() time.Time
}

// Assignments are all role assignments. They are safe for concurrent use.
type Assignments struct {
	state *state.Store
	clock func() time.Time

	mu    sync.RWMutex
	byKey map[key]insights.RoleAssignment
}

// key is an environment and a principal, who has one role there at most. Ids of different kinds do not meet: they are
// those of one directory.
type key struct {
	environment insights.EnvironmentID
	principal   string
}

func keyOf(a insights.RoleAssignment) key {
	return key{a.Environment, strings.ToLower(a.Principal.ID)}
}

func (k key) record() string { return record + string(k.environment) + "/" + k.principal }

// Open reads the assignments.
func Open(o Options) (*Assignments, error) {
	all := &Assignments{state: o.State, clock: o.Clock, byKey: map[key]insights.RoleAssignment{}}
	for name, value := range o.State.Records(record) {
		var a insights.RoleAssignment
		if err := json.Unmarshal(value, &a); err != nil {
			return nil, errs.E(errs.Op("permission.Open"), errs.Corrupt, errs.Item(name), err)
		}
		all.byKey[keyOf(a)] = a
	}
	return all, nil
}

// List returns the assignments of an environment, by principals' names; of the server for [insights.AllEnvironments].
func (all *Assignments) List(env insights.EnvironmentID) []insights.RoleAssignment {
	all.mu.RLock()
	defer all.mu.RUnlock()
	list := []insights.RoleAssignment{}
	for k, a := range all.byKey {
		if k.environment == env {
			list = append(list, a)
		}
	}
	slices.SortFunc(list, func(a, b insights.RoleAssignment) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Principal.Name), strings.ToLower(b.Principal.Name)), strings.Compare(a.Principal.ID, b.Principal.ID))
	})
	return list
}

// Get returns the assignment of a principal; NotFound where there is none.
func (all *Assignments) Get(env insights.EnvironmentID, principal string) (insights.RoleAssignment, error) {
	all.mu.RLock()
	defer all.mu.RUnlock()
	a, ok := all.byKey[key{env, strings.ToLower(principal)}]
	if !ok {
		return a, errs.E(errs.Op("permission.Get"), errs.NotFound, errs.Item(principal), "the principal has no role here")
	}
	return a, nil
}

// RoleOf is the greatest role that one of the ids has in the environment, be it there or on the server. The ids are a
// caller's own and those of its groups. It is "" where there is none.
func (all *Assignments) RoleOf(env insights.EnvironmentID, ids []string) insights.Role {
	all.mu.RLock()
	defer all.mu.RUnlock()
	var role insights.Role
	for _, id := range ids {
		for _, at := range []insights.EnvironmentID{env, insights.AllEnvironments} {
			if a, ok := all.byKey[key{at, strings.ToLower(id)}]; ok && !role.Includes(a.Role) {
				role = a.Role
			}
		}
	}
	return role
}

// Set gives a principal a role in place of the one it has. expect looks at the former one, nil if there is none, before
// anything changes. The last owner of an environment keeps that role: a Conflict.
func (all *Assignments) Set(a insights.RoleAssignment, expect func(*insights.RoleAssignment) error) (insights.RoleAssignment, error) {
	const op errs.Op = "permission.Set"
	a.Principal.ID = strings.ToLower(a.Principal.ID)
	a.AssignedAt = all.clock().UTC()
	all.mu.Lock()
	defer all.mu.Unlock()
	former, err := all.former(keyOf(a), expect)
	if err == nil && former != nil && a.Role != insights.Owner {
		err = all.keepAnOwner(*former)
	}
	if err == nil {
		err = all.state.Commit(state.Change{Key: keyOf(a).record(), Value: a})
	}
	if err != nil {
		return a, errs.E(op, err)
	}
	all.byKey[keyOf(a)] = a
	return a, nil
}

// Remove takes a principal's role away, see [Assignments.Set]. NotFound where it has none.
func (all *Assignments) Remove(env insights.EnvironmentID, principal string, expect func(*insights.RoleAssignment) error) (insights.RoleAssignment, error) {
	const op errs.Op = "permission.Remove"
	k := key{env, strings.ToLower(principal)}
	all.mu.Lock()
	defer all.mu.Unlock()
	former, err := all.former(k, expect)
	switch {
	case err != nil:
	case former == nil:
		err = errs.E(errs.NotFound, errs.Item(principal), "the principal has no role here")
	default:
		if err = all.keepAnOwner(*former); err == nil {
			err = all.state.Commit(state.Change{Key: k.record()})
		}
	}
	if err != nil {
		return insights.RoleAssignment{}, errs.E(op, err)
	}
	delete(all.byKey, k)
	return *former, nil
}

func (all *Assignments) former(k key, expect func(*insights.RoleAssignment) error) (*insights.RoleAssignment, error) {
	var former *insights.RoleAssignment
	if a, ok := all.byKey[k]; ok {
		former = &a
	}
	if expect == nil {
		return former, nil
	}
	return former, expect(former)
}

// keepAnOwner refuses to take its role from the only owner.
func (all *Assignments) keepAnOwner(a insights.RoleAssignment) error {
	if a.Role != insights.Owner {
		return nil
	}
	for k, other := range all.byKey {
		if k.environment == a.Environment && other.Role == insights.Owner && k != keyOf(a) {
			return nil
		}
	}
	return errs.E(errs.Conflict, errs.Item(a.Principal.Name), "nobody else is an owner", errs.Hint("make somebody else an owner first"))
}

// Forget removes all assignments of an environment that is gone.
func (all *Assignments) Forget(env insights.EnvironmentID) error {
	all.mu.Lock()
	defer all.mu.Unlock()
	var changes []state.Change
	var gone []key
	for k := range all.byKey {
		if k.environment == env {
			gone, changes = append(gone, k), append(changes, state.Change{Key: k.record()})
		}
	}
	if err := all.state.Commit(changes...); err != nil {
		return errs.E(errs.Op("permission.Forget"), err)
	}
	for _, k := range gone {
		delete(all.byKey, k)
	}
	return nil
}
