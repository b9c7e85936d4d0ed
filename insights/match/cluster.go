package match

import (
	"cmp"
	"context"
	"runtime"
	"slices"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// clusters groups records: parent is a union-find, next has the records of a cluster in a ring.
type clusters struct {
	parent []uint32
	next   []uint32
	apart  map[uint32][]uint32 // per root, records that must not join its cluster
}

func newClusters(n int) *clusters {
	c := &clusters{parent: make([]uint32, n), next: make([]uint32, n)}
	for i := range c.parent {
		c.parent[i], c.next[i] = uint32(i), uint32(i)
	}
	return c
}

func (c *clusters) root(rec uint32) uint32 {
	for c.parent[rec] != rec {
		c.parent[rec] = c.parent[c.parent[rec]]
		rec = c.parent[rec]
	}
	return rec
}

// members appends the records of a cluster.
func (c *clusters) members(list []uint32, root uint32) []uint32 {
	list = append(list, root)
	for rec := c.next[root]; rec != root; rec = c.next[rec] {
		list = append(list, rec)
	}
	return list
}

func (c *clusters) single(root uint32) bool { return c.next[root] == root }

func (c *clusters) union(a, b uint32) {
	c.next[a], c.next[b] = c.next[b], c.next[a]
	c.parent[b] = a
	if barred := c.apart[b]; barred != nil {
		c.apart[a] = append(c.apart[a], barred...)
		delete(c.apart, b)
	}
}

// edge is a pair that may be one entity; the likelier, the lower is its rank.
type edge struct {
	a, b, rank uint32
}

// compare orders edges from the likeliest on.
func (e edge) compare(f edge) int {
	return cmp.Or(cmp.Compare(e.rank, f.rank), cmp.Compare(e.a, f.a), cmp.Compare(e.b, f.b))
}

// components are the edges that hang together, one component after the other: edges[starts[i]:starts[i+1]].
type components struct {
	edges  []edge
	starts []uint32
}

// components splits edges into parts that share no record, also not by clusters there are.
func (c *clusters) components(edges []edge) components {
	whole := &clusters{parent: slices.Clone(c.parent)}
	for _, e := range edges {
		a, b := whole.root(e.a), whole.root(e.b)
		whole.parent[max(a, b)] = min(a, b)
	}
	places := make([]uint32, len(whole.parent)+1)
	for _, e := range edges {
		places[whole.root(e.a)+1]++
	}
	starts := make([]uint32, 0, len(edges)/4)
	for i, n := range places[1:] {
		if n > 0 {
			starts = append(starts, places[i])
		}
		places[i+1] += places[i]
	}
	sorted := make([]edge, len(edges))
	for _, e := range edges {
		place := &places[whole.root(e.a)]
		sorted[*place] = e
		*place++
	}
	copy(edges, sorted)
	return components{edges, append(starts, uint32(len(edges)))}
}

// joiner joins the clusters of components, for one goroutine.
type joiner struct {
	*clusters
	score       func(a, b uint32) float64
	threshold   float64
	left, right []uint32
}

// agglomerate joins the best pairs first, and two clusters only if what speaks for it among all pairs of their records
// outweighs what speaks against it: chains of weak links, and a child that resembles a parent's poorest record, end
// there. Components are joined side by side, with a scorer of their own. Edges are sorted by component and rank.
func (c *clusters) agglomerate(ctx context.Context, edges []edge, threshold float64, newScore func() func(a, b uint32) float64) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	list := c.components(edges)
	var next atomic.Int64
	workers, ctx := errgroup.WithContext(ctx)
	processors := runtime.GOMAXPROCS(0)
	if len(c.apart) > 0 {
		processors = 1 // a map is shared
	}
	const chunk = 512
	for range processors {
		workers.Go(func() error {
			j := joiner{clusters: c, score: newScore(), threshold: threshold}
			for from := int(next.Add(chunk) - chunk); from < len(list.starts)-1; from = int(next.Add(chunk) - chunk) {
				for i := from; i < min(from+chunk, len(list.starts)-1); i++ {
					if err := j.join(ctx, list.edges[list.starts[i]:list.starts[i+1]]); err != nil {
						return err
					}
				}
			}
			return ctx.Err()
		})
	}
	return workers.Wait()
}

// join joins the clusters of one component.
func (j *joiner) join(ctx context.Context, edges []edge) error {
	slices.SortFunc(edges, edge.compare)
	for i, e := range edges {
		if i%1000 == 999 && ctx.Err() != nil {
			return ctx.Err()
		}
		a, b := j.root(e.a), j.root(e.b)
		if a != b && !j.barred(a, b) && j.agree(a, b) {
			j.union(a, b)
		}
	}
	return nil
}

const (
	// mostAsked bounds how many pairs of records of two clusters are asked, and strongest what one of them can say.
	mostAsked = 100
	strongest = 6
)

func (j *joiner) agree(a, b uint32) bool {
	if j.single(a) && j.single(b) {
		return true
	}
	j.left, j.right = j.members(j.left[:0], a), j.members(j.right[:0], b)
	sum, asked := 0.0, 0
	for _, x := range j.left {
		for _, y := range j.right {
			sum += min(strongest, max(-strongest, j.score(x, y)-j.threshold))
			if asked++; asked == mostAsked {
				return sum > 0
			}
		}
	}
	return sum > 0
}
