package match

import (
	"cmp"
	"math"
	"slices"

	"github.com/ownlake/ownlake/errs"
)

// Between is what the records of two clusters say of each other: clusters join if the sum is above 0.
type Between struct {
	Sizes [2]int `json:"sizes"`
	// Sum is what speaks for joining, in bits above the threshold, of each pair at most 8.7 either way.
	Sum    float64       `json:"sum"`
	Barred bool          `json:"barred"` // it was said that records of theirs are apart
	Worst  []BetweenPair `json:"worst"`  // the pairs that speak most against it
}

// BetweenPair is a pair of records with what it says, in bits above the threshold.
type BetweenPair struct {
	First  string  `json:"first"`
	Second string  `json:"second"`
	Bits   float64 `json:"bits"`
}

// saidOf is what was said of two records themselves.
func (r *Result) saidOf(a, b uint32) string {
	for _, list := range []struct {
		pairs [][2]uint32
		word  string
	}{{r.together, "together"}, {r.apart, "apart"}} {
		for _, p := range list.pairs {
			if ordered(p[0], p[1]) == ordered(a, b) {
				return list.word
			}
		}
	}
	return ""
}

// rowsOf are the different records of a record's cluster, in order.
func (r *Result) rowsOf(rec uint32) (rows []uint32) {
	for other, c := range r.Clusters {
		if row := r.records.of[other]; c == r.Clusters[rec] && r.firsts[row] == uint32(other) {
			rows = append(rows, row)
		}
	}
	return rows
}

// scorer scores rows by the model. It is not for concurrent use.
func (r *Result) scorer() func(a, b uint32) float64 {
	w := newWorker()
	return func(a, b uint32) float64 {
		return r.model.score(compareAll(r.model.comparisons, w, r.records.row(a), r.records.row(b)))
	}
}

func (r *Result) between(a, b uint32) *Between {
	left, right := r.rowsOf(a), r.rowsOf(b)
	x := &Between{Sizes: [2]int{len(left), len(right)}}
	score := r.scorer()
	var all []BetweenPair
	for _, p := range left {
		for _, q := range right {
			bits := (score(p, q) - r.Summary.Threshold) / math.Ln2
			x.Sum += min(strongest/math.Ln2, max(-strongest/math.Ln2, bits))
			all = append(all, BetweenPair{r.recordName(r.firsts[p]), r.recordName(r.firsts[q]), bits})
		}
	}
	slices.SortStableFunc(all, func(p, q BetweenPair) int { return cmp.Compare(p.Bits, q.Bits) })
	x.Worst = all[:min(len(all), 3)]
	for _, pair := range r.apart {
		p, q := r.Clusters[pair[0]], r.Clusters[pair[1]]
		x.Barred = x.Barred || p == r.Clusters[a] && q == r.Clusters[b] || p == r.Clusters[b] && q == r.Clusters[a]
	}
	return x
}

// ClusterExplanation says what holds a cluster together and what is nearest to it.
type ClusterExplanation struct {
	Records []string `json:"records"`
	Copies  int      `json:"copies"` // records that are equal to another of them in everything
	// Joins are the pairs that join the records, the surest first: without the last ones the cluster would fall apart.
	Joins []ClusterPair `json:"joins"`
	// Weak of Pairs pairs of different records would not be joined by themselves.
	Weak  int `json:"weakPairs"`
	Pairs int `json:"pairs"`
	// Against are the pairs that speak most against the cluster.
	Against []ClusterPair `json:"against"`
	// Neighbours are the likeliest candidates outside.
	Neighbours []ClusterPair `json:"neighbours"`
}

// ClusterPair is a pair of records and the probability that they are one entity, from the pair alone.
type ClusterPair struct {
	First       string  `json:"first"`
	Second      string  `json:"second"`
	Probability float64 `json:"probability"`
	Verdict     string  `json:"verdict"`
}

// clusterRows bounds how many different records of a cluster are compared with each other.
const clusterRows = 500

// ExplainCluster explains the cluster of a record, by its number. It needs [Options.Detail].
func (r *Result) ExplainCluster(rec uint32) (ClusterExplanation, error) {
	if err := r.needModel(true); err != nil {
		return ClusterExplanation{}, errs.E(errs.Op("match.ExplainCluster"), err)
	}
	var e ClusterExplanation
	for other, c := range r.Clusters {
		if c == r.Clusters[rec] {
			e.Records = append(e.Records, r.recordName(uint32(other)))
		}
	}
	rows := r.rowsOf(rec)
	e.Copies = len(e.Records) - len(rows)
	pairs := r.pairsWithin(rows[:min(len(rows), clusterRows)])
	e.Pairs = len(pairs)
	joined := newClusters(r.records.n)
	for _, p := range pairs {
		if p.score < r.Summary.Threshold {
			e.Weak++
		}
		if a, b := joined.root(p.a), joined.root(p.b); a != b {
			joined.union(a, b)
			e.Joins = append(e.Joins, r.clusterPair(p))
		}
	}
	for _, p := range slices.Backward(pairs) {
		if p.score >= r.Summary.Threshold || len(e.Against) == 3 {
			break
		}
		e.Against = append(e.Against, r.clusterPair(p))
	}
	e.Neighbours = r.neighbours(r.Clusters[rec])
	return e, nil
}

// scoredPair is a pair of rows with the logarithm of the odds that it is one entity.
type scoredPair struct {
	a, b  uint32
	score float64
}

func (p scoredPair) compare(q scoredPair) int {
	return cmp.Or(cmp.Compare(q.score, p.score), cmp.Compare(p.a, q.a), cmp.Compare(p.b, q.b))
}

// pairsWithin scores all pairs of rows, the surest first.
func (r *Result) pairsWithin(rows []uint32) (pairs []scoredPair) {
	score := r.scorer()
	for i, a := range rows {
		for _, b := range rows[i+1:] {
			pairs = append(pairs, scoredPair{a, b, score(a, b)})
		}
	}
	slices.SortFunc(pairs, scoredPair.compare)
	return pairs
}

// neighbours are the best candidate pairs with one record in the cluster.
func (r *Result) neighbours(cluster uint32) (list []ClusterPair) {
	var found []scoredPair
	for _, piece := range r.detail.pairs {
		for _, p := range piece {
			a, b := r.Clusters[r.firsts[p.a]], r.Clusters[r.firsts[p.b]]
			switch {
			case (a == cluster) == (b == cluster):
			case a == cluster:
				found = append(found, scoredPair{p.a, p.b, r.model.score(r.detail.vectors[p.v].v)})
			default:
				found = append(found, scoredPair{p.b, p.a, r.model.score(r.detail.vectors[p.v].v)})
			}
		}
	}
	slices.SortFunc(found, scoredPair.compare)
	seen := map[uint32]bool{}
	const most = 5
	for _, p := range found {
		if other := r.Clusters[r.firsts[p.b]]; !seen[other] && len(list) < most {
			seen[other] = true
			list = append(list, r.clusterPair(p))
		}
	}
	return list
}

func (r *Result) clusterPair(p scoredPair) ClusterPair {
	a, b := r.firsts[p.a], r.firsts[p.b]
	return ClusterPair{r.recordName(a), r.recordName(b), probability(p.score), r.Explain(a, b).Verdict}
}
