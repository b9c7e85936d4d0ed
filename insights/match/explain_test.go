package match

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// households are couples of one surname, address and phone, and their records of a second source.
func households(n int) (rows [][]string) {
	letters := func(i int) string {
		return string(rune('a'+i%26)) + string(rune('a'+i/26%26)) + string(rune('a'+i/676))
	}
	for i := range n {
		h := i / 2
		p := []string{
			[]string{"Anna", "Peter", "Maria", "John", "Laura", "Paul", "Emma", "Mark"}[i%8], "Ber" + letters(h), letters(i) + "x" + "@mail.example", "5550" + letters(h) + "1",
			person(i * 37)[4], person(h * 7)[5], "Town" + letters(h%50), person(h * 11)[7],
		}
		p[3] = person(h * 13)[3]
		rows = append(rows, p, slices.Clone(p))
		rows[len(rows)-1][2] = ""
		rows[len(rows)-1][5] = strings.Replace(p[5], "Street", "St", 1)
	}
	return rows
}

func TestExplanationsAddUpToTheProbability(t *testing.T) {
	t.Parallel()
	result := runOne(t, newTable("people", personColumns, households(600)))
	same, other := result.Explain(0, 1), result.Explain(0, 2)
	for name, e := range map[string]Explanation{"same": same, "household": other} {
		bits := e.Prior
		for _, s := range e.Steps {
			bits += s.Weight
		}
		// The weights compare with the likelier of two other classes; the probability with both.
		if p := 1 / (1 + math.Exp2(-bits)); p < e.Probability-1e-9 || (1-p)*2 < (1-e.Probability)*(1-1e-9) {
			t.Errorf("%s: weights say %.6f, the probability is %.6f", name, p, e.Probability)
		}
	}
	if !same.Together || other.Together {
		t.Fatalf("same: %s; household: %s", same.Verdict, other.Verdict)
	}
	if other.Against != "related" || !strings.Contains(other.Verdict, "household") {
		t.Errorf("a couple: %s, against %s", other.Verdict, other.Against)
	}
	i := slices.IndexFunc(same.Steps, func(s ExplanationStep) bool { return s.Comparison == "phone" })
	if got := same.Steps[i].Held; got != 4 {
		t.Errorf("the phone is held by %d records, want 4", got)
	}
}

func TestExplanationsSayWhyNoKeyProposesAPair(t *testing.T) {
	t.Parallel()
	rows := households(1400)
	rows[1][3] = ""
	result := runOne(t, newTable("people", personColumns, rows))
	e := result.Explain(1, 900)
	if len(e.Keys) > 0 {
		t.Fatalf("proposed by %v", e.Keys)
	}
	for key, want := range map[string]string{
		"phone":                   "a record has no phone",
		"date of birth + surname": "they differ in date of birth, surname",
	} {
		i := slices.IndexFunc(e.Missed, func(m MissedKey) bool { return m.Key == key })
		if i < 0 || e.Missed[i].Why != want {
			t.Errorf("%s: %+v, want %s", key, e.Missed, want)
		}
	}
}

func TestExplanationsSayWhatDividesABlock(t *testing.T) {
	t.Parallel()
	rows := households(1400)
	for i := range 400 {
		rows[i*4][0], rows[i*4][1] = "Maria", "Garcia"
	}
	result := runOne(t, newTable("people", personColumns, rows))
	found := false
	for i := 1; i < 400 && !found; i++ {
		e := result.Explain(0, uint32(i*4))
		at := slices.IndexFunc(e.Missed, func(m MissedKey) bool { return m.Key == "names in either order" })
		found = at >= 0 && e.Missed[at].Why == "400 records share it, which are divided by year of birth, and that differs"
	}
	if !found {
		t.Error("no pair of 400 Maria Garcias is said to be divided by year of birth")
	}
}

func TestExplanationsSayWhatKeepsClustersApart(t *testing.T) {
	t.Parallel()
	result := runOne(t, newTable("people", personColumns, households(600)))
	// Whatever the clusters are: said to be apart, the second record of a person is a cluster of its own.
	apart, err := Run(t.Context(), []*Table{newTable("people", personColumns, households(600))}, Options{Apart: [][2]uint32{{0, 1}}})
	if err != nil {
		t.Fatal(err)
	}
	if e := apart.Explain(0, 1); e.Said != "apart" || e.Verdict != "not the same: that was said of them" || e.Between == nil || !e.Between.Barred {
		t.Errorf("%+v", e)
	}
	if e := result.Explain(0, 1); e.Between != nil || e.Said != "" {
		t.Errorf("%+v", e)
	}
	// A chain: three records, of which the first two and the last two agree.
	r := &Result{
		tables: result.tables, records: result.records, model: result.model, keys: result.keys, firsts: result.firsts,
		Clusters: slices.Clone(result.Clusters), Summary: result.Summary,
	}
	r.Clusters[1] = r.Clusters[2] // as if it had joined its household
	e := r.Explain(0, 1)
	if e.Between == nil || e.Between.Sizes[0] != 1 || e.Between.Sizes[1] < 2 || !strings.Contains(e.Verdict, "clusters do not") {
		t.Errorf("%+v", e.Between)
	}
	if e.Between.Worst[0].Bits > 0 {
		t.Errorf("%+v, want the household's pair first", e.Between.Worst)
	}
}

func TestClustersAreExplainedByTheirJoins(t *testing.T) {
	t.Parallel()
	result, err := Run(t.Context(), []*Table{newTable("people", personColumns, households(600))}, Options{Detail: true})
	if err != nil {
		t.Fatal(err)
	}
	e, err := result.ExplainCluster(1)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(e.Records, []string{"people:1", "people:2"}) || len(e.Joins) != 1 || e.Pairs != 1 || e.Weak != 0 {
		t.Errorf("%+v", e)
	}
	if len(e.Neighbours) == 0 || e.Neighbours[0].First != "people:1" && e.Neighbours[0].First != "people:2" {
		t.Errorf("%+v, want the other member of the household", e.Neighbours)
	}
	if _, err := runOne(t, newTable("people", personColumns, households(30))).ExplainCluster(0); err == nil {
		t.Error("a run without detail explains a cluster")
	}
}
