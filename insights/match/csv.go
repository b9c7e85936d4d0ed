package match

import (
	"bytes"
	"context"
	"errors"
	"io"

	"golang.org/x/text/encoding/unicode"

	"github.com/ownlake/ownlake/errs"
)

// ReadCSV makes a table of a CSV file's content: RFC 4180, but for a delimiter that is found from the header (comma,
// semicolon, tab or pipe), in UTF-8, UTF-16 with a byte order mark, or else Windows-1252. The first record is the
// header. Records that are short are completed with missing values, surplus fields are dropped, and both are counted
// as ragged: unification must give each record a customer.
func ReadCSV(name string, data []byte) (t *Table, ragged int, err error) {
	return readCSV(context.Background(), name, bytes.NewReader(data), int64(len(data)))
}

// blockSize is how much of a file is split into fields at once.
const blockSize = 1 << 20

// readCSV is ReadCSV for a file of about some size. It keeps two blocks of the file in memory, and what differs.
func readCSV(ctx context.Context, name string, from io.Reader, size int64) (t *Table, ragged int, err error) {
	first := make([]byte, blockSize)
	n, err := io.ReadFull(from, first)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, 0, errs.E(errs.Unavailable, errs.Item(name), err)
	}
	first = first[:n]
	switch {
	case bytes.HasPrefix(first, []byte("\xef\xbb\xbf")):
		first = first[3:]
	case bytes.HasPrefix(first, []byte("\xff\xfe")), bytes.HasPrefix(first, []byte("\xfe\xff")):
		from = unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Reader(io.MultiReader(bytes.NewReader(first), from))
		first = nil
	}
	s := csvScanner{from: from, parser: csvParser{data: first}}
	if first == nil {
		if err := s.more(); err != nil {
			return nil, 0, errs.E(errs.Invalid, errs.Item(name), "the text's encoding cannot be read", errs.Hint("save the file as UTF-8"), err)
		}
	}
	s.parser.data = bytes.TrimLeft(s.parser.data, "\r\n") // empty lines before the header
	s.parser.delimiter = sniffDelimiter(s.parser.data)
	header, err := s.header()
	if err != nil {
		return nil, 0, errs.E(errs.Item(name), err)
	}
	if len(header) == 0 {
		return nil, 0, errs.E(errs.Invalid, errs.Item(name), "the file has no header", errs.Hint("the first line names the columns"))
	}
	e := newEncoder(name, header, size)
	if err := e.encodeAll(ctx, &s); err != nil {
		return nil, 0, errs.E(errs.Item(name), err)
	}
	return e.finish(), s.ragged, nil
}

// sniffDelimiter takes the candidate that is most often in the first line outside quotes.
func sniffDelimiter(data []byte) byte {
	best, most := byte(','), 0
	for _, d := range []byte{',', ';', '\t', '|'} {
		n, quoted := 0, false
		for _, b := range data {
			if b == '"' {
				quoted = !quoted
			}
			if b == '\n' && !quoted {
				break
			}
			if b == d && !quoted {
				n++
			}
		}
		if n > most {
			best, most = d, n
		}
	}
	return best
}

// span is a field: data[from:to] of its block.
type span struct{ from, to uint32 }

// csvBlock is some records of a file, split into fields, column by column.
type csvBlock struct {
	data    []byte
	columns [][]span
	rows    int
}

// csvScanner splits a file into blocks.
type csvScanner struct {
	from   io.Reader
	parser csvParser
	ended  bool // nothing follows the parser's data
	ragged int
	fields []span
	free   []byte // memory to read into
}

// header reads the first record.
func (s *csvScanner) header() ([]string, error) {
	for {
		fields, complete := s.parser.record(s.fields[:0], s.ended)
		if complete {
			names := make([]string, len(fields))
			for i, f := range fields {
				names[i] = string(bytes.TrimSpace(s.parser.data[f.from:f.to]))
			}
			return names, nil
		}
		if s.ended {
			return nil, nil
		}
		if err := s.more(); err != nil {
			return nil, err
		}
	}
}

// longestRecord bounds what a quote that is never closed takes for one field.
const longestRecord = 1 << 30

// more reads on behind what is not parsed yet: as much again at least, so that a long record is not split too often.
func (s *csvScanner) more() error {
	rest := s.parser.data[s.parser.pos:]
	if len(rest) > longestRecord {
		return errs.E(errs.Invalid, "a record is longer than a gibibyte", errs.Hint("look for a quote that is not closed"))
	}
	data := s.free
	if s.free = nil; cap(data) < 2*len(rest)+blockSize/2 {
		data = make([]byte, 2*len(rest)+blockSize)
	}
	data = data[:cap(data)]
	copy(data, rest)
	n, err := io.ReadFull(s.from, data[len(rest):])
	s.parser.data, s.parser.pos = data[:len(rest)+n], 0
	if err == nil {
		return nil
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		s.ended = true
		return nil
	}
	return errs.E(errs.Unavailable, err)
}

