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
