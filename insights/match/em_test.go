package match

import (
	"math"
	"math/rand/v2"
	"testing"
)

// drawn is a sample of pairs whose classes are known.
type drawn struct {
	model   *model
	vectors []counted
	matches float64
}

// draw makes all pairs of a population: matches agree on each of six properties with probability same, others with
// probability chance.
func draw(matches, others int, same, chance float64) drawn {
	r := rand.New(rand.NewPCG(11, 12))
	m := &model{allPairs: float64(matches + others), sampled: float64(matches + others)}
	for range 6 {
		m.comparisons = append(m.comparisons, comparison{
			levels: []string{"missing", "agree", "differ"}, held: make([]float64, 3),
			same: []float64{0, 0.8, 0.2}, related: []float64{0, 0.4, 0.6},
		})
		m.observed = append(m.observed, make([]float64, 3))
	}
	counts := map[vector]int64{}
	one := func(p float64) {
		var v vector
		for k := range m.comparisons {
			level := 2
			if r.Float64() < p {
				level = 1
			}
			m.observed[k][level]++
			v |= vector(level) << (k * vectorBits)
		}
		counts[v]++
	}
	for range matches {
		one(same)
	}
	for range others {
		one(chance)
	}
	d := drawn{model: m, matches: float64(matches)}
	for v, n := range counts {
		d.vectors = append(d.vectors, counted{v, n})
	}
	m.start(matches * 2)
	return d
}

func TestTrainingRecoversWhatPairsWereDrawnFrom(t *testing.T) {
	t.Parallel()
	d := draw(4000, 1_000_000, 0.9, 0.03)
	d.model.train(d.vectors)
	if got := d.model.share[match] * d.model.allPairs; math.Abs(got-d.matches) > 0.05*d.matches {
		t.Errorf("%.0f matches, want about %.0f", got, d.matches)
	}
	for k := range d.model.comparisons {
		if got := d.model.p[match][k][1]; math.Abs(got-0.9) > 0.02 {
			t.Errorf("comparison %d: matches agree with probability %.3f, want about 0.9", k, got)
		}
		if got := d.model.p[unrelated][k][1]; math.Abs(got-0.03) > 0.005 {
			t.Errorf("comparison %d: others agree with probability %.4f, want about 0.03", k, got)
		}
	}
}

func TestProbabilitiesOfClassesSumToOne(t *testing.T) {
	t.Parallel()
	d := draw(500, 50_000, 0.9, 0.05)
	d.model.train(d.vectors)
	for _, c := range d.vectors {
		p := d.model.posterior(c.v)
		if sum := p[match] + p[related] + p[unrelated]; math.Abs(sum-1) > 1e-9 {
			t.Fatalf("%x: the classes' probabilities sum to %v", c.v, sum)
		}
	}
	for class := range classes {
		for k, p := range d.model.p[class] {
			sum := 0.0
			for _, x := range p[1:] {
				sum += x
			}
			if math.Abs(sum-1) > 1e-6 {
				t.Errorf("class %d, comparison %d: the levels' probabilities sum to %v", class, k, sum)
			}
		}
	}
}

// TestExpectedPrecisionIsTheTruePrecision is what makes a threshold without truth possible.
func TestExpectedPrecisionIsTheTruePrecision(t *testing.T) {
	t.Parallel()
	d := draw(4000, 1_000_000, 0.85, 0.1)
	d.model.train(d.vectors)
	scores := make([]float64, len(d.vectors))
	for i, c := range d.vectors {
		scores[i] = d.model.score(c.v)
	}
	threshold, s := findThreshold(d.vectors, scores, 0)
	// The chance of a vector under each class is known, and so is how many of those above the threshold are matches.
	found, correct := 0.0, 0.0
	for i, c := range d.vectors {
		if scores[i] < threshold {
			continue
		}
		same, chance := d.matches, 1_000_000.0
		for k := range d.model.comparisons {
			if c.v.level(k) == 1 {
				same, chance = same*0.85, chance*0.1
			} else {
				same, chance = same*0.15, chance*0.9
			}
		}
		found += float64(c.n)
		correct += float64(c.n) * same / (same + chance)
	}
	if math.Abs(correct/found-s.Precision) > 0.05 {
		t.Errorf("expected precision %.3f, true precision %.3f", s.Precision, correct/found)
	}
}
