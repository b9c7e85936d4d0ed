package unify

import (
	"slices"
	"strings"
)

// rule is a match or duplicate rule ready to be applied.
type rule struct {
	name       string
	conditions []condition
	exceptions []condition
	tables     []bool // per table whether the rule is for it; nil: for all
}

// condition compares a feature: a unified field, normalised.
type condition struct {
	feature   int
	field     string
	precision precision
}

func (c condition) fuzzy() bool { return c.precision < exact }

// features returns the features that must be equal, and those to compare pair by pair: of the fuzzy conditions
// and of the exceptions, in this order.
func (r *rule) features() (equal, compared []int) {
	for _, c := range r.conditions {
		if !c.fuzzy() {
			equal = append(equal, c.feature)
		}
	}
	for _, c := range r.compared() {
		compared = append(compared, c.feature)
	}
	return equal, compared
}

// fuzzy returns the conditions that are not exact.
func (r *rule) fuzzy() []condition {
	var list []condition
	for _, c := range r.conditions {
		if c.fuzzy() {
			list = append(list, c)
		}
	}
	return list
}

// compared returns the fuzzy conditions and then the exceptions.
func (r *rule) compared() []condition { return append(r.fuzzy(), r.exceptions...) }

// applies says whether the rule is for a table.
func (r *rule) applies(table int) bool { return r.tables == nil || r.tables[table] }

// atLeast returns fuzzy conditions with precisions raised to p.
func atLeast(fuzzy []condition, p precision) []condition {
	list := slices.Clone(fuzzy)
	for i := range list {
		list[i].precision = max(list[i].precision, p)
	}
	return list
}

// fields names the fields of all conditions, for messages.
func (r *rule) fields() string {
	var list []string
	for _, c := range r.conditions {
		list = append(list, c.field)
	}
	return strings.Join(list, " and ")
}

// exactFields names the fields of the exact conditions, for messages.
func (r *rule) exactFields() string {
	var list []string
	for _, c := range r.conditions {
		if !c.fuzzy() {
			list = append(list, c.field)
		}
	}
	return strings.Join(list, " and ")
}
