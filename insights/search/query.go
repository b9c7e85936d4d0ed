package search

import (
	"cmp"
	"slices"
)

// hit is a row and how well it fits.
type hit struct {
	doc   uint32
	score float64
}

// query finds the best rows for what is asked: from the offset on, at most limit. total is how many fit; more says that it may
// be more than that, as so many fit that not all were looked at.
func (ix *index) query(text string, offset, limit int) (hits []hit, total int, more bool, err error) {
	a := ask(text)
	if len(a.terms) == 1 && a.prefix == "" { // nothing but a blank: all, in their order
		for d := offset; d < min(offset+limit, ix.foot.Docs); d++ {
			hits = append(hits, hit{doc: uint32(d)})
		}
		return hits, ix.foot.Docs, false, nil
	}
	lists, err := ix.lists(a)
	if err != nil || len(lists) == 0 {
		return nil, 0, false, err
	}
	found, masks, more := candidates(lists)
	for i := range found {
		for _, p := range masks {
			if p.has(found[i].doc) {
				found[i].score += p.weight
			}
		}
	}
	total = len(found)
	found = top(found, offset+limit)
	from := min(offset, len(found))
	if len(lists) == 1 && lists[0].df > total {
		total, more = lists[0].df, false
	}
	return found[from:min(from+limit, len(found))], total, more, nil
}

// lists are the rows of each term that is in the index.
func (ix *index) lists(a asked) ([]*postings, error) {
	var lists []*postings
	for _, term := range a.terms {
		e, ok, err := ix.find(term)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		p, err := ix.postings(e)
		if err != nil {
			return nil, err
		}
		lists = append(lists, p)
		if term == a.prefix && e.df >= plenty {
			a.prefix = ""
		}
	}
	if a.prefix != "" {
		p, err := ix.expand(a.prefix)
		if err != nil {
			return nil, err
		}
		if len(p.docs) > 0 {
			lists = append(lists, p)
		}
	}
	return lists, nil
}

// candidates are the rows that have one of the terms which few have, with their scores, and the terms that many have, which
// only say more of those rows. Where all terms are such, the rows are those of the least common one.
func candidates(lists []*postings) (found []hit, masks []*postings, more bool) {
	slices.SortStableFunc(lists, func(a, b *postings) int { return cmp.Compare(a.df, b.df) })
	if lists[0].bits != nil {
		lists[0].list()
	}
	var few []*postings
	sum := 0
	for _, p := range lists {
		if p.bits != nil || sum >= maxCandidates {
			masks, more = append(masks, p), true
			continue
		}
		few, sum = append(few, p), sum+len(p.docs)
		more = more || p.df > len(p.docs)
	}
	return union(few), masks, more
}

// top are the best k hits, in order.
func top(found []hit, k int) []hit {
	order := func(a, b hit) int { return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.doc, b.doc)) }
	if len(found) <= 4*k {
		slices.SortFunc(found, order)
		return found[:min(k, len(found))]
	}
	best := make([]hit, 0, k+1)
	for _, h := range found {
		if len(best) == k && order(h, best[k-1]) > 0 {
			continue
		}
		at, _ := slices.BinarySearchFunc(best, h, order)
		best = slices.Insert(best, at, h)
		best = best[:min(k, len(best))]
	}
	return best
}

// union adds up the scores of sorted lists.
func union(lists []*postings) []hit {
	var found []hit
	at := make([]int, len(lists))
	for {
		next, any := uint32(0), false
		for i, p := range lists {
			if at[i] < len(p.docs) && (!any || p.docs[at[i]] < next) {
				next, any = p.docs[at[i]], true
			}
		}
		if !any {
			return found
		}
		h := hit{doc: next}
		for i, p := range lists {
			if at[i] < len(p.docs) && p.docs[at[i]] == next {
				h.score += p.weight
				at[i]++
			}
		}
		found = append(found, h)
	}
}
