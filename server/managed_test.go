package server

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	armclient "github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/authorization/armauthorization/v2"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armsubscriptions"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/storage/armstorage"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azdatalake"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azdatalake/filesystem"
	"github.com/google/uuid"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/tenant/directory"
	"github.com/ownlake/ownlake/tenant/resources"
)

// cloudInABox is a lake and a tenant side by side, and Microsoft's clients of both.
type cloudInABox struct {
	t       *testing.T
	lake    *Lake
	tenant  *Tenant
	options policy.ClientOptions
	sub     string
}

func startCloud(t *testing.T, dir string) *cloudInABox {
	t.Helper()
	cfg := lakeConfig(t)
	cfg.DataDir = dir
	l, err := StartLake(t.Context(), cfg)
	must(t, err)
	tn, err := StartTenant(t.Context(), TenantConfig{
		DataDir: dir, Listen: "127.0.0.1:0", AdministratorPassword: "Correct-Horse-9", Lake: l, Logger: slog.New(slog.DiscardHandler),
	})
	must(t, err)
	c := &cloudInABox{t: t, lake: l, tenant: tn}
	c.options = policy.ClientOptions{
		Transport: tenantClient(t, dir), Retry: policy.RetryOptions{MaxRetries: -1},
		Cloud: cloud.Configuration{ActiveDirectoryAuthorityHost: tn.base + "/", Services: map[cloud.ServiceName]cloud.ServiceConfiguration{
			cloud.ResourceManager: {Endpoint: tn.base, Audience: tn.base},
		}},
	}
	c.sub = tn.Resources().Subscriptions()[0].ID
	return c
}

