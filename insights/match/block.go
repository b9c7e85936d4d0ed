package match

import (
	"cmp"
	"slices"
	"strings"
)

// key is a blocking key: records with equal numbers are candidates. 0 is no key.
type key struct {
	name  string
	of    func(row) uint32
	atoms []atom // that it joins
	whole bool   // its blocks are not divided
	pairs int64  // that it proposes, before those of other keys are left out
	spare spared // what its blocks leave out
}

// mix makes one number of several; 0 of them makes it 0. Different values may get one number, once in some billions:
// then a pair is compared in vain.
func mix(parts ...uint32) uint32 {
	h := uint64(0x9e3779b97f4a7c15)
	for _, p := range parts {
		if p == 0 {
			return 0
		}
		h = (h ^ uint64(p)) * 0xd6e8feb86659fd93
		h ^= h >> 32
	}
	return uint32(h*0x9e3779b97f4a7c15>>32) | 1
}

// maxBlock bounds a block: larger ones are divided by further properties, so that work grows with the records and not
// with the square of the commonest value.
const maxBlock = 60

// atom is a property that keys are made of.
type atom struct {
	name string
	of   func(row) uint32
	// fields are what it looks at, and derive makes its text of their values, "" for none: records that are not in the
	// dictionaries have the same numbers as others if their texts are equal.
	fields []*field
	derive func(values []string) string
}

func codeAtom(name string, f *field) atom {
	at := f.at
	return atom{name, func(r row) uint32 { return r[at].code() }, []*field{f}, func(v []string) string { return v[0] }}
}

// derivedAtom is a number made of each value once.
func derivedAtom(name string, f *field, derive func(string) string) atom {
	d := newDictionary()
	of := make([]uint32, len(f.dict.values))
	for i, v := range f.dict.values {
		of[i] = d.codeString(derive(v))
	}
	at := f.at
	return atom{name, func(r row) uint32 { return of[r[at].code()] }, []*field{f}, func(v []string) string { return derive(v[0]) }}
}

func join(atoms ...atom) key {
	k := joined(atoms)
	k.atoms = atoms
	return k
}

func joined(atoms []atom) key {
	names := make([]string, len(atoms))
	for i, a := range atoms {
		names[i] = a.name
	}
	name := strings.Join(names, " + ")
	switch len(atoms) {
	case 1:
		return key{name: name, of: func(r row) uint32 { return mix(atoms[0].of(r)) }}
	case 2:
		a, b := atoms[0].of, atoms[1].of
		return key{name: name, of: func(r row) uint32 { return mix(a(r), b(r)) }}
	}
	return key{name: name, of: func(r row) uint32 {
		h := uint32(1)
		for _, a := range atoms {
			h = mix(h, a.of(r))
		}
		return h
	}}
}

// blocks are the records of a key's blocks, one block after the other: of records[starts[i]:starts[i+1]].
type blocks struct {
	records []uint32
	starts  []uint32
	spare   spared
	// entries and other are memory that is used again for the next key.
	entries, other []entry
}

// chunkRecords is about how many records are compared at once: as many as fit into the processor's nearer memory.
const chunkRecords = 512

// chunks cuts the blocks into pieces of some records each: of blocks chunks[i] to chunks[i+1].
func (b *blocks) chunks() []int {
	list, records := []int{0}, uint32(0)
	for i := range len(b.starts) - 1 {
		if b.starts[i+1]-records >= chunkRecords {
			list, records = append(list, i+1), b.starts[i+1]
		}
	}
	if last := len(b.starts) - 1; list[len(list)-1] != last {
		list = append(list, last)
	}
	return list
}

// index brings the records of one key's blocks together, and notes each record's block. Blocks of one record are
// left out; so are blocks above maxBlock that no divider divides, but for equal records.
func (s *searcher) index(k int, b *blocks) {
	r, key := s.records, &s.keys[k]
	b.records, b.starts, b.entries, b.spare = b.records[:0], b.starts[:0], b.entries[:0], spared{}
	if cap(b.entries) < r.n {
		b.entries, b.other = make([]entry, 0, r.n), make([]entry, r.n)
	}
	for rec := range uint32(r.n) {
		if h := key.of(r.row(rec)); h != 0 {
			b.entries = append(b.entries, entry{h, rec})
			s.shared.set(rec, k, h)
		}
	}
	b.entries, b.other = sortEntries(b.entries, b.other)
	eachRun(b.entries, func(run []entry) {
		switch {
		case len(run) <= maxBlock && len(run) > 1 || key.whole:
			b.take(run)
		case len(run) > maxBlock:
			for _, e := range run {
				s.shared.set(e.rec, k, 0)
			}
			from := len(b.starts)
			b.add(r, run, s.dividers)
			s.shared.note(k, b, from)
		}
	})
	b.starts = append(b.starts, uint32(len(b.records)))
	b.arrange()
}

