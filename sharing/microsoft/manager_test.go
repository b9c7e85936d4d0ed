package microsoft_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/sharing"
	"github.com/ownlake/ownlake/sharing/microsoft"
	"github.com/ownlake/ownlake/tenant/resources"
)

func (b *box) manager() *microsoft.Manager { return microsoft.NewManager(b.user(b.admin)) }

func TestAnAccountIsDescribed(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	m := b.manager()
	want := sharing.Account{
		Name: accountName, Location: "westeurope", HierarchicalNamespace: true, DFS: b.Server.URL + "/" + accountName, Reachable: true, SharedKeys: true,
	}
	got, err := m.Account(t.Context(), accountScope)
	b.must(err)
	if got != want {
		t.Errorf("the account is %+v, want %+v", got, want)
	}
	// The endpoint is good for a lake.
	b.lakeWith("a")
	l, err := microsoft.NewLake(b.user(b.admin), got.DFS, sharing.Container)
	b.must(err)
	if _, err := l.ACL(t.Context(), "a"); err != nil {
		t.Error(err)
	}
	for _, c := range []struct {
		name      string
		set       func(*resources.Account)
		reachable bool
	}{
		{"closed by network rules", func(a *resources.Account) { a.Network.DefaultAction = resources.Deny }, false},
		{"closed but for some", func(a *resources.Account) { a.Network.IPRules = []string{"127.0.0.1"} }, false},
		{"open", func(a *resources.Account) { a.Network.DefaultAction = resources.Allow }, true},
		{"open, with a private endpoint", func(a *resources.Account) {
			a.PrivateEndpoints = []resources.PrivateEndpoint{{Name: "p", EndpointID: "/subscriptions/x", Status: "Approved"}}
		}, true},
		{"for private endpoints alone", func(a *resources.Account) { a.PublicNetworkAccess = "Disabled" }, false},
		{"secured by a perimeter", func(a *resources.Account) { a.PublicNetworkAccess = "SecuredByPerimeter" }, false},
	} {
		_, err := b.resources.UpdateAccount(subscription, "lakes", accountName, func(a *resources.Account) error {
			c.set(a)
			return nil
		})
		b.must(err)
		if got, err := m.Account(t.Context(), accountScope); err != nil || got.Reachable != c.reachable {
			t.Errorf("%s: reachable %v, want %v: %v", c.name, got.Reachable, c.reachable, err)
		}
	}
}

func TestWhatIsNoAccountIsRefused(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	m := b.manager()
	_, err := m.Account(t.Context(), access.Subscription(subscription).ResourceGroup("lakes").Account("fabrikam"))
	is(t, err, errs.NotFound, "ResourceNotFound")
	_, err = m.Account(t.Context(), access.Subscription(subscription).ResourceGroup("none").Account(accountName))
	is(t, err, errs.NotFound, "ResourceGroupNotFound")
	_, err = m.Account(t.Context(), access.Subscription(string(nobody)).ResourceGroup("lakes").Account(accountName))
	is(t, err, errs.NotFound, "SubscriptionNotFound")
	for _, s := range []access.Scope{"", "/", "/subscriptions/x", container, "https://portal.azure.com"} {
		_, err = m.Account(t.Context(), s)
		is(t, err, errs.Invalid, "")
	}
	_, err = m.Container(t.Context(), accountScope)
	is(t, err, errs.Invalid, "")
	_, err = microsoft.NewManager(b.user(b.User("ann"))).Account(t.Context(), accountScope)
	is(t, err, errs.Permission, "AuthorizationFailed")
}

