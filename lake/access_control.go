package lake

import (
	"context"

	"github.com/ownlake/ownlake/access"
)

// AccessControls is what judging callers by their rights asks of a lake, and changing the lists of many paths at once, as
// recursive changes do.
type AccessControls interface {
	// AccessItems gives access decisions what they have to know of a filesystem's paths, all of it as it is at one
	// moment between the call and the first question. Nothing is read before that. The caller calls done after the last one.
	AccessItems(ctx context.Context, fs Filesystem) (items access.Items, done func())
	// ChangeAccessControl gives each path the list that change makes of what it is at that moment, so that no
	// other change is lost, and returns the outcome of each, in their order. change must not keep or alter what
	// it is given; its error is the path's outcome. A path that does not exist is passed over with NotFound.
	// Unless goOn is set, the call ends at the first other failure: the outcomes then end with it, and the paths
	// behind are as they were. The paths must differ. The error is of the call as a whole, with the outcomes
	// of the paths that were changed before.
	ChangeAccessControl(ctx context.Context, fs Filesystem, paths []Path, change AccessControlChange, goOn bool) ([]error, error)
}

// AccessControlChange makes a path's new list of its present one.
type AccessControlChange func(AccessControl) (access.ACL, error)
