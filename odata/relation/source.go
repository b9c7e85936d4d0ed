package relation

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/engine"
	"github.com/ownlake/ownlake/odata"
)

// Tables are an environment's tables.
type Tables interface {
	// List returns the current snapshot of every table.
	List(ctx context.Context) ([]insights.Snapshot, error)
	// Read calls f with a session and a SQL table expression that yields a table's rows.
	Read(ctx context.Context, s insights.Snapshot, f func(s engine.Session, relation string) error) error
}

// Options are what a source is made of. Tables and Clock are required.
type Options struct {
	Tables Tables
	Clock  func() time.Time
	// Namespace is the model's; empty is [DefaultNamespace].
	Namespace string
	// Show says which tables are shown and how; nil shows all as they are.
	Show func(insights.Snapshot) (Shown, bool)
	// FoldCase compares texts without regard to case.
	FoldCase bool
}

// DefaultNamespace is a model's namespace where nobody says.
const DefaultNamespace = "ownlake"

// Shown is how a table is shown.
type Shown struct {
	Set, Type string // names of the entity set and of its type
	// Column gives a column another name; nil keeps them.
	Column func(name string) string
	// Computed are columns that are added, before the others.
	Computed []Computed
	// Key is the name of the key among the properties; empty is the table's primary key, or else a row's number.
	Key string
}

// Computed is a column that is computed.
type Computed struct {
	Name string
	Type odata.Type
	SQL  string // over the table's columns; never of a caller
}

// Source serves tables. It is for one request, or for as long as what it read first may be shown.
type Source struct {
	o      Options
	model  *odata.Model
	tables map[string]*table // by set
}

var _ odata.Source = (*Source)(nil)

// New returns a source. It reads nothing yet.
func New(o Options) *Source { return &Source{o: o} }

// table is one that is shown.
type table struct {
	snapshot insights.Snapshot
	set      *odata.EntitySet
	columns  map[string]string // of properties
	computed []Computed
	foldCase bool
}

func (t *table) renderer(now time.Time) *renderer {
	return &renderer{columns: t.columns, now: now, foldCase: t.foldCase}
}

// Model lists the tables. It is not safe for concurrent use with itself.
func (s *Source) Model(ctx context.Context) (*odata.Model, error) {
	const op errs.Op = "relation.Model"
	list, err := s.o.Tables.List(ctx)
	if err != nil {
		return nil, errs.E(op, err)
	}
	s.model, s.tables = &odata.Model{Namespace: s.o.Namespace}, map[string]*table{}
	if s.model.Namespace == "" {
		s.model.Namespace = DefaultNamespace
	}
	taken := map[string]bool{}
	var shown []*table
	for _, snapshot := range list {
		if t, ok := s.show(snapshot, taken); ok {
			shown = append(shown, t)
		}
	}
	relate(shown)
	for _, t := range shown {
		s.model.Sets = append(s.model.Sets, *t.set)
	}
	for i, t := range shown {
		t.set = &s.model.Sets[i]
		s.tables[t.set.Name] = t
	}
	return s.model, nil
}

// rowNumber is the key of tables that have none: a row's number in its snapshot, from 1.
const rowNumber = "RowNumber"

func (s *Source) show(snapshot insights.Snapshot, taken map[string]bool) (*table, bool) {
	how := Shown{Set: snapshot.Table, Type: snapshot.Table}
	if s.o.Show != nil {
		var ok bool
		if how, ok = s.o.Show(snapshot); !ok {
			return nil, false
		}
	}
	t := &table{snapshot: snapshot, columns: map[string]string{}, computed: how.Computed, foldCase: s.o.FoldCase}
	t.set = &odata.EntitySet{Name: odata.Identifier(how.Set, taken), Version: string(snapshot.Run)}
	t.set.Type = odata.Identifier(how.Type, map[string]bool{})
	if how.Set == how.Type {
		t.set.Type = t.set.Name
	}
	if how.Key == "" && snapshot.PrimaryKey == "" {
		how.Key = rowNumber
		t.computed = append(t.computed, Computed{rowNumber, odata.Int64, "row_number() OVER ()"})
	}
	t.addProperties(how)
	return t, true
}

func (t *table) addProperties(how Shown) {
	names := map[string]bool{}
	add := func(name, column string, p odata.Property) {
		p.Name = odata.Identifier(name, names)
		t.columns[p.Name] = column
		if column == how.Key || how.Key == "" && column == t.snapshot.PrimaryKey {
			t.set.Key, p.Required = p.Name, true
		}
		t.set.Properties = append(t.set.Properties, p)
	}
	for _, c := range t.computed {
		add(c.Name, c.Name, odata.Property{Type: c.Type})
	}
	for _, c := range t.snapshot.Columns {
		name := c.Name
		if how.Column != nil {
			name = how.Column(name)
		}
		add(name, c.Name, odata.Property{Type: types[c.Type], Precision: c.Precision, Scale: c.Scale})
	}
}

