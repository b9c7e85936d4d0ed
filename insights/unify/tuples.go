package unify

// tuples are the distinct combinations of values that records have in a rule's fields. All that a rule says of
// two records it says of their tuples, so a value that very many records share is compared once. Tuples with
// equal values in the rule's exact conditions form a block; only tuples of one block can match.
//
// Tuples are numbered by their first record, hence independently of the order of rows.
type tuples struct {
	rule    *rule
	width   int     // the compared features: fuzzy conditions, then exceptions
	values  []int32 // width per tuple
	records lists   // per tuple, in ascending order
	blocks  lists   // per block its tuples, in ascending order
}

// lists are slices of one array.
type lists struct {
	starts []int32
	items  []int32
}

func (l lists) of(i int32) []int32 { return l.items[l.starts[i]:l.starts[i+1]] }

func (l lists) count() int32 { return int32(len(l.starts) - 1) }

// group makes lists of items by key: the items in[i] with key keys[i] < n, in their order.
func group(in, keys []int32, n int32) lists {
	l := lists{make([]int32, n+1), make([]int32, len(in))}
	for _, k := range keys {
		l.starts[k+1]++
	}
	for k := range n {
		l.starts[k+1] += l.starts[k]
	}
	next := append([]int32(nil), l.starts[:n]...)
	for i, k := range keys {
		l.items[next[k]] = in[i]
		next[k]++
	}
	return l
}

// numbering gives each distinct pair of numbers a number, in the order of first appearance.
type numbering map[uint64]int32

func (n numbering) of(a, b int32) int32 {
	key := uint64(uint32(a))<<32 | uint64(uint32(b))
	number, known := n[key]
	if !known {
		number = int32(len(n))
		n[key] = number
	}
	return number
}

// newTuples collects the tuples of the records that in accepts, from from up to to. A record that lacks a value in
// one of the conditions has no tuple: a missing value matches nothing. In an exception it is let through: the
// exception does not hold.
func newTuples(r *records, rule *rule, from, to int32, in func(record int32) bool) *tuples {
	t := &tuples{rule: rule}
	equal, compared := rule.features()
	t.width = len(compared)
	var (
		within, tupleOf, blockOf []int32
		steps                    = newNumberings(len(equal) + len(compared))
	)
	for x := from; x < to; x++ {
		if !in(x) || t.lacks(r, x) {
			continue
		}
		block := int32(0)
		for i, f := range equal {
			block = steps[i].of(block, r.columns[f].numbers[x])
		}
		tuple := block
		for i, f := range compared {
			tuple = steps[len(equal)+i].of(tuple, r.columns[f].numbers[x])
		}
		if int(tuple) == len(blockOf) {
			blockOf = append(blockOf, block)
			for _, f := range compared {
				t.values = append(t.values, r.columns[f].numbers[x])
			}
		}
		within, tupleOf = append(within, x), append(tupleOf, tuple)
	}
	t.records = group(within, tupleOf, int32(len(blockOf)))
	t.blocks = blocksOf(blockOf)
	return t
}

func newNumberings(n int) []numbering {
	steps := make([]numbering, n)
	for i := range steps {
		steps[i] = numbering{}
	}
	return steps
}

func (t *tuples) lacks(r *records, x int32) bool {
	for _, c := range t.rule.conditions {
		if r.columns[c.feature].numbers[x] == 0 {
			return true
		}
	}
	return false
}

func blocksOf(blockOf []int32) lists {
	count := int32(0)
	all := make([]int32, len(blockOf))
	for tuple, block := range blockOf {
		all[tuple] = int32(tuple)
		count = max(count, block+1)
	}
	return group(all, blockOf, count)
}

func (t *tuples) count() int32 { return t.records.count() }

// value returns the number of the tuple's value in its i-th compared feature.
func (t *tuples) value(tuple int32, i int) int32 { return t.values[int(tuple)*t.width+i] }
