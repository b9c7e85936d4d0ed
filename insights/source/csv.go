package source

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/engine"
	"github.com/ownlake/ownlake/insights/table"
)

// Shares of rows, as "one of …", from which on something else than damaged rows is wrong.
const (
	keyLimit    = 10  // rows without a key of their own: the column is no key
	chosenLimit = 100 // the same where the column was only suggested and another one may do
)

// ingestCSV makes a plan, reads the files by it, mends it if they refute it, and loads what was staged.
func (r *Reader) ingestCSV(ctx context.Context, q Request, in input) (insights.TaskResult, error) {
	var none insights.TaskResult
	fingerprint, err := in.fingerprint()
	if err != nil {
		return none, err
	}
	p, err := makePlan(ctx, in, r.o.Clock())
	if err != nil {
		return none, err
	}
	if len(p.rows) == 0 {
		return none, p.noRows()
	}
	if err := p.chooseKey(); err != nil {
		return none, err
	}
	dir, err := os.MkdirTemp(q.Session.TempDir(), "ingest-")
	if err != nil {
		return none, stagingError(err)
	}
	defer func() { _ = os.RemoveAll(dir) }() // the session's end would take it too
	good, corrupt := filepath.Join(dir, "good.csv"), filepath.Join(dir, "corrupt.csv")
	s, err := p.read(ctx, q, good, corrupt)
	if err != nil {
		return none, err
	}
	l := loader{Request: q, fingerprint: fingerprint, key: p.columns[p.key].name, longest: s.longest}
	columns, relation := p.load(good, s.longest)
	if err := l.publish(ctx, columns, relation, s.stats.good, corruptRelation(corrupt, s.longest), s.stats.corrupt); err != nil {
		return none, err
	}
	return insights.TaskResult{
		RowsIn: s.stats.records, RowsOut: s.stats.good, Corrupt: s.stats.corrupt, Warnings: append(p.warnings, p.remarks(s)...),
	}, nil
}

// read runs passes over the files until one holds the plan it was made by.
func (p *plan) read(ctx context.Context, q Request, good, corrupt string) (*pass, error) {
	name, total := insights.IngestedTable(q.Source.Name, q.Table.Name), p.size()
	for {
		if err := checkKeyType(p.columns[p.key]); err != nil {
			return nil, err
		}
		s := &pass{
			plan: p, keys: newKeySet(), characters: make([]characters, len(p.files)),
			stats: &statistics{columns: make([]columnStatistics, len(p.columns))},
			progress: func(n int64) {
				q.Progress(insights.Progress{Step: "reading " + name, Done: n, Total: total, Unit: "bytes"})
			},
		}
		err := s.stage(ctx, good, corrupt)
		refuted := errors.Is(err, errRefuted)
		if err != nil && !refuted {
			return nil, err
		}
		again, err := p.review(s, !refuted)
		switch {
		case err != nil:
			return nil, err
		case again:
			continue
		case refuted:
			return nil, errs.E(errs.Internal, "a plan was given up and could not be mended")
		case s.stats.good == 0:
			return nil, s.nothingFits()
		case s.stats.good+s.stats.corrupt != s.stats.records:
			return nil, errs.E(errs.Internal, fmt.Sprintf("%d records became %d rows and %d corrupt ones", s.stats.records, s.stats.good, s.stats.corrupt))
		}
		return s, nil
	}
}

// review mends the plan by what a pass counted and reports whether the files must be read again. Each mending takes
// something from the plan that cannot come back, so that reviews come to an end. whole says that the pass
// saw every row.
func (p *plan) review(s *pass, whole bool) (again bool, err error) {
	for i := range p.columns {
		again = p.columns[i].mend(s.stats.columns[i], whole) || again
	}
	if !whole {
		return again, nil
	}
	for i := range p.files {
		f, c := &p.files[i], s.characters[i]
		if f.encoding == utf8Encoding && c.wrong > 0 && !c.letters && p.table.CSV.Encoding == "" {
			f.encoding, again = windows1252, true
			p.warn(f.name + " is not UTF-8 and is read as Windows-1252; declare csv.encoding if that is wrong")
		}
	}
	if again {
		return true, nil
	}
	return p.reviewKey(s)
}

