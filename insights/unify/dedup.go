package unify

import (
	"fmt"
	"slices"
)

// duplicates are the groups of duplicates within one table (UNI-2). Records stand in one group if a rule matches
// them, directly or through others.
type duplicates struct {
	from    int32   // the table's first record
	groups  []int32 // per record of the table, its group
	sizes   []int32 // per group
	winners []int32 // per group, the record that stands for it (UNI-3)
	rules   int     // how many rules there are; the number after them is the model
	links   []link  // what joined records
	// joined are the rules that made a group of several records, with the lowest score by which they joined any.
	joined map[int32][]joined
}

// joined says that a rule joined records of a group.
type joined struct {
	rule  int
	score float32
}

// link is a match of two records, one of which is named.
type link struct {
	record int32
	joined
}

// findDuplicates groups the records of a table by rules, in c.
func (t *task) findDuplicates(r *records, c *clusters, table int, rules []rule, step string) (*duplicates, error) {
	from, to := r.span(table)
	var links []link
	for i := range rules {
		if !rules[i].applies(table) {
			continue
		}
		tuples := newTuples(r, &rules[i], from, to, everyRecord)
		pairs, err := t.matchingPairs(&search{records: r, tuples: tuples, progress: t.report(step)})
		if err != nil {
			return nil, err
		}
		t.warnOfCrowd(tuples, pairs, "within one table")
		for _, p := range pairs {
			links = append(links, link{joinAll(c, tuples.records.of(p.a), tuples.records.of(p.b)), joined{i, p.score}})
		}
	}
	d := newDuplicates(r, c, table)
	d.rules = len(rules)
	d.explain(links)
	return d, nil
}

// crowd is how many records with equal values are more than any person has.
const crowd = 1000

// warnOfCrowd tells of the largest crowd that a rule joins because all its values are equal.
func (t *task) warnOfCrowd(tuples *tuples, pairs []pair, where string) {
	most := 0
	for _, p := range pairs {
		most = max(most, len(tuples.records.of(p.a)), len(tuples.records.of(p.b)))
	}
	if most > crowd {
		t.warnings = append(t.warnings, fmt.Sprintf("rule %q joined %d records %s that have the same %s: if that is a placeholder, empty it in the source or add a condition",
			tuples.rule.name, most, where, tuples.rule.fields()))
	}
}

func everyRecord(int32) bool { return true }

// matchingPairs searches, or takes each tuple with itself if the rule leaves nothing to compare.
func (t *task) matchingPairs(s *search) ([]pair, error) {
	if s.tuples.width == 0 {
		return s.equalPairs(), t.ctx.Err()
	}
	s.budget = t.budget
	pairs, warnings, err := s.pairs(t.ctx)
	t.warnings = append(t.warnings, warnings...)
	return pairs, err
}

// joinAll puts the records of two tuples that match into one cluster, and names one of them. Two records of one
// tuple match each other through the other tuple.
func joinAll(c *clusters, a, b []int32) int32 {
	for _, x := range a[1:] {
		c.join(a[0], x)
	}
	for _, x := range b {
		c.join(a[0], x)
	}
	return a[0]
}

func newDuplicates(r *records, c *clusters, table int) *duplicates {
	from, to := r.span(table)
	groups, count := c.number(from, to, everyRecord)
	d := &duplicates{from: from, groups: groups, sizes: make([]int32, count), winners: make([]int32, count)}
	for i := range d.winners {
		d.winners[i] = -1
	}
	for i, g := range groups {
		x := from + int32(i)
		d.sizes[g]++
		if d.winners[g] < 0 || r.better(x, d.winners[g]) {
			d.winners[g] = x
		}
	}
	return d
}

// explain notes per group which rules joined it, and the lowest score of each.
func (d *duplicates) explain(links []link) {
	d.links = links
	d.joined = map[int32][]joined{}
	for _, l := range links {
		g := d.groups[l.record-d.from]
		at := slices.IndexFunc(d.joined[g], func(j joined) bool { return j.rule == l.rule })
		if at < 0 {
			d.joined[g] = append(d.joined[g], l.joined)
			continue
		}
		d.joined[g][at].score = min(d.joined[g][at].score, l.score)
	}
}
