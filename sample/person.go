package sample

import (
	"math/rand/v2"
	"strconv"
	"strings"
)

// fact is something about a person that changed at most once: before on days earlier than changed, now from
// then on.
type fact[T any] struct {
	now, before T
	changed     day
}

func always[T any](v T) fact[T] { return fact[T]{now: v, changed: firstDay} }

// on returns the value on a day, and whether it is out of date today.
func (f *fact[T]) on(d day) (value T, old bool) {
	if d < f.changed {
		return f.before, true
	}
	return f.now, false
}

// household is people at one address.
type household struct {
	surname  string
	address  fact[address]
	landline string // "" without one
	email    string // the family's common address, "" without one
	members  []person
}

// person is one customer: the entity that the truth file names.
type person struct {
	id      int
	home    *household
	female  bool
	given   *given
	middle  string // one letter or ""
	born    day
	surname fact[string]
	address fact[address]
	email   fact[string] // "" without one of their own
	second  string       // another e-mail address, "" without one
	mobile  fact[string] // ten digits
}

// people invents households.
type people struct {
	r *rand.Rand
	l *lists
}

func (p *people) chance(of float64) bool { return p.r.Float64() < of }

// between returns a number in [low, high].
func (p *people) between(low, high int) int { return low + p.r.IntN(high-low+1) }

// changed draws a day on which a fact changed.
func (p *people) changed() day { return firstDay + 1 + day(p.r.IntN(int(today-firstDay))) }

// householdSizes in percent: 1, 2, … 5 customers.
var householdSizes = [...]int{38, 32, 15, 10, 5}

// household invents one with at most room members, numbered from id.
func (p *people) household(id, room int) *household {
	h := &household{surname: p.surname(), members: make([]person, min(p.size(), room))}
	h.address = always(p.address())
	if p.chance(0.38) {
		h.address.before, h.address.changed = p.address(), p.changed()
	}
	area := h.address.now.city.area
	if p.chance(0.35) {
		h.landline = p.number(area)
	}
	if len(h.members) > 1 && p.chance(0.16) {
		h.email = p.familyEmail(h.surname)
	}
	headAge := p.between(19, 84)
	if len(h.members) > 2 {
		headAge = p.between(38, 76)
	}
	for i := range h.members {
		p.member(h, i, headAge)
		h.members[i].id = id + i
	}
	return h
}

func (p *people) size() int {
	n := p.r.IntN(100)
	for i, share := range householdSizes {
		if n -= share; n < 0 {
			return i + 1
		}
	}
	return 1
}

// member invents the i-th person of a household: the head, a partner, then children.
func (p *people) member(h *household, i, headAge int) {
	m := &h.members[i]
	m.home, m.address, m.surname = h, h.address, always(h.surname)
	m.female = p.chance(0.5)
	switch i {
	case 0:
		m.born = p.birth(headAge)
	case 1:
		m.female = h.members[0].female != p.chance(0.94)
		m.born = p.birth(max(19, headAge+p.between(-7, 5)))
		p.partnerName(m)
	default:
		m.born = p.birth(max(14, headAge-p.between(20, 36)))
		if i > 2 && p.chance(0.04) {
			m.born = h.members[i-1].born // twins
		}
	}
	p.givenName(h, i)
	if p.chance(0.45) {
		m.middle = string(rune('A' + p.r.IntN(26)))
	}
	if i != 1 && p.chance(0.08) {
		m.address.before, m.address.changed = p.address(), p.changed()
	}
	p.contact(h, m)
}

func (p *people) partnerName(m *person) {
	switch {
	case p.chance(0.18):
		m.surname = always(p.surname())
	case m.female && p.chance(0.20):
		m.surname.before, m.surname.changed = p.surname(), p.changed()
	case p.chance(0.03):
		own := p.surname()
		m.surname = fact[string]{now: own + "-" + m.home.surname, before: own, changed: p.changed()}
	}
}

