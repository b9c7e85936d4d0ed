package insights

import (
	"strings"

	"github.com/ownlake/ownlake/access"
)

// PrincipalMethod says by what a service principal signs in.
type PrincipalMethod string

// The ways. The latter two need no secret: the machine that the server runs on vouches for it.
const (
	ClientSecret      PrincipalMethod = "clientSecret"
	ClientCertificate PrincipalMethod = "certificate"
	ManagedIdentity   PrincipalMethod = "managedIdentity"
	WorkloadIdentity  PrincipalMethod = "workloadIdentity"
)

// AccountPrincipal is the service principal that an account is reached as. It holds no secret.
type AccountPrincipal struct {
	// Tenant is the directory that the account's subscription trusts. ClientID is the application's. A managed identity
	// needs neither, a workload identity has them from its surroundings.
	Tenant   string          `json:"tenant,omitempty" yaml:"tenant,omitempty"`
	ClientID string          `json:"clientId,omitempty" yaml:"clientId,omitempty"`
	Method   PrincipalMethod `json:"method,omitempty" yaml:"method,omitempty" doc:"clientSecret (default), certificate, managedIdentity or workloadIdentity"`
}

// Cloud says where the services of a cloud are.
type Cloud struct {
	// Manager is the address of Resource Manager, which knows the others; "" is Microsoft's public cloud.
	Manager string `json:"manager,omitempty" yaml:"manager,omitempty" doc:"https address of Resource Manager; empty: Microsoft's public cloud"`
	// CA are the certificates, in PEM, that vouch for it beside those that the server trusts.
	CA string `json:"ca,omitempty" yaml:"ca,omitempty" doc:"Certificates in PEM that vouch for the cloud"`
}

// SignInID names a sign-in that the server holds; whoever has it may act as the person for as long as it lasts.
type SignInID string

// Credentials are what an account is reached by and, for the time of a check, who asks for it. Which of the secrets count,
// [DataStorage] says. None is ever given back.
type Credentials struct {
	Key Secret // the account key
	// ClientSecret, or Certificate with its private key, is what the service principal signs in by. The certificate is PEM, or
	// PKCS #12 in base64.
	ClientSecret        Secret
	Certificate         Secret
	CertificatePassword Secret
	Cloud               Cloud
	// SignIn is the person's whose rights are checked beside the service principal's. Empty: nobody's are.
	SignIn SignInID
}

// ConnectionRequest says how an own account is to be reached.
type ConnectionRequest struct {
	Storage DataStorage
	Credentials
}

// Resource returns the account's resource id, as it was given or made of subscription, resource group and account; "" where
// it is not known.
func (s DataStorage) Resource() access.Scope {
	if s.ResourceID != "" {
		return access.Scope(s.ResourceID)
	}
	if s.Subscription == "" || s.ResourceGroup == "" || s.Account == "" {
		return ""
	}
	return access.Subscription(s.Subscription).ResourceGroup(s.ResourceGroup).Account(s.Account)
}

// ownProblems returns what is wrong with how an own account is named and reached.
func (s DataStorage) ownProblems() Problems {
	var ps Problems
	switch {
	case s.ResourceID != "" && (s.Subscription != "" || s.ResourceGroup != ""):
		ps.add("resourceId", "keep one", "the resource id and the subscription are both given")
	case s.ResourceID != "":
		scope, err := access.ParseScope(s.ResourceID)
		if err != nil || scope.Level() != "account" {
			ps.add("resourceId", "copy it from the account's page: /subscriptions/…/resourceGroups/…/providers/Microsoft.Storage/storageAccounts/…",
				"%q is not the resource id of a storage account", s.ResourceID)
		}
	case (s.Subscription == "") != (s.ResourceGroup == ""):
		ps.add("resourceGroup", "", "a subscription and a resource group go together")
	case s.Subscription != "":
		scope := access.Subscription(s.Subscription).ResourceGroup(s.ResourceGroup)
		if _, err := access.ParseScope(string(scope)); err != nil || s.Account == "" {
			ps.add("subscription", "", "a subscription's id, a resource group and an account are needed")
		}
	case s.Account == "" && s.Endpoint == "":
		ps.add("account", "name the storage account, its dfs endpoint, or its resource id", "own storage needs an account")
	}
	ps.under("principal", s.Principal.problems(s.Credential))
	return ps
}

