package source

import (
	"bytes"
	"fmt"
	"math"
)

// dialect is how a CSV file marks fields and records.
type dialect struct {
	delimiter byte
	quote     byte // 0: values are never quoted
	crEnds    bool // a carriage return alone ends a line
}

// span is a field within a block's data. escaped says that doubled quotes must be halved.
type span struct {
	from, to int32
	escaped  bool
}

// record is one record of a block: its fields are block.fields[first:first+count].
type record struct {
	first, count int32
	from, to     int32 // the record's text in the block's data, without its line end
	line         int64
	problem      string // why it is corrupt, "" if its structure is sound
	column       int32  // of the problem, or -1
}

// block is a piece of a file and the records found in it.
type block struct {
	data    []byte
	fields  []span
	records []record
}

// text is a record's text.
func (b *block) text(r record) []byte { return b.data[r.from:r.to] }

// columns are the fields of a record.
func (b *block) columns(r record) []span { return b.fields[r.first : r.first+r.count] }

// value is a field's text, halved quotes and all; scratch is used where it must be made.
func (b *block) value(s span, quote byte, scratch []byte) (value, newScratch []byte) {
	v := b.data[s.from:s.to]
	if !s.escaped {
		return v, scratch
	}
	scratch = scratch[:0]
	for i := 0; i < len(v); i++ {
		scratch = append(scratch, v[i])
		if v[i] == quote {
			i++ // quotes come in pairs here
		}
	}
	return scratch, scratch
}

// maxRecord bounds a record's length. A quote that is not closed within it counts as never closed.
const maxRecord = 16 << 20

// Problems of a record's structure. incomplete is none: the block ends too early to tell.
const (
	incomplete   = "incomplete"
	neverClosed  = "a quote is opened and never closed"
	afterClosing = "text follows a closing quote"
	strayQuote   = "a quote within an unquoted value, after a broken record"
	tooLong      = "the record is longer than 16 MiB"
)

// scanner finds the records of a file in one block after the other. The zero value but for dialect and line
// begins a file.
type scanner struct {
	dialect
	want  int   // fields of a sound record, 0 if not known
	limit int   // length at which a record is given up
	line  int64 // number of the line that the next block begins with

	offset      int64 // of the next block in the file
	skipping    bool  // the block begins within a line that was given up
	strictUntil int64 // before this offset a quote in an unquoted value may be the end of a broken record
	wasted      int64 // bytes read in vain after quotes that were never closed
}

func newScanner(d dialect, want int) *scanner {
	return &scanner{dialect: d, want: want, limit: maxRecord, line: 1}
}

// scan finds the records of b.data and returns how many bytes they take; the rest must begin the next block. final
// says that nothing follows the data; otherwise a last record may be left until more is known.
func (s *scanner) scan(b *block, final bool) (used int) {
	b.fields, b.records = b.fields[:0], b.records[:0]
	pos := 0
	for pos < len(b.data) {
		end, next, whole := s.lineEnd(b.data, pos, final)
		if s.skipping {
			s.skipping = !whole
			pos = next
			s.line += line(whole)
			continue
		}
		if !whole {
			if len(b.data)-pos < s.limit {
				break
			}
			s.add(b, record{first: int32(len(b.fields)), from: int32(pos), to: int32(end), problem: tooLong})
			s.skipping, pos = true, next
			continue
		}
		if end == pos { // an empty line is no record
			pos = next
			s.line++
			continue
		}
		r := record{first: int32(len(b.fields)), from: int32(pos), to: int32(end)}
		breaks := int64(0)
		if s.quote == 0 || bytes.IndexByte(b.data[pos:end], s.quote) < 0 {
			s.split(b, pos, end)
		} else if next, breaks = s.quoted(b, &r, end, next, final); r.problem == incomplete {
			b.fields = b.fields[:r.first]
			break
		}
		s.add(b, r)
		pos = next
		s.line += 1 + breaks
	}
	s.offset += int64(pos)
	return pos
}

func line(whole bool) int64 {
	if whole {
		return 1
	}
	return 0
}

// add completes a record whose fields have been added.
func (s *scanner) add(b *block, r record) {
	r.line, r.count, r.column = s.line, int32(len(b.fields))-r.first, -1
	switch {
	case r.problem != "":
		r.column = r.count
	case s.want > 0 && int(r.count) != s.want:
		r.problem = countProblem(int(r.count), s.want)
	}
	b.records = append(b.records, r)
}

func countProblem(got, want int) string {
	if got < want {
		return fmt.Sprintf("too few columns: %d instead of %d", got, want)
	}
	return fmt.Sprintf("too many columns: %d instead of %d", got, want)
}

