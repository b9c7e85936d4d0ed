package unify

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
)

// mostTables bounds the tables of a unification; the product allows far fewer.
const mostTables = 100

// plan is a unification with its names resolved to what the tables have.
type plan struct {
	tables   []planTable
	features []feature
	rules    []rule
	// fields are the unified fields, in the order of their first mapping.
	fields []unifiedField
	merge  map[string]insights.FieldMerge // by field
	groups map[string]insights.FieldGroup // by field
	model  model
	// warnings are what a person should look at although it can run.
	warnings []string

	problems insights.Problems
	// lenient is set while the fields of a table are not known because their suggestion needs its values.
	lenient bool
}

// planTable is one table of the customer data.
type planTable struct {
	name          string
	snapshot      insights.Snapshot
	key           insights.Column
	fields        []mappedField
	suggested     bool // the fields are not declared
	duplicates    []rule
	winner        insights.Winner
	dropUnmatched bool
}

// mappedField is a unified field and the table's column that gives it.
type mappedField struct {
	field    string
	column   insights.Column
	semantic insights.SemanticType
}

// unifiedField is a column of Customer.
type unifiedField struct {
	name     string
	semantic insights.SemanticType
}

// feature is what conditions compare: a unified field, normalised.
type feature struct {
	field      string
	normalizer normalizer
	// fuzzy says that a condition compares values and does not just equate them.
	fuzzy   bool
	sources []source // per table
}

// sampleFunc returns some values of a table's column.
type sampleFunc func(table, column string) []string

// Validate checks a unification against the ingested tables it names: tables, columns, fields, types and rules must
// exist and fit. The error is Invalid and lists every problem (see [insights.ProblemsError]), with the nearest valid
// name. What follows from values is checked by [Match]: fields that are suggested and not declared.
func Validate(u insights.Unification, tables []insights.Snapshot) error {
	_, err := newPlan(u, tables, nil)
	return err
}

// newPlan resolves a unification. Without a sample, fields that suggestions would find are not missed.
func newPlan(u insights.Unification, tables []insights.Snapshot, sample sampleFunc) (*plan, error) {
	const op errs.Op = "unify.Validate"
	if problems := u.Problems(); problems != nil {
		return nil, problems.Err(op)
	}
	p := &plan{merge: map[string]insights.FieldMerge{}, groups: map[string]insights.FieldGroup{}}
	for i, t := range u.Tables {
		p.addTable(i, t, tables, sample)
	}
	if len(u.Tables) > mostTables {
		p.problem("tables", "", "%d tables are too many: the most is %d", len(u.Tables), mostTables)
	}
	if p.problems != nil {
		return nil, p.problems.Err(op) // further problems would only follow from these
	}
	p.addFields()
	p.checkReserved()
	p.addModel(u)
	p.rules = p.resolveRules("rules", u.Rules)
	for i, t := range u.Tables {
		p.addDuplicates(i, t)
	}
	for i, m := range u.Merge {
		p.addMerge(fmt.Sprintf("merge[%d]", i), m)
	}
	for i, g := range u.Groups {
		p.addGroup(fmt.Sprintf("groups[%d]", i), g)
	}
	if len(p.tables) > 1 && len(p.rules) == 0 && !p.model.used {
		p.warn("there are no match rules, so the tables' records stay apart")
	}
	if p.problems == nil {
		p.warnOfLonelyFields()
	}
	return p, p.problems.Err(op)
}

func (p *plan) problem(path, hint, format string, args ...any) {
	p.problems = append(p.problems, insights.Problem{Path: path, Message: fmt.Sprintf(format, args...), Hint: hint})
}

func (p *plan) warn(format string, args ...any) {
	p.warnings = append(p.warnings, fmt.Sprintf(format, args...))
}

func didYouMean(name string, candidates []string) string {
	if near := insights.Nearest(name, candidates); near != "" {
		return "did you mean " + near + "?"
	}
	return "use one of " + strings.Join(candidates, ", ")
}

