package arm_test

import (
	"testing"

	armclient "github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/storage/armstorage"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/lake/localstore"
	"github.com/ownlake/ownlake/tenant/arm"
	"github.com/ownlake/ownlake/tenant/directory"
	"github.com/ownlake/ownlake/tenant/resources"
	"github.com/ownlake/ownlake/tenant/tenanttest"
)

// wholeTenant is a directory, a sign-in service and Resource Manager at one address.
type wholeTenant struct {
	*tenanttest.Tenant
	resources *resources.Resources
}

func newWholeTenant(t *testing.T) *wholeTenant {
	t.Helper()
	tn := &wholeTenant{Tenant: tenanttest.New(t)}
	l := &lakes{clock: tn.Clock.Now, open: map[string]*localstore.Store{}}
	var err error
	tn.resources, err = resources.Open(resources.Options{State: tn.State, Clock: tn.Clock.Now, Random: &counter{}})
	if err != nil {
		t.Fatal(err)
	}
	h := arm.New(arm.Options{
		Resources: tn.resources, Authenticate: arm.Authenticator(tn.Entra), Directory: arm.DirectoryOf(tn.Directory), Lakes: l, Clock: tn.Clock.Now,
		Tenant: arm.Tenant{ID: tn.ID(), DisplayName: "Contoso", DefaultDomain: directory.DefaultDomain},
		Cloud:  arm.Cloud{Name: "local", Login: tn.Server.URL, Graph: tn.Server.URL, Manager: tn.Server.URL, StorageSuffix: "localhost"},
	})
	for _, prefix := range arm.Prefixes {
		tn.Handle(prefix, h)
	}
	t.Cleanup(func() {
		if err := l.close(); err != nil {
			t.Error(err)
		}
	})
	return tn
}

func TestAServicePrincipalSignsInAndManagesWhatItsRolesAllow(t *testing.T) {
	t.Parallel()
	tn := newWholeTenant(t)
	app, sp, secret := tn.Application("pipeline")
	admin := tn.User("admin", directory.GlobalAdministrator)
	_, err := tn.resources.CreateSubscription(subID, "Contoso", admin.ID, resources.User)
	must(t, err)
	_, _, err = tn.resources.PutResourceGroup(resources.ResourceGroup{Subscription: subID, Name: "lakes", Location: "westeurope"})
	must(t, err)
	account, err := tn.resources.CreateAccount(resources.Account{
		Subscription: subID, ResourceGroup: "lakes", Name: "contoso", Location: "westeurope", Kind: "StorageV2", SKU: "Standard_LRS",
		HierarchicalNamespace: true, Settings: resources.DefaultSettings(),
	})
	must(t, err)

	o := policy.ClientOptions{Transport: tn.Server.Client(), Retry: policy.RetryOptions{MaxRetries: -1}}
	o.Cloud = cloud.Configuration{ActiveDirectoryAuthorityHost: tn.Server.URL + "/", Services: map[cloud.ServiceName]cloud.ServiceConfiguration{
		cloud.ResourceManager: {Endpoint: tn.Server.URL, Audience: tn.Server.URL},
	}}
	cred, err := azidentity.NewClientSecretCredential(tn.ID(), app.AppID, secret, &azidentity.ClientSecretCredentialOptions{
		ClientOptions: o, DisableInstanceDiscovery: true,
	})
	must(t, err)
	accounts, err := armstorage.NewAccountsClient(subID, cred, &armclient.ClientOptions{ClientOptions: o, DisableRPRegistration: true})
	must(t, err)

	_, err = accounts.GetProperties(t.Context(), "lakes", "contoso", nil)
	expectCode(t, err, 403, "AuthorizationFailed")
	// The role comes by a group, which the directory knows the members of.
	group, err := tn.Directory.CreateGroup(directory.Group{DisplayName: "Managers", MailNickname: "managers", SecurityEnabled: true}, nil, nil)
	must(t, err)
	_, _, err = tn.resources.PutRoleAssignment(resources.RoleAssignment{
		Name: newGUID(), Scope: account.Scope(), Principal: group.ID, PrincipalType: resources.Group, Role: access.Reader, CreatedBy: admin.ID,
	})
	must(t, err)
	must(t, tn.Directory.AddMember(group.ID, sp.ID))
	got, err := accounts.GetProperties(t.Context(), "lakes", "contoso", nil)
	must(t, err)
	if *got.Name != "contoso" {
		t.Errorf("account %q", *got.Name)
	}
	_, err = accounts.ListKeys(t.Context(), "lakes", "contoso", nil)
	expectCode(t, err, 403, "AuthorizationFailed")
	must(t, tn.Directory.RemoveMember(group.ID, sp.ID))
	_, err = accounts.GetProperties(t.Context(), "lakes", "contoso", nil)
	expectCode(t, err, 403, "AuthorizationFailed")
}

func TestTheDirectoryTellsWhatRolesCanBeAssignedTo(t *testing.T) {
	t.Parallel()
	tn := newWholeTenant(t)
	app, sp, _ := tn.Application("pipeline")
	d := arm.DirectoryOf(tn.Directory)
	for id, want := range map[access.ObjectID]resources.PrincipalType{
		sp.ID: resources.ServicePrincipal, tn.User("alice").ID: resources.User, app.ID: "", access.ObjectID(newGUID()): "",
	} {
		if got, err := d.Principal(t.Context(), id); got != want || (err == nil) != (want != "") {
			t.Errorf("%s is %q, want %q: %v", id, got, want, err)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
