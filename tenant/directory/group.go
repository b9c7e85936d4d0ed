package directory

import (
	"maps"
	"slices"
	"strings"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/tenant/state"
)

// CreateGroup adds a group with owners and members, all or nothing. Its id is made where it has none. Names need not
// be unique, as in Entra; so whoever looks a group up by name has to count.
func (d *Directory) CreateGroup(g Group, owners, members []access.ObjectID) (Group, error) {
	const op errs.Op = "directory.CreateGroup"
	d.mu.Lock()
	defer d.mu.Unlock()
	var err error
	if g.ID, err = d.freshID(g.ID); err != nil {
		return Group{}, errs.E(op, err)
	}
	g.Created = d.now()
	if err := checkGroup(g); err != nil {
		return Group{}, errs.E(op, err)
	}
	changes := []state.Change{{Key: groupKey + string(g.ID), Value: g}}
	for _, pairs := range []struct {
		relation relation
		ids      []access.ObjectID
		check    func(Object) error
	}{{d.owners, owners, checkOwner}, {d.members, members, checkMember}} {
		for _, id := range pairs.ids {
			o, err := d.object(id)
			if err == nil {
				err = pairs.check(o)
			}
			if err != nil {
				return Group{}, errs.E(op, err)
			}
			changes = append(changes, state.Change{Key: pairs.relation.recordKey(g.ID, o.ObjectID()), Value: true})
		}
	}
	if err := d.store.Commit(changes...); err != nil {
		return Group{}, errs.E(op, err)
	}
	d.putGroup(g)
	for _, c := range changes[1:] {
		r := d.members
		if strings.HasPrefix(c.Key, d.owners.key) {
			r = d.owners
		}
		if err := r.load(c.Key); err != nil {
			return Group{}, errs.E(op, errs.Internal, err)
		}
	}
	return g, nil
}

func checkGroup(g Group) error {
	if err := checkDisplayName(g.DisplayName); err != nil {
		return err
	}
	// Graph's rule for mail nicknames: 64 characters of ASCII without these.
	if g.MailNickname == "" || len(g.MailNickname) > 64 || strings.ContainsAny(g.MailNickname, "@()\\[]\";:<>, ") ||
		strings.ContainsFunc(g.MailNickname, func(r rune) bool { return r < ' ' || r > '~' }) {
		return errs.E(errs.Invalid, errs.Item(g.MailNickname), "not a mail nickname",
			errs.Hint("use at most 64 letters, digits and signs, without spaces and @"))
	}
	if g.MailEnabled || !g.SecurityEnabled {
		return errs.E(errs.Invalid, errs.Item(g.DisplayName), "only security groups exist in this tenant",
			errs.Hint("set securityEnabled to true and mailEnabled to false"))
	}
	return nil
}

// Group finds a group by its id. It is NotFound where there is none.
func (d *Directory) Group(id access.ObjectID) (Group, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	g, err := d.group(id)
	return g, errs.Wrap("directory.Group", err)
}

func (d *Directory) group(id access.ObjectID) (Group, error) {
	g, ok := d.groups[access.ObjectID(fold(string(id)))]
	if !ok {
		return Group{}, errs.E(errs.NotFound, errs.Item(id), "no such group", errs.Hint("use the group's object id"))
	}
	return g, nil
}

// Groups returns all groups in the order of their ids.
func (d *Directory) Groups() []Group {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return sorted(d.groups)
}

// UpdateGroup changes a group. Its id and its date stay as they are.
func (d *Directory) UpdateGroup(id access.ObjectID, change func(*Group)) (Group, error) {
	const op errs.Op = "directory.UpdateGroup"
	d.mu.Lock()
	defer d.mu.Unlock()
	old, err := d.group(id)
	if err != nil {
		return Group{}, errs.E(op, err)
	}
	g := old
	change(&g)
	g.ID, g.Created = old.ID, old.Created
	if err := checkGroup(g); err != nil {
		return Group{}, errs.E(op, err)
	}
	if err := d.store.Commit(state.Change{Key: groupKey + string(g.ID), Value: g}); err != nil {
		return Group{}, errs.E(op, err)
	}
	d.putGroup(g)
	return g, nil
}

// AddMember makes a user, service principal or group a member of a group. A member that is one already is Exists with
// [CodeAlready]; a group in itself is Invalid, but groups may be in each other.
func (d *Directory) AddMember(group, member access.ObjectID) error {
	const op errs.Op = "directory.AddMember"
	d.mu.Lock()
	defer d.mu.Unlock()
	g, err := d.group(group)
	if err != nil {
		return errs.E(op, err)
	}
	return errs.Wrap(op, d.addPair(d.members, g.ID, member, checkMember))
}

// RemoveMember ends a direct membership. It is NotFound where there is none.
func (d *Directory) RemoveMember(group, member access.ObjectID) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return errs.Wrap("directory.RemoveMember", d.removePair(d.members, group, member))
}

