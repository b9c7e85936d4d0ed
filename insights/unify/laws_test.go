package unify

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
)

// people are rows of (id, first, last, mail, born) with many near and equal values.
func people(r *rand.Rand, n int, prefix string) []string {
	rows := make([]string, n)
	for i := range rows {
		last := misspelled(r, []string{"anderson", "berg", "castillo", "dominguez"}[r.IntN(4)], "ab")
		mail := "NULL"
		if r.IntN(4) > 0 {
			mail = fmt.Sprintf("'m%d@x'", r.IntN(n/2))
		}
		rows[i] = fmt.Sprintf("('%s%d', '%s', '%s', %s, DATE '1990-01-01' + %d)", prefix, i,
			[]string{"ann", "anne", "bob", "carla"}[r.IntN(4)], last, mail, r.IntN(30))
	}
	return rows
}

func (fx *fixture) ingestPeople(t *testing.T, name string, rows []string) {
	t.Helper()
	fx.ingest(t, name, "id", "SELECT * FROM (VALUES "+strings.Join(rows, ", ")+") t(id, FirstName, LastName, Email, BirthDate)")
}

func peopleRules() insights.Unification {
	return insights.Unification{
		Tables: []insights.UnifyTable{{Table: "A_People"}, {Table: "B_People", Winner: insights.Winner{By: insights.MostRecent, Column: "BirthDate"}}, {Table: "C_People"}},
		Rules: []insights.Rule{
			{Name: "Mail", Conditions: []insights.Condition{{Field: "Email"}, {Field: "FirstName", Precision: "medium"}}},
			{Name: "Name", Conditions: []insights.Condition{{Field: "LastName", Precision: "high"}, {Field: "FirstName"}, {Field: "BirthDate"}}},
		},
		Merge: []insights.FieldMerge{{Field: "LastName", By: insights.LeastRecent, Column: "BirthDate"}},
	}
}

// texts are all tables that unification writes.
func (fx *fixture) texts(t *testing.T) map[string]string {
	t.Helper()
	all, err := fx.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, s := range all {
		if s.Process != insights.Ingestion {
			got[s.Table] = fx.text(t, s.Process, s.Table, modifiedColumn)
		}
	}
	return got
}

func TestTheOrderOfRowsAndRunningAgainChangeNothing(t *testing.T) {
	t.Parallel()
	fx := newFixture(t)
	r := rand.New(rand.NewPCG(11, 12))
	tables := map[string][]string{"A_People": people(r, 60, "a"), "B_People": people(r, 60, "b"), "C_People": people(r, 60, "c")}
	for name, rows := range tables {
		fx.ingestPeople(t, name, rows)
	}
	fx.unify(t, peopleRules())
	first := fx.texts(t)
	if len(first) != 7 {
		t.Fatalf("%d tables, want 7", len(first))
	}
	fx.unify(t, peopleRules())
	if diff := cmp.Diff(first, fx.texts(t)); diff != "" {
		t.Errorf("running again changes\n%s", diff)
	}
	for name, rows := range tables {
		r.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		fx.ingestPeople(t, name, rows)
	}
	fx.unify(t, peopleRules())
	if diff := cmp.Diff(first, fx.texts(t)); diff != "" {
		t.Errorf("another order of rows changes\n%s", diff)
	}
}

