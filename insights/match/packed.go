package match

import "math/bits"

// packed is a text of up to 16 digits, four bits each, the last digit lowest: numbers and days are compared without
// looking at their texts.
type packed uint64

// packDigits packs a text; ok is false if it is too long or not of digits alone.
func packDigits(s string) (p packed, ok bool) {
	if len(s) > 16 {
		return 0, false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		p = p<<4 | packed(s[i]-'0')
	}
	return p, true
}

// packAll packs each text of a list; those that cannot be packed are 0.
func packAll(texts []string) []packed {
	all := make([]packed, len(texts))
	for i, s := range texts {
		all[i], _ = packDigits(s)
	}
	return all
}

// oneEdit says whether two texts of one length are at most one edit apart: a digit changed, or two neighbours swapped.
func (p packed) oneEdit(q packed) bool {
	x := uint64(p ^ q)
	if x == 0 {
		return true
	}
	low := bits.TrailingZeros64(x) &^ 3 // where the last digit that differs begins
	x >>= low
	if x < 1<<4 {
		return true
	}
	return x < 1<<8 && p>>low&15 == q>>(low+4)&15 && q>>low&15 == p>>(low+4)&15
}

// oneMore says whether one text is the other with one digit more in it. Their lengths differ by one or more; leading
// digits are not 0, so that texts are their numbers.
func (p packed) oneMore(q packed) bool {
	if p < q {
		p, q = q, p
	}
	if p.digits()-q.digits() > 1 {
		return false
	}
	low := bits.TrailingZeros64(uint64(p^q)) &^ 3 // digits below are equal
	return p>>low>>4 == q>>low
}

// digits counts the digits of a number that does not begin with 0.
func (p packed) digits() int { return (bits.Len64(uint64(p)) + 3) / 4 }

// number is the value of the digits.
func (p packed) number() (n int) {
	for shift := 60; shift >= 0; shift -= 4 {
		n = n*10 + int(p>>shift&15)
	}
	return n
}