// givenName gives different names within a household, except to the sons and daughters who bear a parent's.
func (p *people) givenName(h *household, i int) {
	m := &h.members[i]
	if i > 1 && p.chance(0.03) && h.members[0].female == m.female {
		m.given = h.members[0].given
		return
	}
	names := &p.l.men
	if m.female {
		names = &p.l.women
	}
	for try := 0; ; try++ {
		m.given = names.pick(p.r)
		taken := false
		for j := range i {
			taken = taken || h.members[j].given == m.given
		}
		if !taken || try > 20 {
			return
		}
	}
}

func (p *people) contact(h *household, m *person) {
	area := m.address.now.city.area
	m.mobile = always(p.number(area))
	if p.chance(0.18) {
		m.mobile.before, m.mobile.changed = p.number(area), p.changed()
	}
	switch {
	case p.chance(0.05):
		m.email = always("")
	case m != &h.members[0] && p.chance(0.05):
		m.email = h.members[0].email // the partner or child gives the head's address as theirs
	default:
		m.email = always(p.email(m))
		if p.chance(0.20) {
			m.email.before, m.email.changed = p.email(m), p.changed()
		}
	}
	if p.chance(0.20) {
		m.second = p.email(m)
	}
}

func (p *people) birth(age int) day { return today - day(age*365+age/4) - day(p.r.IntN(365)) }

// number invents a phone number of ten digits.
func (p *people) number(area string) string {
	b := append(make([]byte, 0, 10), area...)
	return string(appendPadded(b, p.between(200, 999)*10000+p.r.IntN(10000), 7))
}

// surname draws from the list, or builds one: half of a country's people bear names that are rare.
func (p *people) surname() string {
	switch n := p.r.IntN(100); {
	case n < 62:
		return *p.l.surnames.pick(p.r)
	case n < 98:
		parts := p.l.parts.pick(p.r)
		return parts.begin[p.r.IntN(len(parts.begin))] + parts.end[p.r.IntN(len(parts.end))]
	default:
		return *p.l.surnames.pick(p.r) + "-" + *p.l.surnames.pick(p.r)
	}
}

// providers of e-mail, under the reserved top-level domain.
var providers = [...]string{
	"postbox.example", "postbox.example", "postbox.example", "mailhaven.example", "mailhaven.example", "inboxly.example",
	"inboxly.example", "cloudmail.example", "fastpost.example", "northmail.example", "webletter.example",
	"homelink.example", "cablenet.example", "fibre.example", "maplemail.example", "fabrikam.example",
	"northwind.example", "litware.example", "tailspin.example", "woodgrove.example",
}

// email invents a personal address from the name that the person bears, or bore.
func (p *people) email(m *person) string {
	first, last := m.given.name, m.surname.now
	if m.surname.before != "" && p.chance(0.5) {
		last = m.surname.before
	}
	if len(m.given.short) > 0 && p.chance(0.2) {
		first = m.given.short[p.r.IntN(len(m.given.short))]
	}
	first, last = mailWord(first), mailWord(last)
	var local string
	switch p.r.IntN(6) {
	case 0, 1:
		local = first + "." + last
	case 2:
		local = first + last
	case 3:
		local = first[:1] + last
	case 4:
		local = first + "_" + last
	default:
		local = last + "." + first
	}
	return local + p.mailDigits(m.born) + "@" + providers[p.r.IntN(len(providers))]
}

// mailDigits tell bearers of one name apart, as providers insist.
func (p *people) mailDigits(born day) string {
	year, _, _ := born.civil()
	switch n := p.r.IntN(100); {
	case n < 12:
		return ""
	case n < 32:
		return strconv.Itoa(year % 100)
	case n < 45:
		return strconv.Itoa(year)
	default:
		return strconv.Itoa(p.between(10, 9999))
	}
}

func (p *people) familyEmail(surname string) string {
	form := [...]string{"family.", "the.", "home.", "casa."}[p.r.IntN(4)]
	return form + mailWord(surname) + strconv.Itoa(p.between(1, 9999)) + "@" + providers[p.r.IntN(len(providers))]
}

// mailWord makes a name fit for the local part of an address.
func mailWord(name string) string {
	return strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c == '-' {
			return c
		}
		return -1
	}, strings.ToLower(foldASCII(name)))
}