func (c *cloudInABox) close() {
	c.t.Helper()
	must(c.t, errors.Join(c.tenant.Close(context.Background()), c.lake.Close(context.Background())))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// robot is a new application's service principal and its credential.
func (c *cloudInABox) robot(name string) (access.ObjectID, azcore.TokenCredential) {
	c.t.Helper()
	d := c.tenant.Directory()
	app, err := d.CreateApplication(directory.Application{DisplayName: name})
	must(c.t, err)
	sp, err := d.CreateServicePrincipal(app.AppID)
	must(c.t, err)
	_, secret, err := d.AddSecret(app.ID, "test", time.Time{})
	must(c.t, err)
	cred, err := azidentity.NewClientSecretCredential(d.Tenant().ID, app.AppID, secret, &azidentity.ClientSecretCredentialOptions{
		ClientOptions: c.options, DisableInstanceDiscovery: true,
	})
	must(c.t, err)
	return sp.ID, cred
}

func (c *cloudInABox) assign(to access.ObjectID, role string, at access.Scope) resources.RoleAssignment {
	c.t.Helper()
	a, _, err := c.tenant.Resources().PutRoleAssignment(resources.RoleAssignment{
		Name: uuid.NewString(), Scope: at, Principal: to, PrincipalType: resources.ServicePrincipal, Role: role, CreatedBy: to,
	})
	must(c.t, err)
	return a
}

func (c *cloudInABox) arm() *armclient.ClientOptions {
	return &armclient.ClientOptions{ClientOptions: c.options, DisableRPRegistration: true}
}

func wantCode(t *testing.T, what string, err error, status int, code string) {
	t.Helper()
	response, ok := errors.AsType[*azcore.ResponseError](err)
	if !ok || response.StatusCode != status || response.ErrorCode != code {
		t.Errorf("%s: %v, want %d %s", what, err, status, code)
	}
}

func TestAnAccountMadeByResourceManagerIsALakeOfItsOwn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := startCloud(t, dir)
	robot, cred := c.robot("robot")
	subs, err := armsubscriptions.NewClient(cred, c.arm())
	must(t, err)
	page, err := subs.NewListPager(nil).NextPage(t.Context())
	must(t, err)
	if len(page.Value) != 0 {
		t.Errorf("who has no role sees %d subscriptions", len(page.Value))
	}
	c.assign(robot, access.Owner, access.Subscription(c.sub))

	f, err := armstorage.NewClientFactory(c.sub, cred, c.arm())
	must(t, err)
	accounts := f.NewAccountsClient()
	poller, err := accounts.BeginCreate(t.Context(), defaultGroup, "contosolake", armstorage.AccountCreateParameters{
		Kind: new(armstorage.KindStorageV2), Location: new("westeurope"), SKU: &armstorage.SKU{Name: new(armstorage.SKUNameStandardLRS)},
		Properties: &armstorage.AccountPropertiesCreateParameters{IsHnsEnabled: new(true)},
	}, nil)
	must(t, err)
	account, err := poller.PollUntilDone(t.Context(), &runtime.PollUntilDoneOptions{Frequency: time.Millisecond})
	must(t, err)
	container, err := f.NewBlobContainersClient().Create(t.Context(), defaultGroup, "contosolake", "customerinsights", armstorage.BlobContainer{}, nil)
	must(t, err)

	fs, err := filesystem.NewClient(*account.Properties.PrimaryEndpoints.Dfs+"customerinsights", cred, &filesystem.ClientOptions{ClientOptions: c.options})
	must(t, err)
	_, err = fs.NewFileClient("a.txt").Create(t.Context(), nil)
	wantCode(t, "an owner of the subscription, who has no right to data", err, 403, "AuthorizationPermissionMismatch")
	assignments, err := armauthorization.NewRoleAssignmentsClient(c.sub, cred, c.arm())
	must(t, err)
	name := uuid.NewString()
	_, err = assignments.Create(t.Context(), *container.ID, name, armauthorization.RoleAssignmentCreateParameters{Properties: &armauthorization.RoleAssignmentProperties{
		PrincipalID: new(string(robot)), PrincipalType: new(armauthorization.PrincipalTypeServicePrincipal),
		RoleDefinitionID: new("/subscriptions/" + c.sub + "/providers/Microsoft.Authorization/roleDefinitions/" + access.StorageBlobDataContributor),
	}}, nil)
	must(t, err)
	_, err = fs.NewFileClient("a.txt").Create(t.Context(), nil)
	must(t, err)

	// The account outlives its server.
	c.close()
	c = startCloud(t, dir)
	defer c.close()
	fs, err = filesystem.NewClient(c.lakeURL("contosolake")+"/customerinsights", cred, &filesystem.ClientOptions{ClientOptions: c.options})
	must(t, err)
	// The address of the tenant is another one now, so that the old token is of another issuer.
	_, err = fs.NewFileClient("a.txt").GetProperties(t.Context(), nil)
	if err == nil {
		t.Error("a token of another issuer was taken")
	}
	robot2, cred := c.robot("robot2")
	c.assign(robot2, access.StorageBlobDataReader, access.Scope(*container.ID))
	c.assign(robot2, access.Owner, access.Subscription(c.sub))
	fs, err = filesystem.NewClient(c.lakeURL("contosolake")+"/customerinsights", cred, &filesystem.ClientOptions{ClientOptions: c.options})
	must(t, err)
	_, err = fs.NewFileClient("a.txt").GetProperties(t.Context(), nil)
	must(t, err)
	_, err = fs.NewFileClient("b.txt").Create(t.Context(), nil)
	wantCode(t, "a reader who writes", err, 403, "AuthorizationPermissionMismatch")

	if _, err := os.Stat(filepath.Join(dir, accountsFolder, "contosolake")); err != nil {
		t.Error(err)
	}
	accounts, err = armstorage.NewAccountsClient(c.sub, cred, c.arm())
	must(t, err)
	_, err = accounts.Delete(t.Context(), defaultGroup, "contosolake", nil)
	must(t, err)
	_, err = fs.NewFileClient("a.txt").GetProperties(t.Context(), nil)
	if response, ok := errors.AsType[*azcore.ResponseError](err); !ok || response.StatusCode != http.StatusNotFound {
		t.Errorf("a file of a deleted account: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, accountsFolder, "contosolake")); !os.IsNotExist(err) {
		t.Errorf("the deleted account's folder: %v", err)
	}
	_, err = accounts.Delete(t.Context(), defaultGroup, EmulatorAccount, nil)
	wantCode(t, "deleting the server's own account", err, 409, "AccountInUse")
}

// lakeURL is where an account is served with TLS.
func (c *cloudInABox) lakeURL(account string) string {
	c.t.Helper()
	u, err := url.Parse(c.lake.Addresses().TLS)
	must(c.t, err)
	return accountURL("https", u.Host, account)
}

func TestKeysAndNetworkRulesOfResourceManagerHoldAtTheLake(t *testing.T) {
	t.Parallel()
	c := startCloud(t, t.TempDir())
	defer c.close()
	robot, cred := c.robot("robot")
	c.assign(robot, access.Owner, access.Subscription(c.sub))
	accounts, err := armstorage.NewAccountsClient(c.sub, cred, c.arm())
	must(t, err)
	keys, err := accounts.ListKeys(t.Context(), defaultGroup, EmulatorAccount, nil)
	must(t, err)
	if *keys.Keys[0].Value != EmulatorKey {
		t.Error("the first key is not the one that the lake was configured with")
	}
	list := func(key string) error {
		shared, err := azdatalake.NewSharedKeyCredential(EmulatorAccount, key)
		must(t, err)
		fs, err := filesystem.NewClientWithSharedKeyCredential(c.lakeURL(EmulatorAccount)+"/fs1", shared, &filesystem.ClientOptions{ClientOptions: c.options})
		must(t, err)
		_, err = fs.GetProperties(t.Context(), nil)
		if response, ok := errors.AsType[*azcore.ResponseError](err); ok && response.StatusCode == http.StatusNotFound {
			return nil // the key was taken; there is no such filesystem
		}
		return err
	}
	must(t, list(*keys.Keys[0].Value))
	must(t, list(*keys.Keys[1].Value))
	fresh, err := accounts.RegenerateKey(t.Context(), defaultGroup, EmulatorAccount, armstorage.AccountRegenerateKeyParameters{KeyName: new("key1")}, nil)
	must(t, err)
	wantCode(t, "the old key", list(EmulatorKey), 403, "AuthenticationFailed")
	must(t, list(*fresh.Keys[0].Value))
	must(t, list(*keys.Keys[1].Value))

	update := func(p armstorage.AccountPropertiesUpdateParameters) {
		t.Helper()
		_, err := accounts.Update(t.Context(), defaultGroup, EmulatorAccount, armstorage.AccountUpdateParameters{Properties: &p}, nil)
		must(t, err)
	}
	update(armstorage.AccountPropertiesUpdateParameters{NetworkRuleSet: &armstorage.NetworkRuleSet{DefaultAction: new(armstorage.DefaultActionDeny)}})
	wantCode(t, "a caller whom no rule lets in", list(*keys.Keys[1].Value), 403, "AuthorizationFailure")
	update(armstorage.AccountPropertiesUpdateParameters{NetworkRuleSet: &armstorage.NetworkRuleSet{
		DefaultAction: new(armstorage.DefaultActionDeny), IPRules: []*armstorage.IPRule{{IPAddressOrRange: new("127.0.0.1"), Action: new("Allow")}},
	}})
	must(t, list(*keys.Keys[1].Value))
	update(armstorage.AccountPropertiesUpdateParameters{AllowSharedKeyAccess: new(false)})
	wantCode(t, "a key where keys are not taken", list(*keys.Keys[1].Value), 403, "KeyBasedAuthenticationNotPermitted")
}

func TestRoleChangesReachTheLakeLate(t *testing.T) {
	t.Parallel()
	c := startCloud(t, t.TempDir())
	defer c.close()
	robot, cred := c.robot("robot")
	account, err := c.tenant.Resources().AccountNamed(EmulatorAccount)
	must(t, err)
	fs, err := filesystem.NewClient(c.lakeURL(EmulatorAccount)+"/fs1", cred, &filesystem.ClientOptions{ClientOptions: c.options})
	must(t, err)
	c.tenant.Resources().SetPropagation(time.Hour)
	a := c.assign(robot, access.StorageBlobDataOwner, account.Scope())
	_, err = fs.Create(t.Context(), nil)
	wantCode(t, "a role that was given a moment ago", err, 403, "AuthorizationPermissionMismatch")
	c.tenant.Resources().SetPropagation(0)
	_, err = fs.Create(t.Context(), nil)
	must(t, err)
	c.tenant.Resources().SetPropagation(time.Hour)
	_, err = c.tenant.Resources().DeleteRoleAssignment(a.Scope, a.Name)
	must(t, err)
	_, err = fs.GetProperties(t.Context(), nil)
	wantCode(t, "an hour ago there was no role", err, 403, "AuthorizationPermissionMismatch")
}

func TestAnAccountIsDeletedUnderItsUsers(t *testing.T) {
	t.Parallel()
	c := startCloud(t, t.TempDir())
	defer c.close()
	m := c.lake.managed.Load()
	settings := resources.DefaultSettings()
	var users sync.WaitGroup
	for range 20 {
		a, err := c.tenant.Resources().CreateAccount(resources.Account{
			Subscription: c.sub, ResourceGroup: defaultGroup, Name: "shortlived", Location: "westeurope", Kind: "StorageV2", SKU: "Standard_LRS",
			HierarchicalNamespace: true, Settings: settings,
		})
		must(t, err)
		for range 4 {
			users.Go(func() {
				l, done, err := m.Use(t.Context(), a)
				if errs.Is(err, errs.Unavailable) {
					return // it is being removed
				}
				if err != nil {
					t.Error(err)
					return
				}
				defer done()
				if _, err := l.CreateFilesystem(t.Context(), "fs1", lake.CreateFilesystemOptions{}); err != nil && !errs.Is(err, errs.Exists) {
					t.Error(err)
				}
			})
		}
		must(t, m.Remove(t.Context(), a))
		users.Wait()
		// Whoever came too late made the lake anew; it goes with the account.
		must(t, m.Remove(t.Context(), a))
		must(t, c.tenant.Resources().DeleteAccount(a.Subscription, a.ResourceGroup, a.Name))
	}
	if _, err := os.Stat(filepath.Join(c.lake.cfg.DataDir, accountsFolder, "shortlived")); !os.IsNotExist(err) {
		t.Errorf("the account's folder: %v", err)
	}
}

func TestAConfiguredKeyCountsWhenItChanges(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := func(configured []byte) []byte {
		t.Helper()
		cfg := lakeConfig(t)
		cfg.DataDir = dir
		if configured != nil {
			cfg.Key = configured
		}
		l, err := StartLake(t.Context(), cfg)
		must(t, err)
		tn, err := StartTenant(t.Context(), TenantConfig{
			DataDir: dir, Listen: "127.0.0.1:0", AdministratorPassword: "Correct-Horse-9", Lake: l, Logger: slog.New(slog.DiscardHandler),
		})
		must(t, err)
		defer func() { must(t, errors.Join(tn.Close(context.Background()), l.Close(context.Background()))) }()
		a, err := tn.Resources().AccountNamed(EmulatorAccount)
		must(t, err)
		if bytes.Equal(a.Secret, cfg.Key) {
			t.Error("who knows the account key knows the account's secret")
		}
		key := a.Keys[0].Value
		_, err = tn.Resources().RegenerateKey(a.Subscription, a.ResourceGroup, a.Name, "key1")
		must(t, err)
		return key
	}
	emulator := lakeConfig(t).Key
	if !bytes.Equal(first(nil), emulator) {
		t.Error("a new account does not have the configured key")
	}
	if bytes.Equal(first(nil), emulator) {
		t.Error("a key that was regenerated came back with the next start")
	}
	other := bytes.Repeat([]byte("k"), 64)
	if !bytes.Equal(first(other), other) {
		t.Error("another key in the configuration is not the account's")
	}
}
