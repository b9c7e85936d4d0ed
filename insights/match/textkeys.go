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
				dividers = append(dividers, atom{f.name, leastOf(f, x.leastWord, wordOrders+order)})
			}
		}
		for order := range wordOrders {
			keys = append(keys, join(atom{f.name + ", word by order " + strconv.Itoa(order+1), leastOf(f, x.leastWord, order)}))
		}
		for order := range pieceOrders {
			keys = append(keys, join(atom{f.name + ", letters by order " + strconv.Itoa(order+1), leastOf(f, func(code uint32, order int) uint32 {
				return leastPieces(f.dict.values[code], order)
			}, order)}))
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

// leastWord is the word that comes first in an order, of those that are rare.
func (x *wordIndex) leastWord(code uint32, order int) uint32 {
	least := uint32(0)
	for _, w := range x.words[code] {
		if x.shares[w] > rareWord && x.shares[w]*1000 > 1 && len(x.shares) > 200 {
			continue
		}
		if h := mix(x.hashes[w], uint32(order+1)); least == 0 || h < least {
			least = h
		}
	}
	return least
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
