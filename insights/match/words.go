package match

import (
	"math"
	"slices"
	"strings"
)

// wordIndex has the words of each value of a field, with what a word is worth: the rarer, the more (Salton and
// McGill, 1983).
type wordIndex struct {
	words  [][]uint32 // of each value, sorted
	worth  []float64  // of each word: the inverse document frequency, squared
	digits []bool     // whether a word has a digit, as model numbers, years and volumes do
	dict   *dictionary
	texts  []string  // of each word
	hashes []uint32  // of each word, the same in every run and order of records
	shares []float64 // of each word: the part of the records that have it
	length []float64 // of each value: the square root of its words' worths
	wordy  bool      // values have two words or more on average
	models bool      // a fifth of the values has words with digits
}

func newWordIndex(f *field) *wordIndex {
	x := &wordIndex{words: make([][]uint32, len(f.dict.values)), length: make([]float64, len(f.dict.values))}
	d := newDictionary()
	var records []float64
	for code, v := range f.dict.values {
		if f.counts[code] == 0 {
			continue
		}
		var list []uint32
		for w := range strings.FieldsSeq(v) {
			list = append(list, d.codeString(w))
		}
		slices.Sort(list)
		x.words[code] = slices.Compact(list)
		for len(records) < len(d.values) {
			records = append(records, 0)
		}
		for _, w := range x.words[code] {
			records[w] += float64(f.counts[code])
		}
	}
	x.dict, x.texts = d, d.values
	x.hashes = make([]uint32, len(d.values))
	for w, text := range d.values {
		x.hashes[w] = textHash(text)
	}
	x.worth, x.digits, x.shares = make([]float64, len(d.values)), make([]bool, len(d.values)), make([]float64, len(d.values))
	for w := range records {
		idf := math.Log(1 + float64(f.filled)/max(1, records[w]))
		x.worth[w], x.digits[w], x.shares[w] = idf*idf, digitCount(d.values[w]) > 0, records[w]/float64(max(1, f.filled))
	}
	x.models = x.haveNumbers()
	x.wordy = x.manyWords(f)
	if f.corpus != nil {
		x.learn(f.corpus, f.filled)
	}
	for code, list := range x.words {
		sum := 0.0
		for _, w := range list {
			sum += x.worth[w]
		}
		x.length[code] = math.Sqrt(sum)
	}
	return x
}

// learn takes what words are worth from an index of all values.
func (x *wordIndex) learn(corpus *wordIndex, filled int) {
	x.wordy, x.models = corpus.wordy, corpus.models
	for w, text := range x.texts {
		if code, ok := corpus.dict.lookup(text); ok {
			x.worth[w], x.shares[w] = corpus.worth[code], corpus.shares[code]
			continue
		}
		idf := math.Log(1 + float64(filled)) // as of one record
		x.worth[w], x.shares[w] = idf*idf, 1/float64(max(1, filled))
	}
}

func (x *wordIndex) manyWords(f *field) bool {
	words, values := 0, 0
	for code, n := range f.counts {
		if n > 0 {
			values++
			words += len(x.words[code])
		}
	}
	return words >= 2*values
}

// textHash is FNV-1a, made odd so that it is never 0.
func textHash(s string) uint32 {
	h := uint32(2166136261)
	for i := range len(s) {
		h = (h ^ uint32(s[i])) * 16777619
	}
	return h | 1
}

// alike is the cosine of two values' words. Words that are one edit apart count for most of their worth.
func (x *wordIndex) alike(w *worker, a, b uint32) float64 {
	left, right := x.words[a], x.words[b]
	if len(left) == 0 || len(right) == 0 {
		return 0
	}
	sum := 0.0
	var restLeft, restRight [12]uint32
	n, m := 0, 0
	i, j := 0, 0
	for i < len(left) || j < len(right) {
		switch {
		case j == len(right) || i < len(left) && left[i] < right[j]:
			n = keepWord(restLeft[:], n, left[i])
			i++
		case i == len(left) || right[j] < left[i]:
			m = keepWord(restRight[:], m, right[j])
			j++
		default:
			sum += x.worth[left[i]]
			i, j = i+1, j+1
		}
	}
	sum += x.nearlyShared(w, restLeft[:n], restRight[:m])
	return sum / (x.length[a] * x.length[b])
}

func keepWord(rest []uint32, n int, word uint32) int {
	if n < len(rest) {
		rest[n] = word
		n++
	}
	return n
}

