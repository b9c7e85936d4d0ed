package sample

import (
	"strconv"
	"strings"
)

// address is where somebody lives. It becomes text in the style of the source that holds it.
type address struct {
	number    int
	direction string // "North" … or ""
	street    string
	kind      *streetKind
	unit      string // "4B" or ""
	city      *city
	postal    string
}

// streetKind is the word for a sort of street, long and short. French ones stand before the name.
type streetKind struct {
	long, short string
	french      bool
}

var streetKinds = func() (w weighted[streetKind]) {
	for _, k := range []struct {
		long, short string
		weight      uint32
	}{
		{"Street", "St", 34},
		{"Avenue", "Ave", 20},
		{"Road", "Rd", 12},
		{"Drive", "Dr", 14},
		{"Lane", "Ln", 7},
		{"Court", "Ct", 5},
		{"Boulevard", "Blvd", 4},
		{"Place", "Pl", 3},
		{"Way", "Way", 3},
		{"Terrace", "Ter", 2},
		{"Circle", "Cir", 3},
		{"Parkway", "Pkwy", 2},
		{"Trail", "Trl", 2},
		{"Square", "Sq", 1},
		{"Highway", "Hwy", 1},
	} {
		w.add(streetKind{long: k.long, short: k.short}, k.weight)
	}
	return w
}()

var frenchKinds = func() (w weighted[streetKind]) {
	w.add(streetKind{"rue", "r.", true}, 60)
	w.add(streetKind{"avenue", "av.", true}, 20)
	w.add(streetKind{"boulevard", "boul.", true}, 12)
	w.add(streetKind{"chemin", "ch.", true}, 8)
	return w
}()

var directions = [...]string{"North", "South", "East", "West", "Northeast", "Northwest", "Southeast", "Southwest"}

func (p *people) address() address {
	a := address{number: p.houseNumber(), city: p.l.cities.pick(p.r)}
	a.postal = p.postalCode(a.city)
	if p.chance(0.26) {
		a.unit = p.unit()
	}
	if a.city.state == "QC" {
		a.street, a.kind = *p.l.frenchStreet.pick(p.r), frenchKinds.pick(p.r)
		return a
	}
	a.street, a.kind = *p.l.streets.pick(p.r), streetKinds.pick(p.r)
	if p.chance(0.15) {
		a.direction = directions[p.r.IntN(len(directions))]
	}
	return a
}

func (p *people) houseNumber() int {
	switch p.r.IntN(4) {
	case 0:
		return p.between(1, 99)
	case 1:
		return p.between(100, 999)
	default:
		return p.between(1000, 12999)
	}
}

func (p *people) unit() string {
	n := strconv.Itoa(p.between(1, 40))
	if p.chance(0.4) {
		n += string(rune('A' + p.r.IntN(6)))
	}
	return n
}

// postalCode completes the beginning that the city has. Canadian codes leave out the letters D, F, I, O, Q, U.
func (p *people) postalCode(c *city) string {
	if !c.canada {
		return c.postal + string(appendPadded(nil, p.r.IntN(100), 2))
	}
	const letters = "ABCEGHJKLMNPRSTVWXYZ"
	digit := func() string { return string(rune('0' + p.r.IntN(10))) }
	return c.postal + " " + digit() + letters[p.r.IntN(len(letters)):][:1] + digit()
}

// addressStyle is how one clerk writes addresses.
type addressStyle struct {
	short  bool // St instead of Street, N instead of North
	dotted bool // St. and N., when short
	noUnit bool
	hash   bool // #4B instead of Apt 4B
}

// line writes number, street and unit with the street's name as given, which may be mistyped.
func (a *address) line(street string, s addressStyle) string {
	kind, direction := a.kind.long, a.direction
	if s.short {
		kind, direction = a.kind.short, abbreviateDirection(a.direction)
	}
	if s.short && s.dotted {
		kind, direction = dotted(kind), dotted(direction)
	}
	words := make([]string, 0, 5)
	words = append(words, strconv.Itoa(a.number))
	if direction != "" {
		words = append(words, direction)
	}
	if a.kind.french {
		words = append(words, kind, street)
	} else {
		words = append(words, street, kind)
	}
	line := strings.Join(words, " ")
	switch {
	case a.unit == "" || s.noUnit:
		return line
	case s.hash:
		return line + " #" + a.unit
	case a.kind.french:
		return line + ", app. " + a.unit
	default:
		return line + ", Apt " + a.unit
	}
}

func abbreviateDirection(d string) string {
	switch d {
	case "":
		return ""
	case "Northeast":
		return "NE"
	case "Northwest":
		return "NW"
	case "Southeast":
		return "SE"
	case "Southwest":
		return "SW"
	}
	return d[:1]
}

func dotted(word string) string {
	if word == "" || word == "Way" || strings.HasSuffix(word, ".") {
		return word
	}
	return word + "."
}
