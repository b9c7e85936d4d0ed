package sharing_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/sharing"
)

const (
	account     = access.Scope("/subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09590/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/contoso")
	adminID     = access.ObjectID("ad000000-0000-4000-8000-000000000001")
	oldReaders  = access.ObjectID("0e000000-0000-4000-8000-000000000001")
	oldWriters  = access.ObjectID("0e000000-0000-4000-8000-000000000002")
	pageOfLists = 2
)

// fakeCloud is a tenant and an account in memory, as far as package sharing asks. Package sharing/microsoft is tested
// against the real protocols.
type fakeCloud struct {
	account     sharing.Account
	containers  map[access.Scope]bool // whether it is public
	groups      map[access.ObjectID]*fakeGroup
	services    map[access.ObjectID]string
	assignments []fakeAssignment
	lists       map[lake.Path]fakeItem
	noGroups    bool // the tenant lets nobody make groups
	lag         int  // calls that a new role takes to reach the data
	next        int  // of the ids it makes

	calls, failAt int // the call that fails, from 1; with failAfter it has done its work
	failAfter     bool
	failed        []lake.Path // whose lists cannot be changed
}

type fakeGroup struct {
	name            string
	owners, members []access.ObjectID
}

type fakeAssignment struct {
	sharing.Assignment
	to access.ObjectID
}

type fakeItem struct {
	isDirectory bool
	list        access.ACL
}

func newFakeCloud() *fakeCloud {
	c := &fakeCloud{
		account:    sharing.Account{Name: "contoso", Location: "westeurope", HierarchicalNamespace: true, DFS: "https://contoso.dfs.core.windows.net", Reachable: true, SharedKeys: true},
		containers: map[access.Scope]bool{account.Container(sharing.Container): false},
		groups: map[access.ObjectID]*fakeGroup{
			oldReaders: {name: "old readers"}, oldWriters: {name: "old writers"},
		},
		services: map[access.ObjectID]string{}, lists: map[lake.Path]fakeItem{},
	}
	for _, p := range []lake.Path{"", "ci_1", "ci_1/Merge", "ci_1/Merge/Customer"} {
		c.lists[p] = fakeItem{true, access.Permissions{Owner: 7, Group: 5}.ACL()}
	}
	for _, p := range []lake.Path{"ci_1/environment.json", "ci_1/Merge/model.json", "ci_1/Merge/Customer/part-1.parquet"} {
		c.lists[p] = fakeItem{false, access.Permissions{Owner: 6, Group: 4}.ACL()}
	}
	return c
}

func (c *fakeCloud) cloud() sharing.Cloud {
	return sharing.Cloud{Suffix: "core.windows.net", Directory: fakeDirectory{c}, Manager: fakeManager{c}, Lake: func(sharing.Account) (sharing.Lake, error) { return fakeLake{c}, nil }}
}

