// Package accessfile reads the file that says who may use an account with a bearer token: access.yaml in the data
// folder. It names the issuers whose tokens are taken, the place of the account among the resources that roles are
// assigned at, the role assignments, and the groups of principals whose tokens list none.
//
// The package reads and checks; [bearer] verifies tokens and package access decides.
package accessfile

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/adls/bearer"
	"github.com/ownlake/ownlake/errs"
)

// Name is the file's name in the data folder.
const Name = "access.yaml"

// The account's place where the file does not say: no real subscription has this id.
const (
	DefaultSubscription  = "00000000-0000-0000-0000-000000000000"
	DefaultResourceGroup = "ownlake"
)

// File is what an access file says. It is not changed once it is read, and safe for concurrent use.
type File struct {
	Issuers []bearer.Issuer
	// Scope is the resource id of the account.
	Scope access.Scope

	assignments map[access.ObjectID][]access.RoleAssignment
	groups      map[access.ObjectID][]access.ObjectID // by member
}

// DefaultScope is the resource id of an account where no file says another.
func DefaultScope(account string) access.Scope {
	return access.Subscription(DefaultSubscription).ResourceGroup(DefaultResourceGroup).Account(account)
}

// Load reads a file for an account. Files that it names are looked for beside it. Everything that is wrong is reported
// at once, with file, line and column, as one Invalid error; a file that does not exist is NotFound.
func Load(file, account string) (*File, error) {
	const op errs.Op = "accessfile.Load"
	data, err := os.ReadFile(file)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, errs.E(op, errs.NotFound, errs.Item(file), err)
	case err != nil:
		return nil, errs.E(op, errs.Unavailable, errs.Item(file), err)
	}
	r := &reader{file: file, account: account}
	f := r.read(data)
	if err := r.err(); err != nil {
		return nil, errs.E(op, err)
	}
	return f, nil
}

// Assignments returns the role assignments of a principal and of its groups.
func (f *File) Assignments(p access.Principal) []access.RoleAssignment {
	of := slices.Clip(f.assignments[lower(p.ID)])
	for _, g := range p.Groups {
		of = append(of, f.assignments[lower(g)]...)
	}
	return of
}

// GroupsOf returns the groups that a principal is in, those of its groups included, and false for a principal that the
// file says nothing about.
func (f *File) GroupsOf(id access.ObjectID) ([]access.ObjectID, bool) {
	id = lower(id)
	if _, ok := f.groups[id]; !ok {
		return nil, false
	}
	var all []access.ObjectID
	seen := map[access.ObjectID]bool{id: true}
	for next := []access.ObjectID{id}; len(next) > 0; next = next[1:] {
		for _, g := range f.groups[next[0]] {
			if !seen[g] {
				seen[g] = true
				all, next = append(all, g), append(next, g)
			}
		}
	}
	return all, true
}

// lower is how ids are written here. They are GUIDs, which have no case.
func lower(id access.ObjectID) access.ObjectID { return access.ObjectID(strings.ToLower(string(id))) }

// read reads the parts in the order in which they build on each other, which is not the order they must be written in.
func (r *reader) read(data []byte) *File {
	f := &File{assignments: map[access.ObjectID][]access.RoleAssignment{}, groups: map[access.ObjectID][]access.ObjectID{}}
	top := r.document(data, "issuers", "account", "roles", "groups")
	r.list(top["issuers"], func(n ast.Node) { r.issuer(f, n) })
	r.scope(f, top["account"])
	r.list(top["roles"], func(n ast.Node) { r.role(f, n) })
	r.list(top["groups"], func(n ast.Node) { r.group(f, n) })
	if len(f.Issuers) == 0 && len(r.problems) == 0 {
		r.problems = append(r.problems, problem{line: 1, column: 1, text: "issuers: no issuer whose tokens are to be taken"})
	}
	return f
}

func (r *reader) issuer(f *File, n ast.Node) {
	fields := r.fields(n, "url", "tenant", "aliases", "audiences", "principalClaim", "caFile")
	if fields == nil {
		return
	}
	i := bearer.Issuer{
		URL: r.needed(n, fields, "url"), Tenant: r.text(fields["tenant"]), PrincipalClaim: r.text(fields["principalClaim"]),
		Aliases: r.texts(fields["aliases"]), Audiences: r.texts(fields["audiences"]),
	}
	if ca := r.text(fields["caFile"]); ca != "" {
		if !filepath.IsAbs(ca) {
			ca = filepath.Join(filepath.Dir(r.file), ca)
		}
		var err error
		if i.RootCAs, err = readRoots(ca); err != nil {
			r.problem(fields["caFile"], "%v", err)
		}
	}
	if i.URL != "" {
		if err := i.Validate(); err != nil {
			r.problem(fields["url"], "%v", err)
		}
	}
	f.Issuers = append(f.Issuers, i)
}

func (r *reader) scope(f *File, n ast.Node) {
	subscription, group := DefaultSubscription, DefaultResourceGroup
	if fields := r.fields(n, "subscription", "resourceGroup"); fields != nil {
		if s := fields["subscription"]; s != nil {
			subscription = cmp.Or(string(r.id(s)), subscription)
		}
		if g := fields["resourceGroup"]; g != nil {
			group = r.text(g)
			if group == "" || strings.Contains(group, "/") {
				r.problem(g, "%q is not the name of a resource group", group)
			}
		}
	}
	f.Scope = access.Subscription(subscription).ResourceGroup(group).Account(r.account)
}

func (r *reader) role(f *File, n ast.Node) {
	fields := r.fields(n, "role", "principal", "scope", "container")
	if fields == nil {
		return
	}
	a := access.RoleAssignment{
		ID: fmt.Sprintf("%s:%d", filepath.Base(r.file), n.GetToken().Position.Line), Scope: f.Scope,
		Principal: r.neededID(n, fields, "principal"),
	}
	if name := r.needed(n, fields, "role"); name != "" {
		var ok bool
		if a.Role, ok = access.BuiltInRole(name); !ok {
			r.problem(fields["role"], "there is no role %q (%s)", name, nearest(name, roleNames()))
		}
	}
	scope, container := fields["scope"], fields["container"]
	switch {
	case scope != nil && container != nil:
		r.problem(container, "the assignment has a scope already")
	case scope != nil:
		a.Scope = r.scopeOf(f, scope)
	case container != nil:
		a.Scope = f.Scope.Container(r.container(container))
	}
	f.assignments[a.Principal] = append(f.assignments[a.Principal], a)
}

// scopeOf reads a scope. One that the account is not in, and that is not in the account, gives nobody anything, and so
// is a mistake.
func (r *reader) scopeOf(f *File, n ast.Node) access.Scope {
	s, err := access.ParseScope(r.text(n))
	switch {
	case err != nil:
		r.problem(n, "%v", err)
	case !s.Contains(f.Scope) && !f.Scope.Contains(s):
		r.problem(n, "the scope is elsewhere than the account, which is %s", f.Scope)
	}
	return s
}

func (r *reader) group(f *File, n ast.Node) {
	fields := r.fields(n, "group", "members")
	if fields == nil {
		return
	}
	group := r.neededID(n, fields, "group")
	r.list(fields["members"], func(member ast.Node) {
		if id := r.id(member); id != "" && group != "" && !slices.Contains(f.groups[id], group) {
			f.groups[id] = append(f.groups[id], group)
		}
	})
}

func roleNames() []string {
	var names []string
	for _, role := range access.BuiltInRoles() {
		names = append(names, role.Name)
	}
	return names
}
