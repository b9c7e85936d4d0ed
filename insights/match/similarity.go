package match

import "math/bits"

// wordBits is the longest text that the bit-parallel algorithms take.
const wordBits = 64

// pattern is a text prepared to be compared with many others: per byte, where it stands. It is not for concurrent use.
type pattern struct {
	text string
	at   [256]uint64
}

// load prepares a text of at most wordBits bytes.
func (p *pattern) load(text string) {
	if p.text == text {
		return
	}
	for i := range len(p.text) {
		p.at[p.text[i]] = 0
	}
	for i := range len(text) {
		p.at[text[i]] |= 1 << i
	}
	p.text = text
}

// between is the distance of two texts of at most wordBits bytes. What they begin and end with alike is left out first,
// which no distance of this kind looks at.
func (p *pattern) between(a, b string) int {
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	if len(a) == 0 || len(b) == 0 {
		return len(a) + len(b)
	}
	p.load(a)
	return p.distance(b)
}

// distance counts the insertions, deletions, changes and swaps of neighbours between the loaded text and another
// (optimal string alignment). It is Hyyrö's bit-parallel algorithm ("A Bit-Vector Algorithm for Computing Levenshtein
// and Damerau Edit Distances", 2003): a column of the distance matrix is two words of differences.
func (p *pattern) distance(t string) int {
	n := len(p.text)
	if n == 0 || len(t) == 0 {
		return n + len(t)
	}
	plus, minus := ^uint64(0), uint64(0)
	diagonal, before := uint64(0), uint64(0)
	last := uint64(1) << (n - 1)
	score := n
	for i := range len(t) {
		equal := p.at[t[i]]
		swap := (((^diagonal) & equal) << 1) & before
		diagonal = (((equal & plus) + plus) ^ plus) | equal | minus | swap
		horizontalPlus := minus | ^(diagonal | plus)
		horizontalMinus := diagonal & plus
		if horizontalPlus&last != 0 {
			score++
		}
		if horizontalMinus&last != 0 {
			score--
		}
		horizontalPlus = horizontalPlus<<1 | 1
		horizontalMinus <<= 1
		plus = horizontalMinus | ^(diagonal | horizontalPlus)
		minus = horizontalPlus & diagonal
		before = equal
	}
	return score
}

// jaro is the similarity of Jaro (1989) of the loaded text and another, both of at most wordBits bytes.
func (p *pattern) jaro(t string) float64 {
	n, m := len(p.text), len(t)
	if n == 0 || m == 0 {
		return 0
	}
	window := max(max(n, m)/2-1, 0)
	var taken, matched uint64 // positions of the loaded text and of t
	for i := range m {
		low, high := max(i-window, 0), min(i+window, n-1)
		if low >= n {
			break
		}
		near := ^uint64(0) >> (63 - (high - low)) << low
		if candidates := p.at[t[i]] & near &^ taken; candidates != 0 {
			taken |= candidates & -candidates
			matched |= 1 << i
		}
	}
	common := bits.OnesCount64(taken)
	if common == 0 {
		return 0
	}
	halves := 0
	for a, b := taken, matched; a != 0; a, b = a&(a-1), b&(b-1) {
		if p.text[bits.TrailingZeros64(a)] != t[bits.TrailingZeros64(b)] {
			halves++
		}
	}
	c := float64(common)
	return (c/float64(n) + c/float64(m) + (c-float64(halves/2))/c) / 3
}

// jaroWinkler adds Winkler's bonus of 0.1 per equal first byte, of at most four, as the peers' functions do.
func (p *pattern) jaroWinkler(t string) float64 {
	s := p.jaro(t)
	prefix := 0
	for prefix < min(4, len(t), len(p.text)) && p.text[prefix] == t[prefix] {
		prefix++
	}
	return s + 0.1*float64(prefix)*(1-s)
}
