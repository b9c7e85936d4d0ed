package arm_test

import (
	"context"
	"encoding/base64"
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	armclient "github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/authorization/armauthorization/v2"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armresources"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armsubscriptions"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/storage/armstorage"
	"github.com/google/uuid"

	"github.com/ownlake/ownlake/access"
)

func newGUID() string { return uuid.NewString() }

// credential is a token of somebody.
type credential string

func (c credential) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: string(c), ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// options point Microsoft's clients at the box.
func (b *box) options() *armclient.ClientOptions {
	o := &armclient.ClientOptions{}
	o.Cloud = cloud.Configuration{ActiveDirectoryAuthorityHost: "https://login.example/", Services: map[cloud.ServiceName]cloud.ServiceConfiguration{
		cloud.ResourceManager: {Endpoint: b.server.URL, Audience: "https://arm.example"},
	}}
	o.Transport = b.server.Client()
	o.Retry.MaxRetries = -1
	return o
}

// quick polls without waiting.
var quick = &runtime.PollUntilDoneOptions{Frequency: time.Millisecond}

func collect[T, I any](t *testing.T, p *runtime.Pager[T], items func(T) []*I) []*I {
	t.Helper()
	var all []*I
	for p.More() {
		page, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, items(page)...)
	}
	return all
}

func TestArmresourcesAndArmsubscriptionsDoTheirTour(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	subs, err := armsubscriptions.NewClient(credential("owner"), b.options())
	b.must(err)
	list := collect(t, subs.NewListPager(nil), func(p armsubscriptions.ClientListResponse) []*armsubscriptions.Subscription { return p.Value })
	if len(list) != 1 || *list[0].SubscriptionID != subID || *list[0].State != armsubscriptions.SubscriptionStateEnabled || *list[0].TenantID != tenantID {
		t.Errorf("subscriptions %+v", list)
	}
	one, err := subs.Get(t.Context(), subID, nil)
	b.must(err)
	if *one.DisplayName != "Contoso" {
		t.Errorf("display name %q", *one.DisplayName)
	}
	locations := collect(t, subs.NewListLocationsPager(subID, nil), func(p armsubscriptions.ClientListLocationsResponse) []*armsubscriptions.Location { return p.Value })
	if !slices.ContainsFunc(locations, func(l *armsubscriptions.Location) bool {
		return *l.Name == "westeurope" && *l.DisplayName == "West Europe"
	}) {
		t.Error("West Europe is no location")
	}
	tenants, err := armsubscriptions.NewTenantsClient(credential("owner"), b.options())
	b.must(err)
	ids := collect(t, tenants.NewListPager(nil), func(p armsubscriptions.TenantsClientListResponse) []*armsubscriptions.TenantIDDescription {
		return p.Value
	})
	if len(ids) != 1 || *ids[0].TenantID != tenantID {
		t.Errorf("tenants %+v", ids)
	}

	groups, err := armresources.NewResourceGroupsClient(subID, credential("owner"), b.options())
	b.must(err)
	made, err := groups.CreateOrUpdate(t.Context(), "Lakes", armresources.ResourceGroup{Location: new("West Europe"), Tags: map[string]*string{"cost": new("1")}}, nil)
	b.must(err)
	if *made.Location != "westeurope" || *made.Name != "Lakes" || *made.Properties.ProvisioningState != "Succeeded" {
		t.Errorf("group %+v", made)
	}
	exists, err := groups.CheckExistence(t.Context(), "lakes", nil)
	b.must(err)
	if !exists.Success {
		t.Error("the group does not exist")
	}
	patched, err := groups.Update(t.Context(), "lakes", armresources.ResourceGroupPatchable{Tags: map[string]*string{"cost": new("2")}}, nil)
	b.must(err)
	if *patched.Tags["cost"] != "2" {
		t.Errorf("tags %v", patched.Tags)
	}
	all := collect(t, groups.NewListPager(nil), func(p armresources.ResourceGroupsClientListResponse) []*armresources.ResourceGroup { return p.Value })
	if len(all) != 1 {
		t.Errorf("%d groups, want 1", len(all))
	}
	providers, err := armresources.NewProvidersClient(subID, credential("owner"), b.options())
	b.must(err)
	if p, err := providers.Unregister(t.Context(), "Microsoft.Storage", nil); err != nil || *p.RegistrationState != "NotRegistered" {
		t.Errorf("unregister: %v %v", p, err)
	}
	if p, err := providers.Register(t.Context(), "Microsoft.Storage", nil); err != nil || *p.RegistrationState != "Registered" {
		t.Errorf("register: %v %v", p, err)
	}
	gone, err := groups.BeginDelete(t.Context(), "lakes", nil)
	b.must(err)
	_, err = gone.PollUntilDone(t.Context(), quick)
	b.must(err)
	if exists, err := groups.CheckExistence(t.Context(), "lakes", nil); err != nil || exists.Success {
		t.Errorf("the deleted group exists: %v %v", exists, err)
	}
}

