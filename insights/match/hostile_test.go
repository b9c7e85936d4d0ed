package match

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ownlake/ownlake/errs"
)

var personColumns = []string{"first_name", "last_name", "email", "phone", "dob", "street", "city", "postcode"}

func runOne(t *testing.T, tables ...*Table) *Result {
	t.Helper()
	result, err := Run(t.Context(), tables, Options{})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, table := range tables {
		n += table.Rows
	}
	if len(result.Clusters) != n {
		t.Fatalf("%d records have a cluster, of %d", len(result.Clusters), n)
	}
	return result
}

func person(i int) []string {
	return []string{
		"Given" + strconv.Itoa(i%97), "Family" + strconv.Itoa(i%89), fmt.Sprintf("user%d@mail.example", i), fmt.Sprintf("555%07d", i*7919%10_000_000),
		fmt.Sprintf("%d-%02d-%02d", 1930+i%80, 1+i%12, 1+i%28), fmt.Sprintf("%d Street %d", i%500, i%211), "City" + strconv.Itoa(i%53), fmt.Sprintf("%05d", i*31%100_000),
	}
}

func TestIdenticalRowsAreOneCustomer(t *testing.T) {
	t.Parallel()
	var rows [][]string
	for range 10_000 {
		rows = append(rows, person(4711))
	}
	for i := range 2000 { // without others nothing could be learned
		rows = append(rows, person(i))
	}
	result := runOne(t, newTable("people", personColumns, rows))
	for rec := range 10_000 {
		if result.Clusters[rec] != 0 {
			t.Fatalf("record %d is in cluster %d", rec, result.Clusters[rec])
		}
	}
	if got := result.Summary.Customers; got < 1990 || got > 2001 {
		t.Errorf("%d customers, want about 2001", got)
	}
}

func TestATableOfCopiesIsOneCustomer(t *testing.T) {
	t.Parallel()
	result := runOne(t, newTable("people", personColumns, slices.Repeat([][]string{person(7)}, 300)))
	if result.Summary.Customers != 1 || result.Summary.Copies != 299 {
		t.Errorf("%d customers, %d copies, want 1 and 299", result.Summary.Customers, result.Summary.Copies)
	}
}

func TestUniqueRecordsStayApart(t *testing.T) {
	t.Parallel()
	rows := make([][]string, 3000)
	for i := range rows {
		rows[i] = person(i)
	}
	result := runOne(t, newTable("people", personColumns, rows))
	if got := result.Summary.Customers; got < 2990 {
		t.Errorf("%d customers of 3000 different people", got)
	}
}

func TestHostileTablesAreUnified(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("very long text ", 80_000)
	for name, rows := range map[string][][]string{
		"one row":    {person(1)},
		"two rows":   {person(1), person(1)},
		"few values": {{"a", "", "", "", "", "", "", ""}, {"", "b", "", "", "", "", "", ""}, {"", "", "", "", "", "", "", ""}},
		"copies":     slices.Repeat([][]string{person(7)}, 300),
		"one value everywhere": func() (rows [][]string) {
			for i := range 300 {
				p := person(i)
				p[0], p[6] = "Anna", "Berlin"
				rows = append(rows, p)
			}
			return rows
		}(),
		"empty columns": func() (rows [][]string) {
			for i := range 300 {
				p := person(i)
				p[2], p[3], p[7] = "", " ", "N/A"
				rows = append(rows, p)
			}
			return rows
		}(),
		"emoji": {{"😀", "👩‍👩‍👧", "x@y.example", "", "", "🏠 1", "🌍", ""}, {"😀", "👩‍👩‍👧", "x@y.example", "", "", "🏠 1", "🌍", ""}},
		"right to left": {
			{"محمد", "العربي", "m@mail.example", "", "1980-01-01", "شارع 5", "القاهرة", "11511"}, {"מרים", "כהן", "", "", "", "רחוב 3", "חיפה", ""},
		},
		"megabyte cells": {{long, long, long, long, long, long, long, long}, {long, long, long, long, long, long, long, long}, person(2)},
		"broken text":    {{"\xff\xfe", "a\x00b", "@", "+", "0000-00-00", ",", "\u202e", "\n"}, {"'", "''", "@@", "()", "99/99/9999", "#", "--", "-"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			runOne(t, newTable("people", personColumns, rows))
		})
	}
}

func TestTablesWithoutEvidenceAreRefused(t *testing.T) {
	t.Parallel()
	for name, table := range map[string]*Table{
		"no rows":   newTable("t", personColumns, nil),
		"no values": newTable("t", []string{"a", "b"}, [][]string{{"", ""}, {"", ""}}),
		"one value": newTable("t", []string{"a"}, slices.Repeat([][]string{{"x"}}, 20)),
	} {
		if _, err := Run(t.Context(), []*Table{table}, Options{}); !errs.Is(err, errs.Invalid) {
			t.Errorf("%s: %v, want Invalid", name, err)
		}
	}
}

// TestClustersDoNotDependOnTheOrderOfRecords is the law that ids can be stable at all.
func TestClustersDoNotDependOnTheOrderOfRecords(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 7))
	var rows [][]string
	for i := range 1200 {
		rows = append(rows, person(i))
		if i%3 == 0 {
			again := person(i)
			again[r.IntN(8)] = ""
			again[5] = typo(r, again[5])
			rows = append(rows, again)
		}
	}
	groups := func(order []int) []string {
		shuffled := make([][]string, len(rows))
		for to, from := range order {
			shuffled[to] = rows[from]
		}
		result := runOne(t, newTable("people", personColumns, shuffled))
		members := map[uint32][]int{}
		for rec, c := range result.Clusters {
			members[c] = append(members[c], order[rec])
		}
		var list []string
		for _, m := range members {
			slices.Sort(m)
			list = append(list, fmt.Sprint(m))
		}
		slices.Sort(list)
		return list
	}
	order := make([]int, len(rows))
	for i := range order {
		order[i] = i
	}
	want := groups(order)
	for range 3 {
		r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		if got := groups(order); !slices.Equal(got, want) {
			t.Fatalf("%d clusters, and %d in another order", len(want), len(got))
		}
	}
	if len(want) > 1250 || len(want) < 1190 {
		t.Errorf("%d clusters of 1200 people", len(want))
	}
}

func TestCanceledRunsEnd(t *testing.T) {
	t.Parallel()
	var rows [][]string
	for i := range 1500 {
		rows = append(rows, person(i))
	}
	for _, phase := range []string{"cleaning", "sampling", "comparing", "joining"} {
		t.Run(phase, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			_, err := Run(ctx, []*Table{newTable("people", personColumns, rows)}, Options{Progress: func(now string, _, _ int) {
				if now == phase {
					cancel()
				}
			}})
			if !errs.Is(err, errs.Canceled) {
				t.Errorf("%v, want Canceled", err)
			}
		})
	}
}
