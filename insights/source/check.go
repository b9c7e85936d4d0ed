package source

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/ownlake/ownlake/insights"
)

// checker checks the records of blocks against a plan and rewrites those that fit. Each goroutine has its own.
type checker struct {
	plan    *plan
	keys    *keySet
	scratch []byte
	value   []byte
}

func newChecker(p *plan, keys *keySet) *checker { return &checker{plan: p, keys: keys} }

// check fills what the third stage needs of a block.
func (c *checker) check(w *work) {
	w.out, w.rows, w.corrupt = w.out[:0], w.rows[:0], w.corrupt[:0]
	columns := w.stats.columns
	if len(columns) != len(c.plan.columns) {
		columns = make([]columnStatistics, len(c.plan.columns))
	}
	clear(columns)
	w.stats, w.characters = statistics{records: int64(len(w.records)), columns: columns}, characters{}
	// One look at the whole block spares a look at each record where all is plain text.
	plain := isPlain(w.data)
	for i, r := range w.records {
		if !plain && r.problem == "" {
			r.problem = c.wrongBytes(w, r)
		}
		if r.problem != "" {
			w.corrupt = append(w.corrupt, c.broken(w, r))
			continue
		}
		c.row(w, r, int32(i))
	}
}

// isPlain reports whether the text is ASCII without NUL.
func isPlain(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf || c == 0 {
			return false
		}
	}
	return true
}

// wrongBytes returns what is wrong with a record's bytes, "" if nothing is.
func (c *checker) wrongBytes(w *work, r record) string {
	text := w.text(r)
	if bytes.IndexByte(text, 0) >= 0 {
		return "the record holds a NUL byte"
	}
	if !utf8.Valid(text) {
		w.wrong++
		return "the record holds bytes that are not UTF-8"
	}
	w.letters = w.letters || !isPlain(text)
	return ""
}

// broken is the corrupt row of a record whose structure or bytes are wrong.
func (c *checker) broken(w *work, r record) corruptRow {
	row := corruptRow{file: c.plan.files[w.file].name, line: r.line, reason: r.problem, record: recordText(w.text(r))}
	if r.column >= 0 {
		row.column = c.nameOf(w.file, int(r.column))
	}
	return row
}

// nameOf is the name of the column that a field of a file holds.
func (c *checker) nameOf(file, field int) string {
	for i, at := range c.plan.files[file].at {
		if at == field {
			return c.plan.columns[i].name
		}
	}
	return "field " + strconv.Itoa(field+1)
}

// row checks a sound record. Its values are written as they are read, and taken back if one does not fit.
func (c *checker) row(w *work, r record, number int32) {
	start := len(w.out)
	fields := w.columns(r)
	var misfits []corruptRow
	row := goodRow{from: start, record: number}
	keyless := false
	for i, at := range c.plan.files[w.file].at {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		var raw []byte
		if at >= 0 {
			raw, c.scratch = w.value(fields[at], c.plan.dialect.quote, c.scratch)
		}
		from := len(w.out)
		if !c.field(w, i, raw) {
			misfits = append(misfits, corruptRow{column: c.plan.columns[i].name, value: excerpt(raw), reason: "is not " + c.plan.columns[i].kind.describe()})
		}
		if i == c.plan.key {
			key := w.out[from:]
			keyless = len(trim(key)) == 0
			row.key = c.keys.hash(key)
		}
	}
	switch {
	case len(misfits) > 0:
		w.corrupt = append(w.corrupt, c.misfit(w, r, misfits))
	case keyless:
		w.stats.keyless++
		w.corrupt = append(w.corrupt, c.misfit(w, r, []corruptRow{{column: c.plan.columns[c.plan.key].name, reason: "is missing, and is the primary key"}}))
	default:
		w.out = append(w.out, '\n')
		row.to = len(w.out)
		w.rows = append(w.rows, row)
		return
	}
	w.out = w.out[:start]
}

// misfit is the corrupt row of a record with values that do not fit: the first one's column and value, and the reasons
// of all.
func (c *checker) misfit(w *work, r record, misfits []corruptRow) corruptRow {
	row := misfits[0]
	reasons := make([]string, len(misfits))
	for i, m := range misfits {
		reasons[i] = m.column + " " + m.reason
		if i > 0 {
			reasons[i] += " (" + m.value + ")"
		}
	}
	row.reason = strings.Join(reasons, "; ")
	row.file, row.line, row.record = c.plan.files[w.file].name, r.line, recordText(w.text(r))
	return row
}

// field writes one value and counts it. It returns false if the value does not fit the column.
func (c *checker) field(w *work, i int, raw []byte) bool {
	k := &c.plan.columns[i]
	if k.kind.of == insights.String {
		w.out = appendText(w.out, raw)
		if k.either[0] != nil {
			c.tellOrder(&w.stats.columns[i], k, trim(raw))
		}
		return true
	}
	before := len(w.out)
	out, ok := k.kind.read(w.out, raw)
	w.out = out
	if k.kind.of == insights.JSON {
		c.value = append(c.value[:0], w.out[before:]...)
		w.out = appendText(w.out[:before], c.value)
	}
	if len(w.out) > before || !ok {
		s := &w.stats.columns[i]
		s.values++
		if !ok {
			s.misfits++
			s.zeros += int64(count(leadingZero(trim(raw))))
		}
	}
	return ok
}

// tellOrder counts the dates that tell day from month.
func (c *checker) tellOrder(s *columnStatistics, k *column, v []byte) {
	if missing(v) {
		return
	}
	_, first := k.either[0].parse(v)
	_, second := k.either[1].parse(v)
	s.values++
	s.misfits += int64(count(!first && !second))
	s.first += int64(count(first && !second))
	s.second += int64(count(second && !first))
}

// special marks the bytes for which a text must be quoted.
var special = [256]bool{',': true, '"': true, '\n': true, '\r': true}

// appendText appends a text as the staging file has it: quoted where needed, nothing if it is empty.
func appendText(to, v []byte) []byte {
	for _, c := range v {
		if special[c] {
			return appendQuoted(to, v)
		}
	}
	return append(to, v...)
}

func appendQuoted(to, v []byte) []byte {
	to = append(to, '"')
	for {
		i := bytes.IndexByte(v, '"')
		if i < 0 {
			return append(append(to, v...), '"')
		}
		to = append(append(to, v[:i+1]...), '"')
		v = v[i+1:]
	}
}

// Lengths to which corrupt rows show a value and a record. What is cut says so.
const (
	excerptBytes = 1 << 10
	recordBytes  = 1 << 20
)

func excerpt(v []byte) string    { return cut(v, excerptBytes) }
func recordText(v []byte) string { return cut(v, recordBytes) }

// cut makes valid text without NUL of bytes, of most bytes at most.
func cut(v []byte, most int) string {
	more := len(v) - most
	if more > 0 {
		v = v[:most]
	}
	s := strings.ReplaceAll(string(bytes.ToValidUTF8(v, []byte("\ufffd"))), "\x00", "\ufffd")
	if more > 0 {
		s += " … and " + formatInt(int64(more)) + " bytes more"
	}
	return s
}

func formatInt(n int64) string { return strconv.FormatInt(n, 10) }
