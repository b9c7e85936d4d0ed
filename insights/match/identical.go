package match

import "math/bits"

// enough is how many properties records must have, and share all of, to be one without being weighed. Two records
// of a common name and nothing else may be two people.
const enough = 4

// collapse makes one row of the records that are equal in everything, so that thousands of copies cost nothing and do
// not pass for what people have in common by chance. Those of apart are kept.
func (r *records) collapse(apart [][2]uint32) {
	single := map[uint32]bool{}
	for _, pair := range apart {
		single[pair[0]], single[pair[1]] = true, true
	}
	r.of = make([]uint32, r.n)
	first := newRowTable(r.n)
	kept := make([]uint32, 0, r.n)
	place := make([]uint32, r.n) // of what is kept, the row
	for rec := range uint32(r.n) {
		h, filled := r.hash(rec)
		if filled >= enough && !single[rec] {
			if same, ok := first.find(h, func(other uint32) bool { return r.equal(other, rec) }, rec); ok {
				r.of[rec] = same
				continue
			}
		}
		r.of[rec] = rec
		kept = append(kept, rec)
	}
	kept = r.arrange(kept)
	for row, rec := range kept {
		place[rec] = uint32(row)
	}
	for rec, same := range r.of {
		r.of[rec] = place[same]
	}
	for _, f := range r.fields {
		f.take(kept, f.dict == r.names)
	}
	r.n = len(kept)
}

// hash makes a number of all values of a record, and counts those it has.
func (r *records) hash(rec uint32) (h uint64, filled int) {
	for _, f := range r.fields {
		c := f.codes[rec]
		if c != 0 {
			filled++
		}
		h = spreadBits(h ^ uint64(c))
	}
	return h, filled
}

// rowTable finds records by their hashes.
type rowTable []slot

func newRowTable(n int) rowTable { return make(rowTable, 2<<bits.Len(uint(n))) }

// find returns the record of a hash that equals one, or adds it.
func (t rowTable) find(h uint64, equal func(rec uint32) bool, rec uint32) (same uint32, ok bool) {
	mask := uint64(len(t) - 1)
	for at := h & mask; ; at = (at + 1) & mask {
		s := t[at]
		if s.code == 0 {
			t[at] = slot{rec + 1, uint32(h >> 32)}
			return rec, false
		}
		if s.hash == uint32(h>>32) && equal(s.code-1) {
			return s.code - 1, true
		}
	}
}

func (r *records) equal(a, b uint32) bool {
	for _, f := range r.fields {
		if f.codes[a] != f.codes[b] {
			return false
		}
	}
	return true
}
