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
func compareAll(comparisons []comparison, w *worker, a, b uint32) (v vector) {
	for k := range comparisons {
		v |= vector(comparisons[k].level(w, a, b)) << (k * vectorBits)
	}
	return v
}

// sharedBlocks has for each key the block of each record, 0 for none, to know whether a pair was proposed before.
type sharedBlocks [][]uint32

func (s sharedBlocks) before(key int, a, b uint32) bool {
	for k := range key {
		if of := s[k]; of[a] != 0 && of[a] == of[b] {
			return true
		}
	}
	return false
}

// search compares the candidates of all keys, each pair once.
func search(ctx context.Context, n int, keys []key, dividers []atom, comparisons []comparison, keep func(vector) bool) ([]pair, []counted, error) {
	var (
		shared  sharedBlocks
		pairs   []pair
		vectors = map[vector]int64{}
	)
	for k := range keys {
		b, _ := keys[k].index(n, dividers)
		of := make([]uint32, n)
		for i := range len(b.starts) - 1 {
			for _, rec := range b.records[b.starts[i]:b.starts[i+1]] {
				of[rec] = uint32(i + 1)
			}
		}
		shared = append(shared, of)
		found, counts, err := searchKey(ctx, &b, k, shared, comparisons, keep)
		if err != nil {
			return nil, nil, err
		}
		for v, n := range counts {
			vectors[v] += n
			keys[k].pairs += n
		}
		pairs = append(pairs, found...)
	}
	list := make([]counted, 0, len(vectors))
	for v, n := range vectors {
		list = append(list, counted{v, n})
	}
	return pairs, list, nil
}

func searchKey(ctx context.Context, b *blocks, k int, shared sharedBlocks, comparisons []comparison, keep func(vector) bool) ([]pair, map[vector]int64, error) {
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
			w, own, found := newWorker(), map[vector]int64{}, []pair(nil)
			for {
				from := int(next.Add(chunk) - chunk)
				if from >= len(b.starts)-1 {
					break
				}
				if err := ctx.Err(); err != nil {
					return err
				}
				for i := from; i < min(from+chunk, len(b.starts)-1); i++ {
					records := b.records[b.starts[i]:b.starts[i+1]]
					for x, first := range records {
						for _, second := range records[x+1:] {
							if shared.before(k, first, second) {
								continue
							}
							v := compareAll(comparisons, w, first, second)
							own[v]++
							if keep(v) {
								found = append(found, pair{first, second, v})
							}
						}
					}
				}
			}
			mu.Lock()
			defer mu.Unlock()
			pairs = append(pairs, found...)
			for v, n := range own {
				counts[v] += n
			}
			return nil
		})
	}
	err := workers.Wait()
	return pairs, counts, err
}

// sampleSize is how many random pairs tell what records have in common by chance.
const sampleSize = 1_000_000

// observe estimates how many of all pairs have each level: by all pairs where they are few, else by random ones, and
// for equal values by counting.
func (m *model) observe(n int) {
	m.allPairs = max(1, float64(n)*float64(n-1)/2)
	m.observed = make([][]float64, len(m.comparisons))
	for k, c := range m.comparisons {
		m.observed[k] = make([]float64, len(c.levels))
	}
	m.sampled = 0
	w := newWorker()
	count := func(a, b uint32) {
		m.sampled++
		for k := range m.comparisons {
			m.observed[k][m.comparisons[k].level(w, a, b)]++
		}
	}
	if m.allPairs <= sampleSize {
		for a := range uint32(n) {
			for b := range a {
				count(a, b)
			}
		}
	} else {
		random := rand.New(rand.NewPCG(1, uint64(n))) //nolint:gosec // a sample, the same in every run
		for m.sampled < sampleSize {
			if a, b := random.Uint32N(uint32(n)), random.Uint32N(uint32(n)); a != b {
				count(a, b)
			}
		}
	}
	for k := range m.comparisons {
		for l := range m.observed[k] {
			m.observed[k][l] *= m.allPairs / m.sampled
		}
		m.countEqual(k, n)
	}
}

// countEqual replaces the estimates of a comparison's equal levels by counts.
func (m *model) countEqual(k, n int) {
	c := &m.comparisons[k]
	c.held = make([]float64, len(c.levels))
	if c.group == nil {
		return
	}
	sizes := map[uint64]float64{}
	level := map[uint64]uint8{}
	for rec := range uint32(n) {
		if g := c.group(rec); g != 0 {
			sizes[g]++
			level[g] = c.groupLevel(rec)
		}
	}
	equal := make([]float64, len(c.levels))
	for g, size := range sizes {
		equal[level[g]] += size * (size - 1) / 2
		c.held[level[g]] += size
	}
	for l := 1; l <= c.exact; l++ {
		m.observed[k][l] = equal[l]
	}
}
