package api_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
)

// principalBody asks for an account to be reached as a service principal.
const principalBody = `{"storage":{"resourceId":"/subscriptions/1/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/contoso","credential":"servicePrincipal",` +
	`"principal":{"tenant":"t","clientId":"c"}},"clientSecret":"` + key + `","signIn":"s1"}`

// fakeSignIns has one sign-in, s1.
type fakeSignIns struct{}

var ada = insights.SignIn{ID: "s1", State: insights.SignedIn, Person: insights.Identity{ID: "1", Name: "ada@contoso.example"}}

func (fakeSignIns) Begin(context.Context, insights.SignInRequest) (insights.SignIn, error) {
	return ada, nil
}

func (fakeSignIns) Get(_ context.Context, id insights.SignInID) (insights.SignIn, error) {
	if id != ada.ID {
		return insights.SignIn{}, errs.E(errs.NotFound, "there is no such sign-in")
	}
	return ada, nil
}

func (fakeSignIns) End(context.Context, insights.SignInID) error { return nil }

func (f fakeSignIns) Subscriptions(ctx context.Context, id insights.SignInID) ([]insights.Subscription, error) {
	_, err := f.Get(ctx, id)
	return []insights.Subscription{{ID: "1", Name: "Contoso"}}, err
}

func (fakeSignIns) ResourceGroups(context.Context, insights.SignInID, string) ([]insights.ResourceGroup, error) {
	return []insights.ResourceGroup{{Name: "lakes", Region: "westeurope"}}, nil
}

func (fakeSignIns) StorageAccounts(context.Context, insights.SignInID, string, string) ([]insights.StorageAccount, error) {
	return []insights.StorageAccount{{Name: "contoso", HierarchicalNamespace: true}}, nil
}

func TestAConnectionReachesTheServiceWhole(t *testing.T) {
	t.Parallel()
	f := &fakeServices{}
	q := insights.ConnectionRequest{
		Storage: insights.DataStorage{
			Kind: insights.OwnStorage, Account: "contoso", Endpoint: "https://contoso.dfs.core.windows.net", Subscription: "1", ResourceGroup: "g",
			ResourceID: "/r", Credential: insights.ServicePrincipal,
			Principal: insights.AccountPrincipal{Tenant: "t", ClientID: "c", Method: insights.ClientCertificate},
		},
		Credentials: insights.Credentials{
			Key: insights.NewSecret("k"), ClientSecret: insights.NewSecret("s"), Certificate: insights.NewSecret("c"), CertificatePassword: insights.NewSecret("p"),
			Cloud: insights.Cloud{Manager: "https://m", CA: "ca"}, SignIn: "s1",
		},
	}
	if _, err := inProcess(f).UpdateConnection(t.Context(), id, q); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]insights.ConnectionRequest{q}, f.connections, cmp.AllowUnexported(insights.Secret{})); diff != "" {
		t.Errorf("the service got (-want +got):\n%s", diff)
	}
}