func (p AccountPrincipal) problems(c CredentialKind) Problems {
	var ps Problems
	oneOf(&ps, "method", p.Method, ClientSecret, ClientCertificate, ManagedIdentity, WorkloadIdentity)
	if c != ServicePrincipal {
		if p != (AccountPrincipal{}) {
			ps.add("method", "use credential servicePrincipal", "a service principal is named for an account that is reached by its key")
		}
		return ps
	}
	if p.Method != "" && p.Method != ClientSecret && p.Method != ClientCertificate {
		return ps
	}
	if p.Tenant == "" {
		ps.add("tenant", "give the id or a domain of the directory that the principal is in", "the tenant is missing")
	}
	if p.ClientID == "" {
		ps.add("clientId", "give the application (client) id", "the application's id is missing")
	}
	return ps
}

// Problems returns what is wrong with the request by itself.
func (q ConnectionRequest) Problems() Problems {
	var ps Problems
	ps.under("storage", q.Storage.problems())
	ps.under("cloud", q.Cloud.problems())
	return ps
}

func (c Cloud) problems() Problems {
	var ps Problems
	if c.Manager != "" && !strings.HasPrefix(c.Manager, "https://") {
		ps.add("manager", "write https://HOST[:PORT]", "%q is not the address of a Resource Manager", c.Manager)
	}
	return ps
}

// Identity is somebody who signed in.
type Identity struct {
	// ID is the object id in the directory; "" where the token does not tell.
	ID     access.ObjectID `json:"id,omitempty"`
	Tenant string          `json:"tenant,omitempty"`
	Name   string          `json:"name,omitempty"` // for people
	// ClientID is the application's of a service principal.
	ClientID string `json:"clientId,omitempty"`
	IsApp    bool   `json:"isApp,omitempty"`
}

// Subscription is one that the signed-in person may see.
type Subscription struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Tenant string `json:"tenant,omitempty"`
	State  string `json:"state,omitempty"` // such as "Enabled"
}

// ResourceGroup is one of a subscription.
type ResourceGroup struct {
	Name   string `json:"name"`
	Region Region `json:"region"`
}

// StorageAccount is an account as Resource Manager describes it.
type StorageAccount struct {
	ResourceID            string         `json:"resourceId"`
	Name                  string         `json:"name"`
	Region                Region         `json:"region"`
	Kind                  string         `json:"kind"`
	SKU                   string         `json:"sku"`
	HierarchicalNamespace bool           `json:"hierarchicalNamespace"`
	Endpoint              string         `json:"endpoint"` // the dfs endpoint, without a slash at the end
	KeyAccess             bool           `json:"keyAccess" doc:"Whether the account takes its keys"`
	Network               AccountNetwork `json:"network"`
}

// AccountNetwork says from where an account may be reached.
type AccountNetwork struct {
	// Closed is set where public network access is disabled, so that only private endpoints lead to the account.
	Closed bool `json:"closed"`
	// Denies is set where the firewall lets in only what its rules name: Addresses, and that many virtual networks.
	Denies           bool     `json:"denies"`
	Addresses        []string `json:"addresses,omitempty"`
	VirtualNetworks  int      `json:"virtualNetworks,omitempty"`
	PrivateEndpoints int      `json:"privateEndpoints,omitempty"` // that are approved
}

// Open reports whether everybody may reach the account.
func (n AccountNetwork) Open() bool { return !n.Closed && !n.Denies }

// SignInMethod says how a person signs in.
type SignInMethod string

// The ways: with a code that is typed into a page on any device, or with tokens that the caller has from elsewhere.
const (
	ByDeviceCode SignInMethod = "deviceCode"
	ByTokens     SignInMethod = "tokens"
)

// SignInRequest asks for a sign-in to a cloud.
type SignInRequest struct {
	Method SignInMethod
	Cloud  Cloud
	Tenant string // empty: the person's own
	// ManagerToken, StorageToken and GraphToken are the caller's, for Resource Manager, Azure Storage and Microsoft Graph.
	// What one is missing for, cannot be asked.
	ManagerToken, StorageToken, GraphToken Secret
}

// SignInState says how far a sign-in is.
type SignInState string

// The states.
const (
	SignInPending SignInState = "pending"
	SignedIn      SignInState = "signedIn"
	SignInFailed  SignInState = "failed"
)

// SignIn is a sign-in that the server holds, in memory and for an hour at most.
type SignIn struct {
	ID    SignInID    `json:"id"`
	State SignInState `json:"state"`
	// Message tells what to do while it is pending, and why it failed.
	Message string   `json:"message,omitempty"`
	Person  Identity `json:"person,omitzero"`
}
