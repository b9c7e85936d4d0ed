package match

import (
	"math"
	"strings"

	"github.com/ownlake/ownlake/errs"
)

// Explanation says why two records are, or are not, one entity. Weights are binary logarithms of how much likelier a
// level is among records of one entity than in the other class that explains the pair best, so they add up: Prior and
// the steps' weights are the odds of the pair.
type Explanation struct {
	Together    bool              `json:"together"`    // in the result
	Probability float64           `json:"probability"` // that they are one entity, from this pair alone
	Threshold   float64           `json:"threshold"`   // the least probability of a pair that joins two records
	Against     string            `json:"against"`     // what else they could be: related, unrelated
	Prior       float64           `json:"prior"`
	Steps       []ExplanationStep `json:"steps"`
	Keys        []string          `json:"blockingKeys"` // that propose the pair; without one it is not compared
	// Missed says of the other keys why they do not propose it.
	Missed  []MissedKey `json:"missedKeys"`
	Cluster int         `json:"clusterSize"` // of the first record
	// Between is what the clusters of two records that are apart say of each other, if the pair alone would be joined.
	Between *Between `json:"between,omitempty"`
	Said    string   `json:"said,omitempty"` // "together" or "apart", if that was said of the two whatever they look like
	Verdict string   `json:"verdict"`
}

// ExplanationStep is one comparison. Values are as they are compared, after cleaning.
type ExplanationStep struct {
	Comparison string  `json:"comparison"`
	First      string  `json:"first"`
	Second     string  `json:"second"`
	Level      string  `json:"level"`
	Weight     float64 `json:"weight"`
	// Held is how many different records have the value that both have: the fewer, the more it says. 0 for none.
	Held int `json:"recordsWithValue,omitempty"`
}

// HasModel says whether a model took part in a result: if rules alone decide, there is none to explain.
func (r *Result) HasModel() bool { return r.model != nil }

// needModel is an error if there is no model, or no detail that is needed.
func (r *Result) needModel(detail bool) error {
	switch {
	case !r.HasModel():
		return errs.E(errs.Invalid, "rules alone decided, so no model was learned", errs.Hint("let the model decide what rules leave, or leave the rules out"))
	case detail && r.detail == nil:
		return errs.E(errs.Internal, "the run kept no detail")
	}
	return nil
}

// Explain explains two records by their numbers: those of the first table come first. The result needs a model.
func (r *Result) Explain(a, b uint32) Explanation {
	left, right := r.records.row(r.records.of[a]), r.records.row(r.records.of[b])
	e := r.model.explain(newWorker(), left, right)
	e.Together, e.Threshold = r.Clusters[a] == r.Clusters[b], probability(r.Summary.Threshold)
	e.Keys, e.Missed = r.proposing(left, right)
	for _, c := range r.Clusters {
		if c == r.Clusters[a] {
			e.Cluster++
		}
	}
	e.Said = r.saidOf(a, b)
	if !e.Together && e.Probability >= e.Threshold {
		e.Between = r.between(a, b)
	}
	e.Verdict = e.verdict()
	return e
}

// Scorer returns a function that gives the probability that two records, by number, are one entity, from this pair
// alone. It is not for concurrent use.
func (r *Result) Scorer() func(a, b uint32) float64 {
	w := newWorker()
	return func(a, b uint32) float64 {
		x, y := r.records.row(r.records.of[a]), r.records.row(r.records.of[b])
		return r.model.posterior(compareAll(r.model.comparisons, w, x, y))[match]
	}
}

// explain weighs two rows.
func (m *model) explain(w *worker, left, right row) Explanation {
	v := compareAll(m.comparisons, w, left, right)
	p := m.posterior(v)
	against := unrelated
	if p[related] > p[unrelated] {
		against = related
	}
	e := Explanation{
		Probability: p[match], Against: [classes]string{"", "related", "unrelated"}[against],
		Prior: math.Log2(m.share[match] / m.share[against]),
	}
	for k, c := range m.comparisons {
		level := v.level(k)
		s := ExplanationStep{Comparison: c.name, First: c.text(left), Second: c.text(right), Level: c.levels[level]}
		if level != 0 {
			s.Weight = (m.weights[match][k][level] - m.weights[against][k][level]) / math.Ln2
			s.Held = c.sharedBy(left, right)
		}
		e.Steps = append(e.Steps, s)
	}
	return e
}

// sharedBy counts the rows that have the value that two rows have in common.
func (c *comparison) sharedBy(a, b row) int {
	if c.equal == nil || a[c.equal.at].code() != b[c.equal.at].code() {
		return 0
	}
	return int(c.equal.counts[a[c.equal.at].code()])
}

// text is what a comparison looks at in a record.
func (c *comparison) text(of row) string {
	var parts []string
	for _, f := range c.fields {
		if cell := of[f.at]; cell != 0 {
			parts = append(parts, f.dict.values[cell.code()])
		}
	}
	return strings.Join(parts, ", ")
}

func (e *Explanation) verdict() string {
	likely := e.Probability >= e.Threshold
	switch {
	case e.Together && e.Said == "together":
		return "the same: that was said of them"
	case !e.Together && e.Said == "apart":
		return "not the same: that was said of them"
	case e.Together && likely:
		return "the same: what agrees outweighs what differs"
	case e.Together:
		return "the same through other records of their cluster; this pair alone would not be joined"
	case !likely && e.Against == "related":
		return "not the same: they look like members of one household"
	case !likely:
		return "not the same: too little agrees, or too much differs"
	case e.Between != nil && e.Between.Barred:
		return "not the same: it was said that records of their clusters are not"
	case len(e.Keys) == 0:
		return "not compared: no blocking key proposes the pair"
	}
	return "not the same: the pair agrees, but the other records of their clusters do not"
}

func probability(score float64) float64 { return 1 / (1 + math.Exp(-score)) }
