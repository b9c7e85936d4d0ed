package source

import (
	"bytes"
	"cmp"
	"hash/maphash"
	"slices"
	"strconv"
	"strings"

	"github.com/ownlake/ownlake/insights"
)

// suggestKeys names the columns that can be the primary key, the best first, judged by their values in a sample and
// by their names. rows are the sample's records in the plan's order of columns.
func suggestKeys(table string, columns []column, rows [][][]byte) []string {
	type suggestion struct {
		name  string
		score int
	}
	var list []suggestion
	for i, c := range columns {
		hint := keyHint(table, c, i)
		if hint < 0 || !isUnique(i, rows, hint >= strongHint) {
			continue
		}
		list = append(list, suggestion{c.name, hint})
	}
	slices.SortStableFunc(list, func(a, b suggestion) int { return cmp.Compare(b.score, a.score) })
	names := make([]string, len(list))
	for i, s := range list {
		names[i] = s.name
	}
	return names
}

// strongHint is the score of a column whose name says that it is a key.
const strongHint = 3

// keyHint scores a column by name, type and place. It is negative for what cannot be a key (SRC-3: a string, an
// integer or a GUID) or should not.
func keyHint(table string, c column, place int) int {
	score := 0
	switch c.kind.of {
	case insights.GUID:
		score++
	case insights.String, insights.Int64:
	default:
		return -1
	}
	if c.either[0] != nil {
		return -1 // dates that stay text
	}
	words := nameWords(c.name)
	if len(words) == 0 {
		return score
	}
	last := strings.TrimRight(words[len(words)-1], "0123456789")
	switch last {
	case "id", "key", "guid", "uuid":
		score += 4
	case "no", "nr", "num", "number", "nummer", "code":
		score += 3
	}
	if isContact(words) {
		return 0
	}
	// "ContactId" is the key of "Contacts", while "AccountId" points elsewhere.
	owner := strings.Join(words[:len(words)-1], "")
	if len(owner) > 2 && strings.HasPrefix(strings.ToLower(strings.ReplaceAll(table, "_", "")), owner) || len(words) == 1 && score >= strongHint {
		score += 2
	}
	return score + 2*count(place == 0)
}

// isContact says that a column is a way to reach a person, which several persons may share.
func isContact(words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool {
		switch strings.TrimRight(w, "0123456789") {
		case "phone", "mobile", "telephone", "tel", "fax", "email", "mail", "zip", "postal", "postcode", "zipcode":
			return true
		}
		return false
	})
}

// isUnique reports whether a column of the sample is filled and without repetition; where the name says key, one of
// a hundred may be missing or repeated, as damaged rows occur.
func isUnique(column int, rows [][][]byte, lenient bool) bool {
	seen := make(map[string]bool, len(rows))
	bad := 0
	for _, row := range rows {
		v := trim(row[column])
		if len(v) == 0 || seen[string(v)] {
			if bad++; !lenient || bad*100 > len(rows) {
				return false
			}
			continue
		}
		seen[string(v)] = true
	}
	return true
}

// keySet remembers keys by 96 bits of hash, 20 bytes each, and where each was seen first. Two of a hundred million
// different keys are taken for one with a chance of one in 10^13.
type keySet struct {
	seeds  [2]maphash.Seed
	high   []uint64
	low    []uint32
	places []place
	used   int
}

// place is where a record stands: the file's number and the line, plus one so that zero means none.
type place uint64

func placeOf(file int, line int64) place { return place(uint64(file)<<40 | uint64(line)) }

func (p place) file() int   { return int(p >> 40) }
func (p place) line() int64 { return int64(p & (1<<40 - 1)) }

// keyHash is a key's hash. 0 is not used, so that it can mark an empty slot.
type keyHash struct {
	high uint64
	low  uint32
}

func newKeySet() *keySet {
	s := &keySet{seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}}
	s.grow(1 << 12)
	return s
}

// hash may be called from several goroutines.
func (s *keySet) hash(key []byte) keyHash {
	return keyHash{maphash.Bytes(s.seeds[0], key) | 1, uint32(maphash.Bytes(s.seeds[1], key))}
}

// add notes a key's place and returns where it was seen first, if it was.
func (s *keySet) add(h keyHash, p place) (first place, repeated bool) {
	if s.used*4 >= len(s.high)*3 {
		s.grow(len(s.high) * 2)
	}
	i := s.slot(h)
	if s.high[i] != 0 {
		return s.places[i], true
	}
	s.high[i], s.low[i], s.places[i] = h.high, h.low, p
	s.used++
	return 0, false
}

func (s *keySet) slot(h keyHash) int {
	mask := len(s.high) - 1
	i := int(h.high>>1) & mask
	for s.high[i] != 0 && (s.high[i] != h.high || s.low[i] != h.low) {
		i = (i + 1) & mask
	}
	return i
}

func (s *keySet) grow(size int) {
	high, low, places := s.high, s.low, s.places
	s.high, s.low, s.places = make([]uint64, size), make([]uint32, size), make([]place, size)
	for i, h := range high {
		if h != 0 {
			to := s.slot(keyHash{h, low[i]})
			s.high[to], s.low[to], s.places[to] = h, low[i], places[i]
		}
	}
}

// sameName compares column names as engines do, without regard to case.
func sameName(a, b string) bool { return strings.EqualFold(a, b) }

// columnNames makes usable names of a header's cells: empty ones are numbered, repeated ones get a number. It
// returns what it changed.
func columnNames(cells [][]byte) (names, changed []string) {
	taken := map[string]bool{}
	for i, cell := range cells {
		name := string(bytes.ToValidUTF8(trim(cell), []byte("_")))
		if name == "" {
			name = "column" + strconv.Itoa(i+1)
			changed = append(changed, "column "+strconv.Itoa(i+1)+" has no name and is called "+name)
		}
		base := name
		for n := 2; taken[strings.ToLower(name)]; n++ {
			name = base + "_" + strconv.Itoa(n)
		}
		if name != base {
			changed = append(changed, "the name "+base+" occurs again and is called "+name)
		}
		taken[strings.ToLower(name)] = true
		names = append(names, name)
	}
	return names, changed
}
