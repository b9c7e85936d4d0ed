package match

import (
	"math"
	"slices"
)

// vector is the levels of all comparisons of a pair, vectorBits each.
type vector uint64

const (
	vectorBits     = 5
	mostLevels     = 1 << vectorBits
	mostComparison = 64 / vectorBits
)

func (v vector) level(k int) int { return int(v >> (k * vectorBits) & (mostLevels - 1)) }

// class is what two records can be to each other.
type class int

const (
	match     class = iota // one entity
	related                // of a household or a series: they share what is not their own
	unrelated              // met by chance
	classes
)

// model is a mixture of classes, in which the levels of different comparisons are independent (Fellegi and Sunter,
// 1969), trained by expectation and maximisation over distinct vectors (Winkler, 1988). Probabilities are given that
// the level is not missing.
type model struct {
	comparisons []comparison
	// share is the part of all pairs of records that is of each class.
	share [classes]float64
	// p[class][comparison][level].
	p [classes][][]float64
	// weights are the logarithms of p, for scoring.
	weights [classes][][]float64
	// flat has the weights of all comparisons one after the other, mostLevels each, and logShare those of share.
	flat     [classes][]float64
	logShare [classes]float64
	allPairs float64
	// observed is how many of all pairs have a level, counted or estimated.
	observed [][]float64
	// sampled says how many pairs the estimates of observed rest on.
	sampled float64
}

// counted is a distinct vector and how many candidate pairs have it.
type counted struct {
	v vector
	n int64
}

const (
	rounds = 40
	// faith is how many pairs the expectation of a level weighs before learning.
	faith        = 25
	faithRelated = 60
)

// train learns from the candidates' vectors, which are sorted so that sums are the same in every run.
func (m *model) train(vectors []counted) {
	for range rounds {
		if m.step(vectors) {
			break
		}
	}
	m.prepare()
}

// start expects a match for every other record, before anything is learned.
func (m *model) start(n int) {
	for c := range classes {
		m.p[c] = make([][]float64, len(m.comparisons))
	}
	for k, c := range m.comparisons {
		m.p[match][k] = slices.Clone(c.same)
		m.p[related][k] = slices.Clone(c.related)
		m.p[unrelated][k] = make([]float64, len(c.levels))
	}
	m.share[match] = min(0.5*float64(n), 0.5*m.allPairs) / m.allPairs
	m.share[related] = m.share[match] / 3
	m.learnUnrelated(nil)
	m.distributeEqual()
	m.share[unrelated] = 1 - m.share[match] - m.share[related]
	m.prepare()
}

// distributeEqual shares out the probability of equal values over their buckets as the records that hold them are:
// how rare a value is says nothing about whether its owner writes it the same way twice.
func (m *model) distributeEqual() {
	for k, c := range m.comparisons {
		if c.exact == 0 {
			continue
		}
		total := 0.0
		held := m.held(k)
		for l := 1; l <= c.exact; l++ {
			total += held[l]
		}
		for _, class := range []class{match, related} {
			p := m.p[class][k]
			equal := 0.0
			for l := 1; l <= c.exact; l++ {
				equal += p[l]
			}
			for l := 1; l <= c.exact; l++ {
				p[l] = equal * (held[l] + 0.5) / (total + 0.5*float64(c.exact))
			}
		}
	}
}

// held counts the records by the level that they would have with an equal one.
func (m *model) held(k int) []float64 { return m.comparisons[k].held }

// learnUnrelated takes what the other classes explain from what was observed among all pairs.
func (m *model) learnUnrelated(explained [][]float64) {
	for k, c := range m.comparisons {
		total := 0.0
		p := m.p[unrelated][k]
		for l := 1; l < len(c.levels); l++ {
			seen := m.observed[k][l]
			rest := seen
			if explained != nil {
				rest -= explained[k][l]
			}
			// What is left is a small difference of large numbers where nearly all pairs of a level are matches.
			p[l] = max(rest, 0.02*seen, 0.5*m.allPairs/m.sampled)
			if l <= c.exact {
				p[l] = max(rest, 0.02*seen, 0.5)
			}
			total += p[l]
		}
		for l := range p {
			p[l] /= max(total, 1e-300)
		}
	}
}