func TestEveryRecordHasExactlyOneCustomer(t *testing.T) {
	t.Parallel()
	fx := newFixture(t)
	r := rand.New(rand.NewPCG(13, 14))
	for _, name := range []string{"A_People", "B_People", "C_People"} {
		fx.ingestPeople(t, name, people(r, 100, strings.ToLower(name[:1])))
	}
	fx.unify(t, peopleRules())
	seen := map[string]int{}
	customers := map[string]bool{}
	err := Clusters(t.Context(), fx.session, fx.Folder, func(source, key, id string) error {
		seen[source+"/"+key]++
		customers[id] = true
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(seen) != 300 {
		t.Errorf("%d records have a customer, want 300", len(seen))
	}
	for record, n := range seen {
		if n != 1 {
			t.Errorf("%s has %d customers", record, n)
		}
	}
	s, err := fx.Current(t.Context(), insights.Merge, insights.CustomerTable)
	if err != nil || s.Rows() != int64(len(customers)) || s.PrimaryKey != customerIDColumn {
		t.Errorf("Customer has %d rows with key %q, %v; want %d", s.Rows(), s.PrimaryKey, err, len(customers))
	}
}

func TestTheIDIsTheHashOfTheFirstWinner(t *testing.T) {
	t.Parallel()
	fx := newFixture(t)
	var got, null string
	query := "SELECT " + customerIDSQL([]string{"A_T", "B_T"}, []string{"NULL", "'k'"}, 1) + ", coalesce(" + customerIDSQL([]string{"A_T"}, []string{"NULL"}, 1) + ", 'none')"
	rows, err := fx.session.Query(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	if err := scanAll(rows, func() {}, &got, &null); err != nil {
		t.Fatal(err)
	}
	sum := md5.Sum([]byte("B_T/k"))
	if want := hex.EncodeToString(sum[:]); got != want || null != "none" {
		t.Errorf("ids %q and %q, want %q and none", got, null, want)
	}
}

func TestEqualKeysAreCollapsedAndSaid(t *testing.T) {
	t.Parallel()
	fx := newFixture(t)
	fx.ingest(t, "A_T", "id", "SELECT * FROM (VALUES (1, 'x@x'), (1, 'x@x'), (2, 'y@x')) t(id, Email)")
	warnings := fx.unify(t, insights.Unification{
		Tables: []insights.UnifyTable{{Table: "A_T"}}, Model: insights.Model{Use: insights.ModelNever},
	})
	if len(warnings) != 1 || !strings.Contains(warnings[0], "A_T: 1 rows have a primary key") {
		t.Errorf("warnings = %q", warnings)
	}
	if got := fx.text(t, insights.Merge, insights.CustomerTable); strings.Count(got, "\n") != 3 {
		t.Errorf("Customer is\n%s, want two rows", got)
	}
}

func TestARowWithoutKeyIsRefused(t *testing.T) {
	t.Parallel()
	fx := newFixture(t)
	fx.ingest(t, "A_T", "id", "SELECT * FROM (VALUES (1, 'x@x'), (NULL, 'y@x')) t(id, Email)")
	_, err := Match(t.Context(), fx.request(insights.Unification{Tables: []insights.UnifyTable{{Table: "A_T"}}}))
	if !errs.Is(err, errs.Invalid) || !strings.Contains(err.Error(), "1 rows have no value in the primary key id") {
		t.Errorf("err = %v", err)
	}
}

func TestEmptyTablesAreUnified(t *testing.T) {
	t.Parallel()
	fx := newFixture(t)
	fx.ingest(t, "A_T", "id", "SELECT 1 AS id, 'x' AS Email WHERE false")
	fx.ingest(t, "B_T", "id", "SELECT 1 AS id, 'x' AS Email")
	u := insights.Unification{
		Tables: []insights.UnifyTable{{Table: "A_T"}, {Table: "B_T"}},
		Rules:  []insights.Rule{{Name: "Email", Conditions: []insights.Condition{{Field: "Email", Precision: "high"}}}},
	}
	fx.unify(t, u)
	if got := fx.text(t, insights.Merge, insights.CustomerTable); strings.Count(got, "\n") != 2 {
		t.Errorf("Customer is\n%s, want one row", got)
	}
	fx.ingest(t, "B_T", "id", "SELECT 1 AS id, 'x' AS Email WHERE false")
	fx.unify(t, u)
	if got := fx.text(t, insights.Merge, insights.CustomerTable); strings.Count(got, "\n") != 1 {
		t.Errorf("Customer is\n%s, want no row", got)
	}
}

func TestMergeRefusesMatchesOlderThanTheData(t *testing.T) {
	t.Parallel()
	fx := newFixture(t)
	u := insights.Unification{Tables: []insights.UnifyTable{{Table: "A_T"}}}
	fx.ingest(t, "A_T", "id", "SELECT 1 AS id, 'x' AS Email")
	if _, err := Merge(t.Context(), fx.request(u)); !errs.Is(err, errs.NotFound) {
		t.Errorf("err without matches = %v, want not found", err)
	}
	fx.unify(t, u)
	fx.ingest(t, "A_T", "id", "SELECT 2 AS id, 'x' AS Email")
	if _, err := Merge(t.Context(), fx.request(u)); !errs.Is(err, errs.Conflict) {
		t.Errorf("err after new data = %v, want a conflict", err)
	}
	u.Tables = append(u.Tables, insights.UnifyTable{Table: "B_T"})
	fx.ingest(t, "B_T", "id", "SELECT 2 AS id, 'x' AS Email")
	if _, err := Merge(t.Context(), fx.request(u)); !errs.Is(err, errs.Conflict) {
		t.Errorf("err with a new table = %v, want a conflict", err)
	}
}

func TestTablesThatAreNotUnifiedAnyMoreLoseTheirDeduplication(t *testing.T) {
	t.Parallel()
	fx := newFixture(t)
	fx.ingest(t, "A_T", "id", "SELECT 1 AS id, 'x' AS Email")
	fx.ingest(t, "B_T", "id", "SELECT 1 AS id, 'x' AS Email")
	u := insights.Unification{Tables: []insights.UnifyTable{{Table: "A_T"}, {Table: "B_T"}}}
	fx.unify(t, u)
	u.Tables = u.Tables[:1]
	fx.unify(t, u)
	if _, err := fx.Current(t.Context(), insights.Match, "Deduplication_B_T"); !errs.Is(err, errs.NotFound) {
		t.Errorf("err = %v, want not found", err)
	}
}

func TestACancelledRunLeavesTheFormerTables(t *testing.T) {
	t.Parallel()
	fx := newFixture(t)
	fx.ingest(t, "A_T", "id", "SELECT range AS id, 'm' || range AS Email FROM range(1000)")
	u := insights.Unification{Tables: []insights.UnifyTable{{Table: "A_T"}}, Rules: []insights.Rule{{Name: "Email", Conditions: []insights.Condition{{Field: "Email", Precision: "high"}}}}}
	fx.unify(t, u)
	before := fx.texts(t)
	steps := map[string]bool{}
	for {
		ctx, cancel := context.WithCancel(t.Context())
		q := fx.request(u)
		fresh := false
		q.Progress = func(p insights.Progress) {
			if !fresh && !steps[p.Step] {
				steps[p.Step], fresh = true, true
				cancel()
			}
		}
		_, err := Match(ctx, q)
		cancel()
		if !fresh {
			break // every step was cancelled once
		}
		if err == nil {
			continue // cancelled when all was done
		}
		if !errs.Is(err, errs.Canceled) {
			t.Fatalf("err = %v, want a cancellation", err)
		}
		if diff := cmp.Diff(before, fx.texts(t)); diff != "" {
			t.Fatalf("a cancelled run changed\n%s", diff)
		}
	}
	if len(steps) < 3 {
		t.Errorf("steps told: %v", steps)
	}
}

func TestACrowdWithOneValueIsSaid(t *testing.T) {
	t.Parallel()
	fx := newFixture(t)
	fx.ingest(t, "A_T", "id", "SELECT range AS id, 'none@contoso.com' AS Email FROM range(5000)")
	fx.ingest(t, "B_T", "id", "SELECT range AS id, 'none@contoso.com' AS Email FROM range(5000)")
	warnings := fx.unify(t, insights.Unification{
		Tables: []insights.UnifyTable{{Table: "A_T"}, {Table: "B_T"}},
		Rules:  []insights.Rule{{Name: "Email", Conditions: []insights.Condition{{Field: "Email"}}}},
	})
	said := strings.Join(warnings, "\n")
	if !strings.Contains(said, `rule "Email" joined 5000 records within one table`) || !strings.Contains(said, "10000 records across tables") {
		t.Errorf("warnings = %q", warnings)
	}
	if got := fx.text(t, insights.Merge, insights.CustomerTable); strings.Count(got, "\n") != 2 {
		t.Errorf("Customer has %d rows, want one", strings.Count(got, "\n")-1)
	}
}
