package match

import (
	"math/bits"
	"slices"
	"strings"
)

// key is a blocking key: records with equal numbers are candidates. 0 is no key.
type key struct {
	name  string
	of    func(rec uint32) uint64
	whole bool  // its blocks are not divided
	pairs int64 // that it proposes, before those of other keys are left out
}

// mix makes one number of several; 0 of them makes it 0.
func mix(parts ...uint64) uint64 {
	h := uint64(0x9e3779b97f4a7c15)
	for _, p := range parts {
		if p == 0 {
			return 0
		}
		hi, lo := bits.Mul64(h^p, 0xd6e8feb86659fd93)
		h = hi ^ lo ^ p<<32
	}
	return h | 1
}

// maxBlock bounds a block: larger ones are divided by further properties, so that work grows with the records and not
// with the square of the commonest value.
const maxBlock = 60

// atom is a property that keys are made of.
type atom struct {
	name string
	of   func(rec uint32) uint64
}

func codeAtom(name string, f *field) atom {
	return atom{name, func(rec uint32) uint64 { return uint64(f.codes[rec]) }}
}

// derivedAtom is a number made of each value once.
func derivedAtom(name string, f *field, derive func(string) string) atom {
	d := newDictionary()
	of := make([]uint32, len(f.dict.values))
	for i, v := range f.dict.values {
		of[i] = d.codeString(derive(v))
	}
	return atom{name, func(rec uint32) uint64 { return uint64(of[f.codes[rec]]) }}
}

func join(atoms ...atom) key {
	names := make([]string, len(atoms))
	for i, a := range atoms {
		names[i] = a.name
	}
	name := strings.Join(names, " + ")
	if len(atoms) == 1 {
		return key{name: name, of: func(rec uint32) uint64 { return mix(atoms[0].of(rec)) }}
	}
	if len(atoms) == 2 {
		a, b := atoms[0].of, atoms[1].of
		return key{name: name, of: func(rec uint32) uint64 { return mix(a(rec), b(rec)) }}
	}
	return key{name: name, of: func(rec uint32) uint64 {
		h := uint64(1)
		for _, a := range atoms {
			h = mix(h, a.of(rec))
		}
		return h
	}}
}

// blocks are the records of a key's blocks, one block after the other: of records[starts[i]:starts[i+1]].
type blocks struct {
	records []uint32
	starts  []uint32
}

// index brings the records of equal keys together. Blocks of one record are left out; so are, in divided, blocks
// above maxBlock, after dividers have been tried.
func (k *key) index(n int, dividers []atom) (b blocks, oversize int) {
	entries := make([]entry, 0, n)
	for rec := range uint32(n) {
		if h := k.of(rec); h != 0 {
			entries = append(entries, entry{h, rec})
		}
	}
	sortEntries(entries)
	eachRun(entries, func(run []entry) {
		if k.whole {
			b.take(run)
			return
		}
		oversize += b.add(run, dividers)
	})
	b.starts = append(b.starts, uint32(len(b.records)))
	return b, oversize
}

type entry struct {
	hash uint64
	rec  uint32
}

func (b *blocks) add(run []entry, dividers []atom) (oversize int) {
	switch {
	case len(run) < 2:
		return 0
	case len(run) <= maxBlock:
		b.take(run)
		return 0
	case len(dividers) == 0:
		return 1
	}
	divided := make([]entry, 0, len(run))
	for _, e := range run {
		if h := dividers[0].of(e.rec); h != 0 {
			divided = append(divided, entry{mix(h), e.rec})
		}
	}
	if len(divided)*2 < len(run) { // hardly any record has it
		return b.add(run, dividers[1:])
	}
	sortEntries(divided)
	eachRun(divided, func(part []entry) { oversize += b.add(part, dividers[1:]) })
	return oversize
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

// sortEntries sorts by hash and record; records come in order and the sort is stable.
func sortEntries(entries []entry) {
	if len(entries) < 256 {
		slices.SortStableFunc(entries, func(a, b entry) int {
			switch {
			case a.hash < b.hash:
				return -1
			case a.hash > b.hash:
				return 1
			}
			return 0
		})
		return
	}
	other := make([]entry, len(entries))
	for shift := 0; shift < 64; shift += 11 {
		var counts [1 << 11]int
		for i := range entries {
			counts[entries[i].hash>>shift&(1<<11-1)]++
		}
		at := 0
		for i, n := range counts {
			counts[i] = at
			at += n
		}
		for _, e := range entries {
			d := e.hash >> shift & (1<<11 - 1)
			other[counts[d]] = e
			counts[d]++
		}
		entries, other = other, entries
	}
}
