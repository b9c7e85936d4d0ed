package unify

import (
	"cmp"
	"slices"
)

// segmentIndex finds the values near a given one without comparing it with all (Li, Deng, Wang, Feng: Pass-Join,
// VLDB 2011). A value is cut into one segment more than a match may have edits; at least one segment then comes
// through unchanged, so a match contains one of the segments at about the same place. Nothing is missed.
type segmentIndex struct {
	precision precision
	postings  []posting        // by segment
	starts    map[uint64]int32 // segment → its first posting
	// whole lists, by length, the values that are too short to be cut, as with precisions of 50 % and less.
	whole   [][]int32
	lengths []bool  // per length whether a value has it
	seen    []int32 // per value the last probe that met it
	probe   int32
	runes   []rune
}

// posting says that a value has a segment.
type posting struct {
	segment uint64
	value   int32
}

// build indexes values.
func (x *segmentIndex) build(values []text, p precision) {
	x.precision, x.probe = p, 0
	longest := 0
	for _, v := range values {
		longest = max(longest, v.length)
	}
	x.lengths = resized(x.lengths, longest+1)
	x.whole = resized(x.whole, longest+1)
	x.seen = resized(x.seen, len(values))
	x.postings = x.postings[:0]
	for i, v := range values {
		x.add(int32(i), v)
	}
	slices.SortFunc(x.postings, func(a, b posting) int {
		return cmp.Or(cmp.Compare(a.segment, b.segment), cmp.Compare(a.value, b.value))
	})
	if x.starts == nil {
		x.starts = map[uint64]int32{}
	}
	clear(x.starts)
	for i, p := range x.postings {
		if i == 0 || p.segment != x.postings[i-1].segment {
			x.starts[p.segment] = int32(i)
		}
	}
}

// resized returns a slice of n zero values, in the old memory if it is enough.
func resized[T any](old []T, n int) []T {
	if cap(old) < n {
		return make([]T, n)
	}
	old = old[:n]
	clear(old)
	return old
}

func (x *segmentIndex) add(number int32, v text) {
	x.lengths[v.length] = true
	k := x.segments(v.length)
	if k > v.length {
		x.whole[v.length] = append(x.whole[v.length], number)
		return
	}
	x.eachSegment(v, func(key uint64) { x.postings = append(x.postings, posting{key, number}) })
}

// eachSegment cuts a value.
func (x *segmentIndex) eachSegment(v text, visit func(key uint64)) {
	x.runes = appendRunes(x.runes[:0], v.s)
	k := x.segments(v.length)
	for i := range k {
		from, to := segment(v.length, k, i)
		visit(segmentKey(v.length, i, x.runes[from:to]))
	}
}

// segments is into how many segments a value of length m is cut: enough for the longest value it can match.
func (x *segmentIndex) segments(m int) int {
	return x.precision.maxEdits(x.precision.maxLength(m)) + 1
}

// segment returns the i-th of k segments of about equal size.
func segment(m, k, i int) (from, to int) { return i * m / k, (i + 1) * m / k }

// segmentKey hashes a segment with its place (FNV-1a over code points). A collision only costs a comparison.
func segmentKey(m, i int, segment []rune) uint64 {
	const prime = 1099511628211
	h := uint64(14695981039346656037)
	h = (h ^ uint64(m)) * prime
	h = (h ^ uint64(i)) * prime
	for _, r := range segment {
		h = (h ^ uint64(r)) * prime
	}
	return h
}

// near calls visit with the number of every indexed value that may match v, each once. meet is told of each look
// at a value, also repeated ones, and stops the search with an error.
func (x *segmentIndex) near(v text, meet func() error, visit func(number int32) error) error {
	x.probe++
	x.runes = appendRunes(x.runes[:0], v.s)
	last := min(x.precision.maxLength(v.length), len(x.lengths)-1)
	for m := max(0, x.precision.minLength(v.length)); m <= last; m++ {
		if !x.lengths[m] {
			continue
		}
		for _, number := range x.whole[m] {
			if err := meet(); err != nil {
				return err
			}
			if err := visit(number); err != nil {
				return err
			}
		}
		if err := x.nearOfLength(m, meet, visit); err != nil {
			return err
		}
	}
	return nil
}

