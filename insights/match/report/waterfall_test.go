package report_test

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights/match"
	"github.com/ownlake/ownlake/insights/match/report"
)

func explanation() match.Explanation {
	return match.Explanation{
		Probability: 0.97, Threshold: 0.5, Against: "related", Prior: -3.5, Verdict: "the same: what agrees outweighs <what> differs",
		Steps: []match.ExplanationStep{
			{Comparison: "given name", First: "anna & co", Second: "ann", Level: "a variant of the same name", Weight: 6.25},
			{Comparison: "phone", First: "555", Second: "", Level: "missing"},
			{Comparison: "surname", First: "berg", Second: "burg", Level: "one edit apart", Weight: -1.5},
			{Comparison: "e-mail", First: "a@b.example", Second: "a@b.example", Level: "equal", Weight: 4, Held: 2},
		},
	}
}

func TestWaterfallsAreWellFormedAndShowEveryWeight(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	if err := report.Waterfall(&b, explanation(), [2]string{`crm:"1"`, "shop:<2>"}); err != nil {
		t.Fatal(err)
	}
	var texts []string
	bars := map[string]int{}
	d := xml.NewDecoder(strings.NewReader(b.String()))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("no XML: %v\n%s", err, b.String())
		}
		switch x := token.(type) {
		case xml.CharData:
			texts = append(texts, string(x))
		case xml.StartElement:
			for _, a := range x.Attr {
				if x.Name.Local == "rect" && a.Name.Local == "class" {
					bars[a.Value]++
				}
			}
		}
	}
	all := strings.Join(texts, "\n")
	for _, want := range []string{
		`crm:"1" and shop:<2>`, "anna & co ↔ ann", "+6.2", "−1.5", "a@b.example (in 2 records)", "+5.2", "probability 97.00 %", "Not compared, as one has none: phone", "−3.5",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is missing in\n%s", want, all)
		}
	}
	if bars["for"] != 2 || bars["against"] != 1 || bars["prior"] != 1 || bars["sum"] != 1 {
		t.Errorf("bars: %v", bars)
	}
}

func TestWaterfallsOfNothingAreDrawn(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	if err := report.Waterfall(&b, match.Explanation{Threshold: 1}, [2]string{}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "NaN") || strings.Contains(b.String(), "Inf") {
		t.Error(b.String())
	}
	if err := report.Waterfall(failing{}, match.Explanation{}, [2]string{}); !errs.Is(err, errs.Unavailable) {
		t.Errorf("%v, want Unavailable", err)
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("full") }
