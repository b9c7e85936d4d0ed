package unify

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/engine"
)

// profileSQL yields per customer what one table says of it: f<n> is its value of the n-th merged field and, where the
// most or least recent value is wanted, d<n> the date or number that speaks for it. Most customers have one record of a
// table; only for the others is anything sorted or grouped.
// The fields of a group have one d<n>, by the group's first.
func (w *work) profileSQL(i int, merged []mergedField) string {
	t := w.inputs[i]
	links := fmt.Sprint(linksNamePrefix, i)
	joined := fmt.Sprintf("FROM %s l JOIN %s r ON CAST(r.%s AS VARCHAR) = l.key", links, t.relation, t.keyIdent())
	var alone, several columnList
	inner := columnList{}
	inner.add(insights.Column{Name: "customer"}, "l.customer")
	inner.add(insights.Column{Name: "rank"}, "row_number() OVER (PARTITION BY l.customer ORDER BY "+recordOrderSQL(&t.planTable)+")")
	for n, f := range merged {
		decider := fmt.Sprint("d", f.unit[0])
		if f.isRecent() && n == f.unit[0] && slices.Contains(f.order, i) {
			// A date only speaks for values if there are any.
			recent := fmt.Sprintf("CASE WHEN %s THEN %s END", presentSQL(merged, f.unit, i, func(n int) string { return merged[n].values[i] }), f.recent[i])
			alone.add(insights.Column{Name: decider}, recent)
			inner.add(insights.Column{Name: decider}, recent)
			several.add(insights.Column{Name: decider}, extremeOf(f.by)+"("+decider+")")
		}
		if f.values[i] == "" {
			continue
		}
		value := fmt.Sprint("f", n)
		alone.add(insights.Column{Name: value}, f.values[i])
		inner.add(insights.Column{Name: value}, f.values[i])
		present := presentSQL(merged, f.unit, i, func(n int) string { return fmt.Sprint("f", n) })
		several.add(insights.Column{Name: value}, f.bestValueSQL(value, decider, present))
	}
	return fmt.Sprintf("SELECT l.customer%s %s WHERE l.alone UNION ALL SELECT customer%s FROM (SELECT %s %s WHERE NOT l.alone) GROUP BY customer",
		following(alone), joined, following(several), inner.sql(), joined)
}

func following(l columnList) string {
	if len(l.terms) == 0 {
		return ""
	}
	return ", " + l.sql()
}

// bestValueSQL is the value of the best of several records: the one with the extreme date or number, and of equals, and
// without any, the best as winners are chosen.
func (f *mergedField) bestValueSQL(value, decider, present string) string {
	order := "rank"
	switch {
	case f.by == insights.LeastRecent:
		order = decider + " ASC NULLS LAST, rank"
	case f.by == insights.MostRecent:
		order = decider + " DESC NULLS LAST, rank"
	case len(f.unit) == 1:
		return fmt.Sprintf("min_by(%s, rank) FILTER (WHERE %s)", value, present) // cheaper than to sort
	}
	return fmt.Sprintf("first(%s ORDER BY %s) FILTER (WHERE %s)", value, order, present)
}

func (f *mergedField) isRecent() bool {
	return f.by == insights.MostRecent || f.by == insights.LeastRecent
}

func extremeOf(by insights.WinnerKind) string {
	if by == insights.LeastRecent {
		return "min"
	}
	return "max"
}

// recordOrderSQL orders a customer's records of a table, the best first: the lead, then as winners are chosen (UNI-3).
func recordOrderSQL(t *planTable) string {
	terms := []string{"CASE WHEN l.lead THEN 0 ELSE 1 END"}
	column := "r." + engine.QuoteIdent(t.winner.Column)
	switch t.winner.By {
	case insights.MostRecent:
		terms = append(terms, column+" DESC NULLS LAST")
	case insights.LeastRecent:
		terms = append(terms, column+" ASC NULLS LAST")
	default:
		terms = append(terms, "("+filledSQL("r", t)+") DESC")
	}
	return strings.Join(append(terms, "r."+engine.QuoteIdent(t.key.Name)+" DESC"), ", ")
}
