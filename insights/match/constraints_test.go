package match

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// twins are people of which every second is a copy of the one before with another phone.
func twins(n int) (rows [][]string) {
	for i := range n {
		p := person(i / 2)
		if i%2 == 1 {
			p[3] = "999" + p[3]
		}
		rows = append(rows, p)
	}
	return rows
}

func TestRecordsSaidToBeTogetherOrApartAre(t *testing.T) {
	t.Parallel()
	table := newTable("people", personColumns, twins(400))
	plain, err := Run(t.Context(), []*Table{table}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if plain.Clusters[0] != plain.Clusters[1] || plain.Clusters[2] != plain.Clusters[3] || plain.Clusters[0] == plain.Clusters[40] {
		t.Fatal("the data say nothing about constraints")
	}
	result, err := Run(t.Context(), []*Table{table}, Options{
		Together: [][2]uint32{{0, 40}, {10, 11}},
		Apart:    [][2]uint32{{3, 2}, {11, 10}, {0, 41}},
	})
	if err != nil {
		t.Fatal(err)
	}
	same := func(a, b int) bool { return result.Clusters[a] == result.Clusters[b] }
	if !same(0, 40) {
		t.Error("records that must be together are apart")
	}
	if same(2, 3) || same(0, 41) {
		t.Error("records that must be apart are together")
	}
	if !same(4, 5) {
		t.Error("what is said of some records changes others")
	}
	if diff := cmp.Diff([][2]uint32{{11, 10}}, result.Conflicts); diff != "" {
		t.Errorf("conflicts: want -, got +\n%s", diff)
	}
}

func TestEqualRecordsCanBeApart(t *testing.T) {
	t.Parallel()
	rows := twins(200)
	rows = append(rows, rows[0])
	result, err := Run(t.Context(), []*Table{newTable("people", personColumns, rows)}, Options{Apart: [][2]uint32{{0, 200}}})
	if err != nil {
		t.Fatal(err)
	}
	if result.Clusters[0] == result.Clusters[200] {
		t.Error("two equal records that must be apart are together")
	}
}

func TestDeclaredKindsWin(t *testing.T) {
	t.Parallel()
	table := newTable("people", personColumns, twins(100))
	result, err := Run(t.Context(), []*Table{table}, Options{Kinds: func(_, column string) (Kind, bool) {
		return map[string]Kind{"phone": ID, "city": Ignored}[column], column == "phone" || column == "city"
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range result.Profiles {
		if p.Column == "phone" && p.Kind != ID || p.Column == "city" && p.Kind != Ignored || p.Column == "dob" && p.Kind != BirthDate {
			t.Errorf("%s is %v (%s)", p.Column, p.Kind, p.Why)
		}
	}
}
