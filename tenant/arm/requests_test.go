package arm_test

import (
	"strings"
	"testing"

	"github.com/ownlake/ownlake/access"
)

func TestRequestsThatAreWrongAreRefusedWithTheServicesOwnCode(t *testing.T) {
	t.Parallel()
	b := newBox(t).withAccount()
	account := func(properties string) string {
		return `{"location":"westeurope","kind":"StorageV2","sku":{"name":"Standard_LRS"},"properties":{` + properties + `}}`
	}
	newAccount := groupPath + "/providers/Microsoft.Storage/storageAccounts/"
	long := strings.Repeat("x", 5000)
	for _, c := range []struct {
		method, target, body string
		status               int
		code                 string
	}{
		{"GET", "/subscriptions?api-version=", "", 400, "MissingApiVersionParameter"},
		{"GET", "/subscriptions?api-version=latest", "", 400, "InvalidApiVersionParameter"},
		{"GET", "/subscriptions?api-version=2024-13-01", "", 400, "InvalidApiVersionParameter"},
		{"GET", "/subscriptions?api-version=2031-01-01-preview", "", 200, ""},
		{"GET", "/subscriptions/contoso", "", 400, "InvalidSubscriptionId"},
		{"GET", "/subscriptions/" + otherSub, "", 404, "SubscriptionNotFound"},
		{"GET", "/subscriptions/" + otherSub + "/resourceGroups/lakes", "", 404, "SubscriptionNotFound"},
		{"GET", "/subscriptions/" + otherSub + "/providers/Microsoft.Authorization/roleAssignments", "", 404, "SubscriptionNotFound"},
		{"GET", "/subscriptions/" + subID + "/resourceGroups/none", "", 404, "ResourceGroupNotFound"},
		{"HEAD", "/subscriptions/" + subID + "/resourceGroups/none", "", 404, ""},
		{"HEAD", groupPath, "", 204, ""},
		{"POST", groupPath, "", 405, "MethodNotAllowed"},
		{"GET", "/" + long, "", 400, "InvalidRequestUri"},
		{"GET", "/subscriptions/" + subID + "/resourceGroups/..%2flakes", "", 400, "InvalidRequestUri"},
		{"GET", "/subscriptions/" + subID + "/resourceGroups/%2e%2e", "", 400, "InvalidRequestUri"},
		{"GET", "/nothing", "", 404, "NotFound"},
		{"GET", groupPath + "/providers/Microsoft.Compute/virtualMachines", "", 404, "InvalidResourceNamespace"},
		{"GET", groupPath + "/providers/Microsoft.Storage/lakes", "", 404, "InvalidResourceType"},
		{"PUT", "/subscriptions/" + subID + "/resourceGroups/lakes", `{"location":"northeurope"}`, 409, "InvalidResourceGroupLocation"},
		{"PUT", "/subscriptions/" + subID + "/resourceGroups/new", `{"location":"atlantis"}`, 400, "LocationNotAvailableForResourceGroup"},
		{"PUT", "/subscriptions/" + subID + "/resourceGroups/new", `{}`, 400, "LocationRequired"},
		{"PUT", "/subscriptions/" + subID + "/resourceGroups/new", `{"location":`, 400, "InvalidRequestContent"},
		{"PUT", "/subscriptions/" + subID + "/resourceGroups/new.", `{"location":"westeurope"}`, 400, "InvalidResourceGroupName"},
		{"PUT", "/subscriptions/" + subID + "/resourceGroups/new", `{"location":"westeurope","x":"` + strings.Repeat("x", 2<<20) + `"}`, 413, "RequestContentTooLarge"},
		{"PUT", newAccount + "Contoso", account(``), 200, ""}, // names have no case
		{"PUT", newAccount + "con-toso", account(``), 400, "AccountNameInvalid"},
		{"PUT", newAccount + "fresh", `{"kind":"StorageV2","sku":{"name":"Standard_LRS"}}`, 400, "LocationRequired"},
		{"PUT", newAccount + "fresh", `{"location":"westeurope","kind":"StorageV2"}`, 400, "InvalidRequestContent"},
		{"PUT", newAccount + "fresh", `{"location":"atlantis","kind":"StorageV2","sku":{"name":"Standard_LRS"}}`, 400, "LocationNotValid"},
		{"PUT", newAccount + "fresh", `{"location":"westeurope","kind":"StorageV2","sku":{"name":"Fast"}}`, 400, "InvalidAccountType"},
		{"PUT", newAccount + "fresh", `{"location":"westeurope","kind":"StorageV9","sku":{"name":"Standard_LRS"}}`, 400, "InvalidValuesForRequestParameters"},
		{"PUT", newAccount + "fresh", account(`"isSftpEnabled":true`), 400, "AccountPropertyCannotBeSet"},
		{"PUT", newAccount + "fresh", account(`"encryption":{"keySource":"Microsoft.Keyvault"}`), 400, "AccountPropertyCannotBeSet"},
		{"PUT", newAccount + "fresh", account(`"networkAcls":{"defaultAction":"Deny","virtualNetworkRules":[{"id":"x"}]}`), 400, "AccountPropertyCannotBeSet"},
		{"PUT", newAccount + "fresh", account(`"networkAcls":{"defaultAction":"Sometimes"}`), 400, "InvalidValuesForRequestParameters"},
		{"PUT", newAccount + "fresh", account(`"networkAcls":{"defaultAction":"Deny","ipRules":[{"value":"10.0.0.300"}]}`), 400, "InvalidValuesForRequestParameters"},
		{"PUT", accountPath, account(`"isHnsEnabled":false`), 400, "AccountPropertyCannotBeUpdated"},
		{"PATCH", accountPath, `{"kind":"BlobStorage"}`, 400, "AccountPropertyCannotBeUpdated"},
		{"PATCH", accountPath, `{"location":"northeurope"}`, 409, "InvalidResourceLocation"},
		{"PATCH", newAccount + "none", `{}`, 404, "ResourceNotFound"},
		{"DELETE", newAccount + "none", "", 204, ""},
		{"POST", accountPath + "/regenerateKey", `{"keyName":"key3"}`, 400, "InvalidValuesForRequestParameters"},
		{"POST", newAccount + "none/listKeys", "", 404, "ResourceNotFound"},
		{"POST", "/subscriptions/" + subID + "/providers/Microsoft.Storage/checkNameAvailability", `{"name":"x","type":"other"}`, 400, "InvalidResourceType"},
		{"POST", "/subscriptions/" + subID + "/providers/Microsoft.Compute/register", "", 404, "InvalidResourceNamespace"},
		{"GET", accountPath + "/blobServices/default/containers/none", "", 404, "ContainerNotFound"},
		{"DELETE", accountPath + "/blobServices/default/containers/none", "", 204, ""},
		{"PATCH", accountPath + "/blobServices/default/containers/none", `{"properties":{"metadata":{"a":"b"}}}`, 404, "ContainerNotFound"},
		{"PUT", accountPath + "/blobServices/default/containers/Not_Good", `{}`, 400, "InvalidResourceName"},
		{"PUT", contaPath, `{"properties":{"publicAccess":"Container"}}`, 409, "PublicAccessNotPermitted"},
		{"PUT", contaPath, `{"properties":{"publicAccess":"Some"}}`, 400, "InvalidValuesForRequestParameters"},
		{"PUT", accountPath + "/blobServices/default", `{"properties":{"isVersioningEnabled":true}}`, 400, "FeatureNotSupportedForAccount"},
		{"PUT", accountPath + "/blobServices/default", `{"properties":{"deleteRetentionPolicy":{"enabled":true,"days":366}}}`, 400, "InvalidValuesForRequestParameters"},
		{"PUT", accountPath + "/blobServices/default", `{"properties":{"containerDeleteRetentionPolicy":{"enabled":true}}}`, 400, "InvalidValuesForRequestParameters"},
		{"PUT", accountPath + "/blobServices/default", `{"properties":{"cors":{"corsRules":[{"allowedOrigins":["*"],"allowedMethods":["BREW"]}]}}}`, 400, "InvalidValuesForRequestParameters"},
		{"GET", accountPath + "/privateEndpointConnections/none", "", 404, "PrivateEndpointConnectionNotFound"},
		{"DELETE", accountPath + "/privateEndpointConnections/none", "", 204, ""},
		{"GET", accountPath + "/blobServices/default/containers?$maxpagesize=0", "", 400, "InvalidValuesForRequestParameters"},
		{"GET", groupPath + "/resources?$filter=resourceType%20ne%20'x'", "", 400, "InvalidFilter"},
		{"GET", "/subscriptions/" + subID + "/operationresults/" + newGUID(), "", 404, "OperationNotFound"},
	} {
		r := b.do("owner", c.method, c.target, c.body)
		if r.status != c.status || r.Error.Code != c.code {
			t.Errorf("%s %.120s %.80s: %d %s, want %d %s: %.200s", c.method, c.target, c.body, r.status, r.Error.Code, c.status, c.code, r.text)
		}
	}
}

