package match

// tally counts distinct vectors and remembers of which pairs are worth keeping. It is a hash table of its own, as every
// pair is looked up in it.
type tally struct {
	slots   []uint32 // a place in vectors, and one; 0 is free
	vectors []vector
	n       []int64
	kept    []bool
	keep    func(vector) bool
}

func newTally(keep func(vector) bool) *tally { return &tally{slots: make([]uint32, 1<<12), keep: keep} }

// add counts a vector, and says where it stands and whether its pairs are worth keeping.
func (t *tally) add(v vector) (place uint32, keep bool) {
	place = t.place(v)
	t.n[place]++
	return place, t.kept[place]
}

// place finds a vector, or adds it.
func (t *tally) place(v vector) uint32 {
	mask := uint64(len(t.slots) - 1)
	for at := spreadBits(uint64(v)) & mask; ; at = (at + 1) & mask {
		i := t.slots[at]
		if i == 0 {
			return t.insert(at, v)
		}
		if t.vectors[i-1] == v {
			return i - 1
		}
	}
}

// find is place for a vector that may be unknown, and changes nothing.
func (t *tally) find(v vector) (place uint32, ok bool) {
	mask := uint64(len(t.slots) - 1)
	for at := spreadBits(uint64(v)) & mask; ; at = (at + 1) & mask {
		i := t.slots[at]
		if i == 0 || t.vectors[i-1] == v {
			return i - 1, i != 0
		}
	}
}

func (t *tally) insert(at uint64, v vector) uint32 {
	t.vectors, t.n, t.kept = append(t.vectors, v), append(t.n, 0), append(t.kept, t.keep(v))
	t.slots[at] = uint32(len(t.vectors))
	if len(t.vectors)*2 > len(t.slots) {
		t.grow()
	}
	return uint32(len(t.vectors) - 1)
}

func (t *tally) grow() {
	t.slots = make([]uint32, 2*len(t.slots))
	mask := uint64(len(t.slots) - 1)
	for i, v := range t.vectors {
		at := spreadBits(uint64(v)) & mask
		for t.slots[at] != 0 {
			at = (at + 1) & mask
		}
		t.slots[at] = uint32(i + 1)
	}
}

// spreadBits makes a number whose low bits depend on all of x.
func spreadBits(x uint64) uint64 {
	x *= 0x9e3779b97f4a7c15
	return x ^ x>>32
}
