package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// routes are the routes with what they need.
type routes struct {
	o   Options
	api huma.API
}

// maxDefinitions bounds the body of a request that carries definitions; others are bounded to 1 MiB.
const maxDefinitions = 16 << 20

// register adds every route, one line each.
func (r *routes) register() {
	const env = "/environments/{environment}"
	add(r, http.MethodGet, "/version", "getVersion", "The version of ownlake", r.getVersion)
	add(r, http.MethodGet, "/regions", "listRegions", "The regions an environment can have", r.listRegions)
	add(r, http.MethodPut, "/project", "applyProject", "Make an environment and its definitions those of a project", r.applyProject, body(maxDefinitions))

	add(r, http.MethodGet, "/environments", "listEnvironments", "The environments", r.listEnvironments)
	add(r, http.MethodPost, "/environments", "createEnvironment", "Check the prerequisites and create an environment", r.createEnvironment, created)
	add(r, http.MethodPost, "/environments/check", "checkEnvironment", "Check the prerequisites of an environment", r.checkEnvironment)
	add(r, http.MethodPost, "/environments/connect", "connectAccount", "Find the environments of an account", r.connectAccount)
	add(r, http.MethodGet, env, "getEnvironment", "One environment", r.getEnvironment)
	add(r, http.MethodDelete, env, "deleteEnvironment", "Delete an environment", r.deleteEnvironment)
	add(r, http.MethodPut, env+"/key", "updateKey", "Replace the account key after a rotation", r.updateKey)
	add(r, http.MethodGet, env+"/status", "getStatus", "The state of every process and table", r.getStatus)

	add(r, http.MethodGet, env+"/definitions", "getDefinitions", "What is declared", r.getDefinitions)
	add(r, http.MethodPut, env+"/definitions", "putDefinitions", "Declare sources and unification", r.putDefinitions, body(maxDefinitions))
	add(r, http.MethodGet, env+"/sources", "listSources", "The data sources", r.listSources)
	add(r, http.MethodPost, env+"/sources/inspect", "inspectSource", "Look at the files of a source without ingesting them", r.inspectSource, body(maxDefinitions))

	add(r, http.MethodGet, env+"/runs", "listRuns", "The runs, newest first", r.listRuns)
	add(r, http.MethodPost, env+"/runs", "startRun", "Start a run", r.startRun, accepted)
	add(r, http.MethodGet, env+"/runs/{run}", "getRun", "One run, with its progress", r.getRun)
	add(r, http.MethodPost, env+"/runs/{run}/cancel", "cancelRun", "Stop a run", r.cancelRun, accepted)

	add(r, http.MethodGet, env+"/tables", "listTables", "The tables", r.listTables)
	add(r, http.MethodGet, env+"/tables/{table}/rows", "listRows", "The first rows of a table", r.listRows)
	add(r, http.MethodGet, env+"/tables/{table}/export", "exportTable", "A table as one file", r.exportTable, exported)
}

// add registers a route. Errors of the handler become problem documents.
func add[I, O any](r *routes, method, path, id, summary string, handle func(context.Context, *I) (*O, error), change ...func(*huma.Operation)) {
	op := huma.Operation{Method: method, Path: BasePath + path, OperationID: id, Summary: summary}
	for _, c := range change {
		c(&op)
	}
	huma.Register(r.api, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := handle(ctx, in)
		if err != nil {
			logProblem(ctx, r.o.Logger, err)
			return nil, newProblem(err)
		}
		return out, nil
	})
}

func created(op *huma.Operation)  { op.DefaultStatus = http.StatusCreated }
func accepted(op *huma.Operation) { op.DefaultStatus = http.StatusAccepted }

func body(limit int64) func(*huma.Operation) {
	return func(op *huma.Operation) { op.MaxBodyBytes = limit }
}

// exported describes the two kinds of file that an export answers with.
func exported(op *huma.Operation) {
	file := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	op.Responses = map[string]*huma.Response{"200": {
		Description: "The file", Content: map[string]*huma.MediaType{contentTypeCSV: file, contentTypeParquet: file},
	}}
}
