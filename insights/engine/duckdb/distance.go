package duckdb

import (
	"unicode/utf8"
)

// distance computes Levenshtein distances over code points. It keeps its buffers between pairs; the zero value
// is ready. It is not safe for concurrent use.
type distance struct {
	a, b    []rune
	ascii   [utf8.RuneSelf]uint64
	others  map[rune]uint64
	row     []int
	longest int
}

// similarity is (len(longer) - edits) / len(longer), 1 for two empty texts (UNI-7).
func (d *distance) similarity(a, b string) float64 {
	if a == b {
		return 1
	}
	edits := d.edits(a, b)
	return share(edits, d.longest)
}

func share(edits, longest int) float64 { return float64(longest-edits) / float64(longest) }

// similarityAtLeast reports whether similarity(a, b) >= t. It gives up as soon as it cannot be.
func (d *distance) similarityAtLeast(a, b string, t float64) bool {
	if a == b {
		return t <= 1
	}
	d.load(a, b)
	most := mostEdits(d.longest, t)
	if most < 0 {
		return false
	}
	return d.bounded(most) <= most
}

// mostEdits is the largest number of edits with which texts whose longer one has n code points are still
// similar to t, or -1. It counts with the very division that similarity makes, so that the two never disagree.
func mostEdits(n int, t float64) int {
	most := min(n, max(0, int((1-t)*float64(n))+1))
	for most >= 0 && !(share(most, n) >= t) {
		most--
	}
	return most
}

// edits is the number of insertions, deletions and substitutions of code points that turn a into b.
func (d *distance) edits(a, b string) int {
	if a == b {
		return 0
	}
	d.load(a, b)
	return d.bounded(d.longest)
}

// load decodes the texts, notes the longer one's length and leaves out what they begin and end with in common,
// which never changes the distance. d.a becomes the shorter one.
func (d *distance) load(a, b string) {
	d.a, d.b = appendRunes(d.a[:0], a), appendRunes(d.b[:0], b)
	if len(d.a) > len(d.b) {
		d.a, d.b = d.b, d.a
	}
	d.longest = len(d.b)
}

func appendRunes(to []rune, s string) []rune {
	for _, r := range s {
		to = append(to, r)
	}
	return to
}

// bounded returns the distance of the loaded texts, or any number above most if it is above most.
func (d *distance) bounded(most int) int {
	a, b := trimCommon(d.a, d.b)
	switch {
	case len(b)-len(a) > most:
		return most + 1
	case len(a) == 0:
		return len(b)
	case len(a) <= 64:
		return d.bitParallel(a, b)
	default:
		return d.banded(a, b, most)
	}
}

func trimCommon(a, b []rune) (restA, restB []rune) {
	for len(a) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	return a, b
}

// bitParallel is Hyyrö's form of Myers's algorithm: one column of the matrix per step, its differences kept in
// two words. It needs len(a) <= 64.
func (d *distance) bitParallel(a, b []rune) int {
	d.mark(a)
	defer d.unmark(a)
	plus, minus := ^uint64(0), uint64(0)
	last := uint64(1) << (len(a) - 1)
	edits := len(a)
	for _, r := range b {
		eq := d.positions(r)
		vertical := eq | minus
		horizontal := (((eq & plus) + plus) ^ plus) | eq
		up := minus | ^(horizontal | plus)
		down := plus & horizontal
		if up&last != 0 {
			edits++
		}
		if down&last != 0 {
			edits--
		}
		up = up<<1 | 1
		down <<= 1
		plus = down | ^(vertical | up)
		minus = up & vertical
	}
	return edits
}

// mark notes at which positions of a each code point occurs.
func (d *distance) mark(a []rune) {
	for i, r := range a {
		if r < utf8.RuneSelf {
			d.ascii[r] |= 1 << i
			continue
		}
		if d.others == nil {
			d.others = map[rune]uint64{}
		}
		d.others[r] |= 1 << i
	}
}

func (d *distance) unmark(a []rune) {
	for _, r := range a {
		if r < utf8.RuneSelf {
			d.ascii[r] = 0
		}
	}
	clear(d.others)
}

func (d *distance) positions(r rune) uint64 {
	if r < utf8.RuneSelf {
		return d.ascii[r]
	}
	return d.others[r]
}

// banded is the classic matrix, row by row, limited to the diagonals that can lead to a distance of at most
// most.
func (d *distance) banded(a, b []rune, most int) int {
	most = min(most, len(b))
	row := append(d.row[:0], make([]int, len(b)+1)...)
	d.row = row
	for j := range row {
		row[j] = min(j, most+1)
	}
	for i := 1; i <= len(a); i++ {
		from, to := max(1, i-most), min(len(b), i+most)
		diagonal, best := row[from-1], most+1
		if from == 1 {
			row[0] = min(i, most+1)
			best = row[0]
		} else {
			row[from-1] = most + 1
		}
		for j := from; j <= to; j++ {
			above := row[j]
			if j == i+most {
				above = most + 1 // outside the band of the row above
			}
			cost := diagonal
			if a[i-1] != b[j-1] {
				cost = 1 + min(diagonal, above, row[j-1])
			}
			diagonal, row[j] = row[j], min(cost, most+1)
			best = min(best, row[j])
		}
		if best > most {
			return most + 1
		}
	}
	return row[len(b)]
}
