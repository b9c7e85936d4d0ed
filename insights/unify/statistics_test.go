package unify

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/insights"
)

func TestMatchingSaysWhatItFound(t *testing.T) {
	t.Parallel()
	fx := newFixture(t)
	fx.ingest(t, "A_T", "id", "SELECT * FROM (VALUES (1, 'x'), (2, 'x'), (3, 'y'), (4, 'z')) t(id, Email)")
	fx.ingest(t, "B_T", "id", "SELECT * FROM (VALUES (1, 'x'), (2, 'w'), (3, 'v')) t(id, Email)")
	u := mailRule()
	u.Tables = append(u.Tables, insights.UnifyTable{Table: "B_T", DropUnmatched: true})
	result, err := Match(t.Context(), fx.request(u))
	if err != nil {
		t.Fatal(err)
	}
	want := &insights.MatchStatistics{
		SourceRecords: 7, UniqueRecords: 6, Customers: 3, MatchedCustomers: 1,
		Tables: []insights.TableStatistics{
			{Table: "A_T", Records: 4, Duplicates: 1, DuplicatePercent: 25, MatchedRecords: 2},
			{Table: "B_T", Records: 3, MatchedRecords: 1, LeftOut: 2},
		},
	}
	if diff := cmp.Diff(want, result.Matching); diff != "" {
		t.Errorf("want -, got +\n%s", diff)
	}
}
