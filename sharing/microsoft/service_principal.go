package microsoft

import (
	"bytes"
	"context"
	"encoding/base64"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/ownlake/ownlake/errs"
)

// SecretCredential signs a service principal in by a client secret. As with the others, nobody is asked yet.
func SecretCredential(c Cloud, tenant, client, secret string) (azcore.TokenCredential, error) {
	cred, err := azidentity.NewClientSecretCredential(tenant, client, secret, &azidentity.ClientSecretCredentialOptions{
		ClientOptions: Options{Cloud: c}.client(), DisableInstanceDiscovery: !c.isMicrosofts(),
	})
	return credentialOr(cred, err)
}

// CertificateCredential signs a service principal in by a certificate with its private key: PEM, PKCS #12, or the latter in
// base64.
func CertificateCredential(c Cloud, tenant, client string, certificate []byte, password string) (azcore.TokenCredential, error) {
	if decoded, err := base64.StdEncoding.DecodeString(string(bytes.TrimSpace(certificate))); err == nil {
		certificate = decoded
	}
	certificates, key, err := azidentity.ParseCertificates(certificate, []byte(password))
	if err != nil {
		return nil, errs.E(errs.Op("microsoft.CertificateCredential"), errs.Invalid, "the certificate cannot be used", err,
			errs.Hint("it must hold the certificate and its private key, as PEM or PKCS #12"))
	}
	cred, err := azidentity.NewClientCertificateCredential(tenant, client, certificates, key, &azidentity.ClientCertificateCredentialOptions{
		ClientOptions: Options{Cloud: c}.client(), DisableInstanceDiscovery: !c.isMicrosofts(),
	})
	return credentialOr(cred, err)
}

// ManagedIdentityCredential is the identity that the cloud gives the machine: its own, or for a client id the one of that
// id which was assigned to it.
func ManagedIdentityCredential(client string) (azcore.TokenCredential, error) {
	o := &azidentity.ManagedIdentityCredentialOptions{}
	if client != "" {
		o.ID = azidentity.ClientID(client)
	}
	cred, err := azidentity.NewManagedIdentityCredential(o)
	return credentialOr(cred, err)
}

// WorkloadIdentityCredential is the identity that a cluster gives the process: by the token in the file that
// AZURE_FEDERATED_TOKEN_FILE names. Tenant and client may be "" for those of AZURE_TENANT_ID and AZURE_CLIENT_ID.
func WorkloadIdentityCredential(c Cloud, tenant, client string) (azcore.TokenCredential, error) {
	cred, err := azidentity.NewWorkloadIdentityCredential(&azidentity.WorkloadIdentityCredentialOptions{
		ClientOptions: Options{Cloud: c}.client(), DisableInstanceDiscovery: !c.isMicrosofts(), TenantID: tenant, ClientID: client,
	})
	return credentialOr(cred, err)
}

func credentialOr[C azcore.TokenCredential](cred C, err error) (azcore.TokenCredential, error) {
	if err != nil {
		return nil, errs.E(errs.Op("microsoft.credential"), errs.Invalid, err)
	}
	return cred, nil
}

// Explained returns the credential with errors as this package tells them, for clients that are not of this package. They are
// of type *errs.Error, and Microsoft's clients do not retry them.
func Explained(c azcore.TokenCredential) azcore.TokenCredential { return explained{marked{c}} }

type explained struct{ marked }

// GetToken is the credential's.
func (e explained) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	token, err := e.marked.GetToken(ctx, o)
	switch {
	case err == nil:
		return token, nil
	case ctx.Err() != nil:
		return token, err
	}
	return token, &signInError{failure("microsoft.GetToken", "", err)}
}

// StaticToken is a token that somebody else asked for, for an audience such as "https://storage.azure.com".
type StaticToken struct{ Audience, Token string }

// StaticTokens gives the first token that is for what is asked. What is not among them is Unauthorized.
type StaticTokens []StaticToken

// GetToken returns the one whose audience is the scope's.
func (s StaticTokens) GetToken(_ context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	for _, scope := range o.Scopes {
		for _, t := range s {
			if t.Token != "" && audienceOf(scope) == audienceOf(t.Audience) {
				claims, _ := readClaims(t.Token)
				return azcore.AccessToken{Token: t.Token, ExpiresOn: claims.expires()}, nil
			}
		}
	}
	return azcore.AccessToken{}, errs.E(errs.Op("microsoft.GetToken"), errs.Unauthorized, "no token for this service was given", errs.Hint("sign in again"))
}