func (p *plan) addTable(i int, t insights.UnifyTable, tables []insights.Snapshot, sample sampleFunc) {
	path := fmt.Sprintf("tables[%d]", i)
	at := slices.IndexFunc(tables, func(s insights.Snapshot) bool { return s.Table == t.Table })
	if at < 0 {
		names := make([]string, len(tables))
		for i, s := range tables {
			names[i] = s.Table
		}
		hint := "ingest it first"
		if near := insights.Nearest(t.Table, names); near != "" {
			hint = "did you mean " + near + "?"
		}
		p.problem(path+".table", hint, "there is no ingested table %q", t.Table)
		return
	}
	s := tables[at]
	pt := planTable{name: t.Table, snapshot: s, winner: t.Winner, dropUnmatched: t.DropUnmatched && i > 0, suggested: len(t.Fields) == 0}
	key, ok := columnOf(s, s.PrimaryKey)
	if !ok {
		p.problem(path+".table", "declare its primary key in the data source", "table %q has no primary key", t.Table)
		return
	}
	pt.key = key
	pt.fields = p.resolveFields(path, s, t.Fields, sample)
	p.checkWinner(path+".winner", &pt)
	p.tables = append(p.tables, pt)
}

func columnOf(s insights.Snapshot, name string) (insights.Column, bool) {
	at := slices.IndexFunc(s.Columns, func(c insights.Column) bool { return c.Name == name })
	if at < 0 {
		return insights.Column{}, false
	}
	return s.Columns[at], true
}

func columnNames(s insights.Snapshot) []string {
	names := make([]string, len(s.Columns))
	for i, c := range s.Columns {
		names[i] = c.Name
	}
	return names
}

func (p *plan) resolveFields(path string, s insights.Snapshot, fields []insights.MappedField, sample sampleFunc) []mappedField {
	if len(fields) == 0 {
		p.lenient = p.lenient || sample == nil
		var values func(column string) []string
		if sample != nil {
			values = func(column string) []string { return sample(s.Table, column) }
		}
		fields = Suggest(s, values)
	}
	list := make([]mappedField, 0, len(fields))
	for j, f := range fields {
		fieldPath := fmt.Sprintf("%s.fields[%d]", path, j)
		column, ok := columnOf(s, f.Column)
		if !ok {
			p.problem(fieldPath+".column", didYouMean(f.Column, columnNames(s)), "table %s has no column %q", s.Table, f.Column)
			continue
		}
		if wrong := checkFieldName(f.Field); wrong != "" {
			p.problem(fieldPath+".field", "give the field another name", "%q %s", f.Field, wrong)
		}
		list = append(list, mappedField{f.Field, column, semanticOf(f, column)})
	}
	return list
}

// checkFieldName says why a unified field cannot be a column of Customer, or "".
func checkFieldName(name string) string {
	switch {
	case strings.EqualFold(name, customerIDColumn), strings.EqualFold(name, previousIDColumn):
		return "is a column of the customer's own ids"
	case strings.ContainsAny(name, `."`):
		return `holds a full stop or a quote, which model.json does not allow`
	}
	return ""
}

// semanticOf is what a field means: as mapped, as the column is declared, or as the field's name says.
func semanticOf(f insights.MappedField, c insights.Column) insights.SemanticType {
	switch {
	case f.SemanticType != "":
		return f.SemanticType
	case c.SemanticType != "":
		return c.SemanticType
	}
	return semanticOfField(f.Field)
}

// checkWinner resolves the winner's column, given as a column or as a unified field, which needs an order in time or
// number (UNI-3).
func (p *plan) checkWinner(path string, t *planTable) {
	if t.winner.By == "" {
		t.winner.By = insights.MostFilled
	}
	if t.winner.By == insights.MostFilled {
		return
	}
	c, ok := columnOf(t.snapshot, t.winner.Column)
	if !ok {
		c, ok = t.column(t.winner.Column)
	}
	switch {
	case !ok:
		p.problem(path+".column", didYouMean(t.winner.Column, columnNames(t.snapshot)), "table %s has no column %q", t.name, t.winner.Column)
	case !ordered(c.Type):
		p.problem(path+".column", "name a date or number column, or declare its type in the data source",
			"column %q of %s is %s and has no order in time or number", c.Name, t.name, c.Type)
	}
	t.winner.Column = c.Name
}

// ordered says whether values of a type are earlier or later, less or more.
func ordered(t insights.DataType) bool {
	switch t {
	case insights.Int64, insights.Double, insights.Decimal, insights.Date, insights.Time, insights.DateTime:
		return true
	default:
		return false
	}
}

// column returns the column that is mapped to a field.
func (t *planTable) column(field string) (insights.Column, bool) {
	for _, f := range t.fields {
		if f.field == field {
			return f.column, true
		}
	}
	return insights.Column{}, false
}

// withSemantic returns the column of a semantic type.
func (t *planTable) withSemantic(s insights.SemanticType) (insights.Column, bool) {
	for _, f := range t.fields {
		if f.semantic == s {
			return f.column, true
		}
	}
	return insights.Column{}, false
}

