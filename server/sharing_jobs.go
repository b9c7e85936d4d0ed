package server

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/api"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/sharing"
)

// maxShareJobs is how many jobs are remembered.
const maxShareJobs = 100

// shareJobs are the jobs of sharing of this process, in memory: what they change is in a record of its own, by which an
// interrupted setup goes on.
type shareJobs struct {
	clock func() time.Time
	ctx   context.Context //nolint:containedctx // it ends the jobs when the server closes
	end   context.CancelFunc
	group sync.WaitGroup

	mu  sync.Mutex
	all []*shareJob // oldest first
}

// shareJob is a job under way or done.
type shareJob struct {
	environment insights.EnvironmentID
	account     access.Scope
	cancel      context.CancelFunc
	clock       func() time.Time

	mu  sync.Mutex
	job api.SharingJob // guarded by mu
}

func newShareJobs(clock func() time.Time) *shareJobs {
	j := &shareJobs{clock: clock}
	j.ctx, j.end = context.WithCancel(context.Background())
	return j
}

// close ends all jobs.
func (s *shareJobs) close() {
	s.end()
	s.group.Wait()
}

// start begins a job unless another one of the account is under way.
func (s *shareJobs) start(env insights.EnvironmentID, account access.Scope, kind api.SharingJobKind, work shareWork) (api.SharingJob, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, j := range s.all {
		if strings.EqualFold(string(j.account), string(account)) && j.now().State == api.SharingRunning {
			return api.SharingJob{}, errs.E(errs.Conflict, errs.Item(account), "the account's sharing is being changed or checked already",
				errs.Hint("wait for the job "+j.now().ID+", or cancel it"))
		}
	}
	j := &shareJob{environment: env, account: account, clock: s.clock, job: api.SharingJob{
		ID: rand.Text(), Kind: kind, State: api.SharingRunning, StartedAt: s.clock().UTC(), Steps: []sharing.Step{},
	}}
	var ctx context.Context
	ctx, j.cancel = context.WithCancel(s.ctx)
	s.all = append(s.all, j)
	if len(s.all) > maxShareJobs {
		s.forget()
	}
	s.group.Go(func() {
		defer j.cancel()
		j.finish(ctx, work(ctx, j))
	})
	return j.now(), nil
}

// forget drops the oldest job that is done.
func (s *shareJobs) forget() {
	if i := slices.IndexFunc(s.all, func(j *shareJob) bool { return j.now().State != api.SharingRunning }); i >= 0 {
		s.all = slices.Delete(s.all, i, i+1)
	}
}

func (s *shareJobs) list(env insights.EnvironmentID) []api.SharingJob {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := []api.SharingJob{}
	for _, j := range slices.Backward(s.all) {
		if j.environment == env {
			list = append(list, j.now())
		}
	}
	return list
}

func (s *shareJobs) find(env insights.EnvironmentID, id string) (*shareJob, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, j := range s.all {
		if j.environment == env && j.now().ID == id {
			return j, nil
		}
	}
	return nil, errs.E(errs.NotFound, errs.Item(id), "the environment has no such job", errs.Hint("jobs are forgotten when the server ends; what they changed is not"))
}

// now is the job as it is.
func (j *shareJob) now() api.SharingJob {
	j.mu.Lock()
	defer j.mu.Unlock()
	job := j.job
	job.Steps, job.Findings, job.Failures = slices.Clone(job.Steps), slices.Clone(job.Findings), slices.Clone(job.Failures)
	return job
}

func (j *shareJob) step(s sharing.Step) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.job.Steps = append(j.job.Steps, s)
}

func (j *shareJob) progress(directories, files int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.job.Directories, j.job.Files = directories, files
}

func (j *shareJob) found(findings []sharing.Finding) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.job.Findings = append(j.job.Findings, findings...)
}

func (j *shareJob) result(r sharing.Result, failed error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.job.Directories, j.job.Files, j.job.Failures = r.Directories, r.Files, r.Failures
	if failed == nil {
		j.job.Identifier = r.Identifier.String()
	}
}

func (j *shareJob) finish(ctx context.Context, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	now := j.clock().UTC()
	j.job.FinishedAt = &now
	switch {
	case err == nil:
		j.job.State = api.SharingSucceeded
		return
	case ctx.Err() != nil:
		j.job.State = api.SharingCanceled
	default:
		j.job.State = api.SharingFailed
	}
	j.job.Error, j.job.Code, j.job.Hint = err.Error(), string(errs.CodeOf(err)), string(errs.HintOf(err))
}
