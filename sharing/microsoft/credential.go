package microsoft

import (
	"cmp"
	"context"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/ownlake/ownlake/errs"
)

// azureCLI is the application that people sign in by who have none of their own: the Azure CLI's, which every tenant knows.
const azureCLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"

// anyTenant is where people sign in who do not say in which tenant.
const anyTenant = "organizations"

// marked tells the errors of a credential from those of the service that the token is for.
type marked struct{ azcore.TokenCredential }

// GetToken is the credential's.
func (m marked) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	token, err := m.TokenCredential.GetToken(ctx, o)
	switch {
	case err == nil:
		return token, nil
	case ctx.Err() != nil:
		return token, ctx.Err() // which credentials do not tell
	}
	return token, &signInError{err}
}

// signInError is that there is no token.
type signInError struct{ error }

func (e *signInError) Unwrap() error { return e.error }

// NonRetriable tells Microsoft's clients that a retry is of no use: the credential has made its own.
func (*signInError) NonRetriable() {}

// Environment is what a process was given to sign in by.
type Environment struct {
	// Getenv reads an environment variable, as os.Getenv does.
	Getenv func(name string) string
	// ReadFile reads the file that a variable names, as os.ReadFile does.
	ReadFile func(name string) ([]byte, error)
}

// The variables that Microsoft's clients are given credentials by.
const (
	varTenant              = "AZURE_TENANT_ID"
	varClientID            = "AZURE_CLIENT_ID"
	varSecret              = "AZURE_CLIENT_SECRET" //nolint:gosec // the name of a variable
	varCertificate         = "AZURE_CLIENT_CERTIFICATE_PATH"
	varCertificatePassword = "AZURE_CLIENT_CERTIFICATE_PASSWORD" //nolint:gosec // the name of a variable
	varUserName            = "AZURE_USERNAME"
	varPassword            = "AZURE_PASSWORD"
)

// EnvironmentCredential signs in by what the environment holds, the first that is complete of: the secret of a service
// principal, its certificate (PEM or PKCS #12), and the name and password of a user, which a tenant must allow. It is
// NotFound where there is nothing, and Invalid where what there is cannot be used. Nobody is asked yet.
func EnvironmentCredential(c Cloud, e Environment) (azcore.TokenCredential, error) {
	const op errs.Op = "microsoft.EnvironmentCredential"
	tenant, client := e.Getenv(varTenant), e.Getenv(varClientID)
	sign := e.byPassword
	switch {
	case e.Getenv(varSecret) != "":
		sign = e.bySecret
	case e.Getenv(varCertificate) != "":
		sign = e.byCertificate
	case e.Getenv(varUserName) == "" || e.Getenv(varPassword) == "":
		return nil, errs.E(op, errs.NotFound, "the environment holds no credentials",
			errs.Hint("set "+strings.Join([]string{varTenant, varClientID, varSecret}, ", ")))
	default:
		tenant, client = cmp.Or(tenant, anyTenant), cmp.Or(client, azureCLI)
	}
	if tenant == "" || client == "" {
		return nil, errs.E(op, errs.Invalid, "the environment names no tenant or no application", errs.Hint("set "+varTenant+" and "+varClientID))
	}
	cred, err := sign(c, tenant, client)
	if err != nil {
		return nil, errs.E(op, errs.Invalid, err)
	}
	return cred, nil
}

func (e Environment) bySecret(c Cloud, tenant, client string) (azcore.TokenCredential, error) {
	return SecretCredential(c, tenant, client, e.Getenv(varSecret))
}

func (e Environment) byCertificate(c Cloud, tenant, client string) (azcore.TokenCredential, error) {
	name := e.Getenv(varCertificate)
	text, err := e.ReadFile(name)
	if err != nil {
		return nil, errs.E(errs.Item(name), "the certificate cannot be read", err)
	}
	cred, err := CertificateCredential(c, tenant, client, text, e.Getenv(varCertificatePassword))
	if err != nil {
		return nil, errs.E(errs.Item(name), err)
	}
	return cred, nil
}

// byPassword is for users of local tenants and for tests: where a second factor is asked for it cannot work.
func (e Environment) byPassword(c Cloud, tenant, client string) (azcore.TokenCredential, error) {
	//nolint:staticcheck // SA1019: deprecated for what it says above, and still the only way in without a browser
	return azidentity.NewUsernamePasswordCredential(tenant, client, e.Getenv(varUserName), e.Getenv(varPassword), &azidentity.UsernamePasswordCredentialOptions{
		ClientOptions: Options{Cloud: c}.client(), DisableInstanceDiscovery: !c.isMicrosofts(),
	})
}

// CLICredential is who is signed in at the Azure CLI, in a tenant or, for "", the one that it uses. Which cloud that is,
// the CLI knows: its own, which must be the one that is then called.
func CLICredential(tenant string) (azcore.TokenCredential, error) {
	cred, err := azidentity.NewAzureCLICredential(&azidentity.AzureCLICredentialOptions{TenantID: tenant})
	if err != nil {
		return nil, errs.E(errs.Op("microsoft.CLICredential"), errs.Invalid, err)
	}
	return cred, nil
}

// DeviceCodeCredential signs a person in who opens a page, on whatever device, and types a code there. Prompt shows the
// message that tells so. Tenant may be "" for the person's own.
func DeviceCodeCredential(c Cloud, tenant string, prompt func(message string)) (azcore.TokenCredential, error) {
	cred, err := azidentity.NewDeviceCodeCredential(&azidentity.DeviceCodeCredentialOptions{
		ClientOptions: Options{Cloud: c}.client(), DisableInstanceDiscovery: !c.isMicrosofts(), TenantID: cmp.Or(tenant, anyTenant), ClientID: azureCLI,
		UserPrompt: func(_ context.Context, m azidentity.DeviceCodeMessage) error {
			prompt(m.Message)
			return nil
		},
	})
	if err != nil {
		return nil, errs.E(errs.Op("microsoft.DeviceCodeCredential"), errs.Invalid, err)
	}
	return cred, nil
}
