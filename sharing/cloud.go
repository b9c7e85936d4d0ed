package sharing

import (
	"context"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// Errors of the interfaces below have these kinds: NotFound for what is not there, Exists for what is there already, Permission
// where the signed-in person may not, Unauthorized where nobody is signed in, Unavailable where the service does not
// answer or is behind a firewall, Invalid for what it refuses as malformed. All calls can be repeated.

// PrincipalKind says what an object id is of, as role assignments spell it.
type PrincipalKind string

// The kinds.
const (
	UserPrincipal    PrincipalKind = "User"
	GroupPrincipal   PrincipalKind = "Group"
	ServicePrincipal PrincipalKind = "ServicePrincipal"
)

// Principal is a user, a group or a service principal.
type Principal struct {
	ID   access.ObjectID `json:"id"`
	Kind PrincipalKind   `json:"kind,omitempty"`
	Name string          `json:"name,omitempty"` // user principal name or display name, for people
}

// CodeGroupCreationDisabled is the code of a refusal to make a group because the tenant permits it to nobody.
const CodeGroupCreationDisabled errs.Code = "GroupCreationDisabled"

// Directory is Microsoft Graph, as the signed-in person.
type Directory interface {
	// Me is who is signed in, a user or a service principal.
	Me(ctx context.Context) (Principal, error)
	// ServicePrincipal finds the one of an application by the application's id.
	ServicePrincipal(ctx context.Context, appID string) (Principal, error)
	CreateServicePrincipal(ctx context.Context, appID string) (Principal, error)
	DeleteServicePrincipal(ctx context.Context, id access.ObjectID) error
	// GroupsNamed are the groups with exactly this display name; there can be several.
	GroupsNamed(ctx context.Context, name string) ([]Principal, error)
	Group(ctx context.Context, id access.ObjectID) (Principal, error)
	// CreateGroup makes a security group. Permission with [CodeGroupCreationDisabled] says that the tenant lets nobody but
	// administrators.
	CreateGroup(ctx context.Context, name, description string) (Principal, error)
	DeleteGroup(ctx context.Context, id access.ObjectID) error
	Owners(ctx context.Context, group access.ObjectID) ([]access.ObjectID, error)
	AddOwner(ctx context.Context, group, owner access.ObjectID) error
	RemoveOwner(ctx context.Context, group, owner access.ObjectID) error
	// Groups are the security groups that a principal is in, nested ones included.
	Groups(ctx context.Context, id access.ObjectID) ([]access.ObjectID, error)
	// Principals are those of the ids that the tenant has, in no particular order.
	Principals(ctx context.Context, ids []access.ObjectID) ([]Principal, error)
	// AllMembers are the members of a group and of the groups in it, those groups among them.
	AllMembers(ctx context.Context, group access.ObjectID) ([]Principal, error)
	// Members are the direct members.
	Members(ctx context.Context, group access.ObjectID) ([]access.ObjectID, error)
	AddMember(ctx context.Context, group, member access.ObjectID) error
	RemoveMember(ctx context.Context, group, member access.ObjectID) error
}

// Account is a storage account as Resource Manager describes it.
type Account struct {
	Name                  string
	Location              string
	HierarchicalNamespace bool
	// DFS is the Data Lake endpoint, without a slash at the end.
	DFS string
	// Reachable is false where network rules or private endpoints keep services of Microsoft out.
	Reachable bool
	// SharedKeys says that the account's keys are taken.
	SharedKeys bool
}

// Assignment is a role assignment.
type Assignment struct {
	ID        string       `json:"id"`   // resource id
	Role      string       `json:"role"` // id of the role definition, a GUID
	Scope     access.Scope `json:"scope"`
	Principal Principal    `json:"principal"` // its id and kind
}

// Manager is Azure Resource Manager, as the signed-in person.
type Manager interface {
	// Account describes the storage account with a resource id.
	Account(ctx context.Context, account access.Scope) (Account, error)
	// Container reports whether a container is open to everybody. It is NotFound if it is not there.
	Container(ctx context.Context, container access.Scope) (public bool, err error)
	// CreateContainer makes a private container.
	CreateContainer(ctx context.Context, container access.Scope) error
	// DeleteContainer removes a container with all that it holds.
	DeleteContainer(ctx context.Context, container access.Scope) error
	// Assignments are those of a principal itself, not of its groups, that hold at the scope: there or above.
	Assignments(ctx context.Context, at access.Scope, of access.ObjectID) ([]Assignment, error)
	// AllAssignments are those of everyone that hold at the scope: there or above.
	AllAssignments(ctx context.Context, at access.Scope) ([]Assignment, error)
	// Assign gives a role. It waits until the directory knows a principal that was just made.
	Assign(ctx context.Context, at access.Scope, to Principal, role string) (Assignment, error)
	Unassign(ctx context.Context, assignment string) error
}

// Failure is a path whose list could not be changed.
type Failure struct {
	Path        lake.Path `json:"path"`
	IsDirectory bool      `json:"isDirectory"`
	Reason      string    `json:"reason"`
}

// Changed is one page of a recursive change.
type Changed struct {
	Directories, Files int
	Failures           []Failure
	Continuation       string // "" after the last page
}

// RecursiveMode is what a recursive change does with its entries.
type RecursiveMode string

// The modes, as the protocol spells them.
const (
	Modify RecursiveMode = "modify"
	Remove RecursiveMode = "remove" // the entries' permissions do not count
)

// Lake is the Data Lake endpoint of a container, as the signed-in person.
type Lake interface {
	// Item is what an access decision has to know of a path.
	Item(ctx context.Context, p lake.Path) (access.Item, error)
	ACL(ctx context.Context, p lake.Path) (access.ACL, error)
	SetACL(ctx context.Context, p lake.Path, list access.ACL) error
	// ChangeACLs changes one page of the lists of a directory and everything below, from a continuation on. It goes on
	// after paths that fail.
	ChangeACLs(ctx context.Context, p lake.Path, mode RecursiveMode, entries access.ACL, continuation string) (Changed, error)
	// IsEmpty reports whether the container holds nothing.
	IsEmpty(ctx context.Context) (bool, error)
	// Walk visits a directory and everything below with their lists. It ends at the first error of visit.
	Walk(ctx context.Context, p lake.Path, visit func(p lake.Path, isDirectory bool, list access.ACL) error) error
	// WalkDirectories is Walk for directories alone.
	WalkDirectories(ctx context.Context, p lake.Path, visit func(p lake.Path, isDirectory bool, list access.ACL) error) error
}

// Cloud is what a setup reaches.
type Cloud struct {
	// Suffix ends the hosts of storage accounts, such as "core.windows.net".
	Suffix    string
	Directory Directory
	Manager   Manager
	// Lake reaches the container of an account.
	Lake func(Account) (Lake, error)
}

// DataverseLakeService is the application id of the Dataverse lake service, which becomes the owner of both groups
// (reference BYOL, the table before section 1).
const DataverseLakeService = "546068c3-99b1-4890-8e93-c8aeadcfe56a"
