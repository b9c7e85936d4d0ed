package match

import "cmp"

// nameComparisons compare given names, surnames and whether they stand in the same order.
func nameComparisons(r *records, names *texts) []comparison {
	given, surname := r.field(Given), r.field(Surname)
	switch {
	case given == nil && surname == nil:
		return nil
	case surname == nil:
		return []comparison{oneName(given, names, sameGiven, relatedGiven)}
	case given == nil:
		return []comparison{oneName(surname, names, sameSurname, relatedSurname)}
	}
	p := namePair{names: names, given: given.at, surname: surname.at}
	return []comparison{{
		name: given.name, levels: nameLevels, exact: buckets, equal: given, fields: []*field{given}, same: sameGiven, related: relatedGiven,
		level: func(w *worker, a, b row) uint8 { level, _, _ := p.levels(w, a, b); return level },
	}, {
		name: surname.name, levels: nameLevels, exact: buckets, equal: surname, fields: []*field{surname}, same: sameSurname, related: relatedSurname,
		level: func(w *worker, a, b row) uint8 { _, level, _ := p.levels(w, a, b); return level },
	}, {
		name: "order of names", levels: []string{"missing", "same", "swapped"}, fields: []*field{given, surname}, same: []float64{0, 0.97, 0.03}, related: []float64{0, 0.99, 0.01},
		level: func(w *worker, a, b row) uint8 { _, _, level := p.levels(w, a, b); return level },
	}}
}

func oneName(f *field, names *texts, same, related []float64) comparison {
	return comparison{
		name: f.name, levels: nameLevels, exact: buckets, equal: f, fields: []*field{f}, same: same, related: related,
		level: func(w *worker, a, b row) uint8 { return names.names(w, a[f.at], b[f.at]) },
	}
}

// namePair compares given names and surnames together, as people write them in either order.
type namePair struct {
	names          *texts
	given, surname int
}

func (p *namePair) levels(w *worker, a, b row) (given, surname, order uint8) {
	if w.names.a == &a[0] && w.names.b == &b[0] {
		return w.names.given, w.names.surname, w.names.order
	}
	given, surname, order = p.compare(w, a, b)
	w.names = comparedNames{&a[0], &b[0], given, surname, order}
	return given, surname, order
}

// comparedNames is the last result, as three comparisons ask for it in turn.
type comparedNames struct {
	a, b                  *cell
	given, surname, order uint8
}

func (p *namePair) compare(w *worker, a, b row) (given, surname, order uint8) {
	ga, gb, sa, sb := a[p.given], b[p.given], a[p.surname], b[p.surname]
	given = p.names.names(w, ga, gb)
	surname = p.names.names(w, sa, sb)
	if given < levelClose && surname < levelClose || ga == 0 || sa == 0 || gb == 0 || sb == 0 {
		return given, surname, 1
	}
	if ga.code() != sb.code() && sa.code() != gb.code() { // one must agree exactly: swapped and mistyped names are rare
		return given, surname, 1
	}
	// Which of the two has them in their order is told by what is common as a given name, and what as a surname.
	crossGiven, crossSurname := p.names.names(w, ga, sb), p.names.names(w, sa, gb)
	otherGiven, otherSurname := p.names.names(w, gb, sa), p.names.names(w, sb, ga)
	if cmp.Or(cmp.Compare(otherGiven+otherSurname, crossGiven+crossSurname), cmp.Compare(otherGiven, crossGiven)) < 0 {
		crossGiven, crossSurname = otherGiven, otherSurname
	}
	if crossGiven+crossSurname < given+surname {
		return crossGiven, crossSurname, 2
	}
	return given, surname, 1
}

// compareField compares the values of one field: equal, missing, far as a look at the cells tells, or by a function of
// two different values.
func compareField(f *field, far func(a, b cell) bool, farLevel uint8, differ func(w *worker, x, y uint32) uint8) func(w *worker, a, b row) uint8 {
	at, space := f.at, uint8(1+f.at)
	repeats := len(f.dict.values)*20 < f.filled // else pairs of values hardly meet again
	return func(w *worker, a, b row) uint8 {
		x, y := a[at], b[at]
		switch {
		case x == 0 || y == 0:
			return 0
		case x.code() == y.code():
			return x.level()
		case far(x, y):
			return farLevel
		case !repeats:
			return differ(w, x.code(), y.code())
		}
		return w.remember(space, x.code(), y.code(), func(x, y uint32) uint8 { return differ(w, x, y) })
	}
}

// spread gives a share to the equal levels together, and one each to the levels of values that differ.
func spread(equal float64, differ ...float64) []float64 {
	p := make([]float64, 1+buckets, 1+buckets+len(differ))
	for i := range buckets {
		p[1+i] = equal / buckets
	}
	return append(p, differ...)
}

var (
	sameGiven      = spread(0.80, 0.03, 0.02, 0.06, 0.02, 0.02, 0.01, 0.04)
	relatedGiven   = spread(0.04, 0.01, 0.02, 0.01, 0.01, 0.01, 0.08, 0.82)
	sameSurname    = spread(0.84, 0.005, 0.005, 0.06, 0.02, 0.02, 0.01, 0.04)
	relatedSurname = spread(0.80, 0.005, 0.005, 0.05, 0.02, 0.02, 0.01, 0.09)
)
