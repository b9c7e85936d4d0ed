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
	s, err := w.publishCustomers(commit, pairs)
	if err != nil {
		commit.Abort(context.WithoutCancel(w.ctx))
	}
	return s, err
}

func (w *work) publishCustomers(commit *table.Commit, pairs string) (insights.Snapshot, error) {
	merged := w.mergedFields()
	for i := range w.inputs {
		if err := w.Session.Exec(w.ctx, fmt.Sprintf("CREATE OR REPLACE TABLE %s%d AS %s", profileNamePrefix, i, w.profileSQL(i, merged))); err != nil {
			return insights.Snapshot{}, err
		}
	}
	query, spec := w.customerTable(pairs, merged)
	customers, err := commit.Write(w.ctx, w.Session, query, spec, w.progress)
	if err != nil {
		return customers, err
	}
	for _, further := range []func() (string, table.Spec){func() (string, table.Spec) { return w.sourcesTable(pairs, merged) }, w.historyTable} {
		query, spec := further()
		if _, err := commit.Write(w.ctx, w.Session, query, spec, w.progress); err != nil {
			return customers, err
		}
	}
	return customers, commit.Publish(w.ctx)
}

// The tables that merging makes in the session, one per table of the unification.
const (
	linksNamePrefix   = "unify_links_"
	profileNamePrefix = "unify_profile_"
)

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
func (w *work) customerTable(pairs string, merged []mergedField) (string, table.Spec) {
	out := columnList{}
	out.addText(customerIDColumn, "ids.id")
	out.addText(previousIDColumn, "previous.ids")
	for _, t := range w.inputs {
		key := t.key
		key.Name, key.SemanticType = keyColumn(t.planTable), ""
		out.add(key, "p."+engine.QuoteIdent(key.Name))
		out.addText(key.Name+alternateSuffix, "p."+engine.QuoteIdent(key.Name+alternateSuffix))
	}
	for n, f := range merged {
		out.add(insights.Column{Name: f.name, Type: f.dataType, SemanticType: f.semantic}, f.sql(merged, f.valueSQL(n)))
	}
	return "SELECT " + out.sql() + " FROM " + w.profilesSQL(pairs) + " ORDER BY p.customer", table.Spec{
		Table: insights.CustomerTable, Description: "One row per customer", Columns: out.columns,
		PrimaryKey: customerIDColumn, Fingerprint: w.Fingerprint,
	}
}

// sourcesTable is the query and the columns of CustomerSources: for each value of Customer the table that it is of.
func (w *work) sourcesTable(pairs string, merged []mergedField) (string, table.Spec) {
	out := columnList{}
	out.addText(customerIDColumn, "ids.id")
	for n, f := range merged {
		source := f.sql(merged, func(at int) string { return engine.QuoteText(w.inputs[at].name) })
		if len(f.unit) > 1 { // a group's record may lack the field
			source = fmt.Sprintf("CASE WHEN %s IS NOT NULL THEN %s END", f.sql(merged, f.valueSQL(n)), source)
		}
		out.addText(f.name, source)
	}
	return "SELECT " + out.sql() + " FROM " + w.profilesSQL(pairs) + " ORDER BY p.customer", table.Spec{
		Table: insights.CustomerSourcesTable, Description: "The table that each value of Customer is of", Columns: out.columns,
		PrimaryKey: customerIDColumn, Fingerprint: w.Fingerprint,
	}
}

// profilesSQL joins the rows of ConflationMatchPairs, p, with ids and with what each table says of the customer, t<n>.
func (w *work) profilesSQL(pairs string) string {
	var from strings.Builder
	fmt.Fprintf(&from, "(SELECT *, %s AS customer FROM %s) p JOIN %s ids ON ids.customer = p.customer LEFT JOIN %s previous ON previous.customer = p.customer",
		customerSQL, pairs, idsName, previousName)
	for i := range w.inputs {
		fmt.Fprintf(&from, " LEFT JOIN %s%d t%d ON t%d.customer = p.customer", profileNamePrefix, i, i, i)
	}
	return from.String()
}

// mergedField is a unified field with how its value is chosen.
type mergedField struct {
	unifiedField
	dataType insights.DataType
	by       insights.WinnerKind
	// unit are the fields that are taken from one record together, by their numbers: those of its group, or itself.
	unit []int
	// order lists the tables that have a field of the unit, the most important first.
	order  []int
	values []string // per table its value, "" if it has none
	recent []string // per table the date or number that decides, NULL if it has none
}

// mergedFields are the columns of Customer that hold values.
func (w *work) mergedFields() []mergedField {
	var list []mergedField
	units := map[string][]int{} // by the name of a group
	for _, f := range w.plan.customerFields() {
		preference := w.plan.merge[f.name]
		if preference.Exclude {
			continue
		}
		group, grouped := w.plan.groups[f.name]
		if grouped {
			preference = insights.FieldMerge{By: group.By, Column: group.Column, Order: group.Order}
			units[group.Name] = append(units[group.Name], len(list))
		}
		m := w.mergedField(f, preference)
		m.unit = []int{len(list)}
		list = append(list, m)
	}
	for n := range list {
		if group, grouped := w.plan.groups[list[n].name]; grouped {
			list[n].unit = units[group.Name]
			list[n].order = w.tablesOf(list, units[group.Name], group.Order)
		}
	}
	return list
}

// tablesOf are the tables that have one of several fields, the most important first.
func (w *work) tablesOf(list []mergedField, unit []int, named []string) []int {
	var order []int
	for i := range w.inputs {
		if slices.ContainsFunc(unit, func(n int) bool { return list[n].values[i] != "" }) {
			order = append(order, i)
		}
	}
	return byImportance(order, w.inputs, named)
}

// presentSQL says whether a table has a value of a field's unit, whose values are given by name.
func presentSQL(list []mergedField, unit []int, of int, name func(n int) string) string {
	var terms []string
	for _, n := range unit {
		if list[n].values[of] != "" {
			terms = append(terms, name(n)+" IS NOT NULL")
		}
	}
	return "(" + strings.Join(terms, " OR ") + ")"
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
		m.recent[i] = "NULL"
		if c, ok := t.column(preference.Column); ok {
			m.recent[i] = "r." + engine.QuoteIdent(c.Name)
		}
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

// sql takes, for a customer, what the field's table has: of is what that is by table.
func (f *mergedField) sql(list []mergedField, of func(at int) string) string {
	var important, recent strings.Builder
	deciders := make([]string, len(f.order))
	for at, i := range f.order {
		present := presentSQL(list, f.unit, i, func(n int) string { return fmt.Sprintf("t%d.f%d", i, n) })
		fmt.Fprintf(&important, " WHEN %s THEN %s", present, of(i))
		deciders[at] = fmt.Sprintf("t%d.d%d", i, f.unit[0])
	}
	mostImportant := "CASE" + important.String() + " END"
	if !f.isRecent() {
		return mostImportant
	}
	extreme := "greatest"
	if f.by == insights.LeastRecent {
		extreme = "least"
	}
	best := extreme + "(" + strings.Join(deciders, ", ") + ")"
	for at, i := range f.order {
		fmt.Fprintf(&recent, " WHEN %s = %s THEN %s", deciders[at], best, of(i))
	}
	return "CASE" + recent.String() + " ELSE " + mostImportant + " END"
}

// valueSQL is the field's value in a table's profile: n is the field's number there.
func (f *mergedField) valueSQL(n int) func(at int) string {
	return func(at int) string {
		if f.values[at] == "" {
			return "NULL"
		}
		return fmt.Sprintf("t%d.f%d", at, n)
	}
}
