package access

import (
	"slices"
	"testing"
)

func assign(to ObjectID, role RoleDefinition, at Scope) []RoleAssignment {
	return []RoleAssignment{{Principal: to, Role: role, Scope: at}}
}

// The table is "Authorize with Microsoft Entra ID", permissions for calling data operations.
func TestWhatEachRoleAllowsWithoutALook(t *testing.T) {
	t.Parallel()
	reader := []Operation{ReadFile, ListDirectory, GetProperties, GetACL, CheckAccess, GetContainerProperties, ListContainers, GetUserDelegationKey, ListDeleted}
	contributor := append([]Operation{
		WriteFile, AppendBlock, CreateSnapshot, CreateFile, CreateDirectory, DeleteFile, DeleteRecursive, RenameFrom, RenameTo, SetProperties, Lease, BreakLease,
		CreateContainer, DeleteContainer, SetContainerMetadata, LeaseContainer, BreakContainerLease, Undelete, UndeleteContainer,
	}, reader...)
	owner := append([]Operation{SetACL, SetOwner, SetGroup, GetTags, SetTags, FindByTags, GetContainerAccess, SetContainerAccess}, contributor...)
	management := []Operation{
		CreateContainer, DeleteContainer, GetContainerProperties, SetContainerMetadata, LeaseContainer, BreakContainerLease,
		GetContainerAccess, SetContainerAccess, ListContainers, GetServiceProperties, SetServiceProperties, GetUserDelegationKey,
		Undelete, UndeleteContainer,
	}
	for id, want := range map[string][]Operation{
		StorageBlobDataReader: reader, StorageBlobDataContributor: contributor, StorageBlobDataOwner: owner,
		StorageBlobDelegator: {GetUserDelegationKey}, Owner: management, Contributor: management,
		StorageAccountContributor: management, Reader: {GetContainerProperties, ListContainers, GetServiceProperties},
		UserAccessAdministrator: {GetContainerProperties, ListContainers, GetServiceProperties},
	} {
		role, _ := BuiltInRole(id)
		for op := range needs {
			r := Request{
				Principal: alice, Operation: op, Scope: testContainer, Path: "d/e/item", Wanted: Read | Execute,
				Assignments: assign("team", role, Subscription("s")),
			}
			allowed := slices.Contains(want, op)
			if d, err := Decide(r); err != nil || d.Allowed != allowed {
				t.Errorf("%s: %v: %v (%v), %v; want %v", role.Name, op, d.Allowed, d.Reason, err, allowed)
			}
			items := tree{}.items(kinds["other"])
			r.Items = items
			if d, err := Decide(r); err != nil || allowed && (items.asked > 0 || d.Reason.Rule != ByRole) {
				t.Errorf("%s: %v: lists asked %d times (%v), %v; want none", role.Name, op, items.asked, d.Reason, err)
			}
		}
	}
}

func TestCheckAccessByRoleAsksForTheBits(t *testing.T) {
	t.Parallel()
	reader, _ := BuiltInRole(StorageBlobDataReader)
	contributor, _ := BuiltInRole(StorageBlobDataContributor)
	write := RoleDefinition{DataActions: []Action{BlobsWrite}}
	for wanted := range Permission(8) {
		for _, c := range []struct {
			role RoleDefinition
			want bool
		}{{reader, wanted&Write == 0}, {contributor, true}, {write, wanted == Write}} {
			d, err := Decide(Request{
				Principal: alice, Operation: CheckAccess, Scope: testContainer, Wanted: wanted, Assignments: assign("alice", c.role, testContainer),
			})
			if err != nil || d.Allowed != c.want {
				t.Errorf("%v by %v: %v, %v; want %v", wanted, c.role.DataActions, d.Allowed, err, c.want)
			}
		}
	}
}

func TestAReaderAppendsWithWriteAlone(t *testing.T) {
	t.Parallel()
	reader, _ := BuiltInRole(StorageBlobDataReader)
	for _, op := range []Operation{WriteFile, CreateFile} {
		for given, want := range map[Permission]bool{Write: true, Read: false, 0: false} {
			items := tree{root: 1, dir: 1, parent: 1, item: given}.items(kinds["named group"])
			r := Request{Principal: alice, Operation: op, Scope: testContainer, Path: "d/e/item", Items: items, Assignments: assign("alice", reader, testContainer)}
			if d, err := Decide(r); err != nil || d.Allowed != want {
				t.Errorf("%v with %v on the file: %v (%v), %v; want %v", op, given, d.Allowed, d.Reason, err, want)
			}
		}
	}
}

