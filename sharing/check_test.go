package sharing_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/sharing"
)

func failing(t *testing.T, s sharing.Setup) []string {
	t.Helper()
	findings, err := s.Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, f := range findings {
		if !f.OK {
			list = append(list, f.What)
			if f.Found == "" || f.Fix == "" {
				t.Errorf("%q does not say what is found (%q) and how to mend it (%q)", f.What, f.Found, f.Fix)
			}
		}
	}
	return list
}

// owning lets the person look at the data.
func owning(c *fakeCloud) {
	c.assignments = append(c.assignments, fakeAssignment{sharing.Assignment{ID: "own", Role: access.StorageBlobDataOwner, Scope: account}, adminID})
}

func TestACheckFindsNothingAfterASetup(t *testing.T) {
	t.Parallel()
	for name, way := range ways() {
		c := newFakeCloud()
		owning(c)
		s := setup(t, c, way)
		if len(failing(t, s)) == 0 {
			t.Errorf("%s: before the setup nothing is missing", name)
		}
		apply(t, s)
		before := c.String()
		if missing := failing(t, s); len(missing) > 0 {
			t.Errorf("%s: missing: %v", name, missing)
		}
		if diff := cmp.Diff(before, c.String()); diff != "" {
			t.Errorf("%s: the check changed something (-before +after):\n%s", name, diff)
		}
	}
}

func TestACheckFindsWhatIsTakenAway(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(*fakeCloud){
		"the Dataverse lake service owns the reader group": func(c *fakeCloud) {
			for _, g := range c.groups {
				if g.name == "contoso-Dataverse-readers" {
					g.owners = nil
				}
			}
		},
		"the Dataverse lake service has the role Storage Blob Delegator of the account": func(c *fakeCloud) {
			c.assignments = append([]fakeAssignment(nil), c.assignments[0]) // the person's own
		},
		"the container lets both groups in": func(c *fakeCloud) {
			c.lists[""] = fakeItem{true, access.Permissions{Owner: 7}.ACL()}
		},
		"everything in it lets both groups in": func(c *fakeCloud) {
			c.lists["ci_1/Merge/model.json"] = fakeItem{false, access.Permissions{Owner: 7}.ACL()}
		},
		"the sharing can be checked": func(c *fakeCloud) { c.containers[account.Container(sharing.Container)] = true },
	} {
		c := newFakeCloud()
		owning(c)
		s := setup(t, c)
		apply(t, s)
		damage(c)
		if missing := strings.Join(failing(t, s), "\n"); !strings.Contains(missing, name) {
			t.Errorf("%q is not found: %s", name, missing)
		}
	}
}

func TestWhoMayNotLookIsTold(t *testing.T) {
	t.Parallel()
	c := newFakeCloud()
	s := setup(t, c)
	apply(t, s)
	if _, err := s.Check(t.Context()); !errs.Is(err, errs.Precondition) || errs.HintOf(err) == "" {
		t.Errorf("%v, want a precondition with a hint", err)
	}
}

func TestGroupsAloneCanBeMadeAndTakenBack(t *testing.T) {
	t.Parallel()
	c := newFakeCloud()
	before := c.String()
	s := setup(t, c, func(s *sharing.Setup) { s.Account = "" })
	if _, steps, err := s.CreateGroups(t.Context(), true); err != nil || len(steps) != 5 || c.String() != before {
		t.Errorf("a plan: %d steps, %v", len(steps), err)
	}
	groups, _, err := s.CreateGroups(t.Context(), false)
	if err != nil || groups.Reader == "" || groups.Contributor == "" || groups.Reader == groups.Contributor {
		t.Fatalf("%+v, %v", groups, err)
	}
	again, _, err := s.CreateGroups(t.Context(), false)
	if err != nil || again != groups {
		t.Errorf("the second time %+v, %v; want the same", again, err)
	}
	if err := undo(s).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, c.String()); diff != "" {
		t.Errorf("after undo (-before +after):\n%s", diff)
	}
}

