package sharing

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// Actor acts on the shared container as one principal, with a token of its own.
type Actor interface {
	// Act does one of the operations that [Prove] tries: to Path, and for a rename from it to To. A WriteFile appends. The
	// error is Permission where the lake does not allow it.
	Act(ctx context.Context, op access.Operation, p, to lake.Path) error
}

// Actors are who a proof acts as: a member of each group and of no other that has rights, and somebody without any.
type Actors struct{ Reader, Contributor, Stranger Actor }

// trial is one operation that everybody tries, and who may. They are tried in this order on one file, so that what the
// contributor does comes last.
type trial struct {
	op          access.Operation
	at, to      string // below the folder of the proof; "" is the folder
	reader      bool
	contributor bool
}

const (
	proofFile, proofMoved, proofNew, proofFolder = "new.csv", "moved.csv", "other.csv", "folder"
)

func trials() []trial {
	return []trial{
		{op: access.ListDirectory, reader: true, contributor: true},
		{op: access.GetProperties, at: proofFile, reader: true, contributor: true},
		{op: access.ReadFile, at: proofFile, reader: true, contributor: true},
		{op: access.WriteFile, at: proofFile, contributor: true},
		{op: access.SetProperties, at: proofFile, contributor: true},
		{op: access.CreateFile, at: proofNew, contributor: true},
		{op: access.CreateDirectory, at: proofFolder, contributor: true},
		{op: access.RenameFrom, at: proofFile, to: proofMoved, contributor: true},
		{op: access.DeleteFile, at: proofMoved, contributor: true},
		{op: access.DeleteRecursive, at: proofFolder, contributor: true},
	}
}

// Prove shows by acting that readers read and cannot write, that contributors write what readers can read at once, and that
// strangers do neither. It works in a folder of its own, which it removes again, and reads a file of each kind that is
// there. Lake lists those as the signed-in person; shared is the shared folder. Each finding is one attempt. The error is that the proof could not be made.
func Prove(ctx context.Context, l Lake, shared lake.Path, actors Actors) ([]Finding, error) {
	const op errs.Op = "sharing.Prove"
	p := &proof{actors: actors, folder: shared.Join("ownlake-check-" + uuid.NewString())}
	files, err := oneOfEachKind(ctx, l, shared)
	if err != nil {
		return nil, errs.Wrap(op, err)
	}
	for _, f := range files {
		p.try(ctx, "reader", actors.Reader, access.ReadFile, f, "", true)
		p.try(ctx, "stranger", actors.Stranger, access.ReadFile, f, "", false)
	}
	p.try(ctx, "contributor", actors.Contributor, access.CreateDirectory, p.folder, "", true)
	p.try(ctx, "contributor", actors.Contributor, access.CreateFile, p.folder.Join(proofFile), "", true)
	if p.failed == nil {
		p.everyTrial(ctx)
		// What somebody made who was to be refused goes with it.
		p.try(context.WithoutCancel(ctx), "contributor", actors.Contributor, access.DeleteRecursive, p.folder, "", true)
	}
	return p.findings, errs.Wrap(op, p.failed)
}

type proof struct {
	actors   Actors
	folder   lake.Path
	findings []Finding
	failed   error // of an attempt, by another cause than rights
}

func (p *proof) everyTrial(ctx context.Context) {
	for _, t := range trials() {
		at, to := p.folder, lake.Path("")
		if t.at != "" {
			at = p.folder.Join(t.at)
		}
		if t.to != "" {
			to = p.folder.Join(t.to)
		}
		p.try(ctx, "stranger", p.actors.Stranger, t.op, at, to, false)
		p.try(ctx, "reader", p.actors.Reader, t.op, at, to, t.reader)
		p.try(ctx, "contributor", p.actors.Contributor, t.op, at, to, t.contributor)
	}
}

// try makes an attempt, and notes whether it ended as it was to. A path that is not there for somebody who is to be
// refused is a refusal as good as another only where the lake says so: NotFound is told as it is.
func (p *proof) try(ctx context.Context, who string, a Actor, op access.Operation, at, to lake.Path, allowed bool) {
	if p.failed != nil {
		return
	}
	err := a.Act(ctx, op, at, to)
	refused := errs.Is(err, errs.Permission)
	if err != nil && !refused && errs.Is(err, errs.Unavailable) || errs.Is(err, errs.Canceled) || errs.Is(err, errs.Unauthorized) {
		p.failed = err
		return
	}
	f := Finding{What: "a " + who + " may not " + op.String() + " " + string(at), OK: refused}
	if allowed {
		f.What, f.OK = "a "+who+" may "+op.String()+" "+string(at), err == nil
	}
	if !f.OK {
		f.Found = "it was allowed"
		if err != nil {
			f.Found = err.Error()
		}
		f.Fix = "see who is in the groups, and which roles give more than the lists: ownlake access explain"
	}
	p.findings = append(p.findings, f)
}

// oneOfEachKind finds a file of each ending.
func oneOfEachKind(ctx context.Context, l Lake, shared lake.Path) ([]lake.Path, error) {
	found := map[string]lake.Path{}
	err := l.Walk(ctx, shared, func(p lake.Path, isDirectory bool, _ access.ACL) error {
		ending := strings.ToLower(path.Ext(string(p)))
		if _, ok := found[ending]; !ok && !isDirectory {
			found[ending] = p
		}
		return nil
	})
	files := make([]lake.Path, 0, len(found))
	for _, p := range found {
		files = append(files, p)
	}
	slices.Sort(files)
	return files, err
}

// Summary is the last line of a check: how much was looked at, and how much was not as it must be.
func Summary(findings []Finding) string {
	differ := 0
	for _, f := range findings {
		if !f.OK {
			differ++
		}
	}
	return fmt.Sprintf("%d checks, %d differences", len(findings), differ)
}
