package sample

import (
	"embed"
	"fmt"
	"math/rand/v2"
	"sort"
	"strconv"
	"strings"
	"sync"
)

//go:embed lists/*.txt
var listFiles embed.FS

// given is a given name and the short forms its bearers use.
type given struct {
	name  string
	short []string
}

// city is a place with the beginning of its postal codes.
type city struct {
	name, state, postal string
	canada              bool
	area                string // invented area code of its phone numbers
}

// nameParts are the beginnings and endings that family names of one origin are built from.
type nameParts struct {
	begin, end []string
}

// lists are the words that people and places are made of.
type lists struct {
	women, men   weighted[given]
	surnames     weighted[string]
	parts        weighted[nameParts]
	cities       weighted[city]
	streets      weighted[string]
	frenchStreet weighted[string]
}

// weighted draws items by their weights. Weights are integers so that every machine draws the same.
type weighted[T any] struct {
	items []T
	upTo  []uint32 // running total of the weights
}

func (w *weighted[T]) add(item T, weight uint32) {
	if n := len(w.upTo); n > 0 {
		weight += w.upTo[n-1]
	}
	w.items = append(w.items, item)
	w.upTo = append(w.upTo, weight)
}

func (w *weighted[T]) pick(r *rand.Rand) *T {
	n := r.Uint32N(w.upTo[len(w.upTo)-1])
	return &w.items[sort.Search(len(w.upTo), func(i int) bool { return w.upTo[i] > n })]
}

// rankWeight is Zipf's law with the head flattened: names are very unequally frequent, but no name is half of
// a country. The offset says how flat.
func rankWeight(rank int, offset uint32) uint32 { return 1_000_000 / (offset + uint32(rank)) }

// loadLists parses the embedded lists once. They are part of the program: a mistake in them is a defect.
var loadLists = sync.OnceValue(func() *lists {
	l := &lists{women: givenNames("given_female.txt"), men: givenNames("given_male.txt")}
	for i, name := range strings.Fields(strings.Join(lines("surnames.txt"), " ")) {
		l.surnames.add(name, rankWeight(i, 16))
	}
	for i, line := range lines("surname_parts.txt") {
		f := columns("surname_parts.txt", i, line, 3)
		l.parts.add(nameParts{strings.Fields(f[1]), strings.Fields(f[2])}, number("surname_parts.txt", i, f[0]))
	}
	for i, line := range lines("cities.txt") {
		f := columns("cities.txt", i, line, 4)
		l.cities.add(city{
			name: f[0], state: f[1], postal: f[2], canada: f[2][0] > '9', area: areaCode(i),
		}, number("cities.txt", i, f[3]))
	}
	l.streets, l.frenchStreet = ranked("streets.txt", 12), ranked("streets_fr.txt", 6)
	return l
})

// areaCode invents an area code: codes with a 9 in the middle are reserved for expansion of the North American
// Numbering Plan, so that no number in the sample rings anywhere.
func areaCode(i int) string { return strconv.Itoa(290 + i%8*100 + i/8%10) }

func givenNames(file string) (w weighted[given]) {
	for i, line := range lines(file) {
		name, short, _ := strings.Cut(line, ":")
		w.add(given{name, strings.Fields(short)}, rankWeight(i, 20))
	}
	return w
}

func ranked(file string, offset uint32) (w weighted[string]) {
	for i, line := range lines(file) {
		w.add(line, rankWeight(i, offset))
	}
	return w
}

// lines returns the lines of an embedded list without comments and blank lines.
func lines(file string) []string {
	data, err := listFiles.ReadFile("lists/" + file)
	if err != nil {
		panic(err)
	}
	var out []string
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			out = append(out, line)
		}
	}
	return out
}

func columns(file string, i int, line string, n int) []string {
	f := strings.Split(line, "|")
	if len(f) != n {
		panic(fmt.Sprintf("lists/%s: entry %d has %d columns, want %d", file, i+1, len(f), n))
	}
	for i := range f {
		f[i] = strings.TrimSpace(f[i])
	}
	return f
}

func number(file string, i int, s string) uint32 {
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		panic(fmt.Sprintf("lists/%s: entry %d: %v", file, i+1, err))
	}
	return uint32(n)
}
