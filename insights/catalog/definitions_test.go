package catalog_test

import (
	"encoding/json"
	"errors"
	"io"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/lake"
)

func mustJSON(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// contents is everything the container holds.
func contents(t *testing.T, s lake.Store) string {
	t.Helper()
	var b strings.Builder
	for p := range strings.SplitSeq(files(t, s), "\n") {
		c, err := s.Read(t.Context(), insights.Container, lake.Path(p), lake.ReadOptions{})
		if err != nil {
			continue // a directory
		}
		data, err := io.ReadAll(c.Body)
		if err != nil {
			t.Fatal(err)
		}
		_ = c.Body.Close()
		b.WriteString(p + "\n" + string(data))
	}
	return b.String()
}

func absolute(name string) string {
	p, err := filepath.Abs(name)
	if err != nil {
		panic(err)
	}
	return p
}

func definitions() insights.Definitions {
	return insights.Definitions{
		Sources: []insights.DataSource{
			{Name: "CRM", Tables: []insights.SourceTable{{Name: "Contacts", Location: absolute("contacts.csv")}}},
			{Name: "Shop", Tables: []insights.SourceTable{{Name: "Customers", Location: "https://contoso.dfs.core.windows.net/in/customers.csv"}}},
		},
		Unification: &insights.Unification{
			Tables: []insights.UnifyTable{{Table: "CRM_Contacts"}, {Table: "Shop_Customers"}},
			Rules:  []insights.Rule{{Name: "email", Conditions: []insights.Condition{{Field: "Email"}}}},
		},
	}
}

func TestApplyMakesTheDefinitionsThoseGiven(t *testing.T) {
	t.Parallel()
	c := newServer(t, newCloud(t)).open(t)
	env := create(t, c, ownRequest("Contoso"))
	apply := func(d insights.Definitions) insights.Applied {
		t.Helper()
		applied, err := c.Apply(t.Context(), env.ID, d)
		if err != nil {
			t.Fatal(err)
		}
		return applied
	}
	first := apply(definitions())
	if want := []string{"source CRM", "source Shop", "unification"}; !cmp.Equal(first.Created, want) {
		t.Errorf("created %q, want %q", first.Created, want)
	}
	again := apply(definitions())
	if len(again.Unchanged) != 3 || again.Version != first.Version {
		t.Errorf("applying the same again: %+v, want nothing changed and the version %s", again, first.Version)
	}
	changed := definitions()
	changed.Sources[0].Description = "contacts"
	changed.Sources = changed.Sources[:1]
	changed.Unification = nil
	got := apply(changed)
	want := insights.Applied{Created: []string{}, Updated: []string{"source CRM"}, Unchanged: []string{}, Deleted: []string{"unification", "source Shop"}, Version: got.Version}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("applied (-want +got):\n%s", diff)
	}
	d, err := c.Definitions(t.Context(), env.ID)
	if err != nil {
		t.Fatal(err)
	}
	changed.Version = got.Version
	if diff := cmp.Diff(changed, d); diff != "" {
		t.Errorf("definitions (-want +got):\n%s", diff)
	}
}

func TestAConcurrentEditIsRefused(t *testing.T) {
	t.Parallel()
	c := newServer(t, newCloud(t)).open(t)
	env := create(t, c, ownRequest("Contoso"))
	first, err := c.Apply(t.Context(), env.ID, definitions())
	if err != nil {
		t.Fatal(err)
	}
	mine, theirs := definitions(), definitions()
	mine.Version, theirs.Version = first.Version, first.Version
	mine.Sources[0].Description, theirs.Sources[0].Description = "mine", "theirs"
	if _, err := c.Apply(t.Context(), env.ID, theirs); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Apply(t.Context(), env.ID, mine); !errs.Is(err, errs.Precondition) {
		t.Errorf("applying to a former version: %v, want kind precondition", err)
	}
	d, err := c.Definitions(t.Context(), env.ID)
	if err != nil || d.Sources[0].Description != "theirs" {
		t.Errorf("the source is %+v, %v; want theirs", d.Sources, err)
	}
}

