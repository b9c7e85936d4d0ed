package server

import (
	"context"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/api"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/sharing"
	"github.com/ownlake/ownlake/sharing/microsoft"
	"github.com/ownlake/ownlake/sharing/recordfile"
)

// shares shares the lakes of environments as people who have signed in to clouds. It implements [api.Sharing].
type shares struct {
	environments interface {
		Get(ctx context.Context, id insights.EnvironmentID) (insights.Environment, error)
	}
	// signedIn is who has signed in under an id.
	signedIn func(id insights.SignInID) (microsoft.Options, error)
	dir      string // of records
	jobs     *shareJobs
	// propagation bounds how long a role may take to reach the data; 0 is what package sharing takes.
	propagation time.Duration
}

// place is what a request is about.
type sharePlace struct {
	options microsoft.Options
	cloud   sharing.Cloud
	account access.Scope
}

// account is the resource id that a request names, or the environment's own.
func (s *shares) account(ctx context.Context, env insights.EnvironmentID, q api.SharingRequest) (access.Scope, error) {
	e, err := s.environments.Get(ctx, env)
	if err != nil {
		return "", err
	}
	text := q.Account
	if text == "" {
		text = e.Storage.ResourceID
	}
	if text == "" {
		return "", errs.E(errs.Precondition, errs.Item(e.Name), "the environment does not know the resource id of its storage account", errs.Hint("name the account"))
	}
	return access.ParseScope(text)
}

func (s *shares) place(ctx context.Context, env insights.EnvironmentID, q api.SharingRequest) (sharePlace, error) {
	account, err := s.account(ctx, env, q)
	if err != nil {
		return sharePlace{}, err
	}
	o, err := s.signedIn(q.SignIn)
	return sharePlace{o, microsoft.Connect(o), account}, err
}

func (s *shares) setup(ctx context.Context, env insights.EnvironmentID, q api.SharingRequest) (sharing.Setup, sharePlace, error) {
	p, err := s.place(ctx, env, q)
	if err != nil {
		return sharing.Setup{}, p, err
	}
	if _, err := lake.ParsePath(string(q.Path)); err != nil {
		return sharing.Setup{}, p, err
	}
	return sharing.Setup{
		Cloud: p.cloud, Account: p.account, Path: q.Path, Prefix: q.Prefix, Groups: sharing.Groups{Reader: q.ReaderGroup, Contributor: q.ContributorGroup},
		CreateContainer: q.CreateContainer, OAuthOnly: q.OAuthOnly, KeepRole: q.KeepRole, Record: s.record(p.account, q.Path),
		Wait: s.propagation,
	}, p, nil
}

// record is the file that ownlake share keeps for the same account and folder.
func (s *shares) record(account access.Scope, p lake.Path) sharing.Records {
	name := strings.Trim(path.Base(string(account))+"-"+strings.ReplaceAll(string(p), "/", "_"), "-")
	return recordfile.File{FS: vfs.Default, Name: filepath.Join(s.dir, name+".json")}
}

// Plan says what a setup would do.
func (s *shares) Plan(ctx context.Context, env insights.EnvironmentID, q api.SharingRequest) ([]sharing.Step, error) {
	setup, _, err := s.setup(ctx, env, q)
	if err != nil {
		return nil, errs.E(errs.Op("server.shares.Plan"), err)
	}
	return setup.Plan(ctx)
}