// nearOfLength looks for the segments of values of length m in the probe. Where the first i segments have more
// than i edits, or the rest more than are left, another segment matches, too; so each segment is looked for only
// where it can stand after as many insertions and deletions (the multi-match-aware selection of Pass-Join).
func (x *segmentIndex) nearOfLength(m int, meet func() error, visit func(number int32) error) error {
	n := len(x.runes)
	k := x.segments(m)
	if k > m {
		return nil
	}
	limit := x.precision.maxEdits(max(m, n))
	for i := 0; i < k && i <= limit; i++ {
		from, to := segment(m, k, i)
		shifted := from + n - m
		first := max(0, from-i, shifted-(limit-i))
		last := min(n-(to-from), from+i, shifted+(limit-i))
		for at := first; at <= last; at++ {
			if err := x.follow(segmentKey(m, i, x.runes[at:at+to-from]), meet, visit); err != nil {
				return err
			}
		}
	}
	return nil
}

// follow visits the values with a segment that the probe has not met.
func (x *segmentIndex) follow(segment uint64, meet func() error, visit func(number int32) error) error {
	start, known := x.starts[segment]
	if !known {
		return nil
	}
	for _, p := range x.postings[start:] {
		if p.segment != segment {
			break
		}
		if err := meet(); err != nil {
			return err
		}
		if x.seen[p.value] == x.probe {
			continue
		}
		x.seen[p.value] = x.probe
		if err := visit(p.value); err != nil {
			return err
		}
	}
	return nil
}

// sampledValues is on about how many values of each side costs are estimated.
const sampledValues = 512

// joinCost estimates how much there is to look at if groups are joined on a feature: values that have a segment in
// common, and pairs of tuples with equal values, which are joined on the next feature. It samples values by what they
// are, so that the estimate, like everything, is independent of the order of rows.
func joinCost(left, right *valueGroups, values []text, p precision) float64 {
	const nextJoin = 0.1 // what a pair of tuples costs that is joined on another feature, compared to one that is looked at
	sampled := func(v int32, mask uint64) bool { return segmentKey(0, 0, []rune(values[v].s))>>32&mask == 0 }
	x, y := sampleMask(len(left.values)), sampleMask(len(right.values))
	scale := float64(x+1) * float64(y+1)
	pairs := float64(len(left.values)) * float64(len(right.values))
	if p > 50 {
		shared := map[uint64]int{}
		index := segmentIndex{precision: p}
		for _, v := range left.values {
			if sampled(v, x) {
				index.eachSegment(values[v], func(key uint64) { shared[key]++ })
			}
		}
		pairs = 0
		for _, v := range right.values {
			if sampled(v, y) {
				index.eachSegment(values[v], func(key uint64) { pairs += float64(shared[key]) })
			}
		}
		pairs *= scale
	}
	return pairs + nextJoin*equalPairs(left, right)
}

// sampleMask is one less than the power of two of which one in so many is sampled.
func sampleMask(n int) uint64 {
	mask := uint64(0)
	for n>>1 > sampledValues {
		n >>= 1
		mask = mask<<1 | 1
	}
	return mask
}

// equalPairs counts the pairs of tuples with equal values.
func equalPairs(left, right *valueGroups) float64 {
	pairs, j := 0.0, 0
	for i, v := range left.values {
		for j < len(right.values) && right.values[j] < v {
			j++
		}
		if j < len(right.values) && right.values[j] == v {
			pairs += float64(len(left.tuples(int32(i)))) * float64(len(right.tuples(int32(j))))
		}
	}
	return pairs
}
