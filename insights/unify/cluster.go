package unify

import "slices"

// clusters is a union-find over records.
type clusters struct {
	parent []int32
	size   []int32
	apart  map[int32][]int32 // per record that stands for a cluster, records that must not join it; nil for most
}

func newClusters(n int32) *clusters {
	c := &clusters{parent: make([]int32, n), size: make([]int32, n), apart: map[int32][]int32{}}
	for i := range n {
		c.parent[i], c.size[i] = i, 1
	}
	return c
}

// find returns the record that stands for x's cluster until the next join.
func (c *clusters) find(x int32) int32 {
	for c.parent[x] != x {
		c.parent[x] = c.parent[c.parent[x]]
		x = c.parent[x]
	}
	return x
}

// part keeps two records apart from now on. It is false if they are together.
func (c *clusters) part(x, y int32) bool {
	a, b := c.find(x), c.find(y)
	if a == b {
		return false
	}
	c.apart[a], c.apart[b] = append(c.apart[a], y), append(c.apart[b], x)
	return true
}

// barred says whether two clusters, by the records that stand for them, hold records that must be apart.
func (c *clusters) barred(x, y int32) bool {
	if len(c.apart[x]) > len(c.apart[y]) {
		x, y = y, x
	}
	return slices.ContainsFunc(c.apart[x], func(r int32) bool { return c.find(r) == y })
}

// join makes one cluster of two and returns what stands for it, or for that of x if they must be apart.
func (c *clusters) join(x, y int32) int32 {
	x, y = c.find(x), c.find(y)
	if x == y || c.barred(x, y) {
		return x
	}
	if c.size[x] < c.size[y] {
		x, y = y, x
	}
	c.parent[y] = x
	c.size[x] += c.size[y]
	if barred := c.apart[y]; barred != nil {
		c.apart[x] = append(c.apart[x], barred...)
		delete(c.apart, y)
	}
	return x
}

// number numbers clusters from 0 by their first record, for the records that in accepts; others get -1.
func (c *clusters) number(from, to int32, in func(record int32) bool) (numbers []int32, count int32) {
	numbers = make([]int32, to-from)
	ofRoot := make(map[int32]int32)
	for x := from; x < to; x++ {
		if !in(x) {
			numbers[x-from] = -1
			continue
		}
		root := c.find(x)
		n, known := ofRoot[root]
		if !known {
			n = count
			ofRoot[root] = n
			count++
		}
		numbers[x-from] = n
	}
	return numbers, count
}