// String is all that a setup may change. Ids that were made are told by their names, so that two clouds can be compared.
func (c *fakeCloud) String() string {
	var b strings.Builder
	names := map[string]string{}
	for id, g := range c.groups {
		names[string(id)] = "<" + g.name + ">"
	}
	for id, app := range c.services {
		names[string(id)] = "<" + app + ">"
	}
	for _, scope := range slices.Sorted(maps.Keys(c.containers)) {
		fmt.Fprintln(&b, "container", scope, c.containers[scope])
	}
	for _, name := range slices.Sorted(maps.Values(c.services)) {
		fmt.Fprintln(&b, "service", name)
	}
	lines := []string{}
	for _, g := range c.groups {
		lines = append(lines, fmt.Sprintln("group", g.name, "owners", g.owners, "members", g.members))
	}
	for _, a := range c.assignments {
		lines = append(lines, fmt.Sprintln("role", a.Role, "of", a.to, "at", a.Scope))
	}
	slices.Sort(lines)
	b.WriteString(strings.Join(lines, ""))
	for _, p := range slices.Sorted(maps.Keys(c.lists)) {
		entries := strings.Split(c.lists[p].list.String(), ",")
		for i, e := range entries {
			for id, name := range names {
				entries[i] = strings.ReplaceAll(entries[i], id, name)
			}
			_ = e
		}
		slices.Sort(entries) // the service sorts by ids, which differ
		fmt.Fprintln(&b, "list", p, entries)
	}
	text := b.String()
	for id, name := range names {
		text = strings.ReplaceAll(text, id, name)
	}
	lines = strings.Split(text, "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// call counts a call, and fails if it is the one that is to. A mutating call calls it twice: before and after its work.
func (c *fakeCloud) call(before bool) error {
	if before {
		c.calls++
	}
	if c.calls == c.failAt && before != c.failAfter {
		return errs.E(errs.Unavailable, "the connection broke")
	}
	return nil
}

func (c *fakeCloud) do(work func() error) error {
	if err := c.call(true); err != nil {
		return err
	}
	err := work()
	if broken := c.call(false); broken != nil {
		return broken
	}
	return err
}

func (c *fakeCloud) id() access.ObjectID {
	c.next++
	return access.ObjectID(fmt.Sprintf("1d000000-0000-4000-8000-%012d", c.next))
}

type fakeDirectory struct{ *fakeCloud }

func (d fakeDirectory) Me(context.Context) (sharing.Principal, error) {
	return sharing.Principal{ID: adminID, Kind: sharing.UserPrincipal, Name: "admin"}, d.do(func() error { return nil })
}

func (d fakeDirectory) ServicePrincipal(_ context.Context, appID string) (p sharing.Principal, err error) {
	return p, d.do(func() error {
		for id, app := range d.services {
			if app == appID {
				p = sharing.Principal{ID: id, Kind: sharing.ServicePrincipal, Name: app}
				return nil
			}
		}
		return errs.E(errs.NotFound, "no such service principal")
	})
}

func (d fakeDirectory) CreateServicePrincipal(_ context.Context, appID string) (p sharing.Principal, err error) {
	return p, d.do(func() error {
		p = sharing.Principal{ID: d.id(), Kind: sharing.ServicePrincipal, Name: appID}
		d.services[p.ID] = appID
		return nil
	})
}

func (d fakeDirectory) DeleteServicePrincipal(_ context.Context, id access.ObjectID) error {
	return d.do(func() error { delete(d.services, id); return nil })
}

func (d fakeDirectory) GroupsNamed(_ context.Context, name string) (found []sharing.Principal, err error) {
	return found, d.do(func() error {
		for id, g := range d.groups {
			if g.name == name {
				found = append(found, sharing.Principal{ID: id, Kind: sharing.GroupPrincipal, Name: name})
			}
		}
		return nil
	})
}

func (d fakeDirectory) Group(_ context.Context, id access.ObjectID) (p sharing.Principal, err error) {
	return p, d.do(func() error {
		g, ok := d.groups[id]
		if !ok {
			return errs.E(errs.NotFound, "no such group")
		}
		p = sharing.Principal{ID: id, Kind: sharing.GroupPrincipal, Name: g.name}
		return nil
	})
}

func (d fakeDirectory) CreateGroup(_ context.Context, name, _ string) (p sharing.Principal, err error) {
	return p, d.do(func() error {
		if d.noGroups {
			return errs.E(errs.Permission, sharing.CodeGroupCreationDisabled, "switched off")
		}
		p = sharing.Principal{ID: d.id(), Kind: sharing.GroupPrincipal, Name: name}
		d.groups[p.ID] = &fakeGroup{name: name}
		return nil
	})
}

func (d fakeDirectory) DeleteGroup(_ context.Context, id access.ObjectID) error {
	return d.do(func() error { delete(d.groups, id); return nil })
}

func (d fakeDirectory) Owners(_ context.Context, group access.ObjectID) (list []access.ObjectID, err error) {
	return list, d.do(func() error { list = slices.Clone(d.groups[group].owners); return nil })
}

func (d fakeDirectory) AddOwner(_ context.Context, group, owner access.ObjectID) error {
	return d.do(func() error { d.groups[group].owners = append(d.groups[group].owners, owner); return nil })
}

func (d fakeDirectory) RemoveOwner(_ context.Context, group, owner access.ObjectID) error {
	return d.do(func() error {
		d.groups[group].owners = slices.DeleteFunc(d.groups[group].owners, func(o access.ObjectID) bool { return o == owner })
		return nil
	})
}

func (d fakeDirectory) Groups(_ context.Context, id access.ObjectID) (list []access.ObjectID, err error) {
	return list, d.do(func() error {
		for group, g := range d.groups {
			if slices.Contains(g.members, id) {
				list = append(list, group)
			}
		}
		return nil
	})
}

func (d fakeDirectory) Principals(_ context.Context, ids []access.ObjectID) (list []sharing.Principal, err error) {
	return list, d.do(func() error {
		for _, id := range ids {
			switch g, isGroup := d.groups[id]; {
			case isGroup:
				list = append(list, sharing.Principal{ID: id, Kind: sharing.GroupPrincipal, Name: g.name})
			case d.services[id] != "":
				list = append(list, sharing.Principal{ID: id, Kind: sharing.ServicePrincipal, Name: d.services[id]})
			case !strings.HasPrefix(string(id), "gone"):
				list = append(list, sharing.Principal{ID: id, Kind: sharing.UserPrincipal, Name: "user " + string(id)})
			}
		}
		return nil
	})
}

func (d fakeDirectory) AllMembers(_ context.Context, group access.ObjectID) (list []sharing.Principal, err error) {
	return list, d.do(func() error {
		g, ok := d.groups[group]
		if !ok {
			return errs.E(errs.NotFound, "no such group")
		}
		pending := slices.Clone(g.members)
		for len(pending) > 0 {
			id := pending[0]
			pending = pending[1:]
			p := sharing.Principal{ID: id, Kind: sharing.UserPrincipal, Name: "user " + string(id)}
			if inner, isGroup := d.groups[id]; isGroup {
				p = sharing.Principal{ID: id, Kind: sharing.GroupPrincipal, Name: inner.name}
				pending = append(pending, inner.members...)
			}
			list = append(list, p)
		}
		return nil
	})
}

func (d fakeDirectory) Members(_ context.Context, group access.ObjectID) (list []access.ObjectID, err error) {
	return list, d.do(func() error { list = slices.Clone(d.groups[group].members); return nil })
}

func (d fakeDirectory) AddMember(_ context.Context, group, member access.ObjectID) error {
	return d.do(func() error { d.groups[group].members = append(d.groups[group].members, member); return nil })
}

func (d fakeDirectory) RemoveMember(_ context.Context, group, member access.ObjectID) error {
	return d.do(func() error {
		d.groups[group].members = slices.DeleteFunc(d.groups[group].members, func(m access.ObjectID) bool { return m == member })
		return nil
	})
}

type fakeManager struct{ *fakeCloud }

func (m fakeManager) Account(context.Context, access.Scope) (sharing.Account, error) {
	return m.account, m.do(func() error { return nil })
}

func (m fakeManager) Container(_ context.Context, at access.Scope) (public bool, err error) {
	return public, m.do(func() error {
		is, ok := m.containers[at]
		if public = is; !ok {
			return errs.E(errs.NotFound, "no such container")
		}
		return nil
	})
}

func (m fakeManager) CreateContainer(_ context.Context, at access.Scope) error {
	return m.do(func() error {
		m.containers[at] = false
		m.lists[""] = fakeItem{true, access.Permissions{Owner: 7, Group: 5}.ACL()}
		return nil
	})
}

func (m fakeManager) DeleteContainer(_ context.Context, at access.Scope) error {
	return m.do(func() error {
		delete(m.containers, at)
		m.lists = map[lake.Path]fakeItem{}
		return nil
	})
}

func (m fakeManager) Assignments(_ context.Context, at access.Scope, of access.ObjectID) (list []sharing.Assignment, err error) {
	return list, m.do(func() error {
		for _, a := range m.assignments {
			if a.to == of && a.Scope.Contains(at) {
				list = append(list, a.Assignment)
			}
		}
		return nil
	})
}

func (m fakeManager) AllAssignments(_ context.Context, at access.Scope) (list []sharing.Assignment, err error) {
	return list, m.do(func() error {
		for _, a := range m.assignments {
			if a.Scope.Contains(at) {
				a.Principal.ID = a.to
				if _, isGroup := m.groups[a.to]; isGroup {
					a.Principal.Kind = sharing.GroupPrincipal
				}
				list = append(list, a.Assignment)
			}
		}
		return nil
	})
}

func (m fakeManager) Assign(_ context.Context, at access.Scope, to sharing.Principal, role string) (a sharing.Assignment, err error) {
	return a, m.do(func() error {
		a = sharing.Assignment{ID: string(m.id()), Role: role, Scope: at}
		m.assignments = append(m.assignments, fakeAssignment{a, to.ID})
		return nil
	})
}

func (m fakeManager) Unassign(_ context.Context, assignment string) error {
	return m.do(func() error {
		m.assignments = slices.DeleteFunc(m.assignments, func(a fakeAssignment) bool { return a.ID == assignment })
		return nil
	})
}

type fakeLake struct{ *fakeCloud }

// allowed lets in who owns the data by a role, once that has reached it.
func (l fakeLake) allowed() error {
	for _, a := range l.assignments {
		if a.to == adminID && a.Role == access.StorageBlobDataOwner {
			if l.lag == 0 {
				return nil
			}
			l.lag--
		}
	}
	return errs.E(errs.Permission, errs.Code("AuthorizationPermissionMismatch"), "not allowed")
}

func (l fakeLake) ACL(_ context.Context, p lake.Path) (list access.ACL, err error) {
	return list, l.do(func() error {
		item, ok := l.lists[p]
		if !ok {
			return errs.E(errs.NotFound, "no such path")
		}
		list = slices.Clone(item.list)
		return l.allowed()
	})
}

func (l fakeLake) Item(_ context.Context, p lake.Path) (item access.Item, err error) {
	return item, l.do(func() error {
		i, ok := l.lists[p]
		if !ok {
			return errs.E(errs.NotFound, "no such path")
		}
		item = access.Item{Path: string(p), IsDirectory: i.isDirectory, Owner: access.Superuser, ACL: i.list}
		return l.allowed()
	})
}

func (l fakeLake) SetACL(_ context.Context, p lake.Path, list access.ACL) error {
	return l.do(func() error {
		if err := l.allowed(); err != nil {
			return err
		}
		l.lists[p] = fakeItem{l.lists[p].isDirectory, list.Complete()}
		return nil
	})
}

func (l fakeLake) ChangeACLs(_ context.Context, p lake.Path, mode sharing.RecursiveMode, entries access.ACL, continuation string) (page sharing.Changed, err error) {
	return page, l.do(func() error {
		if err := l.allowed(); err != nil {
			return err
		}
		for _, path := range slices.Sorted(maps.Keys(l.lists)) {
			if !p.Contains(path) && path != p || string(path) < continuation {
				continue
			}
			if page.Directories+page.Files+len(page.Failures) == pageOfLists {
				page.Continuation = string(path)
				return nil
			}
			l.changeACL(path, mode, entries, &page)
		}
		return nil
	})
}

func (l fakeLake) changeACL(path lake.Path, mode sharing.RecursiveMode, entries access.ACL, page *sharing.Changed) {
	item := l.lists[path]
	if slices.Contains(l.failed, path) {
		page.Failures = append(page.Failures, sharing.Failure{Path: path, IsDirectory: item.isDirectory, Reason: "not allowed"})
		return
	}
	if item.isDirectory {
		page.Directories++
	} else {
		page.Files++
		entries = slices.DeleteFunc(slices.Clone(entries), func(e access.Entry) bool { return e.Default })
	}
	if mode == sharing.Remove {
		item.list = item.list.Remove(entries)
	} else {
		item.list = item.list.Modify(entries)
	}
	item.list = item.list.Complete()
	l.lists[path] = item
}

func (l fakeLake) IsEmpty(context.Context) (empty bool, err error) {
	return empty, l.do(func() error { empty = len(l.lists) == 1; return l.allowed() })
}

func (l fakeLake) Walk(_ context.Context, p lake.Path, visit func(lake.Path, bool, access.ACL) error) error {
	return l.do(func() error {
		for _, path := range slices.Sorted(maps.Keys(l.lists)) {
			if path != p && !p.Contains(path) {
				continue
			}
			if err := visit(path, l.lists[path].isDirectory, l.lists[path].list); err != nil {
				return err
			}
		}
		return nil
	})
}

func (l fakeLake) WalkDirectories(ctx context.Context, p lake.Path, visit func(lake.Path, bool, access.ACL) error) error {
	return l.Walk(ctx, p, func(p lake.Path, isDirectory bool, list access.ACL) error {
		if !isDirectory {
			return nil
		}
		return visit(p, true, list)
	})
}

// noSleep waits for nothing.
func noSleep(ctx context.Context, _ time.Duration) error { return ctx.Err() }
