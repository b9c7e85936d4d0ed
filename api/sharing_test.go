package api_test

import (
	"context"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/api"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/sharing"
)

// fakeSharing is a lake that was shared by somebody whose sign-in is "ada".
type fakeSharing struct{}

const (
	readers      = access.ObjectID("4ead0000-0000-4000-8000-000000000001")
	contributors = access.ObjectID("c0000000-0000-4000-8000-000000000002")
	identifier   = "https://contoso.dfs.core.windows.net/customerinsights?cg=" + string(contributors) + "&rg=" + string(readers)
)

func (fakeSharing) may(env insights.EnvironmentID, q api.SharingRequest) error {
	switch {
	case env != id:
		return errs.E(errs.NotFound, "there is no such environment")
	case q.SignIn != "ada":
		return errs.E(errs.NotFound, "there is no such sign-in, or it has ended")
	}
	return nil
}

func (f fakeSharing) Plan(_ context.Context, env insights.EnvironmentID, q api.SharingRequest) ([]sharing.Step, error) {
	return []sharing.Step{{What: "the container is there", State: sharing.There}, {What: "the group is there", State: sharing.Planned, Needs: "Groups Administrator"}}, f.may(env, q)
}

func (f fakeSharing) CreateGroups(_ context.Context, env insights.EnvironmentID, q api.SharingRequest, dry bool) (sharing.Groups, []sharing.Step, error) {
	if dry {
		return sharing.Groups{}, []sharing.Step{{What: "the group is there", State: sharing.Planned}}, f.may(env, q)
	}
	return sharing.Groups{Reader: readers, Contributor: contributors}, []sharing.Step{{What: "the group is there", State: sharing.Done}}, f.may(env, q)
}

func (fakeSharing) job(kind api.SharingJobKind) api.SharingJob {
	return api.SharingJob{ID: "job1", Kind: kind, State: api.SharingRunning, StartedAt: start, Files: 3, Steps: []sharing.Step{}}
}

func (f fakeSharing) Start(_ context.Context, env insights.EnvironmentID, kind api.SharingJobKind, q api.SharingRequest) (api.SharingJob, error) {
	if kind == api.SharingUndo {
		return api.SharingJob{}, errs.E(errs.Conflict, "the account's sharing is being changed or checked already")
	}
	return f.job(kind), f.may(env, q)
}

func (f fakeSharing) Jobs(_ context.Context, env insights.EnvironmentID) ([]api.SharingJob, error) {
	return []api.SharingJob{f.job(api.SharingSetup)}, f.may(env, api.SharingRequest{SignIn: "ada"})
}

func (f fakeSharing) Job(_ context.Context, _ insights.EnvironmentID, job string) (api.SharingJob, error) {
	if job != "job1" {
		return api.SharingJob{}, errs.E(errs.NotFound, "the environment has no such job")
	}
	return f.job(api.SharingSetup), nil
}

func (fakeSharing) CancelJob(context.Context, insights.EnvironmentID, string) error { return nil }

func (fakeSharing) Record(_ context.Context, _ insights.EnvironmentID, q api.SharingRequest) (sharing.Record, error) {
	if q.Path != "" {
		return sharing.Record{}, errs.E(errs.NotFound, "no setup of it has left a record")
	}
	return sharing.Record{Account: "/subscriptions/s", Groups: sharing.Groups{Reader: readers}, Changes: make([]sharing.Change, 9), Recursed: true}, nil
}

func (f fakeSharing) Explain(_ context.Context, env insights.EnvironmentID, q api.SharingRequest, principal string, op access.Operation, p lake.Path) (sharing.Explanation, error) {
	e := sharing.Explanation{Principal: access.Principal{ID: access.ObjectID(principal), Groups: []access.ObjectID{readers}}}
	e.Reason = access.Reason{Rule: access.ByLists, Operation: op, Steps: []access.Step{{Path: string(p), Entry: access.Entry{Type: access.Group, ID: readers, Permission: access.Read}}}}
	e.Allowed = op == access.ReadFile
	return e, f.may(env, q)
}

func (f fakeSharing) Who(_ context.Context, env insights.EnvironmentID, q api.SharingRequest, p lake.Path) (sharing.Audience, error) {
	ada := sharing.Principal{ID: "ada", Kind: sharing.UserPrincipal, Name: "ada@contoso.com"}
	return sharing.Audience{
		Path: p, Holders: []sharing.Holder{{Principal: ada, Rights: sharing.Rights{Read: sharing.Right{May: true, Why: "by a group"}}}},
		Ways: []sharing.Way{{Kind: sharing.WayKeys, Principal: ada, Why: "role Owner"}},
	}, f.may(env, q)
}

