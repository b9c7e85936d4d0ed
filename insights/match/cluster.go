package match

import (
	"cmp"
	"context"
	"slices"
)

// clusters groups records: parent is a union-find, members has the records of each root.
type clusters struct {
	parent  []uint32
	members map[uint32][]uint32
	apart   map[uint32][]uint32 // per root, records that must not join its cluster
}

func newClusters(n int) *clusters {
	c := &clusters{parent: make([]uint32, n), members: map[uint32][]uint32{}}
	for i := range c.parent {
		c.parent[i] = uint32(i)
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

func (c *clusters) of(root uint32) []uint32 {
	if m, ok := c.members[root]; ok {
		return m
	}
	return []uint32{root}
}

func (c *clusters) union(a, b uint32) {
	if len(c.of(b)) > len(c.of(a)) { // the smaller joins the larger
		a, b = b, a
	}
	c.members[a] = append(c.of(a), c.of(b)...)
	delete(c.members, b)
	c.parent[b] = a
	if barred := c.apart[b]; barred != nil {
		c.apart[a] = append(c.apart[a], barred...)
		delete(c.apart, b)
	}
}

// edge is a pair with the logarithm of the odds that it is one entity.
type edge struct {
	a, b  uint32
	score float64
}

// agglomerate joins the best pairs first, and two clusters only if what speaks for it among all pairs of their records
// outweighs what speaks against it: chains of weak links, and a child that resembles a parent's poorest record, end
// there.
func (c *clusters) agglomerate(ctx context.Context, edges []edge, threshold float64, score func(a, b uint32) float64) error {
	slices.SortFunc(edges, func(x, y edge) int {
		return cmp.Or(cmp.Compare(y.score, x.score), cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b))
	})
	if err := ctx.Err(); err != nil {
		return err
	}
	for i, e := range edges {
		if e.score < threshold {
			break
		}
		if i%10_000 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		a, b := c.root(e.a), c.root(e.b)
		if a != b && !c.barred(a, b) && c.agree(a, b, threshold, score) {
			c.union(a, b)
		}
	}
	return nil
}

// mostAsked bounds how many pairs of records of two clusters are asked.
const mostAsked = 100

func (c *clusters) agree(a, b uint32, threshold float64, score func(a, b uint32) float64) bool {
	left, right := c.of(a), c.of(b)
	if len(left) == 1 && len(right) == 1 {
		return true
	}
	const strongest = 6
	sum, asked := 0.0, 0
	for _, x := range left {
		for _, y := range right {
			sum += min(strongest, max(-strongest, score(x, y)-threshold))
			if asked++; asked == mostAsked {
				return sum > 0
			}
		}
	}
	return sum > 0
}
