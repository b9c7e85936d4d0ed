package unify

import (
	"fmt"
	"strings"

	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/engine"
)

// profileSQL yields per customer what one table says of it: f<n> is its value of the n-th merged field and, where the
// most or least recent value is wanted, d<n> the date or number that speaks for it. Most customers have one record of a
// table; only for the others is anything sorted or grouped.
func (w *work) profileSQL(i int, merged []mergedField) string {
	t := w.inputs[i]
	links := fmt.Sprint(linksNamePrefix, i)
	joined := fmt.Sprintf("FROM %s l JOIN %s r ON CAST(r.%s AS VARCHAR) = l.key", links, t.relation, t.keyIdent())
	var alone, several columnList
	inner := columnList{}
	inner.add(insights.Column{Name: "customer"}, "l.customer")
	inner.add(insights.Column{Name: "rank"}, "row_number() OVER (PARTITION BY l.customer ORDER BY "+recordOrderSQL(&t.planTable)+")")
	for n, f := range merged {
		if f.values[i] == "" {
			continue
		}
		value, decider := fmt.Sprint("f", n), fmt.Sprint("d", n)
		alone.add(insights.Column{Name: value}, f.values[i])
		inner.add(insights.Column{Name: value}, f.values[i])
		switch f.by {
		case insights.MostRecent, insights.LeastRecent:
			// A date only speaks for a value if there is one.
			recent := fmt.Sprintf("CASE WHEN %s IS NOT NULL THEN %s END", f.values[i], f.recent[i])
			alone.add(insights.Column{Name: decider}, recent)
			inner.add(insights.Column{Name: decider}, recent)
			several.add(insights.Column{Name: value}, recentValueSQL(n, f.by))
			several.add(insights.Column{Name: decider}, extremeOf(f.by)+"("+decider+")")
		default:
			several.add(insights.Column{Name: value}, fmt.Sprintf("min_by(f%[1]d, rank) FILTER (WHERE f%[1]d IS NOT NULL)", n))
		}
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

// recentValueSQL is the value with the extreme date or number; of equals, and without any, the best record's.
func recentValueSQL(n int, by insights.WinnerKind) string {
	order := "DESC"
	if by == insights.LeastRecent {
		order = "ASC"
	}
	return fmt.Sprintf("first(f%[1]d ORDER BY d%[1]d %[2]s NULLS LAST, rank) FILTER (WHERE f%[1]d IS NOT NULL)", n, order)
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
