package sharing_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/sharing"
)

func setup(t *testing.T, c *fakeCloud, change ...func(*sharing.Setup)) sharing.Setup {
	t.Helper()
	s := sharing.Setup{
		Cloud: c.cloud(), Account: account, Prefix: "contoso", Sleep: noSleep,
		Record: &memoryRecords{},
	}
	for _, f := range change {
		f(&s)
	}
	return s
}

// memoryRecords keeps a record as its text, as a file does.
type memoryRecords struct{ text []byte }

func (m *memoryRecords) Load() (*sharing.Record, error) {
	if m.text == nil {
		return nil, errs.E(errs.NotFound, "no record")
	}
	r := &sharing.Record{}
	return r, json.Unmarshal(m.text, r)
}

func (m *memoryRecords) Save(r *sharing.Record) (err error) {
	m.text, err = json.Marshal(r)
	return err
}

func (m *memoryRecords) Remove() error {
	m.text = nil
	return nil
}

func undo(s sharing.Setup) sharing.Undo {
	return sharing.Undo{Cloud: s.Cloud, Record: s.Record, Sleep: noSleep}
}

// ways are how a setup can be asked for.
func ways() map[string]func(*sharing.Setup) {
	return map[string]func(*sharing.Setup){
		"by prefix":          func(*sharing.Setup) {},
		"without signatures": func(s *sharing.Setup) { s.OAuthOnly = true },
		"of a folder":        func(s *sharing.Setup) { s.Path = "ci_1/Merge" },
		"with own groups": func(s *sharing.Setup) {
			s.Prefix, s.Groups = "", sharing.Groups{Reader: oldReaders, Contributor: oldWriters}
		},
		"with the role kept": func(s *sharing.Setup) { s.KeepRole = true },
	}
}

