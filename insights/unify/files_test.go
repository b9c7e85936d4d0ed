package unify

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/match"
)

// fileOf is a table as it is read from a file.
func fileOf(t *testing.T, name string, rows ...[]string) *match.Table {
	t.Helper()
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	table, _, err := match.ReadCSV(name, b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// groups are the records of each cluster by their keys, in order: "a1 b2".
func groups(tables []*match.Table, r *match.Result) []string {
	of := map[uint32][]string{}
	rec := 0
	for _, t := range tables {
		for row := range t.Rows {
			of[r.Clusters[rec]] = append(of[r.Clusters[rec]], t.Columns[0].Value(row))
			rec++
		}
	}
	var list []string
	for _, keys := range of {
		slices.Sort(keys)
		list = append(list, strings.Join(keys, " "))
	}
	slices.Sort(list)
	return list
}

func TestFilesAreUnifiedByRulesAsTablesAre(t *testing.T) {
	t.Parallel()
	crm := fileOf(t, "crm", []string{"id", "FirstName", "LastName", "born"},
		[]string{"c1", "Ann", "Smith", "1980-02-03"}, []string{"c2", "Bob", "Berg", "1970-12-31"}, []string{"c3", "Cy", "Cole", "oops"})
	shop := fileOf(t, "shop", []string{"no", "name", "geburtsdatum"},
		[]string{"s1", "Smith, Ann", "03.02.1980"}, []string{"s2", "Bob Berg", "31.12.1970"}, []string{"s3", "Bob Berg", "30.12.1970"}, []string{"s4", "Cy Cole", "oops"})
	u := insights.Unification{
		Tables: []insights.UnifyTable{{Table: "crm"}, {Table: "shop"}},
		Rules: []insights.Rule{{Name: "Name and birth", Conditions: []insights.Condition{
			{Field: "BirthDate"}, {Field: "LastName", Precision: "high"}, {Field: "FirstName"},
		}}},
	}
	tables, err := Arrange(u, []*match.Table{shop, crm})
	if err != nil {
		t.Fatal(err)
	}
	if tables[0] != crm {
		t.Error("the tables are not in match order")
	}
	r, warnings, err := Cluster(t.Context(), FileRequest{Tables: tables, Unification: u, Skip: []string{"id", "no"}})
	if err != nil || len(warnings) > 0 {
		t.Fatal(warnings, err)
	}
	// What is no day is missing.
	if diff := cmp.Diff([]string{"c1 s1", "c2 s2", "c3", "s3", "s4"}, groups(tables, r)); diff != "" {
		t.Errorf("want -, got +\n%s", diff)
	}
	if r.Summary.Customers != 5 || r.Summary.Records != 7 {
		t.Errorf("summary %+v", r.Summary)
	}
	u.Rules[0].Conditions[0].Field = "BirthDat"
	if _, _, err := Cluster(t.Context(), FileRequest{Tables: tables, Unification: u}); !errs.Is(err, errs.Invalid) || !strings.Contains(err.Error(), "did you mean BirthDate?") {
		t.Errorf("a field that is not there: %v", err)
	}
	if _, err := Arrange(u, []*match.Table{crm, shop, crm}); !errs.Is(err, errs.Invalid) {
		t.Errorf("two files of one name: %v", err)
	}
}

func TestTheOrderOfAFilesRowsChangesNothing(t *testing.T) {
	t.Parallel()
	rows := [][]string{}
	for i := range 300 {
		mail := fmt.Sprintf("user%d@mail.example", i/3)
		if i%5 == 0 {
			mail = ""
		}
		rows = append(rows, []string{
			fmt.Sprintf("k%03d", i), []string{"Anna", "Bertram", "Carla", "Dimitri"}[i/3%4], fmt.Sprintf("Family%c%c", 'a'+i/3%17, 'a'+i/3%13),
			mail, fmt.Sprintf("%d Elm Street", i/3), fmt.Sprintf("19%02d-0%d-1%d", i/3%90, i/3%9+1, i/3%10),
		})
	}
	r := rand.New(rand.NewPCG(3, 4))
	var first []string
	for n := range 4 {
		table := fileOf(t, "people", append([][]string{{"id", "first name", "last name", "email", "street", "birth date"}}, rows...)...)
		table.Sort(&table.Columns[0])
		u := insights.Unification{
			Tables: []insights.UnifyTable{{Table: "people"}},
			Rules:  []insights.Rule{{Name: "Mail", Conditions: []insights.Condition{{Field: "Email"}, {Field: "LastName", Precision: "medium"}}}},
			Model:  insights.Model{Use: insights.ModelAfterRules},
		}
		result, _, err := Cluster(t.Context(), FileRequest{Tables: []*match.Table{table}, Unification: u, Skip: []string{"id"}})
		if err != nil {
			t.Fatal(err)
		}
		got := groups([]*match.Table{table}, result)
		if n == 0 {
			first = got
		}
		if diff := cmp.Diff(first, got); diff != "" {
			t.Errorf("order %d: want -, got +\n%s", n, diff)
		}
		r.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	}
	if len(first) < 80 || len(first) > 110 {
		t.Errorf("%d customers of 100", len(first))
	}
}
