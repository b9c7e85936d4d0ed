package adls_test

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/adls"
	"github.com/ownlake/ownlake/adls/bearer"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// The principals of these tests. Their tokens are their ids.
const (
	alice  = access.ObjectID("a11ce000-0000-4000-8000-000000000001")
	bob    = access.ObjectID("b0b00000-0000-4000-8000-000000000002")
	carol  = access.ObjectID("ca201000-0000-4000-8000-000000000003")
	staff  = access.ObjectID("57aff000-0000-4000-8000-00000000000a") // a group
	guests = access.ObjectID("90e57000-0000-4000-8000-00000000000b") // a group
	tenant = "7e4a4700-0000-4000-8000-00000000000f"
)

const accountScope = access.Scope("/subscriptions/5ub00000-0000-4000-8000-000000000000/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/" + account)

// testTenant is a tenant for tests: who is in which groups, and which roles are assigned.
type testTenant struct {
	groups map[access.ObjectID][]access.ObjectID
	roles  []access.RoleAssignment
}

func (d *testTenant) principal(id access.ObjectID) access.Principal {
	return access.Principal{ID: id, Groups: d.groups[id]}
}

// Verify takes a principal's id for its token.
func (d *testTenant) Verify(_ context.Context, token string) (bearer.Identity, error) {
	if len(token) != len(alice) {
		return bearer.Identity{}, errs.E(errs.Unauthorized, bearer.CodeInvalidAuthenticationInfo, "it is no token")
	}
	return bearer.Identity{Tenant: tenant, Principal: d.principal(access.ObjectID(token))}, nil
}

// AuthorizationURI is an address of the example domain.
func (d *testTenant) AuthorizationURI() string {
	return "https://login.example/" + tenant + "/oauth2/authorize"
}

// Assignments returns all there are.
func (d *testTenant) Assignments(context.Context, access.Principal) ([]access.RoleAssignment, error) {
	return d.roles, nil
}

// Groups returns a principal's groups.
func (d *testTenant) Groups(_ context.Context, id access.ObjectID) ([]access.ObjectID, error) {
	return d.groups[id], nil
}

func role(t *testing.T, id string) access.RoleDefinition {
	t.Helper()
	r, ok := access.BuiltInRole(id)
	if !ok {
		t.Fatalf("no role %s", id)
	}
	return r
}

// assign gives a role at the account's scope.
func (d *testTenant) assign(t *testing.T, p access.ObjectID, id string) {
	t.Helper()
	d.roles = append(d.roles, access.RoleAssignment{Principal: p, Role: role(t, id), Scope: accountScope})
}

func tenantLake(t *testing.T) (*testLake, *testTenant) {
	t.Helper()
	d := &testTenant{groups: map[access.ObjectID][]access.ObjectID{}}
	l := startLake(t, func(o *adls.Options) { o.Tokens, o.Roles, o.Scope = d, d, accountScope })
	if err := l.store.SetServiceSettings(t.Context(), lake.ServiceSettings{DeleteRetentionDays: 7}); err != nil {
		t.Fatal(err)
	}
	return l, d
}

// as sends a request with a principal's token.
func (l *testLake) as(p access.ObjectID, c call) answer {
	l.t.Helper()
	c.unsigned = true
	c.header = maps.Clone(c.header)
	if c.header == nil {
		c.header = map[string]string{}
	}
	c.header["Authorization"] = "Bearer " + string(p)
	return l.do(c)
}

// wish is an operation as a request and as what it asks of the access decision.
type wish struct {
	name string
	call call
	asks []access.Request // Operation, Path and what goes with them
	// keeps says that what exists stays as it is.
	keeps bool
}

func ask(op access.Operation, path string) access.Request {
	return access.Request{Operation: op, Path: path}
}

func asks(list ...access.Request) []access.Request { return list }