func TestArmstorageDoesItsTour(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	f, err := armstorage.NewClientFactory(subID, credential("owner"), b.options())
	b.must(err)
	groups, err := armresources.NewResourceGroupsClient(subID, credential("owner"), b.options())
	b.must(err)
	_, err = groups.CreateOrUpdate(t.Context(), "lakes", armresources.ResourceGroup{Location: new("westeurope")}, nil)
	b.must(err)
	accounts := f.NewAccountsClient()
	name := armstorage.AccountCheckNameAvailabilityParameters{Name: new("contoso"), Type: new("Microsoft.Storage/storageAccounts")}
	free, err := accounts.CheckNameAvailability(t.Context(), name, nil)
	b.must(err)
	if !*free.NameAvailable {
		t.Error("the name is not available")
	}
	poller, err := accounts.BeginCreate(t.Context(), "lakes", "contoso", armstorage.AccountCreateParameters{
		Kind: new(armstorage.KindStorageV2), Location: new("westeurope"), SKU: &armstorage.SKU{Name: new(armstorage.SKUNameStandardLRS)},
		Properties: &armstorage.AccountPropertiesCreateParameters{IsHnsEnabled: new(true), MinimumTLSVersion: new(armstorage.MinimumTLSVersionTLS12)},
	}, nil)
	b.must(err)
	if poller.Done() {
		t.Error("the creation is no operation of its own")
	}
	made, err := poller.PollUntilDone(t.Context(), quick)
	b.must(err)
	if p := made.Properties; !*p.IsHnsEnabled || *p.ProvisioningState != armstorage.ProvisioningStateSucceeded || !strings.HasSuffix(*p.PrimaryEndpoints.Dfs, "/contoso/") ||
		*p.MinimumTLSVersion != armstorage.MinimumTLSVersionTLS12 || *p.AllowBlobPublicAccess || !*p.AllowSharedKeyAccess {
		t.Errorf("account %+v", p)
	}
	if taken, err := accounts.CheckNameAvailability(t.Context(), name, nil); err != nil || *taken.NameAvailable || *taken.Reason != armstorage.ReasonAlreadyExists {
		t.Errorf("a name that is taken: %+v %v", taken, err)
	}
	got, err := accounts.GetProperties(t.Context(), "lakes", "contoso", nil)
	b.must(err)
	if *got.ID != *made.ID {
		t.Errorf("id %s, made %s", *got.ID, *made.ID)
	}
	updated, err := accounts.Update(t.Context(), "lakes", "contoso", armstorage.AccountUpdateParameters{Properties: &armstorage.AccountPropertiesUpdateParameters{
		AllowBlobPublicAccess: new(true),
		NetworkRuleSet: &armstorage.NetworkRuleSet{
			DefaultAction: new(armstorage.DefaultActionDeny),
			IPRules:       []*armstorage.IPRule{{IPAddressOrRange: new("127.0.0.0/8"), Action: new("Allow")}},
		},
	}}, nil)
	b.must(err)
	if n := updated.Properties.NetworkRuleSet; *n.DefaultAction != armstorage.DefaultActionDeny || len(n.IPRules) != 1 || !*updated.Properties.AllowBlobPublicAccess {
		t.Errorf("updated %+v", updated.Properties)
	}
	for _, list := range [][]*armstorage.Account{
		collect(t, accounts.NewListPager(nil), func(p armstorage.AccountsClientListResponse) []*armstorage.Account { return p.Value }),
		collect(t, accounts.NewListByResourceGroupPager("lakes", nil), func(p armstorage.AccountsClientListByResourceGroupResponse) []*armstorage.Account { return p.Value }),
	} {
		if len(list) != 1 || *list[0].Name != "contoso" {
			t.Errorf("accounts %+v", list)
		}
	}
	before, err := accounts.ListKeys(t.Context(), "lakes", "contoso", nil)
	b.must(err)
	after, err := accounts.RegenerateKey(t.Context(), "lakes", "contoso", armstorage.AccountRegenerateKeyParameters{KeyName: new("key2")}, nil)
	b.must(err)
	if *before.Keys[0].Value != *after.Keys[0].Value || *before.Keys[1].Value == *after.Keys[1].Value {
		t.Error("regenerating key2 did not change it alone")
	}
	if key, err := base64.StdEncoding.DecodeString(*after.Keys[1].Value); err != nil || len(key) != 64 {
		t.Errorf("key2 has %d bytes: %v", len(key), err)
	}
	_, err = accounts.Delete(t.Context(), "lakes", "contoso", nil)
	b.must(err)
	_, err = accounts.GetProperties(t.Context(), "lakes", "contoso", nil)
	expectCode(t, err, 404, "ResourceNotFound")
}

