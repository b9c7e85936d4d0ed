package odata

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Type is a primitive type, as metadata names it.
type Type string

// The types. Any is that of null, which goes with all.
const (
	Any            Type = ""
	String         Type = "Edm.String"
	Int64          Type = "Edm.Int64"
	Double         Type = "Edm.Double"
	Decimal        Type = "Edm.Decimal"
	Boolean        Type = "Edm.Boolean"
	Date           Type = "Edm.Date"
	TimeOfDay      Type = "Edm.TimeOfDay"
	DateTimeOffset Type = "Edm.DateTimeOffset"
	GUID           Type = "Edm.Guid"
)

func (t Type) isNumber() bool { return t == Int64 || t == Double || t == Decimal }

// Property is one column of an entity set.
type Property struct {
	Name     string // an identifier; [Identifier] makes one
	Type     Type
	Required bool // never null
	// Precision and Scale are a Decimal's digits in all and after the point; 0 is any.
	Precision, Scale int
}

// Navigation is a relation to another entity set: rows whose property To has the value of this row's property From.
type Navigation struct {
	Name     string
	Target   string // the other set's name
	Many     bool   // there can be several
	From, To string
}

// EntitySet is a table that can be read.
type EntitySet struct {
	Name        string
	Type        string // the entity type's name, without the namespace
	Key         string // of the property, which is Required
	Properties  []Property
	Navigations []Navigation
	// Version, if it is not empty, changes with the content. It is the ETag of every row.
	Version string
}

// Property returns the property of a name, or nil.
func (s *EntitySet) Property(name string) *Property {
	i := slices.IndexFunc(s.Properties, func(p Property) bool { return p.Name == name })
	if i < 0 {
		return nil
	}
	return &s.Properties[i]
}

// Navigation returns the navigation property of a name, or nil.
func (s *EntitySet) Navigation(name string) *Navigation {
	i := slices.IndexFunc(s.Navigations, func(n Navigation) bool { return n.Name == name })
	if i < 0 {
		return nil
	}
	return &s.Navigations[i]
}

// Model is what a service has.
type Model struct {
	Namespace string
	Sets      []EntitySet
}

// Set returns the entity set of a name, or nil.
func (m *Model) Set(name string) *EntitySet {
	i := slices.IndexFunc(m.Sets, func(s EntitySet) bool { return s.Name == name })
	if i < 0 {
		return nil
	}
	return &m.Sets[i]
}

const maxIdentifier = 128

// Identifier makes of any name one that the protocol allows ("Common Schema Definition Language 4.01", section 15.2:
// letters, digits and underscores, at most 128, no digit first), different from those that are taken, without regard to case.
func Identifier(name string, taken map[string]bool) string {
	id := strings.Map(func(r rune) rune {
		if isStart(r) || unicode.Is(unicode.Nd, r) || unicode.In(r, unicode.Mn, unicode.Mc) {
			return r
		}
		return '_'
	}, name)
	if first, _ := utf8.DecodeRuneInString(id); id == "" || !isStart(first) {
		id = "_" + id
	}
	made := shorten(id, maxIdentifier)
	for n := 2; taken[strings.ToLower(made)]; n++ {
		suffix := "_" + strconv.Itoa(n)
		made = shorten(id, maxIdentifier-len(suffix)) + suffix
	}
	taken[strings.ToLower(made)] = true
	return made
}

func isStart(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.Is(unicode.Nl, r) }

func shorten(s string, runes int) string {
	if r := []rune(s); len(r) > runes {
		return string(r[:runes])
	}
	return s
}
