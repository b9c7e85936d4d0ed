package resources

import (
	"context"
	"net/netip"
	"time"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
)

// Held returns the role assignments that a principal has, by itself or by a group, as they are now. It is what
// Resource Manager judges its callers by.
func (r *Resources) Held(p access.Principal) []access.RoleAssignment {
	return r.view.Load().held(p, func(a RoleAssignment) bool { return a.Deleted.IsZero() })
}

// heldAt returns the assignments that a principal had at a moment.
func (v *view) heldAt(p access.Principal, moment time.Time) []access.RoleAssignment {
	return v.held(p, func(a RoleAssignment) bool {
		return !a.Created.After(moment) && (a.Deleted.IsZero() || a.Deleted.After(moment))
	})
}

func (v *view) held(p access.Principal, counts func(RoleAssignment) bool) []access.RoleAssignment {
	var held []access.RoleAssignment
	add := func(holder access.ObjectID) {
		for _, a := range v.byPrincipal[fold(string(holder))] {
			if role, ok := access.BuiltInRole(a.Role); ok && counts(a) {
				held = append(held, access.RoleAssignment{ID: a.Name, Principal: a.Principal, Role: role, Scope: a.Scope, Condition: a.Condition})
			}
		}
	}
	add(p.ID)
	for _, g := range p.Groups {
		add(g)
	}
	return held
}

// AccountView is what the lake of one account takes from the resources, asked anew for each request.
type AccountView struct {
	resources *Resources
	name      string
}

// ForLake returns the view of the account of a name, which need not exist yet.
func (r *Resources) ForLake(account string) AccountView { return AccountView{r, fold(account)} }

// Assignments returns the principal's role assignments that have reached the lake.
func (v AccountView) Assignments(_ context.Context, p access.Principal) ([]access.RoleAssignment, error) {
	r := v.resources
	return r.view.Load().heldAt(p, r.options.Clock().Add(-time.Duration(r.propagation.Load()))), nil
}

// Scope is the account's resource id. It is NotFound where there is no such account.
func (v AccountView) Scope() (access.Scope, error) {
	a, err := v.account()
	return a.Scope(), err
}

// Keys are the keys that sign for the account: both, or none where the account takes no signatures or does not exist.
// The keys must not be changed.
func (v AccountView) Keys() [][]byte {
	a, err := v.account()
	if err != nil || !a.AllowSharedKeyAccess {
		return nil
	}
	return [][]byte{a.Keys[0].Value, a.Keys[1].Value}
}

// Reachable reports whether a request from an address may reach the account.
func (v AccountView) Reachable(remote netip.Addr) bool {
	a, err := v.account()
	if err != nil || a.PublicNetworkAccess == "Disabled" && remote.IsValid() {
		return false
	}
	return a.Network.Allows(remote)
}

// RequiresHTTPS reports whether requests in the clear are refused.
func (v AccountView) RequiresHTTPS() bool {
	a, err := v.account()
	return err == nil && a.HTTPSOnly
}

// AllowPublicAccess reports whether containers may be open to everybody.
func (v AccountView) AllowPublicAccess() bool {
	a, err := v.account()
	return err == nil && a.AllowBlobPublicAccess
}

func (v AccountView) account() (Account, error) {
	a, ok := v.resources.view.Load().accounts[v.name]
	if !ok {
		return a, errs.E(errs.NotFound, CodeResourceNotFound, errs.Item(v.name), "there is no such storage account")
	}
	return a, nil
}
