package match

// nameComparisons compare given names, surnames and whether they stand in the same order.
func nameComparisons(r *records) []comparison {
	given, surname := r.field(Given), r.field(Surname)
	if given == nil && surname == nil {
		return nil
	}
	names := newNames(r.names)
	if given == nil || surname == nil {
		f, c := given, comparison{name: "given name", same: sameGiven, related: relatedGiven}
		if f == nil {
			f, c = surname, comparison{name: "surname", same: sameSurname, related: relatedSurname}
		}
		c.ofField(f, nameLevels, func(w *worker, x, y uint32) uint8 { return names.nameLevel(w, x, y) }, 0)
		return []comparison{c}
	}
	p := namePair{names: names, given: given, surname: surname, givenBucket: bucketTable(given), surnameBucket: bucketTable(surname)}
	g := comparison{
		name: "given name", levels: nameLevels, exact: buckets, same: sameGiven, related: relatedGiven,
		level: func(w *worker, a, b uint32) uint8 { level, _, _ := p.levels(w, a, b); return level },
	}
	s := comparison{
		name: "surname", levels: nameLevels, exact: buckets, same: sameSurname, related: relatedSurname,
		level: func(w *worker, a, b uint32) uint8 { _, level, _ := p.levels(w, a, b); return level },
	}
	o := comparison{
		name: "order of names", levels: []string{"missing", "same", "swapped"}, same: []float64{0, 0.97, 0.03}, related: []float64{0, 0.99, 0.01},
		level: func(w *worker, a, b uint32) uint8 { _, _, level := p.levels(w, a, b); return level },
	}
	byGroup(&g, given, p.givenBucket)
	byGroup(&s, surname, p.surnameBucket)
	return []comparison{g, s, o}
}

// namePair compares given names and surnames together, as people write them in either order.
type namePair struct {
	names                      *texts
	given, surname             *field
	givenBucket, surnameBucket []uint8
}

func (p *namePair) levels(w *worker, a, b uint32) (given, surname, order uint8) {
	ga, gb, sa, sb := p.given.codes[a], p.given.codes[b], p.surname.codes[a], p.surname.codes[b]
	given = p.one(w, ga, gb, p.givenBucket)
	surname = p.one(w, sa, sb, p.surnameBucket)
	if given < levelClose && surname < levelClose || ga == 0 || sa == 0 || gb == 0 || sb == 0 {
		return given, surname, 1
	}
	if ga != sb && sa != gb { // one of the two must agree exactly, for swapped and mistyped names are rare
		return given, surname, 1
	}
	crossGiven, crossSurname := p.cross(w, ga, sb, p.givenBucket), p.cross(w, sa, gb, p.surnameBucket)
	if int(crossGiven)+int(crossSurname) < int(given)+int(surname) {
		return crossGiven, crossSurname, 2
	}
	return given, surname, 1
}

func (p *namePair) one(w *worker, x, y uint32, bucket []uint8) uint8 {
	switch {
	case x == 0 || y == 0:
		return 0
	case x == y:
		return bucket[x]
	}
	return w.remember(0, x, y, func(x, y uint32) uint8 { return p.names.nameLevel(w, x, y) })
}

// cross compares a name of one record's given names with another's surname.
func (p *namePair) cross(w *worker, x, y uint32, bucket []uint8) uint8 {
	if x == y {
		return max(1, bucket[x])
	}
	return p.one(w, x, y, bucket)
}

// ofField compares the values of one field: equal, or by a function of two different values.
func (c *comparison) ofField(f *field, levels []string, differ func(w *worker, x, y uint32) uint8, space uint8) {
	bucket := bucketTable(f)
	c.levels = levels
	c.level = func(w *worker, a, b uint32) uint8 {
		x, y := f.codes[a], f.codes[b]
		switch {
		case x == 0 || y == 0:
			return 0
		case x == y:
			return bucket[x]
		}
		return w.remember(space, x, y, func(x, y uint32) uint8 { return differ(w, x, y) })
	}
	byGroup(c, f, bucket)
}

func byGroup(c *comparison, f *field, bucket []uint8) {
	c.exact = buckets
	c.group = func(rec uint32) uint64 { return uint64(f.codes[rec]) }
	c.groupLevel = func(rec uint32) uint8 { return bucket[f.codes[rec]] }
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
