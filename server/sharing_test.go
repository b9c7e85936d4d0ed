package server

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/api"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/sharing"
	"github.com/ownlake/ownlake/sharing/microsoft"
)

// oneEnvironment is the only one that there is.
type oneEnvironment struct{ account access.Scope }

const onlyID = insights.EnvironmentID("0e000000-0000-4000-8000-000000000001")

func (o oneEnvironment) Get(_ context.Context, id insights.EnvironmentID) (insights.Environment, error) {
	if id != onlyID {
		return insights.Environment{}, errs.E(errs.NotFound, "there is no such environment")
	}
	return insights.Environment{ID: id, Name: "Contoso", Storage: insights.DataStorage{ResourceID: string(o.account)}}, nil
}

// sharesOf shares the lake of a cloud in a box, for its administrator, whose sign-in is "ada".
func sharesOf(t *testing.T, c *cloudInABox) *shares {
	t.Helper()
	ca, err := OpenCA(c.lake.cfg.DataDir)
	must(t, err)
	at := c.tenant.Addresses()
	cloud := microsoft.Cloud{Name: "ownlake", Login: at.URL, Graph: at.URL, Manager: at.URL, StorageSuffix: "localhost", RootCAs: ca.Pool()}
	environment := map[string]string{"AZURE_TENANT_ID": at.ID, "AZURE_USERNAME": "admin@" + at.Domain, "AZURE_PASSWORD": "Correct-Horse-9"}
	cred, err := microsoft.EnvironmentCredential(cloud, microsoft.Environment{Getenv: func(name string) string { return environment[name] }})
	must(t, err)
	account := access.Subscription(c.sub).ResourceGroup(defaultGroup).Account(c.lake.account)
	jobs := newShareJobs(time.Now)
	t.Cleanup(jobs.close)
	return &shares{
		environments: oneEnvironment{account}, dir: filepath.Join(t.TempDir(), "share"), jobs: jobs,
		signedIn: func(id insights.SignInID) (microsoft.Options, error) {
			if id != "ada" {
				return microsoft.Options{}, errs.E(errs.NotFound, "there is no such sign-in, or it has ended")
			}
			return microsoft.Options{Cloud: cloud, Credential: cred}, nil
		},
	}
}

// TestALakeIsSharedByJobs is the whole of the REST API's sharing: plan, setup, check, who, undo.
func TestALakeIsSharedByJobs(t *testing.T) {
	t.Parallel()
	c := startCloud(t, t.TempDir())
	defer c.close()
	_, err := c.lake.store.PutBlob(t.Context(), mustFilesystem(t, c), "ci_1/a.csv", strings.NewReader("x"), lake.PutBlobOptions{})
	must(t, err)
	s := sharesOf(t, c)
	q := api.SharingRequest{SignIn: "ada", Prefix: "contoso", KeepRole: true}
	run := func(kind api.SharingJobKind, want api.SharingJobState) api.SharingJob {
		t.Helper()
		job, err := s.Start(t.Context(), onlyID, kind, q)
		must(t, err)
		s.jobs.group.Wait()
		job, err = s.Job(t.Context(), onlyID, job.ID)
		must(t, err)
		if job.State != want || job.FinishedAt == nil {
			t.Fatalf("%s: %s %s %s", kind, job.State, job.Error, job.Hint)
		}
		return job
	}
	steps, err := s.Plan(t.Context(), onlyID, q)
	must(t, err)
	if len(steps) < 10 {
		t.Errorf("the plan has %d steps", len(steps))
	}
	if job := run(api.SharingCheck, api.SharingFailed); job.Code != "SharingIncomplete" {
		t.Errorf("a check of what is not shared: %s %s", job.Code, job.Error)
	}
	done := run(api.SharingSetup, api.SharingSucceeded)
	if i, err := sharing.ParseIdentifier(done.Identifier); err != nil || i.Account != c.lake.account || done.Files != 1 || len(done.Steps) < 10 {
		t.Errorf("setup: %+v (%v)", done, err)
	}
	if job := run(api.SharingCheck, api.SharingSucceeded); len(job.Findings) < 30 {
		t.Errorf("the check has %d findings: it did not act", len(job.Findings))
	}
	record, err := s.Record(t.Context(), onlyID, q)
	must(t, err)
	if !record.Recursed || len(record.Changes) == 0 {
		t.Errorf("record %+v", record)
	}
	e, err := s.Explain(t.Context(), onlyID, q, sharing.DataverseLakeService, access.ReadFile, "ci_1/a.csv")
	must(t, err)
	who, err := s.Who(t.Context(), onlyID, q, "ci_1/a.csv")
	must(t, err)
	if !e.Allowed || len(who.Holders) != 2 {
		t.Errorf("the service may read: %v; who may: %+v", e.Allowed, who.Holders)
	}
	run(api.SharingUndo, api.SharingSucceeded)
	if _, err := s.Start(t.Context(), onlyID, api.SharingUndo, q); !errs.Is(err, errs.NotFound) {
		t.Errorf("a second undo: %v, want that nothing was recorded", err)
	}
	jobs, err := s.Jobs(t.Context(), onlyID)
	must(t, err)
	if len(jobs) != 4 || jobs[0].Kind != api.SharingUndo {
		t.Errorf("%d jobs, the newest a %s", len(jobs), jobs[0].Kind)
	}
}

