package directory

import (
	"strings"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/tenant/state"
)

// maxNameLen is the most characters that a display name may have.
const maxNameLen = 256

// CreateUser adds a user with a password. Its id is made where it has none. A user principal name that somebody has is
// Exists; one outside the tenant's domain, or a weak password, is Invalid.
func (d *Directory) CreateUser(u User, password string) (User, error) {
	const op errs.Op = "directory.CreateUser"
	if err := checkPassword(password); err != nil {
		return User{}, errs.E(op, err)
	}
	hash := d.hash.hash(password)
	d.mu.Lock()
	defer d.mu.Unlock()
	var err error
	if u.ID, err = d.freshID(u.ID); err != nil {
		return User{}, errs.E(op, err)
	}
	u.PasswordHash, u.Created = hash, d.now()
	u.SignInsSince = u.Created
	if u.MailNickname == "" {
		u.MailNickname, _, _ = strings.Cut(u.UserPrincipalName, "@")
	}
	if err := d.saveUser(u); err != nil {
		return User{}, errs.E(op, err)
	}
	return u.clone(), nil
}

// freshID takes an id that the caller chose, or makes one.
func (d *Directory) freshID(id access.ObjectID) (access.ObjectID, error) {
	if id == "" {
		return newID(), nil
	}
	id, err := ParseID(string(id))
	if err != nil {
		return "", err
	}
	if _, err := d.object(id); err == nil {
		return "", errs.E(errs.Exists, errs.Item(id), "an object has this id already")
	}
	return id, nil
}

// saveUser checks and stores a user.
func (d *Directory) saveUser(u User) error {
	if err := d.checkUser(u); err != nil {
		return err
	}
	u = u.clone()
	if err := d.store.Commit(state.Change{Key: userKey + string(u.ID), Value: u}); err != nil {
		return err
	}
	d.putUser(u)
	return nil
}

func (d *Directory) checkUser(u User) error {
	name, domain, _ := strings.Cut(u.UserPrincipalName, "@")
	switch {
	case name == "" || strings.ContainsAny(u.UserPrincipalName, " \t\r\n/\\\"()<>,;:[]") || len(u.UserPrincipalName) > 113:
		return errs.E(errs.Invalid, errs.Item(u.UserPrincipalName), "not a user principal name", errs.Hint("use a name such as ann@"+d.tenant.Domain))
	case fold(domain) != d.tenant.Domain:
		return errs.E(errs.Invalid, errs.Item(u.UserPrincipalName), "the domain is not the tenant's", errs.Hint("use ...@"+d.tenant.Domain))
	}
	if err := checkDisplayName(u.DisplayName); err != nil {
		return err
	}
	if other, ok := d.byUPN[fold(u.UserPrincipalName)]; ok && other != u.ID {
		return errs.E(errs.Exists, errs.Item(u.UserPrincipalName), "another user has this user principal name")
	}
	return checkRoles(u.Roles)
}

func checkDisplayName(name string) error {
	if strings.TrimSpace(name) == "" || len(name) > maxNameLen {
		return errs.E(errs.Invalid, errs.Item(name), "not a display name", errs.Hint("use 1 to 256 characters"))
	}
	return nil
}

func checkRoles(roles []Role) error {
	for _, r := range roles {
		if _, ok := ParseRole(string(r)); !ok {
			return errs.E(errs.Invalid, errs.Item(r), "no such directory role", errs.Hint("use a role such as Global Administrator"))
		}
	}
	return nil
}

// User finds a user by object id or user principal name. It is NotFound where there is none.
func (d *Directory) User(idOrName string) (User, error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	u, err := d.user(idOrName)
	return u.clone(), errs.Wrap("directory.User", err)
}

func (d *Directory) user(idOrName string) (User, error) {
	key := fold(idOrName)
	id, ok := d.byUPN[key]
	if !ok {
		id = access.ObjectID(key)
	}
	u, ok := d.users[id]
	if !ok {
		return User{}, errs.E(errs.NotFound, errs.Item(idOrName), "no such user", errs.Hint("use the user principal name or the object id"))
	}
	return u, nil
}

// Users returns all users in the order of their ids.
func (d *Directory) Users() []User {
	d.mu.RLock()
	defer d.mu.RUnlock()
	list := sorted(d.users)
	for i := range list {
		list[i] = list[i].clone()
	}
	return list
}

// UpdateUser changes a user. Its id, its password and its dates stay as they are.
func (d *Directory) UpdateUser(id access.ObjectID, change func(*User)) (User, error) {
	const op errs.Op = "directory.UpdateUser"
	d.mu.Lock()
	defer d.mu.Unlock()
	old, err := d.user(string(id))
	if err != nil {
		return User{}, errs.E(op, err)
	}
	u := old.clone()
	change(&u)
	u.ID, u.PasswordHash, u.Created, u.SignInsSince = old.ID, old.PasswordHash, old.Created, old.SignInsSince
	if err := d.saveUser(u); err != nil {
		return User{}, errs.E(op, err)
	}
	return u, nil
}

// SetPassword gives a user a new password and ends the user's sign-ins. A password that must be changed lets the user
// do nothing else.
func (d *Directory) SetPassword(id access.ObjectID, password string, mustChange bool) error {
	const op errs.Op = "directory.SetPassword"
	if err := checkPassword(password); err != nil {
		return errs.E(op, err)
	}
	hash := d.hash.hash(password)
	d.mu.Lock()
	defer d.mu.Unlock()
	u, err := d.user(string(id))
	if err != nil {
		return errs.E(op, err)
	}
	u.PasswordHash, u.SignInsSince, u.MustChangePassword = hash, d.clock().UTC(), mustChange
	return errs.Wrap(op, d.saveUser(u))
}

// CheckPassword signs a user in. A wrong password and an unknown name are one error, Unauthorized with
// [CodeCredentials], after the same work; a disabled user with the right password is Permission with [CodeDisabled].
func (d *Directory) CheckPassword(name, password string) (User, error) {
	const op errs.Op = "directory.CheckPassword"
	d.mu.RLock()
	u, _ := d.user(name) // of nobody it has no hash, and nothing matches
	u = u.clone()
	d.mu.RUnlock()
	if !d.hash.matches(u.PasswordHash, password) {
		return User{}, errs.E(op, errs.Unauthorized, CodeCredentials, "no such user, or another password")
	}
	if !u.Enabled {
		return User{}, errs.E(op, errs.Permission, CodeDisabled, errs.Item(u.UserPrincipalName), "the account is disabled",
			errs.Hint("an administrator can enable it"))
	}
	return u, nil
}
