package sharing

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// Audience is everyone who may do something with a path, and why.
type Audience struct {
	Path        lake.Path `json:"path"`
	IsDirectory bool      `json:"isDirectory"`
	// Holders are the users and service principals that may do something, members of groups among them, by their names.
	Holders []Holder `json:"holders"`
	// Everybody is what a principal of the tenant may that nothing names.
	Everybody Rights `json:"everybody"`
	// Anonymous says that who does not sign in may read.
	Anonymous bool `json:"anonymous"`
	// Keys says that the account's keys, and signatures made with them, may do everything. Who has those is not known.
	Keys bool  `json:"keys"`
	Ways []Way `json:"ways"`
	// Unknown are assignments of roles that are not built in, so that what they give did not count.
	Unknown []Assignment `json:"unknown,omitempty"`
}

// Holder is one who may.
type Holder struct {
	Principal
	Rights
	// Gone says that the tenant does not have the principal: what names it opens nothing.
	Gone bool `json:"gone,omitempty"`
}

// Rights are the answers to what is asked of everyone.
type Rights struct {
	// Read is a file's content or a directory's listing.
	Read Right `json:"read"`
	// Write is a file's content or, of a directory, to create something in it.
	Write Right `json:"write"`
	// Delete is a file, or a directory that is empty.
	Delete Right `json:"delete"`
	// Grant is to change the access control list.
	Grant Right `json:"grant"`
}

func (r Rights) any() bool { return r.Read.May || r.Write.May || r.Delete.May || r.Grant.May }

// Right is an answer and what it was given by.
type Right struct {
	May bool   `json:"may"`
	Why string `json:"why,omitempty"`
}

// WayKind says how a principal can come to more than it may now.
type WayKind string

// The kinds.
const (
	WayKeys       WayKind = "keys"       // it may read the account's keys
	WayRoles      WayKind = "roles"      // it may give roles at the container
	WayMembers    WayKind = "members"    // it owns a group that has rights, and may put anybody into it
	WaySignatures WayKind = "signatures" // what its roles allow of the data it may pass on by signatures
)

// Way is how a principal can let itself or others in.
type Way struct {
	Kind WayKind `json:"kind"`
	Principal
	Why string `json:"why"`
}

// Who finds everyone who may read, write or delete a path of the container, or change its list, as the lake decides it. The
// signed-in person has to be allowed to read groups, role assignments and lists; errors are as those of [Explain], and
// NotFound for a path that is not there.
func Who(ctx context.Context, c Cloud, account access.Scope, p lake.Path) (Audience, error) {
	const op errs.Op = "sharing.Who"
	w := &who{cloud: c, account: account, at: account.Container(Container), groups: map[access.ObjectID]map[access.ObjectID]bool{}, names: map[access.ObjectID]Principal{}}
	w.audience = Audience{Path: p, Holders: []Holder{}, Ways: []Way{}}
	for _, step := range []func(context.Context) error{w.readLists, w.readRoles, w.readGroups, w.readNames, w.decide, w.findWays} {
		if err := step(ctx); err != nil {
			return Audience{}, errs.Wrap(op, err)
		}
	}
	return w.audience, nil
}

// who is a search under way.
type who struct {
	cloud       Cloud
	account, at access.Scope
	audience    Audience
	lists       knownItems
	roles       []access.RoleAssignment
	// groups are those that something names, with all who are in them; names are who is known by an id.
	groups map[access.ObjectID]map[access.ObjectID]bool
	names  map[access.ObjectID]Principal
	// single are principals that something names and that are no groups.
	single []access.ObjectID
}

// newChild stands for something that is not there yet: it is no name that a path can have.
const newChild = "\x00"

// knownItems are the path and the directories above it, read once for all who are asked about.
type knownItems struct {
	items
	known map[string]access.Item
}

// Item implements [access.Items]. What was not read is not there.
func (k knownItems) Item(path string) (access.Item, bool, error) {
	item, found := k.known[path]
	return item, found, nil
}

