package unify

import (
	"fmt"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/engine"
)

// numberKeys makes the table of keys: records are numbered by primary key, so that nothing depends on the order of
// rows.
func (w *work) numberKeys(t *input) (rows int64, err error) {
	collapsed, err := w.collapseKeys(t)
	if err != nil {
		return 0, err
	}
	if collapsed > 0 {
		w.warnings = append(w.warnings, fmt.Sprintf("%s: %d rows have a primary key that another row has, too, and were left out", t.name, collapsed))
	}
	query := fmt.Sprintf("CREATE OR REPLACE TABLE %s AS SELECT CAST(row_number() OVER (ORDER BY %s) - 1 AS INTEGER) AS record, %s AS key, CAST(%s AS INTEGER) AS preference FROM %s r",
		t.keys, t.keyIdent(), t.keyIdent(), preferenceSQL("r", &t.planTable), t.relation)
	if err := w.Session.Exec(w.ctx, query); err != nil {
		return 0, err
	}
	return w.count(t.keys)
}

// collapseKeys makes the table's relation yield one row per key (UNI-2), the same whatever the order of rows, and returns
// how many rows that leaves out.
func (w *work) collapseKeys(t *input) (int64, error) {
	var all, filled, distinct int64
	query := fmt.Sprintf("SELECT count(*), count(%[1]s), count(DISTINCT %[1]s) FROM %[2]s", t.keyIdent(), t.relation)
	if err := w.row(query, &all, &filled, &distinct); err != nil {
		return 0, err
	}
	if filled < all {
		return 0, errs.E(errs.Invalid, errs.Item(t.name), fmt.Sprintf("%d rows have no value in the primary key %s", all-filled, t.key.Name),
			errs.Hint("choose another primary key, or mend the source"))
	}
	if distinct < all {
		t.relation = fmt.Sprintf("(SELECT * FROM %s QUALIFY row_number() OVER (PARTITION BY %s ORDER BY %s) = 1)",
			t.relation, t.keyIdent(), strings.Join(quotedColumns(t.snapshot.Columns), ", "))
	}
	return all - distinct, nil
}

func quotedColumns(columns []insights.Column) []string {
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = engine.QuoteIdent(c.Name)
	}
	return list
}

// preferenceSQL is how much a row deserves to be the winner of its group: more is better (UNI-3). Rows without the
// date or number that decides come last.
func preferenceSQL(relation string, t *planTable) string {
	column := relation + "." + engine.QuoteIdent(t.winner.Column)
	switch t.winner.By {
	case insights.MostRecent:
		return "dense_rank() OVER (ORDER BY " + column + " ASC NULLS FIRST)"
	case insights.LeastRecent:
		return "dense_rank() OVER (ORDER BY " + column + " DESC NULLS FIRST)"
	default:
		return filledSQL(relation, t)
	}
}

// filledSQL counts the mapped columns that have a value.
func filledSQL(relation string, t *planTable) string {
	terms := []string{"0"}
	for _, c := range t.mappedColumns() {
		column := relation + "." + engine.QuoteIdent(c.Name)
		if isText(c.Type) {
			column = "NULLIF(" + column + ", '')"
		}
		terms = append(terms, "CASE WHEN "+column+" IS NULL THEN 0 ELSE 1 END")
	}
	return strings.Join(terms, " + ")
}

// mappedColumns are the columns of the table's fields, each once and without the key.
func (t *planTable) mappedColumns() []insights.Column {
	var list []insights.Column
	seen := map[string]bool{t.key.Name: true}
	for _, f := range t.fields {
		if !seen[f.column.Name] {
			seen[f.column.Name] = true
			list = append(list, f.column)
		}
	}
	return list
}

// loadRecords reads what rules compare. Each distinct value of a column is normalised once.
func (w *work) loadRecords() (*records, error) {
	r := &records{starts: []int32{0}, columns: make([]column, len(w.plan.features))}
	for _, t := range w.inputs {
		rows, err := w.numberKeys(t)
		if err != nil {
			return nil, err
		}
		if total := int64(r.count()) + rows; total > mostRecords {
			return nil, errs.E(errs.Invalid, errs.Item(t.name), fmt.Sprintf("more than %d records to unify", mostRecords))
		}
		r.starts = append(r.starts, r.count()+int32(rows))
	}
	r.preference = make([]int32, r.count())
	for i, t := range w.inputs {
		if err := w.loadPreferences(r.preference[r.starts[i]:], t); err != nil {
			return nil, err
		}
	}
	return r, w.loadFields(r)
}