func TestRoleAssignmentsThatAreWrongAreRefused(t *testing.T) {
	t.Parallel()
	b := newBox(t).withAccount()
	at := accountPath + "/providers/Microsoft.Authorization/roleAssignments/"
	role := func(id string) string {
		return "/subscriptions/" + subID + "/providers/Microsoft.Authorization/roleDefinitions/" + id
	}
	body := func(principal, kind, roleID string) string {
		return `{"properties":{"principalId":"` + principal + `","principalType":"` + kind + `","roleDefinitionId":"` + roleID + `"}}`
	}
	stranger, name := newGUID(), newGUID()
	good := body(string(aliceID), "User", role(access.Reader))
	for _, c := range []struct {
		target, body string
		status       int
		code         string
	}{
		{at + name, good, 201, ""},
		{at + name, good, 200, ""},
		{at + strings.ToUpper(name), good, 200, ""},
		{at + newGUID(), good, 409, "RoleAssignmentExists"},
		{at + name, body(string(robotID), "ServicePrincipal", role(access.Reader)), 400, "RoleAssignmentUpdateNotPermitted"},
		{at + "mine", body(string(robotID), "", role(access.Reader)), 400, "InvalidRoleAssignmentId"},
		{at + newGUID(), body(string(robotID), "User", role(access.Reader)), 400, "UnmatchedPrincipalType"},
		{at + newGUID(), body(stranger, "", role(access.Reader)), 400, "PrincipalNotFound"},
		{at + newGUID(), body(stranger, "ServicePrincipal", role(access.Reader)), 201, ""}, // the directory may be late
		{at + newGUID(), body("", "User", role(access.Reader)), 400, "InvalidPrincipalId"},
		{at + newGUID(), body(string(robotID), "", role(newGUID())), 404, "RoleDefinitionDoesNotExist"},
		{at + newGUID(), body(string(robotID), "", role("Owner")), 404, "RoleDefinitionDoesNotExist"},
		{at + newGUID(), body(string(robotID), "", access.Reader), 404, "RoleDefinitionDoesNotExist"},
		{at + newGUID(), `[]`, 400, "InvalidRequestContent"},
		{groupPath + "x/providers/Microsoft.Authorization/roleAssignments/" + newGUID(), body(string(robotID), "", role(access.Reader)), 404, "ResourceGroupNotFound"},
		{accountPath + "x/providers/Microsoft.Authorization/roleAssignments/" + newGUID(), body(string(robotID), "", role(access.Reader)), 404, "ResourceNotFound"},
		{"/subscriptions/" + subID + "/x/providers/Microsoft.Authorization/roleAssignments/" + newGUID(), good, 400, "InvalidScope"},
	} {
		b.expect(b.do("owner", "PUT", c.target, c.body), c.status, c.code)
	}
	b.expect(b.do("owner", "DELETE", at+newGUID(), nil), 204, "")
	b.expect(b.do("owner", "DELETE", at+name, nil), 200, "")

	// The last one who can assign roles cannot shut himself out.
	var all struct{ Value []struct{ ID string } }
	b.expect(b.do("owner", "GET", "/subscriptions/"+subID+"/providers/Microsoft.Authorization/roleAssignments?$filter=atScope()", nil), 200, "").json(t, &all)
	if len(all.Value) != 1 {
		t.Fatalf("assignments %+v", all)
	}
	b.expect(b.do("owner", "DELETE", all.Value[0].ID, nil), 412, "CannotDeleteLastRbacAdminAssignment")
}

