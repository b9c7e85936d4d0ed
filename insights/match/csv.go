package match

import (
	"bytes"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/ownlake/ownlake/errs"
)

// ReadCSV makes a table of a CSV file's content: RFC 4180, but for a delimiter that is found from the header (comma,
// semicolon, tab or pipe), in UTF-8, UTF-16 with a byte order mark, or else Windows-1252. The first record is the
// header. Records that are short are completed with missing values, surplus fields are dropped, and both are counted
// as ragged: unification must give each record a customer.
func ReadCSV(name string, data []byte) (t *Table, ragged int, err error) {
	data, err = toUTF8(data)
	if err != nil {
		return nil, 0, errs.E(errs.Invalid, errs.Item(name), "the text's encoding cannot be read", errs.Hint("save the file as UTF-8"), err)
	}
	p := csvParser{data: data, delimiter: sniffDelimiter(data)}
	header, _ := p.record(nil)
	if len(header) == 0 {
		return nil, 0, errs.E(errs.Invalid, errs.Item(name), "the file has no header", errs.Hint("the first line names the columns"))
	}
	t = &Table{Name: name, Columns: make([]Column, len(header))}
	dictionaries := make([]*dictionary, len(header))
	for i, h := range header {
		t.Columns[i].Name = string(bytes.TrimSpace(h))
		dictionaries[i] = newDictionary()
	}
	fields := make([][]byte, 0, len(header))
	for {
		var more bool
		if fields, more = p.record(fields[:0]); !more {
			break
		}
		if len(fields) == 1 && len(fields[0]) == 0 && len(header) > 1 {
			continue // an empty line
		}
		if len(fields) != len(header) {
			ragged++
		}
		for i := range t.Columns {
			var value []byte
			if i < len(fields) {
				value = fields[i]
			}
			t.Columns[i].Codes = append(t.Columns[i].Codes, dictionaries[i].code(value))
		}
		if t.Rows++; t.Rows == enoughToTell {
			for i, d := range dictionaries {
				if len(d.values) == t.Rows+1 {
					d.list()
					t.Columns[i].listed = true
				}
			}
		}
	}
	for i := range t.Columns {
		t.Columns[i].Values = dictionaries[i].values
	}
	return t, ragged, nil
}

// enoughToTell is how many rows tell whether a column has another value in each.
const enoughToTell = 4096

func toUTF8(data []byte) ([]byte, error) {
	switch {
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		return data[3:], nil
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		return unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Bytes(data)
	case utf8.Valid(data):
		return data, nil
	}
	return charmap.Windows1252.NewDecoder().Bytes(data)
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

// csvParser splits data into records. Fields are views of data, or copies where doubled quotes are halved.
type csvParser struct {
	data      []byte
	pos       int
	delimiter byte
}

func (p *csvParser) record(fields [][]byte) (all [][]byte, more bool) {
	if p.pos >= len(p.data) {
		return fields, false
	}
	for {
		field, last := p.field()
		fields = append(fields, field)
		if last {
			return fields, true
		}
	}
}

func (p *csvParser) field() (value []byte, last bool) {
	if p.pos < len(p.data) && p.data[p.pos] == '"' {
		return p.quoted()
	}
	start := p.pos
	for p.pos < len(p.data) {
		switch p.data[p.pos] {
		case p.delimiter:
			p.pos++
			return p.data[start : p.pos-1], false
		case '\n':
			p.pos++
			return bytes.TrimSuffix(p.data[start:p.pos-1], []byte("\r")), true
		}
		p.pos++
	}
	return bytes.TrimSuffix(p.data[start:], []byte("\r")), true
}

func (p *csvParser) quoted() (value []byte, last bool) {
	p.pos++
	start, escaped := p.pos, false
	for p.pos < len(p.data) {
		if p.data[p.pos] != '"' {
			p.pos++
			continue
		}
		if p.pos+1 < len(p.data) && p.data[p.pos+1] == '"' {
			escaped = true
			p.pos += 2
			continue
		}
		break
	}
	value = p.data[start:p.pos]
	if escaped {
		value = bytes.ReplaceAll(value, []byte(`""`), []byte(`"`))
	}
	if p.pos < len(p.data) {
		p.pos++ // the closing quote
	}
	return value, p.skip()
}

// skip leaves out what follows a closing quote, up to the delimiter or the line's end.
func (p *csvParser) skip() (last bool) {
	for p.pos < len(p.data) {
		b := p.data[p.pos]
		p.pos++
		switch b {
		case p.delimiter:
			return false
		case '\n':
			return true
		}
	}
	return true
}
