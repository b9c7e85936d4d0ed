package sharing

import (
	"context"
	"slices"
	"time"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// Undo takes back what a setup has recorded, the last thing first, and leaves what was there before. It can be
// interrupted and called again; the record is gone at its end. A container that the setup made and that holds
// something by now stays, as the data is not the setup's.
type Undo struct {
	Cloud    Cloud
	Record   Records
	Report   func(Step)
	Progress func(directories, files int)
	Wait     time.Duration                              // as in [Setup]
	Sleep    func(context.Context, time.Duration) error // as in [Setup]
}

// Run does it. Errors are NotFound where there is no record, and those of the cloud.
func (u Undo) Run(ctx context.Context) error {
	const op errs.Op = "sharing.Undo"
	record, err := u.Record.Load()
	if err != nil {
		return err
	}
	s := Setup{
		Cloud: u.Cloud, Account: record.Account, Path: record.Path, Groups: record.Groups, Record: u.Record,
		Report: u.Report, Progress: u.Progress, Wait: u.Wait, Sleep: u.Sleep,
	}
	if s.Wait == 0 {
		s.Wait = 30 * time.Minute
	}
	r := &undoer{runner{Setup: s, record: record}}
	if err := r.begin(ctx); err != nil {
		return errs.Wrap(op, err)
	}
	for len(record.Changes) > 0 {
		last := record.Changes[len(record.Changes)-1]
		what, err := r.takeBack(ctx, last)
		if err != nil {
			return errs.Wrap(op, err)
		}
		record.Changes = record.Changes[:len(record.Changes)-1]
		if err := u.Record.Save(record); err != nil {
			return err
		}
		if what != "" {
			r.report(Step{what, Done, ""})
		}
	}
	return u.Record.Remove()
}

type undoer struct{ runner }

// begin gets the role that changing lists, and looking into the container, takes. The role is recorded as a temporary one, and is the first to be taken back
// once the lists are.
func (r *undoer) begin(ctx context.Context) error {
	if r.Account == "" {
		return nil // only groups were made
	}
	var err error
	if r.account, err = r.Cloud.Manager.Account(ctx, r.Account); err != nil {
		return err
	}
	if r.me, err = r.Cloud.Directory.Me(ctx); err != nil {
		return err
	}
	if r.lake, err = r.Cloud.Lake(r.account); err != nil {
		return err
	}
	data := func(c Change) bool {
		return c.Kind == MadeEntries || c.Kind == MadeAllEntries || c.Kind == MadeContainer
	}
	if !slices.ContainsFunc(r.record.Changes, data) {
		return nil
	}
	if err := r.ensureOwnRole(ctx); err != nil {
		return err
	}
	// A role that the undo itself, or an interrupted setup, has made goes last.
	slices.SortStableFunc(r.record.Changes, func(a, b Change) int {
		switch {
		case a.Temporary == b.Temporary:
			return 0
		case a.Temporary:
			return -1
		}
		return 1
	})
	return r.Record.Save(r.record)
}

// takeBack takes one change back, and says what it did; "" for nothing.
func (r *undoer) takeBack(ctx context.Context, c Change) (string, error) {
	switch c.Kind {
	case MadeAllEntries:
		return r.takeAllEntries(ctx, c)
	case MadeEntries:
		return r.takeEntries(ctx, c)
	case MadeAssignment:
		role, _ := access.BuiltInRole(c.Role)
		return "the role " + role.Name + " of " + string(c.Principal) + " is taken back", unassign(ctx, r.Cloud.Manager, c)
	case MadeOwner:
		if r.madeGroup(c.On) {
			return "", nil // goes with the group, whose last owner cannot leave
		}
		return "the owner of the group " + string(c.On) + " is removed", gone(r.Cloud.Directory.RemoveOwner(ctx, c.On, c.Principal))
	case MadeMember:
		if r.madeGroup(c.On) {
			return "", nil
		}
		return "the member of the group " + string(c.On) + " is removed", gone(r.Cloud.Directory.RemoveMember(ctx, c.On, c.Principal))
	case MadeGroup:
		return r.takeGroup(ctx, c)
	case MadeServicePrincipal:
		return r.takeService(ctx, c)
	case MadeContainer:
		return r.takeContainer(ctx, c)
	}
	return "", errs.E(errs.Invalid, errs.Item(c.Kind), "the record has a change of an unknown kind")
}

// gone takes what is not there for removed.
func gone(err error) error {
	if errs.Is(err, errs.NotFound) {
		return nil
	}
	return err
}

func (r *undoer) madeGroup(id access.ObjectID) bool {
	return slices.ContainsFunc(r.record.Changes, func(c Change) bool { return c.Kind == MadeGroup && c.ID == id && id != "" })
}

// takeAllEntries removes the groups' entries from everything, and gives the lists that were kept theirs again.
func (r *undoer) takeAllEntries(ctx context.Context, c Change) (string, error) {
	own, changed := r.madeEntries()
	if !r.record.Surveyed && (!changed || own.Before != "") {
		return "the entries below " + shown(c.Path) + " stay, as the groups had some before", nil
	}
	token := ""
	directories, files := 0, 0
	for {
		var page Changed
		err := r.retry(ctx, func(ctx context.Context) (err error) {
			page, err = r.lake.ChangeACLs(ctx, c.Path, Remove, r.subjects(own), token)
			return err
		})
		if err != nil {
			return "", gone(err)
		}
		if len(page.Failures) > 0 {
			return "", errs.E(errs.Conflict, errs.Item(page.Failures[0].Path), "its list could not be changed: "+page.Failures[0].Reason,
				errs.Hint("mend that, and take the setup back again"))
		}
		directories, files = directories+page.Directories, files+page.Files
		if r.Progress != nil {
			r.Progress(directories, files)
		}
		if token = page.Continuation; token == "" {
			return "the groups' entries below " + shown(c.Path) + " are removed", r.giveBack(ctx)
		}
	}
}

// subjects are what is removed from lists: the groups' entries, and, where the shared folder had no default entries
// before, also those that a default list must have beside named ones, as they would go on to be inherited. A default list
// with entries of others keeps them.
func (r *undoer) subjects(c Change) access.ACL {
	list := r.record.Groups.shared()
	if c.HadDefaults {
		return list
	}
	for _, t := range []access.EntryType{access.User, access.Group, access.Mask, access.Other} {
		list = append(list, access.Entry{Default: true, Type: t})
	}
	return list
}

func shown(p lake.Path) string {
	if p == lake.Root {
		return "the container"
	}
	return string(p)
}

// takeEntries gives a folder's list the entries of the groups that it had before.
func (r *undoer) takeEntries(ctx context.Context, c Change) (string, error) {
	before, err := access.ParseACL(c.Before)
	if c.Before == "" {
		before, err = nil, nil
	}
	if err != nil {
		return "", err
	}
	err = r.retry(ctx, func(ctx context.Context) error {
		list, err := r.lake.ACL(ctx, c.Path)
		if err != nil {
			return err
		}
		restored := list.Remove(r.subjects(c))
		if len(before) > 0 {
			restored = restored.Modify(before)
		}
		if slices.Equal(restored, list) {
			return nil
		}
		return r.lake.SetACL(ctx, c.Path, restored)
	})
	return "the list of " + shown(c.Path) + " is as it was", gone(err)
}

// takeGroup removes a group that the setup made. One whose id an interruption kept from being recorded is found by its
// name, which nothing had when it was made.
func (r *undoer) takeGroup(ctx context.Context, c Change) (string, error) {
	id := c.ID
	if id == "" {
		found, err := r.Cloud.Directory.GroupsNamed(ctx, c.Name)
		if err != nil || len(found) == 0 {
			return "", err
		}
		if len(found) > 1 {
			return "", ambiguous(c.Name, found)
		}
		id = found[0].ID
	}
	return "the group " + c.Name + " is removed", gone(r.Cloud.Directory.DeleteGroup(ctx, id))
}

func (r *undoer) takeService(ctx context.Context, c Change) (string, error) {
	id := c.ID
	if id == "" {
		p, err := r.Cloud.Directory.ServicePrincipal(ctx, DataverseLakeService)
		if err != nil {
			return "", gone(err)
		}
		id = p.ID
	}
	return "the Dataverse lake service is removed from the tenant", gone(r.Cloud.Directory.DeleteServicePrincipal(ctx, id))
}

func (r *undoer) takeContainer(ctx context.Context, c Change) (string, error) {
	var empty bool
	err := r.retry(ctx, func(ctx context.Context) (err error) {
		empty, err = r.lake.IsEmpty(ctx)
		return err
	})
	switch {
	case errs.Is(err, errs.NotFound):
		return "", nil
	case err != nil:
		return "", err
	case !empty:
		return "the container " + Container + " stays, as it holds data", nil
	}
	return "the container " + Container + " is removed", gone(r.Cloud.Manager.DeleteContainer(ctx, c.Scope))
}