func sharingScenarios() []scenario {
	at := env + "/sharing"
	return []scenario{
		{name: "read an identifier", method: "POST", path: "/sharing/identifier", body: `{"identifier":"https://contoso/customerinsights?rg=` + string(readers) + `&cg=` + string(contributors) + `"}`, status: 200, want: []string{`"account":"contoso"`, `"readerGroup":"` + string(readers)}},
		{name: "read an identifier of another container", method: "POST", path: "/sharing/identifier", body: `{"identifier":"https://contoso/other?rg=` + string(readers) + `&cg=` + string(contributors) + `"}`, status: 422, want: []string{"the container"}},
		{name: "get the sharing", method: "GET", path: at, status: 200, want: []string{`"changes":9`, `"done":true`}},
		{name: "get the sharing of a folder that is not shared", method: "GET", path: at + "?path=a/b", status: 404},
		{name: "plan a sharing", method: "POST", path: at + "/plan", body: `{"signIn":"ada","prefix":"contoso"}`, status: 200, want: []string{`"state":"planned"`, `"needs":"Groups Administrator"`}},
		{name: "plan a sharing as nobody", method: "POST", path: at + "/plan", body: `{"signIn":"bob","prefix":"contoso"}`, status: 404, want: []string{"no such sign-in"}},
		{name: "make the groups", method: "POST", path: at + "/groups", body: `{"signIn":"ada","prefix":"contoso"}`, status: 200, want: []string{string(readers)}},
		{name: "make the groups in a dry run", method: "POST", path: at + "/groups?dryRun=true", body: `{"signIn":"ada","prefix":"contoso"}`, status: 200, not: []string{string(readers)}},
		{name: "list sharing jobs", method: "GET", path: at + "/jobs", status: 200, want: []string{`"id":"job1"`}},
		{name: "start a setup", method: "POST", path: at + "/jobs", body: `{"kind":"setup","signIn":"ada","prefix":"contoso"}`, status: 202, want: []string{`"kind":"setup"`, `"state":"running"`}},
		{name: "start another job of the account", method: "POST", path: at + "/jobs", body: `{"kind":"undo","signIn":"ada"}`, status: 409},
		{name: "start what is no job", method: "POST", path: at + "/jobs", body: `{"kind":"share","signIn":"ada"}`, status: 422},
		{name: "get a sharing job", method: "GET", path: at + "/jobs/job1", status: 200, want: []string{`"files":3`}},
		{name: "get an unknown sharing job", method: "GET", path: at + "/jobs/x", status: 404},
		{name: "cancel a sharing job", method: "POST", path: at + "/jobs/job1/cancel", status: 202},
		{name: "explain access", method: "POST", path: env + "/access/explain", body: `{"signIn":"ada","principal":"ben","path":"/a.csv","operation":"write-file"}`, status: 200, want: []string{`"allowed":false`, `"rule":"lists"`, "/a.csv: group:" + string(readers)}},
		{name: "explain what is no operation", method: "POST", path: env + "/access/explain", body: `{"signIn":"ada","principal":"ben","path":"a","operation":"fly"}`, status: 422},
		{name: "explain access to a way out", method: "POST", path: env + "/access/explain", body: `{"signIn":"ada","principal":"ben","path":"../a"}`, status: 422},
		{name: "who may", method: "POST", path: env + "/access/who", body: `{"signIn":"ada","path":"/a.csv"}`, status: 200, want: []string{`"name":"ada@contoso.com"`, `"read":{"may":true,"why":"by a group"}`, `"way":"keys"`}},
	}
}

// sharingCalls are the client's calls of every route.
func sharingCalls(ctx context.Context, c *api.Client) map[string]error {
	second := func(_ any, err error) error { return err }
	q := api.SharingRequest{SignIn: "ada", Prefix: "contoso"}
	return map[string]error{
		"ReadIdentifier": second(c.ReadIdentifier(ctx, identifier)), "SharedLake": second(c.SharedLake(ctx, id, api.SharingRequest{})),
		"PlanSharing": second(c.PlanSharing(ctx, id, q)), "CreateSharingGroups": second(c.CreateSharingGroups(ctx, id, q, true)),
		"StartSharing": second(c.StartSharing(ctx, id, api.SharingSetup, q)), "SharingJobs": second(c.SharingJobs(ctx, id)),
		"SharingJob": second(c.SharingJob(ctx, id, "job1")), "CancelSharingJob": second(c.CancelSharingJob(ctx, id, "job1")),
		"ExplainAccess": second(c.ExplainAccess(ctx, id, api.ExplainQuestion{AccessQuestion: api.AccessQuestion{SignIn: "ada", Path: "a"}, Principal: "ben"})),
		"ListAccess":    second(c.ListAccess(ctx, id, api.AccessQuestion{SignIn: "ada", Path: "a"})),
	}
}
