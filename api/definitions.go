package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
)

type definitionsInput struct {
	Environment insights.EnvironmentID `path:"environment"`
	Body        insights.Definitions
}

func (r *routes) getDefinitions(ctx context.Context, in *environmentInput) (*tagged[insights.Definitions], error) {
	d, err := r.o.Services.Definitions.Definitions(ctx, in.Environment)
	if err != nil {
		return nil, err
	}
	return r.taggedDefinitions(ctx, d), nil
}

// taggedDefinitions answers with definitions, whose version is their ETag.
func (r *routes) taggedDefinitions(ctx context.Context, d insights.Definitions) *tagged[insights.Definitions] {
	out := &tagged[insights.Definitions]{Status: http.StatusOK, ETag: definitionsTag(d), Body: d}
	if requestOf(ctx).knows(out.ETag) {
		out.Status = http.StatusNotModified
	}
	return out
}

func definitionsTag(d insights.Definitions) string {
	return `"` + strings.Trim(d.Version, `"`) + `"`
}

func (r *routes) putDefinitions(ctx context.Context, in *definitionsInput) (*output[insights.Applied], error) {
	current, err := r.o.Services.Definitions.Definitions(ctx, in.Environment)
	if err != nil {
		return nil, err
	}
	if err := requestOf(ctx).matchesTag(definitionsTag(current)); err != nil {
		return nil, err
	}
	if err := r.mayDefine(ctx, in.Environment, in.Body.Sources, current.Sources); err != nil {
		return nil, err
	}
	if in.Body.Version == "" && requestOf(ctx).ifMatch != "" {
		in.Body.Version = current.Version // so that it cannot change from here on either
	}
	applied, err := r.o.Services.Definitions.Apply(ctx, in.Environment, in.Body)
	if err == nil {
		changing(ctx).before, changing(ctx).after = current, in.Body
	}
	return answer(applied, err)
}

func (r *routes) listSources(ctx context.Context, in *environmentInput) (*output[[]insights.DataSource], error) {
	d, err := r.o.Services.Definitions.Definitions(ctx, in.Environment)
	return listed(d.Sources, err)
}

// inspectBody names what to look at: a source that need not be declared yet.
type inspectBody struct {
	Source insights.DataSource `json:"source"`
	Table  string              `json:"table,omitempty" doc:"One table of the source; empty: all"`
}

type inspectInput struct {
	Environment insights.EnvironmentID `path:"environment"`
	Body        inspectBody
}

func (r *routes) inspectSource(ctx context.Context, in *inspectInput) (*output[[]insights.TableInspection], error) {
	if err := in.Body.Source.Problems().Err("api.inspectSource"); err != nil {
		return nil, err
	}
	declared, err := r.o.Services.Definitions.Definitions(ctx, in.Environment)
	if err != nil {
		return nil, err
	}
	if err := r.mayDefine(ctx, in.Environment, []insights.DataSource{in.Body.Source}, declared.Sources); err != nil {
		return nil, err
	}
	return listed(r.o.Services.Inspector.Inspect(ctx, in.Environment, in.Body.Source, in.Body.Table))
}

// projectBody is a project: an environment by name, and its definitions.
type projectBody struct {
	Environment environmentBody      `json:"environment"`
	Definitions insights.Definitions `json:"definitions"`
}

type projectInput struct{ Body projectBody }

// AppliedProject says what applying a project changed.
type AppliedProject struct {
	Environment insights.Environment `json:"environment"`
	// Created is set if the environment did not exist; Prerequisites are then the outcomes of its check.
	Created       bool                    `json:"created"`
	Prerequisites []insights.Prerequisite `json:"prerequisites,omitempty"`
	Definitions   insights.Applied        `json:"definitions"`
}

// applyProject makes the environment if there is none of its name, and then its definitions. What is fixed when an
// environment is created must agree with the one that exists (ENV-9).
func (r *routes) applyProject(ctx context.Context, in *projectInput) (*output[AppliedProject], error) {
	q, d := in.Body.Environment.request(), in.Body.Definitions
	// A mistake in the definitions must not leave a new environment behind that holds nothing.
	if err := append(q.Problems(), d.Problems()...).Err("api.applyProject"); err != nil {
		return nil, err
	}
	env, err := r.environmentNamed(ctx, q.Name)
	var result AppliedProject
	switch {
	case err == nil:
		if err := fixedDifferences(env, q).Err("api.applyProject"); err != nil {
			return nil, err
		}
	case errs.Is(err, errs.NotFound):
		result.Created = true
		env, result.Prerequisites, err = r.o.Services.Environments.Create(ctx, q)
		if err != nil {
			return nil, withPrerequisites(result.Prerequisites, err)
		}
		if err := r.ownIt(ctx, env); err != nil {
			return nil, err
		}
	default:
		return nil, err
	}
	result.Environment = env
	result.Definitions, err = r.o.Services.Definitions.Apply(ctx, env.ID, d)
	changing(ctx).environment, changing(ctx).after = env.ID, d
	return answer(result, err)
}

func (r *routes) environmentNamed(ctx context.Context, name string) (insights.Environment, error) {
	all, err := r.o.Services.Environments.List(ctx)
	if err != nil {
		return insights.Environment{}, err
	}
	for _, env := range all {
		if strings.EqualFold(env.Name, strings.TrimSpace(name)) {
			return env, nil
		}
	}
	return insights.Environment{}, errs.E(errs.NotFound, errs.Item(name), "there is no environment of this name")
}

// fixedDifferences finds what a project says differently of an environment and cannot be changed any more.
func fixedDifferences(env insights.Environment, q insights.EnvironmentRequest) insights.Problems {
	var ps insights.Problems
	differ := func(path, is, wanted string) {
		if wanted != "" && wanted != is {
			ps = append(ps, insights.Problem{
				Path: path, Message: "the environment " + env.Name + " has " + is + ", the project says " + wanted,
				Hint: "this is fixed when an environment is created; use another name to create another environment",
			})
		}
	}
	differ("environment.type", string(env.Type), string(q.Type))
	differ("environment.region", string(env.Region), string(q.Region))
	differ("environment.dataFormat", string(env.DataFormat), string(q.DataFormat))
	differ("environment.storage.kind", string(env.Storage.Kind), string(q.Storage.Kind))
	differ("environment.storage.account", env.Storage.Account, q.Storage.Account)
	differ("environment.storage.endpoint", env.Storage.Endpoint, strings.TrimSuffix(q.Storage.Endpoint, "/"))
	return ps
}
