package match

import (
	"strconv"
	"strings"
)

// Texts are blocked by what few records share: the whole value, and the least of a text's rare words, or pieces of
// three letters, by each of several orders. The chance that two texts have the same least one is the part of all
// their words that they share (min-wise hashing; Broder, 1997).
const (
	wordOrders  = 8
	pieceOrders = 5
	// rareWord is the part of the records up to which a word is rare enough to block by.
	rareWord = 0.02
)

// textKeys are the blocking keys of texts, where records are no people: people have better ones.
func textKeys(r *records) (keys []key, dividers []atom) {
	person := isPerson(r)
	for _, f := range r.fields {
		switch f.kind {
		case Label, Text, Given, Surname:
		default:
			continue
		}
		if person || len(f.dict.values)*20 < f.filled {
			continue
		}
		if k := join(codeAtom(f.name, f)); k.cheap(r) {
			keys = append(keys, k)
		}
		x := newWordIndex(f)
		if dividers == nil {
			for order := range 3 {
				dividers = append(dividers, x.wordAtom(f, f.name, wordOrders+order))
			}
		}
		for order := range wordOrders {
			keys = append(keys, join(x.wordAtom(f, wordKeyName(f, order), order)))
		}
		for order := range pieceOrders {
			keys = append(keys, join(pieceAtom(f, pieceKeyName(f, order), order)))
		}
	}
	return keys, dividers
}

// leastOf makes a number of each value once.
func leastOf(f *field, least func(code uint32, order int) uint32, order int) func(row) uint32 {
	of := make([]uint32, len(f.dict.values))
	for code, n := range f.counts {
		if n > 0 {
			of[code] = least(uint32(code), order)
		}
	}
	at := f.at
	return func(r row) uint32 { return of[r[at].code()] }
}

func (x *wordIndex) wordAtom(f *field, name string, order int) atom {
	return atom{name, leastOf(f, x.leastWord, order), []*field{f}, func(v []string) string { return x.leastWordOf(v[0], order) }}
}

// textAtoms are what keys of a text may be made of, for an index of its words.
func textAtoms(f *field, x *wordIndex) []atom {
	list := []atom{codeAtom(f.name, f)}
	if x == nil {
		return list
	}
	for order := range wordOrders {
		list = append(list, x.wordAtom(f, wordKeyName(f, order), order))
	}
	for order := range pieceOrders {
		list = append(list, pieceAtom(f, pieceKeyName(f, order), order))
	}
	return list
}

func wordKeyName(f *field, order int) string {
	return f.name + ", word by order " + strconv.Itoa(order+1)
}

func pieceKeyName(f *field, order int) string {
	return f.name + ", letters by order " + strconv.Itoa(order+1)
}

func pieceAtom(f *field, name string, order int) atom {
	of := leastOf(f, func(code uint32, order int) uint32 { return leastPieces(f.dict.values[code], order) }, order)
	return atom{name, of, []*field{f}, func(v []string) string {
		if n := leastPieces(v[0], order); n != 0 {
			return strconv.Itoa(int(n))
		}
		return ""
	}}
}

// leastWord is the word that comes first in an order, of those that are rare.
func (x *wordIndex) leastWord(code uint32, order int) uint32 {
	least := uint32(0)
	for _, w := range x.words[code] {
		if x.common(w) {
			continue
		}
		if h := mix(x.hashes[w], uint32(order+1)); least == 0 || h < least {
			least = h
		}
	}
	return least
}

// leastWordOf is leastWord for a text that need not be a value of the index.
func (x *wordIndex) leastWordOf(text string, order int) (word string) {
	least := uint32(0)
	for w := range strings.FieldsSeq(text) {
		if code, ok := x.dict.lookup(w); ok && x.common(code) {
			continue
		}
		if h := mix(textHash(w), uint32(order+1)); least == 0 || h < least {
			least, word = h, w
		}
	}
	return word
}

// common says whether a word is too common to block by.
func (x *wordIndex) common(w uint32) bool {
	return x.shares[w] > rareWord && x.shares[w]*1000 > 1 && len(x.shares) > 200
}

// leastPieces joins the first pieces of three letters in two orders, as single ones are common.
func leastPieces(s string, order int) uint32 {
	s = strings.ReplaceAll(s, " ", "")
	if len(s) < 4 {
		return 0
	}
	first, second := uint32(0), uint32(0)
	for i := range len(s) - 2 {
		piece := uint32(s[i]) | uint32(s[i+1])<<8 | uint32(s[i+2])<<16
		if h := mix(piece, uint32(2*order+101)); first == 0 || h < first {
			first = h
		}
		if h := mix(piece, uint32(2*order+102)); second == 0 || h < second {
			second = h
		}
	}
	return mix(first, second)
}