// arrange orders blocks by their first records, so that memory is gone through once.
func (b *blocks) arrange() {
	if len(b.starts) == 1 {
		return
	}
	order := b.entries[:0]
	for i, start := range b.starts[:len(b.starts)-1] {
		order = append(order, entry{b.records[start], uint32(i)})
	}
	order, rest := sortEntries(order, b.other)
	records, starts := make([]uint32, 0, len(b.records)), make([]uint32, 0, len(b.starts))
	for _, e := range order {
		starts = append(starts, uint32(len(records)))
		records = append(records, b.records[b.starts[e.rec]:b.starts[e.rec+1]]...)
	}
	b.records, b.starts = records, append(starts, uint32(len(records)))
	b.entries, b.other = order, rest
}

// note gives the blocks from one on numbers of their own, in place of their key's.
func (s sharedBlocks) note(k int, b *blocks, from int) {
	for i := from; i < len(b.starts); i++ {
		end := len(b.records)
		if i+1 < len(b.starts) {
			end = int(b.starts[i+1])
		}
		number := mix(uint32(i+1), uint32(k+1))
		for _, rec := range b.records[b.starts[i]:end] {
			s.set(rec, k, number)
		}
	}
}

// entries are every so many of the records that have the key, those of equal keys together.
func (k *key) entries(r *records, step int) []entry {
	entries := make([]entry, 0, r.n/step+1)
	for rec := uint32(0); rec < uint32(r.n); rec += uint32(step) {
		if h := k.of(r.row(rec)); h != 0 {
			entries = append(entries, entry{h, rec})
		}
	}
	entries, _ = sortEntries(entries, nil)
	return entries
}

type entry struct {
	hash, rec uint32
}

// add divides a block until its parts are small enough.
func (b *blocks) add(r *records, run []entry, dividers []atom) {
	switch {
	case len(run) < 2:
		return
	case len(run) <= maxBlock:
		b.take(run)
		return
	case len(dividers) == 0:
		b.spare.undivided(run)
		b.addIdentical(r, run)
		return
	}
	divided := make([]entry, 0, len(run))
	for _, e := range run {
		if h := dividers[0].of(r.row(e.rec)); h != 0 {
			divided = append(divided, entry{mix(h), e.rec})
		}
	}
	if len(divided)*2 < len(run) { // hardly any record has it
		b.add(r, run, dividers[1:])
		return
	}
	b.spare.records += len(run) - len(divided)
	divided, _ = sortEntries(divided, nil)
	eachRun(divided, func(part []entry) { b.add(r, part, dividers[1:]) })
}

// addIdentical brings together the records of a block that nothing divides as far as they are equal in everything:
// chunks of them, and then the chunks' first records, so that all are connected.
func (b *blocks) addIdentical(r *records, run []entry) {
	same := make([]entry, 0, len(run))
	for _, e := range run {
		h := uint32(1)
		for _, c := range r.row(e.rec) {
			h = mix(h, c.code()+1)
		}
		same = append(same, entry{h, e.rec})
	}
	same, _ = sortEntries(same, nil)
	eachRun(same, func(part []entry) {
		for len(part) > 1 {
			var heads []entry
			for chunk := range slices.Chunk(part, maxBlock) {
				if len(chunk) > 1 {
					b.take(chunk)
				}
				heads = append(heads, chunk[0])
			}
			part = heads
		}
	})
}

// take makes a run a block.
func (b *blocks) take(run []entry) {
	b.starts = append(b.starts, uint32(len(b.records)))
	for _, e := range run {
		b.records = append(b.records, e.rec)
	}
}

func eachRun(entries []entry, do func([]entry)) {
	for i := 0; i < len(entries); {
		j := i + 1
		for j < len(entries) && entries[j].hash == entries[i].hash {
			j++
		}
		do(entries[i:j])
		i = j
	}
}

// sortEntries sorts by hash, those of one hash in the order they came. It moves entries between the argument and
// another slice, which it makes if it is not as long, and returns the sorted one first.
func sortEntries(entries, other []entry) (sorted, rest []entry) {
	if len(entries) < 256 {
		slices.SortStableFunc(entries, func(a, b entry) int { return cmp.Compare(a.hash, b.hash) })
		return entries, other
	}
	if cap(other) < len(entries) {
		other = make([]entry, len(entries))
	}
	other = other[:len(entries)]
	const digit, digits = 11, 3
	var counts [digits][1 << digit]uint32
	for _, e := range entries {
		for d := range counts {
			counts[d][e.hash>>(d*digit)&(1<<digit-1)]++
		}
	}
	for d := range counts {
		at := uint32(0)
		for i, n := range &counts[d] {
			counts[d][i] = at
			at += n
		}
		places := &counts[d]
		for _, e := range entries {
			place := &places[e.hash>>(d*digit)&(1<<digit-1)]
			other[*place] = e
			*place++
		}
		entries, other = other, entries
	}
	return entries, other
}
