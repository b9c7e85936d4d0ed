package match

import "math/bits"

// cell is a value of a record, with what comparing it needs most: from the low end 28 bits of code, 4 of the level
// that it has with an equal value, 5 of its length and 27 of the letters that occur. The cells of a record stand side
// by side, so that comparing two records touches little memory.
type cell uint64

const (
	codeBits   = 28
	mostValues = 1<<codeBits - 1
	longest5   = 31
)

func newCell(code uint32, level uint8, text string) cell {
	if code == 0 {
		return 0
	}
	var set uint32
	for i := range len(text) {
		set |= 1 << (text[i] & 31 % 27)
	}
	return cell(code) | cell(level)<<28 | cell(min(len(text), longest5))<<32 | cell(set)<<37
}

func (c cell) code() uint32    { return uint32(c & mostValues) }
func (c cell) level() uint8    { return uint8(c >> 28 & 15) }
func (c cell) length() int     { return int(c >> 32 & longest5) }
func (c cell) letters() uint32 { return uint32(c >> 37) }

// atLeast bounds the edits between the texts of two cells from below: each edit mends one letter that only one of
// them has, on either side.
func (c cell) atLeast(d cell) int {
	least := c.length() - d.length()
	if least < 0 {
		least = -least
	}
	a, b := c.letters(), d.letters()
	return max(least, bits.OnesCount32(a&^b), bits.OnesCount32(b&^a))
}

// common counts the letters that both have.
func (c cell) common(d cell) int { return bits.OnesCount32(c.letters() & d.letters()) }

// nested says whether one may be a part of the other.
func (c cell) nested(d cell) bool {
	a, b := c.letters(), d.letters()
	return a&^b == 0 || b&^a == 0
}