// AddOwner makes a user or service principal an owner of a group, application or service principal. One that is an
// owner already is Exists with [CodeAlready].
func (d *Directory) AddOwner(of, owner access.ObjectID) error {
	const op errs.Op = "directory.AddOwner"
	d.mu.Lock()
	defer d.mu.Unlock()
	o, err := d.object(of)
	if err != nil {
		return errs.E(op, err)
	}
	if o.ObjectKind() == KindUser {
		return errs.E(op, errs.Invalid, errs.Item(of), "users have no owners")
	}
	return errs.Wrap(op, d.addPair(d.owners, o.ObjectID(), owner, checkOwner))
}

// RemoveOwner takes an owner from an object. It is NotFound where it was none, and Conflict with [CodeLastOwner] for a
// user who is a group's last owner, as Entra refuses that.
func (d *Directory) RemoveOwner(of, owner access.ObjectID) error {
	const op errs.Op = "directory.RemoveOwner"
	d.mu.Lock()
	defer d.mu.Unlock()
	of, owner = access.ObjectID(fold(string(of))), access.ObjectID(fold(string(owner)))
	_, isGroup := d.groups[of]
	_, isUser := d.users[owner]
	if isGroup && isUser && len(d.owners.from[of]) == 1 && d.owners.has(of, owner) {
		return errs.E(op, errs.Conflict, CodeLastOwner, errs.Item(of), "the group's last owner cannot be removed",
			errs.Hint("add another owner first"))
	}
	return errs.Wrap(op, d.removePair(d.owners, of, owner))
}

func checkMember(o Object) error {
	if o.ObjectKind() == KindApplication {
		return errs.E(errs.Invalid, errs.Item(o.ObjectID()), "an app registration cannot be in a group",
			errs.Hint("add the object id of its service principal"))
	}
	return nil
}

func checkOwner(o Object) error {
	if k := o.ObjectKind(); k != KindUser && k != KindServicePrincipal {
		return errs.E(errs.Invalid, errs.Item(o.ObjectID()), "only users and service principals can be owners",
			errs.Hint("use the object id of a user or a service principal"))
	}
	return nil
}

func (d *Directory) addPair(r relation, from, to access.ObjectID, check func(Object) error) error {
	o, err := d.object(to)
	if err != nil {
		return err
	}
	to = o.ObjectID()
	if err := check(o); err != nil {
		return err
	}
	if from == to {
		return errs.E(errs.Invalid, errs.Item(to), "a group cannot be in itself")
	}
	if r.has(from, to) {
		return errs.E(errs.Exists, CodeAlready, errs.Item(to), "the reference exists already")
	}
	if err := d.store.Commit(state.Change{Key: r.recordKey(from, to), Value: true}); err != nil {
		return err
	}
	r.add(from, to)
	return nil
}

func (d *Directory) removePair(r relation, from, to access.ObjectID) error {
	from, to = access.ObjectID(fold(string(from))), access.ObjectID(fold(string(to)))
	if !r.has(from, to) {
		return errs.E(errs.NotFound, errs.Item(to), "no such reference", errs.Hint("list who is in it first"))
	}
	if err := d.store.Commit(state.Change{Key: r.recordKey(from, to)}); err != nil {
		return err
	}
	r.remove(from, to)
	return nil
}

// Owners returns an object's owners in the order of their ids.
func (d *Directory) Owners(of access.ObjectID) []Object { return d.pairs(of, d.owners.from) }

// Owned returns what an object owns.
func (d *Directory) Owned(by access.ObjectID) []Object { return d.pairs(by, d.owners.to) }

// Members returns a group's direct members in the order of their ids.
func (d *Directory) Members(group access.ObjectID) []Object { return d.pairs(group, d.members.from) }

// MemberOf returns the groups that an object is a direct member of.
func (d *Directory) MemberOf(id access.ObjectID) []Object { return d.pairs(id, d.members.to) }

func (d *Directory) pairs(of access.ObjectID, m map[access.ObjectID]ids) []Object {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.objects(slices.Sorted(maps.Keys(m[access.ObjectID(fold(string(of)))])))
}

func (d *Directory) objects(list []access.ObjectID) []Object {
	objects := make([]Object, 0, len(list))
	for _, id := range list {
		if o, err := d.object(id); err == nil {
			objects = append(objects, o)
		}
	}
	return objects
}

// IsOwner reports whether an object is an owner of another.
func (d *Directory) IsOwner(of, owner access.ObjectID) bool {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.owners.has(of, owner)
}

// TransitiveMembers returns everybody in a group, by groups in it as well, those groups included.
func (d *Directory) TransitiveMembers(group access.ObjectID) []Object {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.objects(reach(access.ObjectID(fold(string(group))), d.members.from))
}

// GroupsOf returns the ids of the groups that an object is in, by other groups as well, in order.
func (d *Directory) GroupsOf(id access.ObjectID) []access.ObjectID {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return reach(access.ObjectID(fold(string(id))), d.members.to)
}

// Principal is a user or service principal as access decisions take it, with the groups it is in. It is NotFound where
// there is none.
func (d *Directory) Principal(id access.ObjectID) (access.Principal, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	o, err := d.object(id)
	if err == nil && checkOwner(o) != nil {
		err = notFound(id)
	}
	if err != nil {
		return access.Principal{}, errs.E(errs.Op("directory.Principal"), err)
	}
	return access.Principal{ID: o.ObjectID(), Groups: reach(o.ObjectID(), d.members.to)}, nil
}