func TestContainersAreMadePrivateAndOnce(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	m := b.manager()
	_, err := m.Container(t.Context(), container)
	is(t, err, errs.NotFound, "ContainerNotFound")
	is(t, m.DeleteContainer(t.Context(), container), errs.NotFound, "")
	b.must(m.CreateContainer(t.Context(), container))
	if public, err := m.Container(t.Context(), container); err != nil || public {
		t.Errorf("the container is public %v: %v", public, err)
	}
	is(t, m.CreateContainer(t.Context(), container), errs.Exists, "")
	b.must(m.DeleteContainer(t.Context(), container))
	is(t, m.DeleteContainer(t.Context(), container), errs.NotFound, "")
	// One that comes between the look and the request is nobody's doing here.
	b.fail(1, "PUT", "/containers/", func(w http.ResponseWriter, r *http.Request, real http.Handler) {
		_, err := b.store.CreateFilesystem(r.Context(), sharing.Container, lake.CreateFilesystemOptions{})
		if err != nil {
			t.Error(err)
		}
		real.ServeHTTP(w, r)
	})
	is(t, m.CreateContainer(t.Context(), container), errs.Exists, "")
	b.unused()
	is(t, microsoft.NewManager(b.user(b.User("ann"))).CreateContainer(t.Context(), container), errs.Permission, "AuthorizationFailed")
}

func TestAContainerThatIsOpenToEverybodyIsTold(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	_, err := b.resources.UpdateAccount(subscription, "lakes", accountName, func(a *resources.Account) error {
		a.AllowBlobPublicAccess = true
		return nil
	})
	b.must(err)
	for name, level := range map[string]lake.PublicAccess{"blobs": lake.PublicBlobs, "whole": lake.PublicContainer} {
		_, err := b.store.CreateFilesystem(t.Context(), lake.Filesystem(name), lake.CreateFilesystemOptions{PublicAccess: level})
		b.must(err)
		if public, err := b.manager().Container(t.Context(), accountScope.Container(name)); err != nil || !public {
			t.Errorf("%s: public %v, %v", name, public, err)
		}
	}
}

func TestRolesAreGivenAndTakenBack(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	m := b.manager()
	service, err := b.directory().ServicePrincipal(t.Context(), sharing.DataverseLakeService)
	b.must(err)
	of := func(at access.Scope) []sharing.Assignment {
		t.Helper()
		got, err := m.Assignments(t.Context(), at, service.ID)
		b.must(err)
		return got
	}
	if got := of(container); len(got) != 0 {
		t.Errorf("assignments before there are any: %v", got)
	}
	onContainer, err := m.Assign(t.Context(), container, service, access.StorageBlobDataContributor)
	b.must(err)
	if onContainer.Role != access.StorageBlobDataContributor || onContainer.Scope != container || onContainer.ID == "" {
		t.Errorf("assigned %+v", onContainer)
	}
	_, err = m.Assign(t.Context(), container, service, access.StorageBlobDataContributor)
	is(t, err, errs.Exists, "RoleAssignmentExists")
	onAccount, err := m.Assign(t.Context(), accountScope, service, access.StorageBlobDelegator)
	b.must(err)
	// By a group it is the group's; with a condition it does not hold for everything; another container's is not here.
	group := b.group("readers")
	b.must(b.Directory.AddMember(group, service.ID))
	b.grant(group, resources.Group, accountScope, access.StorageBlobDataReader)
	b.grant(service.ID, resources.ServicePrincipal, accountScope.Container("other"), access.StorageBlobDataReader)
	_, _, err = b.resources.PutRoleAssignment(resources.RoleAssignment{
		Name: string(nobody), Scope: container, Principal: service.ID, PrincipalType: resources.ServicePrincipal, Role: access.StorageBlobDataOwner, CreatedBy: b.admin.ID,
		Condition: "@Resource[Microsoft.Storage/storageAccounts/blobServices/containers:name] StringEquals 'x'", ConditionVersion: "2.0",
	})
	b.must(err)
	if got := of(container); len(got) != 2 || !slices.Contains(got, onContainer) || !slices.Contains(got, onAccount) {
		t.Errorf("at the container: %+v", got)
	}
	if got := of(accountScope); !slices.Equal(got, []sharing.Assignment{onAccount}) {
		t.Errorf("at the account: %+v", got)
	}
	b.must(m.Unassign(t.Context(), onContainer.ID))
	is(t, m.Unassign(t.Context(), onContainer.ID), errs.NotFound, "")
	if got := of(container); !slices.Equal(got, []sharing.Assignment{onAccount}) {
		t.Errorf("after one was taken back: %+v", got)
	}
}