func apply(t *testing.T, s sharing.Setup) sharing.Result {
	t.Helper()
	r, err := s.Apply(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestASetupSharesWhatIsThere(t *testing.T) {
	t.Parallel()
	c := newFakeCloud()
	c.lag = 3
	r := apply(t, setup(t, c))
	reader, contributor := string(r.Identifier.Reader), string(r.Identifier.Contributor)
	if want := "https://contoso.dfs.core.windows.net/customerinsights?cg=" + contributor + "&rg=" + reader; r.Identifier.String() != want {
		t.Errorf("the identifier is %s, want %s", r.Identifier, want)
	}
	if r.Directories != 4 || r.Files != 3 || len(r.Failures) != 0 {
		t.Errorf("%d directories and %d files changed, %v failed; want 4 and 3", r.Directories, r.Files, r.Failures)
	}
	half := "group:" + reader + ":r-x,group:" + contributor + ":rwx"
	for p, item := range c.lists {
		got := item.list.String()
		for e := range strings.SplitSeq(half, ",") {
			if !strings.Contains(","+got+",", ","+e+",") || item.isDirectory != strings.Contains(got, "default:"+e) {
				t.Errorf("the list of %q is %s: %s", p, got, e)
			}
		}
	}
	for _, a := range c.assignments {
		if strings.EqualFold(a.Role, access.StorageBlobDataOwner) {
			t.Error("the person kept the role that the setup needed")
		}
	}
	if len(c.assignments) != 2 {
		t.Errorf("roles: %v, want the two of Dataverse", c.assignments)
	}
}

func TestAPlanChangesNothingAndNamesEverything(t *testing.T) {
	t.Parallel()
	for name, way := range ways() {
		c := newFakeCloud()
		before := c.String()
		s := setup(t, c, way)
		steps, err := s.Plan(t.Context())
		if err != nil {
			t.Fatal(name, err)
		}
		if diff := cmp.Diff(before, c.String()); diff != "" {
			t.Errorf("%s: a plan changed something (-before +after):\n%s", name, diff)
		}
		if _, err := s.Record.Load(); !errs.Is(err, errs.NotFound) {
			t.Errorf("%s: a plan left a record (%v)", name, err)
		}
		var planned, done []string
		for _, step := range steps {
			if step.State == sharing.Planned {
				planned = append(planned, step.What)
				if step.Needs == "" {
					t.Errorf("%s: %q needs no right", name, step.What)
				}
			}
		}
		for _, step := range apply(t, s).Steps {
			if step.State == sharing.Done && !strings.Contains(step.What, "taken back") {
				done = append(done, step.What)
			}
		}
		if diff := cmp.Diff(planned, done); diff != "" {
			t.Errorf("%s: it did other things than planned (-planned +done):\n%s", name, diff)
		}
	}
}

func TestASecondSetupChangesNothing(t *testing.T) {
	t.Parallel()
	for name, way := range ways() {
		c := newFakeCloud()
		s := setup(t, c, way)
		apply(t, s)
		after := c.String()
		for _, step := range apply(t, s).Steps {
			if step.State == sharing.Done && !strings.Contains(step.What, "signed-in person") {
				t.Errorf("%s: the second time it did %q", name, step.What)
			}
		}
		if diff := cmp.Diff(after, c.String()); diff != "" {
			t.Errorf("%s: the second setup changed something (-first +second):\n%s", name, diff)
		}
	}
}

func TestUndoLeavesWhatWasThereBefore(t *testing.T) {
	t.Parallel()
	for name, way := range ways() {
		c := newFakeCloud()
		before := c.String()
		s := setup(t, c, way)
		apply(t, s)
		if err := undo(s).Run(t.Context()); err != nil {
			t.Fatal(name, err)
		}
		if diff := cmp.Diff(before, c.String()); diff != "" {
			t.Errorf("%s: it is not as it was (-before +after):\n%s", name, diff)
		}
		if err := undo(s).Run(t.Context()); !errs.Is(err, errs.NotFound) {
			t.Errorf("%s: a second undo: %v, want that there is no record", name, err)
		}
	}
}

// TestASetupInterruptedAnywhereEndsInTheSameState breaks the connection at each call, before or after its work, and runs
// the setup again; and takes an interrupted setup back.
func TestASetupInterruptedAnywhereEndsInTheSameState(t *testing.T) {
	t.Parallel()
	for name, way := range ways() {
		whole := newFakeCloud()
		before := whole.String()
		apply(t, setup(t, whole, way))
		want, calls := whole.String(), whole.calls
		for k := 1; k <= calls; k++ {
			for _, after := range []bool{false, true} {
				c := newFakeCloud()
				c.failAt, c.failAfter = k, after
				s := setup(t, c, way)
				if _, err := s.Apply(t.Context()); !errs.Is(err, errs.Unavailable) {
					t.Fatalf("%s, call %d: %v, want the connection broken", name, k, err)
				}
				apply(t, s)
				if diff := cmp.Diff(want, c.String()); diff != "" {
					t.Fatalf("%s, broken at call %d (after its work: %v): another state (-want +got):\n%s", name, k, after, diff)
				}
				if err := undo(s).Run(t.Context()); err != nil {
					t.Fatalf("%s, broken at call %d: undo: %v", name, k, err)
				}
				if diff := cmp.Diff(before, c.String()); diff != "" {
					t.Fatalf("%s, broken at call %d, after undo (-before +after):\n%s", name, k, diff)
				}
			}
		}
		t.Logf("%s: %d calls", name, calls)
	}
}

func TestAnInterruptedSetupCanBeTakenBack(t *testing.T) {
	t.Parallel()
	for name, way := range ways() {
		whole := newFakeCloud()
		before := whole.String()
		apply(t, setup(t, whole, way))
		for k := 1; k <= whole.calls; k++ {
			for _, after := range []bool{false, true} {
				c := newFakeCloud()
				c.failAt, c.failAfter = k, after
				s := setup(t, c, way)
				_, _ = s.Apply(t.Context())
				if err := undo(s).Run(t.Context()); err != nil && !errs.Is(err, errs.NotFound) {
					t.Fatalf("%s, broken at call %d (after its work: %v): undo: %v", name, k, after, err)
				}
				if diff := cmp.Diff(before, c.String()); diff != "" {
					t.Fatalf("%s, broken at call %d (after its work: %v), after undo (-before +after):\n%s", name, k, after, diff)
				}
			}
		}
	}
}

func TestAnInterruptedUndoGoesOn(t *testing.T) {
	t.Parallel()
	for name, way := range ways() {
		whole := newFakeCloud()
		before := whole.String()
		s := setup(t, whole, way)
		apply(t, s)
		whole.calls = 0
		if err := undo(s).Run(t.Context()); err != nil {
			t.Fatal(name, err)
		}
		calls := whole.calls
		for k := 1; k <= calls; k++ {
			for _, after := range []bool{false, true} {
				c := newFakeCloud()
				s := setup(t, c, way)
				apply(t, s)
				c.calls, c.failAt, c.failAfter = 0, k, after
				if err := undo(s).Run(t.Context()); !errs.Is(err, errs.Unavailable) {
					t.Fatalf("%s, call %d: %v, want the connection broken", name, k, err)
				}
				if err := undo(s).Run(t.Context()); err != nil {
					t.Fatalf("%s, broken at call %d (after its work: %v): %v", name, k, after, err)
				}
				if diff := cmp.Diff(before, c.String()); diff != "" {
					t.Fatalf("%s, broken at call %d (after its work: %v) (-before +after):\n%s", name, k, after, diff)
				}
			}
		}
	}
}

func TestWhatNoStepCanMendIsAPrecondition(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		cloud func(*fakeCloud)
		setup func(*sharing.Setup)
		says  string
	}{
		"a flat account":     {cloud: func(c *fakeCloud) { c.account.HierarchicalNamespace = false }, says: "no hierarchical namespace"},
		"a firewall":         {cloud: func(c *fakeCloud) { c.account.Reachable = false }, says: "firewall"},
		"no container":       {cloud: func(c *fakeCloud) { delete(c.containers, account.Container(sharing.Container)) }, says: "not there"},
		"a public container": {cloud: func(c *fakeCloud) { c.containers[account.Container(sharing.Container)] = true }, says: "open to everybody"},
		"no groups":          {cloud: func(c *fakeCloud) { c.noGroups = true }, says: "go on with their object ids"},
		"two groups of a name": {cloud: func(c *fakeCloud) {
			c.groups["aa000000-0000-4000-8000-000000000001"] = &fakeGroup{name: "contoso-Dataverse-readers"}
			c.groups["aa000000-0000-4000-8000-000000000002"] = &fakeGroup{name: "contoso-Dataverse-readers"}
		}, says: "several groups"},
		"an unknown group": {setup: func(s *sharing.Setup) {
			s.Prefix, s.Groups = "", sharing.Groups{Reader: oldReaders, Contributor: "aa000000-0000-4000-8000-000000000009"}
		}, says: "no group of this id"},
	} {
		c := newFakeCloud()
		if tc.cloud != nil {
			tc.cloud(c)
		}
		s := setup(t, c)
		if tc.setup != nil {
			tc.setup(&s)
		}
		_, err := s.Apply(t.Context())
		if text := errString(err); !errs.Is(err, errs.Precondition) || !strings.Contains(text, tc.says) {
			t.Errorf("%s: %v, want a precondition that says %q", name, err, tc.says)
		}
		if len(c.assignments) != 0 {
			t.Errorf("%s: it gave roles before it gave up: %v", name, c.assignments)
		}
	}
}

func errString(err error) string {
	if err == nil {
		return ""
	}
	return err.Error() + " " + string(errs.HintOf(err))
}

func TestEntriesOfGroupsThatWereThereBeforeComeBack(t *testing.T) {
	t.Parallel()
	c := newFakeCloud()
	list, err := access.ParseACL("user::rwx,group::r-x,group:" + string(oldReaders) + ":--x,other::---")
	if err != nil {
		t.Fatal(err)
	}
	c.lists[""] = fakeItem{true, list.Complete()}
	want := c.lists[""].list.String()
	s := setup(t, c, ways()["with own groups"])
	apply(t, s)
	if err := undo(s).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := c.lists[""].list.String(); got != want {
		t.Errorf("the list is %s, want %s", got, want)
	}
}

func TestPathsThatFailLeaveTheSetupIncomplete(t *testing.T) {
	t.Parallel()
	c := newFakeCloud()
	c.failed = []lake.Path{"ci_1/Merge/model.json"}
	s := setup(t, c)
	r, err := s.Apply(t.Context())
	if !errs.Is(err, errs.Conflict) || len(r.Failures) != 1 || r.Failures[0].Path != c.failed[0] {
		t.Fatalf("%v, failures %v; want the one that failed", err, r.Failures)
	}
	c.failed = nil
	apply(t, s)
}

func TestAContainerWithDataStays(t *testing.T) {
	t.Parallel()
	c := newFakeCloud()
	delete(c.containers, account.Container(sharing.Container))
	c.lists = map[lake.Path]fakeItem{}
	s := setup(t, c, func(s *sharing.Setup) { s.CreateContainer = true })
	before := c.String()
	apply(t, s)
	c.lists["data.csv"] = fakeItem{false, access.Permissions{Owner: 6}.ACL()}
	if err := undo(s).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, ok := c.lists["data.csv"]; !ok {
		t.Fatal("undo removed data")
	}

	c = newFakeCloud()
	delete(c.containers, account.Container(sharing.Container))
	c.lists = map[lake.Path]fakeItem{}
	s = setup(t, c, func(s *sharing.Setup) { s.CreateContainer = true })
	apply(t, s)
	if err := undo(s).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, c.String()); diff != "" {
		t.Errorf("an empty container that the setup made (-before +after):\n%s", diff)
	}
}
