package catalog

import (
	"context"
	"time"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/lake"
)

// Caller is somebody that an account can be asked as: a person who is signed in, or a service principal. Errors of its
// calls are Unauthorized where the sign-in is refused, Permission where a right is missing, NotFound for what is not there
// or must not be seen, and Unavailable where nothing answers.
type Caller interface {
	// Identity proves the sign-in and tells who it is.
	Identity(ctx context.Context) (insights.Identity, error)
	// StorageAccount asks Resource Manager for an account.
	StorageAccount(ctx context.Context, account access.Scope) (insights.StorageAccount, error)
	// Lake opens the data of an account as the caller. The caller of this closes it.
	Lake(ctx context.Context, endpoint, account string) (lake.Store, error)
}

// What stores of principals can do beside [lake.Store].
type (
	// hierarchical tells the namespace of an account that does not describe itself to its caller.
	hierarchical interface {
		Hierarchical(ctx context.Context, fs lake.Filesystem) (bool, error)
	}
	// delegating asks for a user delegation key, which proves that the principal may.
	delegating interface {
		UserDelegationKey(ctx context.Context, now time.Time) error
	}
)
