package sharing_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/lake"
)

// had gives paths lists of before a setup.
func had(t *testing.T, c *fakeCloud, lists map[lake.Path]string) {
	t.Helper()
	for p, text := range lists {
		list, err := access.ParseACL(text)
		if err != nil {
			t.Fatal(err)
		}
		c.lists[p] = fakeItem{c.lists[p].isDirectory, list.Complete()}
	}
}

// TestUndoGivesBackTheEntriesThatGroupsHadBelow has groups with entries of their own in the shared folder before the setup.
func TestUndoGivesBackTheEntriesThatGroupsHadBelow(t *testing.T) {
	t.Parallel()
	const readers, writers = "group:" + string(oldReaders), "group:" + string(oldWriters)
	const base = "user::rwx,group::r-x,other::---"
	const defaults = ",default:user::rwx,default:group::r-x,default:other::---"
	for name, lists := range map[string]map[lake.Path]string{
		"on files and folders": {
			"ci_1/environment.json": base + "," + readers + ":r--", "ci_1/Merge": base + "," + writers + ":-wx," + readers + ":--x",
		},
		"under a mask": {"ci_1/Merge/model.json": base + "," + readers + ":rwx,mask::r--"},
		"a default list that names nobody": {
			"ci_1/Merge": base + defaults,
		},
		"a default list of others": {"ci_1/Merge": base + defaults + ",default:user:eve:r-x"},
		"a default list of one of them": {
			"ci_1/Merge": base + defaults + ",default:" + readers + ":--x",
		},
		"on the shared folder as well": {
			"": base + "," + readers + ":--x", "ci_1": base + "," + readers + ":r-x",
		},
		"all of it on the shared folder": {
			"":     base + "," + readers + ":r-x," + writers + ":rwx" + defaults + ",default:" + readers + ":r-x,default:" + writers + ":rwx",
			"ci_1": base + "," + readers + ":r-x",
		},
		"default lists everywhere": {"": base + defaults, "ci_1": base + defaults, "ci_1/Merge": base + defaults},
	} {
		c := newFakeCloud()
		had(t, c, lists)
		before := c.String()
		s := setup(t, c, ways()["with own groups"])
		apply(t, s)
		if err := undo(s).Run(t.Context()); err != nil {
			t.Fatal(name, err)
		}
		if diff := cmp.Diff(before, c.String()); diff != "" {
			t.Errorf("%s: it is not as it was (-before +after):\n%s", name, diff)
		}
	}
}

// TestAFolderWithADefaultListKeepsItWhereTheGroupsAreNew is the survey of folders alone.
func TestAFolderWithADefaultListKeepsItWhereTheGroupsAreNew(t *testing.T) {
	t.Parallel()
	c := newFakeCloud()
	had(t, c, map[lake.Path]string{"ci_1/Merge": "user::rwx,group::r-x,other::---,default:user::rwx,default:group::r-x,default:other::---"})
	before := c.String()
	s := setup(t, c)
	apply(t, s)
	if err := undo(s).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, c.String()); diff != "" {
		t.Errorf("it is not as it was (-before +after):\n%s", diff)
	}
}

// TestUndoOfARecordWithoutASurveyLeavesWhatTheGroupsHad is that of a record that was begun before there were surveys.
func TestUndoOfARecordWithoutASurveyLeavesWhatTheGroupsHad(t *testing.T) {
	t.Parallel()
	c := newFakeCloud()
	had(t, c, map[lake.Path]string{"": "user::rwx,group::r-x,other::---,group:" + string(oldReaders) + ":--x"})
	s := setup(t, c, ways()["with own groups"])
	apply(t, s)
	r, err := s.Record.Load()
	if err != nil {
		t.Fatal(err)
	}
	r.Surveyed, r.Kept = false, nil
	if err := s.Record.Save(r); err != nil {
		t.Fatal(err)
	}
	want := c.lists["ci_1/environment.json"].list.String()
	if err := undo(s).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := c.lists["ci_1/environment.json"].list.String(); got != want {
		t.Errorf("the list became %s, want %s", got, want)
	}
}
