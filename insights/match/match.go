package match

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	"github.com/ownlake/ownlake/errs"
)

// Options of a run. The zero value asks for nothing.
type Options struct {
	// Skip names columns that are no evidence, such as the key or the truth.
	Skip []string
	// Kinds, if set, says what a column holds where that is declared; Ignored makes it no evidence. What others hold is
	// found.
	Kinds func(table, column string) (k Kind, declared bool)
	// Together and Apart are pairs of records, by number, that are one entity and that are not, whatever they look like.
	// Where both are said of two records, directly or through others, they are together, and [Result.Conflicts] has the
	// pair.
	Together, Apart [][2]uint32
	// Threshold is the least probability of a pair that joins two records; 0: it is found.
	Threshold float64
	// Release lets go of the columns that have been read, but for skipped ones, to save memory.
	Release bool
	// Progress, if set, hears what is being done and how far it is: done of total steps of a phase. It is called from
	// one goroutine, at most some dozen times.
	Progress func(phase string, done, total int)
	// Name names a record where a guard or a report shows it, by table and row; by default "table:row", counted from 1.
	Name func(table, row int) string
	// Detail keeps what Report and ExplainCluster need: the candidate pairs.
	Detail bool
}

// Result is a clustering: a number per record, those of the first table first.
type Result struct {
	tables   []*Table
	records  *records
	model    *model
	keys     []key
	dividers []atom
	name     func(table, row int) string
	firsts   []uint32 // the first record of each row
	together [][2]uint32
	apart    [][2]uint32
	detail   *detail
	Profiles []Profile
	Clusters []uint32 // the first record of the cluster
	// Conflicts are the pairs of Options.Apart that Options.Together makes one.
	Conflicts [][2]uint32
	Summary   Summary
}

// detail is what is kept of the candidates.
type detail struct {
	pairs   [][]pair
	vectors []counted // which pairs refer to
}

// Summary says how a result came about.
type Summary struct {
	Records    int             `json:"records"`
	Customers  int             `json:"customers"`
	Copies     int             `json:"copies"` // records that are equal to another in everything
	Candidates int64           `json:"candidatePairs"`
	Keys       []KeySummary    `json:"blockingKeys"`
	Threshold  float64         `json:"threshold"`
	Matches    float64         `json:"expectedMatchingPairs"`
	Precision  float64         `json:"expectedPrecision"`
	Recall     float64         `json:"expectedRecall"`
	Vectors    int             `json:"distinctVectors"`
	Weights    []WeightSummary `json:"weights"`
	Guards     []Guard         `json:"guards"`
}

// KeySummary is a blocking key and how many pairs it was the first to propose.
type KeySummary struct {
	Name  string `json:"name"`
	Pairs int64  `json:"pairs"`
}

// WeightSummary is a level of a comparison and what was learned of it.
type WeightSummary struct {
	Comparison string  `json:"comparison"`
	Level      string  `json:"level"`
	Same       float64 `json:"same"`
	Related    float64 `json:"related"`
	Unrelated  float64 `json:"unrelated"`
}

// Run unifies the records of tables.
func Run(ctx context.Context, tables []*Table, o Options) (*Result, error) {
	skip := func(name string) bool {
		return slices.ContainsFunc(o.Skip, func(s string) bool { return strings.EqualFold(s, name) })
	}
	if o.Progress == nil {
		o.Progress = func(string, int, int) {}
	}
	canceled := func() error {
		if err := ctx.Err(); err != nil {
			return errs.E(errs.Op("match.Run"), errs.Canceled, err)
		}
		return nil
	}
	o.Progress("cleaning", 0, 1)
	profiles := make([][]Profile, len(tables))
	for i, t := range tables {
		if err := canceled(); err != nil {
			return nil, err
		}
		profiles[i] = profileTable(t, skip)
		o.declare(profiles[i])
	}
	r := newRecords(ctx, tables, profiles, o.Apart)
	if err := canceled(); err != nil {
		return nil, err
	}
	if o.Release {
		release(tables, skip)
	}
	m := &model{comparisons: comparisonsOf(r)}
	if len(m.comparisons) == 0 {
		return nil, errs.E(errs.Op("match.Run"), errs.Invalid, "no column can be compared", errs.Hint("see the profile: all columns are empty, keys or excluded"))
	}
	if err := canceled(); err != nil {
		return nil, err
	}
	o.Progress("sampling", 0, 1)
	keys, dividers := keysOf(r)
	if err := canceled(); err != nil {
		return nil, err
	}
	m.observe(r)
	m.start(r.n)
	s := searcher{
		records: r, keys: keys, dividers: dividers, comparisons: m.comparisons,
		keep: func(v vector) bool { return m.score(v) > hopeless }, progress: o.Progress,
	}
	pairs, vectors, err := s.search(ctx)
	if err != nil {
		return nil, errs.E(errs.Op("match.Run"), errs.Canceled, err)
	}
	o.Progress("learning", 0, 1)
	m.train(vectors)
	if err := canceled(); err != nil {
		return nil, err
	}
	o.Progress("joining", 0, 1)
	result := &Result{tables: tables, records: r, model: m, keys: keys, dividers: dividers, name: o.Name, together: o.Together, apart: o.Apart, Profiles: slices.Concat(profiles...)}
	if o.Detail {
		result.detail = &detail{pairs, vectors}
	}
	if err := m.cluster(ctx, r, pairs, vectors, o, result); err != nil {
		return nil, errs.E(errs.Op("match.Run"), errs.Canceled, err)
	}
	m.summarise(keys, vectors, result)
	return result, nil
}

