package unify

// matching joins the groups of duplicates of all tables to customers, table by table in match order (UNI-5).
//
// A table's groups match records of the tables above, winners and alternates alike (UNI-4). Its rules are tried in
// order; a later one only for groups that the earlier ones left unmatched (UNI-6). A group that matches several
// customers by one rule joins the most similar one; of equals the one with the first record: of the table furthest up,
// then of the smallest key. The other ones join, too, unless both hold a primary record: two groups of the primary
// table are never made one, while two of a later table that match the same customer are (UNI-5).
type matching struct {
	records  *records
	clusters *clusters
	groups   []*duplicates // per table
	// Per cluster, by the record that stands for it: a primary record or -1, and the table furthest up.
	primary  []int32
	topTable []int8
	dropped  []bool // per table whether its unmatched groups are left out
}

func newMatching(r *records, c *clusters, groups []*duplicates) *matching {
	n := r.count()
	m := &matching{records: r, clusters: c, groups: groups, primary: make([]int32, n), topTable: make([]int8, n), dropped: make([]bool, len(groups))}
	for t := range groups {
		from, to := r.span(t)
		for x := from; x < to; x++ {
			m.primary[x], m.topTable[x] = -1, int8(t)
			if t == 0 {
				m.primary[x] = x
			}
		}
	}
	for x := range n { // records of several tables may be together already (UNI-9)
		root := c.find(x)
		m.primary[root], m.topTable[root] = max(m.primary[root], m.primary[x]), min(m.topTable[root], m.topTable[x])
	}
	return m
}

// matchTable joins the groups of a table to the customers of the tables above.
func (m *matching) matchTable(t *task, table int, rules []rule, dropUnmatched bool, step string) error {
	for i := range rules {
		if !rules[i].applies(table) {
			continue
		}
		if err := m.matchRule(t, table, &rules[i], step); err != nil {
			return err
		}
	}
	m.dropped[table] = dropUnmatched
	return nil
}

func (m *matching) matchRule(t *task, table int, r *rule, step string) error {
	from, to := m.records.span(table)
	takes := make([]bool, table+1)
	for above := range table {
		takes[above] = r.applies(above)
	}
	matched := func(x int32) bool { return int(m.topTable[m.clusters.find(x)]) < table }
	tuples := newTuples(m.records, r, 0, to, func(x int32) bool {
		if x >= from {
			return !matched(x)
		}
		return takes[m.records.tableOf(x)] && !m.isDropped(x)
	})
	// Records of tables above come first in a tuple.
	split := func(tuple int32) (above, own []int32) {
		all := tuples.records.of(tuple)
		n := 0
		for n < len(all) && all[n] < from {
			n++
		}
		return all[:n], all[n:]
	}
	pairs, err := t.matchingPairs(&search{
		records: m.records, tuples: tuples, progress: t.report(step),
		sides: func(block, left, right []int32) ([]int32, []int32) {
			for _, tuple := range block {
				all := tuples.records.of(tuple)
				if all[0] < from {
					left = append(left, tuple)
				}
				if all[len(all)-1] >= from {
					right = append(right, tuple)
				}
			}
			return left, right
		},
	})
	if err != nil {
		return err
	}
	t.warnOfCrowd(tuples, pairs, "across tables")
	for _, p := range pairs {
		above, _ := split(p.a)
		_, own := split(p.b)
		m.connect(above, own)
	}
	return nil
}

// connect joins the records of a tuple of tables above and one of the table's own, of which each matches each. All
// that have no primary record yet come together, as each own record links all of those above, and join the first
// customer that has one.
func (m *matching) connect(above, own []int32) {
	free, anchor := int32(-1), int32(-1)
	for _, side := range [][]int32{above, own} {
		for _, x := range side {
			switch root := m.clusters.find(x); {
			case m.primary[root] < 0:
				free = m.joinFree(free, root)
			case anchor < 0:
				anchor = root
			}
		}
	}
	if free >= 0 && anchor >= 0 {
		m.join(anchor, free)
	}
}

func (m *matching) joinFree(free, root int32) int32 {
	if free < 0 {
		return root
	}
	return m.join(free, root)
}

// join makes one cluster of two, of which one at most has a primary record if rules do it. It returns what stands for it,
// or for that of x if they must be apart.
func (m *matching) join(x, y int32) int32 {
	x, y = m.clusters.find(x), m.clusters.find(y)
	if m.clusters.barred(x, y) {
		return x
	}
	primary, top := max(m.primary[x], m.primary[y]), min(m.topTable[x], m.topTable[y])
	root := m.clusters.join(x, y)
	m.primary[root], m.topTable[root] = primary, top
	return root
}

// isDropped says whether a record matched no table above and is left out for it.
func (m *matching) isDropped(x int32) bool { return m.dropped[m.topTable[m.clusters.find(x)]] }

// customers numbers the customers by their first record; records that are left out get -1. leads are per table the
// record that stands for the customer's records of that table, or -1.
func (m *matching) customers() (ofRecord []int32, count int32, leads [][]int32) {
	ofRecord, count = m.clusters.number(0, m.records.count(), func(x int32) bool { return !m.isDropped(x) })
	leads = make([][]int32, len(m.groups))
	for t, g := range m.groups {
		leads[t] = make([]int32, count)
		for i := range leads[t] {
			leads[t][i] = -1
		}
		for _, winner := range g.winners {
			customer := ofRecord[winner]
			if customer < 0 {
				continue
			}
			if lead := leads[t][customer]; lead < 0 || m.records.better(winner, lead) {
				leads[t][customer] = winner
			}
		}
	}
	return ofRecord, count, leads
}