// types are those of the protocol for tables'. JSON is text.
var types = map[insights.DataType]odata.Type{
	insights.String: odata.String, insights.JSON: odata.String, insights.GUID: odata.GUID, insights.Int64: odata.Int64,
	insights.Double: odata.Double, insights.Decimal: odata.Decimal, insights.Boolean: odata.Boolean, insights.Date: odata.Date,
	insights.Time: odata.TimeOfDay, insights.DateTime: odata.DateTimeOffset,
}

// relate gives tables the relations that are known: Customer has, per ingested table, a column with the key of the record
// that it took its values from, named <table>_<key>.
func relate(shown []*table) {
	i := slices.IndexFunc(shown, func(t *table) bool {
		return t.snapshot.Process == insights.Merge && t.snapshot.Table == insights.CustomerTable
	})
	if i < 0 {
		return
	}
	customer := shown[i]
	for _, t := range shown {
		if t.snapshot.Process != insights.Ingestion || t.snapshot.PrimaryKey == "" {
			continue
		}
		from := customer.propertyOf(t.snapshot.Table + "_" + t.snapshot.PrimaryKey)
		to := t.propertyOf(t.snapshot.PrimaryKey)
		if from == nil || to == nil || from.Type != to.Type {
			continue
		}
		customer.navigate(odata.Navigation{Target: t.set.Name, From: from.Name, To: to.Name})
		t.navigate(odata.Navigation{Target: customer.set.Name, From: to.Name, To: from.Name})
	}
}

// navigate adds a navigation property with the name of its target, unless a column has it.
func (t *table) navigate(n odata.Navigation) {
	n.Name = n.Target
	taken := t.set.Property(n.Name) != nil
	if !taken {
		t.set.Navigations = append(t.set.Navigations, n)
	}
}

func (t *table) propertyOf(column string) *odata.Property {
	for name, c := range t.columns {
		if strings.EqualFold(c, column) {
			return t.set.Property(name)
		}
	}
	return nil
}

// from is the table's rows with its computed columns.
func (t *table) from(relation string) string {
	if len(t.computed) == 0 {
		return relation
	}
	list := []string{"*"}
	for _, c := range t.computed {
		list = append(list, c.SQL+" AS "+quoted(c.Name))
	}
	return "(SELECT " + strings.Join(list, ", ") + " FROM " + relation + ")"
}

// Read answers a query over a set of the model that was read last.
func (s *Source) Read(ctx context.Context, q odata.Query) (odata.Result, error) {
	const op errs.Op = "relation.Read"
	t, ok := s.tables[q.Set.Name]
	if !ok {
		return odata.Result{}, errs.E(op, errs.Internal, errs.Item(q.Set.Name), "the set is not of this source's model")
	}
	var result odata.Result
	err := s.o.Tables.Read(ctx, t.snapshot, func(session engine.Session, relation string) error {
		var err error
		if q.Count {
			if result.Count, err = t.count(ctx, session, q, relation, s.o.Clock()); err != nil {
				return err
			}
		}
		if q.Limit > 0 {
			result.Rows, err = t.rows(ctx, session, q, relation, s.o.Clock())
		}
		return err
	})
	return result, errs.Wrap(op, err)
}

func (t *table) count(ctx context.Context, s engine.Session, q odata.Query, relation string, now time.Time) (n int64, err error) {
	st, err := t.countStatement(q, t.from(relation), now)
	if err != nil {
		return 0, err
	}
	rows, err := s.Query(ctx, st.text, st.args...)
	if err != nil {
		return 0, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := rows.Scan(&n); err != nil {
			return 0, errs.E(errs.Internal, err)
		}
	}
	return n, rows.Err()
}

func (t *table) rows(ctx context.Context, s engine.Session, q odata.Query, relation string, now time.Time) ([]odata.Row, error) {
	st, err := t.rowsStatement(q, t.from(relation), now)
	if err != nil {
		return nil, err
	}
	rows, err := s.Query(ctx, st.text, st.args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var list []odata.Row
	for rows.Next() {
		values := make([]any, len(q.Select)+len(q.Order))
		into := make([]any, len(values))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, errs.E(errs.Internal, err)
		}
		list = append(list, odata.Row{Values: values[:len(q.Select):len(q.Select)], Order: values[len(q.Select):]})
	}
	return list, rows.Err()
}