// mend changes a column that was inferred wrongly and reports whether it did.
func (c *column) mend(s columnStatistics, whole bool) bool {
	fits := int(s.values - s.misfits)
	switch {
	case c.declared:
		return false
	case isNumeric(c.kind.of) && s.zeros > 0:
		c.note = "some values have leading zeros, so the column is text"
	case !whole || c.kind.of == insights.String:
		return whole && c.settleOrder(s)
	case c.kind.of == insights.Date || c.kind.of == insights.DateTime:
		if s.values == 0 || mostDates(fits, int(s.values)) {
			return false
		}
		c.note = fmt.Sprintf("%d of %d values are %s, too few to make it a column of dates; declare its type to move the others to the corrupt rows",
			fits, s.values, c.kind.describe())
	case s.values == 0 || nearlyAll(fits, int(s.values)):
		return false
	default:
		c.note = fmt.Sprintf("%d of %d values are not %s, so the column is text", s.misfits, s.values, c.kind.describe())
	}
	c.kind = kind{of: insights.String}
	return true
}

// settleOrder decides between day first and month first if the whole file tells.
func (c *column) settleOrder(s columnStatistics) bool {
	day, month := c.either[0], c.either[1]
	if day == nil {
		return false
	}
	format, right, wrong := day, s.first, s.second
	if s.second > s.first {
		format, right, wrong = month, s.second, s.first
	}
	switch {
	case right == 0:
		return false // still ambiguous
	case wrong*100 > right || !mostDates(int(s.values-s.misfits-wrong), int(s.values)):
		c.note = fmt.Sprintf("some dates are only right as %s, others only as %s; the column stays text", day.pattern, month.pattern)
		c.either = [2]*dateFormat{}
		return false
	}
	c.either, c.note, c.kind = [2]*dateFormat{}, "", kind{of: insights.Date, date: format}
	if format.hasTime {
		c.kind.of = insights.DateTime
	}
	return true
}

// reviewKey judges the primary key by the rows it cost.
func (p *plan) reviewKey(s *pass) (again bool, err error) {
	lost := s.stats.keyless + s.stats.repeated
	rows := s.stats.good + lost
	name := p.columns[p.key].name
	p.keys = slices.DeleteFunc(p.keys, func(k string) bool { return sameName(k, name) })
	if p.chosen && lost*chosenLimit > rows && len(p.keys) > 0 {
		p.key = p.index(p.keys[0])
		return true, nil
	}
	if lost*keyLimit <= rows {
		return false, nil
	}
	hint := "choose a column that is filled and unique, or declare duplicates as such before they are ingested"
	if len(p.keys) > 0 {
		hint = "a better column is " + p.keys[0]
	}
	return false, errs.E(errs.Invalid, errs.Item(name),
		fmt.Sprintf("the column is no primary key: of %d rows %d have no value and %d repeat one; %s", rows, s.stats.keyless, s.stats.repeated, s.shown()),
		errs.Hint(hint))
}

// shown lists the first corrupt rows for an error.
func (s *pass) shown() string {
	list := make([]string, len(s.example))
	for i, c := range s.example {
		list[i] = fmt.Sprintf("%s, line %d: %s", c.file, c.line, c.reason)
		if c.value != "" {
			list[i] += fmt.Sprintf(" (%s)", cut([]byte(c.value), 60))
		}
	}
	return strings.Join(list, "; ")
}

func (s *pass) nothingFits() error {
	return errs.E(errs.Invalid, fmt.Sprintf("none of %d rows fits: %s", s.stats.records, s.shown()),
		errs.Hint("check csv.delimiter, csv.quote and the declared types"))
}

// noRows is the error of files without any row that could be sampled.
func (p *plan) noRows() error {
	name := errs.Item(p.files[0].name)
	if p.unsound > 0 {
		return errs.E(errs.Invalid, name, "no row is sound: "+p.firstProblem,
			errs.Hint("check csv.delimiter and csv.quote; every row needs as many columns as the header"))
	}
	return errs.E(errs.Invalid, name, "the file has a header and no rows", errs.Hint("export it again, or take the table out of the data source"))
}

