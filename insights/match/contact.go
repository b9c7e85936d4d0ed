package match

import (
	"strings"
)

// Levels of e-mails that differ.
const (
	emailSameLocal = buckets + 1 + iota // one name, another provider
	emailClose                          // one or two edits
	emailAlike
	emailDifferent
)

// mostEmailEdits is how many edits two e-mails may be apart to be alike.
const mostEmailEdits = 5

func emailComparison(f *field) comparison {
	t := newTexts(f.dict.values)
	names, nameOf := newDictionary(), make([]uint32, len(t.values)) // what stands before the @
	for i, v := range t.values {
		name, _, _ := strings.Cut(v, "@")
		nameOf[i] = names.codeString(name)
	}
	c := comparison{name: f.name, exact: buckets, equal: f, fields: []*field{f}, same: spread(0.75, 0.03, 0.07, 0.03, 0.12), related: spread(0.12, 0.01, 0.01, 0.02, 0.84)}
	c.levels = []string{
		"missing", "equal, shared by many", "equal, shared by several", "equal, of some", "equal, of few", "equal", "equal, hardly ever seen",
		"the same name at another provider", "one or two edits apart", "alike", "different",
	}
	far := func(a, b cell) bool { return a.atLeast(b) > mostEmailEdits && nameOf[a.code()] != nameOf[b.code()] }
	c.level = compareField(f, far, emailDifferent, func(w *worker, x, y uint32) uint8 {
		a, b := t.values[x], t.values[y]
		if nameOf[x] == nameOf[y] && len(names.values[nameOf[x]]) >= 4 {
			return emailSameLocal
		}
		w.pattern.load(a)
		switch d := w.pattern.distance(b); {
		case d <= 2:
			return emailClose
		case d <= mostEmailEdits && d*4 <= len(a):
			return emailAlike
		}
		return emailDifferent
	})
	return c
}

// Levels of phones that differ.
const (
	phoneSuffix = buckets + 1 + iota // the last seven digits are equal
	phoneClose
	phoneDifferent
)

func phoneComparison(f *field) comparison {
	t := newTexts(f.dict.values)
	c := comparison{name: f.name, exact: buckets, equal: f, fields: []*field{f}, same: spread(0.75, 0.01, 0.05, 0.19), related: spread(0.4, 0.01, 0.01, 0.58)}
	c.levels = []string{
		"missing", "equal, shared by many", "equal, shared by several", "equal, of some", "equal, of few", "equal", "equal, hardly ever seen",
		"the last seven digits are equal", "one edit apart", "different",
	}
	far := func(a, b cell) bool { return a.atLeast(b) > 3 && a.length() == b.length() }
	c.level = compareField(f, far, phoneDifferent, func(w *worker, x, y uint32) uint8 {
		a, b := t.values[x], t.values[y]
		if n, m := len(a), len(b); n >= 7 && m >= 7 && a[n-7:] == b[m-7:] {
			return phoneSuffix
		}
		if n, m := len(a), len(b); n-m > 1 || m-n > 1 || n == m && digitsDiffer(a, b) > 2 {
			return phoneDifferent
		}
		w.pattern.load(a)
		if w.pattern.distance(b) <= 1 {
			return phoneClose
		}
		return phoneDifferent
	})
	return c
}

// digitsDiffer counts the places at which two numbers of one length differ, up to three. One edit that keeps the length
// changes one place, or swaps two.
func digitsDiffer(a, b string) (n int) {
	for i := 0; i < len(a) && n < 3; i++ {
		if a[i] != b[i] {
			n++
		}
	}
	return n
}

// Levels of days that differ.
const (
	daySwapped  = buckets + 1 + iota // day and month
	dayOneDigit                      // one edit
	dayTwoParts                      // two of year, month and day are equal
	dayYear                          // only the year is equal
	dayWithin                        // less than 13 years apart
	dayFar
)

var dayLevels = []string{
	"missing", "equal, shared by many", "equal, common", "equal", "equal, rare", "equal, very rare", "equal, hardly ever seen",
	"day and month swapped", "one edit apart", "two of year, month and day are equal", "the same year",
	"less than 13 years apart", "further apart",
}

func dayComparison(f *field) comparison {
	t := newTexts(f.dict.values)
	c := comparison{
		name: f.name, exact: buckets, equal: f, fields: []*field{f}, levels: dayLevels, same: spread(0.88, 0.01, 0.06, 0.02, 0.01, 0.01, 0.01),
		related: spread(0.03, 0.001, 0.02, 0.02, 0.05, 0.43, 0.45),
	}
	c.level = compareField(f, func(cell, cell) bool { return false }, 0, func(w *worker, x, y uint32) uint8 { return t.dayLevel(w, x, y) })
	return c
}

func (t *texts) dayLevel(w *worker, x, y uint32) uint8 {
	a, b := t.values[x], t.values[y]
	year, month, day := a[:4] == b[:4], a[4:6] == b[4:6], a[6:] == b[6:]
	if year && a[4:6] == b[6:] && a[6:] == b[4:6] {
		return daySwapped
	}
	w.pattern.load(a)
	if w.pattern.distance(b) <= 1 {
		return dayOneDigit
	}
	switch {
	case year && (month || day) || month && day:
		return dayTwoParts
	case year:
		return dayYear
	}
	years := number(a[:4]) - number(b[:4])
	if years < 0 {
		years = -years
	}
	if years < 13 {
		return dayWithin
	}
	return dayFar
}
