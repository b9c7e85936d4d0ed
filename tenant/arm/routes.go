package arm

import (
	"net/http"
	"strings"

	"github.com/ownlake/ownlake/access"
)

// Common beginnings of paths.
const (
	subscriptionPath = "/subscriptions/{subscription}"
	groupsPath       = subscriptionPath + "/resourceGroups"
	groupPath        = groupsPath + "/{group}"
	storage          = "/providers/Microsoft.Storage"
	accountsPath     = groupPath + storage + "/storageAccounts"
	accountPath      = accountsPath + "/{account}"
	blobServicePath  = accountPath + "/blobServices/default"
	containersPath   = blobServicePath + "/containers"
	containerPath    = containersPath + "/{container}"
	endpointsPath    = accountPath + "/privateEndpointConnections"
	scoped           = scopeParameter + "/providers/" + authorization
)

// routes are all operations.
var routes = compile([]operation{
	{method: http.MethodGet, pattern: "/tenants", rule: anybody, serve: (*handler).listTenants},
	{method: http.MethodGet, pattern: "/subscriptions", rule: anybody, serve: (*handler).listSubscriptions},
	{method: http.MethodGet, pattern: subscriptionPath, action: access.SubscriptionsRead, rule: filtered, serve: (*handler).getSubscription},
	{method: http.MethodGet, pattern: subscriptionPath + "/locations", action: access.LocationsRead, rule: filtered, serve: (*handler).listLocations},
	{method: http.MethodGet, pattern: subscriptionPath + "/resources", action: access.SubscriptionsResources, rule: filtered, serve: (*handler).listResources},
	{method: http.MethodGet, pattern: subscriptionPath + "/providers", action: access.ProvidersRead, rule: filtered, serve: (*handler).listProviders},
	{method: http.MethodGet, pattern: subscriptionPath + "/providers/{name}", action: access.ProvidersRead, rule: filtered, serve: (*handler).getProvider},
	{method: http.MethodPost, pattern: subscriptionPath + "/providers/{name}/register", action: access.StorageRegister, serve: (*handler).registerProvider},
	{method: http.MethodPost, pattern: subscriptionPath + "/providers/{name}/unregister", action: access.StorageUnregister, serve: (*handler).unregisterProvider},
	{method: http.MethodGet, pattern: subscriptionPath + "/operationresults/{name}", rule: filtered, serve: (*handler).getOperation},

	{method: http.MethodGet, pattern: groupsPath, action: access.ResourceGroupsRead, rule: filtered, serve: (*handler).listResourceGroups},
	{method: http.MethodGet, pattern: groupPath, action: access.ResourceGroupsRead, serve: (*handler).getResourceGroup},
	{method: http.MethodHead, pattern: groupPath, action: access.ResourceGroupsRead, serve: (*handler).headResourceGroup},
	{method: http.MethodPut, pattern: groupPath, action: access.ResourceGroupsWrite, serve: (*handler).putResourceGroup},
	{method: http.MethodPatch, pattern: groupPath, action: access.ResourceGroupsWrite, serve: (*handler).patchResourceGroup},
	{method: http.MethodDelete, pattern: groupPath, action: access.ResourceGroupsDelete, serve: (*handler).deleteResourceGroup},
	{method: http.MethodGet, pattern: groupPath + "/resources", action: access.SubscriptionsResources, serve: (*handler).listResources},

	{method: http.MethodPost, pattern: subscriptionPath + storage + "/checkNameAvailability", action: access.AccountNamesRead, serve: (*handler).checkNameAvailability},
	{method: http.MethodGet, pattern: subscriptionPath + storage + "/storageAccounts", action: access.AccountsRead, rule: filtered, serve: (*handler).listStorageAccounts},
	{method: http.MethodGet, pattern: subscriptionPath + storage + "/locations/{location}/asyncoperations/{name}", rule: filtered, serve: (*handler).getOperation},
	{method: http.MethodGet, pattern: accountsPath, action: access.AccountsRead, rule: filtered, serve: (*handler).listStorageAccounts},
	{method: http.MethodGet, pattern: accountPath, action: access.AccountsRead, serve: (*handler).getStorageAccount},
	{method: http.MethodPut, pattern: accountPath, action: access.AccountsWrite, serve: (*handler).putStorageAccount},
	{method: http.MethodPatch, pattern: accountPath, action: access.AccountsWrite, serve: (*handler).patchStorageAccount},
	{method: http.MethodDelete, pattern: accountPath, action: access.AccountsDelete, serve: (*handler).deleteStorageAccount},
	{method: http.MethodPost, pattern: accountPath + "/listKeys", action: access.AccountsListKeys, serve: (*handler).listKeys},
	{method: http.MethodPost, pattern: accountPath + "/regenerateKey", action: access.AccountsRegenerateKey, serve: (*handler).regenerateKey},
	{method: http.MethodGet, pattern: endpointsPath, action: access.PrivateEndpointsRead, serve: (*handler).listPrivateEndpoints},
	{method: http.MethodGet, pattern: endpointsPath + "/{name}", action: access.PrivateEndpointsRead, serve: (*handler).getPrivateEndpoint},
	{method: http.MethodPut, pattern: endpointsPath + "/{name}", action: access.PrivateEndpointsWrite, serve: (*handler).putPrivateEndpoint},
	{method: http.MethodDelete, pattern: endpointsPath + "/{name}", action: access.PrivateEndpointsDelete, serve: (*handler).deletePrivateEndpoint},

	{method: http.MethodGet, pattern: accountPath + "/blobServices", action: access.ServiceRead, serve: (*handler).listBlobServices},
	{method: http.MethodGet, pattern: blobServicePath, action: access.ServiceRead, serve: (*handler).getBlobService},
	{method: http.MethodPut, pattern: blobServicePath, action: access.ServiceWrite, serve: (*handler).putBlobService},
	{method: http.MethodGet, pattern: containersPath, action: access.ContainersRead, serve: (*handler).listContainers},
	{method: http.MethodGet, pattern: containerPath, action: access.ContainersRead, serve: (*handler).getContainer},
	{method: http.MethodPut, pattern: containerPath, action: access.ContainersWrite, serve: (*handler).putContainer},
	{method: http.MethodPatch, pattern: containerPath, action: access.ContainersWrite, serve: (*handler).patchContainer},
	{method: http.MethodDelete, pattern: containerPath, action: access.ContainersDelete, serve: (*handler).deleteContainer},

	{method: http.MethodPost, pattern: scoped + "/elevateAccess", rule: anybody, serve: (*handler).elevateAccess},
	{method: http.MethodGet, pattern: scoped + "/permissions", action: access.PermissionsRead, rule: anybody, serve: (*handler).listPermissions},
	{method: http.MethodGet, pattern: scoped + "/roleDefinitions", action: access.RoleDefinitionsRead, serve: (*handler).listRoleDefinitions},
	{method: http.MethodGet, pattern: scoped + "/roleDefinitions/{name}", action: access.RoleDefinitionsRead, serve: (*handler).getRoleDefinition},
	{method: http.MethodGet, pattern: scoped + "/roleAssignments", action: access.RoleAssignmentsRead, serve: (*handler).listRoleAssignments},
	{method: http.MethodGet, pattern: scoped + "/roleAssignments/{name}", action: access.RoleAssignmentsRead, serve: (*handler).getRoleAssignment},
	{method: http.MethodPut, pattern: scoped + "/roleAssignments/{name}", action: access.RoleAssignmentsWrite, serve: (*handler).putRoleAssignment},
	{method: http.MethodDelete, pattern: scoped + "/roleAssignments/{name}", action: access.RoleAssignmentsDelete, serve: (*handler).deleteRoleAssignment},
})

// Prefixes are the beginnings of the paths that are served here, as patterns of [http.ServeMux], for servers that have
// other parts of the cloud at the same address.
var Prefixes = []string{"/tenants", "/subscriptions", "/subscriptions/", "/providers/", "/metadata/endpoints"}

func compile(table []operation) []operation {
	for i := range table {
		table[i].parts = strings.Split(strings.TrimPrefix(table[i].pattern, "/"), "/")
	}
	return table
}
