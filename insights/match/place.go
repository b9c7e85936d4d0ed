package match

import (
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
	c := comparison{name: "address", level: p.level, exact: 0, levels: make([]string, 5*townLevels)}
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

func (p *place) level(w *worker, a, b uint32) uint8 {
	return p.streetLevel(w, a, b)*townLevels + p.townLevel(w, a, b)
}

func (p *place) streetLevel(w *worker, a, b uint32) uint8 {
	if p.street == nil {
		return 0
	}
	x, y := p.street.codes[a], p.street.codes[b]
	switch {
	case x == 0 || y == 0:
		return 0
	case x == y:
		return streetEqual
	}
	return w.remember(2, x, y, func(x, y uint32) uint8 { return p.compareStreets(w, x, y) })
}

func (p *place) compareStreets(w *worker, x, y uint32) uint8 {
	names := p.compareNames(w, p.name[x], p.name[y])
	number := p.number[x] == p.number[y] || p.number[x] == 0 || p.number[y] == 0
	switch {
	case names <= 2 && number:
		return streetSimilar
	case distanceAtLeast(len(p.streets.values[x]), len(p.streets.values[y]), p.streets.letters[x], p.streets.letters[y]) <= 2 && p.edits(w, x, y) <= 2:
		if names == 1 && !number {
			return streetOther // numbers alone differ: neighbours are likelier than mistakes
		}
		return streetSimilar
	case names == 1:
		return streetOther
	}
	return streetDifferent
}

func (p *place) edits(w *worker, x, y uint32) int {
	w.pattern.load(p.streets.values[x])
	return w.pattern.distance(p.streets.values[y])
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

func (p *place) townLevel(w *worker, a, b uint32) uint8 {
	postcode := p.partLevel(w, p.postcode, p.postcodes, 3, a, b)
	if postcode == 1 {
		return townPostcode
	}
	city := p.partLevel(w, p.city, p.cities, 4, a, b)
	switch {
	case city == 1:
		return townCity
	case postcode == 2 || city == 2:
		return townNear
	case p.region != nil && p.region.codes[a] != 0 && p.region.codes[a] == p.region.codes[b]:
		return townRegion
	case postcode == 0 && city == 0 && (p.region == nil || p.region.codes[a] == 0 || p.region.codes[b] == 0):
		return 0
	}
	return townDifferent
}

// partLevel is 0 for a missing value, 1 for equal, 2 for nearly equal, 3 for different values.
func (p *place) partLevel(w *worker, f *field, t *texts, space uint8, a, b uint32) uint8 {
	if f == nil {
		return 0
	}
	x, y := f.codes[a], f.codes[b]
	switch {
	case x == 0 || y == 0:
		return 0
	case x == y:
		return 1
	}
	return w.remember(space, x, y, func(x, y uint32) uint8 {
		limit := 1
		if len(t.values[x]) >= 7 {
			limit = 2
		}
		if distanceAtLeast(len(t.values[x]), len(t.values[y]), t.letters[x], t.letters[y]) > limit {
			return 3
		}
		w.pattern.load(t.values[x])
		if w.pattern.distance(t.values[y]) <= limit {
			return 2
		}
		return 3
	})
}
