package sample

import "strings"

// phoneStyle is a pattern: A, B and C stand for the digits of area code, exchange and line.
type phoneStyle string

type phoneShare struct {
	style  phoneStyle
	weight uint32
}

func phoneStyles(shares ...phoneShare) (w weighted[phoneStyle]) {
	for _, s := range shares {
		w.add(s.style, s.weight)
	}
	return w
}

// format writes a number of ten digits, the first of which go to A, then B, then C.
func (s phoneStyle) format(digits string) string {
	b := make([]byte, 0, 20)
	next := 0
	for i := range len(s) {
		if s[i] >= 'A' && s[i] <= 'C' {
			b = append(b, digits[next])
			next++
			continue
		}
		b = append(b, s[i])
	}
	return string(b)
}

// notNumbers are what people write when they do not give a number.
var notNumbers = [...]string{"n/a", "unknown", "call after 6pm", "ask at store", "do not call", "no phone", "see notes"}

func (b *block) malformedPhone(formatted string) string {
	if b.r.IntN(2) == 0 && strings.Contains(formatted, "0") {
		return strings.ReplaceAll(formatted, "0", "O")
	}
	return notNumbers[b.r.IntN(len(notNumbers))]
}