// wishes are the operations on paths, at the tree of [resetTree].
func wishes() []wish {
	list := "user::rwx,group::r-x,other::---"
	return []wish{
		{"read", call{method: "GET", target: "/files/d/f?action=read"}, asks(ask(access.ReadFile, "d/f")), true},
		{"read a blob", call{method: "GET", target: "/files/d/f?snapshot="}, asks(ask(access.ReadFile, "d/f")), true},
		{"block list", call{method: "GET", target: "/files/d/f?comp=blocklist"}, asks(ask(access.ReadFile, "d/f")), true},
		{"properties", call{method: "HEAD", target: "/files/d/f?action=getStatus"}, asks(ask(access.GetProperties, "d/f")), true},
		{"properties of a blob", call{method: "HEAD", target: "/files/d/f?comp=metadata"}, asks(ask(access.GetProperties, "d/f")), true},
		{"access control", call{method: "HEAD", target: "/files/d/f?action=getAccessControl"}, asks(ask(access.GetACL, "d/f")), true},
		{"check access r--", call{method: "HEAD", target: "/files/d/f?action=checkAccess&fsAction=r--"}, asks(access.Request{Operation: access.CheckAccess, Path: "d/f", Wanted: access.Read}), true},
		{"check access -w-", call{method: "HEAD", target: "/files/d/f?action=checkAccess&fsAction=-w-"}, asks(access.Request{Operation: access.CheckAccess, Path: "d/f", Wanted: access.Write}), true},
		{"check access r-x of a directory", call{method: "HEAD", target: "/files/d/sub?action=checkAccess&fsAction=r-x"}, asks(access.Request{Operation: access.CheckAccess, Path: "d/sub", Wanted: access.Read | access.Execute}), true},
		{"list", call{method: "GET", target: "/files?resource=filesystem&recursive=false&directory=d"}, asks(ask(access.ListDirectory, "d")), true},
		{"list blobs", call{method: "GET", target: "/files?restype=container&comp=list&prefix=d/&delimiter=/"}, asks(ask(access.ListDirectory, "d")), true},
		{"list recursively", call{method: "GET", target: "/files?resource=filesystem&recursive=true&directory=d"}, asks(ask(access.ListDirectory, "d"), ask(access.ListDirectory, "d/sub")), true},
		{"list blobs flat", call{method: "GET", target: "/files?restype=container&comp=list&prefix=d/"}, asks(ask(access.ListDirectory, "d"), ask(access.ListDirectory, "d/sub")), true},
		{"tags", call{method: "GET", target: "/files/d/f?comp=tags"}, asks(ask(access.GetTags, "d/f")), true},
		{"set tags", call{method: "PUT", target: "/files/d/f?comp=tags", body: "<Tags><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tags>"}, asks(ask(access.SetTags, "d/f")), false},

		{"create a file", call{method: "PUT", target: "/files/d/new?resource=file"}, asks(ask(access.CreateFile, "d/new")), false},
		{"create over a file", call{method: "PUT", target: "/files/d/f?resource=file"}, asks(ask(access.CreateFile, "d/f")), false},
		{"create below what is missing", call{method: "PUT", target: "/files/d/x/y/new?resource=file"}, asks(ask(access.CreateFile, "d/x/y/new")), false},
		{"create a directory", call{method: "PUT", target: "/files/d/dir?resource=directory"}, asks(ask(access.CreateDirectory, "d/dir")), false},
		{"create with an owner", call{method: "PUT", target: "/files/d/new?resource=file", header: headers("x-ms-owner", string(carol))}, asks(ask(access.CreateFile, "d/new"), ask(access.SetOwner, "d/new")), false},
		{"create with a group", call{method: "PUT", target: "/files/d/new?resource=file", header: headers("x-ms-group", string(staff))}, asks(ask(access.CreateFile, "d/new"), access.Request{Operation: access.SetGroup, Path: "d/new", Group: staff}), false},
		{"create with a list over a file", call{method: "PUT", target: "/files/d/f?resource=file", header: headers("x-ms-acl", list)}, asks(ask(access.CreateFile, "d/f"), ask(access.SetACL, "d/f")), false},
		{"put a blob", call{method: "PUT", target: "/files/d/new", header: blockBlob, body: "x"}, asks(ask(access.CreateFile, "d/new")), false},
		{"put over a blob", call{method: "PUT", target: "/files/d/f", header: blockBlob, body: "x"}, asks(ask(access.CreateFile, "d/f")), false},
		{"put a block", call{method: "PUT", target: "/files/d/new?comp=block&blockid=AAAA", body: "x"}, asks(ask(access.CreateFile, "d/new")), true},
		{"put a block list", call{method: "PUT", target: "/files/d/new?comp=blocklist", body: "<BlockList></BlockList>"}, asks(ask(access.CreateFile, "d/new")), false},
		{"put a block list over a blob", call{method: "PUT", target: "/files/d/f?comp=blocklist", body: "<BlockList></BlockList>"}, asks(ask(access.CreateFile, "d/f")), false},
		{"append", call{method: "PATCH", target: "/files/d/f?action=append&position=7", body: "x"}, asks(ask(access.WriteFile, "d/f")), true},
		{"append a block", call{method: "PUT", target: "/files/d/log?comp=appendblock", body: "x"}, asks(ask(access.AppendBlock, "d/log")), false},
		{"take a snapshot", call{method: "PUT", target: "/files/d/f?comp=snapshot"}, asks(ask(access.CreateSnapshot, "d/f")), true},
		{"set properties", call{method: "PATCH", target: "/files/d/f?action=setProperties", header: headers("x-ms-content-type", "text/plain")}, asks(ask(access.SetProperties, "d/f")), false},
		{"set metadata", call{method: "PUT", target: "/files/d/f?comp=metadata"}, asks(ask(access.SetProperties, "d/f")), false},
		{"set the tier", call{method: "PUT", target: "/files/d/f?comp=tier", header: headers("x-ms-access-tier", "Cool")}, asks(ask(access.SetProperties, "d/f")), true},
		{"lease", call{method: "PUT", target: "/files/d/f?comp=lease", header: headers("x-ms-lease-action", "acquire", "x-ms-lease-duration", "-1")}, asks(ask(access.Lease, "d/f")), true},
		{"copy", call{method: "PUT", target: "/files/d/copy", header: headers("x-ms-copy-source", "http://HOST/"+account+"/files/d/f")}, asks(ask(access.CreateFile, "d/copy"), ask(access.ReadFile, "d/f")), false},

		{"set permissions", call{method: "PATCH", target: "/files/d/f?action=setAccessControl", header: headers("x-ms-permissions", "0700")}, asks(ask(access.SetACL, "d/f")), false},
		{"set the list", call{method: "PATCH", target: "/files/d/f?action=setAccessControl", header: headers("x-ms-acl", list)}, asks(ask(access.SetACL, "d/f")), false},
		{"set the owner", call{method: "PATCH", target: "/files/d/f?action=setAccessControl", header: headers("x-ms-owner", string(carol))}, asks(ask(access.SetOwner, "d/f")), false},
		{"set the group", call{method: "PATCH", target: "/files/d/f?action=setAccessControl", header: headers("x-ms-group", string(staff))}, asks(access.Request{Operation: access.SetGroup, Path: "d/f", Group: staff}), false},
		{"set lists recursively", call{method: "PATCH", target: "/files/d/f?action=setAccessControlRecursive&mode=set", header: headers("x-ms-acl", list)}, asks(ask(access.SetACL, "d/f")), false},

		{"delete", call{method: "DELETE", target: "/files/d/f?recursive=false"}, asks(ask(access.DeleteFile, "d/f")), false},
		{"delete a blob", call{method: "DELETE", target: "/files/d/f?comp="}, asks(ask(access.DeleteFile, "d/f")), false},
		{"delete recursively", call{method: "DELETE", target: "/files/d/sub?recursive=true"}, asks(ask(access.DeleteRecursive, "d/sub")), false},
		{"undelete", call{method: "PUT", target: "/files/d/gone?comp=undelete"}, asks(ask(access.Undelete, "d/gone")), false},
		{"list what was deleted", call{method: "GET", target: "/files?restype=container&comp=list&prefix=d/&showonly=deleted"}, asks(ask(access.ListDirectory, "d"), ask(access.ListDeleted, "d")), true},
		{"list deleted blobs among others", call{method: "GET", target: "/files?restype=container&comp=list&prefix=d/&delimiter=/&include=deleted"}, asks(ask(access.ListDirectory, "d"), ask(access.ListDeleted, "d")), true},
		{"rename", call{method: "PUT", target: "/files/e/f", header: headers("x-ms-rename-source", "/files/d/f")}, asks(ask(access.RenameFrom, "d/f"), ask(access.RenameTo, "e/f")), false},
		{"rename a directory", call{method: "PUT", target: "/files/e/sub", header: headers("x-ms-rename-source", "/files/d/sub")}, asks(ask(access.RenameFrom, "d/sub"), ask(access.RenameTo, "e/sub")), false},
		{"rename over a file", call{method: "PUT", target: "/files/d/f", header: headers("x-ms-rename-source", "/files/e/old")}, asks(ask(access.RenameFrom, "e/old"), ask(access.RenameTo, "d/f")), false},
	}
}

