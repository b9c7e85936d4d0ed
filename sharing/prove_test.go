package sharing_test

import (
	"context"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/sharing"
)

// fakeActor acts on the fake lake, judged as a lake judges.
type fakeActor struct {
	c    *fakeCloud
	who  access.Principal
	free bool // everything is allowed, as a role would
	down bool
}

func (a fakeActor) Item(p string) (access.Item, bool, error) {
	i, ok := a.c.lists[lake.Path(p)]
	return access.Item{Path: p, IsDirectory: i.isDirectory, Owner: "nobody", ACL: i.list}, ok, nil
}

func (a fakeActor) Directories(p string) iter.Seq2[access.Item, error] {
	return func(yield func(access.Item, error) bool) {
		for path, i := range a.c.lists {
			if item := (access.Item{Path: string(path), IsDirectory: true, ACL: i.list}); i.isDirectory && lake.Path(p).Contains(path) && !yield(item, nil) {
				return
			}
		}
	}
}

func (a fakeActor) Act(_ context.Context, op access.Operation, p, to lake.Path) error {
	if a.down {
		return errs.E(errs.Unavailable, "down")
	}
	ops := map[access.Operation]lake.Path{op: p}
	if op == access.RenameFrom {
		ops[access.RenameTo] = to
	}
	for op, p := range ops {
		d, err := access.Decide(access.Request{Principal: a.who, Operation: op, Path: string(p), Items: a})
		if err != nil {
			return err
		}
		if !d.Allowed && !a.free {
			return errs.E(errs.Permission, d.Reason.String())
		}
	}
	lists := a.c.lists
	switch op { //nolint:exhaustive // the others change nothing
	case access.CreateFile, access.CreateDirectory:
		directory := op == access.CreateDirectory
		lists[p] = fakeItem{directory, lists[p.Dir()].list.Inherit(directory, access.DefaultDirectoryPermissions, access.DefaultUmask)}
	case access.RenameFrom:
		lists[to] = lists[p]
		delete(lists, p)
	case access.DeleteFile:
		delete(lists, p)
	case access.DeleteRecursive:
		for path := range lists {
			if path == p || p.Contains(path) {
				delete(lists, path)
			}
		}
	}
	return nil
}

func TestAProofFindsWhatTheListsGive(t *testing.T) {
	t.Parallel()
	c := newFakeCloud()
	s := setup(t, c, ways()["with own groups"])
	apply(t, s)
	owning(c)
	before := c.String()
	actors := func(change func(*fakeActor, *fakeActor, *fakeActor)) sharing.Actors {
		reader := fakeActor{c: c, who: access.Principal{ID: "r", Groups: []access.ObjectID{oldReaders}}}
		contributor := fakeActor{c: c, who: access.Principal{ID: "w", Groups: []access.ObjectID{oldWriters}}}
		stranger := fakeActor{c: c, who: access.Principal{ID: "s"}}
		change(&reader, &contributor, &stranger)
		return sharing.Actors{Reader: reader, Contributor: contributor, Stranger: stranger}
	}
	prove := func(change func(r, w, s *fakeActor)) []sharing.Finding {
		t.Helper()
		findings, err := sharing.Prove(t.Context(), fakeLake{c}, "", actors(change))
		if err != nil {
			t.Fatal(err)
		}
		if c.String() != before {
			t.Errorf("the proof left something behind:\n%s", c)
		}
		return findings
	}
	sound := prove(func(_, _, _ *fakeActor) {})
	for _, f := range sound {
		if !f.OK {
			t.Errorf("%s: %s", f.What, f.Found)
		}
	}
	if got := sharing.Summary(sound); got != "37 checks, 0 differences" {
		t.Error(got)
	}
	for name, change := range map[string]func(r, w, s *fakeActor){
		"a reader may not write file":  func(r, _, _ *fakeActor) { r.free = true },
		"a reader may read file":       func(r, _, _ *fakeActor) { r.who.Groups = nil },
		"a stranger may not read file": func(_, _, s *fakeActor) { s.who.Groups = []access.ObjectID{oldReaders} },
	} {
		var found []string
		for _, f := range prove(change) {
			if !f.OK {
				found = append(found, f.What)
			}
		}
		if !slices.ContainsFunc(found, func(what string) bool { return strings.HasPrefix(what, name) }) {
			t.Errorf("%q is not found: %q", name, found)
		}
	}
	if _, err := sharing.Prove(t.Context(), fakeLake{c}, "", actors(func(r, _, _ *fakeActor) { r.down = true })); !errs.Is(err, errs.Unavailable) {
		t.Errorf("a lake that does not answer: %v", err)
	}
}
