package api

import (
	"context"
	"errors"
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
	r.registerSessions()
	add(r, anybody, http.MethodGet, "/version", "getVersion", "The version of ownlake", r.getVersion)
	add(r, signedIn, http.MethodGet, "/regions", "listRegions", "The regions an environment can have", r.listRegions)
	add(r, administrator, http.MethodPut, "/project", "applyProject", "Make an environment and its definitions those of a project", r.applyProject, body(maxDefinitions))

	add(r, signedIn, http.MethodGet, "/environments", "listEnvironments", "The environments", r.listEnvironments)
	add(r, administrator, http.MethodPost, "/environments", "createEnvironment", "Check the prerequisites and create an environment", r.createEnvironment, created)
	add(r, administrator, http.MethodPost, "/environments/check", "checkEnvironment", "Check the prerequisites of an environment", r.checkEnvironment, reads)
	add(r, administrator, http.MethodPost, "/environments/connect", "connectAccount", "Find the environments of an account", r.connectAccount)
	add(r, signedIn, http.MethodGet, "/about", "getAbout", "What this server is", r.getAbout)
	r.registerPermissions(env)
	r.registerLake(env)
	add(r, viewer, http.MethodGet, env, "getEnvironment", "One environment", r.getEnvironment)
	add(r, owner, http.MethodDelete, env, "deleteEnvironment", "Delete an environment", r.deleteEnvironment)
	add(r, administrator, http.MethodPut, env+"/connection", "updateConnection", "Change by what the account is reached: another key, secret or service principal", r.updateConnection)
	add(r, viewer, http.MethodGet, env+"/status", "getStatus", "The state of every process and table", r.getStatus)

	r.registerDataverse(env)
	r.registerSignIns()
	r.registerSharing(env)

	add(r, viewer, http.MethodGet, env+"/definitions", "getDefinitions", "What is declared", r.getDefinitions)
	add(r, contributor, http.MethodPut, env+"/definitions", "putDefinitions", "Declare sources and unification", r.putDefinitions, body(maxDefinitions))
	add(r, viewer, http.MethodGet, env+"/sources", "listSources", "The data sources", r.listSources)
	add(r, contributor, http.MethodPost, env+"/sources/inspect", "inspectSource", "Look at the files of a source without ingesting them", r.inspectSource, reads, body(maxDefinitions))

	add(r, viewer, http.MethodGet, env+"/runs", "listRuns", "The runs, newest first", r.listRuns)
	add(r, contributor, http.MethodPost, env+"/runs", "startRun", "Start a run", r.startRun, accepted)
	add(r, viewer, http.MethodGet, env+"/runs/{run}", "getRun", "One run, with its progress", r.getRun)
	add(r, viewer, http.MethodGet, env+"/runs/{run}/events", "followRun", "One run as it goes, by server-sent events", r.followRun, streamed("text/event-stream"))
	add(r, contributor, http.MethodPost, env+"/runs/{run}/cancel", "cancelRun", "Stop a run", r.cancelRun, accepted)

	add(r, viewer, http.MethodGet, env+"/tables", "listTables", "The tables", r.listTables)
	add(r, viewer, http.MethodGet, env+"/tables/{table}", "getTable", "One table: its columns and files", r.getTable)
	add(r, viewer, http.MethodGet, env+"/tables/{table}/profile", "getProfile", "A table's columns by their values: missing, distinct, frequent, histogram", r.getProfile)
	add(r, viewer, http.MethodGet, env+"/customers", "searchCustomers", "Find customers", r.searchCustomers)
	add(r, viewer, http.MethodGet, env+"/customers/{customer}", "getCustomer", "One customer: fields and where they came from, records, history", r.getCustomer)
	add(r, viewer, http.MethodGet, env+"/tables/{table}/rows", "listRows", "The first rows of a table", r.listRows)
	add(r, viewer, http.MethodGet, env+"/tables/{table}/export", "exportTable", "A table as one file", r.exportTable, exported)
}

// registerSessions adds the routes by which callers prove who they are.
func (r *routes) registerSessions() {
	add(r, anybody, http.MethodGet, "/session", "getSignInOptions", "How to sign in here", r.getSignInOptions)
	add(r, anybody, http.MethodGet, "/session/signin", "beginSignIn", "Sign in: sends the browser to the tenant", r.beginSignIn, redirects)
	add(r, anybody, http.MethodGet, "/session/callback", "finishSignIn", "Where the tenant sends the browser back to", r.finishSignIn, redirects, logging)
	add(r, anybody, http.MethodPost, "/session/link", "followLink", "Sign in with the code of a link", r.followLink)
	add(r, owner, http.MethodPost, "/session/links", "createLink", "Make a link that signs in once", r.createLink, created)
	add(r, signedIn, http.MethodDelete, "/session", "endSession", "Sign out", r.endSession)
	add(r, signedIn, http.MethodGet, "/me", "getMe", "Who you are, and what you may", r.getMe)
	add(r, signedIn, http.MethodGet, "/me/sessions", "listSessions", "Your sessions", r.listSessions)
	add(r, signedIn, http.MethodDelete, "/me/sessions/{session}", "endOtherSession", "End one of your sessions", r.endOtherSession)
	add(r, signedIn, http.MethodGet, "/me/tokens", "listTokens", "Your API tokens", r.listTokens)
	add(r, signedIn, http.MethodPost, "/me/tokens", "createToken", "Make an API token", r.createToken, created)
	add(r, signedIn, http.MethodDelete, "/me/tokens/{token}", "revokeToken", "Revoke an API token", r.revokeToken)
}