func TestRolesThatCannotBeGiven(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	m := b.manager()
	ann := b.User("ann")
	to := sharing.Principal{ID: ann.ID, Kind: sharing.UserPrincipal}
	_, err := microsoft.NewManager(b.user(ann)).Assign(t.Context(), container, to, access.StorageBlobDataReader)
	is(t, err, errs.Permission, "AuthorizationFailed")
	_, err = m.Assign(t.Context(), container, to, string(nobody))
	is(t, err, errs.NotFound, "RoleDefinitionDoesNotExist")
	_, err = m.Assign(t.Context(), access.RootScope, to, access.StorageBlobDataReader)
	is(t, err, errs.Invalid, "")
	_, err = m.Assignments(t.Context(), "nonsense", ann.ID)
	is(t, err, errs.Invalid, "")
	is(t, m.Unassign(t.Context(), "nonsense"), errs.Invalid, "")
	is(t, m.Unassign(t.Context(), "/subscriptions/providers/Microsoft.Authorization/roleAssignments/x"), errs.Invalid, "")
}

func TestAPrincipalThatResourceManagerHasNotHeardOfIsWaitedFor(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	m := b.manager()
	ann := sharing.Principal{ID: b.User("ann").ID, Kind: sharing.UserPrincipal}
	b.fail(3, "PUT", "/roleAssignments/", says(400, "PrincipalNotFound", "Principal does not exist in the directory."))
	got, err := m.Assign(t.Context(), container, ann, access.StorageBlobDataReader)
	b.must(err)
	if len(b.waits) != 3 || got.Role != access.StorageBlobDataReader {
		t.Errorf("assigned %+v after %d waits, want 3", got, len(b.waits))
	}
	b.unused()
	// One that never comes is waited for two minutes, and no longer.
	b.waits = nil
	b.fail(100, "PUT", "/roleAssignments/", says(400, "PrincipalNotFound", "Principal does not exist in the directory."))
	_, err = m.Assign(t.Context(), container, sharing.Principal{ID: nobody, Kind: sharing.UserPrincipal}, access.StorageBlobDataReader)
	is(t, err, errs.NotFound, "PrincipalNotFound")
	total := 0.0
	for _, d := range b.waits {
		total += d.Seconds()
	}
	if total != 120 {
		t.Errorf("it waited %v seconds, want 120", total)
	}
	b.mend()
	// A lost answer makes no second assignment.
	b.fail(1, "PUT", "/roleAssignments/", loses)
	if _, err = m.Assign(t.Context(), accountScope, ann, access.StorageBlobDataReader); err != nil {
		t.Error(err)
	}
	all, err := m.Assignments(t.Context(), container, ann.ID)
	b.must(err)
	if len(all) != 2 {
		t.Errorf("%d assignments, want 2", len(all))
	}
}

func TestAThrottledManagerIsAskedAgain(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	m := b.manager()
	b.fail(2, "GET", "/storageAccounts/", says(429, "TooManyRequests", "The request is being throttled."))
	if _, err := m.Account(t.Context(), accountScope); err != nil {
		t.Error(err)
	}
	b.unused()
	b.fail(4, "GET", "/storageAccounts/", says(503, "ServerTimeout", "Down."))
	_, err := m.Account(t.Context(), accountScope)
	is(t, err, errs.Unavailable, "ServerTimeout")
	b.fail(4, "GET", "/roleAssignments", dies)
	_, err = m.Assignments(t.Context(), container, b.admin.ID)
	is(t, err, errs.Unavailable, "")
	b.fail(1, "GET", "/storageAccounts/", says(401, "InvalidAuthenticationTokenTenant", "The access token is from the wrong issuer."))
	_, err = microsoft.NewManager(b.user(b.admin)).Account(t.Context(), accountScope)
	is(t, err, errs.Unauthorized, "InvalidAuthenticationTokenTenant")
	if err == nil || !strings.Contains(string(errs.HintOf(err)), "tenant") {
		t.Errorf("no hint at the tenant: %v", err)
	}
}
