package match

import (
	"slices"
	"strings"
)

// place compares where two records live. The parts of an address change together when somebody moves, so they are
// judged together: street lines on one side, and what says which town on the other.
type place struct {
	street, city, region, postcode *field
	streets, cities, postcodes     *texts
	number, name                   []uint32 // of each street line: the house number and the words without it
	words                          *texts
}

// Levels of street lines.
const (
	streetEqual = iota + 1
	streetSimilar
	streetOther // the same street, another number
	streetDifferent
)

// Levels of towns.
const (
	townPostcode = iota + 1 // the same postcode
	townCity                // the same city, and another postcode or none
	townNear                // a postcode or city that is nearly equal
	townRegion
	townDifferent
)

const townLevels = townDifferent + 1

func placeComparison(r *records) (comparison, bool) {
	p := &place{street: r.field(Street), city: r.field(City), region: r.field(Region), postcode: r.field(Postcode)}
	if p.street == nil && p.city == nil && p.postcode == nil {
		return comparison{}, false
	}
	p.prepare()
	c := comparison{name: "address", fields: p.fields(), level: p.level, warm: []func(a, b row) uint64{p.warm}, exact: 0, levels: make([]string, 5*townLevels)}
	c.same, c.related = make([]float64, len(c.levels)), make([]float64, len(c.levels))
	streets := []string{"no street", "the same street line", "nearly the same street line", "another number in the same street", "another street"}
	towns := []string{"no town", "the same postcode", "the same city", "nearly the same postcode or city", "the same region", "another town"}
	same, related := [5]float64{1, 0.62, 0.16, 0.02, 0.2}, [5]float64{1, 0.7, 0.15, 0.02, 0.13}
	sameTown, relatedTown := [5][6]float64{
		{0, .6, .1, .1, .1, .1}, {.06, .75, .08, .09, .01, .01}, {.06, .75, .08, .09, .01, .01}, {.1, .5, .1, .1, .1, .1}, {.1, .1, .1, .1, .2, .4},
	}, [5][6]float64{
		{0, .6, .1, .1, .1, .1}, {.06, .75, .08, .09, .01, .01}, {.06, .75, .08, .09, .01, .01}, {.1, .5, .1, .1, .1, .1}, {.1, .1, .1, .1, .2, .4},
	}
	for s := range 5 {
		for t := range townLevels {
			at := s*townLevels + t
			c.levels[at] = streets[s] + ", " + towns[t]
			c.same[at], c.related[at] = same[s]*sameTown[s][t], related[s]*relatedTown[s][t]
		}
	}
	c.same[0], c.related[0] = 0, 0
	return c, true
}

func (p *place) fields() []*field {
	return slices.DeleteFunc([]*field{p.street, p.postcode, p.city, p.region}, func(f *field) bool { return f == nil })
}

func (p *place) prepare() {
	if p.city != nil {
		p.cities = newTexts(p.city.dict.values)
	}
	if p.postcode != nil {
		p.postcodes = newTexts(p.postcode.dict.values)
	}
	if p.street == nil {
		return
	}
	values := p.street.dict.values
	p.streets = newTexts(values)
	p.number, p.name = make([]uint32, len(values)), make([]uint32, len(values))
	numbers, names := newDictionary(), newDictionary()
	for i, v := range values {
		no, name := splitLine(v)
		p.number[i], p.name[i] = numbers.codeString(no), names.codeString(name)
	}
	p.words = newTexts(names.values)
}

// splitLine separates the house number, the first word that begins with a digit at either end, from a street line.
func splitLine(s string) (number, name string) {
	first, rest, ok := strings.Cut(s, " ")
	if ok && first[0] <= '9' {
		return first, rest
	}
	if at := strings.LastIndexByte(s, ' '); at > 0 && s[at+1] <= '9' {
		return s[at+1:], s[:at]
	}
	return "", s
}