func TestAnEditBetweenReadingAndWritingIsRefused(t *testing.T) {
	t.Parallel()
	world := newCloud(t)
	c := newServer(t, world).open(t)
	env := create(t, c, ownRequest("Contoso"))
	if _, err := c.Apply(t.Context(), env.ID, definitions()); err != nil {
		t.Fatal(err)
	}
	store := world.accounts[contoso].store
	path := env.ID.Folder().Join("definitions", "sources", "CRM.json")
	world.change(contoso, func(a *account) {
		a.fail = func(call string) error {
			if call != "PutBlob "+string(path) {
				return nil
			}
			_, err := store.PutBlob(t.Context(), insights.Container, path, strings.NewReader(`{"name":"CRM","description":"theirs"}`), lake.PutBlobOptions{})
			return err
		}
	})
	d := definitions()
	d.Sources[0].Description = "mine"
	if _, err := c.Apply(t.Context(), env.ID, d); !errs.Is(err, errs.Precondition) {
		t.Errorf("Apply: %v, want kind precondition", err)
	}
	if got := contents(t, store); !strings.Contains(got, "theirs") || strings.Contains(got, "mine") {
		t.Errorf("the other's edit was overwritten:\n%s", got)
	}
}

func TestWrongDefinitionsAreRefusedWithEveryProblem(t *testing.T) {
	t.Parallel()
	c := newServer(t, newCloud(t)).open(t)
	env := create(t, c, ownRequest("Contoso"))
	d := definitions()
	d.Sources[0].Tables[0].Location = "data/contacts.csv"
	d.Unification.Rules[0].Conditions[0].Precision = "hihg"
	_, err := c.Apply(t.Context(), env.ID, d)
	var problems *insights.ProblemsError
	if !errs.Is(err, errs.Invalid) || !errors.As(err, &problems) || len(problems.Problems) != 2 {
		t.Fatalf("Apply: %v, want two problems", err)
	}
	if got, err := c.Definitions(t.Context(), env.ID); err != nil || len(got.Sources) != 0 {
		t.Errorf("definitions are %+v, %v; want none", got, err)
	}
}

func TestRunsAreListedNewestFirst(t *testing.T) {
	t.Parallel()
	c := newServer(t, newCloud(t)).open(t)
	env := create(t, c, ownRequest("Contoso"))
	for i := range 5 {
		r := insights.Run{ID: insights.RunID("20261124T06000" + strconv.Itoa(i) + "Z-aa"), Environment: env.ID, Status: insights.StatusQueued}
		if err := c.SaveRun(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		r.Status = insights.StatusSuccessful
		if err := c.SaveRun(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	runs, err := c.Runs(t.Context(), env.ID, 2)
	if err != nil || len(runs) != 2 || runs[0].ID != "20261124T060004Z-aa" || runs[1].ID != "20261124T060003Z-aa" || runs[0].Status != insights.StatusSuccessful {
		t.Errorf("Runs: %+v, %v; want the two newest, successful", runs, err)
	}
	for _, id := range []insights.RunID{"20261124T060009Z-aa", "../environment", ""} {
		if _, err := c.Run(t.Context(), env.ID, id); !errs.Is(err, errs.NotFound) {
			t.Errorf("Run(%q): %v, want kind not found", id, err)
		}
	}
	if err := c.SaveRun(t.Context(), insights.Run{ID: "../environment", Environment: env.ID}); !errs.Is(err, errs.Invalid) {
		t.Errorf("SaveRun of a run named ../environment: %v, want kind invalid", err)
	}
}

func TestRunsOfOneSecondAreListedNewestFirst(t *testing.T) {
	t.Parallel()
	c := newServer(t, newCloud(t)).open(t)
	env := create(t, c, ownRequest("Contoso"))
	for i, suffix := range []string{"c", "a", "d", "b"} {
		r := insights.Run{
			ID: insights.RunID("20261124T060000Z-" + suffix), Environment: env.ID, Status: insights.StatusSuccessful,
			StartedAt: now.Add(time.Duration(i) * time.Millisecond),
		}
		if err := c.SaveRun(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	runs, err := c.Runs(t.Context(), env.ID, 2)
	if err != nil || len(runs) != 2 || runs[0].ID != "20261124T060000Z-b" || runs[1].ID != "20261124T060000Z-d" {
		t.Errorf("Runs: %+v, %v; want those ending in b and d", runs, err)
	}
}