func TestArmstorageManagesContainers(t *testing.T) {
	t.Parallel()
	b := newBox(t).withAccount()
	f, err := armstorage.NewClientFactory(subID, credential("owner"), b.options())
	b.must(err)
	containers := f.NewBlobContainersClient()
	for _, name := range []string{"customerinsights", "raw", "raw-2"} {
		made, err := containers.Create(t.Context(), "lakes", "contoso", name, armstorage.BlobContainer{ContainerProperties: &armstorage.ContainerProperties{
			Metadata: map[string]*string{"made": new("here")},
		}}, nil)
		b.must(err)
		if *made.Name != name || *made.ContainerProperties.Metadata["made"] != "here" {
			t.Errorf("container %+v", made)
		}
	}
	got, err := containers.Get(t.Context(), "lakes", "contoso", "customerinsights", nil)
	b.must(err)
	if *got.ContainerProperties.PublicAccess != armstorage.PublicAccessNone || *got.ContainerProperties.LeaseState != armstorage.LeaseStateAvailable {
		t.Errorf("container %+v", got.ContainerProperties)
	}
	_, err = containers.Update(t.Context(), "lakes", "contoso", "raw", armstorage.BlobContainer{ContainerProperties: &armstorage.ContainerProperties{
		PublicAccess: new(armstorage.PublicAccessBlob),
	}}, nil)
	expectCode(t, err, 409, "PublicAccessNotPermitted")
	list := collect(t, containers.NewListPager("lakes", "contoso", &armstorage.BlobContainersClientListOptions{Maxpagesize: new("2")}),
		func(p armstorage.BlobContainersClientListResponse) []*armstorage.ListContainerItem { return p.Value })
	if len(list) != 3 {
		t.Errorf("%d containers in pages of 2, want 3", len(list))
	}
	_, err = containers.Delete(t.Context(), "lakes", "contoso", "raw", nil)
	b.must(err)
	_, err = containers.Get(t.Context(), "lakes", "contoso", "raw", nil)
	expectCode(t, err, 404, "ContainerNotFound")

	services := f.NewBlobServicesClient()
	set, err := services.SetServiceProperties(t.Context(), "lakes", "contoso", armstorage.BlobServiceProperties{BlobServiceProperties: &armstorage.BlobServicePropertiesProperties{
		Cors: &armstorage.CorsRules{CorsRules: []*armstorage.CorsRule{{
			AllowedOrigins: []*string{new("https://app.example")}, AllowedMethods: []*armstorage.CorsRuleAllowedMethodsItem{new(armstorage.CorsRuleAllowedMethodsItemGET)},
			AllowedHeaders: []*string{}, ExposedHeaders: []*string{}, MaxAgeInSeconds: new(int32(60)),
		}}},
		DeleteRetentionPolicy: &armstorage.DeleteRetentionPolicy{Enabled: new(true), Days: new(int32(7))},
	}}, nil)
	b.must(err)
	again, err := services.GetServiceProperties(t.Context(), "lakes", "contoso", nil)
	b.must(err)
	if p := again.BlobServiceProperties.BlobServiceProperties; !*p.DeleteRetentionPolicy.Enabled || *p.DeleteRetentionPolicy.Days != 7 || *p.ContainerDeleteRetentionPolicy.Enabled {
		t.Errorf("retention %+v %+v", p.DeleteRetentionPolicy, p.ContainerDeleteRetentionPolicy)
	}
	if rules := set.BlobServiceProperties.BlobServiceProperties.Cors.CorsRules; len(rules) != 1 || *rules[0].MaxAgeInSeconds != 60 {
		t.Errorf("rules %+v", rules)
	}
}

