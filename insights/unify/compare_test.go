package unify

import (
	"math/rand/v2"
	"testing"
)

// plainDistance is the textbook matrix.
func plainDistance(a, b string) int {
	x, y := []rune(a), []rune(b)
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		diagonal := row[0]
		row[0] = i + 1
		for j := range y {
			cost := diagonal
			if x[i] != y[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(y)]
}

// randomText draws from few letters, so that texts are often near each other.
func randomText(r *rand.Rand, letters string, longest int) string {
	alphabet := []rune(letters)
	s := make([]rune, r.IntN(longest+1))
	for i := range s {
		s[i] = alphabet[r.IntN(len(alphabet))]
	}
	return string(s)
}

func TestDistanceEqualsTheTextbookMatrix(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	var c comparer
	for range 20_000 {
		letters, longest := "abc", 12
		switch r.IntN(4) {
		case 0:
			letters = "aé漢"
		case 1:
			longest = 90
		}
		a, b := randomText(r, letters, longest), randomText(r, letters, longest)
		limit := r.IntN(longest + 2)
		c.load(newText(a))
		got, want := c.distance(newText(b), limit), plainDistance(a, b)
		if want <= limit && got != want || want > limit && got <= limit {
			t.Fatalf("distance(%q, %q) within %d = %d, want %d", a, b, limit, got, want)
		}
	}
}

func TestPrecisionIsExactAtTheThreshold(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		precision string
		length    int
		edits     int
	}{
		{"exact", 10, 0},
		{"high", 5, 1},     // (5 − 1) / 5 = 80 %
		{"high", 4, 0},     // (4 − 1) / 4 = 75 %
		{"medium", 5, 2},   // 60 %
		{"low", 10, 7},     // 30 %
		{"90%", 20, 2},     // the published example: (20 − 2) / 20
		{"85%", 20, 3},     // exactly 85 %
		{"29%", 100, 71},   // floating point would say 70.999…
		{"1%", 100, 99},    // one character in common
		{"100%", 1_000, 0}, // as exact
	} {
		p, err := parsePrecision(tc.precision)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.maxEdits(tc.length); got != tc.edits {
			t.Errorf("%s allows %d edits in %d characters, want %d", tc.precision, got, tc.length, tc.edits)
		}
	}
	for _, s := range []string{"0%", "101%", "80", "-5%", "8.5%", "highest", "%"} {
		if p, err := parsePrecision(s); err == nil {
			t.Errorf("%q is read as %d %%", s, p)
		}
	}
}

func TestLengthsOfMatchingValuesAreBounded(t *testing.T) {
	t.Parallel()
	for p := precision(1); p <= 100; p++ {
		for n := 1; n <= 60; n++ {
			longest := p.maxLength(n)
			if longest-n > p.maxEdits(longest) {
				t.Errorf("%d%%: length %d cannot match %d", p, n, longest)
			}
			if longest+1-n <= p.maxEdits(longest+1) {
				t.Errorf("%d%%: length %d could match %d", p, n, longest+1)
			}
			if shortest := p.minLength(n); n-shortest > p.maxEdits(n) || n-(shortest-1) <= p.maxEdits(n) {
				t.Errorf("%d%%: minLength(%d) = %d", p, n, shortest)
			}
		}
	}
}

func BenchmarkDistance(b *testing.B) {
	r := rand.New(rand.NewPCG(3, 4))
	values := make([]text, 1000)
	for i := range values {
		values[i] = newText(randomText(r, "abcdefghij ", 24))
	}
	var c comparer
	for i := 0; b.Loop(); i++ {
		c.load(values[i%1000])
		c.distance(values[(i+7)%1000], 5)
	}
}
