package match

import "math/rand/v2"

// sampleSize is how many random pairs tell what records have in common by chance, as all pairs of groups of records:
// so values meet again, and memory stays near.
const (
	sampleSize  = 1_000_000
	sampleGroup = 512
)

// observe estimates how many of all pairs have each level: by all pairs where they are few, else by random ones, and
// for equal values by counting.
func (m *model) observe(r *records) {
	n := r.n
	m.allPairs = max(1, float64(n)*float64(n-1)/2)
	m.observed = make([][]float64, len(m.comparisons))
	for k, c := range m.comparisons {
		m.observed[k] = make([]float64, len(c.levels))
	}
	m.sampled = 0
	w := newWorker()
	group := make([]row, 0, sampleGroup)
	if m.allPairs <= sampleSize {
		for rec := range uint32(n) {
			group = append(group, r.row(rec))
		}
		m.countPairs(w, group)
	} else {
		random := rand.New(rand.NewPCG(1, uint64(n))) //nolint:gosec // a sample, the same in every run
		for m.sampled < sampleSize {
			group = group[:0]
			for range sampleGroup {
				group = append(group, r.row(random.Uint32N(uint32(n))))
			}
			m.countPairs(w, group)
		}
	}
	for k := range m.comparisons {
		for l := range m.observed[k] {
			m.observed[k][l] *= m.allPairs / max(1, m.sampled)
		}
		m.countEqual(k)
	}
}

func (m *model) countPairs(w *worker, group []row) {
	for i, a := range group {
		for _, b := range group[:i] {
			if &a[0] == &b[0] {
				continue // a record drawn twice
			}
			m.sampled++
			for k := range m.comparisons {
				m.observed[k][m.comparisons[k].level(w, a, b)]++
			}
		}
	}
}

// countEqual replaces the estimates of a comparison's equal levels by counts.
func (m *model) countEqual(k int) {
	c := &m.comparisons[k]
	c.held = make([]float64, len(c.levels))
	if c.equal == nil {
		return
	}
	counted := make([]float64, c.exact+1)
	for _, n := range c.equal.counts {
		if n > 0 {
			level, size := bucketOf(n, c.equal.filled), float64(n)
			counted[level] += size * (size - 1) / 2
			c.held[level] += size
		}
	}
	copy(m.observed[k][1:], counted[1:])
}
