package access

import "strings"

// Action is an operation of a resource provider as role definitions name it, or in a definition a pattern
// with "*" for any text. Actions compare without regard to case.
type Action string

const blobServices = "Microsoft.Storage/storageAccounts/blobServices/"

// Management actions: roles grant them in their Actions. They apply to the account and its containers.
const (
	ServiceRead               Action = blobServices + "read"
	ServiceWrite              Action = blobServices + "write"
	GenerateUserDelegationKey Action = blobServices + "generateUserDelegationKey/action"
	ContainersRead            Action = blobServices + "containers/read"
	ContainersWrite           Action = blobServices + "containers/write"
	ContainersDelete          Action = blobServices + "containers/delete"
	ContainersGetACL          Action = blobServices + "containers/getAcl/action"
	ContainersSetACL          Action = blobServices + "containers/setAcl/action"
)

// Management actions that Resource Manager asks for, beside those above.
const (
	SubscriptionsRead      Action = "Microsoft.Resources/subscriptions/read"
	SubscriptionsResources Action = "Microsoft.Resources/subscriptions/resources/read"
	LocationsRead          Action = "Microsoft.Resources/subscriptions/locations/read"
	ProvidersRead          Action = "Microsoft.Resources/subscriptions/providers/read"
	ResourceGroupsRead     Action = "Microsoft.Resources/subscriptions/resourceGroups/read"
	ResourceGroupsWrite    Action = "Microsoft.Resources/subscriptions/resourceGroups/write"
	ResourceGroupsDelete   Action = "Microsoft.Resources/subscriptions/resourceGroups/delete"

	StorageRegister         Action = "Microsoft.Storage/register/action"
	StorageUnregister       Action = "Microsoft.Storage/unregister/action"
	AccountNamesRead        Action = "Microsoft.Storage/checknameavailability/read"
	AccountsRead            Action = "Microsoft.Storage/storageAccounts/read"
	AccountsWrite           Action = "Microsoft.Storage/storageAccounts/write"
	AccountsDelete          Action = "Microsoft.Storage/storageAccounts/delete"
	AccountsListKeys        Action = "Microsoft.Storage/storageAccounts/listkeys/action"
	AccountsRegenerateKey   Action = "Microsoft.Storage/storageAccounts/regeneratekey/action"
	PrivateEndpointsRead    Action = "Microsoft.Storage/storageAccounts/privateEndpointConnections/read"
	PrivateEndpointsWrite   Action = "Microsoft.Storage/storageAccounts/privateEndpointConnections/write"
	PrivateEndpointsDelete  Action = "Microsoft.Storage/storageAccounts/privateEndpointConnections/delete"
	StorageOperationsRead   Action = "Microsoft.Storage/locations/asyncoperations/read"
	ResourcesOperationsRead Action = "Microsoft.Resources/subscriptions/operationresults/read"
	RoleDefinitionsRead     Action = "Microsoft.Authorization/roleDefinitions/read"
	RoleAssignmentsRead     Action = "Microsoft.Authorization/roleAssignments/read"
	RoleAssignmentsWrite    Action = "Microsoft.Authorization/roleAssignments/write"
	RoleAssignmentsDelete   Action = "Microsoft.Authorization/roleAssignments/delete"
	PermissionsRead         Action = "Microsoft.Authorization/permissions/read"
	ElevateAccess           Action = "Microsoft.Authorization/elevateAccess/action"
)

const blobs = blobServices + "containers/blobs/"

// Data actions: roles grant them in their DataActions. They apply to what a container holds.
const (
	BlobsRead              Action = blobs + "read"
	BlobsWrite             Action = blobs + "write"
	BlobsDelete            Action = blobs + "delete"
	BlobsAdd               Action = blobs + "add/action"
	BlobsMove              Action = blobs + "move/action"
	BlobsFilter            Action = blobs + "filter/action"
	BlobsTagsRead          Action = blobs + "tags/read"
	BlobsTagsWrite         Action = blobs + "tags/write"
	BlobsRunAsSuperUser    Action = blobs + "runAsSuperUser/action"
	BlobsManageOwnership   Action = blobs + "manageOwnership/action"
	BlobsModifyPermissions Action = blobs + "modifyPermissions/action"
)

// IsData reports whether the action is one on data, which only the DataActions of a role grant.
func (a Action) IsData() bool { return hasPrefixFold(string(a), blobs) }

// Short returns the action without the part that all actions of this package share.
func (a Action) Short() string { return strings.TrimPrefix(string(a), blobServices) }

// matches reports whether a pattern of a role definition covers the action.
func (a Action) matches(pattern Action) bool {
	s := string(a)
	literal, rest, wild := strings.Cut(string(pattern), "*")
	if !wild {
		return strings.EqualFold(s, literal)
	}
	if !hasPrefixFold(s, literal) {
		return false
	}
	s = s[len(literal):]
	for {
		literal, rest, wild = strings.Cut(rest, "*")
		if !wild {
			return len(s) >= len(literal) && strings.EqualFold(s[len(s)-len(literal):], literal)
		}
		i := strings.Index(strings.ToLower(s), strings.ToLower(literal))
		if i < 0 {
			return false
		}
		s = s[i+len(literal):]
	}
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}
