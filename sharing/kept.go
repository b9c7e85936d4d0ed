package sharing

import (
	"context"
	"slices"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// maxKept bounds a record. Where more lists would have to be kept, undo leaves what lies in the shared folder as it does
// without a survey.
const maxKept = 10_000

// madeEntries is what the setup has changed in the shared folder's own list; false if the groups had all of it before.
func (r *runner) madeEntries() (Change, bool) {
	i := r.record.index(Change{Kind: MadeEntries, Path: r.Path})
	if i < 0 {
		return Change{HadDefaults: true}, false
	}
	return r.record.Changes[i], true
}

// survey keeps the lists that undo could not tell from what a setup leaves: those that have entries of the groups already,
// and folders that have a default list where the shared folder has none, or none where it has one. A setup that has begun to change lists comes too late for it.
func (r *runner) survey(ctx context.Context) error {
	if r.record.Surveyed || r.record.Continuation != "" {
		return nil
	}
	own, changed := r.madeEntries()
	keep := func(p lake.Path, isDirectory bool, list access.ACL) error {
		if p == r.Path && changed {
			return nil // the change of it says how it was
		}
		if len(r.record.Groups.of(list)) == 0 && (!isDirectory || own.HadDefaults == list.HasDefault()) {
			return nil
		}
		if len(r.record.Kept) == maxKept {
			return errTooMany
		}
		r.record.Kept = append(r.record.Kept, Kept{p, list.String()})
		return nil
	}
	r.record.Kept = nil
	walk := r.lake.Walk
	if r.madeBothGroups() {
		walk = r.lake.WalkDirectories // no list can have entries of groups that were not there
	}
	err := walk(ctx, r.Path, keep)
	if err == errTooMany { //nolint:errorlint // this very value
		r.record.Kept = nil
		return nil
	}
	if err != nil {
		return err
	}
	r.record.Surveyed = true
	return r.Record.Save(r.record)
}

var errTooMany = errs.E(errs.Canceled, "too many lists to keep")

func (r *runner) madeBothGroups() bool {
	made := func(id access.ObjectID) bool {
		return slices.ContainsFunc(r.record.Changes, func(c Change) bool { return c.Kind == MadeGroup && c.ID == id })
	}
	return made(r.record.Groups.Reader) && made(r.record.Groups.Contributor)
}

// giveBack gives the lists that were kept what they had, and leaves what others have changed in them since.
func (r *undoer) giveBack(ctx context.Context) error {
	for _, k := range r.record.Kept {
		was, err := access.ParseACL(k.List)
		if err != nil {
			return err
		}
		err = r.retry(ctx, func(ctx context.Context) error {
			list, err := r.lake.ACL(ctx, k.Path)
			if err != nil {
				return err
			}
			if restored := r.restored(list, was); !slices.Equal(restored, list) {
				return r.lake.SetACL(ctx, k.Path, restored)
			}
			return nil
		})
		if gone(err) != nil {
			return err
		}
	}
	return nil
}

// restored is a list with the groups' entries that it had, and with the base of the default list that it had, or without one.
// If it then is but for its masks what it was, those are as they were as well.
func (r *undoer) restored(list, was access.ACL) access.ACL {
	list = list.Remove(r.subjects(Change{HadDefaults: was.HasDefault()}))
	if before := r.record.Groups.of(was); len(before) > 0 {
		list = list.Modify(before)
	}
	for _, e := range was {
		if e.Default && e.ID == "" && e.Type != access.Mask && !slices.ContainsFunc(list, func(have access.Entry) bool { return have.Default && have.Type == e.Type && have.ID == "" }) {
			list = append(list, e)
		}
	}
	list = list.Complete()
	if slices.Equal(withoutMasks(list), withoutMasks(was.Complete())) {
		return was
	}
	return list
}

func withoutMasks(list access.ACL) access.ACL {
	return slices.DeleteFunc(slices.Clone(list), func(e access.Entry) bool { return e.Type == access.Mask })
}
