package access

import "strings"

// Operation is what a request does to the lake, as far as access cares. A rename is two: [RenameFrom] at its
// source and [RenameTo] at its target. A copy is a [ReadFile] and a [CreateFile]. A recursive listing or
// ACL change is one [ListDirectory] or [SetACL] for each directory or item that it comes to.
type Operation uint8

// The operations on paths.
const (
	ReadFile        Operation = iota + 1 // content, ranges and block lists
	WriteFile                            // append, flush, blocks, block lists, overwriting
	CreateFile                           // with the missing directories above it; overwrites what exists
	CreateDirectory                      // with the missing directories above it
	DeleteFile                           // a file or an empty directory
	DeleteRecursive                      // a directory with what it holds
	ListDirectory
	RenameFrom
	RenameTo
	GetProperties
	SetProperties // content headers, metadata, expiry, tier
	Lease         // acquire, renew, change, release
	BreakLease
	GetACL      // owner, group, permissions and list
	SetACL      // permissions or list
	SetOwner    // the owning user
	SetGroup    // the owning group
	CheckAccess // whether Request.Wanted is given
	GetTags
	SetTags
	AppendBlock    // to the end of an append blob
	CreateSnapshot // of a file
	ListDeleted    // what was deleted below a directory
	Undelete       // what was deleted
)

// The operations on containers and the account.
const (
	CreateContainer Operation = iota + 64
	DeleteContainer
	GetContainerProperties
	SetContainerMetadata
	LeaseContainer
	BreakContainerLease
	GetContainerAccess // public access and stored access policies
	SetContainerAccess
	FindByTags
	ListContainers
	GetServiceProperties
	SetServiceProperties
	GetUserDelegationKey
	UndeleteContainer
)

// Needs is what an operation asks for: a role with all of Actions, or else, where Lists is set, what the
// lists of the path must give. Execute on every directory above the item is always among it.
type Needs struct {
	Actions []Action
	// Create is an action that is enough while the item does not exist.
	Create Action
	// Lists says that access control lists can allow the operation.
	Lists bool
	// Parent is wanted of the item's directory, or if Creates of the deepest one that exists.
	Parent  Permission
	Creates bool
	// Item is wanted of the item, Directory of an item that is a directory, Inside of every directory in it.
	Item, Directory, Inside Permission
	// ReadByRole takes Read off Item for who has BlobsRead by a role.
	ReadByRole bool
	// Sticky says that a sticky parent lets only owners do it.
	Sticky bool
	// Owner says that only the item's owner may, whatever the bits; Member, that the owner has to be in the
	// group that the item is given to. Traverse is an action that makes the way to the item free.
	Owner, Member bool
	Traverse      Action
}

