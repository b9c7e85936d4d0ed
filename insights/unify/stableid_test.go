package unify

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ownlake/ownlake/insights"
)

// world is the records of a table: their keys, and for each the number of its customer.
type world map[string]int

// idWork assigns ids to worlds, one after the other, without matching and merging around it.
type idWork struct {
	*work
	runs int
}

func newIDWork(t *testing.T, fx *fixture) *idWork {
	t.Helper()
	w := &work{task: newTask(t.Context(), nil), Request: Request{Session: fx.session, Folder: fx.Folder}}
	w.inputs = []*input{{planTable: planTable{name: "A_T", key: insights.Column{Name: "id"}}}}
	return &idWork{work: w}
}

// customers are records by id, "k1 k2".
type customers map[string]string

// assign gives ids to a world that follows the one before, in the order of rows given, and returns the customers and what
// they are said to have been called before.
func (w *idWork) assign(tb testing.TB, world world, keys []string) (now, previous customers) {
	tb.Helper()
	exec := func(query string) {
		if err := w.Session.Exec(w.ctx, query); err != nil {
			tb.Fatal(err)
		}
	}
	if w.runs++; w.runs == 1 {
		exec("CREATE OR REPLACE TABLE " + formerName + " (source INTEGER, key VARCHAR, id VARCHAR)")
		if err := w.readPast(); err != nil {
			tb.Fatal(err)
		}
	} else {
		exec("CREATE OR REPLACE TABLE " + formerName + " AS SELECT 0 AS source, key, id FROM unify_links_0 JOIN " + idsName + " USING (customer)")
		exec("CREATE OR REPLACE TABLE " + pastName + " AS FROM " + historyName)
	}
	w.Run = insights.RunID(fmt.Sprintf("%s-%08d", began.Add(time.Duration(w.runs)*time.Minute).Format("20060102T150405Z"), w.runs))
	// Customers are numbered by their first record, as matching does it.
	numbers, first := map[int]int{}, map[int]string{}
	for _, k := range slices.Sorted(maps.Keys(world)) {
		if _, ok := numbers[world[k]]; !ok {
			numbers[world[k]] = len(numbers)
			first[numbers[world[k]]] = k
		}
	}
	var links, pairs []string
	for _, k := range keys {
		links = append(links, fmt.Sprintf("(%d, '%s')", numbers[world[k]], k))
	}
	for n, k := range first {
		pairs = append(pairs, fmt.Sprintf("('%d__00', '%s')", n, k))
	}
	exec("CREATE OR REPLACE TABLE unify_links_0 AS SELECT * FROM (VALUES " + strings.Join(links, ", ") + ") t(customer, key)")
	exec("CREATE OR REPLACE TABLE pairs AS SELECT * FROM (VALUES " + strings.Join(pairs, ", ") + ") t(TrueObjectId, A_T_id)")
	for _, do := range []func() error{w.keepIDs, w.takeBackIDs, func() error { return w.newIDs("pairs") }, w.noteChanges} {
		if err := do(); err != nil {
			tb.Fatal(err)
		}
	}
	read := func(query string) customers {
		got := customers{}
		rows, err := w.Session.Query(w.ctx, query)
		if err != nil {
			tb.Fatal(err)
		}
		var id, value string
		if err := scanAll(rows, func() { got[id] = value }, &id, &value); err != nil {
			tb.Fatal(err)
		}
		return got
	}
	return read("SELECT id, string_agg(key, ' ' ORDER BY key) FROM unify_links_0 JOIN " + idsName + " USING (customer) GROUP BY id"),
		read("SELECT id, ids FROM " + previousName + " JOIN " + idsName + " USING (customer)")
}

// draw makes a world of up to n records.
func draw(rt *rapid.T, name string, n int) world {
	w := world{}
	for i := range rapid.IntRange(1, n).Draw(rt, name+" records") {
		w[fmt.Sprint("k", i)] = rapid.IntRange(0, n/2).Draw(rt, name+" customer")
	}
	return w
}

// recordIDs turns customers around.
func (c customers) recordIDs() map[string]string {
	ids := map[string]string{}
	for id, keys := range c {
		for k := range strings.FieldsSeq(keys) {
			ids[k] = id
		}
	}
	return ids
}

func (w world) shuffled(rt *rapid.T) []string {
	return rapid.Permutation(slices.Sorted(maps.Keys(w))).Draw(rt, "order")
}

func TestIDsStayWhereRecordsStay(t *testing.T) {
	t.Parallel()
	fx := newFixture(t)
	rapid.Check(t, func(rt *rapid.T) {
		w := newIDWork(t, fx)
		first := draw(rt, "first", 8)
		before, _ := w.assign(t, first, first.shuffled(rt))
		again, _ := w.assign(t, first, first.shuffled(rt))
		if diff := cmp.Diff(before, again); diff != "" {
			rt.Fatalf("the same records in another order change ids\n%s", diff)
		}
		second := draw(rt, "second", 8)
		after, previous := w.assign(t, second, second.shuffled(rt))
		checkStep(rt, before, after, previous)
		// What was changed is changed back, whatever it was: only records that were gone in between may be new.
		restored, _ := w.assign(t, first, first.shuffled(rt))
		lost := slices.ContainsFunc(slices.Collect(maps.Keys(first)), func(k string) bool { _, ok := second[k]; return !ok })
		if diff := cmp.Diff(before, restored); diff != "" && !lost {
			rt.Fatalf("after the change and its opposite\n%s", diff)
		}
	})
}

