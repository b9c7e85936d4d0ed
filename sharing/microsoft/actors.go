package microsoft

import (
	"context"
	"errors"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/sharing"
)

// Actors are three principals that were made for a proof. Remove gives them back.
type Actors struct {
	sharing.Actors
	removals []func(context.Context) error
}

// Remove gives the principals back, also where the proof was interrupted.
func (a *Actors) Remove(ctx context.Context) error {
	var failures []error
	for _, remove := range a.removals {
		failures = append(failures, remove(context.WithoutCancel(ctx)))
	}
	return errors.Join(failures...)
}

// BorrowActors makes a member of each group and one of none, for [sharing.Prove]. What it returns has to be removed, also
// with an error. It takes a directory role that may register applications and change the groups' members.
func BorrowActors(ctx context.Context, o Options, account sharing.Account, groups sharing.Groups) (*Actors, error) {
	a, d := &Actors{}, NewDirectory(o)
	for _, who := range []struct {
		name  string
		group access.ObjectID
		into  *sharing.Actor
	}{
		{"reader", groups.Reader, &a.Reader}, {"contributor", groups.Contributor, &a.Contributor}, {"stranger", "", &a.Stranger},
	} {
		p, cred, remove, err := d.Borrow(ctx, "ownlake-check-"+who.name)
		if remove != nil {
			a.removals = append(a.removals, remove)
		}
		if err == nil && who.group != "" {
			err = d.AddMember(ctx, who.group, p.ID)
		}
		if err != nil {
			return a, err
		}
		as := o
		as.Credential = cred
		if *who.into, err = NewLake(as, account.DFS, sharing.Container); err != nil {
			return a, err
		}
	}
	return a, nil
}

// ProveSetup shows by acting that a setup does what it is for: see [sharing.Prove].
func ProveSetup(ctx context.Context, o Options, s sharing.Setup) ([]sharing.Finding, error) {
	account, err := s.Cloud.Manager.Account(ctx, s.Account)
	if err != nil {
		return nil, err
	}
	groups, err := s.FindGroups(ctx)
	if err != nil {
		return nil, err
	}
	l, err := s.Cloud.Lake(account)
	if err != nil {
		return nil, err
	}
	actors, err := BorrowActors(ctx, o, account, groups)
	var findings []sharing.Finding
	if err == nil {
		findings, err = sharing.Prove(ctx, l, s.Path, actors.Actors)
	}
	return findings, errors.Join(err, actors.Remove(ctx))
}
