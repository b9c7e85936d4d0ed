package sharing

import (
	"context"
	"strconv"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// Finding is one thing that must be so.
type Finding struct {
	What string `json:"what"`
	OK   bool   `json:"ok"`
	// Found is what is so instead, and Fix how to mend it and who can.
	Found string `json:"found,omitempty"`
	Fix   string `json:"fix,omitempty"`
}

// maxNamed is how many paths a finding names; the rest is counted.
const maxNamed = 20

// Check reads back everything that a setup leaves (reference BYOL section 3), down to the list of every file, and changes
// nothing. Findings that are not OK say what is missing. Errors are those of the cloud: that something cannot be looked at,
// such as lists that the person may not read, is one, of kind Precondition.
func (s Setup) Check(ctx context.Context) ([]Finding, error) {
	const op errs.Op = "sharing.Check"
	r, err := s.begin(op, true)
	if err != nil {
		return nil, err
	}
	c := checker{runner: r}
	r.Report = c.step
	for _, step := range []func(context.Context) error{
		r.checkAccount, r.ensureContainer, r.ensureService, r.ensureGroups, r.ensureOwners, r.ensureServiceRights, r.ensureLists, c.content,
	} {
		err := step(ctx)
		if errs.Is(err, errs.Precondition) {
			// What no setup can mend is a finding, too; what comes after it cannot be looked at.
			c.findings = append(c.findings, Finding{What: "the sharing can be checked", Found: err.Error(), Fix: string(errs.HintOf(err))})
			return c.findings, nil
		}
		if errs.Is(err, errs.Permission) {
			return c.findings, errs.E(op, errs.Precondition, "the signed-in person may not look at it", err, errs.Hint(needsData))
		}
		if err != nil {
			return c.findings, errs.Wrap(op, err)
		}
	}
	return c.findings, nil
}

// checker turns the steps of a plan into findings.
type checker struct {
	*runner
	findings []Finding
}

func (c *checker) step(s Step) {
	f := Finding{What: s.What, OK: s.State == There}
	if !f.OK {
		f.Found, f.Fix = "it is not so", "run the setup; it takes "+s.Needs
	}
	c.findings = append(c.findings, f)
}

// content looks at the list of everything in the shared folder.
func (c *checker) content(ctx context.Context) error {
	groups := c.record.Groups
	if c.lake == nil || groups.Reader == "" || groups.Contributor == "" {
		return nil // which a finding has said
	}
	all := groups.shared()
	ofFiles := all[:2]
	f := Finding{What: "everything in it lets both groups in", OK: true}
	missing := 0
	err := c.lake.Walk(ctx, c.Path, func(p lake.Path, isDirectory bool, list access.ACL) error {
		want := ofFiles
		if isDirectory {
			want = all
		}
		if !contains(list, want) {
			if missing++; missing <= maxNamed {
				f.Found += "\n" + shown(p) + ": " + list.String()
			}
		}
		return nil
	})
	if missing > 0 {
		f.OK = false
		f.Found = strconv.Itoa(missing) + " files or folders whose lists do not:" + f.Found
		if missing > maxNamed {
			f.Found += "\n…"
		}
		f.Fix = "take the setup back and run it again; it takes " + needsData
	}
	c.findings = append(c.findings, f)
	return err
}
