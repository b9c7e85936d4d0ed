package arm

import (
	"context"
	"slices"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/tenant/directory"
	"github.com/ownlake/ownlake/tenant/entra"
	"github.com/ownlake/ownlake/tenant/resources"
)

// Authenticator takes tokens that the tenant's sign-in service made for Resource Manager.
func Authenticator(s *entra.Service) func(context.Context, string) (Caller, error) {
	return func(ctx context.Context, token string) (Caller, error) {
		c, err := s.Verify(ctx, token, entra.ResourceManagerAudience)
		if err != nil {
			return Caller{}, err
		}
		return Caller{
			Principal: c.Principal, Name: c.Name, Kind: principalTypes[c.Kind],
			GlobalAdministrator: slices.Contains(c.Roles, directory.GlobalAdministrator),
		}, nil
	}
}

// principalTypes are the kinds of objects that roles can be assigned to.
var principalTypes = map[directory.Kind]resources.PrincipalType{
	directory.KindUser: resources.User, directory.KindGroup: resources.Group, directory.KindServicePrincipal: resources.ServicePrincipal,
}

// DirectoryOf is the Directory that a tenant's own directory is.
func DirectoryOf(d *directory.Directory) Directory { return ownDirectory{d} }

type ownDirectory struct{ directory *directory.Directory }

// Principal says what an object is. Roles are assigned to service principals and not to their registrations, which
// count as not there, and to groups for security alone.
func (d ownDirectory) Principal(_ context.Context, id access.ObjectID) (resources.PrincipalType, error) {
	o, err := d.directory.Object(id)
	if err != nil {
		return "", err
	}
	kind, assignable := principalTypes[o.ObjectKind()]
	if g, ok := o.(directory.Group); ok && !g.SecurityEnabled || !assignable {
		return "", errs.E(errs.NotFound, errs.Item(id), "not a principal that roles can be assigned to")
	}
	return kind, nil
}

func (d ownDirectory) Groups(_ context.Context, id access.ObjectID) ([]access.ObjectID, error) {
	return d.directory.GroupsOf(id), nil
}
