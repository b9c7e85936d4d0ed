package unify

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/engine"
	"github.com/ownlake/ownlake/insights/table"
)

// Merge writes the table Customer of process Merge: a row per customer of ConflationMatchPairs, with its CustomerId, its
// keys of each table and one value per unified field (UNI-12, UNI-15). Ids stay those of the former Customer where records
// stay; which records changed their customer is written to CustomerHistory.
//
// A field's value is by default that of the first table, in order of importance, that has one. Within a table it is the
// lead record's, or else that of the customer's best other record that has one. With most or least recent, all records of
// the customer compete; those without a date or number come last, and equals stand in order of importance.
//
// Errors are Invalid for a unification that does not fit the tables, NotFound without a table ConflationMatchPairs, and
// Conflict if that is older than the ingested tables.
func Merge(ctx context.Context, q Request) (insights.TaskResult, error) {
	return run(ctx, q, "unify.Merge", (*work).merge)
}

func (w *work) merge() (insights.TaskResult, error) {
	var none insights.TaskResult
	pairs, err := w.Folder.Current(w.ctx, insights.Match, insights.ConflationMatchPairs)
	if err != nil {
		return none, err
	}
	files, err := w.Folder.Open(w.ctx, pairs)
	if err != nil {
		return none, err
	}
	w.files = append(w.files, files)
	for i, t := range w.inputs {
		if _, ok := columnOf(pairs, keyColumn(t.planTable)); !ok {
			return none, w.outdated(fmt.Sprintf("%s knows nothing of table %s", pairs.Table, t.name))
		}
		if _, err := w.collapseKeys(t); err != nil {
			return none, err
		}
		if err := w.linkRecords(i, files.Relation()); err != nil {
			return none, err
		}
	}
	if err := w.assignIDs(files.Relation()); err != nil {
		return none, err
	}
	s, err := w.writeCustomers(files.Relation())
	return insights.TaskResult{RowsIn: pairs.Rows(), RowsOut: s.Rows()}, err
}

func (w *work) outdated(what string) error {
	return errs.E(errs.Conflict, errs.Item(insights.ConflationMatchPairs), what, errs.Hint("run matching again first"))
}

func (w *work) writeCustomers(pairs string) (insights.Snapshot, error) {
	commit := w.Folder.Begin(insights.Merge, w.Run)
	query, spec := w.customerTable(pairs)
	s, err := commit.Write(w.ctx, w.Session, query, spec, w.progress)
	if err == nil {
		query, spec = w.historyTable()
		_, err = commit.Write(w.ctx, w.Session, query, spec, w.progress)
	}
	if err == nil {
		err = commit.Publish(w.ctx)
	}
	if err != nil {
		commit.Abort(context.WithoutCancel(w.ctx))
	}
	return s, err
}

const linksNamePrefix = "unify_links_"

// customerSQL is the number of a customer, which TrueObjectId begins with.
const customerSQL = `CAST(split_part(` + trueObjectColumn + `, '_', 1) AS INTEGER)`

// linkRecords makes a table of (customer, key, lead, alone): all keys of a table that customers have.
func (w *work) linkRecords(i int, pairs string) error {
	t := w.inputs[i]
	key := engine.QuoteIdent(keyColumn(t.planTable))
	alternates := engine.QuoteIdent(keyColumn(t.planTable) + alternateSuffix)
	name := fmt.Sprint(linksNamePrefix, i)
	w.progress(insights.Progress{Step: "reading the matches of " + t.name})
	several := fmt.Sprintf(`(contains(%[1]s, %[2]s) OR starts_with(%[1]s, '"'))`, alternates, engine.QuoteText(alternateDivider))
	err := w.Session.Exec(w.ctx, fmt.Sprintf(
		`CREATE OR REPLACE TABLE %[1]s AS SELECT customer, key, key = lead AS lead, alone FROM (`+
			`SELECT %[2]s AS customer, CAST(%[3]s AS VARCHAR) AS lead, %[4]s AS key, true AS alone FROM %[5]s WHERE %[3]s IS NOT NULL AND NOT %[6]s `+
			`UNION ALL SELECT customer, lead, %[7]s AS key, false AS alone FROM (`+
			`SELECT %[2]s AS customer, CAST(%[3]s AS VARCHAR) AS lead, unnest(%[8]s) AS key FROM %[5]s WHERE %[6]s))`,
		name, customerSQL, key, alternates, pairs, several, unquotedKeySQL("key"), splitKeysSQL(alternates)))
	if err != nil {
		return err
	}
	return w.checkLinks(t, name)
}

// splitKeysSQL takes a list of keys apart (see quotedKeySQL).
func splitKeysSQL(list string) string {
	return `regexp_extract_all(` + list + `, '"(?:[^"]|"")*"|[^` + alternateDivider + `]+')`
}

func unquotedKeySQL(key string) string {
	return fmt.Sprintf(`CASE WHEN starts_with(%[1]s, '"') THEN replace(substring(%[1]s, 2, length(%[1]s) - 2), '""', '"') ELSE %[1]s END`, key)
}

// checkLinks makes sure that all keys are ingested ones.
func (w *work) checkLinks(t *input, links string) error {
	var missing int64
	err := w.row(fmt.Sprintf("SELECT count(*) FROM %s l LEFT JOIN (SELECT CAST(%[2]s AS VARCHAR) AS key FROM %[3]s) r ON r.key = l.key WHERE r.key IS NULL",
		links, t.keyIdent(), t.relation), &missing)
	if err == nil && missing > 0 {
		err = w.outdated(fmt.Sprintf("%d of its records are not in table %s any more", missing, t.name))
	}
	return err
}

