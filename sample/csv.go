package sample

import "strings"

// csvFormat is how a source separates and quotes. Lines end with \n, and no field holds one.
type csvFormat struct {
	delimiter byte
	quoteAll  bool
}

// appendRow appends one line.
func (f csvFormat) appendRow(b []byte, fields []string) []byte {
	for i, s := range fields {
		if i > 0 {
			b = append(b, f.delimiter)
		}
		b = f.appendField(b, s)
	}
	return append(b, '\n')
}

func (f csvFormat) appendField(b []byte, s string) []byte {
	special := strings.IndexByte(s, f.delimiter) >= 0 || strings.IndexByte(s, '"') >= 0
	if !special && !f.quoteAll {
		return append(b, s...)
	}
	b = append(b, '"')
	for i := range len(s) {
		if s[i] == '"' {
			b = append(b, '"')
		}
		b = append(b, s[i])
	}
	return append(b, '"')
}

// appendStrayQuote appends a line whose field at column ends its quotes too early: "Ann"a. No reader that keeps to
// RFC 4180 takes it, and the damage stays within the line.
func (f csvFormat) appendStrayQuote(b []byte, fields []string, column int) []byte {
	for i, s := range fields {
		if i > 0 {
			b = append(b, f.delimiter)
		}
		if i != column {
			b = f.appendField(b, s)
			continue
		}
		s = strings.ReplaceAll(s, `"`, "")
		half := len(s) / 2
		for half > 0 && s[half] >= 0x80 { // between letters, not within one
			half--
		}
		b = append(append(append(append(b, '"'), s[:half]...), '"'), s[half:]...)
	}
	return append(b, '\n')
}