// remarks are warnings that a finished pass adds.
func (p *plan) remarks(s *pass) []string {
	var list []string
	if p.chosen {
		list = append(list, fmt.Sprintf("%s was chosen as the primary key, as it is unique; declare primaryKey to fix it", p.columns[p.key].name))
	}
	for _, c := range p.columns {
		if c.note != "" {
			list = append(list, c.name+": "+c.note)
		}
	}
	if n := s.stats.corrupt; n > 0 {
		list = append(list, fmt.Sprintf("%d of %d rows do not fit and are in the corrupt rows: %s", n, s.stats.records, s.shown()))
	}
	return list
}

// load returns the table's columns and the relation that yields them from the staging file.
func (p *plan) load(file string, longest int) ([]insights.Column, string) {
	columns := make([]insights.Column, len(p.columns))
	types, list := make([]string, len(p.columns)), make([]string, len(p.columns))
	for i, c := range p.columns {
		columns[i] = insights.Column{Name: c.name, Type: c.kind.of, SemanticType: c.semantic, Precision: c.kind.precision, Scale: c.kind.scale}
		types[i] = fmt.Sprintf("'c%d': '%s'", i, c.kind.sqlType())
		list[i] = fmt.Sprintf("c%d AS %s", i, engine.QuoteIdent(c.name))
	}
	return columns, "SELECT " + strings.Join(list, ", ") + " FROM " + stagedRelation(file, types, longest)
}

// stagedRelation reads a staging file, whose form is known to the letter.
func stagedRelation(file string, types []string, longest int) string {
	// DuckDB refuses lines above 2 MB unless told, and needs a buffer of a line at least.
	limit := max(2<<20, longest+1024)
	return fmt.Sprintf("read_csv(%s, auto_detect=false, header=false, delim=',', quote='\"', escape='\"', new_line='\\n', nullstr='', "+
		"strict_mode=true, max_line_size=%d, buffer_size=%d, columns={%s})", engine.QuoteText(file), limit, 16*limit, strings.Join(types, ", "))
}

// corruptColumns are those of a _corrupt table (SRC-15).
var corruptColumns = []insights.Column{
	{Name: "File", Type: insights.String},
	{Name: "Line", Type: insights.Int64},
	{Name: "Column", Type: insights.String},
	{Name: "Value", Type: insights.String},
	{Name: "Reason", Type: insights.String},
	{Name: "Record", Type: insights.String},
}

func corruptRelation(file string, longest int) string {
	types := make([]string, len(corruptColumns))
	for i, c := range corruptColumns {
		types[i] = engine.QuoteText(c.Name) + ": " + engine.QuoteText(kind{of: c.Type}.sqlType())
	}
	return "SELECT * FROM " + stagedRelation(file, types, longest)
}

// loader publishes a table and its corrupt rows.
type loader struct {
	Request
	fingerprint string
	key         string
	longest     int
}

// publish writes both tables and makes them visible in one step, if they have as many rows as were counted.
func (l loader) publish(ctx context.Context, columns []insights.Column, query string, rows int64, corruptQuery string, corrupt int64) error {
	name := insights.IngestedTable(l.Source.Name, l.Table.Name)
	commit := l.Folder.Begin(insights.Ingestion, l.Run)
	defer commit.Abort(ctx)
	written := []struct {
		query string
		rows  int64
		spec  table.Spec
	}{
		{query, rows, table.Spec{Table: name, Columns: columns, PrimaryKey: l.key, Description: l.Source.Description}},
		{corruptQuery, corrupt, table.Spec{Table: insights.CorruptTable(name), Columns: corruptColumns, Description: "Rows of " + name + " that do not fit"}},
	}
	for _, w := range written {
		w.spec.Fingerprint = l.fingerprint
		snapshot, err := commit.Write(ctx, l.Session, w.query, w.spec, l.Progress)
		if err != nil {
			return err
		}
		if snapshot.Rows() != w.rows {
			return errs.E(errs.Internal, errs.Item(w.spec.Table), fmt.Sprintf("the engine wrote %d rows of %d", snapshot.Rows(), w.rows))
		}
	}
	return commit.Publish(ctx)
}
