package unify

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// tableOfTexts are records given as texts, one column per feature; "" is missing.
type tableOfTexts [][]string

// newRecords makes records of tables of texts that have equally many columns.
func newRecords(tables ...tableOfTexts) *records {
	r := &records{starts: []int32{0}}
	var known []map[string]int32
	for _, rows := range tables {
		for _, row := range rows {
			for f, s := range row {
				if f == len(known) {
					known = append(known, map[string]int32{"": 0})
					r.columns = append(r.columns, column{values: []text{{}}})
				}
				number, ok := known[f][s]
				if !ok {
					number = int32(len(known[f]))
					known[f][s] = number
					r.columns[f].values = append(r.columns[f].values, newText(s))
				}
				r.columns[f].numbers = append(r.columns[f].numbers, number)
			}
		}
		r.starts = append(r.starts, r.starts[len(r.starts)-1]+int32(len(rows)))
	}
	r.preference = make([]int32, r.count())
	return r
}

// randomTexts are rows of misspelled words, some missing.
func randomTexts(r *rand.Rand, rows, columns int) tableOfTexts {
	letters := "ab"
	if r.IntN(3) == 0 {
		letters = "aé漢"
	}
	base := make([]string, 1+r.IntN(40))
	for i := range base {
		base[i] = randomText(r, letters+"cdefgh", 3+r.IntN(20))
	}
	all := make(tableOfTexts, rows)
	for i := range all {
		all[i] = make([]string, columns)
		for j := range all[i] {
			if r.IntN(10) > 0 {
				all[i][j] = misspelled(r, base[r.IntN(len(base))], letters)
			}
		}
	}
	return all
}

func misspelled(r *rand.Rand, s, letters string) string {
	x := []rune(s)
	for range r.IntN(4) {
		at := r.IntN(len(x) + 1)
		switch letter := []rune(letters)[r.IntN(2)]; {
		case at < len(x) && r.IntN(2) == 0:
			x[at] = letter
		case at < len(x) && r.IntN(2) == 0:
			x = slices.Delete(x, at, at+1)
		default:
			x = slices.Insert(x, at, letter)
		}
	}
	return string(x)
}

func randomRule(r *rand.Rand, columns int) *rule {
	any := func() condition {
		ps := []precision{exact, 90, 80, 70, 60, 51, 50, 30, 10}
		f := r.IntN(columns)
		return condition{f, fmt.Sprint("field", f), ps[r.IntN(len(ps))]}
	}
	x := &rule{name: "random", conditions: []condition{any()}}
	for r.IntN(2) == 0 && len(x.conditions) < 3 {
		x.conditions = append(x.conditions, any())
	}
	for r.IntN(4) == 0 {
		x.exceptions = append(x.exceptions, any())
	}
	return x
}

// holds is a condition by the book.
func (c condition) holds(r *records, a, b int32) (similarity float64, ok bool) {
	col := r.columns[c.feature]
	x, y := col.values[col.numbers[a]], col.values[col.numbers[b]]
	if x.s == "" || y.s == "" {
		return 0, false
	}
	longer, edits := max(x.length, y.length), plainDistance(x.s, y.s)
	return float64(longer-edits) / float64(longer), 100*(longer-edits) >= int(c.precision)*longer
}

func (r *rule) holds(all *records, a, b int32) (score float64, ok bool) {
	for _, c := range r.conditions {
		similarity, ok := c.holds(all, a, b)
		if !ok {
			return 0, false
		}
		score += similarity
	}
	for _, c := range r.exceptions {
		if _, holds := c.holds(all, a, b); holds {
			return 0, false
		}
	}
	return score / float64(len(r.conditions)), true
}

type recordPair struct{ a, b int32 }

// round makes scores of either width comparable.
func round(score float64) string { return fmt.Sprintf("%.4f", score+1e-6) }

func TestSearchFindsExactlyWhatComparingAllFinds(t *testing.T) {
	t.Parallel()
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 7))
		all := newRecords(randomTexts(r, 1+r.IntN(150), 3), randomTexts(r, 1+r.IntN(150), 3))
		rule := randomRule(r, 3)
		border := all.starts[1]
		within, across := map[recordPair]string{}, map[recordPair]string{}
		for a := range all.count() {
			for b := a + 1; b < all.count(); b++ {
				if score, ok := rule.holds(all, a, b); ok {
					within[recordPair{a, b}] = round(score)
					if a < border && b >= border {
						across[recordPair{a, b}] = round(score)
					}
				}
			}
		}
		tuples := newTuples(all, rule, 0, all.count(), everyRecord)
		if diff := cmp.Diff(within, found(t, all, tuples, nil), cmp.AllowUnexported(recordPair{})); diff != "" {
			t.Fatalf("seed %d, rule %+v: within one table, want -, got +\n%s", seed, rule, diff)
		}
		sides := func(block, left, right []int32) ([]int32, []int32) {
			for _, x := range block {
				of := tuples.records.of(x)
				if of[0] < border {
					left = append(left, x)
				}
				if of[len(of)-1] >= border {
					right = append(right, x)
				}
			}
			return left, right
		}
		got := found(t, all, tuples, sides)
		maps.DeleteFunc(got, func(p recordPair, _ string) bool { return (p.a < border) == (p.b < border) })
		if diff := cmp.Diff(across, got, cmp.AllowUnexported(recordPair{})); diff != "" {
			t.Fatalf("seed %d, rule %+v: across tables, want -, got +\n%s", seed, rule, diff)
		}
	}
}

