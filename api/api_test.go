package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/api"
	"github.com/ownlake/ownlake/api/audit"
	"github.com/ownlake/ownlake/api/idempotency"
	"github.com/ownlake/ownlake/api/permission"
	"github.com/ownlake/ownlake/api/session"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/tenant/state"
)

var rewrite = flag.Bool("rewrite", false, "write testdata/openapi.golden.json anew")

const (
	token = "token-of-the-test"
	key   = "c2VjcmV0LWtleQ=="
	id    = insights.EnvironmentID("11111111-2222-3333-4444-555555555555")
	ann   = "aaaaaaaa-2222-3333-4444-555555555555"
	runID = insights.RunID("20261124T060000Z-1a")
)

var start = time.Date(2026, 11, 24, 6, 0, 0, 0, time.UTC)

// fakeServices holds one environment, Contoso, with two sources, one finished run and the table Customer. Everything
// else is not found.
type fakeServices struct {
	mu          sync.Mutex
	applied     insights.Definitions
	created     []insights.EnvironmentRequest
	connections []insights.ConnectionRequest
	running     bool
}

func contoso() insights.Environment {
	return insights.Environment{
		ID: id, Name: "Contoso", Type: insights.Production, Region: "westeurope", DataFormat: insights.Parquet,
		Storage: insights.DataStorage{Kind: insights.OwnStorage, Account: "contoso", Endpoint: "https://contoso.dfs.core.windows.net"}, CreatedAt: start,
	}
}

func failing(name string) []insights.Prerequisite {
	return []insights.Prerequisite{{Name: name, Outcome: insights.Failed, Detail: "no", Mend: "You: mend it"}}
}

func (f *fakeServices) List(context.Context) ([]insights.Environment, error) {
	return []insights.Environment{contoso()}, nil
}

func (f *fakeServices) Get(_ context.Context, env insights.EnvironmentID) (insights.Environment, error) {
	if env != id {
		return insights.Environment{}, errs.E(errs.NotFound, errs.Item(env), "there is no such environment", errs.Hint("ownlake env list"))
	}
	return contoso(), nil
}

func (f *fakeServices) Check(_ context.Context, q insights.EnvironmentRequest) ([]insights.Prerequisite, error) {
	if err := q.Problems().Err("fake.Check"); err != nil {
		return nil, err
	}
	return []insights.Prerequisite{{Name: "region", Outcome: insights.Passed, Detail: "West Europe"}}, nil
}