func TestAddCreatesAndDoesNotOverwrite(t *testing.T) {
	t.Parallel()
	add := assign("alice", RoleDefinition{Name: "Adder", DataActions: []Action{BlobsAdd}}, testContainer)
	for op := range needs {
		d, err := Decide(Request{Principal: alice, Operation: op, Scope: testContainer, Path: "x", Assignments: add, Wanted: Read})
		want := op == CreateFile || op == CreateDirectory
		if err != nil || d.Allowed != want || d.NewOnly != want {
			t.Errorf("%v: %+v, %v; want allowed for the new only: %v", op, d, err, want)
		}
	}
}

func TestSuperusersMayEverythingOnPaths(t *testing.T) {
	t.Parallel()
	super := assign("team", RoleDefinition{Name: "Super", DataActions: []Action{BlobsRunAsSuperUser}}, testContainer)
	for op := range needs {
		items := tree{sticky: true}.items(kinds["other"])
		r := Request{Principal: alice, Operation: op, Scope: testContainer, Path: "d/e/item", Items: items, Assignments: super}
		if d, err := Decide(r); err != nil || d.Allowed != op.OnPath() || op.OnPath() && items.asked > 0 {
			t.Errorf("%v by runAsSuperUser: %v (%v), %v, lists asked %d times", op, d.Allowed, d.Reason, err, items.asked)
		}
		r.Principal, r.Assignments = Principal{ID: Superuser}, nil
		if d, err := Decide(r); err != nil || !d.Allowed || d.Reason.Rule != BySuperuser {
			t.Errorf("%v with the account key: %v (%v), %v", op, d.Allowed, d.Reason, err)
		}
		r.Principal = Principal{}
		if d, err := Decide(r); err != nil || d.Allowed || d.Reason.Rule != ByAnonymity {
			t.Errorf("%v by nobody: %v (%v), %v", op, d.Allowed, d.Reason, err)
		}
	}
}

func TestAnAssignmentAtAnotherScopeAllowsNothing(t *testing.T) {
	t.Parallel()
	dataOwner, _ := BuiltInRole(StorageBlobDataOwner)
	for _, at := range []Scope{testAccount.Container("other"), testAccount + "2", Subscription("t")} {
		for op := range needs {
			if d, err := Decide(Request{Principal: alice, Operation: op, Scope: testContainer, Assignments: assign("alice", dataOwner, at)}); err != nil || d.Allowed {
				t.Errorf("%v with a role at %s: %+v, %v", op, at, d, err)
			}
		}
	}
	// What the account is asked for a role of a container does not give: its lists of containers, its keys.
	for _, op := range []Operation{ListContainers, GetUserDelegationKey, FindByTags} {
		if d, err := Decide(Request{Principal: alice, Operation: op, Scope: testAccount, Assignments: assign("alice", dataOwner, testContainer)}); err != nil || d.Allowed {
			t.Errorf("%v of the account with a role at a container: %+v, %v", op, d, err)
		}
	}
}

// TestARoleOnlyAdds: what lists allow, lists and any role allow too.
func TestARoleOnlyAdds(t *testing.T) {
	t.Parallel()
	levels := []Permission{0, Execute, Write | Execute, 7}
	for op := range needs {
		for kind, list := range kinds {
			for _, parent := range levels {
				for _, item := range levels {
					items := tree{root: 1, dir: 1, parent: parent, item: item, inside: item, isDirectory: true, sticky: parent == 7}.items(list)
					r := Request{Principal: alice, Operation: op, Scope: testContainer, Path: "d/e/item", Items: items, Wanted: Write, Group: "team"}
					without, err := Decide(r)
					if err != nil {
						t.Fatal(err)
					}
					for _, role := range builtInRoles {
						r.Assignments = assign("team", role, testContainer)
						if with, err := Decide(r); err != nil || without.Allowed && !with.Allowed {
							t.Fatalf("%v as %s: allowed by %v, and with %s refused by %v, %v", op, kind, without.Reason, role.Name, with.Reason, err)
						}
					}
				}
			}
		}
	}
}
