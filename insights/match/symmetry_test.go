package match

import (
	"math/rand/v2"
	"testing"
)

// TestLevelsDoNotDependOnWhichRecordIsFirst compares people whose values are often exchanged, missing or mistyped.
func TestLevelsDoNotDependOnWhichRecordIsFirst(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(9, 10))
	given := []string{"thomas", "tommi", "james", "ajmes", "susan", "mary", "nick", "nicholas"}
	surname := []string{"thomas", "james", "cooper", "murphy", "susan", "nicholas"}
	var rows [][]string
	for i := range 1500 {
		row := person(i % 300)
		row[0], row[1] = given[random.IntN(len(given))], surname[random.IntN(len(surname))]
		if random.IntN(4) == 0 {
			row[0], row[1] = row[1], row[0]
		}
		at := 2 + random.IntN(6)
		row[at] = []string{"", typo(random, row[at])}[random.IntN(2)]
		rows = append(rows, row)
	}
	result := runOne(t, newTable("people", personColumns, rows))
	w, r := newWorker(), result.records
	for range 200_000 {
		a, b := r.row(random.Uint32N(uint32(r.n))), r.row(random.Uint32N(uint32(r.n)))
		for _, c := range result.model.comparisons {
			if x, y := c.level(w, a, b), c.level(w, b, a); x != y {
				t.Fatalf("%s of %q and %q: %q, and in the other order %q", c.name, c.text(a), c.text(b), c.levels[x], c.levels[y])
			}
		}
	}
}
