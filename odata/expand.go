package odata

import (
	"github.com/ownlake/ownlake/errs"
)

// maxExpanded bounds how many rows an expansion of a page brings.
const maxExpanded = 100_000

// expand adds the rows that a page's are related to: one query for all of them, then each to its own.
func (a *answer) expand(o *options, x expansion, rows []Row, into []object) error {
	n, inner := x.navigation, x.options
	from := indexOf(o.query.Select, n.From)
	to := inner.query.Set.Property(n.To)
	related := &In{Of: &Member{to}}
	seen := map[any]bool{}
	for _, row := range rows {
		if v := row.Values[from]; v != nil && !seen[v] {
			seen[v] = true
			related.List = append(related.List, &Literal{to.Type, v})
		}
	}
	groups := map[any][]object{}
	if len(related.List) > 0 {
		var err error
		if groups, err = a.related(inner, related, to); err != nil {
			return err
		}
	}
	for i, row := range rows {
		group := groups[row.Values[from]]
		count := int64(len(group))
		group = inner.cut(group)
		switch {
		case !n.Many && len(group) == 0:
			into[i].add(n.Name, nil)
		case !n.Many:
			into[i].add(n.Name, group[0])
		default:
			if inner.query.Count {
				into[i].add(n.Name+"@odata.count", count)
			}
			into[i].add(n.Name, group)
		}
	}
	return nil
}

// cut applies $skip and $top to the rows that one row is related to.
func (o *options) cut(group []object) []object {
	group = group[min(o.query.Skip, int64(len(group))):]
	if o.top >= 0 {
		group = group[:min(o.top, int64(len(group)))]
	}
	if group == nil {
		return []object{}
	}
	return group
}

// related reads the rows of an expansion, by what they are related by.
func (a *answer) related(o *options, related *In, to *Property) (map[any][]object, error) {
	q := o.query
	q.Filter, q.Skip, q.Limit, q.Count = both(related, q.Filter), 0, maxExpanded+1, false
	at := indexOf(q.Select, to.Name)
	if at < 0 {
		q.Select = append(append([]*Property{}, q.Select...), to)
		at = len(q.Select) - 1
	}
	result, err := a.Source.Read(a.request.Context(), q)
	if err != nil {
		return nil, err
	}
	if len(result.Rows) > maxExpanded {
		return nil, errs.E(errs.Invalid, errs.Code("BadRequest"), "an expansion brings too many rows", errs.Hint("ask for smaller pages, with Prefer: maxpagesize"))
	}
	objects, err := a.objects(o, result.Rows)
	if err != nil {
		return nil, err
	}
	groups := map[any][]object{}
	for i, row := range result.Rows {
		groups[row.Values[at]] = append(groups[row.Values[at]], objects[i])
	}
	return groups, nil
}

func indexOf(list []*Property, name string) int {
	for i, p := range list {
		if p.Name == name {
			return i
		}
	}
	return -1
}
