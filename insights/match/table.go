package match

import (
	"hash/maphash"
	"math/bits"
	"slices"
	"strings"
	"sync"
)

// Table is a set of records, column by column. Every column has Rows codes.
type Table struct {
	Name    string
	Rows    int
	Columns []Column
}

// Column is dictionary-encoded: Codes[row] is the place of the row's value in Values. Values[0] is "", which stands
// for a missing value.
type Column struct {
	Name   string
	Values []string
	Codes  []uint32
	// listed says that a value may be in Values more than once: columns that seem to have another value in each
	// row are not worth looking them up.
	listed    bool
	different int // values, if listed and counted
	// order is how days are written, once that is known.
	order *dayOrder
}

// distinct counts the different values.
func (c *Column) distinct() int {
	if !c.listed {
		return len(c.Values) - 1
	}
	if c.different == 0 {
		hashes := newHashSet(len(c.Values))
		for _, v := range c.Values[1:] {
			if hashes.add(maphash.String(dictionarySeed, v)) {
				c.different++
			}
		}
	}
	return c.different
}

// hashSet is a set of hashes of known size.
type hashSet []uint64

func newHashSet(n int) hashSet { return make(hashSet, 2<<bits.Len(uint(n))) }

// add says whether a hash is new.
func (s hashSet) add(h uint64) bool {
	h |= 1 // 0 is free
	mask := uint64(len(s) - 1)
	for at := h >> 1 & mask; ; at = (at + 1) & mask {
		switch s[at] {
		case h:
			return false
		case 0:
			s[at] = h
			return true
		}
	}
}

// KeyFlaws counts the rows without a value, and those whose value a row before has: of a column that is to identify
// rows, both should be 0.
func (c *Column) KeyFlaws() (missing, repeated int) {
	for _, code := range c.Codes {
		if c.Values[code] == "" {
			missing++
		}
	}
	return missing, len(c.Codes) - missing - c.distinct()
}

// release forgets the values of a column that is not needed any more.
func (c *Column) release() { c.Values, c.Codes = nil, nil }

// Value is the text of a row.
func (c *Column) Value(row int) string { return c.Values[c.Codes[row]] }

// Sort brings the rows to the order of a column's values, as texts; equal ones keep theirs.
func (t *Table) Sort(by *Column) {
	order := make([]uint32, t.Rows)
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortStableFunc(order, func(a, b uint32) int { return strings.Compare(by.Value(int(a)), by.Value(int(b))) })
	for i := range t.Columns {
		sorted := make([]uint32, t.Rows)
		for row, from := range order {
			sorted[row] = t.Columns[i].Codes[from]
		}
		t.Columns[i].Codes = sorted
	}
}

// Days returns a function that writes a value of the column as a day, the same however it is written, or as "" if it is
// none. Whether day or month comes first is found from all values.
func (c *Column) Days() func(string) string { return cleaner(BirthDate, c) }

// Column finds a column by name.
func (t *Table) Column(name string) (*Column, bool) {
	i := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == name })
	if i < 0 {
		return nil, false
	}
	return &t.Columns[i], true
}

// dictionary gives consecutive numbers to distinct texts. 0 is the empty text. It is a hash table of its own as
// reading is bound by it: slots hold a code and part of the hash, so that most misses cost no text comparison.
type dictionary struct {
	values []string
	slots  []slot
	seed   maphash.Seed
	arena  []byte
	// indexing makes slots, if there are none, when the first value is looked for.
	indexing sync.Once
	listed   bool   // values are added without looking for them
	warmed   uint32 // of no meaning: it keeps reads ahead from being left out
}

type slot struct {
	code uint32 // 0 is free
	hash uint32
}

func newDictionary() *dictionary {
	return &dictionary{values: []string{""}, slots: make([]slot, 64), seed: dictionarySeed}
}

// dictionarySeed is shared so that a text has one hash in all dictionaries of a process.
var dictionarySeed = maphash.MakeSeed()

// code returns the number of a text, a new one if it has none. It keeps a copy of its own.
func (d *dictionary) code(text []byte) uint32 {
	if d.listed && len(text) > 0 {
		d.values = append(d.values, d.keep(text))
		return uint32(len(d.values) - 1)
	}
	return d.codeHashed(text, maphash.Bytes(d.seed, text))
}

// codeHashed is code for a text whose hash is known.
func (d *dictionary) codeHashed(text []byte, h uint64) uint32 {
	if len(text) == 0 {
		return 0
	}
	at, found := d.find(h, func(s string) bool { return s == string(text) })
	if found != 0 {
		return found
	}
	return d.add(at, h, d.keep(text))
}

// codeString is code for a text that may be kept as it is.
func (d *dictionary) codeString(text string) uint32 {
	if text == "" {
		return 0
	}
	return d.codeStringHashed(text, maphash.String(d.seed, text))
}

func (d *dictionary) codeStringHashed(text string, h uint64) uint32 {
	at, found := d.find(h, func(s string) bool { return s == text })
	if found != 0 {
		return found
	}
	return d.add(at, h, text)
}

// lookup finds the number of a text without adding it.
func (d *dictionary) lookup(text string) (code uint32, ok bool) {
	d.indexing.Do(d.index)
	_, code = d.find(maphash.String(d.seed, text), func(s string) bool { return s == text })
	return code, code != 0
}

// index makes the hash table of values that were numbered without it.
func (d *dictionary) index() {
	if d.slots != nil {
		return
	}
	d.slots = make([]slot, 4<<bits.Len(uint(len(d.values))))
	for code, v := range d.values {
		if code == 0 {
			continue
		}
		h := maphash.String(d.seed, v)
		at, _ := d.find(h, func(string) bool { return false })
		d.slots[at] = slot{uint32(code), uint32(h)}
	}
}

func (d *dictionary) find(h uint64, equal func(string) bool) (at int, code uint32) {
	mask := len(d.slots) - 1
	for at = int(uint32(h)) & mask; ; at = (at + 1) & mask {
		s := d.slots[at]
		if s.code == 0 || s.hash == uint32(h) && equal(d.values[s.code]) {
			return at, s.code
		}
	}
}

func (d *dictionary) add(at int, h uint64, text string) uint32 {
	code := uint32(len(d.values))
	d.values = append(d.values, text)
	d.slots[at] = slot{code, uint32(h)}
	if len(d.values)*2 > len(d.slots) {
		d.grow()
	}
	return code
}

func (d *dictionary) grow() {
	old := d.slots
	d.slots = make([]slot, 2*len(old))
	mask := len(d.slots) - 1
	for _, s := range old {
		if s.code == 0 {
			continue
		}
		at := int(s.hash) & mask
		for d.slots[at].code != 0 {
			at = (at + 1) & mask
		}
		d.slots[at] = s
	}
}

// list gives up looking values up.
func (d *dictionary) list() { d.listed, d.slots = true, nil }

// keep copies a text into memory that many texts share.
func (d *dictionary) keep(text []byte) string {
	const piece = 64 << 10
	if len(text) > piece/8 {
		return string(text)
	}
	if cap(d.arena)-len(d.arena) < len(text) {
		d.arena = make([]byte, 0, piece)
	}
	from := len(d.arena)
	d.arena = append(d.arena, text...)
	return unsafeString(d.arena[from:])
}