// found searches and unfolds tuples to records; a pair found twice fails the test.
func found(t *testing.T, all *records, tuples *tuples, sides func(_, _, _ []int32) ([]int32, []int32)) map[recordPair]string {
	t.Helper()
	job := newTask(t.Context(), nil)
	pairs, err := job.matchingPairs(&search{records: all, tuples: tuples, sides: sides})
	if err != nil || len(job.warnings) > 0 {
		t.Fatal(err, job.warnings)
	}
	got := map[recordPair]string{}
	seen := map[[2]int32]bool{}
	for _, p := range pairs {
		if seen[[2]int32{p.a, p.b}] {
			t.Errorf("pair %v is found twice", p)
		}
		seen[[2]int32{p.a, p.b}] = true
		for _, a := range tuples.records.of(p.a) {
			for _, b := range tuples.records.of(p.b) {
				if a != b {
					got[recordPair{min(a, b), max(a, b)}] = round(float64(p.score))
				}
			}
		}
	}
	return got
}

func TestAValueThatManyShareCostsOneComparison(t *testing.T) {
	t.Parallel()
	rows := make(tableOfTexts, 200_000)
	for i := range rows {
		rows[i] = []string{"none@example.com", []string{"Ann", "Anne", "Bob"}[i%3]}
	}
	all := newRecords(rows)
	rule := &rule{name: "Email", conditions: []condition{{0, "Email", exact}, {1, "FirstName", 70}}}
	s := &search{records: all, tuples: newTuples(all, rule, 0, all.count(), everyRecord), budget: 200}
	pairs, warnings, err := s.pairs(t.Context())
	if err != nil || warnings != nil {
		t.Fatal(err, warnings)
	}
	// Each of the three names with itself, and Ann with Anne.
	if len(pairs) != 4 {
		t.Errorf("%d pairs, want 4", len(pairs))
	}
}

func TestABlockOverBudgetIsMatchedMoreStrictlyAndSaid(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	rows := randomTexts(r, 3000, 1)
	for i := range rows {
		rows[i] = append(rows[i], "Town")
	}
	all := newRecords(rows)
	rule := &rule{name: "Name in town", conditions: []condition{{0, "FullName", 30}, {1, "City", exact}}}
	s := &search{records: all, tuples: newTuples(all, rule, 0, all.count(), everyRecord), budget: 200_000}
	pairs, warnings, err := s.pairs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(warnings) != 1 || !strings.Contains(warnings[0], `rule "Name in town"`) || !strings.Contains(warnings[0], "FullName") ||
		!strings.Contains(warnings[0], "one value of City") {
		t.Errorf("warnings = %q, want one that names the rule, the compared and the shared field", warnings)
	}
	for _, p := range pairs {
		a, b := s.tuples.records.of(p.a)[0], s.tuples.records.of(p.b)[0]
		if _, ok := rule.holds(all, a, b); !ok {
			t.Fatalf("pair %d, %d does not match", a, b)
		}
	}
}

func TestABlockOfTooManyExceptionsIsLeftUnmatchedAndSaid(t *testing.T) {
	t.Parallel()
	rows := tableOfTexts{{"a@example.com", "Ann"}, {"a@example.com", "Bob"}}
	for i := range 2000 {
		rows = append(rows, []string{"none@example.com", fmt.Sprint("name", i)})
	}
	all := newRecords(rows)
	rule := &rule{name: "Email", conditions: []condition{{0, "Email", exact}}, exceptions: []condition{{1, "Name", exact}}}
	s := &search{records: all, tuples: newTuples(all, rule, 0, all.count(), everyRecord), budget: 100_000}
	pairs, warnings, err := s.pairs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(pairs) != 1 {
		t.Errorf("%d pairs, want the one of the small block", len(pairs))
	}
	if len(warnings) != 1 || !strings.Contains(warnings[0], "2000 different records with one value of Email") || !strings.Contains(warnings[0], "left unmatched") {
		t.Errorf("warnings = %q", warnings)
	}
}

func TestSearchStopsWhenItsRunIsCancelled(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(8, 9))
	all := newRecords(randomTexts(r, 3000, 2))
	rule := &rule{name: "Names", conditions: []condition{{0, "FullName", 10}}}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := &search{records: all, tuples: newTuples(all, rule, 0, all.count(), everyRecord), budget: blockBudget}
	if _, _, err := s.pairs(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v, want a cancellation", err)
	}
}