// resetTree makes the filesystem anew: d/f, d/log (an append blob), d/sub/g, e/old, and d/gone, which was deleted and is kept.
func (l *testLake) resetTree() {
	l.t.Helper()
	ctx := l.t.Context()
	if err := l.store.DeleteFilesystem(ctx, "files", lake.Conditions{}); err != nil && !errs.Is(err, errs.NotFound) {
		l.t.Fatal(err)
	}
	if _, err := l.store.CreateFilesystem(ctx, "files", lake.CreateFilesystemOptions{}); err != nil {
		l.t.Fatal(err)
	}
	l.permit(lake.Root, bob, staff, access.Permissions{Owner: 7, Group: 5, Other: 1}.ACL())
	for _, p := range []lake.Path{"d/f", "d/sub/g", "e/old", "d/gone"} {
		if _, err := l.store.PutBlob(ctx, "files", p, strings.NewReader("content"), lake.PutBlobOptions{}); err != nil {
			l.t.Fatal(err)
		}
	}
	if err := l.store.Delete(ctx, "files", "d/gone", lake.DeleteOptions{}); err != nil {
		l.t.Fatal(err)
	}
	appendable := lake.PutBlobOptions{Details: &lake.BlobDetails{Append: &lake.AppendState{}}}
	if _, err := l.store.PutBlob(ctx, "files", "d/log", strings.NewReader(""), appendable); err != nil {
		l.t.Fatal(err)
	}
}

