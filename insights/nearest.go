package insights

import "strings"

// Nearest returns the candidate that differs least from the word, without regard to case, or "" if none is
// near enough to be what was meant: within a third of the word's length, and two edits for short words.
func Nearest[S ~string](word S, candidates []S) S {
	var best S
	limit := max(2, len(word)/3)
	for _, c := range candidates {
		d := edits(strings.ToLower(string(word)), strings.ToLower(string(c)))
		// A short name is near every other short name: at least half of it must agree.
		if d <= limit && 2*d <= max(len(word), len(c)) {
			best, limit = c, d-1
		}
	}
	return best
}

// edits counts the insertions, deletions, changes and swaps of neighbours that turn a into b.
func edits(a, b string) int {
	x, y := []rune(a), []rune(b)
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			change := rows[i-1][j-1]
			if x[i-1] != y[j-1] {
				change++
			}
			rows[i][j] = min(change, rows[i-1][j]+1, rows[i][j-1]+1)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(x)][len(y)]
}
