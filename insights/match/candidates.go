package match

import (
	"context"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// pair is a candidate: two records that share a blocking key, and how they compare.
type pair struct {
	a, b uint32
	v    vector
}

// compareAll computes the vector of two records.
func compareAll(comparisons []comparison, w *worker, a, b row) (v vector) {
	for k := range comparisons {
		v |= vector(comparisons[k].level(w, a, b)) << (k * vectorBits)
	}
	return v
}

// sharedBlocks has the blocks of each record, 0 for none, key by key, to know whether a pair was proposed before.
type sharedBlocks struct {
	of   []uint32
	keys int
}

func (s sharedBlocks) row(rec uint32, keys int) []uint32 {
	return s.of[int(rec)*s.keys:][:keys]
}

func (s sharedBlocks) before(first []uint32, b uint32) bool {
	second := s.row(b, len(first))
	for k, block := range first {
		if block != 0 && block == second[k] {
			return true
		}
	}
	return false
}

// searcher compares the candidates of all keys, each pair once.
type searcher struct {
	records     *records
	keys        []key
	dividers    []atom
	comparisons []comparison
	keep        func(vector) bool // whether a pair with this vector may be a match
	progress    func(phase string, done, total int)

	shared sharedBlocks
}

// search returns the pairs worth keeping, and how often each vector occurred.
func (s *searcher) search(ctx context.Context) ([]pair, []counted, error) {
	var pairs []pair
	n, vectors := s.records.n, map[vector]int64{}
	s.shared = sharedBlocks{make([]uint32, n*len(s.keys)), len(s.keys)}
	for k := range s.keys {
		s.progress("comparing", k, len(s.keys))
		b, _ := s.keys[k].index(s.records, s.dividers)
		s.keys[k].spare = b.spare
		for i := range len(b.starts) - 1 {
			for _, rec := range b.records[b.starts[i]:b.starts[i+1]] {
				s.shared.of[int(rec)*s.shared.keys+k] = uint32(i + 1)
			}
		}
		found, counts, err := s.searchKey(ctx, &b, k)
		if err != nil {
			return nil, nil, err
		}
		for v, n := range counts {
			vectors[v] += n
			s.keys[k].pairs += n
		}
		pairs = append(pairs, found...)
	}
	list := make([]counted, 0, len(vectors))
	for v, n := range vectors {
		list = append(list, counted{v, n})
	}
	return pairs, list, nil
}

// tally counts vectors and remembers which are worth keeping pairs of.
type tally struct {
	index map[vector]int32
	list  []tallied
	keep  func(vector) bool
}

type tallied struct {
	n    int64
	keep bool
}

func newTally(keep func(vector) bool) *tally { return &tally{index: map[vector]int32{}, keep: keep} }

func (t *tally) add(v vector) (keep bool) {
	i, ok := t.index[v]
	if !ok {
		i = int32(len(t.list))
		t.index[v] = i
		t.list = append(t.list, tallied{keep: t.keep(v)})
	}
	t.list[i].n++
	return t.list[i].keep
}

// searchKey compares the pairs of one key's blocks.
func (s *searcher) searchKey(ctx context.Context, b *blocks, k int) ([]pair, map[vector]int64, error) {
	var (
		next   atomic.Int64
		mu     sync.Mutex
		pairs  []pair
		counts = map[vector]int64{}
	)
	workers, ctx := errgroup.WithContext(ctx)
	const chunk = 512
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() error {
			w, own, found := newWorker(), newTally(s.keep), []pair(nil)
			for from := int(next.Add(chunk) - chunk); from < len(b.starts)-1; from = int(next.Add(chunk) - chunk) {
				if err := ctx.Err(); err != nil {
					return err
				}
				for i := from; i < min(from+chunk, len(b.starts)-1); i++ {
					found = s.compareBlock(w, k, b.records[b.starts[i]:b.starts[i+1]], own, found)
				}
			}
			mu.Lock()
			defer mu.Unlock()
			pairs = append(pairs, found...)
			for v, i := range own.index {
				counts[v] += own.list[i].n
			}
			return nil
		})
	}
	err := workers.Wait()
	return pairs, counts, err
}

// compareBlock compares the pairs of a block that no earlier key has proposed.
func (s *searcher) compareBlock(w *worker, k int, records []uint32, own *tally, found []pair) []pair {
	for x, first := range records {
		blocks, row := s.shared.row(first, k), s.records.row(first)
		for _, second := range records[x+1:] {
			if s.shared.before(blocks, second) {
				continue
			}
			v := compareAll(s.comparisons, w, row, s.records.row(second))
			if own.add(v) {
				found = append(found, pair{first, second, v})
			}
		}
	}
	return found
}

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
