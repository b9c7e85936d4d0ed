package api

import (
	"context"
	"net/http"

	"github.com/ownlake/ownlake/insights"
)

// CredentialsBody is [insights.Credentials] on the wire, where secrets are readable. (It is exported, as the library sees
// fields of such embedded types alone.)
type CredentialsBody struct {
	Key                 string            `json:"key,omitempty" doc:"The account key of own storage; it is never given back, as the other secrets"`
	ClientSecret        string            `json:"clientSecret,omitempty" doc:"The service principal's client secret"`
	Certificate         string            `json:"certificate,omitempty" doc:"The service principal's certificate with its private key: PEM, or PKCS #12 in base64"`
	CertificatePassword string            `json:"certificatePassword,omitempty"`
	Cloud               insights.Cloud    `json:"cloud,omitzero"`
	SignIn              insights.SignInID `json:"signIn,omitempty" doc:"The sign-in of the person whose rights are checked, too"`
}

func newCredentialsBody(c insights.Credentials) CredentialsBody {
	return CredentialsBody{
		Key: c.Key.Reveal(), ClientSecret: c.ClientSecret.Reveal(), Certificate: c.Certificate.Reveal(),
		CertificatePassword: c.CertificatePassword.Reveal(), Cloud: c.Cloud, SignIn: c.SignIn,
	}
}

func (b CredentialsBody) credentials() insights.Credentials {
	return insights.Credentials{
		Key: insights.NewSecret(b.Key), ClientSecret: insights.NewSecret(b.ClientSecret), Certificate: insights.NewSecret(b.Certificate),
		CertificatePassword: insights.NewSecret(b.CertificatePassword), Cloud: b.Cloud, SignIn: b.SignIn,
	}
}

// connectionBody is [insights.ConnectionRequest] on the wire.
type connectionBody struct {
	Storage connectionStorage `json:"storage,omitzero"`
	CredentialsBody
}

// connectionStorage is [insights.DataStorage] whose kind need not be said, as it is always own.
type connectionStorage struct {
	Kind          insights.StorageKind      `json:"kind,omitempty" enum:"own"`
	Account       string                    `json:"account,omitempty"`
	Endpoint      string                    `json:"endpoint,omitempty"`
	ResourceID    string                    `json:"resourceId,omitempty"`
	Subscription  string                    `json:"subscription,omitempty"`
	ResourceGroup string                    `json:"resourceGroup,omitempty"`
	Credential    insights.CredentialKind   `json:"credential,omitempty"`
	Principal     insights.AccountPrincipal `json:"principal,omitzero"`
}

func newConnectionBody(q insights.ConnectionRequest) connectionBody {
	s := q.Storage
	return connectionBody{
		Storage: connectionStorage{
			Account: s.Account, Endpoint: s.Endpoint, ResourceID: s.ResourceID, Subscription: s.Subscription, ResourceGroup: s.ResourceGroup,
			Credential: s.Credential, Principal: s.Principal,
		},
		CredentialsBody: newCredentialsBody(q.Credentials),
	}
}

func (b connectionBody) request() insights.ConnectionRequest {
	s := b.Storage
	return insights.ConnectionRequest{
		Storage: insights.DataStorage{
			Kind: insights.OwnStorage, Account: s.Account, Endpoint: s.Endpoint, ResourceID: s.ResourceID, Subscription: s.Subscription,
			ResourceGroup: s.ResourceGroup, Credential: s.Credential, Principal: s.Principal,
		},
		Credentials: b.credentials(),
	}
}

// registerSignIns adds the routes by which a person signs in to the cloud of an account, and chooses one.
func (r *routes) registerSignIns() {
	const signIn = "/cloud-sign-ins/{signIn}"
	add(r, administrator, http.MethodPost, "/cloud-sign-ins", "beginCloudSignIn", "Sign in to the cloud of an account of one's own", r.beginCloudSignIn, created)
	add(r, administrator, http.MethodGet, signIn, "getCloudSignIn", "How far a sign-in is", r.getCloudSignIn)
	add(r, administrator, http.MethodDelete, signIn, "endCloudSignIn", "Forget a sign-in", r.endCloudSignIn)
	add(r, administrator, http.MethodGet, signIn+"/subscriptions", "listSubscriptions", "The subscriptions that the person sees", r.listSubscriptions)
	add(r, administrator, http.MethodGet, signIn+"/subscriptions/{subscription}/resource-groups", "listResourceGroups", "The resource groups of a subscription", r.listResourceGroups)
	add(r, administrator, http.MethodGet, signIn+"/subscriptions/{subscription}/resource-groups/{resourceGroup}/storage-accounts", "listStorageAccounts",
		"The storage accounts of a resource group", r.listStorageAccounts)
}

// cloudSignInBody is [insights.SignInRequest] on the wire.
type cloudSignInBody struct {
	Method       insights.SignInMethod `json:"method" enum:"deviceCode,tokens"`
	Cloud        insights.Cloud        `json:"cloud,omitzero"`
	Tenant       string                `json:"tenant,omitempty" doc:"Empty: the person's own"`
	ManagerToken string                `json:"managerToken,omitempty" doc:"With method tokens: an access token for Resource Manager"`
	StorageToken string                `json:"storageToken,omitempty" doc:"With method tokens: an access token for Azure Storage"`
	GraphToken   string                `json:"graphToken,omitempty" doc:"With method tokens: an access token for Microsoft Graph"`
}

type beginCloudSignInInput struct{ Body cloudSignInBody }

func (r *routes) beginCloudSignIn(ctx context.Context, in *beginCloudSignInInput) (*output[insights.SignIn], error) {
	b := in.Body
	return answer(r.o.Services.SignIns.Begin(ctx, insights.SignInRequest{
		Method: b.Method, Cloud: b.Cloud, Tenant: b.Tenant, ManagerToken: insights.NewSecret(b.ManagerToken),
		StorageToken: insights.NewSecret(b.StorageToken), GraphToken: insights.NewSecret(b.GraphToken),
	}))
}

type cloudSignInInput struct {
	SignIn insights.SignInID `path:"signIn" doc:"The sign-in's id, which is a secret"`
}

func (r *routes) getCloudSignIn(ctx context.Context, in *cloudSignInInput) (*output[insights.SignIn], error) {
	return answer(r.o.Services.SignIns.Get(ctx, in.SignIn))
}

func (r *routes) endCloudSignIn(ctx context.Context, in *cloudSignInInput) (*struct{}, error) {
	return nil, r.o.Services.SignIns.End(ctx, in.SignIn)
}

func (r *routes) listSubscriptions(ctx context.Context, in *cloudSignInInput) (*output[[]insights.Subscription], error) {
	return listed(r.o.Services.SignIns.Subscriptions(ctx, in.SignIn))
}

type subscriptionInput struct {
	SignIn       insights.SignInID `path:"signIn"`
	Subscription string            `path:"subscription"`
}

func (r *routes) listResourceGroups(ctx context.Context, in *subscriptionInput) (*output[[]insights.ResourceGroup], error) {
	return listed(r.o.Services.SignIns.ResourceGroups(ctx, in.SignIn, in.Subscription))
}

type resourceGroupInput struct {
	SignIn        insights.SignInID `path:"signIn"`
	Subscription  string            `path:"subscription"`
	ResourceGroup string            `path:"resourceGroup"`
}

func (r *routes) listStorageAccounts(ctx context.Context, in *resourceGroupInput) (*output[[]insights.StorageAccount], error) {
	return listed(r.o.Services.SignIns.StorageAccounts(ctx, in.SignIn, in.Subscription, in.ResourceGroup))
}