func TestAnIdentifierIsReadAsPeoplePasteIt(t *testing.T) {
	t.Parallel()
	const cg, rg = "e1c9a8ab-1b2c-4d3e-8f90-0123456789ab", "b2c9a8ab-1b2c-4d3e-8f90-0123456789cd"
	want := sharing.Identifier{Account: "contoso", Suffix: "core.windows.net", Contributor: cg, Reader: rg}
	bare := want
	bare.Suffix = ""
	folder := want
	folder.Path = "ci 1/Merge"
	for text, want := range map[string]sharing.Identifier{
		"https://contoso.dfs.core.windows.net/customerinsights?cg=" + cg + "&rg=" + rg:                   want,
		"https://contoso.dfs.core.windows.net/customerinsights/?rg=" + rg + "&cg=" + cg + "\n":           want,
		"https://contoso.blob.core.windows.net/customerinsights?cg=" + strings.ToUpper(cg) + "&rg=" + rg: want,
		"https://Contoso/customerinsights?rg=" + rg + "&cg=" + cg:                                        bare,
		"https://contoso.dfs.core.windows.net/customerinsights/ci%201/Merge?cg=" + cg + "&rg=" + rg:      folder,
	} {
		got, err := sharing.ParseIdentifier(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
		if again, err := sharing.ParseIdentifier(got.String()); err != nil || again.String() != got.String() {
			t.Errorf("%s: the canonical form %s reads as %s (%v)", text, got, again, err)
		}
	}
	base := "https://contoso.dfs.core.windows.net/customerinsights"
	for _, text := range []string{
		"", "contoso", base, base + "?cg=" + cg, base + "?rg=" + rg, base + "?cg=" + cg + "&rg=" + cg, base + "?cg=" + cg + "&cg=" + cg + "&rg=" + rg,
		base + "?cg=" + cg + "&rg=" + rg + "&x=1", base + "?cg={" + cg + "}&rg=" + rg, base + "?cg=&rg=", base + "?cg=00000000-0000-0000-0000-000000000000&rg=" + rg,
		"https://contoso.dfs.core.windows.net/other?cg=" + cg + "&rg=" + rg, "http://contoso/customerinsights?cg=" + cg + "&rg=" + rg,
		"https://evil.example/customerinsights?cg=" + cg + "&rg=" + rg, "https://contoso@evil.example/customerinsights?cg=" + cg + "&rg=" + rg,
		"https://contoso.dfs.core.windows.net:444/customerinsights?cg=" + cg + "&rg=" + rg, base + "/../other?cg=" + cg + "&rg=" + rg,
		base + "?cg=" + cg + "&rg=" + rg + "#x", "https://CON_TOSO/customerinsights?cg=" + cg + "&rg=" + rg,
		"https://DVBYODLDemo/customerinsights?rg=1f3g5h7j-1b2c-4d3e-8f90-0123456789ab&cg=" + cg, // the page's own sample: no GUID
	} {
		if got, err := sharing.ParseIdentifier(text); !errs.Is(err, errs.Invalid) || errs.HintOf(err) == "" {
			t.Errorf("%q was read as %+v (%v)", text, got, err)
		}
	}
}

func FuzzParseIdentifier(f *testing.F) {
	f.Add("https://contoso.dfs.core.windows.net/customerinsights?cg=e1c9a8ab-1b2c-4d3e-8f90-0123456789ab&rg=b2c9a8ab-1b2c-4d3e-8f90-0123456789cd")
	f.Add("https://contoso/customerinsights/a%2Fb?rg=b2c9a8ab-1b2c-4d3e-8f90-0123456789cd&cg=e1c9a8ab-1b2c-4d3e-8f90-0123456789ab")
	f.Fuzz(func(t *testing.T, text string) {
		i, err := sharing.ParseIdentifier(text)
		if err != nil {
			return
		}
		again, err := sharing.ParseIdentifier(i.String())
		if err != nil || again.Account != i.Account || again.Path != i.Path || again.Reader != i.Reader || again.Contributor != i.Contributor {
			t.Errorf("%q reads as %+v, and its canonical form as %+v (%v)", text, i, again, err)
		}
	})
}