// permit gives a path an owner, a group and a list.
func (l *testLake) permit(p lake.Path, owner, group access.ObjectID, list access.ACL) {
	l.t.Helper()
	_, err := l.store.SetAccessControl(l.t.Context(), "files", p, lake.AccessControlUpdate{Owner: owner, Group: group, ACL: list}, lake.Conditions{})
	if err != nil {
		l.t.Fatal(err)
	}
}

// expected asks the access decision what the server must answer.
func (l *testLake) expected(d *testTenant, p access.ObjectID, w wish) bool {
	l.t.Helper()
	items, done := l.store.AccessItems(l.t.Context(), "files")
	defer done()
	for _, r := range w.asks {
		r.Principal, r.Assignments, r.Items, r.Scope = d.principal(p), d.roles, items, accountScope.Container("files")
		decision, err := access.Decide(r)
		if err != nil {
			l.t.Fatal(err)
		}
		if !decision.Allowed {
			return false
		}
	}
	return true
}

// state is the tree with everything that a refused request must not change.
func (l *testLake) state() string {
	l.t.Helper()
	page, err := l.store.List(l.t.Context(), "files", lake.Root, lake.ListOptions{Recursive: true})
	if err != nil {
		l.t.Fatal(err)
	}
	var b strings.Builder
	for _, p := range page.Entries {
		b.WriteString(string(p.Path) + " " + string(p.ETag) + " " + string(p.Owner) + " " + p.Permissions + " " + string(p.Lease.State) + "\n")
	}
	return b.String()
}

