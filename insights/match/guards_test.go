package match

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ownlake/ownlake/errs"
)

// guardOf finds the guard of a kind at a place.
func guardOf(r *Result, k GuardKind, where string) *Guard {
	i := slices.IndexFunc(r.Summary.Guards, func(g Guard) bool { return g.Kind == k && (where == "" || g.Where == where) })
	if i < 0 {
		return nil
	}
	return &r.Summary.Guards[i]
}

func manyPeople(n int) (rows [][]string) {
	for i := range n {
		rows = append(rows, person(i))
	}
	return rows
}

func TestPlaceholdersAreReportedAndJoinNobody(t *testing.T) {
	t.Parallel()
	rows := manyPeople(800)
	for i := range 40 {
		rows[i*10][2] = "test@test.com"
		rows[i*10+1][3] = "0000000000"
		rows[i*10+2][4] = "N/A"
	}
	result := runOne(t, newTable("people", personColumns, rows))
	for where, value := range map[string]string{"email": "test@test.com", "phone": "0000000000", "dob": "N/A"} {
		g := guardOf(result, GuardUnusable, where)
		if g == nil {
			t.Errorf("%s: nothing says that %s was taken as missing", where, value)
			continue
		}
		e := g.Examples[0]
		if e.Value != value || e.Records != 40 || len(e.Names) == 0 || !strings.HasPrefix(e.Names[0], "people:") {
			t.Errorf("%s: %+v, want 40 records with %s", where, g, value)
		}
	}
	if got := result.Summary.Customers; got < 795 {
		t.Errorf("%d customers of 800 people", got)
	}
}

func TestDefaultValuesAreReportedAndJoinNobody(t *testing.T) {
	t.Parallel()
	rows := manyPeople(3000)
	for i := range 600 {
		rows[i*5][4] = "1900-01-01"
	}
	for i := range 300 {
		rows[i*10][2] = "info@callcenter.example"
	}
	result := runOne(t, newTable("people", personColumns, rows))
	for where, want := range map[string]struct {
		value   string
		records int
	}{"date of birth": {"19000101", 600}, "e-mail": {"info@callcenter.example", 300}} {
		g := guardOf(result, GuardDefault, where)
		if g == nil || g.Examples[0].Value != want.value || g.Examples[0].Records != want.records {
			t.Errorf("%s: %+v, want %v", where, g, want)
		}
	}
	if got := result.Summary.Customers; got < 2990 {
		t.Errorf("%d customers of 3000 people", got)
	}
}

func TestValuesOfSeveralCustomersAreReported(t *testing.T) {
	t.Parallel()
	rows := manyPeople(2000)
	for i := range 15 {
		rows[i*100][3] = "5550001234"
	}
	result := runOne(t, newTable("people", personColumns, rows))
	g := guardOf(result, GuardShared, "phone")
	if g == nil || g.Examples[0].Value != "5550001234" || g.Examples[0].Customers < 14 {
		t.Errorf("%+v, want 5550001234 of about 15 customers", g)
	}
}

func TestIdentifiersThatLieAreReported(t *testing.T) {
	t.Parallel()
	columns := append(slices.Clone(personColumns), "ssn")
	rows := manyPeople(1500)
	for i := range rows {
		rows[i] = append(rows[i], fmt.Sprintf("%09d", 100_000_000+i*611_953%800_000_000))
	}
	for i := range 500 { // copies, a few with another number
		again := slices.Clone(rows[i])
		if i < 5 {
			again[8] = fmt.Sprintf("%09d", 987_000_001+i*7_013)
		}
		again[6] = "Elsewhere"
		rows = append(rows, again)
	}
	for i := range 12 { // and one that strangers share
		rows[1000+i*9][8] = "078051120"
	}
	result := runOne(t, newTable("people", columns, rows))
	if g := guardOf(result, GuardIdentifier, "ssn"); g == nil || g.Count != 5 {
		t.Errorf("%+v, want 5 customers with two numbers", g)
	}
	if g := guardOf(result, GuardShared, "ssn"); g == nil || g.Examples[0].Value != "078051120" || g.Examples[0].Customers != 12 {
		t.Errorf("%+v, want the number that 12 customers share", g)
	}
}

