package directory

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/tenant/state"
)

// Codes of errors that callers tell apart within a kind.
const (
	CodePassword    errs.Code = "PasswordPolicy"   // the password is too weak
	CodeCredentials errs.Code = "WrongCredentials" // no such user, or another password
	CodeExpired     errs.Code = "CredentialsExpired"
	CodeDisabled    errs.Code = "AccountDisabled"
	CodeAlready     errs.Code = "ReferenceExists" // the owner or member is one already
	CodeLastOwner   errs.Code = "LastOwner"       // a user who is a group's last owner cannot be removed
)

// Options configure a directory. State and Clock are required.
type Options struct {
	State *state.Store
	Clock func() time.Time
	// New is the tenant that a folder without one becomes. An empty id is made at random.
	New Tenant
	// HashCost is that of new hashes; zero means a safe default.
	HashCost HashCost
}

// Tenant says whose directory it is.
type Tenant struct {
	ID          string    `json:"id"` // a GUID
	DisplayName string    `json:"displayName"`
	Domain      string    `json:"domain"` // of user principal names
	Created     time.Time `json:"created"`
}

// Settings are the tenant's.
type Settings struct {
	// DisableGroupCreation lets only administrators make groups.
	DisableGroupCreation bool `json:"disableGroupCreation"`
}

// Defaults of a new tenant.
const (
	DefaultDisplayName = "ownlake"
	DefaultDomain      = "ownlake.local"
)

// Directory is a tenant's directory. It is safe for concurrent use. What it returns is the caller's own.
type Directory struct {
	store *state.Store
	clock func() time.Time
	hash  *hasher

	tenant Tenant // set when it is opened

	mu           sync.RWMutex
	settings     Settings
	users        map[access.ObjectID]User
	groups       map[access.ObjectID]Group
	applications map[access.ObjectID]Application
	principals   map[access.ObjectID]ServicePrincipal
	byUPN        map[string]access.ObjectID // lower case
	appByAppID   map[string]access.ObjectID
	spByAppID    map[string]access.ObjectID
	members      relation // of groups
	owners       relation // of groups, applications and service principals
}

// Keys of records.
const (
	tenantKey    = "directory/tenant"
	settingsKey  = "directory/settings"
	userKey      = "directory/user/"
	groupKey     = "directory/group/"
	appKey       = "directory/application/"
	principalKey = "directory/servicePrincipal/"
	memberKey    = "directory/member/"
	ownerKey     = "directory/owner/"
)

// Open reads the directory from its state, and makes a tenant where there is none.
func Open(o Options) (*Directory, error) {
	const op errs.Op = "directory.Open"
	d := &Directory{
		store: o.State, clock: o.Clock, hash: newHasher(o.HashCost),
		users: map[access.ObjectID]User{}, groups: map[access.ObjectID]Group{},
		applications: map[access.ObjectID]Application{}, principals: map[access.ObjectID]ServicePrincipal{},
		byUPN: map[string]access.ObjectID{}, appByAppID: map[string]access.ObjectID{}, spByAppID: map[string]access.ObjectID{},
		members: newRelation(memberKey), owners: newRelation(ownerKey),
	}
	if err := d.load(); err != nil {
		return nil, errs.E(op, err)
	}
	if d.tenant.ID == "" {
		if err := d.create(o.New); err != nil {
			return nil, errs.E(op, err)
		}
	}
	return d, errs.Wrap(op, d.addWellKnown())
}

func (d *Directory) create(t Tenant) error {
	if t.ID == "" {
		t.ID = uuid.NewString()
	}
	id, err := ParseID(t.ID)
	if err != nil {
		return err
	}
	t.ID = string(id)
	if t.DisplayName == "" {
		t.DisplayName = DefaultDisplayName
	}
	if t.Domain == "" {
		t.Domain = DefaultDomain
	}
	if t.Domain = fold(t.Domain); !isDomain(t.Domain) {
		return errs.E(errs.Invalid, errs.Item(t.Domain), "not a domain", errs.Hint("use a name such as "+DefaultDomain))
	}
	t.Created = d.now()
	if err := d.store.Commit(state.Change{Key: tenantKey, Value: t}); err != nil {
		return err
	}
	d.tenant = t
	return nil
}