func TestADeletedContainerAndAccountTakeTheirRolesWithThem(t *testing.T) {
	t.Parallel()
	b := newBox(t).withAccount()
	b.expect(b.do("owner", "PUT", contaPath, `{}`), 201, "")
	b.expect(b.do("owner", "PUT", contaPath, `{}`), 200, "")
	at := contaPath + "/providers/Microsoft.Authorization/roleAssignments"
	b.assign(aliceID, access.StorageBlobDataReader, access.Scope(contaPath))
	b.assign(aliceID, access.StorageBlobDataReader, access.Scope(accountPath))
	count := func(want int) {
		t.Helper()
		var list struct{ Value []any }
		b.expect(b.do("owner", "GET", at+"?$filter=principalId%20eq%20'"+string(aliceID)+"'", nil), 200, "").json(t, &list)
		if len(list.Value) != want {
			t.Errorf("alice has %d roles, want %d", len(list.Value), want)
		}
	}
	count(2)
	b.expect(b.do("owner", "DELETE", contaPath, nil), 200, "")
	count(1)
	b.lakes.needed["contoso"] = true
	b.expect(b.do("owner", "DELETE", accountPath, nil), 409, "AccountInUse")
	b.expect(b.do("owner", "DELETE", groupPath, nil), 409, "AccountInUse")
	b.expect(b.do("owner", "GET", accountPath, nil), 200, "")
	b.lakes.needed["contoso"] = false
	b.expect(b.do("owner", "DELETE", groupPath, nil), 202, "")
	count(0)
	b.withAccount()
	count(0)
	b.expect(b.do("owner", "GET", contaPath, nil), 404, "ContainerNotFound")
}

