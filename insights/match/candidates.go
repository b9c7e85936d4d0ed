package match

import (
	"cmp"
	"context"
	"runtime"
	"slices"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// pair is a candidate: two records that share a blocking key, and which of the distinct vectors they have.
type pair struct {
	a, b, v uint32
}

// compareAll computes the vector of two records.
func compareAll(comparisons []comparison, w *worker, a, b row) (v vector) {
	for k := range comparisons {
		v |= vector(comparisons[k].level(w, a, b)) << (k * vectorBits)
	}
	return v
}

// sharedBlocks has a number of each record's block, 0 for none, key by key, to know whether a pair was proposed before.
type sharedBlocks struct {
	of   []uint32
	keys int
}

func (s sharedBlocks) row(rec uint32, keys int) []uint32 {
	return s.of[int(rec)*s.keys:][:keys]
}

func (s sharedBlocks) set(rec uint32, key int, block uint32) { s.of[int(rec)*s.keys+key] = block }

func (s sharedBlocks) before(first []uint32, b uint32) bool {
	second := s.row(b, len(first))
	for k, block := range first {
		if block == second[k] && block != 0 {
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

	shared  sharedBlocks
	workers []*searchWorker
}

// searchWorker is what one goroutine keeps through all keys.
type searchWorker struct {
	worker   *worker
	proposed [][2]uint32
	tally    *tally
	found    [][]pair
	compared int64
	warmed   uint64 // of no meaning: it keeps reads ahead from being left out
}

// search returns the pairs worth keeping, in pieces, and the distinct vectors, sorted, with how often each occurred.
func (s *searcher) search(ctx context.Context) ([][]pair, []counted, error) {
	s.shared = sharedBlocks{make([]uint32, s.records.n*len(s.keys)), len(s.keys)}
	for range runtime.GOMAXPROCS(0) {
		s.workers = append(s.workers, &searchWorker{worker: newWorker(), tally: newTally(s.keep)})
	}
	indexing, ctx := errgroup.WithContext(ctx)
	indexed, used := make(chan *blocks), make(chan *blocks, 2)
	used <- &blocks{}
	used <- &blocks{}
	indexing.Go(func() error { // one key ahead of what is compared
		defer close(indexed)
		for k := range s.keys {
			select {
			case b := <-used:
				s.index(k, b)
				s.keys[k].spare = b.spare
				indexed <- b
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	indexing.Go(func() error {
		k := 0
		for b := range indexed {
			s.progress("comparing", k, len(s.keys))
			if err := s.searchKey(ctx, b, k); err != nil {
				for range indexed { // let the other end
				}
				return err
			}
			used <- b
			k++
		}
		return ctx.Err()
	})
	if err := indexing.Wait(); err != nil {
		return nil, nil, err
	}
	found, vectors := s.merge()
	return found, vectors, nil
}

// merge makes one list of the workers' vectors, and has the pairs refer to it.
func (s *searcher) merge() (found [][]pair, vectors []counted) {
	all := newTally(func(vector) bool { return true })
	for _, w := range s.workers {
		for i, v := range w.tally.vectors {
			all.n[all.place(v)] += w.tally.n[i]
		}
	}
	vectors = make([]counted, len(all.vectors))
	for i, v := range all.vectors {
		vectors[i] = counted{v, all.n[i]}
	}
	slices.SortFunc(vectors, func(a, b counted) int { return cmp.Compare(a.v, b.v) })
	rank := make([]uint32, len(vectors))
	for i, c := range vectors {
		rank[all.place(c.v)] = uint32(i)
	}
	for _, w := range s.workers {
		for _, piece := range w.found {
			for i := range piece {
				piece[i].v = rank[all.place(w.tally.vectors[piece[i].v])]
			}
		}
		found = append(found, w.found...)
	}
	s.workers = nil
	return found, vectors
}

// pairPiece is how many pairs are kept in one piece of memory.
const pairPiece = 1 << 14

func (w *searchWorker) keep(p pair) {
	last := len(w.found) - 1
	if last < 0 || len(w.found[last]) == pairPiece {
		w.found = append(w.found, make([]pair, 0, pairPiece))
		last++
	}
	w.found[last] = append(w.found[last], p)
}

// searchKey compares the pairs of one key's blocks.
func (s *searcher) searchKey(ctx context.Context, b *blocks, k int) error {
	var next atomic.Int64
	workers, ctx := errgroup.WithContext(ctx)
	chunks := b.chunks()
	for _, w := range s.workers {
		workers.Go(func() error {
			for c := int(next.Add(1) - 1); c < len(chunks)-1; c = int(next.Add(1) - 1) {
				if err := ctx.Err(); err != nil {
					return err
				}
				from, to := chunks[c], chunks[c+1]
				s.warmBlocks(w, k, b.records[b.starts[from]:b.starts[to]])
				for i := from; i < to; i++ {
					s.propose(w, k, b.records[b.starts[i]:b.starts[i+1]])
				}
				s.compare(w)
			}
			return nil
		})
	}
	err := workers.Wait()
	for _, w := range s.workers {
		s.keys[k].pairs += w.compared
		w.compared = 0
	}
	return err
}

// warmBlocks reads the blocks of some records ahead, so that the memory is fetched for all of them at once.
func (s *searcher) warmBlocks(w *searchWorker, k int, records []uint32) {
	for _, rec := range records {
		blocks := s.shared.row(rec, k)
		for i := 0; i < k; i += 16 { // what a line of memory has
			w.warmed += uint64(blocks[i])
		}
	}
}

// propose adds the pairs of a block that no earlier key has proposed.
func (s *searcher) propose(w *searchWorker, k int, records []uint32) {
	for x, first := range records {
		blocks := s.shared.row(first, k)
		for _, second := range records[x+1:] {
			if s.shared.before(blocks, second) {
				continue
			}
			w.proposed = append(w.proposed, [2]uint32{first, second})
		}
		if len(w.proposed) >= compareAtOnce {
			s.compare(w)
		}
	}
}

// compareAtOnce is how many pairs are compared together: as many as fit into the processor's nearer memory.
const compareAtOnce = 512

// compare compares the proposed pairs.
func (s *searcher) compare(w *searchWorker) {
	s.warmPairs(w)
	w.compared += int64(len(w.proposed))
	for _, p := range w.proposed {
		v, keep := w.tally.add(compareAll(s.comparisons, w.worker, s.records.row(p[0]), s.records.row(p[1])))
		if keep {
			w.keep(pair{p[0], p[1], v})
		}
	}
	w.proposed = w.proposed[:0]
}

// warmPairs reads ahead what comparing the proposed pairs needs.
func (s *searcher) warmPairs(w *searchWorker) {
	sum, width := uint64(0), len(s.records.fields)
	for _, p := range w.proposed {
		a, b := s.records.row(p[0]), s.records.row(p[1])
		for i := 0; i < width; i += 8 { // a line of memory has eight cells
			sum += uint64(a[i]) + uint64(b[i])
		}
		sum += uint64(a[width-1]) + uint64(b[width-1])
	}
	for i := range s.comparisons {
		for _, warm := range s.comparisons[i].warm {
			for _, p := range w.proposed {
				sum += warm(s.records.row(p[0]), s.records.row(p[1]))
			}
		}
	}
	w.warmed += sum
}