// addFields collects the unified fields. Names that differ in case only would be one column to most readers: suggested
// ones take the spelling of the others, and declared ones are refused.
func (p *plan) addFields() {
	spelling := map[string]string{}
	for _, suggested := range []bool{false, true} {
		for i, t := range p.tables {
			if t.suggested == suggested {
				p.spell(i, spelling)
			}
		}
	}
	for _, t := range p.tables {
		for _, f := range t.fields {
			at := slices.IndexFunc(p.fields, func(u unifiedField) bool { return u.name == f.field })
			if at < 0 {
				p.fields = append(p.fields, unifiedField{f.field, f.semantic})
			} else if p.fields[at].semantic == "" {
				p.fields[at].semantic = f.semantic
			}
		}
	}
}

func (p *plan) spell(table int, spelling map[string]string) {
	t := &p.tables[table]
	for j := range t.fields {
		f := &t.fields[j]
		known, ok := spelling[strings.ToLower(f.field)]
		switch {
		case !ok:
			spelling[strings.ToLower(f.field)] = f.field
		case known != f.field && t.suggested:
			f.field = known
		case known != f.field:
			p.problem(fmt.Sprintf("tables[%d].fields[%d].field", table, j), "write "+known, "field %q differs from %q only in case", f.field, known)
		}
	}
}

// checkReserved refuses fields that are called like the columns of keys in Customer.
func (p *plan) checkReserved() {
	reserved := names{}
	for _, t := range p.tables {
		reserved.take(keyColumn(t), keyColumn(t)+alternateSuffix)
	}
	for i, t := range p.tables {
		for j, f := range t.fields {
			if reserved[strings.ToLower(f.field)] {
				p.problem(fmt.Sprintf("tables[%d].fields[%d].field", i, j), "give the field another name", "%q is the column of a table's keys", f.field)
			}
		}
	}
}

func (p *plan) addMerge(path string, m insights.FieldMerge) {
	if !p.knowsField(m.Field) {
		if !p.lenient {
			p.problem(path+".field", didYouMean(m.Field, p.fieldNames()), "no table has a field %q", m.Field)
		}
		return
	}
	if m.By == "" {
		m.By = insights.Importance
	}
	if m.By != insights.Importance {
		p.checkRecency(path+".column", m.Column)
	}
	p.merge[m.Field] = m
}

func (p *plan) addGroup(path string, g insights.FieldGroup) {
	for j, f := range g.Fields {
		if !p.knowsField(f) && !p.lenient {
			p.problem(fmt.Sprintf("%s.fields[%d]", path, j), didYouMean(f, p.fieldNames()), "no table has a field %q", f)
		}
		p.groups[f] = g
	}
	if g.By == insights.MostRecent || g.By == insights.LeastRecent {
		p.checkRecency(path+".column", g.Column)
	}
}

// checkRecency checks the field that says which of several values is the most or least recent.
func (p *plan) checkRecency(path, field string) {
	if !p.knowsField(field) {
		if !p.lenient {
			p.problem(path, didYouMean(field, p.fieldNames()), "no table has a field %q", field)
		}
		return
	}
	for _, t := range p.tables {
		if c, ok := t.column(field); ok && !ordered(c.Type) {
			p.problem(path, "name a field of dates or numbers, or declare the column's type in the data source",
				"column %q of %s is %s and has no order in time or number", c.Name, t.name, c.Type)
		}
	}
	if mergedType(p.columnTypes(field)) == insights.String {
		p.problem(path, "declare one type for its columns in the data sources", "the columns of field %q have different types", field)
	}
}

func (p *plan) knowsField(name string) bool {
	return slices.ContainsFunc(p.fields, func(f unifiedField) bool { return f.name == name })
}

func (p *plan) fieldNames() []string {
	names := make([]string, len(p.fields))
	for i, f := range p.fields {
		names[i] = f.name
	}
	return names
}

// columnTypes are the types of the columns that are mapped to a field.
func (p *plan) columnTypes(field string) []insights.DataType {
	var types []insights.DataType
	for _, t := range p.tables {
		if c, ok := t.column(field); ok {
			types = append(types, c.Type)
		}
	}
	return types
}

// mergedType is the type of a unified field: that of its columns if they agree, and text otherwise.
func mergedType(types []insights.DataType) insights.DataType {
	if types = slices.Compact(slices.Clone(types)); len(types) == 1 {
		return types[0]
	}
	return insights.String
}