func (p *place) level(w *worker, a, b row) uint8 {
	return p.streetLevel(w, a, b)*townLevels + p.townLevel(w, a, b)
}

// warm reads ahead what is known of streets, which are many.
func (p *place) warm(a, b row) uint64 {
	if p.street == nil {
		return 0
	}
	x, y := a[p.street.at], b[p.street.at]
	if x == 0 || y == 0 || x.code() == y.code() || farStreets(x, y) {
		return 0
	}
	sum := p.number[x.code()] + p.name[x.code()] + p.number[y.code()] + p.name[y.code()]
	return uint64(sum) + uint64(len(p.streets.values[x.code()])+len(p.streets.values[y.code()]))
}

func farStreets(x, y cell) bool {
	return x.atLeast(y)*3 > max(x.length(), y.length()) && !x.nested(y) && x.length() < longest5 && y.length() < longest5
}

func (p *place) streetLevel(w *worker, a, b row) uint8 {
	if p.street == nil {
		return 0
	}
	x, y := a[p.street.at], b[p.street.at]
	switch {
	case x == 0 || y == 0:
		return 0
	case x.code() == y.code():
		return streetEqual
	case farStreets(x, y):
		return streetDifferent
	}
	return p.compareStreets(w, x.code(), y.code())
}

func (p *place) compareStreets(w *worker, x, y uint32) uint8 {
	names := p.compareNames(w, p.name[x], p.name[y])
	number := p.number[x] == p.number[y] || p.number[x] == 0 || p.number[y] == 0
	switch {
	case names <= 2 && number:
		return streetSimilar
	case names == 1: // numbers alone differ: neighbours are likelier than mistakes
		return streetOther
	}
	w.pattern.load(p.streets.values[x])
	if w.pattern.distance(p.streets.values[y]) <= 2 {
		return streetSimilar
	}
	return streetDifferent
}

// compareNames is 1 for equal names of streets, 2 for similar ones, 3 for others.
func (p *place) compareNames(w *worker, x, y uint32) int {
	if x == y {
		return 1
	}
	a, b := p.words.values[x], p.words.values[y]
	if len(a) == 0 || len(b) == 0 {
		return 3
	}
	w.pattern.load(a)
	if d := w.pattern.distance(b); d*4 <= max(len(a), len(b)) || containsWords(a, b) {
		return 2
	}
	return 3
}

func (p *place) townLevel(w *worker, a, b row) uint8 {
	postcode := p.partLevel(w, p.postcode, p.postcodes, a, b)
	if postcode == 1 {
		return townPostcode
	}
	city := p.partLevel(w, p.city, p.cities, a, b)
	region := missingPart
	if p.region != nil {
		if x, y := a[p.region.at].code(), b[p.region.at].code(); x != 0 && y != 0 {
			if region = differentPart; x == y {
				region = equalPart
			}
		}
	}
	switch {
	case city == equalPart:
		return townCity
	case postcode == nearPart || city == nearPart:
		return townNear
	case region == equalPart:
		return townRegion
	case postcode == missingPart && city == missingPart && region == missingPart:
		return 0
	}
	return townDifferent
}

// Levels of a part of an address.
const (
	missingPart uint8 = iota
	equalPart
	nearPart
	differentPart
)

func (p *place) partLevel(w *worker, f *field, t *texts, a, b row) uint8 {
	if f == nil {
		return missingPart
	}
	x, y := a[f.at], b[f.at]
	limit := 1
	if x.length() >= 7 && y.length() >= 7 {
		limit = 2
	}
	switch {
	case x == 0 || y == 0:
		return missingPart
	case x.code() == y.code():
		return equalPart
	case x.atLeast(y) > limit:
		return differentPart
	}
	return w.remember(uint8(1+f.at), x.code(), y.code(), func(x, y uint32) uint8 {
		w.pattern.load(t.values[x])
		if w.pattern.distance(t.values[y]) <= limit {
			return nearPart
		}
		return differentPart
	})
}
