package access

import (
	"slices"
	"strings"
	"testing"

	"github.com/ownlake/ownlake/errs"
)

func TestBuiltInRolesGrantWhatTheirPagesSay(t *testing.T) {
	t.Parallel()
	all := []Action{
		ServiceRead, ServiceWrite, GenerateUserDelegationKey, ContainersRead, ContainersWrite, ContainersDelete,
		ContainersGetACL, ContainersSetACL, BlobsRead, BlobsWrite, BlobsDelete, BlobsAdd, BlobsMove, BlobsFilter, BlobsTagsRead,
		BlobsTagsWrite, BlobsRunAsSuperUser, BlobsManageOwnership, BlobsModifyPermissions,
	}
	data := slices.DeleteFunc(slices.Clone(all), func(a Action) bool { return !a.IsData() })
	management := slices.DeleteFunc(slices.Clone(all), Action.IsData)
	for name, want := range map[string][]Action{
		"Storage Blob Data Owner": append([]Action{
			GenerateUserDelegationKey, ContainersRead, ContainersWrite, ContainersDelete, ContainersGetACL, ContainersSetACL,
		}, data...),
		"Storage Blob Data Contributor": {
			GenerateUserDelegationKey, ContainersRead, ContainersWrite, ContainersDelete,
			BlobsRead, BlobsWrite, BlobsDelete, BlobsAdd, BlobsMove,
		},
		"Storage Blob Data Reader":    {GenerateUserDelegationKey, ContainersRead, BlobsRead},
		"Storage Blob Delegator":      {GenerateUserDelegationKey},
		"Storage Account Contributor": management,
		"Owner":                       management,
		"Contributor":                 management,
		"Reader":                      {ServiceRead, ContainersRead},
		"User Access Administrator":   {ServiceRead, ContainersRead},

		"Role Based Access Control Administrator": {ServiceRead, ContainersRead},
	} {
		r, ok := BuiltInRole(name)
		if !ok {
			t.Errorf("no role %s", name)
			continue
		}
		for _, a := range all {
			if got := r.Grants(a); got != slices.Contains(want, a) {
				t.Errorf("%s grants %s: %v; want %v", name, a.Short(), got, !got)
			}
		}
	}
}

func TestARoleIsFoundByIdNameAndResourceId(t *testing.T) {
	t.Parallel()
	for _, key := range []string{
		"Storage Blob Data Reader", "storage blob data reader", StorageBlobDataReader, strings.ToUpper(StorageBlobDataReader),
		"/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/" + StorageBlobDataReader,
	} {
		if r, ok := BuiltInRole(key); !ok || r.ID != StorageBlobDataReader {
			t.Errorf("BuiltInRole(%q) = %v, %v", key, r, ok)
		}
	}
	if r, ok := BuiltInRole("Storage Blob Data Delegator"); ok {
		t.Errorf("a role that does not exist was found: %v", r)
	}
}

func TestBuiltInRolesCannotBeChangedByTheirReaders(t *testing.T) {
	t.Parallel()
	roles := BuiltInRoles()
	roles[0].DataActions[0], roles[2].DataActions[0] = "x", "*"
	if r, _ := BuiltInRole(StorageBlobDataReader); r.Grants(BlobsWrite) {
		t.Error("a reader of BuiltInRoles changed them")
	}
}

func TestPatternsOfActions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern Action
		action  Action
		want    bool
	}{
		{"*", BlobsRead, true},
		{"*/read", BlobsRead, true},
		{"*/read", BlobsWrite, false},
		{"*/READ", BlobsRead, true},
		{"Microsoft.Storage/*", BlobsRead, true},
		{"microsoft.storage/storageaccounts/blobservices/containers/blobs/*", BlobsMove, true},
		{"Microsoft.Storage/*/containers/*/read", BlobsRead, true},
		{"Microsoft.Storage/*/containers/*/read", ContainersRead, false},
		{"Microsoft.Storage/*/queues/*", BlobsRead, false},
		{"Microsoft.Authorization/*/Write", "Microsoft.Authorization/roleAssignments/write", true},
		{"*read*read", "read", false},
		{BlobsRead, BlobsRead, true},
		{BlobsRead + "x", BlobsRead, false},
		{"", BlobsRead, false},
		{"*/read", "", false},
	} {
		if got := c.action.matches(c.pattern); got != c.want {
			t.Errorf("%q covers %q: %v; want %v", c.pattern, c.action, got, c.want)
		}
	}
}