func (w *who) readLists(ctx context.Context) error {
	account, err := w.cloud.Manager.Account(ctx, w.account)
	if err != nil {
		return err
	}
	w.audience.Keys = account.SharedKeys
	l, err := w.cloud.Lake(account)
	if err != nil {
		return err
	}
	w.lists = knownItems{items{ctx, l}, map[string]access.Item{}}
	above := lake.Root
	for _, name := range append([]string{""}, w.audience.Path.Names()...) {
		if name != "" {
			above = above.Join(name)
		}
		item, found, err := w.lists.items.Item(string(above))
		if err == nil && !found {
			err = errs.E(errs.NotFound, errs.Item(above), "the container has no such path")
		}
		if err != nil {
			return err
		}
		w.lists.known[string(above)] = item
		w.audience.IsDirectory = item.IsDirectory
	}
	w.audience.Anonymous, err = w.cloud.Manager.Container(ctx, w.at)
	return err
}

func (w *who) readRoles(ctx context.Context) error {
	list, err := w.cloud.Manager.AllAssignments(ctx, w.at)
	if err != nil {
		return err
	}
	for _, a := range list {
		role, known := access.BuiltInRole(a.Role)
		if !known {
			w.audience.Unknown = append(w.audience.Unknown, a)
			continue
		}
		id := lower(a.Principal.ID)
		w.roles = append(w.roles, access.RoleAssignment{ID: a.ID, Principal: id, Role: role, Scope: a.Scope})
		if a.Principal.Kind == GroupPrincipal {
			w.groups[id] = nil
		} else {
			w.single = append(w.single, id)
		}
	}
	return nil
}

// readGroups finds who is in the groups that roles and lists name.
func (w *who) readGroups(ctx context.Context) error {
	for _, item := range w.lists.known {
		w.single = append(w.single, lower(item.Owner))
		w.groups[lower(item.Group)] = nil
		for _, e := range item.ACL {
			switch {
			case e.Default || e.ID == "":
			case e.Type == access.User:
				w.single = append(w.single, lower(e.ID))
			case e.Type == access.Group:
				w.groups[lower(e.ID)] = nil
			}
		}
	}
	for id := range w.groups {
		// The owning group of what a person has made may be that person: nobody is in that.
		members, err := w.cloud.Directory.AllMembers(ctx, id)
		if id == access.Superuser || id == "" || errs.Is(err, errs.NotFound) {
			delete(w.groups, id)
			continue
		}
		if err != nil {
			return err
		}
		in := make(map[access.ObjectID]bool, len(members))
		for _, m := range members {
			m.ID = lower(m.ID)
			w.names[m.ID], in[m.ID] = m, true
		}
		w.groups[id] = in
	}
	return nil
}

// lower makes object ids, which have no case, keys.
func lower(id access.ObjectID) access.ObjectID { return access.ObjectID(strings.ToLower(string(id))) }

func (w *who) readNames(ctx context.Context) error {
	w.single = slices.DeleteFunc(w.single, func(id access.ObjectID) bool { return id == "" || id == access.Superuser })
	var missing []access.ObjectID
	for _, id := range w.single {
		if _, ok := w.names[id]; !ok {
			missing = append(missing, id)
		}
	}
	for id := range w.groups {
		missing = append(missing, id)
	}
	slices.Sort(missing)
	missing = slices.Compact(missing)
	found, err := w.cloud.Directory.Principals(ctx, missing)
	for _, p := range found {
		w.names[lower(p.ID)] = p
	}
	return err
}

// decide asks of everyone that something names.
func (w *who) decide(context.Context) error {
	asked := map[access.ObjectID]bool{}
	ids := slices.Clone(w.single)
	for id, p := range w.names {
		if p.Kind != GroupPrincipal {
			ids = append(ids, id)
		}
	}
	for _, id := range ids {
		if asked[id] {
			continue
		}
		asked[id] = true
		rights, err := w.rights(w.principal(id))
		if err != nil {
			return err
		}
		if !rights.any() {
			continue
		}
		h := Holder{Principal: w.named(id), Rights: rights}
		_, known := w.names[id]
		h.Gone = !known
		w.audience.Holders = append(w.audience.Holders, h)
	}
	slices.SortFunc(w.audience.Holders, func(a, b Holder) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(string(a.ID), string(b.ID)))
	})
	var err error
	w.audience.Everybody, err = w.rights(access.Principal{ID: "everybody"})
	return err
}