func (m *model) prepare() {
	for c := range classes {
		m.weights[c] = make([][]float64, len(m.comparisons))
		m.flat[c] = make([]float64, len(m.comparisons)*mostLevels)
		m.logShare[c] = math.Inf(-1)
		if m.share[c] > 0 {
			m.logShare[c] = math.Log(m.share[c])
		}
		for k := range m.comparisons {
			m.weights[c][k] = make([]float64, len(m.p[c][k]))
			for l := 1; l < len(m.p[c][k]); l++ {
				m.weights[c][k][l] = math.Log(max(m.p[c][k][l], 1e-12))
			}
			copy(m.flat[c][k*mostLevels:], m.weights[c][k])
		}
	}
}

// posterior gives the probability of each class for a vector.
func (m *model) posterior(v vector) (p [classes]float64) {
	logs := m.logShare
	a, b, c := m.flat[match], m.flat[related], m.flat[unrelated]
	for at := 0; v != 0; at, v = at+mostLevels, v>>vectorBits {
		i := at + v.level(0)
		logs[match] += a[i]
		logs[related] += b[i]
		logs[unrelated] += c[i]
	}
	most := max(logs[match], logs[related], logs[unrelated])
	total := 0.0
	for c := range classes {
		if apart := logs[c] - most; apart > negligible {
			p[c] = math.Exp(apart)
		}
		total += p[c]
	}
	for c := range classes {
		p[c] /= total
	}
	return p
}

// negligible is the logarithm of a probability that no sum of some millions shows.
const negligible = -60

// score is the logarithm of the odds that a pair is a match.
func (m *model) score(v vector) float64 {
	p := m.posterior(v)
	return math.Log(max(p[match], 1e-15)) - math.Log(max(p[related]+p[unrelated], 1e-15))
}

// step is one round; it returns whether nothing moves any more.
func (m *model) step(vectors []counted) (settled bool) {
	var sums [classes]float64
	var levels [classes][][]float64
	for c := range classes {
		levels[c] = make([][]float64, len(m.comparisons))
		for k := range m.comparisons {
			levels[c][k] = make([]float64, len(m.comparisons[k].levels))
		}
	}
	for _, c := range vectors {
		p := m.posterior(c.v)
		n := float64(c.n)
		for class := range unrelated {
			if p[class] == 0 {
				continue
			}
			sums[class] += p[class] * n
			for k := range m.comparisons {
				levels[class][k][c.v.level(k)] += p[class] * n
			}
		}
	}
	explained := make([][]float64, len(m.comparisons))
	for k, c := range m.comparisons {
		explained[k] = make([]float64, len(c.levels))
		for l := range c.levels {
			explained[k][l] = levels[match][k][l] + levels[related][k][l]
		}
		maximise(m.p[match][k], levels[match][k], c.same, faith)
		maximise(m.p[related][k], levels[related][k], c.related, faithRelated)
	}
	before := m.share
	m.share[match] = max(sums[match], 1) / m.allPairs
	m.share[related] = max(sums[related], 1) / m.allPairs
	m.share[unrelated] = 1 - m.share[match] - m.share[related]
	m.learnUnrelated(explained)
	m.distributeEqual()
	m.prepare()
	return math.Abs(m.share[match]-before[match]) < 1e-5*before[match]
}

// maximise sets a class's probabilities to what was seen, and what was expected as so many pairs.
func maximise(p, seen, expected []float64, faith float64) {
	total := 0.0
	for l := 1; l < len(p); l++ {
		p[l] = seen[l] + faith*expected[l]
		total += p[l]
	}
	for l := 1; l < len(p); l++ {
		p[l] /= total
	}
}
