package api

import (
	"context"
	"io"

	"github.com/ownlake/ownlake/insights"
)

// Services are what the API makes reachable. All are required.
type Services struct {
	Environments Environments
	Dataverse    Dataverse
	SignIns      SignIns
	Sharing      Sharing
	Definitions  Definitions
	Inspector    Inspector
	Runs         Runs
	Tables       Tables
	Lakes        Lakes
	Customers    Customers
	Profiles     Profiles
}

// Environments creates and removes environments. insights/catalog implements it.
type Environments interface {
	// List returns every environment that the server can reach, by name.
	List(ctx context.Context) ([]insights.Environment, error)
	// Get returns one environment; NotFound if there is none.
	Get(ctx context.Context, id insights.EnvironmentID) (insights.Environment, error)
	// Check asks every prerequisite of the request with real calls, and changes nothing.
	Check(ctx context.Context, q insights.EnvironmentRequest) ([]insights.Prerequisite, error)
	// Create checks, and creates if nothing failed. The prerequisites are returned in both cases; a failed one
	// makes the error one of kind Precondition.
	Create(ctx context.Context, q insights.EnvironmentRequest) (insights.Environment, []insights.Prerequisite, error)
	// Connect connects to an account that holds environments already and returns them; Precondition if the account
	// is not fit or holds none.
	Connect(ctx context.Context, q insights.ConnectionRequest) ([]insights.Environment, []insights.Prerequisite, error)
	// UpdateConnection changes by what the account of an environment on own storage is reached, after checking that it
	// works. What the request leaves out stays.
	UpdateConnection(ctx context.Context, id insights.EnvironmentID, q insights.ConnectionRequest) ([]insights.Prerequisite, error)
	// Delete removes an environment; confirmName must be its name (ENV-13).
	Delete(ctx context.Context, id insights.EnvironmentID, confirmName string) (insights.RemovedEnvironment, error)
}

// SignIns are people's sign-ins to the cloud of their accounts, for lists to choose an account from and for checks of their
// own rights. Each lasts an hour at most, in memory. package server implements it.
type SignIns interface {
	// Begin starts a sign-in. One by tokens is signed in at once, one by device code waits for the person.
	Begin(ctx context.Context, q insights.SignInRequest) (insights.SignIn, error)
	// Get tells how far it is; NotFound if there is none, or no longer.
	Get(ctx context.Context, id insights.SignInID) (insights.SignIn, error)
	// End forgets it.
	End(ctx context.Context, id insights.SignInID) error
	// Subscriptions, ResourceGroups and StorageAccounts are what the person may see; Precondition while he is not signed in.
	Subscriptions(ctx context.Context, id insights.SignInID) ([]insights.Subscription, error)
	ResourceGroups(ctx context.Context, id insights.SignInID, subscription string) ([]insights.ResourceGroup, error)
	StorageAccounts(ctx context.Context, id insights.SignInID, subscription, group string) ([]insights.StorageAccount, error)
}

// Definitions reads and writes what is declared for an environment. insights/catalog implements it.
type Definitions interface {
	Definitions(ctx context.Context, env insights.EnvironmentID) (insights.Definitions, error)
	// Apply makes the definitions those given: sources not named are removed, a nil unification too. A Version
	// that is not the current one is refused with kind Precondition.
	Apply(ctx context.Context, env insights.EnvironmentID, d insights.Definitions) (insights.Applied, error)
}

// Inspector looks at the files of a source. insights/pipeline implements it.
type Inspector interface {
	// Inspect looks at the tables of a source of the environment, or at the one named.
	Inspect(ctx context.Context, env insights.EnvironmentID, ds insights.DataSource, table string) ([]insights.TableInspection, error)
}

// Runs executes the pipeline. insights/pipeline implements it.
type Runs interface {
	// Start begins a run and returns at once. One run at a time per environment: Conflict otherwise.
	Start(ctx context.Context, env insights.EnvironmentID, o insights.RunOptions) (insights.Run, error)
	// Get returns a run, with the progress of its tasks while it is going; NotFound if there is none.
	Get(ctx context.Context, env insights.EnvironmentID, run insights.RunID) (insights.Run, error)
	// List returns the newest runs first, limit of them at most; limit 0 means all.
	List(ctx context.Context, env insights.EnvironmentID, limit int) ([]insights.Run, error)
	// Cancel asks a run to stop and returns at once; a run that is done already is left as it is.
	Cancel(ctx context.Context, env insights.EnvironmentID, run insights.RunID) error
}

// Tables reads an environment's tables. insights/pipeline implements it.
type Tables interface {
	// List returns the current snapshot of every table.
	List(ctx context.Context, env insights.EnvironmentID) ([]insights.Snapshot, error)
	// Rows returns the first rows of a table, in no particular order; NotFound if there is no such table.
	Rows(ctx context.Context, env insights.EnvironmentID, table string, o insights.RowsOptions) (insights.Rows, error)
	// Export writes the table as one CSV file (UTF-8, with a header) or one Parquet file. An error before the first
	// byte leaves w untouched.
	Export(ctx context.Context, env insights.EnvironmentID, table string, format insights.DataFormat, w io.Writer) error
}
