package source

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
)

// input is a table as it is to be read: its files and what is declared of them.
type input struct {
	table insights.SourceTable
	files []file
	// columns are those of files that have no header but a model.json; nil otherwise.
	columns []insights.Column
	quoting bool // values may be quoted
	// monthFirst says that dates with slashes are those of en-US, as in CDM folders (reference lake-layout, section 1).
	monthFirst bool
}

// plan says how the CSV files of a table are read.
type plan struct {
	input
	dialect  dialect
	encoding encoding // of the first file
	header   bool
	files    []plannedFile
	columns  []column
	key      int // index of the primary key
	// chosen says that nobody declared the key: it was suggested, and others may take its place.
	chosen   bool
	keys     []string // columns that can be the key, the best first
	rows     [][][]byte
	warnings []string
	// unsound counts records of the sample with another number of fields; firstProblem is the first one's.
	unsound      int
	firstProblem string
}

// plannedFile is one file with what differs from file to file.
type plannedFile struct {
	file
	encoding encoding
	sure     bool  // false: it was taken for Windows-1252 because it is not UTF-8
	fields   int   // of a sound record
	at       []int // for each column of the plan, the field that holds it, or -1
	header   [][]byte
}

// How much of a table is looked at to make a plan: the beginning of the first file, pieces from all over it, and
// the beginning of every other file.
const (
	headBytes   = 1 << 20
	otherBytes  = 128 << 10
	pieceBytes  = 128 << 10
	pieces      = 8
	sampledRows = 20_000
)

// makePlan looks at the files and decides how to read them. Where not even one record ends within what is looked at, it
// looks further.
func makePlan(ctx context.Context, in input, now time.Time) (*plan, error) {
	for head := int64(headBytes); ; head *= 8 {
		p := &plan{input: in}
		whole, err := p.look(ctx, head)
		if err != nil {
			return nil, err
		}
		if len(p.rows) > 0 || whole || head > maxRecord {
			return p, p.inferColumns(now)
		}
	}
}

// look samples the files, reading so much of the first one, and reports whether that was all of it.
func (p *plan) look(ctx context.Context, head int64) (whole bool, err error) {
	texts, err := p.readHeads(ctx, head)
	if err != nil {
		return false, err
	}
	if err := p.findDialect(texts[0]); err != nil {
		return false, err
	}
	rows := p.sampleFile(texts[0])
	if p.header, err = p.findHeader(rows, texts[0].whole); err != nil {
		return false, err
	}
	if err := p.findColumns(texts, rows); err != nil {
		return false, err
	}
	return texts[0].whole, p.sampleRows(ctx, texts)
}

// text is the beginning of a file in UTF-8. whole says that it is all of it.
type text struct {
	data  []byte
	whole bool
}

// readHeads reads the beginning of every file and finds their encodings. Empty files are left out, with a warning,
// unless all are.
func (p *plan) readHeads(ctx context.Context, head int64) ([]text, error) {
	var declared encoding
	if name := p.table.CSV.Encoding; name != "" {
		var err error
		if declared, err = declaredEncoding(name); err != nil {
			return nil, err
		}
	}
	var texts []text
	for _, f := range p.input.files {
		n := int64(otherBytes)
		if len(texts) == 0 {
			n = head
		}
		raw, err := f.head(ctx, n)
		if err != nil {
			return nil, err
		}
		if err := refuseForeign(f.name, raw); err != nil {
			return nil, err
		}
		pf := plannedFile{file: f}
		pf.encoding, pf.sure = detectEncoding(raw, declared)
		data, err := io.ReadAll(pf.encoding.reader(bytes.NewReader(raw)))
		if err != nil {
			return nil, errs.E(errs.Internal, errs.Item(f.name), err)
		}
		if len(bytes.TrimSpace(data)) == 0 && f.size <= n {
			p.warn(f.name + " is empty")
			continue
		}
		if !pf.sure {
			p.warn(f.name + " is not UTF-8 and is read as Windows-1252; declare csv.encoding if that is wrong")
		}
		p.files = append(p.files, pf)
		texts = append(texts, text{data, f.size <= n})
	}
	if len(texts) == 0 {
		return nil, errs.E(errs.Invalid, errs.Item(p.input.files[0].name), "the file is empty", errs.Hint("export it again, or take the table out of the data source"))
	}
	p.encoding = p.files[0].encoding
	return texts, nil
}

func (p *plan) warn(s string) { p.warnings = append(p.warnings, s) }

func (p *plan) findDialect(t text) error {
	delimiter, quote, err := declaredDialect(p.table.CSV)
	if err != nil {
		return err
	}
	p.dialect = detectDialect(t.data, t.whole, delimiter, quote, p.quoting)
	return nil
}