func (f *fakeServices) Create(_ context.Context, q insights.EnvironmentRequest) (insights.Environment, []insights.Prerequisite, error) {
	if q.Region == "eastus" {
		return insights.Environment{}, failing("region"), errs.E(errs.Precondition, "a prerequisite is not met: region: no", errs.Hint("You: mend it"))
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.created = append(f.created, q)
	env := contoso()
	env.Name = q.Name
	return env, []insights.Prerequisite{{Name: "region", Outcome: insights.Passed}}, nil
}

func (f *fakeServices) Connect(_ context.Context, q insights.ConnectionRequest) ([]insights.Environment, []insights.Prerequisite, error) {
	if q.Storage.Account == "empty" {
		return nil, []insights.Prerequisite{}, errs.E(errs.Precondition, "the account holds no environment")
	}
	return []insights.Environment{contoso()}, []insights.Prerequisite{}, nil
}

func (f *fakeServices) UpdateConnection(_ context.Context, env insights.EnvironmentID, q insights.ConnectionRequest) ([]insights.Prerequisite, error) {
	if env != id {
		return nil, errs.E(errs.NotFound, "there is no such environment")
	}
	if q.Key.Reveal() == "wrong" {
		return failing("account key"), errs.E(errs.Precondition, "a prerequisite is not met: account key: no")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.connections = append(f.connections, q)
	return []insights.Prerequisite{}, nil
}

func (f *fakeServices) Delete(_ context.Context, env insights.EnvironmentID, name string) (insights.RemovedEnvironment, error) {
	if name != "Contoso" {
		return insights.RemovedEnvironment{}, errs.E(errs.Precondition, "the name given to confirm is not the environment's")
	}
	return insights.RemovedEnvironment{Environment: contoso(), DataKept: true, Folder: "customerinsights/ci_" + string(env), Files: 3, Bytes: 99}, nil
}

func (f *fakeServices) Definitions(_ context.Context, env insights.EnvironmentID) (insights.Definitions, error) {
	if env != id {
		return insights.Definitions{}, errs.E(errs.NotFound, "there is no such environment")
	}
	return insights.Definitions{Sources: []insights.DataSource{{Name: "CRM", Folder: "/cdm"}}, Version: "v1"}, nil
}

func (f *fakeServices) Apply(_ context.Context, _ insights.EnvironmentID, d insights.Definitions) (insights.Applied, error) {
	if err := d.Problems().Err("fake.Apply"); err != nil {
		return insights.Applied{}, err
	}
	if d.Version != "" && d.Version != "v1" {
		return insights.Applied{}, errs.E(errs.Precondition, "the definitions were changed by somebody else meanwhile")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.applied = d
	return insights.Applied{Created: []string{"source CRM"}, Updated: []string{}, Unchanged: []string{}, Deleted: []string{}, Version: "v2"}, nil
}

func (f *fakeServices) Inspect(_ context.Context, _ insights.EnvironmentID, ds insights.DataSource, table string) ([]insights.TableInspection, error) {
	return []insights.TableInspection{{
		Source: ds.Name, Table: table, Format: insights.CSV, PrimaryKeys: []string{"ID"},
		Files:   []insights.InspectedFile{{Name: "a.csv", Bytes: 10}},
		Columns: []insights.InspectedColumn{{Column: insights.Column{Name: "ID", Type: insights.String}, Note: "note"}},
		Sample:  [][]any{{"1"}},
	}}, nil
}

// fakeRuns and fakeTables have methods of the same names as the environments.
type (
	fakeRuns   struct{ *fakeServices }
	fakeTables struct{ *fakeServices }
)

func (f fakeRuns) run() insights.Run {
	r := insights.Run{
		ID: runID, Environment: id, Status: insights.StatusWithWarnings, StartedAt: start, FinishedAt: start.Add(time.Second),
		Tasks: []insights.Task{
			{Process: insights.Merge, Table: "Customer", Status: insights.StatusSuccessful, RowsIn: 3, RowsOut: 2},
			{Process: insights.Ingestion, Table: "CRM_Contacts", Status: insights.StatusWithWarnings, RowsIn: 3, RowsOut: 2, Corrupt: 1, Warnings: []string{"one row is corrupt"}},
		},
	}
	if f.running {
		r.Status = insights.StatusRefreshing
	}
	return r
}

func (f fakeRuns) Start(_ context.Context, env insights.EnvironmentID, _ insights.RunOptions) (insights.Run, error) {
	if f.running {
		return insights.Run{}, errs.E(errs.Conflict, "a run is going already")
	}
	if env != id {
		return insights.Run{}, errs.E(errs.NotFound, "there is no such environment")
	}
	return f.run(), nil
}

func (f fakeRuns) Get(_ context.Context, _ insights.EnvironmentID, run insights.RunID) (insights.Run, error) {
	if run != runID {
		return insights.Run{}, errs.E(errs.NotFound, errs.Item(run), "there is no such run")
	}
	return f.run(), nil
}

func (f fakeRuns) List(context.Context, insights.EnvironmentID, int) ([]insights.Run, error) {
	return []insights.Run{f.run()}, nil
}

func (f fakeRuns) Cancel(ctx context.Context, env insights.EnvironmentID, run insights.RunID) error {
	_, err := f.Get(ctx, env, run)
	return err
}

func (f fakeTables) List(context.Context, insights.EnvironmentID) ([]insights.Snapshot, error) {
	return []insights.Snapshot{{
		Process: insights.Merge, Table: "Customer", Run: runID, Format: insights.Parquet, ModifiedAt: start,
		Columns: []insights.Column{{Name: "CustomerId", Type: insights.String}}, Partitions: []insights.Partition{{Name: "p", Rows: 2, Bytes: 10}},
	}}, nil
}

func (f fakeTables) Rows(ctx context.Context, env insights.EnvironmentID, table string, o insights.RowsOptions) (insights.Rows, error) {
	if table != "Customer" && table != "a/b c" {
		return insights.Rows{}, errs.E(errs.NotFound, errs.Item(table), "there is no such table")
	}
	list, err := f.List(ctx, env)
	rows := [][]any{{"c1", 12345678901234567}, {"c2", nil}}
	return insights.Rows{Snapshot: list[0], Columns: list[0].Columns, Rows: rows[:min(o.Limit, 2)]}, err
}

func (f fakeTables) Export(_ context.Context, _ insights.EnvironmentID, table string, format insights.DataFormat, w io.Writer) error {
	switch table {
	case "Customer":
		_, err := io.WriteString(w, "CustomerId\nc1\n")
		return err
	case "Broken":
		if _, err := w.Write(bytes.Repeat([]byte("x"), 1<<16)); err != nil {
			return err
		}
		return errs.E(errs.Corrupt, "the rest is not readable")
	case "Empty":
		return nil
	}
	return errs.E(errs.NotFound, errs.Item(table), "there is no such table of format "+string(format))
}

func newHandler(f *fakeServices) http.Handler {
	return api.New(options(f))
}

// options are those of an API whose state is in memory.
func options(f *fakeServices) api.Options {
	clock := func() time.Time { return start }
	must := func(err error) {
		if err != nil {
			panic(err)
		}
	}
	kept, err := state.Open(state.Options{FS: vfs.NewMem(), Dir: "app"})
	must(err)
	a := api.Access{Links: session.NewLinks(clock)}
	a.Sessions, err = session.OpenSessions(session.Options{State: kept, Clock: clock})
	must(err)
	a.Tokens, err = session.OpenTokens(session.Options{State: kept, Clock: clock})
	must(err)
	a.Permissions, err = permission.Open(permission.Options{State: kept, Clock: clock})
	must(err)
	answers, err := idempotency.Open(idempotency.Options{State: kept, Clock: clock})
	must(err)
	log, err := audit.Open(audit.Options{FS: vfs.NewMem(), Dir: "audit", Clock: clock, Logger: slog.New(slog.DiscardHandler)})
	must(err)
	return api.Options{
		About:  func() api.About { return api.About{Account: "contoso", Lake: []api.Address{}} },
		Access: a, Clock: clock, Audit: log, Answers: answers,
		Services: api.Services{Environments: f, SignIns: fakeSignIns{}, Dataverse: fakeDataverse{}, Sharing: fakeSharing{}, Definitions: f, Inspector: f, Runs: fakeRuns{f}, Tables: fakeTables{f}, Lakes: noLakes{}, Customers: fakeCustomers{}, Profiles: fakeCustomers{}},
		Token:    token, Version: "1.2.3", Hosts: []string{"lake.contoso.example"}, Logger: slog.New(slog.DiscardHandler),
	}
}

// scenario is a request and what its answer must be like.
type scenario struct {
	name, method, path, body string
	header                   http.Header
	status                   int
	want                     []string // parts of the answer
	not                      []string // what must not be in it
}

const env = "/environments/" + string(id)

func scenarios() []scenario {
	managed := `{"name":"New","region":"westeurope","storage":{"kind":"managed"}}`
	own := `{"name":"New","region":"REGION","storage":{"kind":"own","account":"contoso"},"key":"` + key + `"}`
	source := `{"name":"CRM","tables":[{"name":"Contacts","location":"/a.csv","csv":{}}]}`
	return append(append(dataverseScenarios(), sharingScenarios()...), []scenario{
		{name: "version", method: "GET", path: "/version", status: 200, want: []string{`"version":"1.2.3"`}},
		{name: "ways to sign in", method: "GET", path: "/session", header: http.Header{"Authorization": nil}, status: 200, want: []string{`"openIdConnect":false`}},
		{name: "link", method: "POST", path: "/session/links", status: 201, want: []string{`"path":"/signin#link=`}},
		{name: "who I am", method: "GET", path: "/me", status: 200, want: []string{`"by":"machine"`, `"serverRole":"owner"`}, not: []string{"csrf"}},
		{name: "my sessions", method: "GET", path: "/me/sessions", status: 200, want: []string{"[]"}},
		{name: "my tokens", method: "GET", path: "/me/tokens", status: 200, want: []string{"[]"}},
		{name: "new token", method: "POST", path: "/me/tokens", body: `{"name":"script"}`, status: 201, want: []string{`"text":"olk_`}},
		{name: "server roles", method: "GET", path: "/permissions", status: 200, want: []string{"[]"}},
		{name: "give a server role", method: "PUT", path: "/permissions/" + ann, body: `{"kind":"user","role":"viewer","name":"Ann"}`, status: 200, want: []string{`"role":"viewer"`, `"assignedBy":"Administrator of this server"`}},
		{name: "give a role", method: "PUT", path: env + "/permissions/" + ann, body: `{"kind":"group","role":"owner"}`, status: 200, want: []string{`"environment":"` + string(id)}},
		{name: "give a role in no environment", method: "PUT", path: "/environments/x/permissions/" + ann, body: `{"kind":"user","role":"viewer"}`, status: 404},
		{name: "give nobody a role", method: "PUT", path: env + "/permissions/ann", body: `{"kind":"user","role":"viewer"}`, status: 422},
		{name: "give a role that is none", method: "PUT", path: env + "/permissions/" + ann, body: `{"kind":"user","role":"king"}`, status: 422},
		{name: "roles", method: "GET", path: env + "/permissions", status: 200, want: []string{"[]"}},
		{name: "no role", method: "GET", path: env + "/permissions/" + ann, status: 404},
		{name: "audit", method: "GET", path: env + "/audit?limit=5", status: 200, want: []string{`"items":[]`}},
		{name: "server audit", method: "GET", path: "/audit", status: 200, want: []string{`"items":[]`}},
		{name: "audit from nowhere", method: "GET", path: "/audit?after=x", status: 422},
		{name: "no directory", method: "GET", path: "/principals?search=a", status: 409},
		{name: "customers", method: "GET", path: env + "/customers?search=anna", status: 200, want: []string{`"total":1`, `"id":"c1"`}},
		{name: "a customer", method: "GET", path: env + "/customers/c1", status: 200, want: []string{`"name":"Name"`, `"from":"CRM_Contacts"`, `"Event":"merged"`}},
		{name: "no customer", method: "GET", path: env + "/customers/x", status: 404},
		{name: "table", method: "GET", path: env + "/tables/Customer", status: 200, want: []string{`"table":"Customer"`}},
		{name: "no table", method: "GET", path: env + "/tables/x", status: 404},
		{name: "profile", method: "GET", path: env + "/tables/Customer/profile", status: 200, want: []string{`"rows":2`}},
		{name: "about", method: "GET", path: "/about", status: 200, want: []string{`"account":"contoso"`}},
		{name: "regions", method: "GET", path: "/regions", status: 200, want: []string{`{"name":"westeurope","displayName":"West Europe"}`}},
		{name: "list environments", method: "GET", path: "/environments", status: 200, want: []string{`"name":"Contoso"`}, not: []string{"$schema"}},
		{name: "get environment", method: "GET", path: env, status: 200, want: []string{`"name":"Contoso"`}},
		{name: "unknown environment", method: "GET", path: "/environments/x", status: 404, want: []string{`"kind":"not found"`, `"hint":"ownlake env list"`, `"title":"Not Found"`}},
		{name: "create", method: "POST", path: "/environments", body: managed, status: 201, want: []string{`"environment"`, `"prerequisites"`}},
		{name: "create with a key", method: "POST", path: "/environments", body: strings.Replace(own, "REGION", "westeurope", 1), status: 201, not: []string{key}},
		{name: "create that is refused", method: "POST", path: "/environments", body: strings.Replace(own, "REGION", "eastus", 1), status: 412, want: []string{`"kind":"precondition"`, `"prerequisites":[{"name":"region","outcome":"failed"`}, not: []string{key}},
		{name: "create with an unknown field", method: "POST", path: "/environments", body: `{"namme":"x","region":"westeurope","storage":{"kind":"managed"}}`, status: 422, want: []string{`"kind":"invalid"`, "namme"}},
		{name: "create with a body that is not JSON", method: "POST", path: "/environments", body: `{`, status: 400, want: []string{`"kind":"invalid"`}},
		{name: "create with a body that is too large", method: "POST", path: "/environments", body: `{"name":"` + strings.Repeat("x", 2<<20) + `"}`, status: 413, want: []string{`"kind":"invalid"`}},
		{name: "check", method: "POST", path: "/environments/check", body: managed, status: 200, want: []string{`"outcome":"passed"`}},
		{name: "check an unknown region", method: "POST", path: "/environments/check", body: strings.Replace(managed, "westeurope", "westeurpe", 1), status: 422, want: []string{`"location":"region"`, "did you mean westeurope?"}},
		{name: "connect", method: "POST", path: "/environments/connect", body: `{"storage":{"kind":"own","account":"contoso"},"key":"` + key + `"}`, status: 200, want: []string{`"name":"Contoso"`}, not: []string{key}},
		{name: "update key", method: "PUT", path: env + "/connection", body: `{"key":"` + key + `"}`, status: 200, not: []string{key}},
		{name: "update to a wrong key", method: "PUT", path: env + "/connection", body: `{"key":"wrong"}`, status: 412, want: []string{`"account key"`}},
		{name: "update to a service principal", method: "PUT", path: env + "/connection", body: principalBody, status: 200, not: []string{key}},
		{name: "begin a sign-in", method: "POST", path: "/cloud-sign-ins", body: `{"method":"tokens","managerToken":"` + key + `"}`, status: 201, want: []string{`"id":"s1"`, `"state":"signedIn"`}, not: []string{key}},
		{name: "begin an unknown sign-in", method: "POST", path: "/cloud-sign-ins", body: `{"method":"password"}`, status: 422, want: []string{"deviceCode"}},
		{name: "get a sign-in", method: "GET", path: "/cloud-sign-ins/s1", status: 200, want: []string{`"name":"ada@contoso.example"`}},
		{name: "get an unknown sign-in", method: "GET", path: "/cloud-sign-ins/x", status: 404},
		{name: "end a sign-in", method: "DELETE", path: "/cloud-sign-ins/s1", status: 204},
		{name: "list subscriptions", method: "GET", path: "/cloud-sign-ins/s1/subscriptions", status: 200, want: []string{`"name":"Contoso"`}},
		{name: "list subscriptions of an unknown sign-in", method: "GET", path: "/cloud-sign-ins/x/subscriptions", status: 404},
		{name: "list resource groups", method: "GET", path: "/cloud-sign-ins/s1/subscriptions/1/resource-groups", status: 200, want: []string{`"name":"lakes"`}},
		{name: "list storage accounts", method: "GET", path: "/cloud-sign-ins/s1/subscriptions/1/resource-groups/lakes/storage-accounts", status: 200, want: []string{`"hierarchicalNamespace":true`}},
		{name: "delete", method: "DELETE", path: env + "?confirm=Contoso", status: 200, want: []string{`"dataKept":true`, `"files":3`}},
		{name: "delete with another name", method: "DELETE", path: env + "?confirm=contoso", status: 412},
		{name: "delete without a name", method: "DELETE", path: env, status: 422, want: []string{"confirm"}},
		{name: "status", method: "GET", path: env + "/status", status: 200, want: []string{`"lastRun"`, `"table":"CRM_Contacts","status":"Completed with warnings"`, `"corruptRows":1`, `"rows":2`}},
		{name: "status of an unknown environment", method: "GET", path: "/environments/x/status", status: 404},
		{name: "definitions", method: "GET", path: env + "/definitions", status: 200, want: []string{`"version":"v1"`}},
		{name: "put definitions", method: "PUT", path: env + "/definitions", body: `{"sources":[` + source + `]}`, status: 200, want: []string{`"version":"v2"`}},
		{name: "put definitions of a former version", method: "PUT", path: env + "/definitions", body: `{"sources":[` + source + `],"version":"v0"}`, status: 412},
		{name: "put wrong definitions", method: "PUT", path: env + "/definitions", body: `{"sources":[` + strings.Replace(source, "/a.csv", "", 1) + `]}`, status: 422, want: []string{`"location":"sources[0].tables[0].location"`}},
		{name: "list sources", method: "GET", path: env + "/sources", status: 200, want: []string{`"name":"CRM"`}},
		{name: "inspect", method: "POST", path: env + "/sources/inspect", body: `{"source":` + source + `,"table":"Contacts"}`, status: 200, want: []string{`"primaryKeys":["ID"]`, `"name":"ID"`, `"note":"note"`}},
		{name: "inspect a wrong source", method: "POST", path: env + "/sources/inspect", body: `{"source":{"name":"C R M"}}`, status: 422},
		{name: "list runs", method: "GET", path: env + "/runs?limit=1", status: 200, want: []string{string(runID)}},
		{name: "list runs with an unknown parameter", method: "GET", path: env + "/runs?limt=1", status: 422, want: []string{"limt"}},
		{name: "start a run", method: "POST", path: env + "/runs", body: `{"force":true}`, status: 202, want: []string{string(runID)}},
		{name: "start a run in an unknown environment", method: "POST", path: "/environments/x/runs", body: `{}`, status: 404},
		{name: "get a run", method: "GET", path: env + "/runs/" + string(runID), status: 200, want: []string{`"status":"Completed with warnings"`}},
		{name: "get an unknown run", method: "GET", path: env + "/runs/x", status: 404},
		{name: "cancel a run", method: "POST", path: env + "/runs/" + string(runID) + "/cancel", status: 202},
		{name: "cancel an unknown run", method: "POST", path: env + "/runs/x/cancel", status: 404},
		{name: "list tables", method: "GET", path: env + "/tables", status: 200, want: []string{`"table":"Customer"`}},
		{name: "list rows", method: "GET", path: env + "/tables/Customer/rows?limit=1", status: 200, want: []string{`["c1",12345678901234567]`}, not: []string{"c2"}},
		{name: "list rows of a name that needs escapes", method: "GET", path: env + "/tables/a%2Fb%20c/rows", status: 200, want: []string{"c2"}},
		{name: "list too many rows", method: "GET", path: env + "/tables/Customer/rows?limit=100000", status: 422},
		{name: "list rows of an unknown table", method: "GET", path: env + "/tables/x/rows", status: 404},
		{name: "export", method: "GET", path: env + "/tables/Customer/export?format=csv", status: 200, want: []string{"CustomerId\nc1\n"}},
		{name: "export an unknown table", method: "GET", path: env + "/tables/x/export?format=parquet", status: 404, want: []string{`"kind":"not found"`, "of format parquet"}},
		{name: "export an unknown format", method: "GET", path: env + "/tables/Customer/export?format=xlsx", status: 422},
		{name: "apply a project to an environment that exists", method: "PUT", path: "/project", body: `{"environment":{"name":"contoso","region":"westeurope","storage":{"kind":"own","account":"contoso"}},"definitions":{"sources":[` + source + `]}}`, status: 200, want: []string{`"created":false`, `"version":"v2"`}},
		{name: "apply a project that creates its environment", method: "PUT", path: "/project", body: `{"environment":` + managed + `,"definitions":{"sources":[` + source + `]}}`, status: 200, want: []string{`"created":true`}},
		{name: "apply a project of another region", method: "PUT", path: "/project", body: `{"environment":{"name":"Contoso","region":"eastus","storage":{"kind":"own","account":"contoso"}},"definitions":{"sources":[]}}`, status: 422, want: []string{"environment.region", "has westeurope, the project says eastus"}},
		{name: "apply a project whose environment is refused", method: "PUT", path: "/project", body: `{"environment":` + strings.Replace(own, "REGION", "eastus", 1) + `,"definitions":{"sources":[]}}`, status: 412, want: []string{`"prerequisites":[`}},
		{name: "apply a project with wrong definitions", method: "PUT", path: "/project", body: `{"environment":` + managed + `,"definitions":{"sources":[{"name":"1"}]}}`, status: 422, want: []string{"sources[0].name"}},
		{name: "no such route", method: "GET", path: "/nothing", status: 404, want: []string{`"kind":"not found"`}},
		{name: "no such method", method: "PATCH", path: env, status: 405, want: []string{`"kind":"invalid"`}},
		{name: "no token", method: "GET", path: "/environments", header: http.Header{"Authorization": nil}, status: 401, want: []string{`"kind":"unauthorized"`}, not: []string{token}},
		{name: "wrong token", method: "GET", path: "/environments", header: http.Header{"Authorization": {"Bearer x"}}, status: 401},
		{name: "token without its scheme", method: "GET", path: "/environments", header: http.Header{"Authorization": {token}}, status: 401},
		{name: "strange host", method: "GET", path: "/environments", header: http.Header{"Host": {"evil.example:10010"}}, status: 403},
		{name: "strange host that looks like loopback", method: "GET", path: "/environments", header: http.Header{"Host": {"127.0.0.1.evil.example"}}, status: 403},
		{name: "allowed host", method: "GET", path: "/environments", header: http.Header{"Host": {"lake.contoso.example:443"}}, status: 200},
		{name: "loopback by IPv6", method: "GET", path: "/environments", header: http.Header{"Host": {"[::1]:10010"}}, status: 200},
		{name: "description of the API", method: "GET", path: "/openapi.json", header: http.Header{"Authorization": nil}, status: 200, want: []string{`"openapi":"3.1.0"`}},
	}...)
}

func (s scenario) do(t *testing.T, h http.Handler) *httptest.ResponseRecorder {
	t.Helper()
	var body io.Reader
	if s.body != "" {
		body = strings.NewReader(s.body)
	}
	req := httptest.NewRequestWithContext(t.Context(), s.method, "http://127.0.0.1:10010"+api.BasePath+s.path, body)
	req.Header.Set("Authorization", "Bearer "+token)
	if s.body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for name, values := range s.header {
		if name == "Host" {
			req.Host = values[0]
			continue
		}
		req.Header[name] = values
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w
}

func TestRoutes(t *testing.T) {
	t.Parallel()
	for _, s := range scenarios() {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			w := s.do(t, newHandler(&fakeServices{}))
			if w.Code != s.status {
				t.Errorf("status %d, want %d", w.Code, s.status)
			}
			for _, part := range s.want {
				if !strings.Contains(w.Body.String(), part) {
					t.Errorf("the answer lacks %q", part)
				}
			}
			for _, part := range s.not {
				if strings.Contains(w.Body.String(), part) {
					t.Errorf("the answer has %q", part)
				}
			}
			if kind := w.Header().Get("Content-Type"); w.Code >= 400 && kind != "application/problem+json" {
				t.Errorf("content type of a failure is %q", kind)
			}
			if t.Failed() {
				t.Logf("%s %s\n%s", s.method, s.path, w.Body.String())
			}
		})
	}
}

// description is what the tests need of the OpenAPI file.
type description struct {
	Paths map[string]map[string]struct {
		OperationID string `json:"operationId"`
	} `json:"paths"`
}

func describe(t *testing.T) ([]byte, description) {
	t.Helper()
	s := scenario{method: "GET", path: "/openapi.json"}
	data := s.do(t, newHandler(&fakeServices{})).Body.Bytes()
	var d description
	if err := json.Unmarshal(data, &d); err != nil {
		t.Fatal(err)
	}
	return data, d
}

// elsewhere are the operations whose tests need more than one request: session_test.go, change_test.go, lake_test.go.
var elsewhere = []string{
	"getPermission", "getServerPermission", "removePermission", "removeServerPermission", "searchPrincipals", "searchAllPrincipals",
	"listUploads", "uploadFile", "getLake", "listLake", "getLakeEntry", "getLakeACL", "readLakeFile", "writeLakeFile", "deleteLakePath", "renameLakePath",
	"createLakeDirectory", "followRun",
	"endSession", "endOtherSession", "revokeToken", "followLink", "beginSignIn", "finishSignIn",
}

func TestEveryRouteHasAScenario(t *testing.T) {
	t.Parallel()
	_, d := describe(t)
	matches := func(template, path string) bool {
		path, _, _ = strings.Cut(api.BasePath+path, "?")
		want, got := strings.Split(template, "/"), strings.Split(path, "/")
		if len(want) != len(got) {
			return false
		}
		for i := range want {
			if want[i] != got[i] && !strings.HasPrefix(want[i], "{") {
				return false
			}
		}
		return true
	}
	routes := 0
	for template, methods := range d.Paths {
		for method, op := range methods {
			routes++
			found := false
			for _, s := range scenarios() {
				found = found || strings.EqualFold(s.method, method) && s.status < 300 && matches(template, s.path)
			}
			if !found && !slices.Contains(elsewhere, op.OperationID) {
				t.Errorf("%s (%s %s) has no scenario that succeeds", op.OperationID, method, template)
			}
		}
	}
	if routes < 20 {
		t.Errorf("only %d routes are described", routes)
	}
}

func TestTheDescriptionIsTheGoldenOne(t *testing.T) {
	t.Parallel()
	data, _ := describe(t)
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, data, "", "  "); err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/openapi.golden.json"
	if *rewrite {
		if err := os.WriteFile(golden, append(pretty.Bytes(), '\n'), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.TrimSpace(string(want)), pretty.String()); diff != "" {
		t.Errorf("the API changed; look at it and run the test with -rewrite (-want +got):\n%s", diff)
	}
}

func TestAnEnvironmentIsNotDeletedDuringARun(t *testing.T) {
	t.Parallel()
	s := scenario{method: "DELETE", path: env + "?confirm=Contoso"}
	if w := s.do(t, newHandler(&fakeServices{running: true})); w.Code != http.StatusConflict {
		t.Errorf("status %d, want 409: %s", w.Code, w.Body)
	}
}

func TestTheKeyReachesTheService(t *testing.T) {
	t.Parallel()
	f := &fakeServices{}
	c := inProcess(f)
	q := insights.EnvironmentRequest{Name: "New", Region: "westeurope", Storage: insights.DataStorage{Kind: insights.OwnStorage, Account: "contoso"}, Credentials: insights.Credentials{Key: insights.NewSecret(key)}, CreateContainer: true}
	if _, _, err := c.CreateEnvironment(t.Context(), q); err != nil {
		t.Fatal(err)
	}
	if len(f.created) != 1 || f.created[0].Key.Reveal() != key || !f.created[0].CreateContainer {
		t.Errorf("the service got %+v", f.created)
	}
}

// inProcess is a client of the handler without a network.
func inProcess(f *fakeServices) *api.Client {
	return api.NewClient(api.ClientOptions{Address: "http://localhost", Token: token, Transport: api.InProcess(newHandler(f))})
}

// clients calls test with a client over the network and one in process.
func clients(t *testing.T, f *fakeServices, test func(t *testing.T, c *api.Client)) {
	t.Helper()
	t.Run("network", func(t *testing.T) {
		t.Parallel()
		server := httptest.NewServer(newHandler(f))
		defer server.Close()
		test(t, api.NewClient(api.ClientOptions{Address: server.URL + "/", Token: token}))
	})
	t.Run("in process", func(t *testing.T) {
		t.Parallel()
		test(t, inProcess(f))
	})
}

func TestTheClientCallsEveryRoute(t *testing.T) {
	t.Parallel()
	clients(t, &fakeServices{}, func(t *testing.T, c *api.Client) {
		t.Helper()
		ctx := t.Context()
		var out strings.Builder
		definitions := insights.Definitions{Sources: []insights.DataSource{{Name: "CRM", Folder: "/cdm"}}}
		request := insights.EnvironmentRequest{Name: "Contoso", Region: "westeurope", Storage: insights.DataStorage{Kind: insights.OwnStorage, Account: "contoso"}}
		second := func(_ any, err error) error { return err }
		_, _, createErr := c.CreateEnvironment(ctx, request)
		for name, err := range map[string]error{
			"Version": second(c.Version(ctx)), "Regions": second(c.Regions(ctx)), "ApplyProject": second(c.ApplyProject(ctx, request, definitions)),
			"Environments": second(c.Environments(ctx)), "Environment": second(c.Environment(ctx, id)), "CreateEnvironment": createErr,
			"CheckEnvironment": second(c.CheckEnvironment(ctx, request)), "ConnectAccount": second(c.ConnectAccount(ctx, insights.ConnectionRequest{Storage: request.Storage, Credentials: insights.Credentials{Key: insights.NewSecret(key)}})),
			"UpdateConnection": second(c.UpdateConnection(ctx, id, insights.ConnectionRequest{Credentials: insights.Credentials{Key: insights.NewSecret(key)}})), "EndCloudSignIn": c.EndCloudSignIn(ctx, "s1"),
			"BeginCloudSignIn": second(c.BeginCloudSignIn(ctx, insights.SignInRequest{Method: insights.ByTokens})), "DeleteEnvironment": second(c.DeleteEnvironment(ctx, id, "Contoso")),
			"Status": second(c.Status(ctx, id)), "Definitions": second(c.Definitions(ctx, id)), "Apply": second(c.Apply(ctx, id, definitions)),
			"Dataverse": second(c.Dataverse(ctx, id)), "CheckDataverse": second(c.CheckDataverse(ctx, id, insights.DataverseRequest{})),
			"LinkDataverse": second(c.LinkDataverse(ctx, id, insights.DataverseRequest{DataverseStep: insights.DataverseStep{Organization: insights.Organization{URL: organization}}})),
			"Organizations": second(c.Organizations(ctx)), "DetachOrganization": second(c.DetachOrganization(ctx, organization)),
			"Sources": second(c.Sources(ctx, id)), "Inspect": second(c.Inspect(ctx, id, definitions.Sources[0], "")),
			"Runs": second(c.Runs(ctx, id, 0)), "StartRun": second(c.StartRun(ctx, id, insights.RunOptions{Force: true})),
			"Run": second(c.Run(ctx, id, runID)), "CancelRun": second(c.CancelRun(ctx, id, runID)),
			"Tables": second(c.Tables(ctx, id)), "Rows": second(c.Rows(ctx, id, "a/b c", 2)),
			"Export": second(c.Export(ctx, id, "Customer", insights.CSV, &out)),
		} {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		for name, err := range sharingCalls(ctx, c) {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if out.String() != "CustomerId\nc1\n" {
			t.Errorf("exported %q", out.String())
		}
		rows, err := c.Rows(ctx, id, "Customer", 2)
		if err != nil || len(rows.Rows) != 2 || rows.Rows[0][1] != json.Number("12345678901234567") || rows.Rows[1][1] != nil {
			t.Errorf("rows are %v, %v; want numbers as they are written", rows.Rows, err)
		}
	})
}

func TestErrorsComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	clients(t, &fakeServices{running: true}, func(t *testing.T, c *api.Client) {
		t.Helper()
		ctx := t.Context()
		_, err := c.Environment(ctx, "x")
		if !errs.Is(err, errs.NotFound) || errs.HintOf(err) != "ownlake env list" || err.Error() != "x: there is no such environment (ownlake env list)" {
			t.Errorf("unknown environment: %v (kind %v)", err, errs.KindOf(err))
		}
		_, err = c.StartRun(ctx, id, insights.RunOptions{})
		if !errs.Is(err, errs.Conflict) {
			t.Errorf("second run: %v (kind %v), want conflict", err, errs.KindOf(err))
		}
		q := insights.EnvironmentRequest{Name: "New", Region: "eastus", Storage: insights.DataStorage{Kind: insights.ManagedStorage}}
		_, lines, err := c.CreateEnvironment(ctx, q)
		if !errs.Is(err, errs.Precondition) || len(lines) != 1 || lines[0].Name != "region" {
			t.Errorf("refused environment: %v, %+v; want the failed prerequisite", err, lines)
		}
		q.Region, q.Name = "westeurpe", ""
		_, err = c.CheckEnvironment(ctx, q)
		problems, ok := errors.AsType[*insights.ProblemsError](err)
		if !ok || !errs.Is(err, errs.Invalid) || len(problems.Problems) != 2 || problems.Problems[1].Path != "region" {
			t.Errorf("wrong request: %v, want its two problems", err)
		}
	})
}

func TestAnExportThatBreaksOffIsNotTakenForWhole(t *testing.T) {
	t.Parallel()
	clients(t, &fakeServices{}, func(t *testing.T, c *api.Client) {
		t.Helper()
		n, err := c.Export(t.Context(), id, "Broken", insights.Parquet, io.Discard)
		if err == nil {
			t.Errorf("an export that broke off after %d bytes succeeded", n)
		}
		if n, err := c.Export(t.Context(), id, "Empty", insights.CSV, io.Discard); n != 0 || err != nil {
			t.Errorf("an empty export: %d bytes, %v", n, err)
		}
		if _, err := c.Export(t.Context(), id, "x", insights.CSV, io.Discard); !errs.Is(err, errs.NotFound) {
			t.Errorf("export of an unknown table: %v, want kind not found", err)
		}
	})
}

func TestAServerThatIsNotThereIsUnavailable(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	address := server.URL
	server.Close()
	_, err := api.NewClient(api.ClientOptions{Address: address, Token: token}).Environments(t.Context())
	if !errs.Is(err, errs.Unavailable) || !strings.Contains(err.Error(), address) {
		t.Errorf("%v, want kind unavailable and the address", err)
	}
}

func TestACallerWhoGivesUpGetsCanceled(t *testing.T) {
	t.Parallel()
	blocked := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	c := api.NewClient(api.ClientOptions{Address: "http://localhost", Transport: api.InProcess(blocked)})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Environments(ctx); !errs.Is(err, errs.Canceled) {
		t.Errorf("%v, want kind canceled", err)
	}
}

func TestAHandlerThatPanicsIsAnError(t *testing.T) {
	t.Parallel()
	h := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("a defect") })
	c := api.NewClient(api.ClientOptions{Address: "http://localhost", Transport: api.InProcess(h)})
	if _, err := c.Environments(t.Context()); !errs.Is(err, errs.Internal) {
		t.Errorf("%v, want kind internal", err)
	}
}

func TestStatusShowsWhatASkippedTaskDidLast(t *testing.T) {
	t.Parallel()
	runs := []insights.Run{
		{ID: "2", Tasks: []insights.Task{{Process: insights.Ingestion, Table: "T", Status: insights.StatusSkipped, Detail: "nothing changed"}}},
		{ID: "1", Tasks: []insights.Task{{Process: insights.Ingestion, Table: "T", Status: insights.StatusWithWarnings, Corrupt: 7, Warnings: []string{"w"}}}},
	}
	tables := []insights.Snapshot{
		{Process: insights.Merge, Table: "Customer", ModifiedAt: start},
		{Process: insights.Ingestion, Table: "T", ModifiedAt: start, Partitions: []insights.Partition{{Rows: 5}}, Format: insights.CSV},
	}
	want := []insights.TableState{
		{Process: insights.Ingestion, Table: "T", Status: insights.StatusSkipped, Detail: "nothing changed", Warnings: []string{"w"}, Run: "2", Rows: 5, Corrupt: 7, Format: insights.CSV, UpdatedAt: start},
		{Process: insights.Merge, Table: "Customer", UpdatedAt: start},
	}
	if diff := cmp.Diff(want, api.TableStates(runs, tables)); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
}