// nearlyShared adds words of five letters and more that are one edit apart, and abbreviations. Numbers are exact.
func (x *wordIndex) nearlyShared(w *worker, left, right []uint32) (sum float64) {
	for _, l := range left {
		for j, r := range right {
			if r == 0 || x.digits[l] || x.digits[r] {
				continue
			}
			a, b := x.texts[l], x.texts[r]
			if len(a) > wordBits || len(b) > wordBits || len(a)-len(b) > 1 && !strings.HasPrefix(a, b) || len(b)-len(a) > 1 && !strings.HasPrefix(b, a) {
				continue
			}
			near := strings.HasPrefix(a, b) || strings.HasPrefix(b, a)
			if !near && min(len(a), len(b)) >= 5 {
				w.pattern.load(a)
				near = w.pattern.distance(b) <= 1
			}
			if near {
				sum += 0.8 * math.Sqrt(x.worth[l]*x.worth[r])
				right[j] = 0
				break
			}
		}
	}
	return sum
}

// Levels of texts that differ.
const (
	textSteps     = 6
	textDifferent = buckets + textSteps
)

var textBounds = [textSteps - 1]float64{0.9, 0.75, 0.6, 0.45, 0.25}

func wordComparison(f *field, x *wordIndex) comparison {
	c := comparison{
		name: f.name, exact: buckets, equal: f, fields: []*field{f},
		same: spread(0.45, 0.2, 0.14, 0.09, 0.06, 0.04, 0.02), related: spread(0.03, 0.07, 0.1, 0.2, 0.25, 0.25, 0.1),
	}
	c.levels = []string{
		"missing", "equal, very common", "equal, common", "equal, less common", "equal, rare", "equal, very rare", "equal, hardly ever seen",
		"nearly all words", "most words", "many words", "about half of the words", "some words", "few words or none",
	}
	c.level = compareField(f, func(cell, cell) bool { return false }, 0, func(w *worker, a, b uint32) uint8 {
		alike := x.alike(w, a, b)
		for i, bound := range textBounds {
			if alike >= bound {
				return uint8(buckets + 1 + i)
			}
		}
		return textDifferent
	})
	return c
}

// numbersComparison compares the words with digits of two texts: model numbers, volumes, sizes. It says most where the
// other words agree.
func numbersComparison(f *field, x *wordIndex) comparison {
	at := f.at
	return comparison{
		name: "numbers in " + f.name, fields: []*field{f}, levels: []string{"missing", "all are equal", "some are equal", "none is equal"},
		same: []float64{0, 0.8, 0.15, 0.05}, related: []float64{0, 0.03, 0.07, 0.9},
		level: func(_ *worker, a, b row) uint8 { return x.numbers(a[at].code(), b[at].code()) },
	}
}

func (x *wordIndex) numbers(a, b uint32) uint8 {
	left, right, both := 0, 0, 0
	for _, w := range x.words[a] {
		if x.digits[w] {
			left++
			if _, ok := slices.BinarySearch(x.words[b], w); ok {
				both++
			}
		}
	}
	for _, w := range x.words[b] {
		if x.digits[w] {
			right++
		}
	}
	switch {
	case left == 0 || right == 0:
		return 0
	case both == min(left, right):
		return 1
	case both > 0:
		return 2
	}
	return 3
}

// haveNumbers says whether a fifth of the values has words with digits.
func (x *wordIndex) haveNumbers() bool {
	n, filled := 0, 0
	for _, words := range x.words {
		if len(words) > 0 {
			filled++
		}
		if slices.ContainsFunc(words, func(w uint32) bool { return x.digits[w] }) {
			n++
		}
	}
	return n*5 > filled
}

// numberComparison compares quantities by how much they differ, relative to the larger one.
func numberComparison(f *field) comparison {
	values := make([]float64, len(f.dict.values))
	for i, v := range f.dict.values {
		values[i] = parseNumber(v)
	}
	bounds := []float64{0.001, 0.01, 0.05, 0.2}
	c := comparison{
		name: f.name, exact: buckets, equal: f, fields: []*field{f},
		same: spread(0.6, 0.1, 0.08, 0.07, 0.07, 0.08), related: spread(0.2, 0.1, 0.1, 0.1, 0.2, 0.3),
	}
	c.levels = []string{
		"missing", "equal, very common", "equal, common", "equal, less common", "equal, rare", "equal, very rare", "equal, hardly ever seen",
		"within a thousandth", "within a hundredth", "within a twentieth", "within a fifth", "further apart",
	}
	at := f.at
	c.level = func(_ *worker, a, b row) uint8 {
		x, y := a[at], b[at]
		if x == 0 || y == 0 {
			return 0
		}
		if x.code() == y.code() {
			return x.level()
		}
		p, q := values[x.code()], values[y.code()]
		apart := math.Abs(p-q) / max(math.Abs(p), math.Abs(q))
		for i, bound := range bounds {
			if apart <= bound {
				return uint8(buckets + 1 + i)
			}
		}
		return uint8(buckets + 1 + len(bounds))
	}
	return c
}