func TestArmauthorizationDoesItsTour(t *testing.T) {
	t.Parallel()
	b := newBox(t).withAccount()
	f, err := armauthorization.NewClientFactory(subID, credential("owner"), b.options())
	b.must(err)
	definitions := collect(t, f.NewRoleDefinitionsClient().NewListPager(contaPath, &armauthorization.RoleDefinitionsClientListOptions{Filter: new("roleName eq 'Storage Blob Data Contributor'")}),
		func(p armauthorization.RoleDefinitionsClientListResponse) []*armauthorization.RoleDefinition {
			return p.Value
		})
	if len(definitions) != 1 || *definitions[0].Name != access.StorageBlobDataContributor || !strings.HasPrefix(*definitions[0].ID, "/subscriptions/"+subID+"/") ||
		len(definitions[0].Properties.Permissions[0].DataActions) != 5 {
		t.Fatalf("definitions %+v", definitions)
	}
	byID, err := f.NewRoleDefinitionsClient().GetByID(t.Context(), *definitions[0].ID, nil)
	b.must(err)
	if *byID.Properties.RoleName != "Storage Blob Data Contributor" {
		t.Errorf("role %q", *byID.Properties.RoleName)
	}

	assignments := f.NewRoleAssignmentsClient()
	params := armauthorization.RoleAssignmentCreateParameters{Properties: &armauthorization.RoleAssignmentProperties{
		PrincipalID: new(string(readers)), PrincipalType: new(armauthorization.PrincipalTypeGroup), RoleDefinitionID: definitions[0].ID,
	}}
	name := newGUID()
	made, err := assignments.Create(t.Context(), contaPath, name, params, nil)
	b.must(err)
	if *made.Properties.Scope != contaPath || *made.Properties.PrincipalType != armauthorization.PrincipalTypeGroup || *made.Properties.CreatedBy != string(ownerID) {
		t.Errorf("assignment %+v", made.Properties)
	}
	_, err = assignments.Create(t.Context(), contaPath, newGUID(), params, nil)
	expectCode(t, err, 409, "RoleAssignmentExists")
	_, err = assignments.Create(t.Context(), contaPath, name, params, nil)
	b.must(err)

	count := func(scope, filter string) int {
		o := &armauthorization.RoleAssignmentsClientListForScopeOptions{}
		if filter != "" {
			o.Filter = new(url.PathEscape(filter)) // this client writes it as it is into the query
		}
		return len(collect(t, assignments.NewListForScopePager(scope, o),
			func(p armauthorization.RoleAssignmentsClientListForScopeResponse) []*armauthorization.RoleAssignment {
				return p.Value
			}))
	}
	for _, c := range []struct {
		scope, filter string
		want          int
	}{
		{contaPath, "", 2}, // the owner's, and this one
		{contaPath, "atScope()", 2},
		{accountPath, "", 2}, // those below count, too
		{accountPath, "atScope()", 1},
		{accountPath, "principalId eq '" + string(readers) + "'", 1},
		{accountPath, "principalId eq '" + string(aliceID) + "'", 0},
		{accountPath, "assignedTo('" + string(aliceID) + "')", 1}, // by the group
		{accountPath, "atScope() and assignedTo('" + string(aliceID) + "')", 0},
	} {
		if got := count(c.scope, c.filter); got != c.want {
			t.Errorf("%d assignments at %s with filter %q, want %d", got, c.scope, c.filter, c.want)
		}
	}
	_, err = assignments.DeleteByID(t.Context(), *made.ID, nil)
	b.must(err)
	_, err = assignments.Get(t.Context(), contaPath, name, nil)
	expectCode(t, err, 404, "RoleAssignmentNotFound")

	permissions := collect(t, f.NewPermissionsClient().NewListForResourceGroupPager("lakes", nil),
		func(p armauthorization.PermissionsClientListForResourceGroupResponse) []*armauthorization.Permission {
			return p.Value
		})
	if len(permissions) != 1 || *permissions[0].Actions[0] != "*" {
		t.Errorf("the owner's permissions %+v", permissions)
	}
}

func expectCode(t *testing.T, err error, status int, code string) {
	t.Helper()
	var response *azcore.ResponseError
	if !asError(err, &response) || response.StatusCode != status || response.ErrorCode != code {
		t.Errorf("error %v, want %d %s", err, status, code)
	}
}

func asError(err error, target **azcore.ResponseError) bool { return errors.As(err, target) }
