package match

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// GuardKind says what kind of thing would have joined, or nearly joined, records of different entities.
type GuardKind string

// The kinds of guards.
const (
	// GuardUnusable are values that stand for nothing, such as n/a, test@test.com and a phone of zeros, or that cannot
	// be read.
	GuardUnusable GuardKind = "unusable value"
	// GuardDefault are values that so many records share that a form must have filled them in.
	GuardDefault GuardKind = "default value"
	// GuardShared are identifying values that several customers share.
	GuardShared GuardKind = "shared value"
	// GuardIdentifier are customers with several values of an identifier: it lies, or they are several.
	GuardIdentifier GuardKind = "conflicting identifier"
	// GuardChain are pairs that agree, in clusters whose other records speak against joining.
	GuardChain GuardKind = "chain"
	// GuardLoose are clusters most of whose pairs would not be joined by themselves.
	GuardLoose GuardKind = "loose cluster"
	// GuardBlock are blocks too large to compare in whole.
	GuardBlock GuardKind = "large block"
	// GuardDecision are decisions that contradict others.
	GuardDecision GuardKind = "contradicting decisions"
)

// Guard reports one kind of danger at one place: how much of it there is, what was done, and examples.
type Guard struct {
	Kind  GuardKind `json:"kind"`
	Where string    `json:"where,omitempty"` // the column, field or blocking key
	Count int       `json:"count"`           // values, pairs, clusters or blocks
	// Records are those concerned. It is 0 where they are not counted.
	Records  int            `json:"records,omitempty"`
	Done     string         `json:"done"`
	Examples []GuardExample `json:"examples"`
}

// GuardExample is one case: the records are a few of those concerned.
type GuardExample struct {
	Value     string   `json:"value,omitempty"`
	Records   int      `json:"records,omitempty"` // that have it
	Customers int      `json:"customers,omitempty"`
	Names     []string `json:"names"`
	Note      string   `json:"note,omitempty"`
}

// Text is the guard in one line, without its examples.
func (g *Guard) Text() string {
	text := string(g.Kind)
	if g.Where != "" {
		text += " in " + g.Where
	}
	text += fmt.Sprintf(": %d %s", g.Count, unitOf(g.Count, g.unit()))
	if g.Records > 0 {
		text += fmt.Sprintf(" of %d %s", g.Records, unitOf(g.Records, "records"))
	}
	return text + "; " + g.Done
}

func (g *Guard) unit() string {
	switch g.Kind {
	case GuardUnusable, GuardDefault, GuardShared:
		return "values"
	case GuardIdentifier, GuardLoose:
		return "customers"
	case GuardChain:
		return "pairs"
	case GuardBlock:
		return "blocks"
	case GuardDecision:
	}
	return "pairs"
}

// unitOf is the singular of a plural for one.
func unitOf(n int, plural string) string {
	if n == 1 {
		return strings.TrimSuffix(plural, "s")
	}
	return plural
}

// Text is the example in one line.
func (e *GuardExample) Text() string {
	var parts []string
	if e.Value != "" {
		const longest = 60
		v := e.Value
		if r := []rune(v); len(r) > longest {
			v = string(r[:longest]) + "…"
		}
		parts = append(parts, fmt.Sprintf("%q", v))
	}
	if e.Records > 0 {
		parts = append(parts, fmt.Sprintf("%d %s", e.Records, unitOf(e.Records, "records")))
	}
	if e.Customers > 0 {
		parts = append(parts, fmt.Sprintf("%d %s", e.Customers, unitOf(e.Customers, "customers")))
	}
	text := strings.Join(parts, ", ")
	if len(e.Names) > 0 {
		text += ": " + strings.Join(e.Names, ", ")
	}
	if e.Note != "" {
		text += " (" + e.Note + ")"
	}
	return strings.TrimPrefix(text, ": ")
}

const (
	// guardExamples bounds the examples of a guard, guardNames the records that one names.
	guardExamples = 5
	guardNames    = 4
)

// sharedValue is a value of many records.
type sharedValue struct {
	value   string
	records int
	few     []uint32 // of them
	rows    []uint32 // theirs, where these are known before the records
}

// noteDefault remembers a row whose value counts as missing.
func (f *field) noteDefault(code, row uint32) {
	value := f.dict.values[code]
	i := slices.IndexFunc(f.defaults, func(s sharedValue) bool { return s.value == value })
	if i < 0 {
		i = len(f.defaults)
		f.defaults = append(f.defaults, sharedValue{value: value})
	}
	s := &f.defaults[i]
	s.rows = append(s.rows, row)
}

// unusableValues are the values of one column that cleaning makes missing.
type unusableValues struct {
	column   string
	distinct int
	records  int
	most     []sharedValue // those of most records
}

// noteUnusable counts the values of a column of which nothing is left: clean has the codes of their parts.
func (r *records) noteUnusable(from int, c *Column, clean [][]uint32) {
	bad := map[uint32]int{}
	for code := 1; code < len(c.Values); code++ {
		if !slices.ContainsFunc(clean, func(of []uint32) bool { return of[code] != 0 }) && strings.TrimSpace(c.Values[code]) != "" {
			bad[uint32(code)] = 0
		}
	}
	if len(bad) == 0 {
		return
	}
	byText := map[string]*sharedValue{} // a value may be listed more than once
	u := unusableValues{column: c.Name}
	for row, code := range c.Codes {
		if _, ok := bad[code]; !ok {
			continue
		}
		text := c.Values[code]
		s := byText[text]
		if s == nil {
			s = &sharedValue{value: text[:min(len(text), longestValue)]}
			byText[text] = s
		}
		s.records++
		u.records++
		if len(s.few) < guardNames {
			s.few = append(s.few, uint32(from+row))
		}
	}
	for _, s := range byText {
		u.most = append(u.most, *s)
	}
	u.distinct = len(u.most)
	slices.SortFunc(u.most, func(a, b sharedValue) int {
		return cmp.Or(cmp.Compare(b.records, a.records), cmp.Compare(a.value, b.value))
	})
	u.most = slices.Clone(u.most[:min(len(u.most), guardExamples)])
	r.unusable = append(r.unusable, u)
}

// spared is what a key's blocks leave out.
type spared struct {
	blocks  int // that nothing divides
	records int // in them, or in large blocks without the property that divides those
	largest int
	few     []uint32 // rows of the largest block that nothing divides
}

func (s *spared) undivided(run []entry) {
	s.blocks++
	s.records += len(run)
	if len(run) <= s.largest {
		return
	}
	s.largest = len(run)
	s.few = s.few[:0]
	for _, e := range run[:min(len(run), guardNames)] {
		s.few = append(s.few, e.rec)
	}
}