// principal has those groups that something names.
func (w *who) principal(id access.ObjectID) access.Principal {
	p := access.Principal{ID: id}
	for g, members := range w.groups {
		if members[id] {
			p.Groups = append(p.Groups, g)
		}
	}
	slices.Sort(p.Groups)
	return p
}

// named is a principal by its name, or by its id alone where the tenant does not have it.
func (w *who) named(id access.ObjectID) Principal {
	if p, ok := w.names[id]; ok {
		return p
	}
	return Principal{ID: id}
}

func (w *who) rights(p access.Principal) (Rights, error) {
	var r Rights
	path := string(w.audience.Path)
	read, write, target := access.ReadFile, access.WriteFile, path
	if w.audience.IsDirectory {
		read, write, target = access.ListDirectory, access.CreateFile, strings.TrimPrefix(path+"/"+newChild, "/")
	}
	for _, q := range []struct {
		into *Right
		op   access.Operation
		path string
	}{{&r.Read, read, path}, {&r.Write, write, target}, {&r.Delete, access.DeleteFile, path}, {&r.Grant, access.SetACL, path}} {
		if q.op == access.DeleteFile && path == "" {
			continue // the root goes with its container alone
		}
		d, err := access.Decide(access.Request{Principal: p, Operation: q.op, Assignments: w.roles, Scope: w.at, Path: q.path, Items: w.lists})
		if err != nil {
			return r, err
		}
		if d.Allowed {
			*q.into = Right{true, d.Reason.String()}
		}
	}
	return r, nil
}

// findWays finds who can let themselves or others in.
func (w *who) findWays(ctx context.Context) error {
	for _, a := range w.roles {
		for _, way := range []struct {
			kind   WayKind
			action access.Action
			at     access.Scope
		}{
			{WayKeys, access.AccountsListKeys, w.account}, {WayRoles, access.RoleAssignmentsWrite, w.at}, {WaySignatures, access.GenerateUserDelegationKey, w.account},
		} {
			if way.kind == WayKeys && !w.audience.Keys || !a.Scope.Contains(way.at) || !a.Role.Grants(way.action) {
				continue
			}
			w.addWay(way.kind, a.Principal, "role "+a.Role.Name+" of "+string(a.Principal)+" at the "+a.Scope.Level())
		}
	}
	for id := range w.groups {
		owners, err := w.cloud.Directory.Owners(ctx, id)
		if err != nil {
			return err
		}
		found, err := w.cloud.Directory.Principals(ctx, owners)
		if err != nil {
			return err
		}
		for _, p := range found {
			w.audience.Ways = append(w.audience.Ways, Way{WayMembers, p, "owner of the group " + w.named(id).Name})
		}
	}
	slices.SortFunc(w.audience.Ways, func(a, b Way) int {
		return cmp.Or(strings.Compare(string(a.Kind), string(b.Kind)), strings.Compare(a.Name, b.Name), strings.Compare(a.Why, b.Why))
	})
	return nil
}

// addWay adds a way of a principal, or of everyone in a group.
func (w *who) addWay(kind WayKind, of access.ObjectID, why string) {
	ids, isGroup := w.groups[of]
	if !isGroup {
		ids = map[access.ObjectID]bool{of: true}
	}
	for id := range ids {
		p := w.named(id)
		// What a signature passes on are the roles of who made it.
		_, signs := w.principal(id).Holds(w.roles, access.BlobsRead, w.at)
		if p.Kind != GroupPrincipal && (kind != WaySignatures || signs) {
			w.audience.Ways = append(w.audience.Ways, Way{kind, p, why})
		}
	}
}
