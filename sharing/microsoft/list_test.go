package microsoft_test

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/sharing/microsoft"
	"github.com/ownlake/ownlake/tenant/resources"
)

func TestAnAccountIsFoundLevelByLevel(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	m := microsoft.NewManager(b.user(b.admin))
	who, err := m.Identity(t.Context())
	b.must(err)
	if want := (insights.Identity{ID: b.admin.ID, Tenant: b.ID(), Name: b.admin.UserPrincipalName}); who != want {
		t.Errorf("signed in as %+v, want %+v", who, want)
	}
	subscriptions, err := m.Subscriptions(t.Context())
	b.must(err)
	if diff := cmp.Diff([]insights.Subscription{{ID: subscription, Name: "Contoso", Tenant: b.ID(), State: "Enabled"}}, subscriptions); diff != "" {
		t.Errorf("subscriptions (-want +got):\n%s", diff)
	}
	groups, err := m.ResourceGroups(t.Context(), subscription)
	b.must(err)
	if diff := cmp.Diff([]insights.ResourceGroup{{Name: "lakes", Region: "westeurope"}}, groups); diff != "" {
		t.Errorf("resource groups (-want +got):\n%s", diff)
	}
	want := insights.StorageAccount{
		ResourceID: string(accountScope), Name: accountName, Region: "westeurope", Kind: "StorageV2", SKU: "Standard_LRS", HierarchicalNamespace: true,
		Endpoint: b.Server.URL + "/" + accountName, KeyAccess: true,
	}
	accounts, err := m.StorageAccounts(t.Context(), subscription, "lakes")
	b.must(err)
	if diff := cmp.Diff([]insights.StorageAccount{want}, accounts); diff != "" {
		t.Errorf("accounts (-want +got):\n%s", diff)
	}
	_, err = b.resources.UpdateAccount(subscription, "lakes", accountName, func(a *resources.Account) error {
		a.AllowSharedKeyAccess = false
		a.PublicNetworkAccess = "Disabled"
		a.Network = resources.NetworkRules{DefaultAction: resources.Deny, Bypass: "None", IPRules: []string{"203.0.113.0/24"}}
		return nil
	})
	b.must(err)
	want.KeyAccess, want.Network = false, insights.AccountNetwork{Closed: true, Denies: true, Addresses: []string{"203.0.113.0/24"}}
	account, err := m.StorageAccount(t.Context(), accountScope)
	b.must(err)
	if diff := cmp.Diff(want, account); diff != "" || account.Network.Open() {
		t.Errorf("the closed account (-want +got):\n%s", diff)
	}
	_, err = m.StorageAccount(t.Context(), access.Subscription(subscription).ResourceGroup("lakes").Account("nobody"))
	is(t, err, errs.NotFound, "ResourceNotFound")
	_, err = m.ResourceGroups(t.Context(), "../x")
	is(t, err, errs.Invalid, "")
	_, stranger := b.application("stranger")
	_, err = microsoft.NewManager(stranger).StorageAccount(t.Context(), accountScope)
	is(t, err, errs.Permission, "AuthorizationFailed")
}

func TestAServicePrincipalSignsInByCertificateInAnyForm(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	app, sp, _ := b.Application("robot")
	cert, key := b.Certificate(true)
	_, err := b.Directory.AddCertificate(app.ID, "test", cert.Raw)
	b.must(err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	b.must(err)
	text := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})...)
	for name, form := range map[string][]byte{"PEM": text, "base64": []byte(base64.StdEncoding.EncodeToString(text) + "\n")} {
		cred, err := microsoft.CertificateCredential(b.cloud(), b.ID(), app.AppID, form, "")
		b.must(err)
		who, err := microsoft.IdentityFor(t.Context(), b.optionsOf(cred), microsoft.StorageAudience)
		if err != nil || who.ID != sp.ID || !who.IsApp || who.ClientID != app.AppID {
			t.Errorf("%s: signed in as %+v, %v", name, who, err)
		}
	}
	_, err = microsoft.CertificateCredential(b.cloud(), b.ID(), app.AppID, text[:100], "")
	is(t, err, errs.Invalid, "")
}

func TestWhySomebodyCannotSignInIsToldWithWhatToDo(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	app, _, _ := b.Application("robot")
	for name, tt := range map[string]struct{ tenant, client, hint string }{
		"wrong secret":   {b.ID(), app.AppID, "give the secret's value, not its id; it is shown once, when it is made"},
		"unknown app":    {b.ID(), "11111111-2222-4333-8444-555555555555", "compare the application (client) id; it must be registered in this tenant, or have a service principal there"},
		"unknown tenant": {"11111111-2222-4333-8444-555555555555", app.AppID, "compare the tenant's id"},
	} {
		cred, err := microsoft.SecretCredential(b.cloud(), tt.tenant, tt.client, "wrong")
		b.must(err)
		_, err = microsoft.Explained(cred).GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{microsoft.StorageAudience + "/.default"}})
		if !errs.Is(err, errs.Unauthorized) || string(errs.HintOf(err)) != tt.hint {
			t.Errorf("%s: %v of kind %v, hint %q; want %q", name, err, errs.KindOf(err), errs.HintOf(err), tt.hint)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	cred, err := microsoft.SecretCredential(b.cloud(), b.ID(), app.AppID, "wrong")
	b.must(err)
	_, err = microsoft.Explained(cred).GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{microsoft.StorageAudience + "/.default"}})
	is(t, err, errs.Canceled, "")
}

func TestTokensFromElsewhereAreForTheirAudienceAlone(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	tokens := microsoft.StaticTokens{
		{Audience: b.Server.URL, Token: b.UserToken(b.admin, b.Server.URL+"/.default")}, {Audience: microsoft.StorageAudience + "/"},
	}
	m := microsoft.NewManager(b.optionsOf(tokens))
	if who, err := m.Identity(t.Context()); err != nil || who.ID != b.admin.ID {
		t.Errorf("signed in as %+v, %v", who, err)
	}
	if list, err := m.Subscriptions(t.Context()); err != nil || len(list) != 1 {
		t.Errorf("subscriptions %+v, %v", list, err)
	}
	_, err := microsoft.IdentityFor(t.Context(), b.optionsOf(tokens), microsoft.StorageAudience)
	is(t, err, errs.Unauthorized, "")
}
