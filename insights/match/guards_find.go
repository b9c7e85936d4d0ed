package match

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// guarding finds what is to be reported when clusters are made.
type guarding struct {
	result    *Result
	clusters  *clusters
	edges     []edge // at and above the threshold
	threshold float64
	score     func(a, b uint32) float64
}

func (g *guarding) all() []Guard {
	list := g.contradictions()
	list = append(list, g.unusable()...)
	list = append(list, g.defaults()...)
	for _, f := range g.result.records.fields {
		switch f.kind {
		case ID:
			list = append(list, g.identifiers(f)...)
			list = append(list, g.shared(f)...)
		case Email, Phone:
			list = append(list, g.shared(f)...)
		default:
		}
	}
	list = append(list, g.chains()...)
	list = append(list, g.loose()...)
	return append(list, g.blocks()...)
}

// firstRecords are the records that rows stand for.
func (r *records) firstRecords() []uint32 {
	first := make([]uint32, r.n)
	for rec, row := range slices.Backward(r.of) {
		first[row] = uint32(rec)
	}
	return first
}

// recordName names a record by its number.
func (r *Result) recordName(rec uint32) string {
	table, row := r.place(rec)
	if r.name != nil {
		return r.name(table, row)
	}
	return r.tables[table].Name + ":" + strconv.Itoa(row+1)
}

func (g *guarding) names(recs []uint32) []string {
	names := make([]string, 0, guardNames)
	for _, rec := range recs[:min(len(recs), guardNames)] {
		names = append(names, g.result.recordName(rec))
	}
	return names
}

// rowNames names rows by their first records.
func (g *guarding) rowNames(rows []uint32) []string {
	recs := make([]uint32, 0, guardNames)
	for _, row := range rows[:min(len(rows), guardNames)] {
		recs = append(recs, g.result.firsts[row])
	}
	return g.names(recs)
}

// contradictions reports what is said of records that cannot be, with the chain of what is said.
func (g *guarding) contradictions() []Guard {
	list := g.result.Conflicts
	if len(list) == 0 {
		return nil
	}
	guard := Guard{Kind: GuardDecision, Count: len(list), Done: "kept together: check what was said"}
	for _, pair := range list[:min(len(list), guardExamples)] {
		path := g.result.saidPath(pair[0], pair[1])
		names := make([]string, len(path))
		for i, rec := range path {
			names[i] = g.result.recordName(rec)
		}
		guard.Examples = append(guard.Examples, GuardExample{
			Names: g.names([]uint32{pair[0], pair[1]}), Note: strings.Join(names, " = ") + ", but said to be apart",
		})
	}
	return []Guard{guard}
}

func (g *guarding) unusable() (list []Guard) {
	for _, u := range g.result.records.unusable {
		guard := Guard{Kind: GuardUnusable, Where: u.column, Count: u.distinct, Records: u.records, Done: "taken as missing"}
		for _, s := range u.most {
			guard.Examples = append(guard.Examples, GuardExample{Value: s.value, Records: s.records, Names: g.names(s.few)})
		}
		list = append(list, guard)
	}
	return list
}

func (g *guarding) defaults() (list []Guard) {
	r := g.result.records
	for _, f := range r.fields {
		if len(f.defaults) == 0 {
			continue
		}
		copies := make([]int, r.n)
		for _, row := range r.of {
			copies[row]++
		}
		guard := Guard{Kind: GuardDefault, Where: f.name, Count: len(f.defaults), Done: "taken as missing, as no customer has them alone"}
		for _, s := range f.defaults {
			e := GuardExample{Value: s.value, Names: g.rowNames(s.rows)}
			for _, row := range s.rows {
				e.Records += copies[row]
			}
			guard.Records += e.Records
			guard.Examples = append(guard.Examples, e)
		}
		guard.Examples = most(guard.Examples)
		list = append(list, guard)
	}
	return list
}

// most keeps the examples of most records.
func most(examples []GuardExample) []GuardExample {
	slices.SortFunc(examples, func(a, b GuardExample) int {
		return cmp.Or(cmp.Compare(b.Customers, a.Customers), cmp.Compare(b.Records, a.Records), cmp.Compare(a.Value, b.Value))
	})
	return examples[:min(len(examples), guardExamples)]
}

// sharedBy is how many customers share a value before it is reported: members of a household share theirs.
const sharedBy = 8

func (g *guarding) shared(f *field) []Guard {
	r := g.result.records
	rows := map[uint32][]uint32{}
	for row := range uint32(r.n) {
		if c := r.row(row)[f.at].code(); c != 0 && f.counts[c] >= sharedBy {
			rows[c] = append(rows[c], row)
		}
	}
	guard := Guard{Kind: GuardShared, Where: f.name, Done: "such values weigh little: what else differs keeps their records apart"}
	var all []GuardExample
	for c, of := range rows {
		seen := map[uint32]bool{}
		var apart []uint32
		for _, row := range of {
			if root := g.clusters.root(row); !seen[root] {
				seen[root] = true
				apart = append(apart, row)
			}
		}
		if len(seen) >= sharedBy {
			guard.Count++
			guard.Records += len(of)
			all = append(all, GuardExample{Value: f.dict.values[c], Records: len(of), Customers: len(seen), Names: g.rowNames(apart)})
		}
	}
	if guard.Count == 0 {
		return nil
	}
	guard.Examples = most(all)
	return []Guard{guard}
}