// customerTable is the query and the columns of Customer.
func (w *work) customerTable(pairs string) (string, table.Spec) {
	var (
		out       = columnList{}
		from      strings.Builder
		merged    = w.mergedFields()
		alternate []string
	)
	fmt.Fprintf(&from, "(SELECT *, %s AS customer FROM %s) p JOIN %s ids ON ids.customer = p.customer LEFT JOIN %s previous ON previous.customer = p.customer",
		customerSQL, pairs, idsName, previousName)
	for i, t := range w.inputs {
		alternate = append(alternate, "p."+engine.QuoteIdent(keyColumn(t.planTable)+alternateSuffix))
		fmt.Fprintf(&from, " LEFT JOIN (%s) t%d ON t%d.customer = p.customer", w.profileSQL(i, merged), i, i)
	}
	out.addText(customerIDColumn, "ids.id")
	out.addText(previousIDColumn, "previous.ids")
	for i, t := range w.inputs {
		key := t.key
		key.Name, key.SemanticType = keyColumn(t.planTable), ""
		out.add(key, "p."+engine.QuoteIdent(key.Name))
		out.addText(key.Name+alternateSuffix, alternate[i])
	}
	for n, f := range merged {
		out.add(insights.Column{Name: f.name, Type: f.dataType, SemanticType: f.semantic}, f.sql(n))
	}
	return "SELECT " + out.sql() + " FROM " + from.String() + " ORDER BY p.customer", table.Spec{
		Table: insights.CustomerTable, Description: "One row per customer", Columns: out.columns,
		PrimaryKey: customerIDColumn, Fingerprint: w.Fingerprint,
	}
}

// mergedField is a unified field with how its value is chosen.
type mergedField struct {
	unifiedField
	dataType insights.DataType
	by       insights.WinnerKind
	// order lists the tables that have the field, the most important first.
	order  []int
	values []string // per table its value, "" if it has none
	recent []string // per table the date or number that decides, NULL if it has none
}

// mergedFields are the columns of Customer that hold values.
func (w *work) mergedFields() []mergedField {
	var list []mergedField
	for _, f := range w.plan.customerFields() {
		preference := w.plan.merge[f.name]
		if preference.Exclude {
			continue
		}
		list = append(list, w.mergedField(f, preference))
	}
	return list
}

// customerFields are the unified fields, and FullName, the name on a customer's card, where a table has its parts only
// (UNI-1).
func (p *plan) customerFields() []unifiedField {
	fields := slices.Clone(p.fields)
	if !slices.ContainsFunc(fields, func(f unifiedField) bool { return f.semantic == insights.PersonFullName }) {
		full := unifiedField{fieldOfSemantic(insights.PersonFullName), insights.PersonFullName}
		composable := slices.ContainsFunc(p.tables, func(t planTable) bool { return t.fullOfParts().kind != missing })
		if composable && !p.knowsField(full.name) {
			fields = append(fields, full)
		}
	}
	return fields
}

func (w *work) mergedField(f unifiedField, preference insights.FieldMerge) mergedField {
	m := mergedField{unifiedField: f, by: preference.By, values: make([]string, len(w.inputs)), recent: make([]string, len(w.inputs))}
	var types []insights.DataType
	for i, t := range w.inputs {
		s := t.source(f.name, f.semantic)
		if s.kind != whole && s.kind != fullOfParts {
			continue // a customer shows what its tables say, not a first name guessed from a full name
		}
		m.order = append(m.order, i)
		if s.kind == fullOfParts {
			types = append(types, insights.String)
		} else {
			types = append(types, s.columns[0].Type)
		}
	}
	m.dataType = mergedType(types)
	for _, i := range m.order {
		m.values[i] = mergedSQL(w.inputs[i].source(f.name, f.semantic), m.dataType)
		m.recent[i] = "NULL"
		if c, ok := w.inputs[i].column(preference.Column); ok {
			m.recent[i] = "r." + engine.QuoteIdent(c.Name)
		}
	}
	m.order = byImportance(m.order, w.inputs, preference.Order)
	return m
}

// mergedSQL is a table's value of a field in the type of Customer, NULL if it is empty.
func mergedSQL(s source, as insights.DataType) string {
	if as != insights.String || s.kind == fullOfParts {
		return s.sql("r")
	}
	return "NULLIF(" + s.sql("r") + ", '')"
}

// byImportance puts the named tables first, in that order; the others follow in match order.
func byImportance(order []int, inputs []*input, named []string) []int {
	rank := func(i int) int {
		if at := slices.Index(named, inputs[i].name); at >= 0 {
			return at
		}
		return len(named)
	}
	order = slices.Clone(order)
	slices.SortStableFunc(order, func(a, b int) int { return rank(a) - rank(b) })
	return order
}

// sql is the field's value for a customer: n is the number of the field's column in the tables' profiles.
func (f *mergedField) sql(n int) string {
	values := make([]string, len(f.order))
	for at, i := range f.order {
		values[at] = fmt.Sprintf("t%d.f%d", i, n)
	}
	important := "coalesce(" + strings.Join(values, ", ") + ")"
	if f.by != insights.MostRecent && f.by != insights.LeastRecent {
		return important
	}
	recent := make([]string, len(f.order))
	for at, i := range f.order {
		recent[at] = fmt.Sprintf("t%d.d%d", i, n)
	}
	extreme := "greatest"
	if f.by == insights.LeastRecent {
		extreme = "least"
	}
	best := extreme + "(" + strings.Join(recent, ", ") + ")"
	var cases strings.Builder
	for at := range recent {
		fmt.Fprintf(&cases, " WHEN %s = %s THEN %s", recent[at], best, values[at])
	}
	return "CASE" + cases.String() + " ELSE " + important + " END"
}