// lineEnd finds the end of the physical line at pos and where the next one begins. whole is false if the data may
// go on with this line.
func (d dialect) lineEnd(data []byte, pos int, final bool) (end, next int, whole bool) {
	end, next, whole = len(data), len(data), final
	if i := bytes.IndexByte(data[pos:], '\n'); i >= 0 {
		end, next, whole = pos+i, pos+i+1, true
	}
	if d.crEnds {
		if i := bytes.IndexByte(data[pos:end], '\r'); i >= 0 && pos+i+1 < end {
			return pos + i, pos + i + 1, true
		}
	}
	if whole && end > pos && data[end-1] == '\r' {
		end--
	}
	return end, next, whole
}

// split adds the fields of a line without quotes.
func (d dialect) split(b *block, pos, end int) {
	for {
		i := bytes.IndexByte(b.data[pos:end], d.delimiter)
		if i < 0 {
			b.fields = append(b.fields, span{from: int32(pos), to: int32(end)})
			return
		}
		b.fields = append(b.fields, span{from: int32(pos), to: int32(pos + i)})
		pos += i + 1
	}
}

// quoted adds the fields of a record whose first line, up to end, holds a quote. It returns where the next record
// begins and how many line breaks this one holds. A broken record becomes its first line.
func (s *scanner) quoted(b *block, r *record, end, afterLine int, final bool) (next int, breaks int64) {
	w := walk{scanner: s, block: b, start: int(r.from), pos: int(r.from), end: end, final: final}
	w.strict = s.offset+int64(w.start) < s.strictUntil
	problem := w.record()
	if problem == incomplete {
		r.problem = problem
		return 0, 0
	}
	count := len(b.fields) - int(r.first)
	if problem == "" && (w.breaks == 0 || s.want == 0 || count == s.want) {
		r.to = int32(w.end)
		_, next, _ = s.lineEnd(b.data, max(w.end, w.start), final)
		return next, w.breaks
	}
	switch {
	case problem == neverClosed:
		s.strictUntil = math.MaxInt64
		s.wasted += int64(w.reached - w.start)
	case w.breaks > 0:
		s.strictUntil = max(s.strictUntil, s.offset+int64(w.reached))
		s.wasted += int64(w.reached - w.start)
	}
	r.problem = problem
	return afterLine, 0
}

// walk goes over one record with quotes.
type walk struct {
	*scanner
	block   *block
	start   int
	pos     int   // where the next field begins
	end     int   // of the line that pos is on
	reached int   // how far it was read
	breaks  int64 // line breaks within fields
	strict  bool
	final   bool
}

// record adds the fields and returns the problem, if there is one.
func (w *walk) record() string {
	for {
		last, problem := w.field()
		if last || problem != "" {
			return problem
		}
	}
}

func (w *walk) field() (last bool, problem string) {
	data := w.block.data
	if w.pos < w.end && data[w.pos] == w.quote {
		return w.quotedField()
	}
	stop := w.end
	if i := bytes.IndexByte(data[w.pos:w.end], w.delimiter); i >= 0 {
		stop = w.pos + i
	}
	if w.strict && bytes.IndexByte(data[w.pos:stop], w.quote) >= 0 {
		return false, strayQuote
	}
	w.block.fields = append(w.block.fields, span{from: int32(w.pos), to: int32(stop)})
	w.pos = stop + 1
	return stop == w.end, ""
}

func (w *walk) quotedField() (last bool, problem string) {
	data := w.block.data
	at, escaped, found := w.closing(data, w.pos+1)
	w.reached = len(data)
	if !found {
		return false, w.orIncomplete(neverClosed)
	}
	w.reached = at + 1
	if at > w.end { // the field goes over the end of the line
		w.breaks += w.countBreaks(data[w.end:at])
		var whole bool
		if w.end, _, whole = w.lineEnd(data, at, w.final); !whole {
			if p := w.orIncomplete(""); p != "" {
				return false, p
			}
		}
	}
	last = at+1 == w.end
	if !last && data[at+1] != w.delimiter {
		return false, afterClosing
	}
	w.block.fields = append(w.block.fields, span{from: int32(w.pos + 1), to: int32(at), escaped: escaped})
	w.pos = at + 2
	return last, ""
}

// orIncomplete returns the problem, unless more data may still solve it.
func (w *walk) orIncomplete(problem string) string {
	if !w.final && len(w.block.data)-w.start < w.limit {
		return incomplete
	}
	return problem
}

// closing finds the quote that closes the field whose text begins at pos. A quote that ends the data closes: the
// line's end is not known then, and is looked for next.
func (d dialect) closing(data []byte, pos int) (at int, escaped, found bool) {
	for {
		i := bytes.IndexByte(data[pos:], d.quote)
		if i < 0 {
			return 0, false, false
		}
		if pos += i; pos+1 == len(data) || data[pos+1] != d.quote {
			return pos, escaped, true
		}
		escaped = true
		pos += 2
	}
}

// countBreaks counts the line breaks in text.
func (d dialect) countBreaks(text []byte) int64 {
	n := int64(bytes.Count(text, []byte{'\n'}))
	if d.crEnds {
		n += int64(bytes.Count(text, []byte{'\r'}) - bytes.Count(text, []byte("\r\n")))
	}
	return n
}
