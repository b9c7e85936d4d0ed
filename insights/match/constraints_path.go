package match

import "slices"

// saidPath is the shortest chain of records from one to another of which each two neighbours are said to be together.
// Records that are equal in everything are neighbours too.
func (r *Result) saidPath(from, to uint32) []uint32 {
	of := r.records.of
	next := map[uint32][]step{}
	for _, pair := range r.together {
		a, b := of[pair[0]], of[pair[1]]
		next[a] = append(next[a], step{b, pair[1]})
		next[b] = append(next[b], step{a, pair[0]})
	}
	before := map[uint32]step{of[from]: {}}
	queue := []uint32{of[from]}
	for i := 0; i < len(queue) && queue[i] != of[to]; i++ {
		for _, s := range next[queue[i]] {
			if _, seen := before[s.row]; !seen {
				before[s.row] = step{queue[i], s.record}
				queue = append(queue, s.row)
			}
		}
	}
	path := []uint32{to}
	for row := of[to]; row != of[from]; {
		s, ok := before[row]
		if !ok {
			break
		}
		if path[len(path)-1] != s.record {
			path = append(path, s.record)
		}
		row = s.row
	}
	if path[len(path)-1] != from {
		path = append(path, from)
	}
	slices.Reverse(path)
	return path
}

// step leads to a row by a record.
type step struct{ row, record uint32 }
