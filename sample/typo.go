package sample

import (
	"math/rand/v2"
	"strings"
)

// mistype makes one slip of the kinds that hands and scanners make. Text that is too short comes back as it was.
func mistype(r *rand.Rand, s string) string {
	c := []rune(s)
	if len(c) < 3 {
		return s
	}
	switch n := r.IntN(100); {
	case n < 32:
		return keyboardSlip(r, c)
	case n < 57:
		return transpose(r, c)
	case n < 77:
		return omit(r, c)
	case n < 88:
		return double(r, c)
	default:
		return misread(r, s, c)
	}
}

// position draws where a slip happens: first letters are seldom wrong.
func position(r *rand.Rand, n int) int {
	if r.IntN(8) == 0 {
		return r.IntN(n)
	}
	return 1 + r.IntN(n-1)
}

// neighbours of each key on an English keyboard.
var neighbours = map[rune]string{
	'a': "qwsz", 'b': "vghn", 'c': "xdfv", 'd': "serfcx", 'e': "wsdr", 'f': "drtgvc", 'g': "ftyhbv", 'h': "gyujnb",
	'i': "ujko", 'j': "huikmn", 'k': "jiolm", 'l': "kop", 'm': "njk", 'n': "bhjm", 'o': "iklp", 'p': "ol", 'q': "wa",
	'r': "edft", 's': "awedxz", 't': "rfgy", 'u': "yhji", 'v': "cfgb", 'w': "qase", 'x': "zsdc", 'y': "tghu", 'z': "asx",
	'0': "9", '1': "2", '2': "13", '3': "24", '4': "35", '5': "46", '6': "57", '7': "68", '8': "79", '9': "80",
}

func keyboardSlip(r *rand.Rand, c []rune) string {
	i := position(r, len(c))
	lower, shift := c[i], false
	if lower >= 'A' && lower <= 'Z' {
		lower, shift = lower+'a'-'A', true
	}
	near := neighbours[lower]
	if near == "" {
		return omit(r, c)
	}
	c[i] = rune(near[r.IntN(len(near))])
	if shift {
		c[i] -= 'a' - 'A'
	}
	return string(c)
}

func transpose(r *rand.Rand, c []rune) string {
	i := position(r, len(c)-1)
	if c[i] == c[i+1] {
		return omit(r, c)
	}
	c[i], c[i+1] = c[i+1], c[i]
	return string(c)
}

func omit(r *rand.Rand, c []rune) string {
	i := position(r, len(c))
	return string(append(c[:i:i], c[i+1:]...))
}

func double(r *rand.Rand, c []rune) string {
	i := position(r, len(c))
	return string(c[:i+1]) + string(c[i:])
}

// misreadings are what a scanner takes for one another.
var misreadings = [...][2]string{
	{"m", "rn"},
	{"rn", "m"},
	{"l", "1"},
	{"o", "0"},
	{"i", "l"},
	{"e", "c"},
	{"h", "b"},
	{"cl", "d"},
	{"d", "cl"},
	{"u", "v"},
	{"g", "q"},
	{"S", "5"},
	{"B", "8"},
	{"O", "0"},
	{"I", "l"},
	{"t", "f"},
	{"n", "ri"},
	{"w", "vv"},
}

func misread(r *rand.Rand, s string, c []rune) string {
	start := r.IntN(len(misreadings))
	for i := range misreadings {
		pair := misreadings[(start+i)%len(misreadings)]
		if at := strings.Index(s, pair[0]); at >= 0 {
			return s[:at] + pair[1] + s[at+len(pair[0]):]
		}
	}
	return transpose(r, c)
}

// mistypeDigits changes one digit, or exchanges two that stand together.
func mistypeDigits(r *rand.Rand, s string) string {
	b := []byte(s)
	i := 1 + r.IntN(len(b)-1)
	if b[i] != b[i-1] && r.IntN(2) == 0 {
		b[i], b[i-1] = b[i-1], b[i]
		return string(b)
	}
	if b[i] >= '0' && b[i] <= '9' {
		b[i] = '0' + (b[i]-'0'+byte(1+r.IntN(9)))%10
	}
	return string(b)
}

// mistypeDate moves a date by what a wrong key does: a day, a month, a year or a decade.
func mistypeDate(r *rand.Rand, d day) day {
	year, month, dom := d.civil()
	step := 1 - 2*r.IntN(2)
	switch r.IntN(4) {
	case 0:
		dom += step
	case 1:
		month += step
	case 2:
		year += step
	default:
		year += 10 * step
	}
	return min(dayOf(year, month, min(max(dom, 1), 28)), today)
}
