package microsoft

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/insights"
)

// claims are what an access token says of who has it ("Access token claims reference"). They are read for people to see and
// for commands to print: whoever decides by a token verifies it, and this package decides nothing by one.
type claims struct {
	Tenant   string          `json:"tid"`
	ObjectID access.ObjectID `json:"oid"`
	Type     string          `json:"idtyp"` // "app" for a service principal
	UPN      string          `json:"upn"`
	Unique   string          `json:"unique_name"`
	Name     string          `json:"name"`
	AppID    string          `json:"appid"`
	Party    string          `json:"azp"` // as version 2 calls appid
	AppName  string          `json:"app_displayname"`
	Scopes   string          `json:"scp"` // of a token that an application has for a user
	Expires  int64           `json:"exp"`
}

// readClaims reports false for a token that cannot be read. No error is told, as it would repeat a part of the token.
func readClaims(token string) (c claims, ok bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return c, false
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	return c, err == nil && json.Unmarshal(text, &c) == nil
}

func (c claims) expires() time.Time { return time.Unix(c.Expires, 0) }

func (c claims) identity() insights.Identity {
	i := insights.Identity{ID: c.ObjectID, Tenant: c.Tenant, IsApp: c.Type == "app" || c.Scopes == "" && c.UPN == "" && c.Unique == ""}
	if i.IsApp {
		i.Name, i.ClientID = c.AppName, cmp.Or(c.AppID, c.Party)
		return i
	}
	i.Name = cmp.Or(c.UPN, c.Unique, c.Name)
	return i
}

// audienceOf is what a scope is for, without what is asked of it.
func audienceOf(scope string) string {
	return strings.TrimRight(strings.TrimSuffix(scope, "/.default"), "/")
}

// Identity signs in for Resource Manager and tells who that is.
func (m *Manager) Identity(ctx context.Context) (insights.Identity, error) {
	return IdentityFor(ctx, m.Options, cmp.Or(m.Cloud.ManagerAudience, m.Cloud.Manager))
}

// StorageAudience is what tokens for the data of storage accounts are for, in every cloud.
const StorageAudience = "https://storage.azure.com"

// IdentityFor signs in for a service and tells who that is.
func IdentityFor(ctx context.Context, o Options, audience string) (insights.Identity, error) {
	// Microsoft's clients ask for tokens that can be taken back early (CAE), which credentials keep apart from others: a person
	// would have to sign in twice.
	token, err := o.credential().GetToken(ctx, policy.TokenRequestOptions{EnableCAE: true, Scopes: []string{strings.TrimRight(audience, "/") + "/.default"}})
	if err != nil {
		return insights.Identity{}, failure("microsoft.Identity", "", err)
	}
	c, _ := readClaims(token.Token)
	return c.identity(), nil
}
