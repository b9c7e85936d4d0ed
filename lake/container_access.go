package lake

import (
	"context"
	"time"
)

// PublicAccess says what everybody may read of a filesystem without saying who they are, where the account permits it.
type PublicAccess string

// The values, as the protocol spells them.
const (
	Private         PublicAccess = ""          // nothing
	PublicBlobs     PublicAccess = "blob"      // what is in it, by its name
	PublicContainer PublicAccess = "container" // its listing and properties, too
)

// MaxAccessPolicies is how many stored access policies a filesystem may have.
const MaxAccessPolicies = 5

// AccessPolicy is a stored access policy: what shared access signatures that name it leave out. Zero fields are
// left to the signature.
type AccessPolicy struct {
	ID            string // 1 to 64 characters
	Start, Expiry time.Time
	Permissions   string
}

// ContainerAccess is who may come to a filesystem beside those who have a right of their own.
type ContainerAccess struct {
	Public   PublicAccess
	Policies []AccessPolicy // in the order in which they were set
}

// ContainerAccesses keeps the public access and the stored access policies of filesystems. It does not judge
// requests by them.
type ContainerAccesses interface {
	ContainerAccess(ctx context.Context, fs Filesystem) (ContainerAccess, FilesystemProperties, error)
	// SetContainerAccess replaces both, and so changes the filesystem's ETag.
	SetContainerAccess(ctx context.Context, fs Filesystem, a ContainerAccess, c Conditions) (FilesystemProperties, error)
}