// isDomain accepts labels of letters, digits and hyphens, two at least.
func isDomain(s string) bool {
	labels := strings.Split(s, ".")
	return len(labels) > 1 && len(s) <= 253 && !slices.ContainsFunc(labels, func(l string) bool {
		return l == "" || len(l) > 63 || strings.Trim(l, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || l[0] == '-' || l[len(l)-1] == '-'
	})
}

func (d *Directory) load() error {
	for key, value := range d.store.Records("directory/") {
		if err := d.loadRecord(key, value); err != nil {
			return errs.E(errs.Corrupt, errs.Item(key), err, errs.Hint("restore the tenant's folder from a backup"))
		}
	}
	return nil
}

func (d *Directory) loadRecord(key string, value json.RawMessage) error {
	switch {
	case key == tenantKey:
		return json.Unmarshal(value, &d.tenant)
	case key == settingsKey:
		return json.Unmarshal(value, &d.settings)
	case strings.HasPrefix(key, userKey):
		return loadObject(value, d.putUser)
	case strings.HasPrefix(key, groupKey):
		return loadObject(value, d.putGroup)
	case strings.HasPrefix(key, appKey):
		return loadObject(value, d.putApplication)
	case strings.HasPrefix(key, principalKey):
		return loadObject(value, d.putPrincipal)
	case strings.HasPrefix(key, memberKey):
		return d.members.load(key)
	case strings.HasPrefix(key, ownerKey):
		return d.owners.load(key)
	}
	return nil // of a newer ownlake that this one can do without
}

func loadObject[T any](value json.RawMessage, put func(T)) error {
	var o T
	if err := json.Unmarshal(value, &o); err != nil {
		return err
	}
	put(o)
	return nil
}

func (d *Directory) putUser(u User) {
	if old, ok := d.users[u.ID]; ok {
		delete(d.byUPN, fold(old.UserPrincipalName))
	}
	d.users[u.ID] = u
	d.byUPN[fold(u.UserPrincipalName)] = u.ID
}

func (d *Directory) putGroup(g Group) { d.groups[g.ID] = g }

func (d *Directory) putApplication(a Application) {
	d.applications[a.ID] = a
	d.appByAppID[a.AppID] = a.ID
}

func (d *Directory) putPrincipal(s ServicePrincipal) {
	d.principals[s.ID] = s
	d.spByAppID[s.AppID] = s.ID
}

// now is the time to the second, as the directory's dates are.
func (d *Directory) now() time.Time { return d.clock().UTC().Truncate(time.Second) }

// Tenant returns whose directory it is.
func (d *Directory) Tenant() Tenant { return d.tenant }

// Settings returns the tenant's settings.
func (d *Directory) Settings() Settings {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.settings
}

// SetSettings replaces the tenant's settings.
func (d *Directory) SetSettings(s Settings) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.store.Commit(state.Change{Key: settingsKey, Value: s}); err != nil {
		return errs.E(errs.Op("directory.SetSettings"), err)
	}
	d.settings = s
	return nil
}

// Object finds a user, group, application or service principal. It is NotFound where there is none.
func (d *Directory) Object(id access.ObjectID) (Object, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.object(id)
}

func (d *Directory) object(id access.ObjectID) (Object, error) {
	id = access.ObjectID(fold(string(id)))
	if u, ok := d.users[id]; ok {
		return u.clone(), nil
	}
	if g, ok := d.groups[id]; ok {
		return g, nil
	}
	if s, ok := d.principals[id]; ok {
		return s.clone(), nil
	}
	if a, ok := d.applications[id]; ok {
		return a.clone(), nil
	}
	return nil, notFound(id)
}

func notFound(id access.ObjectID) error {
	return errs.E(errs.Op("directory.Object"), errs.NotFound, errs.Item(id), "no such object in the directory",
		errs.Hint("use the object id; an application's service principal has another one than its registration"))
}

// Delete removes an object with everything that refers to it. Deleting a registration takes its service principal
// with it. It is NotFound where there is none, and Permission for one of Microsoft's own service principals.
func (d *Directory) Delete(id access.ObjectID) error {
	const op errs.Op = "directory.Delete"
	d.mu.Lock()
	defer d.mu.Unlock()
	o, err := d.object(id)
	if err != nil {
		return errs.E(op, err)
	}
	doomed := []Object{o}
	switch v := o.(type) {
	case ServicePrincipal:
		if v.WellKnown {
			return errs.E(op, errs.Permission, errs.Item(v.DisplayName), "Microsoft's own service principals stay in the tenant")
		}
	case Application:
		if s, ok := d.principals[d.spByAppID[v.AppID]]; ok {
			doomed = append(doomed, s)
		}
	}
	var changes []state.Change
	for _, o := range doomed {
		changes = append(changes, state.Change{Key: recordKey(o)})
		changes = append(changes, d.members.deletions(o.ObjectID())...)
		changes = append(changes, d.owners.deletions(o.ObjectID())...)
	}
	if err := d.store.Commit(changes...); err != nil {
		return errs.E(op, err)
	}
	for _, o := range doomed {
		d.forget(o)
	}
	return nil
}

func recordKey(o Object) string {
	prefix := map[Kind]string{KindUser: userKey, KindGroup: groupKey, KindApplication: appKey, KindServicePrincipal: principalKey}
	return prefix[o.ObjectKind()] + string(o.ObjectID())
}

func (d *Directory) forget(o Object) {
	id := o.ObjectID()
	switch v := o.(type) {
	case User:
		delete(d.users, id)
		delete(d.byUPN, fold(v.UserPrincipalName))
	case Group:
		delete(d.groups, id)
	case Application:
		delete(d.applications, id)
		delete(d.appByAppID, v.AppID)
	case ServicePrincipal:
		delete(d.principals, id)
		delete(d.spByAppID, v.AppID)
	}
	d.members.forget(id)
	d.owners.forget(id)
}

// sorted returns the objects in the order of their ids, which pages of a list rely on.
func sorted[T any](m map[access.ObjectID]T) []T {
	list := make([]T, 0, len(m))
	for _, id := range slices.Sorted(maps.Keys(m)) {
		list = append(list, m[id])
	}
	return list
}
