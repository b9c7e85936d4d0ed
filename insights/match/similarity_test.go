package match

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestJaroAndWinklerGiveThePublishedValues uses the pairs of Winkler, "Overview of Record Linkage and Current Research
// Directions" (2006), table 6, and of Jaro's own examples as commonly cited.
func TestJaroAndWinklerGiveThePublishedValues(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b          string
		jaro, winkler float64
	}{
		{"shackleford", "shackelford", 0.970, 0.982},
		{"dunningham", "cunnigham", 0.896, 0.896},
		{"nichleson", "nichulson", 0.926, 0.956},
		{"jones", "johnson", 0.790, 0.832},
		{"massey", "massie", 0.889, 0.933},
		{"abroms", "abrams", 0.889, 0.922},
		{"jeraldine", "geraldine", 0.926, 0.926},
		{"marhta", "martha", 0.944, 0.961},
		{"michelle", "michael", 0.869, 0.921},
		{"julies", "julius", 0.889, 0.933},
		{"tanya", "tonya", 0.867, 0.880},
		{"dwayne", "duane", 0.822, 0.840},
		{"sean", "susan", 0.783, 0.805},
		{"jon", "john", 0.917, 0.933},
		{"dixon", "dicksonx", 0.767, 0.813},
		{"abc", "xyz", 0, 0},
		{"", "a", 0, 0},
	} {
		var p pattern
		p.load(c.a)
		if got := p.jaro(c.b); math.Abs(got-c.jaro) > 0.0006 {
			t.Errorf("jaro(%q, %q) = %.4f, want %.3f", c.a, c.b, got, c.jaro)
		}
		if got := p.jaroWinkler(c.b); math.Abs(got-c.winkler) > 0.0006 {
			t.Errorf("jaroWinkler(%q, %q) = %.4f, want %.3f", c.a, c.b, got, c.winkler)
		}
	}
}

// alignment is the definition of the optimal string alignment distance, in a matrix.
func alignment(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}

func randomText(r *rand.Rand, most int, letters string) string {
	b := make([]byte, r.IntN(most+1))
	for i := range b {
		b[i] = letters[r.IntN(len(letters))]
	}
	return string(b)
}

func TestDistanceIsTheDefinitions(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	var p pattern
	for range 20_000 {
		a, b := randomText(r, 64, "abcd"), randomText(r, 80, "abcd")
		if r.IntN(2) == 0 {
			a, b = randomText(r, 8, "abc"), randomText(r, 8, "abc")
		}
		p.load(a)
		want := alignment(a, b)
		if got := p.distance(b); got != want {
			t.Fatalf("distance(%q, %q) = %d, want %d", a, b, got, want)
		}
		if least := newCell(1, 1, a).atLeast(newCell(2, 1, b)); a != "" && b != "" && least > want {
			t.Fatalf("the cells of %q and %q say at least %d, above the distance %d", a, b, least, want)
		}
	}
}

func TestPackedDigitsCompareAsTheirTextsDo(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 6))
	for range 50_000 {
		a := "1" + randomText(r, 9, "0123")
		b := "1" + randomText(r, 9, "0123")
		if r.IntN(2) == 0 { // often one edit apart
			at := r.IntN(len(a))
			b = a[:at] + randomText(r, 1, "123") + a[min(len(a), at+r.IntN(2)):]
			if b == "" || b[0] == '0' {
				continue
			}
		}
		p, _ := packDigits(a)
		q, _ := packDigits(b)
		want := alignment(a, b) <= 1
		got := len(a) == len(b) && p.oneEdit(q) || len(a) != len(b) && p.oneMore(q)
		if got != want {
			t.Fatalf("%s and %s: one edit apart is %v, want %v", a, b, got, want)
		}
		var w pattern
		if got := w.between(a, b); got != alignment(a, b) {
			t.Fatalf("between(%s, %s) = %d, want %d", a, b, got, alignment(a, b))
		}
		if got := p.number(); got != number(a) && len(a) <= 8 {
			t.Fatalf("%s is the number %d", a, got)
		}
	}
}