// needs is the table of reference BYOL section 5 ("Bits needed with ACLs only"), with the actions of "Authorize
// with Microsoft Entra ID". What the pages leave open is explained in
// docs/design/accepted/access-decisions.md.
var needs = map[Operation]Needs{
	ReadFile:        {Actions: []Action{BlobsRead}, Lists: true, Item: Read},
	CreateSnapshot:  {Actions: []Action{BlobsWrite}, Lists: true, Item: Read | Write, ReadByRole: true},
	AppendBlock:     {Actions: []Action{BlobsWrite}, Lists: true, Item: Read | Write, ReadByRole: true},
	WriteFile:       {Actions: []Action{BlobsWrite}, Lists: true, Item: Read | Write, ReadByRole: true},
	CreateFile:      {Actions: []Action{BlobsWrite}, Create: BlobsAdd, Lists: true, Parent: Write, Creates: true},
	CreateDirectory: {Actions: []Action{BlobsWrite}, Create: BlobsAdd, Lists: true, Parent: Write, Creates: true},
	DeleteFile:      {Actions: []Action{BlobsDelete}, Lists: true, Parent: Write, Sticky: true},
	DeleteRecursive: {
		Actions: []Action{BlobsDelete}, Lists: true, Parent: Write, Sticky: true,
		Directory: Read | Write | Execute, Inside: Read | Write | Execute,
	},
	ListDirectory: {Actions: []Action{BlobsRead}, Lists: true, Item: Read | Execute},
	RenameFrom:    {Actions: []Action{BlobsMove}, Lists: true, Parent: Write, Sticky: true, Directory: Read | Write | Execute},
	RenameTo:      {Actions: []Action{BlobsMove}, Lists: true, Parent: Write, Sticky: true},
	GetProperties: {Actions: []Action{BlobsRead}, Lists: true},
	SetProperties: {Actions: []Action{BlobsWrite}, Lists: true, Item: Write},
	Lease:         {Actions: []Action{BlobsWrite}, Lists: true, Item: Write},
	BreakLease:    {Actions: []Action{BlobsWrite}, Lists: true, Item: Write},
	GetACL:        {Actions: []Action{BlobsRead}, Lists: true},
	SetACL:        {Actions: []Action{BlobsModifyPermissions}, Lists: true, Owner: true, Traverse: BlobsWrite},
	SetOwner:      {Actions: []Action{BlobsManageOwnership}},
	SetGroup:      {Actions: []Action{BlobsManageOwnership}, Lists: true, Owner: true, Member: true, Traverse: BlobsWrite},
	CheckAccess:   {Lists: true},
	GetTags:       {Actions: []Action{BlobsTagsRead}},
	SetTags:       {Actions: []Action{BlobsTagsWrite}},
	ListDeleted:   {Actions: []Action{BlobsRead}},
	Undelete:      {Actions: []Action{ContainersWrite}},

	CreateContainer:        {Actions: []Action{ContainersWrite}},
	DeleteContainer:        {Actions: []Action{ContainersDelete}},
	GetContainerProperties: {Actions: []Action{ContainersRead}},
	SetContainerMetadata:   {Actions: []Action{ContainersWrite}},
	LeaseContainer:         {Actions: []Action{ContainersWrite}},
	BreakContainerLease:    {Actions: []Action{ContainersWrite}},
	GetContainerAccess:     {Actions: []Action{ContainersGetACL}},
	SetContainerAccess:     {Actions: []Action{ContainersSetACL}},
	FindByTags:             {Actions: []Action{BlobsFilter}},
	ListContainers:         {Actions: []Action{ContainersRead}},
	GetServiceProperties:   {Actions: []Action{ServiceRead}},
	SetServiceProperties:   {Actions: []Action{ServiceWrite}},
	GetUserDelegationKey:   {Actions: []Action{GenerateUserDelegationKey}},
	UndeleteContainer:      {Actions: []Action{ContainersWrite}},
}

// OnPath reports whether the operation concerns a path rather than a container or the account.
func (o Operation) OnPath() bool { return o >= ReadFile && o < CreateContainer }

// Needs returns what the operation asks for. It returns false for a value that is no operation.
func (o Operation) Needs() (Needs, bool) {
	n, ok := needs[o]
	return n, ok
}

var operationNames = map[Operation]string{
	ReadFile: "read file", WriteFile: "write file", CreateFile: "create file", CreateDirectory: "create directory",
	DeleteFile: "delete", DeleteRecursive: "delete recursively", ListDirectory: "list directory",
	RenameFrom: "rename from", RenameTo: "rename to", GetProperties: "get properties", SetProperties: "set properties",
	Lease: "lease", BreakLease: "break lease", GetACL: "get access control", SetACL: "set access control", SetOwner: "set owner",
	SetGroup: "set owning group", CheckAccess: "check access", GetTags: "get tags", SetTags: "set tags", AppendBlock: "append block", CreateSnapshot: "create snapshot",
	ListDeleted: "list deleted", Undelete: "undelete",
	CreateContainer: "create container", DeleteContainer: "delete container",
	GetContainerProperties: "get container properties", SetContainerMetadata: "set container metadata",
	LeaseContainer: "lease container", BreakContainerLease: "break container lease", GetContainerAccess: "get container access",
	SetContainerAccess: "set container access", FindByTags: "find by tags", ListContainers: "list containers",
	GetServiceProperties: "get service properties", SetServiceProperties: "set service properties",
	GetUserDelegationKey: "get user delegation key", UndeleteContainer: "undelete container",
}

// ParseOperation finds an operation by its name, with spaces or dashes between the words.
func ParseOperation(name string) (Operation, bool) {
	name = strings.ReplaceAll(strings.ToLower(name), "-", " ")
	for o, n := range operationNames {
		if n == name {
			return o, true
		}
	}
	return 0, false
}

// String returns the operation's name in words.
func (o Operation) String() string {
	if name, ok := operationNames[o]; ok {
		return name
	}
	return "unknown operation"
}
