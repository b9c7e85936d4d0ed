package resources_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/tenant/resources"
	"github.com/ownlake/ownlake/tenant/state"
)

const (
	subID = "5ab5c819-0000-4000-8000-000000000001"
	owner = access.ObjectID("0123e000-0000-4000-8000-000000000001")
	alice = access.ObjectID("a11ce000-0000-4000-8000-000000000001")
	staff = access.ObjectID("57aff000-0000-4000-8000-000000000001")
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

type fixture struct {
	*resources.Resources
	now time.Time
}

// open opens the resources of a file system, and closes them with the test or by the function returned.
func open(t *testing.T, fs vfs.FS) (f *fixture, closed func()) {
	t.Helper()
	st, err := state.Open(state.Options{FS: fs, Dir: "/tenant"})
	must(t, err)
	f = &fixture{now: noon}
	f.Resources, err = resources.Open(resources.Options{State: st, Clock: func() time.Time { return f.now }, Random: rand.Reader})
	must(t, err)
	closed = func() { must(t, st.Close()) }
	return f, closed
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// fill makes a subscription with a group and an account.
func (f *fixture) fill(t *testing.T) resources.Account {
	t.Helper()
	_, err := f.CreateSubscription(subID, "Contoso", owner, resources.User)
	must(t, err)
	_, _, err = f.PutResourceGroup(resources.ResourceGroup{Subscription: subID, Name: "Lakes", Location: "West Europe", Tags: map[string]string{"a": "b"}})
	must(t, err)
	a, err := f.CreateAccount(resources.Account{
		Subscription: subID, ResourceGroup: "lakes", Name: "contoso", Location: "westeurope", Kind: "StorageV2", SKU: "Standard_LRS",
		HierarchicalNamespace: true, Settings: resources.DefaultSettings(),
	})
	must(t, err)
	return a
}

func (f *fixture) assign(t *testing.T, to access.ObjectID, role string, at access.Scope) resources.RoleAssignment {
	t.Helper()
	a, _, err := f.PutRoleAssignment(resources.RoleAssignment{
		Name: uuid.NewString(), Scope: at, Principal: to, PrincipalType: resources.User, Role: role, CreatedBy: owner,
	})
	must(t, err)
	return a
}

func TestEverythingIsThereAfterAPowerCut(t *testing.T) {
	t.Parallel()
	fs := vfs.NewCrashableMem()
	f, _ := open(t, fs)
	account := f.fill(t)
	assignment := f.assign(t, alice, access.Reader, account.Scope())
	operation, err := f.PutOperation(resources.Operation{Subscription: subID, Target: account.Scope(), By: owner})
	must(t, err)

	g, closed := open(t, fs.CrashClone(vfs.CrashCloneCfg{}))
	defer closed()
	got, err := g.Account(subID, "LAKES", "contoso")
	must(t, err)
	if diff := cmp.Diff(account, got); diff != "" {
		t.Errorf("the account (-before +after):\n%s", diff)
	}
	if got.ResourceGroup != "Lakes" || len(got.Keys[0].Value) != 64 || bytes.Equal(got.Keys[0].Value, got.Keys[1].Value) {
		t.Errorf("account %+v", got)
	}
	if got, err := g.RoleAssignment(account.Scope(), assignment.Name); err != nil || got != assignment {
		t.Errorf("the assignment %+v, %v", got, err)
	}
	if got, err := g.Operation(subID, operation.ID); err != nil || got != operation {
		t.Errorf("the operation %+v, %v", got, err)
	}
	if diff := cmp.Diff(f.ResourceGroups(subID), g.ResourceGroups(subID)); diff != "" {
		t.Errorf("the groups (-before +after):\n%s", diff)
	}
}

func TestKeysAreNotReadableOnDisk(t *testing.T) {
	t.Parallel()
	fs := vfs.NewMem()
	f, closed := open(t, fs)
	account := f.fill(t)
	closed()
	names, err := fs.List("/tenant")
	must(t, err)
	for _, name := range names {
		file, err := fs.Open("/tenant/" + name)
		if err != nil {
			continue // the lock
		}
		text, err := io.ReadAll(file)
		must(t, errors.Join(err, file.Close()))
		for i := range account.Keys {
			if bytes.Contains(text, account.Keys[i].Value) {
				t.Errorf("%s has key %d", name, i+1)
			}
		}
	}
}

func TestAChangeThatTheDiskRefusesIsSeenByNobody(t *testing.T) {
	t.Parallel()
	toggle := &errorfs.Toggle{Injector: errorfs.ErrInjected.If(errorfs.Writes)}
	f, _ := open(t, errorfs.Wrap(vfs.NewMem(), toggle))
	f.fill(t)
	toggle.On()
	_, _, err := f.PutResourceGroup(resources.ResourceGroup{Subscription: subID, Name: "more", Location: "westeurope"})
	if !errs.Is(err, errs.Unavailable) {
		t.Errorf("error %v, want Unavailable", err)
	}
	if n := len(f.ResourceGroups(subID)); n != 1 {
		t.Errorf("%d groups, want 1", n)
	}
}

func TestRoleChangesReachTheLakeAfterTheirDelay(t *testing.T) {
	t.Parallel()
	f, closed := open(t, vfs.NewMem())
	defer closed()
	account := f.fill(t)
	f.SetPropagation(5 * time.Minute)
	lake := f.ForLake("contoso")
	bob := access.Principal{ID: "b0b00000-0000-4000-8000-000000000001", Groups: []access.ObjectID{access.ObjectID(strings.ToUpper(string(staff)))}}
	mayRead := func(want bool) {
		t.Helper()
		held, err := lake.Assignments(t.Context(), bob)
		must(t, err)
		if _, got := bob.Holds(held, access.BlobsRead, account.Scope().Container("customerinsights")); got != want {
			t.Errorf("at %s bob may read: %t, want %t", f.now.Format(time.TimeOnly), got, want)
		}
	}
	mayRead(false)
	a := f.assign(t, staff, access.StorageBlobDataReader, account.Scope())
	mayRead(false)
	if len(f.Held(bob)) != 1 {
		t.Error("Resource Manager waits for its own changes")
	}
	f.now = noon.Add(5*time.Minute - 1)
	mayRead(false)
	f.now = noon.Add(5 * time.Minute)
	mayRead(true)
	_, err := f.DeleteRoleAssignment(a.Scope, a.Name)
	must(t, err)
	mayRead(true)
	f.now = noon.Add(10*time.Minute - 1)
	mayRead(true)
	f.now = noon.Add(10 * time.Minute)
	mayRead(false)
	f.SetPropagation(0)
	f.assign(t, staff, access.StorageBlobDataReader, account.Scope())
	mayRead(true)
	if !errs.Is(f.DeleteAccount(subID, "lakes", "other"), errs.NotFound) {
		t.Error("an account that is missing was deleted")
	}
	must(t, f.DeleteAccount(subID, "lakes", "contoso"))
	mayRead(false)
}

func TestTheLakeTakesKeysAndNetworkRulesOfTheAccount(t *testing.T) {
	t.Parallel()
	f, closed := open(t, vfs.NewMem())
	defer closed()
	lake := f.ForLake("contoso")
	loopback, other := netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("::ffff:192.0.2.7")
	if lake.Keys() != nil || lake.Reachable(loopback) || lake.AllowPublicAccess() {
		t.Error("an account that does not exist has rights")
	}
	account := f.fill(t)
	if keys := lake.Keys(); len(keys) != 2 || !bytes.Equal(keys[0], account.Keys[0].Value) {
		t.Errorf("%d keys", len(lake.Keys()))
	}
	if !lake.Reachable(loopback) || !lake.Reachable(other) {
		t.Error("a new account cannot be reached")
	}
	changed, err := f.RegenerateKey(subID, "lakes", "contoso", "key1")
	must(t, err)
	if keys := lake.Keys(); bytes.Equal(keys[0], account.Keys[0].Value) || !bytes.Equal(keys[0], changed.Keys[0].Value) || !bytes.Equal(keys[1], account.Keys[1].Value) {
		t.Error("the lake does not take the new key1 and the old key2")
	}
	update := func(change func(*resources.Account)) {
		t.Helper()
		_, err := f.UpdateAccount(subID, "lakes", "contoso", func(a *resources.Account) error {
			change(a)
			return nil
		})
		must(t, err)
	}
	update(func(a *resources.Account) {
		a.AllowSharedKeyAccess, a.AllowBlobPublicAccess = false, true
		a.Network = resources.NetworkRules{DefaultAction: resources.Deny, Bypass: "None", IPRules: []string{"192.0.2.0/24", "::1"}}
	})
	if lake.Keys() != nil || !lake.AllowPublicAccess() {
		t.Error("the account's settings do not reach the lake")
	}
	for addr, want := range map[netip.Addr]bool{loopback: false, other: true, netip.MustParseAddr("::1"): true, netip.MustParseAddr("192.0.3.1"): false, {}: true} {
		if got := lake.Reachable(addr); got != want {
			t.Errorf("%v may reach the account: %t, want %t", addr, got, want)
		}
	}
	update(func(a *resources.Account) { a.PublicNetworkAccess = "Disabled" })
	if lake.Reachable(other) || !lake.Reachable(netip.Addr{}) {
		t.Error("an account without public access is reached from the network, or not in process")
	}
}

func TestAScopeOrRoleThatDoesNotExistIsNotAssigned(t *testing.T) {
	t.Parallel()
	f, closed := open(t, vfs.NewMem())
	defer closed()
	account := f.fill(t)
	for scope, code := range map[access.Scope]errs.Code{
		access.Subscription(uuid.NewString()):                                      resources.CodeSubscriptionNotFound,
		access.Subscription(subID).ResourceGroup("none"):                           resources.CodeResourceGroupNotFound,
		access.Subscription(subID).ResourceGroup("lakes").Account("none"):          resources.CodeResourceNotFound,
		access.Subscription(subID).ResourceGroup("lakes").Account("none") + "/x/y": "",
	} {
		_, _, err := f.PutRoleAssignment(resources.RoleAssignment{Name: uuid.NewString(), Scope: scope, Principal: alice, Role: access.Reader})
		if err == nil || errs.CodeOf(err) != code {
			t.Errorf("an assignment at %s: %v, want %s", scope, err, code)
		}
	}
	for _, role := range []string{"", "Owner", uuid.NewString()} {
		_, _, err := f.PutRoleAssignment(resources.RoleAssignment{Name: uuid.NewString(), Scope: account.Scope(), Principal: alice, Role: role})
		if errs.CodeOf(err) != resources.CodeRoleDefinitionNotFound {
			t.Errorf("the role %q was assigned: %v", role, err)
		}
	}
}

func TestNamesOfAccountsAreUnique(t *testing.T) {
	t.Parallel()
	f, closed := open(t, vfs.NewMem())
	defer closed()
	account := f.fill(t)
	second, err := f.CreateSubscription("", "Other", owner, resources.User)
	must(t, err)
	for _, g := range []resources.ResourceGroup{{Subscription: subID, Name: "more", Location: "westeurope"}, {Subscription: second.ID, Name: "lakes", Location: "westeurope"}} {
		_, _, err := f.PutResourceGroup(g)
		must(t, err)
		account.Subscription, account.ResourceGroup = g.Subscription, g.Name
		if _, err := f.CreateAccount(account); !errs.Is(err, errs.Conflict) {
			t.Errorf("a second account of the same name in %s: %v", g.Scope(), err)
		}
	}
	if err := f.CheckAccountName("contoso"); errs.CodeOf(err) != resources.CodeStorageAccountAlreadyTaken {
		t.Errorf("a name that is taken: %v", err)
	}
	if err := f.CheckAccountName("contoso2"); err != nil {
		t.Errorf("a name that is free: %v", err)
	}
}