func mustFilesystem(t *testing.T, c *cloudInABox) lake.Filesystem {
	t.Helper()
	_, err := c.lake.store.CreateFilesystem(t.Context(), sharing.Container, lake.CreateFilesystemOptions{})
	must(t, err)
	return sharing.Container
}

func TestOneJobAtATimeChangesAnAccount(t *testing.T) {
	t.Parallel()
	jobs := newShareJobs(time.Now)
	t.Cleanup(jobs.close)
	begun := make(chan bool)
	waits := func(ctx context.Context, j *shareJob) error {
		j.progress(1, 2)
		close(begun)
		<-ctx.Done()
		return errs.E(ctx.Err())
	}
	first, err := jobs.start(onlyID, "/subscriptions/s/a", api.SharingSetup, waits)
	must(t, err)
	<-begun
	if _, err := jobs.start(onlyID, "/Subscriptions/S/A", api.SharingCheck, nil); !errs.Is(err, errs.Conflict) || !strings.Contains(string(errs.HintOf(err)), first.ID) {
		t.Errorf("a second job of the account: %v", err)
	}
	_, err = jobs.start(onlyID, "/subscriptions/s/b", api.SharingCheck, func(context.Context, *shareJob) error { return nil })
	must(t, err)
	j, err := jobs.find(onlyID, first.ID)
	must(t, err)
	if now := j.now(); now.State != api.SharingRunning || now.Directories != 1 || now.Files != 2 {
		t.Errorf("under way: %+v", now)
	}
	j.cancel()
	jobs.group.Wait()
	if now := j.now(); now.State != api.SharingCanceled || now.Error == "" {
		t.Errorf("canceled: %+v", now)
	}
	if _, err := jobs.find("another", first.ID); !errs.Is(err, errs.NotFound) {
		t.Errorf("another environment's job: %v", err)
	}
}

func TestSharingAsNobodyIsRefused(t *testing.T) {
	t.Parallel()
	c := startCloud(t, t.TempDir())
	defer c.close()
	s := sharesOf(t, c)
	for name, q := range map[string]api.SharingRequest{
		"as nobody":            {SignIn: "bob", Prefix: "contoso"},
		"of no account":        {SignIn: "ada", Prefix: "contoso", Account: "/nothing"},
		"with no groups":       {SignIn: "ada"},
		"of a path that is no": {SignIn: "ada", Prefix: "contoso", Path: "a/../b"},
	} {
		if _, err := s.Plan(t.Context(), onlyID, q); err == nil {
			t.Errorf("%s: it was planned", name)
		}
	}
	if _, err := s.Plan(t.Context(), "another", api.SharingRequest{SignIn: "ada", Prefix: "contoso"}); !errs.Is(err, errs.NotFound) {
		t.Errorf("an environment that is not there: %v", err)
	}
	if _, err := s.Start(t.Context(), onlyID, "share", api.SharingRequest{SignIn: "ada", Prefix: "contoso"}); !errs.Is(err, errs.Invalid) {
		t.Errorf("what is no job: %v", err)
	}
}
