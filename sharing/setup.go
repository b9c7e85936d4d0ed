package sharing

import (
	"context"
	"time"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// Setup shares a container, or a folder of it, with two security groups. Cloud, Account and Record are required, and
// either Prefix or both Groups.
type Setup struct {
	Cloud   Cloud
	Account access.Scope // resource id of the storage account
	Path    lake.Path    // "" shares the whole container
	// Prefix is what the names of the groups begin with. They are made unless they are there.
	Prefix string
	// Groups are groups that are there already.
	Groups Groups
	// CreateContainer lets the container be made, never open to everybody.
	CreateContainer bool
	// OAuthOnly gives the Dataverse service no role: it reads as a member of the reader group, and cannot make signatures.
	OAuthOnly bool
	// KeepRole leaves the person the role that the setup needed.
	KeepRole bool
	// Record keeps what was changed. Apply goes on from a record that is there.
	Record Records
	// Report, if not nil, is told each step once it is known whether it is to be done, and again when it is done.
	Report func(Step)
	// Progress, if not nil, is told how many lists the recursive change has come to.
	Progress func(directories, files int)
	// Wait bounds how long a role may take to reach the data; 0 is 30 minutes ("up to 30", reference BYOL section 5).
	Wait time.Duration
	// Sleep waits between two tries; nil waits by the clock.
	Sleep func(context.Context, time.Duration) error
}

// Step is one thing that a setup makes sure of.
type Step struct {
	What  string    `json:"what"`
	State StepState `json:"state"`
	// Needs is the right that doing it takes, and who has it.
	Needs string `json:"needs,omitempty"`
}

// StepState says how far a step is.
type StepState string

// The states.
const (
	There   StepState = "there"   // as it is to be already
	Planned StepState = "planned" // not there; a plan or a check stops here
	Done    StepState = "done"
)

// Result is what a setup ends with.
type Result struct {
	Identifier         Identifier `json:"identifier"`
	Steps              []Step     `json:"steps"`
	Directories, Files int
	// Failures are paths whose lists could not be changed: the sharing is then incomplete.
	Failures []Failure `json:"failures,omitempty"`
}

// Plan says what Apply would do, and changes nothing. Errors are of kind Precondition where Apply could not be carried
// out, with the fix and who can make it as the hint; or those of the cloud.
func (s Setup) Plan(ctx context.Context) ([]Step, error) {
	r, err := s.begin("sharing.Plan", true)
	if err != nil {
		return nil, err
	}
	r.planned = true
	err = r.run(ctx)
	return r.result.Steps, errs.Wrap("sharing.Plan", err)
}

// Apply does it. It can be interrupted at any point and called again with the same record. Errors are as those of Plan.
func (s Setup) Apply(ctx context.Context) (Result, error) {
	r, err := s.begin("sharing.Apply", false)
	if err != nil {
		return Result{}, err
	}
	err = r.run(ctx)
	return r.result, errs.Wrap("sharing.Apply", err)
}

// CreateGroups makes the two groups and their owner, or says what it would make, without an account (reference BYOL
// section 1). Prefix is required. Errors are as those of Plan.
func (s Setup) CreateGroups(ctx context.Context, dry bool) (Groups, []Step, error) {
	const op errs.Op = "sharing.CreateGroups"
	r, err := s.begin(op, dry)
	if err != nil {
		return Groups{}, nil, err
	}
	for _, step := range []func(context.Context) error{r.ensureService, r.ensureGroups, r.ensureOwners} {
		if err := step(ctx); err != nil {
			return Groups{}, r.result.Steps, errs.Wrap(op, err)
		}
	}
	return r.record.Groups, r.result.Steps, nil
}

// FindGroups returns the groups that the setup names, or finds them by the prefix. It makes none: where one is missing,
// the error is of kind Precondition.
func (s Setup) FindGroups(ctx context.Context) (Groups, error) {
	const op errs.Op = "sharing.FindGroups"
	r, err := s.begin(op, true)
	if err != nil {
		return Groups{}, err
	}
	if err := r.ensureGroups(ctx); err != nil {
		return Groups{}, errs.Wrap(op, err)
	}
	if g := r.record.Groups; g.Reader != "" && g.Contributor != "" {
		return g, nil
	}
	return Groups{}, errs.E(op, errs.Precondition, errs.Item(s.Prefix), "the groups are not there", errs.Hint("run the setup first"))
}

// runner is a setup under way.
type runner struct {
	Setup
	dry     bool // nothing is changed
	planned bool // what cannot be read before a role is given counts as not there
	record  *Record
	result  Result
	me      Principal
	service Principal // of Dataverse; zero in a plan that would make it
	account Account
	lake    Lake // nil in a plan that would make the container
}

func (s Setup) begin(op errs.Op, dry bool) (*runner, error) {
	if (s.Groups.Reader == "") != (s.Groups.Contributor == "") {
		return nil, errs.E(op, errs.Invalid, "one of the two groups is not named", errs.Hint("name both, or a prefix for both to be made"))
	}
	if s.Groups.Reader != "" && s.Groups.Reader == s.Groups.Contributor {
		return nil, errs.E(op, errs.Invalid, errs.Item(s.Groups.Reader), "the groups must be two: who reads would write")
	}
	if s.Prefix == "" && s.Groups.Reader == "" {
		return nil, errs.E(op, errs.Invalid, "the groups are not named", errs.Hint("give a prefix for their names, or both their ids"))
	}
	if s.Wait == 0 {
		s.Wait = 30 * time.Minute
	}
	r := &runner{Setup: s, dry: dry}
	var err error
	r.record, err = s.Record.Load()
	switch {
	case errs.Is(err, errs.NotFound):
		r.record = &Record{Account: s.Account, Path: s.Path}
	case err != nil:
		return nil, err
	case r.record.Account != s.Account || r.record.Path != s.Path:
		return nil, errs.E(op, errs.Conflict, errs.Item(r.record.Account), "the record is of another setup", errs.Hint("take that one back first, or name another file"))
	}
	return r, nil
}

// run goes through the steps of reference BYOL section 2 in their order, with the corrections of section 7.
func (r *runner) run(ctx context.Context) error {
	for _, step := range []func(context.Context) error{
		r.checkAccount, r.findMe, r.ensureContainer, r.ensureService, r.ensureGroups, r.ensureOwners, r.ensureServiceRights,
		r.ensureOwnRole, r.ensureLists, r.ensureContent, r.dropOwnRole,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	groups := r.record.Groups
	r.result.Identifier = Identifier{Account: r.account.Name, Suffix: r.Cloud.Suffix, Path: r.Path, Contributor: groups.Contributor, Reader: groups.Reader}
	if n := len(r.result.Failures); n > 0 {
		return errs.E(errs.Conflict, errs.Code("SharingIncomplete"), "the lists of some files or folders could not be changed",
			errs.Hint("see which, mend what keeps them from being changed, and run the setup again"))
	}
	return nil
}

// step is what [runner.ensure] makes sure of.
type step struct {
	what, needs string
	// there reports whether nothing is to be done; nil where that cannot be told yet, as what it needs is to be made.
	there func(context.Context) (bool, error)
	// change is recorded before do makes it; there may complete it.
	change Change
	do     func(context.Context) error
}

func (r *runner) ensure(ctx context.Context, s *step) error {
	there := false
	if s.there != nil {
		var err error
		if there, err = s.there(ctx); err != nil {
			return err
		}
	}
	switch {
	case there:
		r.report(Step{s.what, There, ""})
		return nil
	case r.dry:
		r.report(Step{s.what, Planned, s.needs})
		return nil
	}
	if !r.record.has(s.change) {
		r.record.Changes = append(r.record.Changes, s.change)
	}
	if err := r.Record.Save(r.record); err != nil {
		return err
	}
	if err := s.do(ctx); err != nil && !errs.Is(err, errs.Exists) {
		if errs.Is(err, errs.Permission) {
			return errs.E(errs.Precondition, errs.CodeOf(err), "not allowed: "+s.what, err, errs.Hint(s.needs))
		}
		return err
	}
	if err := r.Record.Save(r.record); err != nil {
		return err
	}
	r.report(Step{s.what, Done, ""})
	return nil
}

func (r *runner) report(s Step) {
	r.result.Steps = append(r.result.Steps, s)
	if r.Report != nil {
		r.Report(s)
	}
}

// retry tries what a role allows that may not have reached the data yet.
func (r *runner) retry(ctx context.Context, try func(context.Context) error) error {
	const every = 5 * time.Second
	for waited := time.Duration(0); ; waited += every {
		err := try(ctx)
		if !errs.Is(err, errs.Permission) || waited >= r.Wait {
			return err
		}
		if err := r.sleep(ctx, every); err != nil {
			return err
		}
	}
}

func (r *runner) sleep(ctx context.Context, d time.Duration) error {
	if r.Sleep != nil {
		return r.Sleep(ctx, d)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return errs.E(ctx.Err())
	}
}
