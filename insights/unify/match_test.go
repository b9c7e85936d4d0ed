package unify

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// unified runs duplicates and matching over tables of texts.
func unified(t *testing.T, tables []tableOfTexts, duplicateRules, matchRules []rule, dropped ...int) *matching {
	t.Helper()
	job := newTask(t.Context(), nil)
	r := newRecords(tables...)
	c := newClusters(r.count())
	var groups []*duplicates
	for i := range tables {
		d, err := job.findDuplicates(r, c, i, duplicateRules, "")
		if err != nil {
			t.Fatal(err)
		}
		groups = append(groups, d)
	}
	m := newMatching(r, c, groups)
	for i := 1; i < len(tables); i++ {
		if err := m.matchTable(job, i, matchRules, slices.Contains(dropped, i), ""); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

func customersOf(m *matching) []int32 {
	ofRecord, _, _ := m.customers()
	return ofRecord
}

var (
	byEmail = rule{name: "Email", conditions: []condition{{0, "Email", exact}}}
	byName  = rule{name: "Name", conditions: []condition{{1, "Name", 60}}}
)

func TestMatchOrderDecides(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name              string
		tables            []tableOfTexts
		duplicates, rules []rule
		dropped           []int
		want              []int32
	}{
		{
			name:   "a record that matches two primary records joins the more similar one",
			tables: []tableOfTexts{{{"", "Karla"}, {"", "Carla"}}, {{"", "Carla"}}},
			rules:  []rule{byName},
			want:   []int32{0, 1, 1},
		},
		{
			name:   "of equally similar primary records the one with the smaller key is joined",
			tables: []tableOfTexts{{{"", "Carla"}, {"", "Carla"}}, {{"", "Carla"}}},
			rules:  []rule{byName},
			want:   []int32{0, 1, 0},
		},
		{
			name:       "a match with an alternate counts for the winner",
			tables:     []tableOfTexts{{{"a@x", "Ann"}, {"a@x", "Bob"}}, {{"", "Bob"}}},
			duplicates: []rule{byEmail}, rules: []rule{byName},
			want: []int32{0, 0, 0},
		},
		{
			name:   "two rows of a later table that match one customer are one",
			tables: []tableOfTexts{{{"a@x", "Ann"}}, {{"a@x", "Anna"}, {"a@x", "Bob"}}},
			rules:  []rule{byEmail},
			want:   []int32{0, 0, 0},
		},
		{
			name:   "rows of one later table do not match each other without duplicate rules",
			tables: []tableOfTexts{{{"a@x", "Ann"}}, {{"b@x", "Bob"}, {"b@x", "Bob"}}},
			rules:  []rule{byEmail},
			want:   []int32{0, 1, 2},
		},
		{
			name:   "a later rule is not tried for a record that an earlier one matched",
			tables: []tableOfTexts{{{"a@x", "Ann"}, {"b@x", "Bob"}}, {{"a@x", "Bob"}}},
			rules:  []rule{byEmail, byName},
			want:   []int32{0, 1, 0},
		},
		{
			name:   "a later rule is tried for a record that is unmatched",
			tables: []tableOfTexts{{{"a@x", "Ann"}, {"b@x", "Bob"}}, {{"c@x", "Bob"}}},
			rules:  []rule{byEmail, byName},
			want:   []int32{0, 1, 1},
		},
		{
			name:   "a record joins a customer of a later table to one of the primary table",
			tables: []tableOfTexts{{{"", "Carla"}}, {{"c@x", ""}}, {{"c@x", "Carla"}}},
			rules:  []rule{{name: "Email", conditions: byEmail.conditions}},
			want:   []int32{0, 1, 1},
		},
		{
			name:   "a record that matches customers of several tables by one rule makes them one",
			tables: []tableOfTexts{{{"", "abcde"}}, {{"", "cdefg"}}, {{"", "bcdef"}}},
			rules:  []rule{byName},
			want:   []int32{0, 0, 0},
		},
		{
			name:   "a missing value matches nothing",
			tables: []tableOfTexts{{{"", "Ann"}}, {{"", "Bob"}}},
			rules:  []rule{byEmail},
			want:   []int32{0, 1},
		},
		{
			name:    "a dropped row is no customer and matches nothing below",
			tables:  []tableOfTexts{{{"a@x", "Ann"}}, {{"b@x", "Bob"}, {"a@x", "Ann"}}, {{"b@x", "Bob"}}},
			rules:   []rule{byEmail},
			dropped: []int{1},
			want:    []int32{0, -1, 0, 1},
		},
		{
			name:   "a rule for two tables leaves the third alone",
			tables: []tableOfTexts{{{"a@x", "Ann"}}, {{"a@x", "Ann"}}, {{"a@x", "Ann"}}},
			rules:  []rule{{name: "Email", conditions: byEmail.conditions, tables: []bool{true, false, true}}},
			want:   []int32{0, 1, 0},
		},
		{
			name:       "an exception keeps records of one tuple apart, unless another joins them",
			tables:     []tableOfTexts{{{"a@x", "Ann"}, {"a@x", "Ann"}, {"b@x", "Ann"}, {"b@x", "Ann"}, {"b@x", "Bob"}}},
			duplicates: []rule{{name: "Email", conditions: byEmail.conditions, exceptions: []condition{{1, "Name", exact}}}},
			want:       []int32{0, 1, 2, 2, 2},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got := customersOf(unified(t, tc.tables, tc.duplicates, tc.rules, tc.dropped...))
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("customers: want -, got +\n%s", diff)
			}
		})
	}
}

func TestTheWinnerIsPreferredAndThenOfTheLargerKey(t *testing.T) {
	t.Parallel()
	r := newRecords(tableOfTexts{{"a@x"}, {"a@x"}, {"a@x"}, {"b@x"}})
	r.preference = []int32{1, 3, 3, 0}
	c := newClusters(r.count())
	d, err := newTask(t.Context(), nil).findDuplicates(r, c, 0, []rule{byEmail}, "")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int32{2, 3}, d.winners); diff != "" {
		t.Errorf("winners: want -, got +\n%s", diff)
	}
}

func TestPrimaryRecordsNeverComeTogetherByMatching(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		var tables []tableOfTexts
		for range 2 + r.IntN(2) {
			tables = append(tables, randomTexts(r, 1+r.IntN(60), 2))
		}
		rules := []rule{*randomRule(r, 2), *randomRule(r, 2)}
		m := unified(t, tables, []rule{*randomRule(r, 2)}, rules)
		primaryOf := map[int32]int32{}
		for x, customer := range customersOf(m)[:len(tables[0])] {
			group := m.groups[0].groups[x]
			if other, seen := primaryOf[customer]; seen && other != group {
				t.Fatalf("seed %d: groups %d and %d of the primary table are one customer", seed, other, group)
			}
			primaryOf[customer] = group
		}
	}
}
