package dataverse_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/dataverse"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/lake/localstore"
	"github.com/ownlake/ownlake/sharing"
)

const (
	reader      = "5f2a3c1e-0d4b-4c8e-9a67-1b2c3d4e5f60"
	contributor = "6a1b2c3d-4e5f-4a7b-8c9d-0e1f2a3b4c5d"
	first       = insights.EnvironmentID("11111111-2222-3333-4444-555555555555")
	second      = insights.EnvironmentID("22222222-2222-3333-4444-555555555555")
	identifier  = "https://contoso.dfs.core.windows.net/customerinsights?cg=" + contributor + "&rg=" + reader
	url         = "https://contoso.crm4.dynamics.com"
)

// fakeEnvironments are two environments on one account, whose folders are shared or not.
type fakeEnvironments struct {
	store   lake.Store
	deleted map[insights.EnvironmentID]bool
}

func (f *fakeEnvironments) env(id insights.EnvironmentID) insights.Environment {
	return insights.Environment{ID: id, Name: "env" + string(id[:1]), Region: "westeurope", Storage: insights.DataStorage{
		Kind: insights.OwnStorage, Account: "contoso", Endpoint: "https://contoso.dfs.core.windows.net",
	}}
}

func (f *fakeEnvironments) Get(_ context.Context, id insights.EnvironmentID) (insights.Environment, error) {
	if f.deleted[id] {
		return insights.Environment{}, errs.E(errs.NotFound, errs.Item(id), "there is no such environment")
	}
	return f.env(id), nil
}

func (f *fakeEnvironments) List(context.Context) ([]insights.Environment, error) {
	var list []insights.Environment
	for _, id := range []insights.EnvironmentID{first, second} {
		if !f.deleted[id] {
			list = append(list, f.env(id))
		}
	}
	return list, nil
}

func (f *fakeEnvironments) Store(context.Context, insights.Environment) (lake.Store, error) {
	return f.store, nil
}

