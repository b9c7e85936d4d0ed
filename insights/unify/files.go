package unify

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/match"
)

// FileRequest says what to unify of tables that are in memory. Tables and Unification are required; see [Arrange].
type FileRequest struct {
	Tables      []*match.Table
	Unification insights.Unification
	// Skip names columns that are no field of a customer, such as keys.
	Skip []string
	// Options are what the model is told besides the unification. Together and Apart hold for rules, too.
	Options match.Options
}

// Arrange brings tables to the match order of a unification that names them all. Errors are Invalid for tables of one name.
func Arrange(u insights.Unification, tables []*match.Table) ([]*match.Table, error) {
	const op errs.Op = "unify.Arrange"
	for i, t := range tables {
		if slices.ContainsFunc(tables[:i], func(o *match.Table) bool { return o.Name == t.Name }) {
			return nil, errs.E(op, errs.Invalid, errs.Item(t.Name), "two files have this name", errs.Hint("rename one: rules tell tables apart by their names"))
		}
	}
	rank := func(t *match.Table) int {
		return slices.IndexFunc(u.Tables, func(o insights.UnifyTable) bool { return o.Table == t.Name })
	}
	ordered := slices.Clone(tables)
	slices.SortStableFunc(ordered, func(a, b *match.Table) int { return rank(a) - rank(b) })
	return ordered, nil
}

// Cluster unifies tables by rules and model, as [Match] does. All columns are texts; those that are dates by their
// semantic type are compared as days, whatever way they are written. Winners and merge preferences have no effect, and
// neither has dropUnmatched: each record is of a customer. Rules depend on the order of rows where several customers match
// equally, so bring it to one by [match.Table.Sort].
//
// Errors are Invalid for a unification that does not fit the tables, and those of the model.
func Cluster(ctx context.Context, q FileRequest) (*match.Result, []string, error) {
	const op errs.Op = "unify.Cluster"
	if name := q.Unification.AlwaysMatch + q.Unification.NeverMatch; name != "" {
		return nil, nil, errs.E(op, errs.Invalid, errs.Item(name), "tables of custom matches are for ingested tables", errs.Hint("give decided pairs with --review"))
	}
	w := &work{task: newTask(ctx, nil), modelOptions: q.Options, custom: custom{decidedPairs(q.Options.Together), decidedPairs(q.Options.Apart)}}
	q.Unification.Tables = slices.Clone(q.Unification.Tables)
	for i := range q.Unification.Tables {
		q.Unification.Tables[i].DropUnmatched = false
	}
	if err := w.planFiles(q); err != nil {
		return nil, nil, errs.E(op, err)
	}
	w.reader = &fileReader{plan: w.plan, tables: q.Tables}
	r, err := w.fileRecords(q.Tables)
	if err != nil {
		return nil, nil, errs.E(op, err)
	}
	m, err := w.findCustomers(r)
	if err != nil {
		return nil, nil, errs.E(op, err)
	}
	clusters, first := make([]uint32, r.count()), map[int32]uint32{}
	for x := range r.count() {
		root := m.clusters.find(x)
		if _, known := first[root]; !known {
			first[root] = uint32(x)
		}
		clusters[x] = first[root]
	}
	return match.Clustered(w.modelResult, q.Tables, clusters), append(w.plan.warnings, w.warnings...), nil
}

func (w *work) planFiles(q FileRequest) error {
	snapshots := make([]insights.Snapshot, len(q.Tables))
	for i, t := range q.Tables {
		// Rows are records, whether they have a key or not.
		s := insights.Snapshot{Table: t.Name, PrimaryKey: recordColumn, Columns: []insights.Column{{Name: recordColumn, Type: insights.String}}}
		for _, c := range t.Columns {
			if !slices.Contains(q.Skip, c.Name) {
				s.Columns = append(s.Columns, insights.Column{Name: c.Name, Type: insights.String})
			}
		}
		snapshots[i] = s
	}
	var err error
	w.plan, err = newPlan(q.Unification, snapshots, func(table, column string) []string {
		at := slices.IndexFunc(q.Tables, func(t *match.Table) bool { return t.Name == table })
		c, ok := q.Tables[at].Column(column)
		if !ok {
			return nil
		}
		return c.Values[1:min(len(c.Values), sampleRows)]
	})
	if err != nil {
		return err
	}
	for _, t := range w.plan.tables {
		w.inputs = append(w.inputs, &input{planTable: t})
	}
	return nil
}

func (w *work) fileRecords(tables []*match.Table) (*records, error) {
	r := &records{starts: []int32{0}, columns: make([]column, len(w.plan.features))}
	total := 0
	for _, t := range tables {
		if total += t.Rows; total > math.MaxInt32 {
			return nil, errs.E(errs.Invalid, errs.Item(t.Name), fmt.Sprintf("more than %d records to unify", mostRecords))
		}
		r.starts = append(r.starts, int32(total))
	}
	r.preference = make([]int32, total)
	return r, w.loadFields(r)
}

// fileReader reads tables that are in memory.
type fileReader struct {
	plan   *plan
	tables []*match.Table
}

func (f *fileReader) values(table int, s source, visit func(record int32, value string)) error {
	parts := make([]partReader, len(s.columns))
	for i, c := range s.columns {
		parts[i] = f.part(table, c.Name)
	}
	for row := range int32(f.tables[table].Rows) {
		if v := joinedValue(parts, s.kind, int(row)); v != "" {
			visit(row, v)
		}
	}
	return nil
}

// partReader is a column with its values as they are compared.
type partReader struct {
	codes  []uint32
	values []string
}

// part reads a column: days in one form, others as they are.
func (f *fileReader) part(table int, name string) partReader {
	c, _ := f.tables[table].Column(name)
	p := partReader{c.Codes, c.Values}
	if s := f.plan.tables[table].semanticOf(name); s == insights.PersonBirthDate || s == insights.CalendarDate {
		day := c.Days()
		p.values = make([]string, len(c.Values))
		for i, v := range c.Values {
			p.values[i] = day(v)
		}
	}
	return p
}

// semanticOf is what a column means.
func (t *planTable) semanticOf(column string) insights.SemanticType {
	for _, f := range t.fields {
		if f.column.Name == column {
			return f.semantic
		}
	}
	return ""
}

// joinedValue is a field of a row: a column's value, or a full name of parts, of which the first and the last are needed.
func joinedValue(parts []partReader, kind sourceKind, row int) string {
	texts := make([]string, 0, len(parts))
	for i, p := range parts {
		v := p.values[p.codes[row]]
		if kind == fullOfParts {
			if v = strings.TrimSpace(v); v == "" && (i == 0 || i == len(parts)-1) {
				return ""
			}
		}
		if v != "" {
			texts = append(texts, v)
		}
	}
	return strings.Join(texts, " ")
}

func (f *fileReader) modelTables(*records) ([]*match.Table, error) {
	tables := make([]*match.Table, len(f.tables))
	for i, t := range f.tables {
		tables[i] = &match.Table{Name: t.Name, Rows: t.Rows}
		for _, field := range f.plan.tables[i].fields {
			c, ok := t.Column(field.column.Name)
			if !ok || f.plan.model.ignores(field.field) {
				continue
			}
			named := *c
			named.Name = field.field
			tables[i].Columns = append(tables[i].Columns, named)
		}
	}
	return tables, nil
}
