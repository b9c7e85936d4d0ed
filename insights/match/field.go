package match

import (
	"cmp"
	"context"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
)

// field is a property of all records, whatever columns it came from: a code per record into values, 0 for missing.
type field struct {
	kind   Kind
	name   string
	dict   *dictionary
	codes  []uint32
	counts []uint32 // records per value; for names per role, as the dictionary is shared
	filled int
	at     int // its cell in a row
	// corpus, if set, says what words are worth, of which the field's values are but a few.
	corpus *wordIndex
	// defaults are the values that so many records share that they count as missing.
	defaults []sharedValue
}

// records are the fields of the records of all tables, one after the other.
type records struct {
	n      int      // rows: records that are equal in everything are one
	of     []uint32 // the row of each record
	tables []*Table
	first  []int // first record of each table
	// unusable are values of columns that stand for nothing.
	unusable []unusableValues
	fields   []*field
	cells    []cell      // of all records, row by row
	names    *dictionary // shared by given, middle and surnames, so that they can be compared across
}

func (r *records) field(k Kind) *field {
	i := slices.IndexFunc(r.fields, func(f *field) bool { return f.kind == k })
	if i < 0 {
		return nil
	}
	return r.fields[i]
}

// ensure finds or makes the field of a kind and name.
func (r *records) ensure(k Kind, name string) *field {
	for _, f := range r.fields {
		if f.kind == k && f.name == name {
			return f
		}
	}
	f := &field{kind: k, name: name, codes: make([]uint32, r.n)}
	switch k {
	case Given, Middle, Surname:
		f.dict = r.names
	default:
		f.dict = newDictionary()
	}
	r.fields = append(r.fields, f)
	return f
}

// newRecords cleans the tables' columns into fields. Records that are said to be apart stay rows of their own. What it
// returns when ctx ends is of no use.
func newRecords(ctx context.Context, tables []*Table, profiles [][]Profile, apart [][2]uint32) *records {
	r := &records{tables: tables, names: newDictionary()}
	for _, t := range tables {
		r.first = append(r.first, r.n)
		r.n += t.Rows
	}
	for i, t := range tables {
		r.addTable(ctx, i, t, profiles[i])
	}
	if ctx.Err() != nil {
		return r
	}
	r.collapse(apart)
	r.fields = slices.DeleteFunc(r.fields, func(f *field) bool { return !f.count() })
	slices.SortStableFunc(r.fields, func(a, b *field) int { return cmp.Compare(a.kind, b.kind) })
	r.pack()
	return r
}

// row is the cells of a record.
type row []cell

func (r *records) row(rec uint32) row {
	width := len(r.fields)
	return r.cells[int(rec)*width : int(rec)*width+width]
}

// pack writes the cells.
func (r *records) pack() {
	width := len(r.fields)
	r.cells = make([]cell, r.n*width)
	for at, f := range r.fields {
		f.at = at
		of := make([]cell, len(f.counts))
		for code, n := range f.counts {
			if n > 0 {
				of[code] = newCell(uint32(code), bucketOf(n, f.filled), f.dict.values[code])
			}
		}
		for rec, code := range f.codes {
			r.cells[rec*width+at] = of[code]
		}
		f.codes = nil
	}
}

// count counts the values, drops those that stand for nothing, and says whether any is left.
func (f *field) count() bool {
	f.counts = make([]uint32, len(f.dict.values))
	for _, c := range f.codes {
		f.counts[c]++
	}
	f.filled = len(f.codes) - int(f.counts[0])
	f.dropDefaults()
	f.counts[0] = 0
	return f.filled > 0
}

// dropDefaults makes values missing that are shared by so many records that they must be what a form fills in:
// dates of birth such as 1900-01-01, phones and e-mails of a call centre. A value counts as such when it has at least 20 records,
// more than 50 times the average and more than a thousandth of all.
func (f *field) dropDefaults() {
	switch f.kind {
	case BirthDate, Email, Phone, ID:
	default:
		return
	}
	distinct := 0
	for _, n := range f.counts[1:] {
		if n > 0 {
			distinct++
		}
	}
	limit := max(20, 50*f.filled/max(1, distinct), f.filled/1000)
	drop := map[uint32]bool{}
	for c, n := range f.counts {
		if c > 0 && int(n) > limit {
			drop[uint32(c)] = true
			f.filled -= int(n)
			f.counts[c] = 0
		}
	}
	if len(drop) == 0 {
		return
	}
	for i, c := range f.codes {
		if drop[c] {
			f.noteDefault(c, uint32(i))
			f.codes[i] = 0
		}
	}
}

// addTable fills the fields of one table's records.
func (r *records) addTable(ctx context.Context, at int, t *Table, profiles []Profile) {
	seen := map[Kind]int{}
	var house *Column
	for i := range t.Columns {
		c, kind := &t.Columns[i], profiles[i].Kind
		if kind == Ignored || ctx.Err() != nil {
			continue
		}
		if kind == HouseNumber {
			house = c
			continue
		}
		name := fieldName(kind, c.Name, seen[kind])
		seen[kind]++
		r.addColumn(r.first[at], c, kind, name)
	}
	if street := r.field(Street); house != nil && street != nil {
		r.joinHouse(r.first[at], house, street)
	}
}

