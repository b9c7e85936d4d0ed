package api

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/sharing"
)

// Sharing shares the lakes of environments by security groups, as a person who has signed in to the cloud. Package server
// implements it with package sharing. Errors are as those of package sharing; NotFound for what there is none of.
type Sharing interface {
	// Plan says what a setup would do, and changes nothing.
	Plan(ctx context.Context, env insights.EnvironmentID, q SharingRequest) ([]sharing.Step, error)
	// CreateGroups makes both groups, or says with dry what it would make.
	CreateGroups(ctx context.Context, env insights.EnvironmentID, q SharingRequest, dry bool) (sharing.Groups, []sharing.Step, error)
	// Start begins a job and returns at once. One job at a time per account: Conflict otherwise.
	Start(ctx context.Context, env insights.EnvironmentID, kind SharingJobKind, q SharingRequest) (SharingJob, error)
	// Jobs are the jobs of an environment since the server started, newest first, and Job is one of them.
	Jobs(ctx context.Context, env insights.EnvironmentID) ([]SharingJob, error)
	Job(ctx context.Context, env insights.EnvironmentID, id string) (SharingJob, error)
	// CancelJob asks a job to stop and returns at once; one that is done already is left as it is.
	CancelJob(ctx context.Context, env insights.EnvironmentID, id string) error
	// Record is what a setup of the environment's account has changed; NotFound where none has.
	Record(ctx context.Context, env insights.EnvironmentID, q SharingRequest) (sharing.Record, error)
	// Explain decides whether a principal, named by its object id, a user's name or an application's id, may do an operation.
	Explain(ctx context.Context, env insights.EnvironmentID, q SharingRequest, principal string, op access.Operation, p lake.Path) (sharing.Explanation, error)
	// Who finds everyone who may read or write a path.
	Who(ctx context.Context, env insights.EnvironmentID, q SharingRequest, p lake.Path) (sharing.Audience, error)
}

// SharingRequest says as whom, and what is shared with whom.
type SharingRequest struct {
	SignIn  insights.SignInID `json:"signIn" doc:"Who does it: a sign-in to the cloud, of beginCloudSignIn"`
	Account string            `json:"account,omitempty" doc:"Resource id of the storage account; default: the environment's own"`
	Path    lake.Path         `json:"path,omitempty" doc:"Folder in the container that is shared instead of all of it"`
	Prefix  string            `json:"prefix,omitempty" doc:"What the names of the groups begin with; they are made unless they are there"`
	// ReaderGroup and ContributorGroup are instead of Prefix.
	ReaderGroup      access.ObjectID `json:"readerGroup,omitempty" doc:"Object id, instead of a prefix"`
	ContributorGroup access.ObjectID `json:"contributorGroup,omitempty" doc:"Object id, instead of a prefix"`
	CreateContainer  bool            `json:"createContainer,omitempty" doc:"Make the container if it is not there, private"`
	OAuthOnly        bool            `json:"oauthOnly,omitempty" doc:"Give the Dataverse service no role, so that it makes no signatures"`
	KeepRole         bool            `json:"keepRole,omitempty" doc:"Keep the role that the person gets for the setup"`
	OnlyRead         bool            `json:"onlyRead,omitempty" doc:"Of a check: read back, and do not act"`
}

// SharingJobKind is what a job does.
type SharingJobKind string

// The kinds.
const (
	SharingSetup SharingJobKind = "setup"
	SharingCheck SharingJobKind = "check"
	SharingUndo  SharingJobKind = "undo"
)

// SharingJobState says how far a job is.
type SharingJobState string

// The states.
const (
	SharingRunning   SharingJobState = "running"
	SharingSucceeded SharingJobState = "succeeded"
	SharingFailed    SharingJobState = "failed"
	SharingCanceled  SharingJobState = "canceled"
)

// SharingJob is a setup, a check or an undo, under way or done.
type SharingJob struct {
	ID          string            `json:"id"`
	Kind        SharingJobKind    `json:"kind"`
	State       SharingJobState   `json:"state"`
	StartedAt   time.Time         `json:"startedAt"`
	FinishedAt  *time.Time        `json:"finishedAt,omitempty"`
	Directories int               `json:"directories" doc:"How many folders the change of lists has come to"`
	Files       int               `json:"files"`
	Steps       []sharing.Step    `json:"steps"`
	Findings    []sharing.Finding `json:"findings,omitempty" doc:"Of a check"`
	Identifier  string            `json:"identifier,omitempty" doc:"Of a setup that has succeeded: the permissions identifier"`
	Failures    []sharing.Failure `json:"failures,omitempty" doc:"Paths whose lists could not be changed"`
	Error       string            `json:"error,omitempty"`
	Code        string            `json:"code,omitempty"`
	Hint        string            `json:"hint,omitempty"`
}

// SharingSteps is a plan, or what making the groups came to.
type SharingSteps struct {
	Groups *sharing.Groups `json:"groups,omitempty"`
	Steps  []sharing.Step  `json:"steps"`
}

// SharedLake is what a setup has left.
type SharedLake struct {
	Account string         `json:"account"`
	Path    lake.Path      `json:"path,omitempty"`
	Groups  sharing.Groups `json:"groups"`
	Changes int            `json:"changes" doc:"How many changes an undo would take back"`
	Done    bool           `json:"done" doc:"False where the setup was interrupted"`
}

type sharingInput struct {
	Environment insights.EnvironmentID `path:"environment"`
	Body        SharingRequest
}

type sharingGroupsInput struct {
	Environment insights.EnvironmentID `path:"environment"`
	DryRun      bool                   `query:"dryRun" doc:"Show what would be made, and change nothing"`
	Body        SharingRequest
}