// loadFields reads several fields at once, as the engine's work on one and ours on another go side by side.
func (w *work) loadFields(r *records) error {
	var fields errgroup.Group
	fields.SetLimit(2)
	for _, field := range w.plan.comparedFields() {
		fields.Go(func() error { return w.loadField(r, field) })
	}
	return fields.Wait()
}

// mostRecords is what record numbers hold.
const mostRecords = 1<<31 - 1

func (w *work) loadPreferences(preference []int32, t *input) error {
	rows, err := w.Session.Query(w.ctx, "SELECT record, preference FROM "+t.keys)
	if err != nil {
		return err
	}
	var record, value int32
	return scanAll(rows, func() { preference[record] = value }, &record, &value)
}

// comparedFields are the fields that features are made of.
func (p *plan) comparedFields() []string {
	var list []string
	seen := map[string]bool{}
	for _, f := range p.features {
		if !seen[f.field] {
			seen[f.field] = true
			list = append(list, f.field)
		}
	}
	return list
}

// fieldLoad is the reading of one field into all features made of it.
type fieldLoad struct {
	features []int
	interned []map[string]int32 // per feature: normalised value → number
}

// loadField reads a field of all tables.
func (w *work) loadField(r *records, field string) error {
	var l fieldLoad
	for f := range w.plan.features {
		if w.plan.features[f].field == field {
			l.features = append(l.features, f)
			l.interned = append(l.interned, map[string]int32{})
			r.columns[f] = column{numbers: make([]int32, r.count()), values: []text{{}}}
		}
	}
	for i, t := range w.inputs {
		source := w.plan.features[l.features[0]].sources[i]
		w.report("reading "+field+" of "+t.name)(0, int64(r.count()))
		if source.kind == missing {
			continue
		}
		if err := w.loadSource(r, &l, i, source); err != nil {
			return errs.E(errs.Item(t.name), err)
		}
	}
	return nil
}

func (w *work) loadSource(r *records, l *fieldLoad, table int, s source) error {
	var (
		known  = map[string]int{} // a value of the source → where its numbers begin, one per feature
		all    []int32
		from   = r.starts[table]
		read   int64
		report = w.report("reading " + w.plan.features[l.features[0]].field + " of " + w.inputs[table].name)
	)
	return w.reader.values(table, s, func(record int32, value string) {
		at, ok := known[value]
		if !ok {
			at = len(all)
			all = l.intern(all, r, w.plan, s.kind.part(value))
			known[value] = at
		}
		for i, f := range l.features {
			r.columns[f].numbers[from+record] = all[at+i]
		}
		if read++; read&0xffff == 0 {
			report(read, int64(r.starts[table+1]-from))
		}
	})
}

// sessionReader reads tables in the session.
type sessionReader struct{ w *work }

func (s *sessionReader) values(table int, from source, visit func(record int32, value string)) error {
	w, t := s.w, s.w.inputs[table]
	rows, err := w.Session.Query(w.ctx, fmt.Sprintf("SELECT k.record, v.value FROM (SELECT %s AS key, %s AS value FROM %s r) v JOIN %s k ON k.key = v.key WHERE v.value IS NOT NULL",
		t.keyIdent(), from.sql("r"), t.relation, t.keys))
	if err != nil {
		return err
	}
	var (
		record int32
		value  string
	)
	return scanAll(rows, func() { visit(record, value) }, &record, &value)
}

// intern normalises a value for each feature and appends the numbers of the results.
func (l *fieldLoad) intern(numbers []int32, r *records, p *plan, value string) []int32 {
	for i, f := range l.features {
		normal := p.features[f].normalizer.apply(value)
		if normal == "" {
			numbers = append(numbers, 0) // a missing value
			continue
		}
		number, ok := l.interned[i][normal]
		if !ok {
			number = int32(len(l.interned[i])) + 1
			l.interned[i][normal] = number
			if p.features[f].fuzzy {
				r.columns[f].values = append(r.columns[f].values, newText(normal))
			}
		}
		numbers = append(numbers, number)
	}
	return numbers
}
