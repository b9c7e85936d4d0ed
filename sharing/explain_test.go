package sharing_test

import (
	"strings"
	"testing"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/sharing"
)

func TestAnExplanationSaysWhatDecides(t *testing.T) {
	t.Parallel()
	c := newFakeCloud()
	owning(c)
	apply(t, setup(t, c, ways()["with own groups"]))
	c.groups[oldReaders].members = []access.ObjectID{"ada"}
	c.groups[oldWriters].members = []access.ObjectID{"bob"}
	c.assignments = append(c.assignments, fakeAssignment{sharing.Assignment{ID: "custom", Role: "0c0c0c0c-0000-4000-8000-000000000001", Scope: account}, "bob"})
	for _, tc := range []struct {
		who     access.ObjectID
		op      access.Operation
		allowed bool
		reason  string
	}{
		{"ada", access.ReadFile, true, "group:" + string(oldReaders) + ":r-x"},
		{"ada", access.WriteFile, false, "group:" + string(oldReaders) + ":r-x"},
		{"bob", access.WriteFile, true, "group:" + string(oldWriters) + ":rwx"},
		{"bob", access.DeleteRecursive, true, "group:" + string(oldWriters)},
		{"carol", access.ReadFile, false, "other::---"},
		{adminID, access.SetOwner, true, "Storage Blob Data Owner"},
	} {
		path := "ci_1/Merge/model.json"
		if tc.op == access.DeleteRecursive {
			path = "ci_1"
		}
		e, err := sharing.Explain(t.Context(), c.cloud(), sharing.Question{Account: account, Principal: tc.who, Operation: tc.op, Path: lake.Path(path)})
		if err != nil {
			t.Fatal(err)
		}
		lines := []string{e.Reason.String()}
		for _, s := range e.Reason.Steps {
			lines = append(lines, s.String())
		}
		text := strings.Join(lines, "\n")
		if e.Allowed != tc.allowed || !strings.Contains(text, tc.reason) {
			t.Errorf("%s, %s of %s: %v by\n%s\nwant %v by %s", tc.who, tc.op, path, e.Allowed, text, tc.allowed, tc.reason)
		}
		if tc.who == "bob" && len(e.Unknown) != 1 {
			t.Errorf("unknown roles: %v, want the one that is not built in", e.Unknown)
		}
	}
}

func TestWhoMayNotReadListsCannotExplainThem(t *testing.T) {
	t.Parallel()
	c := newFakeCloud()
	_, err := sharing.Explain(t.Context(), c.cloud(), sharing.Question{Account: account, Principal: "ada", Operation: access.ReadFile, Path: "ci_1"})
	if !errs.Is(err, errs.Permission) || errs.HintOf(err) == "" {
		t.Errorf("%v, want a refusal with a hint", err)
	}
}
