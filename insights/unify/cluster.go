package unify

// clusters is a union-find over records.
type clusters struct {
	parent []int32
	size   []int32
}

func newClusters(n int32) *clusters {
	c := &clusters{make([]int32, n), make([]int32, n)}
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

// join makes one cluster of two and returns what stands for it.
func (c *clusters) join(x, y int32) int32 {
	x, y = c.find(x), c.find(y)
	if x == y {
		return x
	}
	if c.size[x] < c.size[y] {
		x, y = y, x
	}
	c.parent[y] = x
	c.size[x] += c.size[y]
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