// fieldName gives columns of different tables one field: by kind where a kind has one meaning, and else by header.
func fieldName(kind Kind, header string, before int) string {
	switch kind {
	case ID, Label, Text, Number, Date, Category:
		return strings.Join(headerWords(header), " ")
	default:
	}
	if before > 0 {
		return kind.String() + " " + string(rune('1'+before))
	}
	return kind.String()
}

func (r *records) addColumn(from int, c *Column, kind Kind, name string) {
	switch kind {
	case FullName:
		r.addParts(from, c, []*field{r.ensure(Given, Given.String()), r.ensure(Middle, Middle.String()), r.ensure(Surname, Surname.String()), r.ensure(Suffix, Suffix.String())},
			func(s string, to []string) {
				n := splitName(s)
				to[0], to[1], to[2], to[3] = n.given, n.middle, n.surname, n.suffix
			})
	case Surname:
		r.addParts(from, c, []*field{r.ensure(Surname, name), r.ensure(Suffix, Suffix.String())},
			func(s string, to []string) { to[0], to[1] = splitSuffix(fold(s)) })
	case Address:
		r.addParts(from, c, []*field{r.ensure(Street, Street.String()), r.ensure(City, City.String()), r.ensure(Region, Region.String()), r.ensure(Postcode, Postcode.String())},
			func(s string, to []string) {
				a := splitAddress(s)
				to[0], to[1], to[2], to[3] = cleanStreet(a.street), fold(a.city), fold(a.region), cleanPostcode(a.postcode)
			})
	default:
		do := cleaner(kind, c)
		r.addParts(from, c, []*field{r.ensure(kind, name)}, func(s string, to []string) { to[0] = do(s) })
	}
}

// longestValue is how much of a value is looked at: enough for a description, and little enough for a megabyte that
// got into a cell by mistake.
const longestValue = 4096

// addParts cleans each distinct value once and gives its parts to fields. What an earlier column has filled stays.
func (r *records) addParts(from int, c *Column, fields []*field, parts func(s string, to []string)) {
	clean := make([][]uint32, len(fields))
	for i := range clean {
		clean[i] = make([]uint32, 0, len(c.Values))
	}
	for batch := range slices.Chunk(c.Values, cleanAtOnce) {
		texts := cleanValues(batch, len(fields), parts)
		for i, f := range fields {
			clean[i] = f.dict.codeStrings(clean[i], texts[i])
		}
	}
	r.noteUnusable(from, c, clean)
	for i, f := range fields {
		for row, code := range c.Codes {
			if v := clean[i][code]; v != 0 && f.codes[from+row] == 0 {
				f.codes[from+row] = v
			}
		}
	}
}

// cleanAtOnce is how many values are cleaned side by side before they get numbers.
const cleanAtOnce = 1 << 14

// cleanValues returns the parts of values: of each part, the values' texts.
func cleanValues(values []string, count int, parts func(s string, to []string)) [][]string {
	texts := make([][]string, count)
	for i := range texts {
		texts[i] = make([]string, len(values))
	}
	cleanRange := func(from, to int) {
		all := make([]string, count)
		for at := from; at < to; at++ {
			raw := values[at]
			raw = strings.TrimSpace(raw[:min(len(raw), longestValue)])
			if raw == "" || isNull(raw) {
				continue
			}
			parts(raw, all)
			for i, text := range all {
				texts[i][at] = text
			}
		}
	}
	const few = 1000
	if len(values) <= few {
		cleanRange(0, len(values))
		return texts
	}
	var workers errgroup.Group
	piece := (len(values) + runtime.GOMAXPROCS(0) - 1) / runtime.GOMAXPROCS(0)
	for from := 0; from < len(values); from += piece {
		workers.Go(func() error { cleanRange(from, min(from+piece, len(values))); return nil })
	}
	_ = workers.Wait() // they return none
	return texts
}

// cleaner is the function that cleans the values of a kind.
func cleaner(kind Kind, c *Column) func(string) string {
	switch kind {
	case Given, Middle:
		return cleanGiven
	case Email:
		return cleanEmail
	case Phone:
		return cleanPhone
	case BirthDate, Date:
		if c.order == nil {
			s := sampleColumn(c)
			order := findDayOrder(s.values)
			c.order = &order
		}
		order := *c.order
		return func(v string) string {
			if d := parseDate(v, order); d != 0 {
				return d.String()
			}
			return ""
		}
	case Street:
		return cleanStreet
	case Postcode:
		return cleanPostcode
	case Gender:
		return cleanGender
	case ID:
		return cleanID
	case Number:
		return cleanNumber
	default:
		return fold
	}
}

// joinHouse puts house numbers of a column of their own before the street.
func (r *records) joinHouse(from int, house *Column, street *field) {
	numbers := make([]string, len(house.Values))
	for i, v := range house.Values {
		numbers[i] = cleanID(v)
	}
	var line []byte
	for row, code := range house.Codes {
		at := &street.codes[from+row]
		if *at == 0 || numbers[code] == "" {
			continue
		}
		line = append(append(append(line[:0], numbers[code]...), ' '), street.dict.values[*at]...)
		*at = street.dict.code(line)
	}
}