// registerPermissions adds the routes for who may what, and for who changed what.
func (r *routes) registerPermissions(env string) {
	add(r, administrator, http.MethodGet, "/permissions", "listServerPermissions", "Who has a role on the server", r.listServerPermissions)
	add(r, administrator, http.MethodGet, "/permissions/{principal}", "getServerPermission", "The role of a principal on the server", r.getServerPermission)
	add(r, administrator, http.MethodPut, "/permissions/{principal}", "setServerPermission", "Give a principal a role on the server", r.setServerPermission)
	add(r, administrator, http.MethodDelete, "/permissions/{principal}", "removeServerPermission", "Take a principal's role on the server away", r.removeServerPermission)
	add(r, administrator, http.MethodGet, env+"/permissions", "listPermissions", "Who has a role in the environment", r.listPermissions)
	add(r, administrator, http.MethodGet, env+"/permissions/{principal}", "getPermission", "The role of a principal", r.getPermission)
	add(r, administrator, http.MethodPut, env+"/permissions/{principal}", "setPermission", "Give a principal a role", r.setPermission)
	add(r, administrator, http.MethodDelete, env+"/permissions/{principal}", "removePermission", "Take a principal's role away", r.removePermission)
	add(r, administrator, http.MethodGet, env+"/principals", "searchPrincipals", "Find users, groups and applications of the tenant", r.searchPrincipals)
	add(r, administrator, http.MethodGet, "/principals", "searchAllPrincipals", "Find users, groups and applications of the tenant", r.searchAllPrincipals)
	add(r, administrator, http.MethodGet, env+"/audit", "listAudit", "Who changed what in the environment, the newest first", r.listAudit)
	add(r, administrator, http.MethodGet, "/audit", "listServerAudit", "Who changed what, the newest first", r.listServerAudit)
}

// registerLake adds the routes to files: those that people upload, and all of the account.
func (r *routes) registerLake(env string) {
	at := env + "/lake"
	add(r, contributor, http.MethodGet, env+"/uploads", "listUploads", "The files that were uploaded for data sources", r.listUploads)
	add(r, contributor, http.MethodPut, env+"/uploads/{name}", "uploadFile", "Upload a file for a data source", r.uploadFile, takesFile)
	add(r, viewer, http.MethodGet, at, "getLake", "The account and its containers, as far as you may see them", r.getLake)
	add(r, viewer, http.MethodGet, at+"/{container}", "listLake", "A page of a directory", r.listLake)
	add(r, viewer, http.MethodGet, at+"/{container}/entry", "getLakeEntry", "The properties of a file or directory", r.getLakeEntry)
	add(r, viewer, http.MethodGet, at+"/{container}/acl", "getLakeACL", "The access control list of a file or directory", r.getLakeACL)
	add(r, viewer, http.MethodGet, at+"/{container}/file", "readLakeFile", "A file, or a range of it", r.readLakeFile, ranged)
	add(r, administrator, http.MethodPut, at+"/{container}/file", "writeLakeFile", "Upload a file", r.writeLakeFile, takesFile)
	add(r, administrator, http.MethodDelete, at+"/{container}/entry", "deleteLakePath", "Delete a file or directory", r.deleteLakePath)
	add(r, administrator, http.MethodPost, at+"/{container}/rename", "renameLakePath", "Rename a file or directory", r.renameLakePath)
	add(r, administrator, http.MethodPost, at+"/{container}/directories", "createLakeDirectory", "Make a directory", r.createLakeDirectory, created)
}

// add registers a route and what it needs. Errors of the handler become problem documents.
func add[I, O any](r *routes, n need, method, path, id, summary string, handle func(context.Context, *I) (*O, error), change ...func(*huma.Operation)) {
	op := huma.Operation{
		Method: method, Path: BasePath + path, OperationID: id, Summary: summary, Middlewares: huma.Middlewares{r.o.log, r.o.check(n)},
		Extensions: map[string]any{"x-role": n.String()},
	}
	if n.anybody {
		op.Security = []map[string][]string{{}}
	}
	for _, c := range change {
		c(&op)
	}
	huma.Register(r.api, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := handle(ctx, in)
		if err == nil {
			return out, nil
		}
		if p, ok := errors.AsType[*Problem](err); ok {
			return nil, p
		}
		logProblem(ctx, r.o.Logger, err)
		return nil, newProblem(err)
	})
}

// redirects says that a browser is sent on.
func redirects(op *huma.Operation) { op.DefaultStatus = http.StatusFound }

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
