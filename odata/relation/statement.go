package relation

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/ownlake/ownlake/insights/engine"
	"github.com/ownlake/ownlake/odata"
)

// statement is SQL with its arguments, which are in the order of the placeholders.
type statement struct {
	text string
	args []any
}

// rowsStatement renders a query for its rows. The inner SELECT gives every value a name of ours, which conditions and the
// order then use; so an expression is in the text once.
func (t *table) rowsStatement(q odata.Query, from string, now time.Time) (statement, error) {
	r := t.renderer(now)
	var inner, outer, order []string
	for i, p := range q.Select {
		name := "v" + strconv.Itoa(i)
		inner = append(inner, r.column(p)+" AS "+name)
		outer = append(outer, yielded(name, p.Type))
	}
	for i, o := range q.Order {
		text, err := r.expression(o.Expr)
		if err != nil {
			return statement{}, err
		}
		name := "o" + strconv.Itoa(i)
		inner = append(inner, text+" AS "+name)
		outer = append(outer, yielded(name, o.Expr.Type()))
		order = append(order, name+direction(o.Descending))
	}
	where, err := t.where(r, q)
	if err != nil {
		return statement{}, err
	}
	text := "SELECT " + strings.Join(outer, ", ") + " FROM (SELECT " + strings.Join(inner, ", ") + " FROM " + from + where + ")"
	if q.After != nil {
		text += " WHERE " + r.after(q)
	}
	if len(order) > 0 {
		text += " ORDER BY " + strings.Join(order, ", ")
	}
	text += fmt.Sprintf(" LIMIT %d OFFSET %d", q.Limit, q.Skip)
	return statement{text, r.args}, nil
}

// countStatement renders a query for the number of its rows.
func (t *table) countStatement(q odata.Query, from string, now time.Time) (statement, error) {
	r := t.renderer(now)
	where, err := t.where(r, q)
	return statement{"SELECT count(*) FROM " + from + where, r.args}, err
}

func direction(descending bool) string {
	if descending {
		return " DESC NULLS LAST"
	}
	return " ASC NULLS FIRST"
}

func (t *table) where(r *renderer, q odata.Query) (string, error) {
	var list []string
	if q.Filter != nil {
		text, err := r.expression(q.Filter)
		if err != nil {
			return "", err
		}
		list = append(list, text)
	}
	if q.Search != nil {
		list = append(list, r.search(q.Search, t.texts(r)))
	}
	if len(list) == 0 {
		return "", nil
	}
	return " WHERE " + strings.Join(list, " AND "), nil
}

// texts are all texts of a row in one, in lower case, with line ends between them, so that nothing is found across two.
func (t *table) texts(r *renderer) string {
	list := []string{"chr(10)", "''"}
	for i := range t.set.Properties {
		if p := &t.set.Properties[i]; p.Type == odata.String || p.Type == odata.GUID {
			list = append(list, r.column(p))
		}
	}
	return "lower(concat_ws(" + strings.Join(list, ", ") + "))"
}

// after holds for rows that come after one in the order: those that are beyond it in one item and equal in those before.
func (r *renderer) after(q odata.Query) string {
	var any []string
	for i := range q.Order {
		var all []string
		for j := range i {
			all = append(all, "o"+strconv.Itoa(j)+" IS NOT DISTINCT FROM "+r.literal(q.Order[j].Expr.Type(), q.After[j]))
		}
		all = append(all, r.beyond("o"+strconv.Itoa(i), q.Order[i], q.After[i]))
		any = append(any, "("+strings.Join(all, " AND ")+")")
	}
	return "(" + strings.Join(any, " OR ") + ")"
}

// beyond compares one item, with null before everything.
func (r *renderer) beyond(name string, o odata.Order, value any) string {
	switch {
	case value == nil && o.Descending:
		return "false"
	case value == nil:
		return name + " IS NOT NULL"
	case o.Descending:
		return "(" + name + " < " + r.literal(o.Expr.Type(), value) + " OR " + name + " IS NULL)"
	}
	return name + " > " + r.literal(o.Expr.Type(), value)
}

// yielded is a value as results have it (odata.Result).
func yielded(x string, t odata.Type) string {
	switch t {
	case odata.DateTimeOffset:
		return "CASE WHEN epoch_us(" + x + ") % 1000000 = 0 THEN strftime(" + x + ", '%Y-%m-%dT%H:%M:%SZ') ELSE strftime(" + x + ", '%Y-%m-%dT%H:%M:%S.%fZ') END"
	case odata.Int64:
		return "TRY_CAST(" + x + " AS BIGINT)"
	case odata.Double:
		return "CAST(" + x + " AS DOUBLE)"
	case odata.Boolean:
		return "CAST(" + x + " AS BOOLEAN)"
	default:
		return "CAST(" + x + " AS VARCHAR)"
	}
}

func quoted(name string) string { return engine.QuoteIdent(name) }