// checkStep holds what was assigned against what UNI-15 says.
func checkStep(rt *rapid.T, before, after, previous customers) {
	was, is := before.recordIDs(), after.recordIDs()
	for id, keys := range before { // an id goes where records of it are, or away
		var heirs []string
		for k := range strings.FieldsSeq(keys) {
			if now, ok := is[k]; ok && !slices.Contains(heirs, now) {
				heirs = append(heirs, now)
			}
		}
		if _, alive := after[id]; alive && !slices.Contains(heirs, id) {
			rt.Fatalf("%s (%s) is now %s, who has none of its records", id, keys, after[id])
		}
		if len(heirs) == 1 && heirs[0] != id {
			others := 0
			for k := range strings.FieldsSeq(after[heirs[0]]) {
				if was[k] != "" && was[k] != id {
					others++
				}
			}
			if others == 0 {
				rt.Fatalf("%s (%s) became %s without a reason", id, keys, heirs[0])
			}
		}
	}
	for id, keys := range after { // what records were called before is said
		for k := range strings.FieldsSeq(keys) {
			if former := was[k]; former != "" && former != id && !slices.Contains(strings.Split(previous[id], ";"), former) {
				rt.Fatalf("%s was of %s and is of %s, which says %q", k, former, id, previous[id])
			}
		}
	}
}

func TestAddedRecordsThatGoAgainLeaveNothing(t *testing.T) {
	t.Parallel()
	fx := newFixture(t)
	rapid.Check(t, func(rt *rapid.T) {
		w := newIDWork(t, fx)
		first := draw(rt, "first", 6)
		before, _ := w.assign(t, first, first.shuffled(rt))
		// The added records bring customers of the first ones together.
		more := world{}
		mergedInto := rapid.IntRange(0, 3).Draw(rt, "merged into")
		for k, c := range first {
			if c > mergedInto && rapid.Bool().Draw(rt, "joins") {
				c = mergedInto
			}
			more[k] = c
		}
		for i := range rapid.IntRange(1, 3).Draw(rt, "added") {
			more[fmt.Sprint("added", i)] = rapid.IntRange(0, 3).Draw(rt, "customer")
		}
		w.assign(t, more, more.shuffled(rt))
		after, _ := w.assign(t, first, first.shuffled(rt))
		if diff := cmp.Diff(before, after); diff != "" {
			rt.Fatalf("records were added and removed, and ids are others\n%s", diff)
		}
	})
}

// mailRule unifies by e-mail.
func mailRule() insights.Unification {
	return insights.Unification{
		Tables: []insights.UnifyTable{{Table: "A_T"}},
		Rules:  []insights.Rule{{Name: "Email", Conditions: []insights.Condition{{Field: "Email"}}}},
	}
}

func TestMergesAndSplitsAreWritten(t *testing.T) {
	t.Parallel()
	fx := newFixture(t)
	ingest := func(rows string) {
		fx.ingest(t, "A_T", "id", "SELECT * FROM (VALUES "+rows+") t(id, Email)")
		fx.unify(t, mailRule())
	}
	ingest("('1', 'x'), ('2', 'x'), ('3', 'y'), ('4', 'z')")
	// Of equal records the one with the larger key is the winner, which names the customer.
	x, y, taken := customerIDOf("2"), customerIDOf("3"), customerIDOf("2#2")
	ingest("('1', 'x'), ('2', 'x'), ('3', 'x'), ('4', 'z')")
	want := map[string]string{x: "A_T/1 A_T/2 A_T/3", customerIDOf("4"): "A_T/4"}
	if diff := cmp.Diff(want, fx.customers(t)); diff != "" {
		t.Errorf("after the merge: want -, got +\n%s", diff)
	}
	if text := fx.text(t, insights.Merge, insights.CustomerTable); !strings.Contains(text, x+","+y+",") {
		t.Errorf("Customer does not say that %s was %s:\n%s", x, y, text)
	}
	ingest("('1', 'x'), ('2', 'v'), ('3', 'y'), ('4', 'z')")
	want = map[string]string{x: "A_T/1", y: "A_T/3", taken: "A_T/2", customerIDOf("4"): "A_T/4"}
	if diff := cmp.Diff(want, fx.customers(t)); diff != "" {
		t.Errorf("after the split: want -, got +\n%s", diff)
	}
	wantHistory := "Event,SourceTable,SourceKey,PreviousCustomerId,CustomerId\n" +
		"merged,A_T,3," + y + "," + x + "\n" +
		"split,A_T,2," + x + "," + taken + "\n" +
		"split,A_T,3," + x + "," + y + "\n"
	if diff := cmp.Diff(wantHistory, fx.text(t, insights.Merge, insights.CustomerHistoryTable, changedColumn, runColumn)); diff != "" {
		t.Errorf("history: want -, got +\n%s", diff)
	}
}

// customerIDOf is the id of a customer of table A_T whose winner has that key.
func customerIDOf(key string) string {
	sum := md5.Sum([]byte("A_T/" + key))
	return hex.EncodeToString(sum[:])
}
