package duckdb

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// naive is the textbook matrix over code points.
func naive(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j := range b {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j+1], row[j])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}

func TestDistancesAreThoseOfTheTextbook(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	alphabets := []string{"ab", "abcdefghij", "aäßé€😀z", "😀😁😂a"}
	text := func() string {
		letters := []rune(alphabets[random.IntN(len(alphabets))])
		n := random.IntN(20)
		if random.IntN(4) == 0 {
			n = random.IntN(200)
		}
		var b strings.Builder
		for range n {
			b.WriteRune(letters[random.IntN(len(letters))])
		}
		return b.String()
	}
	mutate := func(s string) string {
		r := []rune(s)
		for range random.IntN(5) {
			if len(r) > 0 {
				i := random.IntN(len(r))
				r = append(r[:i], append([]rune(text()), r[i+random.IntN(2):]...)[:max(0, min(1, len(r)-i))]...)
			}
		}
		return string(r)
	}
	var d distance
	for n := range 20_000 {
		a, b := text(), text()
		if n%2 == 0 {
			b = mutate(a)
		}
		ra, rb := []rune(a), []rune(b)
		want := naive(ra, rb)
		if got := d.edits(a, b); got != want {
			t.Fatalf("edits(%q, %q) = %d, want %d", a, b, got, want)
		}
		longest := max(len(ra), len(rb))
		similarity := 1.0
		if longest > 0 {
			similarity = float64(longest-want) / float64(longest)
		}
		if got := d.similarity(a, b); got != similarity {
			t.Fatalf("similarity(%q, %q) = %v, want %v", a, b, got, similarity)
		}
		for _, threshold := range []float64{0, 0.3, 0.6, 0.8, 0.85, 0.9, 1, similarity, random.Float64()} {
			if got := d.similarityAtLeast(a, b, threshold); got != (similarity >= threshold) {
				t.Fatalf("similarityAtLeast(%q, %q, %v) = %v, similarity is %v", a, b, threshold, got, similarity)
			}
		}
	}
}

func TestDistanceOfLongTextsIsBounded(t *testing.T) {
	t.Parallel()
	a, b := strings.Repeat("abcdefghij", 200), strings.Repeat("abcdefghik", 200)
	var d distance
	if got := d.edits(a, b); got != 200 {
		t.Errorf("edits = %d, want 200", got)
	}
	if !d.similarityAtLeast(a, b, 0.9) || d.similarityAtLeast(a, b, 0.901) {
		t.Error("the threshold of long texts is not where it is")
	}
}

func BenchmarkDistance(b *testing.B) {
	pairs := map[string][2]string{
		"names":      {"Margarethe Schneider", "Margarete Schneyder"},
		"non-ASCII":  {"Käthe Müller-Lüdenscheidt", "Kathe Mueller-Ludenscheid"},
		"long texts": {strings.Repeat("abcdefghij", 20), strings.Repeat("abcdefghik", 20)},
	}
	for name, p := range pairs {
		b.Run(name, func(b *testing.B) {
			var d distance
			for b.Loop() {
				d.similarityAtLeast(p[0], p[1], 0.8)
			}
		})
	}
}
