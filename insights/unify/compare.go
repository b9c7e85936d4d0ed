package unify

import (
	"math/bits"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/ownlake/ownlake/errs"
)

// precision is the similarity, in percent, that a condition asks for. Percentages and edits are whole numbers, so
// that a pair exactly at the threshold matches whatever the machine's arithmetic.
type precision int

// The named precisions (UNI-7).
const (
	low    precision = 30
	medium precision = 60
	high   precision = 80
	exact  precision = 100
)

func parsePrecision(s string) (precision, error) {
	switch s {
	case "low":
		return low, nil
	case "medium":
		return medium, nil
	case "high":
		return high, nil
	case "", "exact":
		return exact, nil
	}
	digits, isPercent := strings.CutSuffix(s, "%")
	n, err := strconv.Atoi(digits)
	if !isPercent || err != nil || n < 1 || n > 100 {
		return 0, errs.E(errs.Invalid, errs.Item(s), "not a precision", errs.Hint("use low, medium, high, exact or 1% to 100%"))
	}
	return precision(n), nil
}

// maxEdits is the largest number of edits between two values, the longer of length n, that still match. The
// documents do not say which value is the base of the score; the longer one makes it symmetric.
func (p precision) maxEdits(n int) int { return n * (100 - int(p)) / 100 }

// maxLength is the largest length a value may have to match one of length n.
func (p precision) maxLength(n int) int { return n * 100 / int(p) }

// minLength is the smallest length a value may have to match one of length n.
func (p precision) minLength(n int) int { return n - p.maxEdits(n) }

// text is a value ready to be compared.
type text struct {
	s       string
	length  int    // code points
	letters uint32 // a bit per code point that occurs, by its last five bits
}

func newText(s string) text {
	t := text{s: s}
	for _, r := range s {
		t.length++
		t.letters |= 1 << (r & 31)
	}
	return t
}

// far says, at a glance, that two values differ by more than limit edits: by their lengths, or as each letter that only
// one of them has takes an edit.
func (t text) far(u text, limit int) bool {
	difference := t.length - u.length
	return difference > limit || -difference > limit ||
		bits.OnesCount32(t.letters&^u.letters) > limit || bits.OnesCount32(u.letters&^t.letters) > limit
}

func (t text) ascii() bool { return t.length == len(t.s) }

// comparer measures the edit distance of one value, set by load, to many others. It is not for concurrent use.
type comparer struct {
	loaded    text
	positions [utf8.RuneSelf]uint64 // per ASCII character, where it stands in the loaded value
	a, b      []rune
	row       []int
}

// wordBits is the longest value that the bit-parallel algorithm takes.
const wordBits = 64

func (t text) fitsWord() bool { return t.ascii() && t.length <= wordBits }

// load sets the value that distance compares with.
func (c *comparer) load(t text) {
	if c.loaded == t {
		return
	}
	if c.loaded.fitsWord() {
		for i := range len(c.loaded.s) {
			c.positions[c.loaded.s[i]] = 0
		}
	}
	c.loaded = t
	if t.fitsWord() {
		for i := range len(t.s) {
			c.positions[t.s[i]] |= 1 << i
		}
	}
}

// distance counts the insertions, deletions and changes between the loaded value and t. It stops early once
// there are more than limit, and then returns a number above limit.
func (c *comparer) distance(t text, limit int) int {
	switch {
	case c.loaded.far(t, limit):
		return limit + 1
	case c.loaded.s == t.s:
		return 0
	case c.loaded.length == 0 || t.length == 0:
		return max(c.loaded.length, t.length)
	case c.loaded.fitsWord() && t.ascii():
		return c.bitParallel(t.s, limit)
	}
	return c.banded(t.s, limit)
}

// bitParallel is Myers' algorithm in Hyyrö's form: a column of the distance matrix is two words of differences.
func (c *comparer) bitParallel(t string, limit int) int {
	plus, minus := ^uint64(0), uint64(0)
	last := uint64(1) << (c.loaded.length - 1)
	score := c.loaded.length
	for i := range len(t) {
		equal := c.positions[t[i]]
		vertical := equal | minus
		horizontal := (((equal & plus) + plus) ^ plus) | equal
		up := minus | ^(horizontal | plus)
		down := plus & horizontal
		if up&last != 0 {
			score++
		} else if down&last != 0 {
			score--
		}
		// Each character that is left can lower the score by one at most.
		if score-(len(t)-1-i) > limit {
			return limit + 1
		}
		up = up<<1 | 1
		plus = down<<1 | ^(vertical | up)
		minus = up & vertical
	}
	return score
}

// banded is the distance matrix row by row, only near the diagonal, for values that are long or not ASCII.
func (c *comparer) banded(t string, limit int) int {
	c.a, c.b = appendRunes(c.a[:0], c.loaded.s), appendRunes(c.b[:0], t)
	a, b := c.a, c.b
	if cap(c.row) <= len(b) {
		c.row = make([]int, 2*len(b)+1)
	}
	row := c.row[:len(b)+1]
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		if c.bandRow(a[i-1], b, i, limit) > limit {
			return limit + 1
		}
	}
	return min(row[len(b)], limit+1)
}

// bandRow computes row i of the matrix within limit of the diagonal and returns its least value.
func (c *comparer) bandRow(r rune, b []rune, i, limit int) int {
	row := c.row[:len(b)+1]
	from, to := max(1, i-limit), min(len(b), i+limit)
	diagonal := row[from-1]
	row[from-1] = limit + 1 // left of the band
	least := limit + 1
	if from == 1 {
		row[0] = i
		least = i
	}
	for j := from; j <= to; j++ {
		above := row[j]
		if j == i+limit {
			above = limit + 1 // outside the band of the row above
		}
		cost := diagonal
		if r != b[j-1] {
			cost = 1 + min(diagonal, above, row[j-1])
		}
		diagonal, row[j] = row[j], cost
		least = min(least, cost)
	}
	return least
}

func appendRunes(to []rune, s string) []rune {
	for _, r := range s {
		to = append(to, r)
	}
	return to
}
