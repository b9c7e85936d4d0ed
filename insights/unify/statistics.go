package unify

import (
	"fmt"
	"math"

	"github.com/ownlake/ownlake/insights"
)

// statistics count what matching found (UNI-11). ofRecord are the customers of records, -1 for those that are left out.
func (w *work) statistics(m *matching, ofRecord []int32, customers int32) *insights.MatchStatistics {
	s := &insights.MatchStatistics{SourceRecords: int64(m.records.count()), Customers: int64(customers)}
	const none, several = -1, -2
	table := make([]int32, customers) // of each customer, or several
	for i := range table {
		table[i] = none
	}
	for i := range w.inputs {
		from, to := m.records.span(i)
		for _, c := range ofRecord[from:to] {
			switch {
			case c < 0:
			case table[c] == none:
				table[c] = int32(i)
			case table[c] != int32(i):
				table[c] = several
			}
		}
	}
	for _, t := range table {
		if t == several {
			s.MatchedCustomers++
		}
	}
	for i, input := range w.inputs {
		from, to := m.records.span(i)
		t := insights.TableStatistics{Table: input.name, Records: int64(to - from), Duplicates: int64(to-from) - int64(len(m.groups[i].sizes))}
		for _, c := range ofRecord[from:to] {
			switch {
			case c < 0:
				t.LeftOut++
			case table[c] == several:
				t.MatchedRecords++
			}
		}
		if t.Records > 0 {
			t.DuplicatePercent = math.Round(10_000*float64(t.Duplicates)/float64(t.Records)) / 100
		}
		s.UniqueRecords += t.Records - t.Duplicates
		s.Tables = append(s.Tables, t)
	}
	s.Notes = w.modelNotes()
	return s
}

// modelNotes are what the model guarded against, each with its first value.
func (w *work) modelNotes() (notes []string) {
	if w.modelResult == nil {
		return nil
	}
	for _, g := range w.modelResult.Summary.Guards {
		note := g.Text()
		if len(g.Examples) > 0 && g.Examples[0].Value != "" {
			note += fmt.Sprintf(" (such as %q)", g.Examples[0].Value)
		}
		notes = append(notes, note)
	}
	return notes
}
