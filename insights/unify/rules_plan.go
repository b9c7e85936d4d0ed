package unify

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ownlake/ownlake/insights"
)

// addDuplicates resolves a table's rules for duplicates. Without any, the match rules are used on the table itself
// (UNI-2).
func (p *plan) addDuplicates(i int, t insights.UnifyTable) {
	if len(t.Duplicates) == 0 {
		p.tables[i].duplicates = p.rules
		return
	}
	p.tables[i].duplicates = p.resolveRules(fmt.Sprintf("tables[%d].duplicates", i), t.Duplicates)
}

func (p *plan) resolveRules(path string, rules []insights.Rule) []rule {
	list := make([]rule, 0, len(rules))
	for i, r := range rules {
		rulePath := fmt.Sprintf("%s[%d]", path, i)
		list = append(list, rule{
			name:       r.Name,
			conditions: p.resolveConditions(rulePath+".conditions", r.Conditions),
			exceptions: p.resolveConditions(rulePath+".exceptions", r.Exceptions),
			tables:     p.resolveTables(rulePath+".tables", r.Tables),
		})
	}
	return list
}

func (p *plan) resolveTables(path string, names []string) []bool {
	if len(names) == 0 {
		return nil
	}
	is := make([]bool, len(p.tables))
	for i, name := range names {
		at := slices.IndexFunc(p.tables, func(t planTable) bool { return t.name == name })
		if at < 0 {
			p.problem(fmt.Sprintf("%s[%d]", path, i), "", "%q is not among the unified tables", name)
			continue
		}
		is[at] = true
	}
	return is
}

func (p *plan) resolveConditions(path string, conditions []insights.Condition) []condition {
	list := make([]condition, 0, len(conditions))
	for i, c := range conditions {
		at := fmt.Sprintf("%s[%d]", path, i)
		wanted, err := parsePrecision(c.Precision)
		if err != nil {
			p.problem(at+".precision", "", "%v", err)
			continue
		}
		f, ok := p.feature(at, c, wanted < exact)
		if ok {
			list = append(list, condition{f, c.Field, wanted})
		}
	}
	return list
}

// feature returns the number of what a condition compares.
func (p *plan) feature(path string, c insights.Condition, fuzzy bool) (int, bool) {
	n, wrong := conditionNormalizer(c)
	if wrong != "" {
		p.problem(path+".alias", "name each value once", "%s", wrong)
	}
	for i := range p.features {
		if f := &p.features[i]; f.field == c.Field && f.normalizer.equal(n) {
			f.fuzzy = f.fuzzy || fuzzy
			return i, p.checkFuzzy(path, *f)
		}
	}
	f := feature{field: c.Field, normalizer: n, fuzzy: fuzzy, sources: p.sources(c.Field)}
	if !slices.ContainsFunc(f.sources, func(s source) bool { return s.kind != missing }) && !p.lenient {
		p.problem(path+".field", didYouMean(c.Field, p.fieldNames()), "no table has a field %q", c.Field)
		return 0, false
	}
	p.features = append(p.features, f)
	return len(p.features) - 1, p.checkFuzzy(path, f)
}

// checkFuzzy refuses a similarity of what is not text (UNI-7).
func (p *plan) checkFuzzy(path string, f feature) bool {
	if !f.fuzzy {
		return true
	}
	for i, s := range f.sources {
		for _, c := range s.columns {
			if !isText(c.Type) {
				p.problem(path+".precision", "use exact, or declare the column as string in the data source",
					"only strings can be similar, and column %q of %s is %s", c.Name, p.tables[i].name, c.Type)
				return false
			}
		}
	}
	return true
}

func isText(t insights.DataType) bool {
	switch t {
	case insights.String, insights.GUID, insights.JSON, "":
		return true
	default:
		return false
	}
}

// warnOfLonelyFields says which fields of match rules have values in one table only, so that the rule never matches
// two tables.
func (p *plan) warnOfLonelyFields() {
	for _, r := range p.rules {
		for _, c := range r.conditions {
			var tables []string
			for i, s := range p.features[c.feature].sources {
				if s.kind != missing && r.applies(i) {
					tables = append(tables, p.tables[i].name)
				}
			}
			if len(tables) < 2 && len(p.tables) > 1 {
				p.warn("rule %q matches no two tables: field %s is mapped in %s only", r.name, c.field, orNone(tables))
			}
		}
	}
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "none of its tables"
	}
	return strings.Join(names, ", ")
}