func TestANotActionTakesFromItsOwnRoleOnly(t *testing.T) {
	t.Parallel()
	all := RoleDefinition{DataActions: []Action{blobs + "*"}, NotDataActions: []Action{BlobsDelete}}
	one := RoleDefinition{DataActions: []Action{BlobsDelete}}
	if all.Grants(BlobsDelete) || !all.Grants(BlobsWrite) {
		t.Error("NotDataActions do not take from DataActions")
	}
	at := Subscription("s")
	assignments := []RoleAssignment{{Principal: "p", Role: all, Scope: at}, {Principal: "p", Role: one, Scope: at}}
	if ra, ok := (Principal{ID: "p"}).Holds(assignments, BlobsDelete, at); !ok || !slices.Equal(ra.Role.DataActions, one.DataActions) {
		t.Errorf("Holds = %v, %v; want the second assignment", ra, ok)
	}
}

func TestScopesContainWhatIsBelowThem(t *testing.T) {
	t.Parallel()
	sub := Subscription("0b8f4c1e-6d53-4b0e-9d43-1f7a7b0f0a01")
	group := sub.ResourceGroup("rg")
	account := group.Account("acct")
	container := account.Container("customerinsights")
	chain := []Scope{RootScope, sub, group, account, container}
	for i, outer := range chain {
		if got, want := outer.Level(), [...]string{"tenant", "subscription", "resource group", "account", "container"}[i]; got != want {
			t.Errorf("Level of %s = %s; want %s", outer, got, want)
		}
		for j, inner := range chain {
			if got := outer.Contains(inner); got != (j >= i) {
				t.Errorf("%s contains %s: %v", outer, inner, got)
			}
		}
		upper := Scope(strings.ToUpper(string(outer)))
		if i > 0 && !upper.Contains(container) {
			t.Errorf("%s does not contain %s", upper, container)
		}
	}
	for _, other := range []Scope{account + "2", group + "2", Subscription("x").ResourceGroup("rg").Account("acct"), ""} {
		if account.Contains(other) {
			t.Errorf("%s contains %s", account, other)
		}
	}
	for _, other := range []Scope{container + "2", account.Container("customer"), ""} {
		if container.Contains(other) {
			t.Errorf("%s contains %s", container, other)
		}
	}
	if Scope("").Contains(container) {
		t.Error("no scope contains a container")
	}
}

func TestParseScope(t *testing.T) {
	t.Parallel()
	container := Subscription("s").ResourceGroup("rg").Account("acct").Container("c")
	for text, want := range map[string]Scope{
		"/":                                  RootScope,
		"/subscriptions/s":                   Subscription("s"),
		"/SUBSCRIPTIONS/s/RESOURCEGROUPS/rg": Subscription("s").ResourceGroup("rg"),
		"/subscriptions/s/resourceGroups/rg/providers/microsoft.storage/storageaccounts/acct/": Subscription("s").ResourceGroup("rg").Account("acct"),
		string(container): container,
	} {
		if got, err := ParseScope(text); err != nil || got != want {
			t.Errorf("ParseScope(%q) = %q, %v; want %q", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", "subscriptions/s", "/subscriptions", "/subscriptions//resourceGroups/rg", "/subscriptions/s/resourceGroups",
		"/subscriptions/s/providers/Microsoft.Storage/storageAccounts/a", "/providers/Microsoft.Management/managementGroups/m",
		string(container) + "/blobs/x", "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Compute/disks/d",
	} {
		if got, err := ParseScope(text); !errs.Is(err, errs.Invalid) {
			t.Errorf("ParseScope(%q) = %q, %v; want Invalid", text, got, err)
		}
	}
}

func TestWhoHoldsARole(t *testing.T) {
	t.Parallel()
	at := Subscription("s").ResourceGroup("rg").Account("a").Container("c")
	reader, _ := BuiltInRole(StorageBlobDataReader)
	p := Principal{ID: "ALICE", Groups: []ObjectID{"team"}}
	for name, c := range map[string]struct {
		assignment RoleAssignment
		want       bool
	}{
		"the principal":            {RoleAssignment{Principal: "alice", Scope: at}, true},
		"a group of the principal": {RoleAssignment{Principal: "TEAM", Scope: Subscription("S")}, true},
		"another group":            {RoleAssignment{Principal: "other", Scope: at}, false},
		"nobody":                   {RoleAssignment{Scope: at}, false},
		"elsewhere":                {RoleAssignment{Principal: "alice", Scope: at + "2"}, false},
		"under a condition":        {RoleAssignment{Principal: "alice", Scope: at, Condition: "@Resource[…] StringEquals 'x'"}, false},
	} {
		c.assignment.Role = reader
		if _, got := p.Holds([]RoleAssignment{c.assignment}, BlobsRead, at); got != c.want {
			t.Errorf("assigned to %s: %v; want %v", name, got, c.want)
		}
	}
}