func newEnvironments(t *testing.T) *fakeEnvironments {
	t.Helper()
	store, err := localstore.Open(localstore.Options{
		FS: vfs.NewMem(), Dir: "/lake", Clock: time.Now, Durability: localstore.Process, Account: lake.AccountProperties{Name: "contoso", HierarchicalNamespace: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	if _, err := store.CreateFilesystem(t.Context(), insights.Container, lake.CreateFilesystemOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, id := range []insights.EnvironmentID{first, second} {
		for _, p := range []lake.Path{id.Folder().Join("environment.json")} {
			if _, err := store.PutBlob(t.Context(), insights.Container, p, strings.NewReader("{}"), lake.PutBlobOptions{}); err != nil {
				t.Fatal(err)
			}
		}
	}
	return &fakeEnvironments{store: store, deleted: map[insights.EnvironmentID]bool{}}
}

// share gives an environment's folder the entries of both groups.
func (f *fakeEnvironments) share(t *testing.T, id insights.EnvironmentID) {
	t.Helper()
	groups := "group:" + reader + ":r-x,group:" + contributor + ":rwx"
	base := "user::rwx,group::r-x,other::---,mask::rwx,"
	for p, text := range map[lake.Path]string{
		id.Folder():                          base + groups + ",default:user::rwx,default:group::r-x,default:other::---,default:mask::rwx,default:" + strings.ReplaceAll(groups, ",", ",default:"),
		id.Folder().Join("environment.json"): base + groups,
	} {
		list, err := access.ParseACL(text)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.store.SetAccessControl(t.Context(), insights.Container, p, lake.AccessControlUpdate{ACL: list}, lake.Conditions{}); err != nil {
			t.Fatal(err)
		}
	}
}

func newLinks(f *fakeEnvironments, fs vfs.FS) *dataverse.Links {
	return dataverse.NewLinks(dataverse.Options{FS: fs, Dir: "/dataverse", Environments: f, CheckShared: checkShared, Clock: func() time.Time { return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC) }})
}

// checkShared knows one person, who may not read the lake of another account.
func checkShared(_ context.Context, person insights.SignInID, account access.Scope, i sharing.Identifier) ([]sharing.Finding, error) {
	if person != "s1" {
		return nil, errs.E(errs.NotFound, "there is no such sign-in")
	}
	return []sharing.Finding{
		{What: "both groups are there", OK: true},
		{What: "the signed-in person may read the container", OK: strings.HasSuffix(string(account), "/"+i.Account), Found: sharing.Unauthorized, Fix: "give the role"},
	}, nil
}

func request(change ...func(*insights.DataverseRequest)) insights.DataverseRequest {
	q := insights.DataverseRequest{DataverseStep: insights.DataverseStep{Organization: insights.Organization{URL: url, Region: "westeurope"}, DataSharing: true, PermissionsIdentifier: identifier}, SignIn: "s1", Account: "/subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09590/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/contoso"}
	for _, c := range change {
		c(&q)
	}
	return q
}

// outcomes are the names of prerequisites that did not pass, with what was found.
func outcomes(lines []insights.Prerequisite) map[string]insights.Outcome {
	m := map[string]insights.Outcome{}
	for _, l := range lines {
		if l.Outcome != insights.Passed {
			m[l.Name] = l.Outcome
		}
	}
	return m
}

func TestALinkIsKeptUntilItIsDetached(t *testing.T) {
	t.Parallel()
	f, fs := newEnvironments(t), vfs.NewMem()
	f.share(t, first)
	f.share(t, second)
	links := newLinks(f, fs)
	if _, err := links.Get(t.Context(), first); !errs.Is(err, errs.NotFound) {
		t.Fatalf("before: %v", err)
	}
	link, lines, err := links.Link(t.Context(), first, request())
	if err != nil || len(outcomes(lines)) > 0 {
		t.Fatalf("%v: %v", lines, err)
	}
	if link.PermissionsIdentifier != identifier || link.Account != "contoso" || link.EnvironmentName != "env1" {
		t.Errorf("the link is %+v", link)
	}

	// Another process, and another environment: bound, also when the first one is gone.
	links = newLinks(f, fs)
	for _, deleted := range []bool{false, true} {
		f.deleted[first] = deleted
		_, lines, err := links.Link(t.Context(), second, request())
		if errs.CodeOf(err) != dataverse.CodeAttached || !errs.Is(err, errs.Precondition) || !strings.Contains(err.Error(), "This CDS organization is already attached to another Customer Insights instance") {
			t.Errorf("deleted %v: %v: %v", deleted, lines, err)
		}
		list, err := links.List(t.Context())
		if err != nil || len(list) != 1 || list[0].EnvironmentDeleted != deleted {
			t.Errorf("deleted %v: listed %+v, %v", deleted, list, err)
		}
	}
	if _, err := links.Detach(t.Context(), "other.crm.dynamics.com"); !errs.Is(err, errs.NotFound) {
		t.Errorf("detached what was not linked: %v", err)
	}
	if _, err := links.Detach(t.Context(), "contoso.crm4.dynamics.com"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := links.Link(t.Context(), second, request()); err != nil {
		t.Errorf("after the detach: %v", err)
	}
	// The environment has its organization now.
	_, lines, err = links.Link(t.Context(), second, request(func(q *insights.DataverseRequest) { q.Organization.URL = "other.crm4.dynamics.com" }))
	if got := outcomes(lines); !errs.Is(err, errs.Precondition) || got["organization not attached"] != insights.Failed {
		t.Errorf("a second organization: %v: %v", lines, err)
	}
	// Nobody shares without being signed in, or without the right to read.
	for name, change := range map[string]func(*insights.DataverseRequest){
		"nobody": func(q *insights.DataverseRequest) { q.SignIn = "" },
		"no right": func(q *insights.DataverseRequest) {
			q.Account = strings.Replace(q.Account, "contoso", "fabrikam", 1)
		},
		"no account": func(q *insights.DataverseRequest) { q.Account = "" },
	} {
		if _, _, err := links.Link(t.Context(), second, request(change)); !errs.Is(err, errs.Precondition) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// The same one again changes the sharing.
	link, _, err = links.Link(t.Context(), second, request(func(q *insights.DataverseRequest) { q.DataSharing, q.PermissionsIdentifier = false, "" }))
	if err != nil || link.DataSharing {
		t.Errorf("sharing off: %+v, %v", link, err)
	}
}

func TestWhatMustBeSoForALinkIsChecked(t *testing.T) {
	t.Parallel()
	f := newEnvironments(t)
	links := newLinks(f, vfs.NewMem())
	identified := func(text string) func(*insights.DataverseRequest) {
		return func(q *insights.DataverseRequest) { q.PermissionsIdentifier = text }
	}
	for _, c := range []struct {
		name  string
		q     insights.DataverseRequest
		want  map[string]insights.Outcome
		share bool
	}{
		{name: "lists that let nobody in", q: request(), want: map[string]insights.Outcome{"access control lists": insights.Failed}},
		{name: "nobody signed in", q: request(func(q *insights.DataverseRequest) { q.SignIn = "" }), want: map[string]insights.Outcome{"sharing": insights.Unknown}, share: true},
		{name: "all as it must be", q: request(), want: map[string]insights.Outcome{}, share: true},
		{name: "another region", q: request(func(q *insights.DataverseRequest) { q.Organization.Region = "eastus" }), want: map[string]insights.Outcome{"region": insights.Failed}},
		{name: "no region", q: request(func(q *insights.DataverseRequest) { q.Organization.Region = "" }), want: map[string]insights.Outcome{"region": insights.Unknown}},
		{name: "another account", q: request(identified(strings.Replace(identifier, "contoso", "fabrikam", 1))), want: map[string]insights.Outcome{"storage account": insights.Failed}},
		{name: "an account of this name in another cloud", q: request(identified(strings.Replace(identifier, "core.windows.net", "core.chinacloudapi.cn", 1))), want: map[string]insights.Outcome{"storage account": insights.Failed}},
		{name: "the bare name", q: request(identified(strings.Replace(identifier, ".dfs.core.windows.net", "", 1))), want: map[string]insights.Outcome{}},
		{name: "another folder", q: request(identified(strings.Replace(identifier, "?", "/other?", 1))), want: map[string]insights.Outcome{"shared folder": insights.Failed}},
		{name: "the folder itself", q: request(identified(strings.Replace(identifier, "?", "/"+string(first.Folder())+"?", 1))), want: map[string]insights.Outcome{}},
		{name: "other groups", q: request(identified(strings.Replace(identifier, reader, string(first), 1))), want: map[string]insights.Outcome{"access control lists": insights.Failed}},
	} {
		if c.share {
			f.share(t, first)
		}
		lines, err := links.Check(t.Context(), first, c.q)
		if diff := cmp.Diff(c.want, outcomes(lines)); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", c.name, err, diff)
		}
	}
}

func TestRequestsThatAreWrongByThemselvesAreInvalid(t *testing.T) {
	t.Parallel()
	links := newLinks(newEnvironments(t), vfs.NewMem())
	for name, change := range map[string]func(*insights.DataverseRequest){
		"no identifier": func(q *insights.DataverseRequest) { q.PermissionsIdentifier = "" },
		"identifier of two readers": func(q *insights.DataverseRequest) {
			q.PermissionsIdentifier = strings.Replace(identifier, contributor, reader, 1)
		},
		"another container": func(q *insights.DataverseRequest) {
			q.PermissionsIdentifier = strings.Replace(identifier, "customerinsights", "other", 1)
		},
		"http":                   func(q *insights.DataverseRequest) { q.Organization.URL = "http://contoso.crm4.dynamics.com" },
		"a path":                 func(q *insights.DataverseRequest) { q.Organization.URL = url + "/api" },
		"no address":             func(q *insights.DataverseRequest) { q.Organization.URL = "" },
		"id that is no GUID":     func(q *insights.DataverseRequest) { q.Organization.ID = "contoso" },
		"identifier unasked for": func(q *insights.DataverseRequest) { q.DataSharing = false },
	} {
		if _, err := links.Check(t.Context(), first, request(change)); !errs.Is(err, errs.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
