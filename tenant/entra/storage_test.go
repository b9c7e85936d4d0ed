package entra_test

import (
	"crypto/x509"
	"slices"
	"testing"

	"github.com/ownlake/ownlake/adls/bearer"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/tenant/tenanttest"
)

// TestALakeTakesTheTenantsTokens verifies them as the lake does those of any issuer, across a change of the keys.
func TestALakeTakesTheTenantsTokens(t *testing.T) {
	t.Parallel()
	tn := tenanttest.New(t)
	roots := x509.NewCertPool()
	roots.AddCert(tn.Server.Certificate())
	v, err := bearer.New(bearer.Options{
		Account: "contoso", Clock: tn.Clock.Now,
		Issuers: []bearer.Issuer{{URL: tn.Entra.Issuer(), Aliases: []string{tn.Entra.IssuerV1()}, Tenant: tn.ID(), RootCAs: roots}},
	})
	if err != nil {
		t.Fatal(err)
	}
	app, sp, secret := tn.Application("loader")
	g := group(t, tn, sp.ID)
	token := func(scope string) string {
		return tn.Post(tokenPath(tn), "client_id", app.AppID, "client_secret", secret, "grant_type", "client_credentials", "scope", scope).String("access_token")
	}
	for _, scope := range []string{storageScope, "https://storage.azure.com//.default", "https://contoso.blob.core.windows.net/.default"} {
		id, err := v.Verify(t.Context(), token(scope))
		if err != nil {
			t.Fatalf("%s: %v", scope, err)
		}
		if id.Tenant != tn.ID() || id.Principal.ID != sp.ID || id.Name != app.AppID || !slices.Contains(id.Principal.Groups, g.ID) {
			t.Errorf("%s: from %+v, want %s in group %s", scope, id, sp.ID, g.ID)
		}
	}
	before := token(storageScope)
	if err := tn.Entra.RotateKeys(); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{before, token(storageScope)} {
		if _, err := v.Verify(t.Context(), text); err != nil {
			t.Errorf("after a change of keys: %v", err)
		}
	}
	for _, scope := range []string{"https://graph.microsoft.com/.default", "https://fabrikam.blob.core.windows.net/.default"} {
		if _, err := v.Verify(t.Context(), token(scope)); !errs.Is(err, errs.Unauthorized) {
			t.Errorf("%s: error %v, want an Unauthorized one", scope, err)
		}
	}
}
