package match

import "hash/maphash"

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
	first := make(map[uint64]uint32, r.n)
	kept := make([]uint32, 0, r.n)
	buffer := make([]byte, 0, 4*len(r.fields))
	for rec := range uint32(r.n) {
		buffer = buffer[:0]
		filled := 0
		for _, f := range r.fields {
			c := f.codes[rec]
			if c != 0 {
				filled++
			}
			buffer = append(buffer, byte(c), byte(c>>8), byte(c>>16), byte(c>>24))
		}
		if filled >= enough && !single[rec] {
			h := maphash.Bytes(dictionarySeed, buffer)
			if row, ok := first[h]; ok && r.equal(kept[row], rec) {
				r.of[rec] = row
				continue
			}
			first[h] = uint32(len(kept))
		}
		r.of[rec] = uint32(len(kept))
		kept = append(kept, rec)
	}
	if len(kept) == r.n {
		return
	}
	for _, f := range r.fields {
		for row, rec := range kept {
			f.codes[row] = f.codes[rec]
		}
		f.codes = f.codes[:len(kept)]
	}
	r.n = len(kept)
}

func (r *records) equal(a, b uint32) bool {
	for _, f := range r.fields {
		if f.codes[a] != f.codes[b] {
			return false
		}
	}
	return true
}