func release(tables []*Table, skip func(string) bool) {
	for _, t := range tables {
		for i := range t.Columns {
			if !skip(t.Columns[i].Name) {
				t.Columns[i].release()
			}
		}
	}
}

// hopeless is the score, before learning, of pairs that are counted but not kept.
const hopeless = -9

func isPerson(r *records) bool { return r.field(Given) != nil && r.field(Surname) != nil }

// cluster joins the records of the pairs that are likely enough.
func (m *model) cluster(ctx context.Context, r *records, pairs [][]pair, vectors []counted, o Options, result *Result) error {
	scores := make([]float64, len(vectors))
	for i, c := range vectors {
		scores[i] = m.score(c.v)
	}
	threshold, s := findThreshold(vectors, scores, o.Threshold)
	result.Summary = s
	c, conflicts := constrained(r, o.Together, o.Apart)
	result.Conflicts, result.firsts = conflicts, r.firstRecords()
	newScore := m.scorers(r, vectors, scores)
	edges := likelyEdges(pairs, scores, threshold)
	if err := c.agglomerate(ctx, edges, threshold, newScore); err != nil {
		return err
	}
	result.Clusters = make([]uint32, len(r.of))
	const none = math.MaxUint32
	first := slices.Repeat([]uint32{none}, r.n) // record of each root
	for rec, row := range r.of {
		root := c.root(row)
		if first[root] == none {
			first[root] = uint32(rec)
			result.Summary.Customers++
		}
		result.Clusters[rec] = first[root]
	}
	result.Summary.Records, result.Summary.Copies = len(r.of), len(r.of)-r.n
	g := guarding{result: result, clusters: c, edges: edges, threshold: threshold, score: newScore()}
	result.Summary.Guards = g.all()
	return nil
}

// scorers makes functions that score two records, for one goroutine each.
func (m *model) scorers(r *records, vectors []counted, scores []float64) func() func(a, b uint32) float64 {
	known := newTally(func(vector) bool { return true })
	for _, v := range vectors {
		known.place(v.v)
	}
	return func() func(a, b uint32) float64 {
		w := newWorker()
		return func(a, b uint32) float64 {
			v := compareAll(m.comparisons, w, r.row(a), r.row(b))
			if i, ok := known.find(v); ok {
				return scores[i]
			}
			return m.score(v)
		}
	}
}

// likelyEdges are the pairs whose score reaches the threshold.
func likelyEdges(pairs [][]pair, scores []float64, threshold float64) []edge {
	ranks := rankScores(scores)
	n := 0
	for _, piece := range pairs {
		for _, p := range piece {
			if scores[p.v] >= threshold {
				n++
			}
		}
	}
	edges := make([]edge, 0, n)
	for _, piece := range pairs {
		for _, p := range piece {
			if scores[p.v] >= threshold {
				edges = append(edges, edge{p.a, p.b, ranks[p.v]})
			}
		}
	}
	return edges
}

// rankScores numbers scores from the highest on; equal ones have one number.
func rankScores(scores []float64) []uint32 {
	order := make([]uint32, len(scores))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(x, y uint32) int { return cmp.Compare(scores[y], scores[x]) })
	ranks := make([]uint32, len(scores))
	for i, x := range order {
		ranks[x] = uint32(i)
		if i > 0 && scores[order[i-1]] == scores[x] {
			ranks[x] = ranks[order[i-1]]
		}
	}
	return ranks
}

// findThreshold takes the score above which the expected F1 of pairs is best: the sum of the probabilities of those
// above is what is found, of those below what is missed. A probability that is wanted is taken instead.
func findThreshold(vectors []counted, scores []float64, wanted float64) (threshold float64, s Summary) {
	type scored struct{ score, n, p float64 }
	list := make([]scored, len(vectors))
	total := 0.0
	for i, c := range vectors {
		score := scores[i]
		p := 1 / (1 + math.Exp(-score))
		list[i] = scored{score, float64(c.n), p}
		total += p * float64(c.n)
		s.Candidates += c.n
	}
	slices.SortFunc(list, func(a, b scored) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		return 0
	})
	found, correct, best := 0.0, 0.0, 0.0
	for _, x := range list {
		found += x.n
		correct += x.n * x.p
		f := 2 * correct / (found + total)
		if wanted == 0 && f > best || wanted > 0 && x.p >= wanted {
			best, threshold = f, x.score
			s.Precision, s.Recall = correct/found, correct/total
		}
	}
	if wanted > 0 {
		threshold = math.Log(wanted) - math.Log1p(-wanted)
	}
	s.Matches, s.Threshold = total, threshold
	return threshold, s
}

func (m *model) summarise(keys []key, vectors []counted, result *Result) {
	for _, k := range keys {
		result.Summary.Keys = append(result.Summary.Keys, KeySummary{k.name, k.pairs})
	}
	result.Summary.Vectors = len(vectors)
	for k, c := range m.comparisons {
		for l := 1; l < len(c.levels); l++ {
			result.Summary.Weights = append(result.Summary.Weights, WeightSummary{c.name, c.levels[l], m.p[match][k][l], m.p[related][k][l], m.p[unrelated][k][l]})
		}
	}
}
