package match

import (
	"cmp"
	"math"
	"slices"

	"github.com/ownlake/ownlake/errs"
)

// Report is what a run found, to be shown.
type Report struct {
	Summary  Summary     `json:"summary"`
	Profiles []Profile   `json:"columns"`
	Sizes    []SizeCount `json:"sizes"`
	Scores   []ScoreBin  `json:"scores"`
	// Curve is the expected precision and recall of pairs by where the line is drawn, from the lowest threshold on.
	Curve []CurvePoint `json:"curve"`
	Reach []KeyReach   `json:"reach"`
	// Doubtful are the pairs closest to the threshold, and pairs that agree but are apart.
	Doubtful []Doubt `json:"doubtful"`
}

// SizeCount is how many customers have so many records.
type SizeCount struct {
	Records   int `json:"records"`
	Customers int `json:"customers"`
}

// ScoreBin is the candidate pairs whose evidence is from so many bits to binBits more.
type ScoreBin struct {
	From  float64 `json:"from"`
	Pairs int64   `json:"pairs"`
	// Matches is how many of them are expected to be of one entity.
	Matches float64 `json:"matches"`
}

// CurvePoint is a threshold, in bits, with what is expected of it.
type CurvePoint struct {
	Bits      float64 `json:"bits"`
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
}

// KeyReach is how far a blocking key reaches: of the pairs likely enough to be joined, how many agree on it, and how
// many on nothing else.
type KeyReach struct {
	Key   string `json:"key"`
	Pairs int64  `json:"pairs"` // candidates that it was the first to propose
	Agree int    `json:"agree"`
	Alone int    `json:"alone"`
}

// Doubt is a pair to be decided by a person.
type Doubt struct {
	First       string       `json:"first"`
	Second      string       `json:"second"`
	Values      []SideBySide `json:"values"`
	Explanation Explanation  `json:"explanation"`
}

// SideBySide is a column's value in two records. Values are as they are in the tables if these were not released.
type SideBySide struct {
	Column string `json:"column"`
	First  string `json:"first"`
	Second string `json:"second"`
	// Evidence says whether the column was compared.
	Evidence bool `json:"evidence"`
}

// BinBits is the width of a [ScoreBin].
const BinBits = 2

// mostBits bounds what is shown: beyond, pairs are as good as certain.
const mostBits = 40

// Report tells what was found, with up to so many doubtful pairs. It needs [Options.Detail].
func (r *Result) Report(doubtful int) (Report, error) {
	if err := r.needModel(true); err != nil {
		return Report{}, errs.E(errs.Op("match.Report"), err)
	}
	scores := make([]float64, len(r.detail.vectors))
	for i, c := range r.detail.vectors {
		scores[i] = r.model.score(c.v)
	}
	report := Report{Summary: r.Summary, Profiles: r.Profiles, Sizes: r.sizes()}
	report.Scores, report.Curve = r.distribution(scores)
	report.Reach = r.reach(scores)
	report.Doubtful = r.doubts(scores, doubtful)
	return report, nil
}

func (r *Result) sizes() []SizeCount {
	of := map[uint32]int{}
	for _, c := range r.Clusters {
		of[c]++
	}
	counts := map[int]int{}
	for _, n := range of {
		counts[n]++
	}
	list := make([]SizeCount, 0, len(counts))
	for n, customers := range counts {
		list = append(list, SizeCount{n, customers})
	}
	slices.SortFunc(list, func(a, b SizeCount) int { return cmp.Compare(a.Records, b.Records) })
	return list
}

func bitsOf(score float64) float64 { return min(mostBits, max(-mostBits, score/math.Ln2)) }

// distribution counts the candidates by score, and what each threshold promises.
func (r *Result) distribution(scores []float64) (bins []ScoreBin, curve []CurvePoint) {
	const n = 2*mostBits/BinBits + 1
	all := make([]ScoreBin, n)
	for i := range all {
		all[i].From = float64(i*BinBits - mostBits)
	}
	total := 0.0
	for i, c := range r.detail.vectors {
		b := &all[int(math.Floor((bitsOf(scores[i])+mostBits)/BinBits))]
		b.Pairs += c.n
		b.Matches += float64(c.n) * probability(scores[i])
		total += float64(c.n) * probability(scores[i])
	}
	found, correct := 0.0, 0.0
	for _, b := range slices.Backward(all) {
		found += float64(b.Pairs)
		correct += b.Matches
		if found > 0 && total > 0 {
			curve = append(curve, CurvePoint{b.From, correct / found, correct / total})
		}
	}
	slices.Reverse(curve)
	first := slices.IndexFunc(all, func(b ScoreBin) bool { return b.Pairs > 0 })
	if first < 0 {
		return nil, nil
	}
	last := len(all) - 1
	for all[last].Pairs == 0 {
		last--
	}
	return all[first : last+1], curve[min(first, len(curve)-1):]
}

