package match

// declare replaces what was found of columns by what is declared.
func (o *Options) declare(profiles []Profile) {
	if o.Kinds == nil {
		return
	}
	for i := range profiles {
		p := &profiles[i]
		k, declared := o.Kinds(p.Table, p.Column)
		if declared && p.Why != "no values" && p.Why != "excluded" {
			p.Kind, p.Why = k, "declared"
		}
	}
}

// constrained are clusters of the records that must be together, which know what must stay apart. conflicts are the
// pairs for which that is impossible.
func constrained(r *records, together, apart [][2]uint32) (c *clusters, conflicts [][2]uint32) {
	c = newClusters(r.n)
	c.apart = map[uint32][]uint32{}
	for _, pair := range together {
		if a, b := c.root(r.of[pair[0]]), c.root(r.of[pair[1]]); a != b {
			c.union(a, b)
		}
	}
	for _, pair := range apart {
		x, y := r.of[pair[0]], r.of[pair[1]]
		a, b := c.root(x), c.root(y)
		if a == b {
			conflicts = append(conflicts, pair)
			continue
		}
		c.apart[a], c.apart[b] = append(c.apart[a], y), append(c.apart[b], x)
	}
	return c, conflicts
}

// barred says whether two clusters hold records that must be apart.
func (c *clusters) barred(a, b uint32) bool {
	if len(c.apart[a]) > len(c.apart[b]) {
		a, b = b, a
	}
	for _, x := range c.apart[a] {
		if c.root(x) == b {
			return true
		}
	}
	return false
}