// sampleFile returns the records of a text, in the file's own order of fields.
func (p *plan) sampleFile(t text) [][][]byte {
	b := block{data: t.data}
	newScanner(p.dialect, 0).scan(&b, t.whole)
	return p.values(&b, b.records)
}

// values copies the fields of sound records.
func (p *plan) values(b *block, records []record) [][][]byte {
	rows := make([][][]byte, 0, min(len(records), sampledRows))
	for _, r := range records[:min(len(records), sampledRows)] {
		if r.problem != "" {
			continue
		}
		row := make([][]byte, r.count)
		for i, f := range b.columns(r) {
			row[i], _ = b.value(f, p.dialect.quote, nil)
		}
		rows = append(rows, row)
	}
	return rows
}

func (p *plan) findHeader(rows [][][]byte, whole bool) (bool, error) {
	switch {
	case len(rows) == 0 && !whole:
		return true, nil // more must be read to tell
	case len(rows) == 0:
		return false, errs.E(errs.Invalid, errs.Item(p.files[0].name), "no record of this file is sound",
			errs.Hint("declare csv.delimiter and csv.quote, and see whether a quote in its first line is never closed"))
	case p.table.CSV.Header != nil:
		return *p.table.CSV.Header, nil
	}
	return looksLikeHeader(rows[0], rows[1:min(len(rows), 1000)]), nil
}

// findColumns names the columns: those of the first file, and then those that only other files have. Without
// headers, columns are told by their place.
func (p *plan) findColumns(texts []text, rows [][][]byte) error {
	if !p.header {
		n := len(p.input.columns)
		if n == 0 {
			n = usualFields(rows)
		}
		for i := range n {
			p.columns = append(p.columns, column{name: p.placeName(i)})
		}
		for i := range p.files {
			p.files[i].fields, p.files[i].at = n, identity(n)
		}
		return p.checkDeclared()
	}
	for i := range p.files {
		if i > 0 {
			rows = p.sampleFile(texts[i])
		}
		if len(rows) == 0 && i == 0 {
			return nil // more must be read
		}
		if len(rows) == 0 {
			return errs.E(errs.Invalid, errs.Item(p.files[i].name), "the header is not sound",
				errs.Hint("see whether a quote in its first line is never closed, and whether the file is delimited as the first one"))
		}
		p.addHeader(&p.files[i], rows[0])
	}
	for i := range p.files {
		for len(p.files[i].at) < len(p.columns) {
			p.files[i].at = append(p.files[i].at, -1)
		}
	}
	return p.checkDeclared()
}

func (p *plan) placeName(i int) string {
	if len(p.input.columns) > 0 {
		return p.input.columns[i].Name
	}
	if declared := p.table.Columns; len(declared) > i {
		return declared[i].Name // without a header, columns are declared in the order of the fields
	}
	return "column" + strconv.Itoa(i+1)
}

func usualFields(rows [][][]byte) int {
	counts := map[int]int{}
	best := 0
	for _, row := range rows {
		counts[len(row)]++
		if counts[len(row)] > counts[best] {
			best = len(row)
		}
	}
	return best
}

func identity(n int) []int {
	at := make([]int, n)
	for i := range at {
		at[i] = i
	}
	return at
}

// addHeader maps a file's header to the plan's columns, adding those that are new.
func (p *plan) addHeader(f *plannedFile, header [][]byte) {
	names, changed := columnNames(header)
	for _, c := range changed {
		p.warn(f.name + ": " + c)
	}
	f.header, f.fields = header, len(header)
	f.at = make([]int, len(p.columns), len(p.columns)+len(names))
	for i := range f.at {
		f.at[i] = -1
	}
	var added []string
	for i, name := range names {
		at := p.index(name)
		if at < 0 {
			p.columns = append(p.columns, column{name: name})
			f.at = append(f.at, i)
			added = append(added, name)
			continue
		}
		f.at[at] = i
	}
	if f != &p.files[0] && len(added) > 0 {
		p.warn(f.name + " has columns that " + p.files[0].name + " has not: " + strings.Join(added, ", "))
	}
}

// index finds a column by name, or returns -1.
func (p *plan) index(name string) int {
	return slices.IndexFunc(p.columns, func(c column) bool { return sameName(c.name, name) })
}

