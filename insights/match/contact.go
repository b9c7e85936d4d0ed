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
		switch d := w.pattern.between(a, b); {
		case d <= 2:
			return emailClose
		case d <= mostEmailEdits && d*4 <= max(len(a), len(b)):
			return emailAlike
		}
		return emailDifferent
	})
	c.warm = t.warm(f.at, far)
	return c
}

// Levels of phones that differ.
const (
	phoneSuffix = buckets + 1 + iota // the last seven digits are equal
	phoneClose
	phoneDifferent
)

func phoneComparison(f *field) comparison {
	c := comparison{name: f.name, exact: buckets, equal: f, fields: []*field{f}, same: spread(0.75, 0.01, 0.05, 0.19), related: spread(0.4, 0.01, 0.01, 0.58)}
	c.levels = []string{
		"missing", "equal, shared by many", "equal, shared by several", "equal, of some", "equal, of few", "equal", "equal, hardly ever seen",
		"the last seven digits are equal", "one edit apart", "different",
	}
	t := newTexts(f.dict.values)
	numbers := packAll(f.dict.values)
	at := f.at
	c.level = func(w *worker, a, b row) uint8 {
		x, y := a[at], b[at]
		switch {
		case x == 0 || y == 0:
			return 0
		case x.code() == y.code():
			return x.level()
		}
		p, q := numbers[x.code()], numbers[y.code()]
		switch {
		case p == 0 || q == 0:
			return t.longPhoneLevel(w, x.code(), y.code())
		case x.length() >= 7 && y.length() >= 7 && (p^q)&(1<<28-1) == 0:
			return phoneSuffix
		case x.length() == y.length() && p.oneEdit(q) || x.length() != y.length() && p.oneMore(q):
			return phoneClose
		}
		return phoneDifferent
	}
	c.warm = []func(a, b row) uint64{func(a, b row) uint64 {
		if a[at].code() == b[at].code() {
			return 0
		}
		return uint64(numbers[a[at].code()] + numbers[b[at].code()])
	}}
	return c
}

// longPhoneLevel compares numbers of which one is too long to be packed.
func (t *texts) longPhoneLevel(w *worker, x, y uint32) uint8 {
	a, b := t.values[x], t.values[y]
	if n, m := len(a), len(b); n >= 7 && m >= 7 && a[n-7:] == b[m-7:] {
		return phoneSuffix
	}
	w.pattern.load(a)
	if w.pattern.distance(b) <= 1 {
		return phoneClose
	}
	return phoneDifferent
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
	c := comparison{
		name: f.name, exact: buckets, equal: f, fields: []*field{f}, levels: dayLevels, same: spread(0.88, 0.01, 0.06, 0.02, 0.01, 0.01, 0.01),
		related: spread(0.03, 0.001, 0.02, 0.02, 0.05, 0.43, 0.45),
	}
	days := packAll(f.dict.values)
	at := f.at
	c.level = func(_ *worker, a, b row) uint8 {
		x, y := a[at], b[at]
		switch {
		case x == 0 || y == 0:
			return 0
		case x.code() == y.code():
			return x.level()
		}
		return dayLevel(days[x.code()], days[y.code()])
	}
	return c
}

// dayLevel compares two different days of eight digits.
func dayLevel(a, b packed) uint8 {
	year, month, day := a>>16 == b>>16, a>>8&0xff == b>>8&0xff, a&0xff == b&0xff
	if year && a>>8&0xff == b&0xff && a&0xff == b>>8&0xff {
		return daySwapped
	}
	if a.oneEdit(b) {
		return dayOneDigit
	}
	switch {
	case year && (month || day) || month && day:
		return dayTwoParts
	case year:
		return dayYear
	}
	years := (a >> 16).number() - (b >> 16).number()
	if years < 0 {
		years = -years
	}
	if years < 13 {
		return dayWithin
	}
	return dayFar
}