// TestChainsOfWeakLinksEndAndAreReported makes people between each two of whom there is one more that resembles both.
func TestChainsOfWeakLinksEndAndAreReported(t *testing.T) {
	t.Parallel()
	n := 8
	c := newClusters(n)
	var edges []edge
	for i := range uint32(n - 1) {
		edges = append(edges, edge{i, i + 1, i})
	}
	far := func(a, b uint32) float64 {
		if max(a, b)-min(a, b) == 1 {
			return 2
		}
		return -5
	}
	if err := c.agglomerate(t.Context(), edges, 1, func() func(a, b uint32) float64 { return far }); err != nil {
		t.Fatal(err)
	}
	for row := range uint32(n) {
		if got := len(c.members(nil, c.root(row))); got > 2 {
			t.Errorf("a chain made a cluster of %d", got)
		}
	}
	names := make([]uint32, n)
	for i := range names {
		names[i] = uint32(i)
	}
	g := guarding{
		result:   &Result{records: &records{n: n, of: names, first: []int{0}}, tables: []*Table{{Name: "t", Rows: n}}, firsts: names},
		clusters: c, edges: edges, threshold: 1, score: far,
	}
	list := g.chains()
	if len(list) != 1 || list[0].Count != 3 {
		t.Fatalf("%+v, want the 3 pairs that the chain would have joined", list)
	}
	if e := list[0].Examples[0]; !slices.Equal(e.Names, []string{"t:2", "t:3"}) || !strings.Contains(e.Note, "clusters of 2 and 2") {
		t.Errorf("%+v", e)
	}
}

func TestLooseClustersAreReported(t *testing.T) {
	t.Parallel()
	n := 7
	c := newClusters(n)
	names := make([]uint32, n)
	for i := range uint32(n) {
		names[i] = i
		if i > 0 {
			c.union(c.root(0), c.root(i))
		}
	}
	g := guarding{
		result:   &Result{records: &records{n: n, of: names, first: []int{0}}, tables: []*Table{{Name: "t", Rows: n}}, firsts: names},
		clusters: c, threshold: 1, score: func(a, b uint32) float64 {
			if a == 0 || b == 0 {
				return 3
			}
			return 0
		},
	}
	list := g.loose()
	if len(list) != 1 || !strings.Contains(list[0].Examples[0].Note, "15 of 21 pairs") {
		t.Errorf("%+v, want a cluster that its first record holds together", list)
	}
}

func TestLargeBlocksAreReported(t *testing.T) {
	t.Parallel()
	var rows [][]string
	for i := range 3000 {
		rows = append(rows, []string{"Maria", "Garcia", fmt.Sprintf("m%d@mail.example", i)})
	}
	for i := range 200 {
		name := string(rune('a'+i%26)) + string(rune('a'+i/26)) + "n"
		rows = append(rows, []string{"Given" + name, "Family" + name, name + "@mail.example"})
	}
	result := runOne(t, newTable("people", personColumns[:3], rows))
	g := guardOf(result, GuardBlock, "names in either order")
	if g == nil || g.Examples[0].Records != 3000 {
		t.Errorf("%+v, want the block of 3000 records", result.Summary.Guards)
	}
}

func TestContradictionsNameTheChainOfWhatWasSaid(t *testing.T) {
	t.Parallel()
	result, err := Run(t.Context(), []*Table{newTable("people", personColumns, manyPeople(300))}, Options{
		Together: [][2]uint32{{10, 20}, {30, 20}, {30, 40}}, Apart: [][2]uint32{{40, 10}},
		Name: func(_, row int) string { return fmt.Sprintf("P%d", row) },
	})
	if err != nil {
		t.Fatal(err)
	}
	g := guardOf(result, GuardDecision, "")
	if g == nil || g.Count != 1 || g.Examples[0].Note != "P40 = P30 = P20 = P10, but said to be apart" {
		t.Errorf("%+v", g)
	}
}

func TestGuardsAreShortLines(t *testing.T) {
	t.Parallel()
	g := Guard{Kind: GuardDefault, Where: "e-mail", Count: 2, Records: 30, Done: "taken as missing"}
	if got, want := g.Text(), "default value in e-mail: 2 values of 30 records; taken as missing"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	e := GuardExample{Value: strings.Repeat("ä", 100), Records: 3, Names: []string{"a:1", "b:2"}, Note: "n"}
	if got, want := e.Text(), `"`+strings.Repeat("ä", 60)+`…", 3 records: a:1, b:2 (n)`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if _, err := Run(t.Context(), nil, Options{}); !errs.Is(err, errs.Invalid) {
		t.Errorf("no tables: %v, want Invalid", err)
	}
}