// block splits what has been read into the records of a block, reading on at its end; it has no rows when the file ends.
func (s *csvScanner) block(b *csvBlock) error {
	s.free, b.data = b.data, nil
	for b.rows = 0; b.rows == 0; {
		s.split(b)
		b.data = s.parser.data
		if s.ended {
			return nil
		}
		if err := s.more(); err != nil {
			return err
		}
	}
	return nil
}

func (s *csvScanner) split(b *csvBlock) {
	for i := range b.columns {
		b.columns[i] = b.columns[i][:0]
	}
	for {
		var complete bool
		if s.fields, complete = s.parser.record(s.fields[:0], s.ended); !complete {
			return
		}
		if len(s.fields) == 1 && s.fields[0].from == s.fields[0].to && len(b.columns) > 1 {
			continue // an empty line
		}
		if len(s.fields) != len(b.columns) {
			s.ragged++
		}
		for i := range b.columns {
			var value span
			if i < len(s.fields) {
				value = s.fields[i]
			}
			b.columns[i] = append(b.columns[i], value)
		}
		b.rows++
	}
}

// csvParser splits data into records. Where doubled quotes are halved, it does so in place: data is its own.
type csvParser struct {
	data      []byte
	pos       int
	delimiter byte
}

// record appends the fields of the next record. It is not complete, and pos stays, if data end in it and more may
// follow, or if nothing is left.
func (p *csvParser) record(fields []span, ended bool) (all []span, complete bool) {
	if p.pos >= len(p.data) {
		return fields, false
	}
	for start := p.pos; ; {
		field, last, cut := p.field(ended)
		if cut {
			p.pos = start
			return fields, false
		}
		fields = append(fields, field)
		if last {
			return fields, true
		}
	}
}

// field reads one field; cut says that data end in it though more may follow.
func (p *csvParser) field(ended bool) (value span, last, cut bool) {
	if p.pos < len(p.data) && p.data[p.pos] == '"' {
		return p.quoted(ended)
	}
	data, delimiter := p.data, p.delimiter
	for i := p.pos; i < len(data); i++ {
		if b := data[i]; b == delimiter || b == '\n' {
			value = p.trimmed(p.pos, i, b == '\n')
			p.pos = i + 1
			return value, b == '\n', false
		}
	}
	value = p.trimmed(p.pos, len(data), true)
	p.pos = len(data)
	return value, true, !ended
}

// trimmed is a field without the carriage return that may end a line.
func (p *csvParser) trimmed(from, to int, line bool) span {
	if line && to > from && p.data[to-1] == '\r' {
		to--
	}
	return span{uint32(from), uint32(to)}
}

// quoted reads a field in quotes. Nothing is changed in a field that is cut, as it is read again.
func (p *csvParser) quoted(ended bool) (value span, last, cut bool) {
	start, end, doubled := p.pos+1, p.pos+1, false
	for {
		at := bytes.IndexByte(p.data[end:], '"')
		if at < 0 {
			if !ended {
				return value, true, true
			}
			end = len(p.data)
			break
		}
		end += at
		if end+1 == len(p.data) && !ended {
			return value, true, true
		}
		if end+1 == len(p.data) || p.data[end+1] != '"' {
			break
		}
		doubled = true
		end += 2
	}
	p.pos = min(end+1, len(p.data)) // behind the closing quote
	last, cut = p.skip(ended)
	if cut {
		return value, true, true
	}
	value = span{uint32(start), uint32(end)}
	if doubled {
		value.to = value.from + uint32(halve(p.data[start:end]))
	}
	return value, last, false
}

// halve makes one quote of each two, in place, and returns the length.
func halve(text []byte) int {
	n := 0
	for i := 0; i < len(text); i++ {
		text[n] = text[i]
		n++
		if text[i] == '"' {
			i++
		}
	}
	return n
}

// skip leaves out what follows a closing quote, up to the delimiter or the line's end.
func (p *csvParser) skip(ended bool) (last, cut bool) {
	for p.pos < len(p.data) {
		b := p.data[p.pos]
		p.pos++
		switch b {
		case p.delimiter:
			return false, false
		case '\n':
			return true, false
		}
	}
	return true, !ended
}
