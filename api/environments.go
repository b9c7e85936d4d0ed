package api

import (
	"context"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
)

// output wraps the body of an answer.
type output[T any] struct{ Body T }

func answer[T any](v T, err error) (*output[T], error) {
	if err != nil {
		return nil, err
	}
	return &output[T]{v}, nil
}

// listed answers with a list, which is never null.
func listed[T any](list []T, err error) (*output[[]T], error) {
	if list == nil {
		list = []T{}
	}
	return answer(list, err)
}

// emptyInput is the input of routes without parameters.
type emptyInput struct{}

// environmentInput names an environment. (The library does not see fields of embedded types that are not
// exported, so the other inputs name theirs themselves.)
type environmentInput struct {
	Environment insights.EnvironmentID `path:"environment" doc:"The environment's id"`
}

// VersionInfo says which ownlake answers.
type VersionInfo struct {
	Version string `json:"version"`
}

func (r *routes) getVersion(context.Context, *emptyInput) (*output[VersionInfo], error) {
	return answer(VersionInfo{Version: r.o.Version}, nil)
}

func (r *routes) listRegions(context.Context, *emptyInput) (*output[[]insights.RegionInfo], error) {
	return listed(insights.Regions(), nil)
}

// environmentBody is [insights.EnvironmentRequest] on the wire, where secrets are readable.
type environmentBody struct {
	Name            string                   `json:"name"`
	Type            insights.EnvironmentType `json:"type,omitempty" doc:"production (default) or sandbox"`
	Region          insights.Region          `json:"region"`
	DataFormat      insights.DataFormat      `json:"dataFormat,omitempty" doc:"parquet (default) or csv"`
	Storage         insights.DataStorage     `json:"storage"`
	CreateContainer bool                     `json:"createContainer,omitempty" doc:"Create the container customerinsights where it is missing"`
	CredentialsBody
}

func newEnvironmentBody(q insights.EnvironmentRequest) environmentBody {
	return environmentBody{
		Name: q.Name, Type: q.Type, Region: q.Region, DataFormat: q.DataFormat, Storage: q.Storage,
		CredentialsBody: newCredentialsBody(q.Credentials), CreateContainer: q.CreateContainer,
	}
}

func (b environmentBody) request() insights.EnvironmentRequest {
	return insights.EnvironmentRequest{
		Name: b.Name, Type: b.Type, Region: b.Region, DataFormat: b.DataFormat, Storage: b.Storage,
		Credentials: b.credentials(), CreateContainer: b.CreateContainer,
	}
}

type environmentBodyInput struct{ Body environmentBody }

// CreatedEnvironment is a new environment with the outcomes of the check before it.
type CreatedEnvironment struct {
	Environment   insights.Environment    `json:"environment"`
	Prerequisites []insights.Prerequisite `json:"prerequisites"`
}

func (r *routes) listEnvironments(ctx context.Context, _ *emptyInput) (*output[[]insights.Environment], error) {
	all, err := r.o.Services.Environments.List(ctx)
	c := requestOf(ctx).caller
	mine := make([]insights.Environment, 0, len(all))
	for _, env := range all {
		if r.o.roleIn(c, env.ID) != "" {
			mine = append(mine, env)
		}
	}
	return listed(mine, err)
}

func (r *routes) getEnvironment(ctx context.Context, in *environmentInput) (*tagged[insights.Environment], error) {
	env, err := r.o.Services.Environments.Get(ctx, in.Environment)
	return answerTagged(ctx, env, err)
}

func (r *routes) createEnvironment(ctx context.Context, in *environmentBodyInput) (*output[CreatedEnvironment], error) {
	env, lines, err := r.o.Services.Environments.Create(ctx, in.Body.request())
	if err == nil {
		err = r.ownIt(ctx, env)
	}
	return answer(CreatedEnvironment{env, lines}, withPrerequisites(lines, err))
}

// ownIt makes the caller the owner of an environment that it created (ROL-4).
func (r *routes) ownIt(ctx context.Context, env insights.Environment) error {
	c := changing(ctx)
	c.environment, c.after = env.ID, env
	who := requestOf(ctx).caller.principal
	if who.Kind == insights.MachinePrincipal {
		return nil
	}
	_, err := r.o.Access.Permissions.Set(insights.RoleAssignment{Environment: env.ID, Principal: who, Role: insights.Owner, AssignedBy: who.Name}, nil)
	return err
}

func (r *routes) checkEnvironment(ctx context.Context, in *environmentBodyInput) (*output[[]insights.Prerequisite], error) {
	return listed(r.o.Services.Environments.Check(ctx, in.Body.request()))
}

type accountInput struct{ Body connectionBody }

// ConnectedAccount lists what was found in an account.
type ConnectedAccount struct {
	Environments  []insights.Environment  `json:"environments"`
	Prerequisites []insights.Prerequisite `json:"prerequisites"`
}

func (r *routes) connectAccount(ctx context.Context, in *accountInput) (*output[ConnectedAccount], error) {
	found, lines, err := r.o.Services.Environments.Connect(ctx, in.Body.request())
	return answer(ConnectedAccount{found, lines}, withPrerequisites(lines, err))
}

type connectionInput struct {
	Environment insights.EnvironmentID `path:"environment"`
	Body        connectionBody
}

func (r *routes) updateConnection(ctx context.Context, in *connectionInput) (*output[[]insights.Prerequisite], error) {
	if err := r.matchEnvironment(ctx, in.Environment); err != nil {
		return nil, err
	}
	before, err := r.o.Services.Environments.Get(ctx, in.Environment)
	if err != nil {
		return nil, err
	}
	lines, err := r.o.Services.Environments.UpdateConnection(ctx, in.Environment, in.Body.request())
	if after, getErr := r.o.Services.Environments.Get(ctx, in.Environment); getErr == nil {
		c := changing(ctx)
		c.before, c.after = before.Storage, after.Storage
	}
	return listed(lines, withPrerequisites(lines, err))
}

type deleteInput struct {
	Environment insights.EnvironmentID `path:"environment"`
	Confirm     string                 `query:"confirm" required:"true" doc:"The environment's name, typed out"`
}

func (r *routes) deleteEnvironment(ctx context.Context, in *deleteInput) (*output[insights.RemovedEnvironment], error) {
	runs, err := r.o.Services.Runs.List(ctx, in.Environment, 1)
	if err == nil && len(runs) > 0 && !runs[0].Status.Done() {
		return nil, errs.E(errs.Conflict, errs.Item("environment "+in.Environment), "a run is going in the environment",
			errs.Hint("wait for it or cancel it, then delete"))
	}
	if err := r.matchEnvironment(ctx, in.Environment); err != nil {
		return nil, err
	}
	removed, err := r.o.Services.Environments.Delete(ctx, in.Environment, in.Confirm)
	if err == nil {
		changing(ctx).before = removed
		err = r.o.Access.Permissions.Forget(in.Environment)
	}
	return answer(removed, err)
}

// matchEnvironment refuses the change of an environment that is not as the caller knows it.
func (r *routes) matchEnvironment(ctx context.Context, id insights.EnvironmentID) error {
	if requestOf(ctx).ifMatch == "" {
		return nil
	}
	env, err := r.o.Services.Environments.Get(ctx, id)
	if err != nil {
		return err
	}
	return requestOf(ctx).matches(env)
}