// checkDeclared refuses declarations of columns and keys that the files have not.
func (p *plan) checkDeclared() error {
	names := make([]string, len(p.columns))
	for i, c := range p.columns {
		names[i] = c.name
	}
	for _, d := range p.table.Columns {
		if p.index(d.Name) < 0 {
			return unknownColumn(d.Name, names)
		}
	}
	if k := p.table.PrimaryKey; k != "" && p.index(k) < 0 {
		return unknownColumn(k, names)
	}
	return nil
}

func unknownColumn(name string, names []string) error {
	hint := "the columns are " + strings.Join(names[:min(len(names), 30)], ", ")
	if near := insights.Nearest(name, names); near != "" {
		hint = "did you mean " + near + "?"
	}
	return errs.E(errs.Invalid, errs.Item(name), "the files have no such column", errs.Hint(hint))
}

// sampleRows collects rows in the plan's order of columns: from the beginnings of all files and, of a large first
// file, from pieces all over it.
func (p *plan) sampleRows(ctx context.Context, texts []text) error {
	for i, t := range texts {
		if len(p.rows) >= sampledRows {
			return nil
		}
		rows := p.sampleFile(t)
		if p.header && len(rows) > 0 {
			rows = rows[1:]
		}
		p.addRows(&p.files[i], rows)
	}
	first := &p.files[0]
	if texts[0].whole || first.encoding == utf16LE || first.encoding == utf16BE {
		return nil
	}
	read := int64(len(texts[0].data))
	step := max(1, (first.size-read)/pieces)
	for i := range int64(pieces) {
		raw, err := first.piece(ctx, read+i*step, min(pieceBytes, step))
		if err != nil {
			return err
		}
		p.addPiece(first, raw)
	}
	return nil
}

// addPiece takes the records of a piece from the middle of a file. It begins within one, maybe within quotes, so
// only records with the right number of fields count.
func (p *plan) addPiece(f *plannedFile, raw []byte) {
	_, lines, ok := bytes.Cut(raw, []byte{'\n'})
	if !ok {
		return
	}
	data, err := io.ReadAll(f.encoding.reader(bytes.NewReader(lines)))
	if err != nil {
		return // a sample may be smaller
	}
	b := block{data: data}
	newScanner(p.dialect, f.fields).scan(&b, false)
	p.addRows(f, p.values(&b, b.records))
}

func (p *plan) addRows(f *plannedFile, rows [][][]byte) {
	for _, row := range rows {
		if len(row) != f.fields {
			if p.unsound++; p.firstProblem == "" {
				p.firstProblem = countProblem(len(row), f.fields)
			}
			continue
		}
		mapped := make([][]byte, len(p.columns))
		for i, at := range f.at {
			if at >= 0 {
				mapped[i] = row[at]
			}
		}
		p.rows = append(p.rows, mapped)
	}
}

// inferColumns decides the columns' types.
func (p *plan) inferColumns(now time.Time) error {
	in, err := newInference(p.table.CSV, p.monthFirst, now)
	if err != nil {
		return err
	}
	for i := range p.columns {
		var values [][]byte
		for _, row := range p.rows {
			if v := trim(row[i]); !missing(v) {
				values = append(values, v)
			}
		}
		if p.columns[i], err = in.column(p.columns[i].name, p.declared(p.columns[i].name), values); err != nil {
			return err
		}
	}
	return nil
}

// declared is what the definition, or else the model, says of a column.
func (p *plan) declared(name string) insights.Column {
	for _, list := range [][]insights.Column{p.table.Columns, p.input.columns} {
		for _, c := range list {
			if sameName(c.Name, name) {
				return c
			}
		}
	}
	return insights.Column{}
}

// chooseKey takes the declared key, or the best suggestion.
func (p *plan) chooseKey() error {
	p.keys = suggestKeys(p.table.Name, p.columns, p.rows)
	if k := p.table.PrimaryKey; k != "" {
		p.key = p.index(k)
		return nil
	}
	if len(p.keys) == 0 {
		return noKey(p.table.Name)
	}
	p.key, p.chosen = p.index(p.keys[0]), true
	return nil
}

func noKey(table string) error {
	return errs.E(errs.Invalid, errs.Item(table), "no column is filled and unique in every row, so none can be the primary key",
		errs.Hint("declare primaryKey; rows without key, or with a repeated one, then go to the corrupt rows"))
}

// checkKeyType refuses keys of types that cannot be one (SRC-3).
func checkKeyType(k column) error {
	switch k.kind.of {
	case insights.String, insights.Int64, insights.GUID:
		return nil
	default:
		return errs.E(errs.Invalid, errs.Item(k.name), "a primary key is a string, a whole number or a GUID, not "+k.kind.describe(),
			errs.Hint("choose another column, or declare the type of this one as string"))
	}
}
