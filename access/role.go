package access

import (
	"slices"
	"strings"
)

// RoleDefinition is a named set of actions. A role grants what its Actions (for data actions, its
// DataActions) cover and its Not… patterns do not. A Not… pattern takes from its own role only, never from
// what another role grants.
type RoleDefinition struct {
	ID, Name                    string
	Actions, NotActions         []Action
	DataActions, NotDataActions []Action
}

// Grants reports whether the role covers the action.
func (r RoleDefinition) Grants(a Action) bool {
	granted, excepted := r.Actions, r.NotActions
	if a.IsData() {
		granted, excepted = r.DataActions, r.NotDataActions
	}
	return slices.ContainsFunc(granted, a.matches) && !slices.ContainsFunc(excepted, a.matches)
}

// Ids of the built-in roles (reference BYOL section 6). They are the same in every tenant.
const (
	StorageBlobDataOwner        = "b7e6dc6d-f1e8-4753-8033-0f276bb0955b"
	StorageBlobDataContributor  = "ba92f5b4-2d11-453d-a403-e96b0029c9fe"
	StorageBlobDataReader       = "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
	StorageBlobDelegator        = "db58b8e5-c6ad-4a2a-8342-4190687cbf4a"
	StorageAccountContributor   = "17d1049b-9a84-46fb-8f53-869881c3d3ab"
	Owner                       = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
	Contributor                 = "b24988ac-6180-42a0-ab88-20f7382dd24c"
	Reader                      = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
	UserAccessAdministrator     = "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9"
	RoleBasedAccessControlAdmin = "f58310d9-a9f6-439a-9e8d-f62e7b41a168"
)

// builtInRoles must not be changed; BuiltInRoles gives copies out.
var builtInRoles = []RoleDefinition{
	{
		ID: StorageBlobDataOwner, Name: "Storage Blob Data Owner",
		Actions:     []Action{blobServices + "containers/*", GenerateUserDelegationKey},
		DataActions: []Action{blobs + "*"},
	},
	{
		ID: StorageBlobDataContributor, Name: "Storage Blob Data Contributor",
		Actions:     []Action{ContainersDelete, ContainersRead, ContainersWrite, GenerateUserDelegationKey},
		DataActions: []Action{BlobsDelete, BlobsRead, BlobsWrite, BlobsMove, BlobsAdd},
	},
	{
		ID: StorageBlobDataReader, Name: "Storage Blob Data Reader",
		Actions:     []Action{ContainersRead, GenerateUserDelegationKey},
		DataActions: []Action{BlobsRead},
	},
	{
		ID: StorageBlobDelegator, Name: "Storage Blob Delegator",
		Actions: []Action{GenerateUserDelegationKey},
	},
	{
		ID: StorageAccountContributor, Name: "Storage Account Contributor",
		Actions: []Action{
			"Microsoft.Authorization/*/read", "Microsoft.Insights/alertRules/*", "Microsoft.Insights/diagnosticSettings/*",
			"Microsoft.Network/virtualNetworks/subnets/joinViaServiceEndpoint/action",
			"Microsoft.ResourceHealth/availabilityStatuses/read", "Microsoft.Resources/deployments/*",
			"Microsoft.Resources/subscriptions/resourceGroups/read", "Microsoft.Storage/storageAccounts/*", "Microsoft.Support/*",
		},
	},
	{ID: Owner, Name: "Owner", Actions: []Action{"*"}},
	{
		ID: Contributor, Name: "Contributor", Actions: []Action{"*"},
		NotActions: []Action{
			"Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write",
			"Microsoft.Authorization/elevateAccess/Action", "Microsoft.Blueprint/blueprintAssignments/write",
			"Microsoft.Blueprint/blueprintAssignments/delete", "Microsoft.Compute/galleries/share/action",
			"Microsoft.Purview/consents/write", "Microsoft.Purview/consents/delete",
		},
	},
	{ID: Reader, Name: "Reader", Actions: []Action{"*/read"}},
	{
		ID: UserAccessAdministrator, Name: "User Access Administrator",
		Actions: []Action{"*/read", "Microsoft.Authorization/*", "Microsoft.Support/*"},
	},
	{
		ID: RoleBasedAccessControlAdmin, Name: "Role Based Access Control Administrator",
		Actions: []Action{
			"Microsoft.Authorization/roleAssignments/write", "Microsoft.Authorization/roleAssignments/delete", "*/read",
			"Microsoft.Support/*",
		},
	},
}

// BuiltInRoles returns the roles that exist without anybody defining them and that matter to a lake. The
// caller owns the result.
func BuiltInRoles() []RoleDefinition {
	roles := slices.Clone(builtInRoles)
	for i := range roles {
		roles[i] = roles[i].clone()
	}
	return roles
}

// BuiltInRole finds a built-in role by its id, by the resource id that ends in it, or by its name, without
// regard to case.
func BuiltInRole(idOrName string) (RoleDefinition, bool) {
	key := idOrName[strings.LastIndexByte(idOrName, '/')+1:]
	i := slices.IndexFunc(builtInRoles, func(r RoleDefinition) bool {
		return strings.EqualFold(r.ID, key) || strings.EqualFold(r.Name, key)
	})
	if i < 0 {
		return RoleDefinition{}, false
	}
	return builtInRoles[i].clone(), true
}

func (r RoleDefinition) clone() RoleDefinition {
	r.Actions, r.NotActions = slices.Clone(r.Actions), slices.Clone(r.NotActions)
	r.DataActions, r.NotDataActions = slices.Clone(r.DataActions), slices.Clone(r.NotDataActions)
	return r
}
