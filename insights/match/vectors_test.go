package match

import (
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// The files of testdata that end in _vectors are results of other implementations; vectors.py there makes them.

func readVectors(t *testing.T, name string) [][]string {
	t.Helper()
	file, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }() // it is only read
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil || len(rows) < 100 {
		t.Fatalf("%s: %d rows, %v", name, len(rows), err)
	}
	return rows[1:]
}

func numberOf(t *testing.T, s string) float64 {
	t.Helper()
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestSimilaritiesAreThoseOfOtherLibraries(t *testing.T) {
	t.Parallel()
	var p pattern
	for _, v := range readVectors(t, "similarity_vectors.csv") {
		a, b := v[0], v[1]
		if len(a) > wordBits {
			a, b = b, a
		}
		if len(a) > wordBits || len(b) > wordBits {
			continue
		}
		p.load(a)
		if got, want := p.distance(b), int(numberOf(t, v[2])); got != want {
			t.Errorf("distance(%q, %q) = %d, want %d", a, b, got, want)
		}
		if levenshtein, damerau := int(numberOf(t, v[3])), int(numberOf(t, v[4])); p.distance(b) > levenshtein || p.distance(b) < damerau {
			t.Errorf("distance(%q, %q) = %d, not between %d and %d", a, b, p.distance(b), damerau, levenshtein)
		}
		if got, want := p.jaro(b), numberOf(t, v[5]); math.Abs(got-want) > 1e-8 {
			t.Errorf("jaro(%q, %q) = %.9f, want %.9f", a, b, got, want)
		}
		if v[6] == "" {
			continue
		}
		if got, want := p.jaroWinkler(b), numberOf(t, v[6]); math.Abs(got-want) > 1e-8 {
			t.Errorf("jaroWinkler(%q, %q) = %.9f, want %.9f", a, b, got, want)
		}
	}
}

// TestPhonesOfAllFormatsAreOneNumber takes what a library writes for the example numbers of 32 regions: the
// international, the national and the plain form are one value.
func TestPhonesOfAllFormatsAreOneNumber(t *testing.T) {
	t.Parallel()
	for _, v := range readVectors(t, "phone_vectors.csv") {
		want := strings.TrimLeft(v[2], "0")
		if strings.HasPrefix("12345678901", want) {
			continue // an example that people type to get past a form
		}
		if got := cleanPhone(v[1]); got != want {
			t.Errorf("%s: %s is %s, want %s", v[0], v[1], got, want)
		}
	}
}

func TestLettersAreFoldedAsUnicodeDecomposesThem(t *testing.T) {
	t.Parallel()
	for _, v := range readVectors(t, "fold_vectors.csv") {
		if got := fold(v[0]); got != v[1] {
			t.Errorf("fold(%q) = %q, want %q", v[0], got, v[1])
		}
	}
}

// TestTrainingIsTheTextbooks holds the steps of training against another implementation of expectation and
// maximisation. That one has two classes and is given the chances, so the third class is left out here.
func TestTrainingIsTheTextbooks(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/em_vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		U, M    []float64
		Share   float64
		Vectors []struct {
			V []int
			N int64
		}
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	for at, c := range cases {
		m := &model{}
		var vectors []counted
		total := 0.0
		for _, v := range c.Vectors {
			var x vector
			for k, agree := range v.V {
				x |= vector(2-agree) << (k * vectorBits)
			}
			vectors = append(vectors, counted{x, v.N})
			total += float64(v.N)
		}
		m.allPairs, m.sampled = total, total
		for range c.U {
			m.comparisons = append(m.comparisons, comparison{
				levels: []string{"missing", "agree", "differ"}, held: make([]float64, 3),
				same: []float64{0, 0.8, 0.2}, related: []float64{0, 0.4, 0.6},
			})
			m.observed = append(m.observed, make([]float64, 3))
		}
		m.start(int(0.6 * total))
		for range 400 {
			m.share[related], m.share[unrelated] = 0, 1-m.share[match]
			for k, u := range c.U {
				m.p[unrelated][k] = []float64{0, u, 1 - u}
			}
			m.prepare()
			m.step(vectors)
		}
		if math.Abs(m.share[match]-c.Share) > 0.002*c.Share {
			t.Errorf("case %d: share %.6f, want %.6f", at, m.share[match], c.Share)
		}
		for k, want := range c.M {
			if got := m.p[match][k][1]; math.Abs(got-want) > 0.001 {
				t.Errorf("case %d, comparison %d: %.5f, want %.5f", at, k, got, want)
			}
		}
	}
}
