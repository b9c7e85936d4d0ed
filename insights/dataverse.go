package insights

import "time"

// Organization is a Dataverse environment, which its APIs call an organisation.
type Organization struct {
	// URL is its address, such as https://contoso.crm4.dynamics.com.
	URL string `json:"url" yaml:"url"`
	// ID is its GUID; empty: not said.
	ID string `json:"id,omitempty" yaml:"id,omitempty"`
	// Region is where it lies; empty: not said.
	Region Region `json:"region,omitempty" yaml:"region,omitempty"`
}

// DataverseStep is the Dataverse step of an environment (ENV-7).
type DataverseStep struct {
	Organization Organization `json:"organization" yaml:"organization"`
	// DataSharing is "Enable data sharing": Dataverse reads the lake by the groups of the identifier.
	DataSharing           bool   `json:"dataSharing,omitempty" yaml:"dataSharing,omitempty"`
	PermissionsIdentifier string `json:"permissionsIdentifier,omitempty" yaml:"permissionsIdentifier,omitempty"`
}

// DataverseRequest asks for a link.
type DataverseRequest struct {
	DataverseStep
	// SignIn is the sign-in of the person who enables data sharing, whose rights are checked. It is not kept.
	SignIn SignInID `json:"signIn,omitempty" yaml:"-" doc:"Needed to link with data sharing: a sign-in to the cloud, of beginCloudSignIn"`
	// Account is the resource id of the storage account; empty: the environment's own.
	Account string `json:"account,omitempty" yaml:"-" doc:"Resource id of the storage account, where the environment does not know it"`
}

// DataverseLink is an organisation that is linked with an environment. It stays when the environment is deleted, until it is
// detached (reference Dataverse, section 1).
type DataverseLink struct {
	DataverseStep
	Environment     EnvironmentID `json:"environment"`
	EnvironmentName string        `json:"environmentName"`
	// EnvironmentDeleted says that the environment is gone and the organisation still bound. It is found when the link is read.
	EnvironmentDeleted bool `json:"environmentDeleted,omitempty"`
	// Account and Endpoint are the storage account, to which the organisation is bound.
	Account  string    `json:"account"`
	Endpoint string    `json:"endpoint,omitempty"` // dfs; empty is the embedded account
	LinkedAt time.Time `json:"linkedAt"`
}