func TestAnOperationsOutcomeIsItsStartersAlone(t *testing.T) {
	t.Parallel()
	b := newBox(t).withAccount()
	b.assign(aliceID, access.Owner, access.Subscription(subID))
	r := b.expect(b.do("owner", "PUT", groupPath+"/providers/Microsoft.Storage/storageAccounts/another",
		`{"location":"westeurope","kind":"StorageV2","sku":{"name":"Standard_LRS"}}`), 202, "")
	at := r.header.Get("Location")
	b.expect(b.do("alice", "GET", at, nil), 404, "OperationNotFound")
	var made struct{ Name string }
	b.expect(b.do("owner", "GET", at, nil), 200, "").json(t, &made)
	if made.Name != "another" {
		t.Errorf("the operation made %q", made.Name)
	}
}

func TestPrivateEndpointsAreApprovedAndRemoved(t *testing.T) {
	t.Parallel()
	b := newBox(t).withAccount()
	b.addPrivateEndpoint("pe1")
	at := accountPath + "/privateEndpointConnections/pe1"
	var one struct {
		Properties struct {
			State struct{ Status string } `json:"privateLinkServiceConnectionState"`
		}
	}
	b.expect(b.do("owner", "PUT", at, `{"properties":{"privateLinkServiceConnectionState":{"status":"Approved"}}}`), 200, "").json(t, &one)
	if one.Properties.State.Status != "Approved" {
		t.Errorf("status %q", one.Properties.State.Status)
	}
	b.expect(b.do("owner", "PUT", at, `{"properties":{"privateLinkServiceConnectionState":{"status":"Maybe"}}}`), 400, "InvalidValuesForRequestParameters")
	var account struct {
		Properties struct{ PrivateEndpointConnections []any }
	}
	b.expect(b.do("owner", "GET", accountPath, nil), 200, "").json(t, &account)
	if len(account.Properties.PrivateEndpointConnections) != 1 {
		t.Errorf("the account tells %v", account.Properties)
	}
	b.expect(b.do("owner", "DELETE", at, nil), 200, "")
	b.expect(b.do("owner", "GET", at, nil), 404, "PrivateEndpointConnectionNotFound")
}

func TestAnUnregisteredProviderMakesNoAccounts(t *testing.T) {
	t.Parallel()
	b := newBox(t).withAccount()
	b.expect(b.do("owner", "POST", "/subscriptions/"+subID+"/providers/Microsoft.Storage/unregister", nil), 200, "")
	b.expect(b.do("owner", "PUT", groupPath+"/providers/Microsoft.Storage/storageAccounts/another",
		`{"location":"westeurope","kind":"StorageV2","sku":{"name":"Standard_LRS"}}`), 409, "MissingSubscriptionRegistration")
}

func TestTheCloudDescribesItselfToStrangers(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	var m struct {
		ResourceManager string
		Authentication  struct{ LoginEndpoint string }
		Suffixes        struct{ Storage string }
	}
	b.expect(b.do("", "GET", "/metadata/endpoints?api-version=2022-09-01", nil), 200, "").json(t, &m)
	if m.ResourceManager != "https://arm.example" || m.Authentication.LoginEndpoint != "https://login.example" || m.Suffixes.Storage != "lake.example" {
		t.Errorf("metadata %+v", m)
	}
}
