package insights

import (
	"time"

	"github.com/ownlake/ownlake/lake"
)

// Container is the fixed name of the filesystem that environments write to (ENV-4).
const Container lake.Filesystem = "customerinsights"

// EnvironmentID is a GUID in lower case with hyphens.
type EnvironmentID string

// Folder is the environment's folder in [Container]: "ci_<environmentId>" (ENV-6).
func (id EnvironmentID) Folder() lake.Path { return lake.Path("ci_" + string(id)) }

// EnvironmentType says what an environment is for (ENV-2, ENV-3).
type EnvironmentType string

// The environment types.
const (
	Production EnvironmentType = "production"
	Sandbox    EnvironmentType = "sandbox"
)

// Region is the cloud's name of a region, such as "westeurope".
type Region string

// DataFormat says how an environment's tables are written. It is fixed at creation.
type DataFormat string

// The data formats: Parquet (with a Delta log beside), or CSV by the rules of model.json 1.0.
const (
	Parquet DataFormat = "parquet"
	CSV     DataFormat = "csv"
)

// StorageKind says whose account holds the output (ENV-4).
type StorageKind string

// The storage kinds: the embedded account of the server, or an ADLS Gen2 account that the customer owns.
const (
	ManagedStorage StorageKind = "managed"
	OwnStorage     StorageKind = "own"
)

// CredentialKind says how an own account is reached.
type CredentialKind string

// The credential kinds.
const (
	AccountKey       CredentialKind = "accountKey"
	ServicePrincipal CredentialKind = "servicePrincipal"
)

// DataStorage is where an environment writes. It never holds a secret: the catalog keeps keys and secrets apart,
// encrypted.
type DataStorage struct {
	Kind StorageKind `json:"kind" yaml:"kind"`
	// Account is the storage account's name, and Endpoint its dfs endpoint; both empty for managed.
	Account  string `json:"account,omitempty" yaml:"account,omitempty"`
	Endpoint string `json:"endpoint,omitempty" yaml:"endpoint,omitempty"`
	// ResourceID is the account's in Resource Manager. A request may name Subscription and ResourceGroup instead; an
	// environment has the id.
	ResourceID    string `json:"resourceId,omitempty" yaml:"resourceId,omitempty" doc:"Resource id of the account: from it the endpoint is found"`
	Subscription  string `json:"subscription,omitempty" yaml:"subscription,omitempty" doc:"Subscription's id, with resourceGroup and account instead of resourceId"`
	ResourceGroup string `json:"resourceGroup,omitempty" yaml:"resourceGroup,omitempty"`
	// Credential says how the account is reached, and Principal as whom; of an environment, by the server that was asked.
	Credential CredentialKind   `json:"credential,omitempty" yaml:"credential,omitempty" doc:"accountKey (default) or servicePrincipal"`
	Principal  AccountPrincipal `json:"principal,omitzero" yaml:"principal,omitempty"`
}

// Environment is one customer-insights instance: its definitions, data and history lie in its folder.
type Environment struct {
	ID         EnvironmentID   `json:"id"`
	Name       string          `json:"name"`
	Type       EnvironmentType `json:"type"`
	Region     Region          `json:"region"`
	DataFormat DataFormat      `json:"dataFormat"`
	Storage    DataStorage     `json:"storage"`
	CreatedAt  time.Time       `json:"createdAt"`
	// Problem says why the environment cannot be used now, such as an account key that is refused. It is
	// found when the environment is read and never stored.
	Problem string `json:"problem,omitempty"`
}

// Outcome is the result of one prerequisite.
type Outcome string

// The outcomes. Unknown says that the way of connecting cannot tell; it does not stop creation.
const (
	Passed  Outcome = "passed"
	Failed  Outcome = "failed"
	Unknown Outcome = "unknown"
	Skipped Outcome = "skipped" // an earlier prerequisite failed, so this one could not be asked
)

// Prerequisite is one line of the check that comes before an environment is created (ENV-5).
type Prerequisite struct {
	Name    string  `json:"name"` // such as "hierarchical namespace"
	Outcome Outcome `json:"outcome"`
	Detail  string  `json:"detail"`         // what was found
	Mend    string  `json:"mend,omitempty"` // who can mend it and how; empty if passed
	// Grant is the role that is missing; nil where it is something else.
	Grant *Grant `json:"grant,omitempty"`
}

// Grant is a role that somebody lacks, and how he gets it.
type Grant struct {
	Role   string `json:"role"`   // such as "Storage Blob Data Contributor"
	RoleID string `json:"roleId"` // of its definition
	Scope  string `json:"scope"`  // resource id
	To     string `json:"to"`     // object id
	// Command gives it, with the Azure CLI; By says who may run that.
	Command string `json:"command"`
	By      string `json:"by"`
}
