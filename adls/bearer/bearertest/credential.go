package bearertest

import (
	"context"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/ownlake/ownlake/access"
)

// credential gives the SDKs tokens of a principal.
type credential struct {
	issuer *Issuer
	id     access.ObjectID
	groups []access.ObjectID
}

// Credential signs a principal in with the Azure SDKs for Go.
func (i *Issuer) Credential(id access.ObjectID, groups ...access.ObjectID) azcore.TokenCredential {
	return credential{i, id, groups}
}

// GetToken signs a new token for whatever scope is asked for, as the audience of storage is the only one here.
func (c credential) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: c.issuer.Token(c.id, c.groups...), ExpiresOn: c.issuer.clock().Add(Lifetime)}, nil
}