// identifiers finds customers whose records have different values of what identifies one.
func (g *guarding) identifiers(f *field) []Guard {
	r := g.result.records
	guard := Guard{Kind: GuardIdentifier, Where: f.name, Done: "joined by what else agrees"}
	var p pattern
	found := map[uint32]bool{}
	holder := map[uint32]uint32{} // of a cluster, the first row that has one
	for row := range uint32(r.n) {
		code := r.row(row)[f.at].code()
		if code == 0 {
			continue
		}
		root := g.clusters.root(row)
		first, ok := holder[root]
		if !ok {
			holder[root] = row
			continue
		}
		other := r.row(first)[f.at].code()
		if other == code || found[root] {
			continue
		}
		a, b := f.dict.values[other], f.dict.values[code]
		p.load(a[:min(len(a), wordBits)])
		if p.distance(b[:min(len(b), wordBits)]) <= 1 {
			continue // mistyped
		}
		found[root] = true
		guard.Count++
		if len(guard.Examples) < guardExamples {
			guard.Examples = append(guard.Examples, GuardExample{Value: a + " ≠ " + b, Names: g.rowNames([]uint32{first, row})})
		}
	}
	if guard.Count == 0 {
		return nil
	}
	return []Guard{guard}
}

// chains finds pairs that would be joined if the other records of their clusters did not speak against it.
func (g *guarding) chains() []Guard {
	guard := Guard{Kind: GuardChain, Done: "kept apart, as the other records of their clusters speak against it"}
	var kept []edge
	for _, e := range g.edges {
		if a, b := g.clusters.root(e.a), g.clusters.root(e.b); a != b && !g.clusters.barred(a, b) {
			kept = append(kept, e)
		}
	}
	guard.Count = len(kept)
	slices.SortFunc(kept, edge.compare)
	seen := map[[2]uint32]bool{}
	for _, e := range kept {
		a, b := g.clusters.root(e.a), g.clusters.root(e.b)
		if pair := ordered(a, b); !seen[pair] && len(guard.Examples) < guardExamples {
			seen[pair] = true
			guard.Examples = append(guard.Examples, GuardExample{
				Names: g.rowNames([]uint32{e.a, e.b}),
				Note: fmt.Sprintf("probability %.3f by themselves, in clusters of %d and %d",
					probability(g.score(e.a, e.b)), len(g.clusters.members(nil, a)), len(g.clusters.members(nil, b))),
			})
		}
	}
	if guard.Count == 0 {
		return nil
	}
	return []Guard{guard}
}

const (
	// looseSize is from how many different records on a cluster is looked at, and looseClusters how many of the
	// largest are, of each up to looseRows records.
	looseSize     = 6
	looseClusters = 50
	looseRows     = 40
)

// loose finds clusters that hold together by few of their pairs.
func (g *guarding) loose() []Guard {
	var large [][]uint32
	for row, parent := range g.clusters.parent {
		if uint32(row) == parent && !g.clusters.single(parent) {
			if rows := g.clusters.members(nil, parent); len(rows) >= looseSize {
				large = append(large, rows)
			}
		}
	}
	slices.SortFunc(large, func(a, b []uint32) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(slices.Min(a), slices.Min(b)))
	})
	guard := Guard{Kind: GuardLoose, Done: "joined, as what speaks for it outweighs the rest; worth a look"}
	for _, rows := range large[:min(len(large), looseClusters)] {
		slices.Sort(rows)
		weak, all := g.weakPairs(rows[:min(len(rows), looseRows)])
		if 2*weak <= all {
			continue
		}
		guard.Count++
		guard.Records += len(rows)
		if len(guard.Examples) < guardExamples {
			guard.Examples = append(guard.Examples, GuardExample{
				Records: len(rows), Names: g.rowNames(rows), Note: fmt.Sprintf("%d of %d pairs would not be joined by themselves", weak, all),
			})
		}
	}
	if guard.Count == 0 {
		return nil
	}
	return []Guard{guard}
}

func (g *guarding) weakPairs(rows []uint32) (weak, all int) {
	for i, a := range rows {
		for _, b := range rows[:i] {
			if all++; g.score(a, b) < g.threshold {
				weak++
			}
		}
	}
	return weak, all
}

func (g *guarding) blocks() (list []Guard) {
	for _, k := range g.result.keys {
		if k.spare.blocks == 0 {
			continue
		}
		list = append(list, Guard{
			Kind: GuardBlock, Where: k.name, Count: k.spare.blocks, Records: k.spare.records,
			Done:     "only those equal in everything are compared here; other keys propose the rest",
			Examples: []GuardExample{{Records: k.spare.largest, Names: g.rowNames(k.spare.few)}},
		})
	}
	return list
}

func ordered(a, b uint32) [2]uint32 { return [2]uint32{min(a, b), max(a, b)} }
