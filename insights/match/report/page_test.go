package report_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights/match"
	"github.com/ownlake/ownlake/insights/match/report"
)

// run unifies people of whom every third has a second record, with a typing error.
func run(t *testing.T, o match.Options) *match.Result {
	t.Helper()
	var b strings.Builder
	b.WriteString("id,first,last,mail,born,city,note\n")
	given := []string{"Anna", "Peter", "Maria", "John", "Laura", "Paul", "Emma"}
	for i := range 300 {
		last := string(rune('B'+i%20)) + string(rune('a'+i/20)) + "rgen<b>"
		line := fmt.Sprintf("%s,%s,m%d@mail.example,%d-%02d-%02d,Town%d,it's", given[i%7], last, i*7919%1000, 1940+i%60, 1+i%12, 1+i%28, i%30)
		fmt.Fprintf(&b, "P%d,%s\n", i, line)
		if i%3 == 0 {
			fmt.Fprintf(&b, "Q%d,%s\n", i, strings.Replace(line, "rgen", "rgn", 1))
		}
	}
	table, _, err := match.ReadCSV("people", []byte(b.String()))
	if err != nil {
		t.Fatal(err)
	}
	o.Skip, o.Detail = []string{"id"}, true
	id, _ := table.Column("id")
	o.Name = func(_, row int) string { return "people:" + id.Value(row) }
	result, err := match.Run(t.Context(), []*match.Table{table}, o)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func page(t *testing.T, r match.Report) string {
	t.Helper()
	var b strings.Builder
	if err := report.Page(&b, "people <1>", r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPagesShowARunAndLoadNothing(t *testing.T) {
	t.Parallel()
	result := run(t, match.Options{})
	r, err := result.Report(20)
	if err != nil {
		t.Fatal(err)
	}
	text := page(t, r)
	for _, want := range []string{
		"Unification of people &lt;1&gt;", "<b>400</b><span>records", fmt.Sprintf("<b>%d</b><span>customers", result.Summary.Customers),
		`data-first="people:`, "date of birth", "rgen&lt;b&gt;", "joined from here", "all pairs, as they are few", `default-src 'none'`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing", want)
		}
	}
	for _, not := range []string{"<b>rgen", "rgen<b>", `src="`, `href="http`, "url(", "ZgotmplZ", "NaN", "@import"} {
		if strings.Contains(text, not) {
			t.Errorf("the page has %q", not)
		}
	}
}

func TestReportsCountEveryRecordAndPair(t *testing.T) {
	t.Parallel()
	result := run(t, match.Options{})
	r, err := result.Report(10)
	if err != nil {
		t.Fatal(err)
	}
	records, customers := 0, 0
	for _, s := range r.Sizes {
		records += s.Records * s.Customers
		customers += s.Customers
	}
	if records != 400 || customers != result.Summary.Customers {
		t.Errorf("sizes tell of %d records of %d customers, want 400 of %d", records, customers, result.Summary.Customers)
	}
	pairs, matches := int64(0), 0.0
	for _, s := range r.Scores {
		pairs += s.Pairs
		matches += s.Matches
	}
	if pairs != result.Summary.Candidates || matches < result.Summary.Matches*0.999 || matches > result.Summary.Matches*1.001 {
		t.Errorf("scores tell of %d pairs and %.2f matches, want %d and %.2f", pairs, matches, result.Summary.Candidates, result.Summary.Matches)
	}
	for i, c := range r.Curve[1:] {
		if c.Recall > r.Curve[i].Recall+1e-9 {
			t.Errorf("recall rises with the threshold: %+v, %+v", r.Curve[i], c)
		}
	}
	if first := r.Curve[0]; first.Recall < 0.999 {
		t.Errorf("the lowest threshold finds %.3f of all, want all", first.Recall)
	}
	found := 0
	for _, k := range r.Reach {
		if k.Key == "all pairs, as they are few" {
			found = k.Agree
		}
		if k.Alone > k.Agree {
			t.Errorf("%+v", k)
		}
	}
	if found < 95 {
		t.Errorf("%d likely pairs, want about 100", found)
	}
}

// TestAnswersComeBackAsDecisions is the way of a doubtful pair: shown, answered, and heeded by the next run.
func TestAnswersComeBackAsDecisions(t *testing.T) {
	t.Parallel()
	first, err := run(t, match.Options{}).Report(10)
	if err != nil {
		t.Fatal(err)
	}
	if len(first.Doubtful) == 0 {
		t.Skip("the data leave no doubt")
	}
	d := first.Doubtful[0]
	answer := "same"
	if d.Explanation.Together {
		answer = "different"
	}
	file := fmt.Sprintf("first,second,answer\n%q,%q,%s\n", d.First, d.Second, answer)
	answers, err := report.ReadAnswers(strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]report.Answer{{First: d.First, Second: d.Second, Same: answer == "same"}}, answers); diff != "" {
		t.Fatal(diff)
	}
	find := func(name string) uint32 {
		for rec := range uint32(400) {
			i := int(rec) / 4 * 3 // P0 Q0 P1 P2, P3 Q3 P4 P5, …
			if name == "people:"+[]string{fmt.Sprintf("P%d", i), fmt.Sprintf("Q%d", i), fmt.Sprintf("P%d", i+1), fmt.Sprintf("P%d", i+2)}[rec%4] {
				return rec
			}
		}
		t.Fatalf("no record %s", name)
		return 0
	}
	pair := [2]uint32{find(d.First), find(d.Second)}
	o := match.Options{Together: [][2]uint32{pair}}
	if answer == "different" {
		o = match.Options{Apart: [][2]uint32{pair}}
	}
	again := run(t, o)
	if together := again.Clusters[pair[0]] == again.Clusters[pair[1]]; together != (answer == "same") {
		t.Errorf("answered %s, and together is %v", answer, together)
	}
	second, err := again.Report(10)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range second.Doubtful {
		if x.First == d.First && x.Second == d.Second {
			t.Error("a pair is asked about again")
		}
	}
}

func TestAnswersThatMakeNoSenseAreRefused(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                    "the first line is not",
		"a,b,c\n":                             "the first line is not",
		"first,second,answer\nx,y,maybe\n":    `line 2: the answer is "maybe"`,
		"first,second,answer\nx,x,same\n":     `line 2: both records are "x"`,
		"first,second,answer\nx,y\n":          "wrong number of fields",
		"first,second,answer\n\"x,y,same\n":   "no CSV",
		"first,second,answer\nx,y,same,why\n": "wrong number of fields",
	} {
		_, err := report.ReadAnswers(strings.NewReader(text))
		if !errs.Is(err, errs.Invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	got, err := report.ReadAnswers(strings.NewReader("\ufefffirst,second,answer\nx,y,\nx,\"y,\"\"z\",different\n"))
	if err != nil || len(got) != 1 || got[0].Second != `y,"z` || got[0].Same {
		t.Errorf("%v, %v", got, err)
	}
}
