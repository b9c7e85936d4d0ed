package source

import (
	"bytes"
	"slices"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
)

// delimiters are tried in this order; the first of equals wins.
var delimiters = []byte{',', ';', '\t', '|'}

// declaredDialect checks what a definition says of delimiter and quote. 0 means not said.
func declaredDialect(o insights.CSVOptions) (delimiter, quote byte, err error) {
	if delimiter, err = oneByte("delimiter", o.Delimiter); err != nil {
		return 0, 0, err
	}
	if quote, err = oneByte("quote", o.Quote); err != nil {
		return 0, 0, err
	}
	if delimiter != 0 && delimiter == quote {
		return 0, 0, errs.E(errs.Invalid, errs.Item("csv.quote"), "delimiter and quote are the same character")
	}
	return delimiter, quote, nil
}

func oneByte(what, s string) (byte, error) {
	switch {
	case s == "":
		return 0, nil
	case s == `\t`, s == "tab":
		return '\t', nil
	case len(s) == 1 && s[0] < 0x80 && s[0] != '\n' && s[0] != '\r' && s[0] != 0:
		return s[0], nil
	}
	return 0, errs.E(errs.Invalid, errs.Item("csv."+what), "the "+what+" "+s+" is not one character of ASCII",
		errs.Hint(`use a single character such as "," or ";", or "\t" for a tab`))
}

// detectDialect chooses delimiter and quote so that the records of the text have the same number of fields. whole says
// that the text is the whole file. quoting false says that values are never quoted.
func detectDialect(text []byte, whole bool, delimiter, quote byte, quoting bool) dialect {
	d := dialect{delimiter: delimiter, quote: quote}
	switch {
	case !quoting:
		d.quote = 0
	case quote == 0:
		d.quote = detectQuote(text)
	}
	d.crEnds = crEndsLines(text)
	if delimiter != 0 {
		return d
	}
	best := -1.0
	for _, c := range delimiters {
		try := d
		try.delimiter = c
		if score := try.score(text, whole); score > best {
			best, d.delimiter = score, c
		}
	}
	return d
}

// detectQuote is the double quote unless only single ones surround fields: as many open after a delimiter as close
// before one or at the end of a line.
func detectQuote(text []byte) byte {
	if bytes.IndexByte(text, '"') >= 0 {
		return '"'
	}
	for _, c := range delimiters {
		opened := bytes.Count(text, []byte{c, '\''}) + bytes.Count(text, []byte("\n'"))
		closed := bytes.Count(text, []byte{'\'', c}) + bytes.Count(text, []byte("'\n")) + bytes.Count(text, []byte("'\r"))
		closed += count(bytes.HasSuffix(text, []byte{'\''}))
		if opened > 0 && opened == closed {
			return '\''
		}
	}
	return '"'
}

// crEndsLines reports whether carriage returns alone end lines: where there are many of them and few line feeds.
func crEndsLines(text []byte) bool {
	feeds := bytes.Count(text, []byte{'\n'})
	alone := bytes.Count(text, []byte{'\r'}) - bytes.Count(text, []byte("\r\n"))
	if len(text) > 0 && text[len(text)-1] == '\r' && feeds > 0 {
		alone-- // the text may be cut within a CR LF
	}
	return alone > feeds
}

// score is how well a dialect fits: the share of records with the usual number of fields, above all if the first
// record, which may be a header, has it too, and a little for more fields. A single field per record says nothing.
func (d dialect) score(text []byte, whole bool) float64 {
	b := block{data: text}
	newScanner(d, 0).scan(&b, whole)
	usual, share := usualCount(b.records)
	if usual < 2 {
		return 0
	}
	score := share + min(float64(usual), 50)/1000
	if int(b.records[0].count) == usual {
		score++
	}
	return score
}

// usualCount is the number of fields that most sound records have, and their share of all records.
func usualCount(records []record) (usual int, share float64) {
	counts := map[int]int{}
	for _, r := range records {
		if r.problem == "" {
			counts[int(r.count)]++
		}
	}
	most := 0
	for count, n := range counts {
		if n > most || n == most && count > usual {
			usual, most = count, n
		}
	}
	if len(records) == 0 {
		return 0, 0
	}
	return usual, float64(most) / float64(len(records))
}

// looksLikeHeader judges the first record: a header has a text of its own in every column, which no row below
// repeats. Where a name is missing, doubled or a number, columns of numbers or dates must tell.
func looksLikeHeader(first [][]byte, rows [][][]byte) bool {
	seen := map[string]bool{}
	for i, cell := range first {
		if repeats(cell, i, rows) {
			return false
		}
		name := string(bytes.ToLower(trim(cell)))
		if name == "" || seen[name] || isTyped([]byte(name)) {
			return headerByContrast(first, rows)
		}
		seen[name] = true
	}
	return true
}

// repeats reports whether a cell occurs as a value of its column.
func repeats(cell []byte, column int, rows [][][]byte) bool {
	return len(cell) > 0 && slices.ContainsFunc(rows, func(row [][]byte) bool {
		return column < len(row) && bytes.Equal(row[column], cell)
	})
}

// isTyped reports whether a cell is a value rather than a name.
func isTyped(v []byte) bool {
	_, _, iso := parseISO(v)
	_, _, _, number := numberParts(v)
	return iso || number || isTrueOrFalse(v) || isGUID(v) || bytes.ContainsRune(v, '@')
}

// headerByContrast reports whether typed columns begin with a cell that is not.
func headerByContrast(first [][]byte, rows [][][]byte) bool {
	contrast, same := 0, 0
	for i, cell := range first {
		typed, filled := 0, 0
		for _, row := range rows {
			if i < len(row) && len(row[i]) > 0 {
				filled++
				if isTyped(row[i]) {
					typed++
				}
			}
		}
		if filled == 0 || typed*2 < filled {
			continue
		}
		if len(cell) > 0 && !isTyped(cell) {
			contrast++
		} else {
			same++
		}
	}
	return contrast > same
}
