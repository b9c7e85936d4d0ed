package microsoft_test

import (
	"context"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/tenant/resources"
)

// kept is a token that is sent as long as anybody takes it.
type kept struct{ token azcore.AccessToken }

// GetToken returns the token, and says that it is good.
func (k kept) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: k.token.Token, ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// TestATokenIsGoodUntilItExpires is the attack that test/share/proof leaves out, as it has no clock to set.
func TestATokenIsGoodUntilItExpires(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	b.filesystem()
	u := b.User("ada")
	b.grant(u.ID, resources.User, accountScope, access.StorageBlobDataReader)
	token, err := b.user(u).Credential.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{"https://storage.azure.com/.default"}})
	b.must(err)
	l := b.lakeOf(b.optionsOf(kept{token}))
	list := func() error { return l.Act(t.Context(), access.ListDirectory, "", "") }
	b.must(list())
	b.Clock.Advance(30 * time.Minute)
	b.must(list())
	b.Clock.Advance(90 * time.Minute)
	is(t, list(), errs.Unauthorized, "")
}