type startSharingInput struct {
	Environment insights.EnvironmentID `path:"environment"`
	Body        startSharing
}

// startSharing is what is to be done, and what with.
type startSharing struct {
	Kind SharingJobKind `json:"kind" enum:"setup,check,undo"`
	SharingRequest
}

type sharingJobInput struct {
	Environment insights.EnvironmentID `path:"environment"`
	Job         string                 `path:"job"`
}

type sharedLakeInput struct {
	Environment insights.EnvironmentID `path:"environment"`
	Account     string                 `query:"account" doc:"Resource id of the storage account; default: the environment's own"`
	Path        lake.Path              `query:"path"`
}

type identifierInput struct {
	Body struct {
		Identifier string `json:"identifier" doc:"A permissions identifier, as people paste it"`
	}
}

// PermissionsIdentifier is a permissions identifier, taken apart.
type PermissionsIdentifier struct {
	Identifier  string          `json:"identifier" doc:"In its canonical form"`
	Account     string          `json:"account"`
	Path        lake.Path       `json:"path,omitempty"`
	Contributor access.ObjectID `json:"contributorGroup"`
	Reader      access.ObjectID `json:"readerGroup"`
}

// registerSharing adds the routes of sharing and of who may what.
func (r *routes) registerSharing(env string) {
	add(r, signedIn, http.MethodPost, "/sharing/identifier", "readIdentifier", "Check a permissions identifier, and take it apart", r.readIdentifier)
	add(r, administrator, http.MethodGet, env+"/sharing", "getSharing", "What a setup has left", r.getSharing)
	add(r, administrator, http.MethodPost, env+"/sharing/plan", "planSharing", "What a setup would do", r.planSharing)
	add(r, administrator, http.MethodPost, env+"/sharing/groups", "createSharingGroups", "Make both security groups", r.createSharingGroups)
	add(r, administrator, http.MethodGet, env+"/sharing/jobs", "listSharingJobs", "The setups, checks and undos since the server started, newest first", r.listSharingJobs)
	add(r, administrator, http.MethodPost, env+"/sharing/jobs", "startSharingJob", "Start a setup, a check or an undo", r.startSharingJob, accepted)
	add(r, administrator, http.MethodGet, env+"/sharing/jobs/{job}", "getSharingJob", "One of them, with its progress", r.getSharingJob)
	add(r, administrator, http.MethodPost, env+"/sharing/jobs/{job}/cancel", "cancelSharingJob", "Stop one of them", r.cancelSharingJob, accepted)
	add(r, administrator, http.MethodPost, env+"/access/explain", "explainAccess", "May a principal do something, and why", r.explainAccess)
	add(r, administrator, http.MethodPost, env+"/access/who", "listAccess", "Everyone who may read or write a path, and why", r.listAccess)
}

func (*routes) readIdentifier(_ context.Context, in *identifierInput) (*output[PermissionsIdentifier], error) {
	i, err := sharing.ParseIdentifier(in.Body.Identifier)
	if err != nil {
		return nil, err
	}
	return answer(PermissionsIdentifier{i.String(), i.Account, i.Path, i.Contributor, i.Reader}, nil)
}

func (r *routes) getSharing(ctx context.Context, in *sharedLakeInput) (*output[SharedLake], error) {
	record, err := r.o.Services.Sharing.Record(ctx, in.Environment, SharingRequest{Account: in.Account, Path: in.Path})
	return answer(SharedLake{string(record.Account), record.Path, record.Groups, len(record.Changes), record.Recursed}, err)
}

func (r *routes) planSharing(ctx context.Context, in *sharingInput) (*output[SharingSteps], error) {
	steps, err := r.o.Services.Sharing.Plan(ctx, in.Environment, in.Body)
	return answer(SharingSteps{Steps: steps}, err)
}

func (r *routes) createSharingGroups(ctx context.Context, in *sharingGroupsInput) (*output[SharingSteps], error) {
	groups, steps, err := r.o.Services.Sharing.CreateGroups(ctx, in.Environment, in.Body, in.DryRun)
	return answer(SharingSteps{&groups, steps}, err)
}

func (r *routes) listSharingJobs(ctx context.Context, in *environmentInput) (*output[[]SharingJob], error) {
	return listed(r.o.Services.Sharing.Jobs(ctx, in.Environment))
}

func (r *routes) startSharingJob(ctx context.Context, in *startSharingInput) (*output[SharingJob], error) {
	return answer(r.o.Services.Sharing.Start(ctx, in.Environment, in.Body.Kind, in.Body.SharingRequest))
}

func (r *routes) getSharingJob(ctx context.Context, in *sharingJobInput) (*output[SharingJob], error) {
	return answer(r.o.Services.Sharing.Job(ctx, in.Environment, in.Job))
}

func (r *routes) cancelSharingJob(ctx context.Context, in *sharingJobInput) (*output[SharingJob], error) {
	if err := r.o.Services.Sharing.CancelJob(ctx, in.Environment, in.Job); err != nil {
		return nil, err
	}
	return answer(r.o.Services.Sharing.Job(ctx, in.Environment, in.Job))
}

// parseOperation reads an operation on a path; nothing is reading a file.
func parseOperation(name string) (access.Operation, error) {
	if name == "" {
		return access.ReadFile, nil
	}
	op, ok := access.ParseOperation(name)
	if !ok || !op.OnPath() {
		return 0, errs.E(errs.Invalid, errs.Item(name), "this is no operation on a path", errs.Hint("such as read-file, write-file, list-directory, create-file, delete"))
	}
	return op, nil
}

// parsePath reads a path as people write it, with or without a slash in front.
func parsePath(text string) (lake.Path, error) { return lake.ParsePath(strings.TrimPrefix(text, "/")) }
