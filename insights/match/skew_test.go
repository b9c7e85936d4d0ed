package match

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// skewed are people of whom every twentieth has one surname, every twelfth one e-mail and every tenth one day of birth;
// every third occurs twice, mistyped. of is who each record is.
func skewed(people int) (table *Table, of []int) {
	r := rand.New(rand.NewPCG(31, 32))
	var rows [][]string
	for i := range people {
		row := person(i)
		row[0] = fmt.Sprintf("given%d", r.IntN(people/4))
		row[1] = fmt.Sprintf("family%d", r.IntN(people/4))
		if i%20 == 0 {
			row[1] = "smith"
		}
		if i%12 == 1 {
			row[2] = "info@shop.example"
		}
		if i%10 == 0 {
			row[4] = "1900-01-01"
		}
		rows, of = append(rows, row), append(of, i)
		if i%3 == 0 {
			again := append([]string(nil), row...)
			again[5], again[3] = typo(r, again[5]), ""
			rows, of = append(rows, again), append(of, i)
		}
	}
	return newTable("people", personColumns, rows), of
}

// TestSkewedDataStayLinear counts pairs, as what a run costs grows with records and pairs.
func TestSkewedDataStayLinear(t *testing.T) {
	t.Parallel()
	pairs := map[int]float64{}
	for _, people := range []int{3000, 12_000} {
		table, of := skewed(people)
		result := runOne(t, table)
		pairs[people] = float64(result.Summary.Candidates)
		wrong, right := 0, 0
		for rec, c := range result.Clusters {
			switch same := of[rec] == of[c]; {
			case !same:
				wrong++
			case rec != int(c):
				right++
			}
		}
		if wrong > people/200 || right < people/3*9/10 {
			t.Errorf("%d people: %d records are with strangers, %d of %d copies are found", people, wrong, right, people/3)
		}
	}
	if growth := pairs[12_000] / pairs[3000]; growth > 6 {
		t.Errorf("four times the records make %.1f times the pairs (%.0f, %.0f)", growth, pairs[3000], pairs[12_000])
	}
}