// try sends a wish and compares the answer with the decision.
func (l *testLake) try(d *testTenant, p access.ObjectID, w wish, situation string) (allowed bool) {
	l.t.Helper()
	c := w.call
	if s := c.header["x-ms-copy-source"]; s != "" {
		c.header = maps.Clone(c.header)
		c.header["x-ms-copy-source"] = strings.Replace(s, "HOST", l.address, 1)
	}
	want, before := l.expected(d, p, w), l.state()
	a := l.as(p, c)
	switch {
	case want && a.status >= http.StatusBadRequest:
		l.t.Errorf("%s, %s: answered %d %s, want success\n%s", w.name, situation, a.status, a.code(), a.body)
	case !want && (a.status != http.StatusForbidden || a.code() != "AuthorizationPermissionMismatch" && a.code() != "CannotVerifyCopySource"):
		l.t.Errorf("%s, %s: answered %d %s, want it refused", w.name, situation, a.status, a.code())
	}
	if after := l.state(); (!want || w.keeps) && w.name != "lease" && after != before {
		l.t.Errorf("%s, %s: the tree changed\n%s\nwas\n%s", w.name, situation, after, before)
	}
	return want
}

// grantee is how a list gives bits to the caller, alice.
type grantee struct {
	name         string
	owner, group access.ObjectID
	groups       []access.ObjectID
	list         func(access.Permission) access.ACL
}

func grantees() []grantee {
	base := func(owner, group, other access.Permission, more ...access.Entry) access.ACL {
		return append(access.Permissions{Owner: owner, Group: group, Other: other}.ACL(), more...)
	}
	return []grantee{
		{"owner", alice, staff, nil, func(p access.Permission) access.ACL { return base(p, 0, 0) }},
		{"owning group", bob, staff, []access.ObjectID{staff}, func(p access.Permission) access.ACL { return base(0, p, 0) }},
		{"named user", bob, staff, nil, func(p access.Permission) access.ACL {
			return base(0, 0, 0, access.Entry{Type: access.User, ID: alice, Permission: p})
		}},
		{"named user below a mask", bob, staff, nil, func(p access.Permission) access.ACL {
			return base(0, 0, 0, access.Entry{Type: access.User, ID: alice, Permission: 7}, access.Entry{Type: access.Mask, Permission: p})
		}},
		{"named group", bob, staff, []access.ObjectID{guests}, func(p access.Permission) access.ACL {
			return base(0, 0, 0, access.Entry{Type: access.Group, ID: guests, Permission: p})
		}},
		{"other", bob, staff, nil, func(p access.Permission) access.ACL { return base(0, 0, p) }},
	}
}

// TestListsDecideWhatTheWireAnswers tries each operation for each way that a list can name the caller, with sets of
// bits on the directory and on the item.
func TestListsDecideWhatTheWireAnswers(t *testing.T) {
	t.Parallel()
	l, d := tenantLake(t)
	tried, allowed := 0, 0
	for i, g := range grantees() {
		d.groups[alice] = g.groups
		for _, w := range wishes() {
			for item := range access.Permission(8) {
				used := true
				for directory := range access.Permission(8) {
					if i > 0 && directory != 7 && item != 7 {
						continue // which bits count is the same for all: the first tries every pair
					}
					if used {
						l.resetTree()
						for _, p := range []lake.Path{"d/f", "d/log", "d/sub", "e/old"} {
							l.permit(p, g.owner, g.group, g.list(item))
						}
						l.permit("e", g.owner, g.group, g.list(7))
					}
					l.permit("d", g.owner, g.group, g.list(directory))
					tried++
					// What is refused leaves the tree for the next.
					if used = l.try(d, alice, w, g.name+" directory "+directory.String()+" item "+item.String()); used {
						allowed++
					}
					if t.Failed() {
						t.FailNow() // the other thousands would say the same
					}
				}
			}
		}
	}
	t.Logf("%d requests, %d allowed", tried, allowed)
}

// TestRolesDecideWhatTheWireAnswers tries each operation for each built-in role, where no list gives anything.
func TestRolesDecideWhatTheWireAnswers(t *testing.T) {
	t.Parallel()
	l, d := tenantLake(t)
	scopes := []access.Scope{accountScope, accountScope.Container("files"), accountScope.Container("other")}
	for _, r := range access.BuiltInRoles() {
		for _, scope := range scopes {
			for _, to := range []access.ObjectID{alice, staff} {
				d.roles = []access.RoleAssignment{{Principal: to, Role: r, Scope: scope}}
				d.groups[alice] = []access.ObjectID{staff}
				used := true
				for _, w := range wishes() {
					if used {
						l.resetTree()
					}
					used = l.try(d, alice, w, r.Name+" at "+scope.Level()+" "+string(scope[strings.LastIndexByte(string(scope), '/')+1:]))
				}
			}
		}
	}
}