// CreateGroups makes both groups.
func (s *shares) CreateGroups(ctx context.Context, env insights.EnvironmentID, q api.SharingRequest, dry bool) (sharing.Groups, []sharing.Step, error) {
	const op errs.Op = "server.shares.CreateGroups"
	if _, err := s.environments.Get(ctx, env); err != nil {
		return sharing.Groups{}, nil, errs.E(op, err)
	}
	o, err := s.signedIn(q.SignIn)
	if err != nil {
		return sharing.Groups{}, nil, errs.E(op, err)
	}
	if err := s.makeDir(); err != nil {
		return sharing.Groups{}, nil, errs.E(op, err)
	}
	name := strings.NewReplacer("/", "_", `\`, "_").Replace("groups-" + q.Prefix)
	setup := sharing.Setup{
		Cloud: microsoft.Connect(o), Prefix: q.Prefix, Record: recordfile.File{FS: vfs.Default, Name: filepath.Join(s.dir, name+".json")},
	}
	return setup.CreateGroups(ctx, dry)
}

func (s *shares) makeDir() error {
	if err := vfs.Default.MkdirAll(s.dir, 0o700); err != nil {
		return errs.E(errs.Unavailable, errs.Item(s.dir), err)
	}
	return nil
}

// Record is what a setup has changed.
func (s *shares) Record(ctx context.Context, env insights.EnvironmentID, q api.SharingRequest) (sharing.Record, error) {
	const op errs.Op = "server.shares.Record"
	account, err := s.account(ctx, env, q)
	if err != nil {
		return sharing.Record{}, errs.E(op, err)
	}
	r, err := s.record(account, q.Path).Load()
	if err != nil {
		return sharing.Record{}, errs.E(op, err)
	}
	return *r, nil
}

// Explain decides whether a principal may do an operation.
func (s *shares) Explain(ctx context.Context, env insights.EnvironmentID, q api.SharingRequest, principal string, op access.Operation, p lake.Path) (sharing.Explanation, error) {
	at, err := s.place(ctx, env, q)
	if err != nil {
		return sharing.Explanation{}, errs.E(errs.Op("server.shares.Explain"), err)
	}
	who, err := microsoft.NewDirectory(at.options).Principal(ctx, principal)
	if err != nil {
		return sharing.Explanation{}, err
	}
	return sharing.Explain(ctx, at.cloud, sharing.Question{Account: at.account, Principal: who.ID, Operation: op, Path: p})
}

// Who finds everyone who may read or write a path.
func (s *shares) Who(ctx context.Context, env insights.EnvironmentID, q api.SharingRequest, p lake.Path) (sharing.Audience, error) {
	at, err := s.place(ctx, env, q)
	if err != nil {
		return sharing.Audience{}, errs.E(errs.Op("server.shares.Who"), err)
	}
	return sharing.Who(ctx, at.cloud, at.account, p)
}

// Start begins a setup, a check or an undo.
func (s *shares) Start(ctx context.Context, env insights.EnvironmentID, kind api.SharingJobKind, q api.SharingRequest) (api.SharingJob, error) {
	const op errs.Op = "server.shares.Start"
	work, account, err := s.work(ctx, env, kind, q)
	if err == nil {
		err = s.makeDir()
	}
	if err != nil {
		return api.SharingJob{}, errs.E(op, err)
	}
	job, err := s.jobs.start(env, account, kind, work)
	return job, errs.Wrap(op, err)
}

// shareWork is what a job does. It tells the job how far it is.
type shareWork func(ctx context.Context, j *shareJob) error

func (s *shares) work(ctx context.Context, env insights.EnvironmentID, kind api.SharingJobKind, q api.SharingRequest) (shareWork, access.Scope, error) {
	if kind == api.SharingUndo {
		p, err := s.place(ctx, env, q)
		if err != nil {
			return nil, "", err
		}
		records := s.record(p.account, q.Path)
		if _, err := records.Load(); err != nil {
			return nil, "", err
		}
		return func(ctx context.Context, j *shareJob) error {
			return sharing.Undo{Cloud: p.cloud, Record: records, Report: j.step, Progress: j.progress, Wait: s.propagation}.Run(ctx)
		}, p.account, nil
	}
	setup, p, err := s.setup(ctx, env, q)
	if err != nil {
		return nil, "", err
	}
	switch kind {
	case api.SharingSetup:
		return func(ctx context.Context, j *shareJob) error {
			setup.Report, setup.Progress = j.step, j.progress
			result, err := setup.Apply(ctx)
			j.result(result, err)
			return err
		}, p.account, nil
	case api.SharingCheck:
		setup.Record = sharing.NoRecord{}
		return func(ctx context.Context, j *shareJob) error { return check(ctx, j, setup, p.options, q.OnlyRead) }, p.account, nil
	default:
		return nil, "", errs.E(errs.Invalid, errs.Item(kind), "this is no job", errs.Hint("use setup, check or undo"))
	}
}

// check reads back what a setup has left, and proves it by acting.
func check(ctx context.Context, j *shareJob, setup sharing.Setup, o microsoft.Options, onlyRead bool) error {
	findings, err := setup.Check(ctx)
	j.found(findings)
	if err != nil {
		return err
	}
	whole := !missing(findings)
	if whole && !onlyRead {
		proved, err := microsoft.ProveSetup(ctx, o, setup)
		j.found(proved)
		if err != nil {
			return err
		}
		whole = !missing(proved)
	}
	if !whole {
		return errs.E(errs.Precondition, errs.Code("SharingIncomplete"), "the lake is not shared as it must be", errs.Hint("see the findings"))
	}
	return nil
}

func missing(findings []sharing.Finding) bool {
	for _, f := range findings {
		if !f.OK {
			return true
		}
	}
	return false
}

// Jobs are the jobs of an environment, newest first.
func (s *shares) Jobs(ctx context.Context, env insights.EnvironmentID) ([]api.SharingJob, error) {
	if _, err := s.environments.Get(ctx, env); err != nil {
		return nil, errs.E(errs.Op("server.shares.Jobs"), err)
	}
	return s.jobs.list(env), nil
}

// Job is one of them.
func (s *shares) Job(_ context.Context, env insights.EnvironmentID, id string) (api.SharingJob, error) {
	j, err := s.jobs.find(env, id)
	if err != nil {
		return api.SharingJob{}, errs.E(errs.Op("server.shares.Job"), err)
	}
	return j.now(), nil
}

// CancelJob asks a job to stop.
func (s *shares) CancelJob(_ context.Context, env insights.EnvironmentID, id string) error {
	j, err := s.jobs.find(env, id)
	if err != nil {
		return errs.E(errs.Op("server.shares.CancelJob"), err)
	}
	j.cancel()
	return nil
}
