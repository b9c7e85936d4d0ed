package directory

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/tenant/state"
)

// ids is a set of object ids.
type ids map[access.ObjectID]struct{}

// relation holds pairs of objects: of a group and a member, or of an object and an owner. It can be read both ways.
type relation struct {
	key      string // prefix of its records
	from, to map[access.ObjectID]ids
}

func newRelation(key string) relation {
	return relation{key, map[access.ObjectID]ids{}, map[access.ObjectID]ids{}}
}

func (r relation) recordKey(from, to access.ObjectID) string {
	return r.key + string(from) + "/" + string(to)
}

func (r relation) load(key string) error {
	from, to, ok := strings.Cut(strings.TrimPrefix(key, r.key), "/")
	if !ok {
		return fmt.Errorf("not a pair of objects: %q", key)
	}
	r.add(access.ObjectID(from), access.ObjectID(to))
	return nil
}

func (r relation) has(from, to access.ObjectID) bool {
	_, ok := r.from[from][to]
	return ok
}

func (r relation) add(from, to access.ObjectID) {
	if r.from[from] == nil {
		r.from[from] = ids{}
	}
	if r.to[to] == nil {
		r.to[to] = ids{}
	}
	r.from[from][to], r.to[to][from] = struct{}{}, struct{}{}
}

func (r relation) remove(from, to access.ObjectID) {
	delete(r.from[from], to)
	delete(r.to[to], from)
}

// deletions are the changes that end every pair that the object is in.
func (r relation) deletions(id access.ObjectID) []state.Change {
	var changes []state.Change
	for to := range r.from[id] {
		changes = append(changes, state.Change{Key: r.recordKey(id, to)})
	}
	for from := range r.to[id] {
		changes = append(changes, state.Change{Key: r.recordKey(from, id)})
	}
	return changes
}

func (r relation) forget(id access.ObjectID) {
	for to := range r.from[id] {
		delete(r.to[to], id)
	}
	for from := range r.to[id] {
		delete(r.from[from], id)
	}
	delete(r.from, id)
	delete(r.to, id)
}

// reach returns all that can be reached from a start by steps, in order, without the start itself: a group that is a
// member of itself by way of others is in none of these twice.
func reach(start access.ObjectID, steps map[access.ObjectID]ids) []access.ObjectID {
	seen := ids{start: {}}
	open := []access.ObjectID{start}
	for len(open) > 0 {
		at := open[len(open)-1]
		open = open[:len(open)-1]
		for next := range steps[at] {
			if _, ok := seen[next]; !ok {
				seen[next] = struct{}{}
				open = append(open, next)
			}
		}
	}
	delete(seen, start)
	return slices.Sorted(maps.Keys(seen))
}