func (r *Result) reach(scores []float64) []KeyReach {
	list := make([]KeyReach, len(r.keys))
	for i, k := range r.keys {
		list[i] = KeyReach{Key: k.name, Pairs: k.pairs}
	}
	for _, piece := range r.detail.pairs {
		for _, p := range piece {
			if scores[p.v] < r.Summary.Threshold {
				continue
			}
			a, b := r.records.row(p.a), r.records.row(p.b)
			agree, last := 0, 0
			for i := range r.keys {
				if h := r.keys[i].of(a); h != 0 && h == r.keys[i].of(b) {
					list[i].Agree++
					agree, last = agree+1, i
				}
			}
			if agree == 1 {
				list[last].Alone++
			}
		}
	}
	return list
}

// doubtBits is how far from the threshold a pair may be to be doubtful.
const doubtBits = 8

// doubts picks pairs for review: half of them apart though they agree, the rest closest to the threshold. No record is
// shown twice, so that each answer tells most.
func (r *Result) doubts(scores []float64, most int) []Doubt {
	var near, apart []scoredPair
	said := map[[2]uint32]bool{}
	for _, pair := range slices.Concat(r.together, r.apart) {
		said[ordered(r.records.of[pair[0]], r.records.of[pair[1]])] = true
	}
	for _, piece := range r.detail.pairs {
		for _, p := range piece {
			score := scores[p.v]
			switch {
			case said[ordered(p.a, p.b)]:
			case score >= r.Summary.Threshold && r.Clusters[r.firsts[p.a]] != r.Clusters[r.firsts[p.b]]:
				apart = append(apart, scoredPair{p.a, p.b, score})
			case math.Abs(score-r.Summary.Threshold) < doubtBits*math.Ln2:
				near = append(near, scoredPair{p.a, p.b, score})
			}
		}
	}
	slices.SortFunc(apart, scoredPair.compare)
	far := func(p scoredPair) float64 { return math.Abs(p.score - r.Summary.Threshold) }
	slices.SortFunc(near, func(p, q scoredPair) int { return cmp.Or(cmp.Compare(far(p), far(q)), p.compare(q)) })
	seen := map[uint32]bool{}
	list := r.pick(apart, most/2, seen)
	return append(list, r.pick(near, most-len(list), seen)...)
}

func (r *Result) pick(pairs []scoredPair, most int, seen map[uint32]bool) (list []Doubt) {
	for _, p := range pairs {
		if len(list) == most {
			break
		}
		if seen[p.a] || seen[p.b] {
			continue
		}
		seen[p.a], seen[p.b] = true, true
		a, b := r.firsts[p.a], r.firsts[p.b]
		list = append(list, Doubt{r.recordName(a), r.recordName(b), r.sideBySide(a, b), r.Explain(a, b)})
	}
	return list
}

// place finds the table and row of a record.
func (r *Result) place(rec uint32) (table, row int) {
	table = len(r.records.first) - 1
	for table > 0 && r.records.first[table] > int(rec) {
		table--
	}
	return table, int(rec) - r.records.first[table]
}

// sideBySide has the values of two records, those of columns that hold the same beside each other.
func (r *Result) sideBySide(a, b uint32) (list []SideBySide) {
	tableA, rowA := r.place(a)
	tableB, rowB := r.place(b)
	index := map[string]int{}
	for _, c := range r.shown(tableA, rowA) {
		index[c.label] = len(list)
		list = append(list, SideBySide{Column: c.label, First: c.value, Evidence: c.evidence})
	}
	for _, c := range r.shown(tableB, rowB) {
		i, ok := index[c.label]
		if !ok {
			i = len(list)
			list = append(list, SideBySide{Column: c.label, Evidence: c.evidence})
		}
		list[i].Second = c.value
	}
	return slices.DeleteFunc(list, func(s SideBySide) bool { return s.First == "" && s.Second == "" })
}

type shownValue struct {
	label, value string
	evidence     bool
}

// shown are the values of a record, by what they hold, or by their header if several hold the same.
func (r *Result) shown(table, row int) (list []shownValue) {
	at := 0
	for _, t := range r.tables[:table] {
		at += len(t.Columns)
	}
	used := map[string]bool{}
	for i := range r.tables[table].Columns {
		c, p := &r.tables[table].Columns[i], r.Profiles[at+i]
		if len(c.Codes) == 0 || p.Why == "excluded" {
			continue
		}
		label := fieldName(p.Kind, c.Name, 0)
		if p.Kind == Ignored || used[label] {
			label = c.Name
		}
		used[label] = true
		list = append(list, shownValue{label, c.Value(row), p.Kind != Ignored})
	}
	return list
}