// TestRolesDecideOnContainersAndTheAccount tries what concerns no path.
func TestRolesDecideOnContainersAndTheAccount(t *testing.T) {
	t.Parallel()
	l, d := tenantLake(t)
	operations := []struct {
		name   string
		call   call
		op     access.Operation
		status int // where it is allowed
	}{
		{"create", call{method: "PUT", target: "/files?restype=container"}, access.CreateContainer, 201},
		{"create on dfs", call{method: "PUT", target: "/files?resource=filesystem"}, access.CreateContainer, 201},
		{"delete", call{method: "DELETE", target: "/files?restype=container"}, access.DeleteContainer, 202},
		{
			"restore what never was",
			call{method: "PUT", target: "/files?restype=container&comp=undelete", header: headers("x-ms-deleted-container-name", "files", "x-ms-deleted-container-version", "01D69540C360196E")},
			access.UndeleteContainer, 404,
		},
		{"properties", call{method: "HEAD", target: "/files?restype=container"}, access.GetContainerProperties, 200},
		{"properties on dfs", call{method: "HEAD", target: "/files?resource=filesystem"}, access.GetContainerProperties, 200},
		{"metadata", call{method: "PUT", target: "/files?restype=container&comp=metadata"}, access.SetContainerMetadata, 200},
		{"lease", call{method: "PUT", target: "/files?restype=container&comp=lease", header: headers("x-ms-lease-action", "acquire", "x-ms-lease-duration", "-1")}, access.LeaseContainer, 201},
		{"access policies", call{method: "GET", target: "/files?restype=container&comp=acl"}, access.GetContainerAccess, 200},
		{"set access policies", call{method: "PUT", target: "/files?restype=container&comp=acl"}, access.SetContainerAccess, 200},
		{"find by tags", call{method: "GET", target: "/files?restype=container&comp=blobs&where=%22a%22%3D%27b%27"}, access.FindByTags, 200},
		{"list containers", call{method: "GET", target: "/?comp=list"}, access.ListContainers, 200},
		{"list filesystems", call{method: "GET", target: "/?resource=account"}, access.ListContainers, 200},
		{"service properties", call{method: "GET", target: "/?restype=service&comp=properties"}, access.GetServiceProperties, 200},
	}
	for _, r := range access.BuiltInRoles() {
		d.roles = []access.RoleAssignment{{Principal: alice, Role: r, Scope: accountScope}}
		for _, o := range operations {
			_ = l.store.DeleteFilesystem(t.Context(), "files", lake.Conditions{})
			if !strings.HasPrefix(o.name, "create") {
				if _, err := l.store.CreateFilesystem(t.Context(), "files", lake.CreateFilesystemOptions{}); err != nil {
					t.Fatal(err)
				}
			}
			decision, err := access.Decide(access.Request{Principal: d.principal(alice), Operation: o.op, Assignments: d.roles, Scope: accountScope.Container("files")})
			if err != nil {
				t.Fatal(err)
			}
			want := 403
			if decision.Allowed {
				want = o.status
			}
			if a := l.as(alice, o.call); a.status != want {
				t.Errorf("%s as %s: answered %d %s, want %d", o.name, r.Name, a.status, a.code(), want)
			}
			if o.name == "lease" && decision.Allowed {
				_, _, _ = l.store.LeaseFilesystem(t.Context(), "files", lake.LeaseRequest{Action: lake.BreakLease, BreakPeriod: new(time.Duration)}, lake.Conditions{})
			}
			if names, _ := l.store.ListFilesystems(t.Context(), lake.ListFilesystemsOptions{}); o.op == access.CreateContainer && want == 403 &&
				slices.ContainsFunc(names.Filesystems, func(f lake.FilesystemProperties) bool { return f.Name == "files" }) {
				t.Errorf("%s as %s: it was refused and made", o.name, r.Name)
			}
		}
	}
}
