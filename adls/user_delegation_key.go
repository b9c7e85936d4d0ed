package adls

import (
	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/errs"
)

// userDelegationKey is Get User Delegation Key, which the service gives to bearers of a token alone: whoever comes
// here has signed with the account key and needs none.
func (h *handler) userDelegationKey(*timedWriter, *request) error {
	return errs.E(errs.Unauthorized, wire.CodeAuthenticationFailed, "Only authentication scheme Bearer is supported.")
}
