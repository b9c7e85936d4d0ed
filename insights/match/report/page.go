package report

import (
	_ "embed"
	"fmt"
	"html"
	"html/template"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights/match"
)

//go:embed page.html
var pageText string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// Page writes a run as an HTML page that loads nothing. title names the run, such as by its files. The page's answers
// are saved as CSV: first, second (names of records, as the report has them) and answer (same, different).
func Page(w io.Writer, title string, r match.Report) error {
	if err := pageTemplate.Execute(w, newPage(title, r)); err != nil {
		return errs.E(errs.Op("report.Page"), errs.Unavailable, err)
	}
	return nil
}

type page struct {
	Title, Subtitle        string
	Style                  template.CSS // of the waterfalls
	Tiles                  []tile
	Sizes                  []sizeLine
	ScoreChart, CurveChart template.HTML
	Guards                 []match.Guard
	Doubts                 []doubt
	Keys                   []keyLine
	Weights                []weightTable
	Columns                []columnLine
}

type tile struct{ Name, Value string }

type sizeLine struct {
	Records, Customers string
	Bar                template.HTML
}

type doubt struct {
	First, Second, Probability, Verdict string
	Values                              []sideBySide
	Waterfall                           template.HTML
}

type sideBySide struct {
	match.SideBySide
	Differs bool
}

type keyLine struct {
	Key, Pairs, Agree, Alone string
	Bar                      template.HTML
}

type weightTable struct {
	Comparison string
	Levels     []weightLine
}

type weightLine struct{ Level, Same, Related, Unrelated, Bits string }

type columnLine struct{ Table, Column, Kind, Filled, Distinct, Why string }

func newPage(title string, r match.Report) page {
	s := r.Summary
	p := page{
		Title:    "Unification of " + title,
		Subtitle: fmt.Sprintf("Pairs are joined from a probability of %s on.", percent(1/(1+math.Exp(-s.Threshold)))),
		Tiles: []tile{
			{"records", digits(int64(s.Records))},
			{"customers", digits(int64(s.Customers))},
			{"copies of others", digits(int64(s.Copies))},
			{"candidate pairs", digits(s.Candidates)},
			{"expected precision", fixed(s.Precision)},
			{"expected recall", fixed(s.Recall)},
		},
		Style:      waterfallStyle,
		Guards:     s.Guards,
		ScoreChart: scoreChart(r), CurveChart: curveChart(r),
		Weights: weights(s.Weights),
	}
	p.Sizes = sizes(r.Sizes)
	most := 0
	for _, k := range r.Reach {
		most = max(most, k.Agree)
	}
	for _, k := range r.Reach {
		p.Keys = append(p.Keys, keyLine{k.Key, digits(k.Pairs), digits(int64(k.Agree)), digits(int64(k.Alone)), track(float64(k.Agree) / float64(max(1, most)))})
	}
	for _, d := range r.Doubtful {
		x := doubt{First: d.First, Second: d.Second, Probability: percent(d.Explanation.Probability), Verdict: d.Explanation.Verdict}
		for _, v := range d.Values {
			x.Values = append(x.Values, sideBySide{v, v.Evidence && !strings.EqualFold(v.First, v.Second) && v.First != "" && v.Second != ""})
		}
		x.Waterfall = template.HTML(waterfall(d.Explanation, [2]string{d.First, d.Second}, "")) //nolint:gosec // texts in it are escaped
		p.Doubts = append(p.Doubts, x)
	}
	for _, c := range r.Profiles {
		p.Columns = append(p.Columns, columnLine{c.Table, c.Column, c.Kind.String(), fmt.Sprintf("%.0f %%", 100*c.Filled), digits(int64(c.Distinct)), c.Why})
	}
	return p
}

// sizeLines is how many sizes are shown one by one; larger customers are one line.
const sizeLines = 12

func sizes(list []match.SizeCount) (lines []sizeLine) {
	all := 0
	for _, s := range list {
		all += s.Customers
	}
	for i, s := range list {
		if i == sizeLines-1 && len(list) > sizeLines {
			rest := 0
			for _, s := range list[i:] {
				rest += s.Customers
			}
			of := fmt.Sprintf("%d to %d", s.Records, list[len(list)-1].Records)
			return append(lines, sizeLine{of, digits(int64(rest)), track(float64(rest) / float64(all))})
		}
		lines = append(lines, sizeLine{strconv.Itoa(s.Records), digits(int64(s.Customers)), track(float64(s.Customers) / float64(all))})
	}
	return lines
}

// weights are the levels that occur, by comparison.
func weights(list []match.WeightSummary) (tables []weightTable) {
	for _, x := range list {
		if x.Same == 0 && x.Unrelated == 0 {
			continue
		}
		if len(tables) == 0 || tables[len(tables)-1].Comparison != x.Comparison {
			tables = append(tables, weightTable{Comparison: x.Comparison})
		}
		t := &tables[len(tables)-1]
		bits := math.Log2(max(x.Same, 1e-12) / max(x.Unrelated, 1e-12))
		t.Levels = append(t.Levels, weightLine{x.Level, share(x.Same), share(x.Related), share(x.Unrelated), signed(bits)})
	}
	return tables
}

func share(p float64) string { return strconv.FormatFloat(p, 'g', 3, 64) }

func fixed(p float64) string { return strconv.FormatFloat(p, 'f', 3, 64) }

// track is a bar of a share of the width.
func track(share float64) template.HTML {
	return template.HTML(fmt.Sprintf(`<span class="track"><i style="width:%.1f%%"></i></span>`, 100*share)) //nolint:gosec // a number
}

// digits groups a number's digits.
func digits(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// The charts' measures, in pixels.
const (
	chartWidth  = 1000
	chartHeight = 280
	plotLeft    = 60
	plotRight   = 985
	plotTop     = 24
	plotBottom  = 240
)

// plot maps bits to pixels.
type plot struct{ low, high float64 }

func (p plot) x(bits float64) float64 {
	return plotLeft + (bits-p.low)/max(1e-9, p.high-p.low)*(plotRight-plotLeft)
}

func plotY(share float64) float64 { return plotBottom - share*(plotBottom-plotTop) }

// start writes the frame: ticks of bits, and the threshold.
func (p plot) start(b *strings.Builder, label string, threshold float64) {
	fmt.Fprintf(b, `<svg class="chart" viewBox="0 0 %d %d" role="img" aria-label="%s">`, chartWidth, chartHeight, html.EscapeString(label))
	for v := math.Ceil(p.low/10) * 10; v <= p.high; v += 10 {
		fmt.Fprintf(b, `<line class="line" x1="%.1f" x2="%.1f" y1="%d" y2="%d"/><text class="soft" text-anchor="middle" x="%.1f" y="%d">%s</text>`,
			p.x(v), p.x(v), plotTop, plotBottom, p.x(v), plotBottom+18, wholeBits(v))
	}
	fmt.Fprintf(b, `<text class="soft" text-anchor="end" x="%d" y="%d">bits</text>`, plotRight, plotBottom+34)
	if bits := threshold / math.Ln2; bits >= p.low && bits <= p.high {
		fmt.Fprintf(b, `<line class="limit" x1="%.1f" x2="%.1f" y1="%d" y2="%d"/><text class="limittext" x="%.1f" y="%d">joined from here →</text>`,
			p.x(bits), p.x(bits), plotTop-8, plotBottom, p.x(bits)+4, plotTop-4)
	}
}

func scoreChart(r match.Report) template.HTML {
	if len(r.Scores) == 0 {
		return "<p>No pair was compared.</p>"
	}
	p := plot{r.Scores[0].From, r.Scores[len(r.Scores)-1].From + match.BinBits}
	most := int64(1)
	for _, s := range r.Scores {
		most = max(most, s.Pairs)
	}
	top := math.Log10(float64(most) + 1)
	height := func(n float64) float64 { return math.Log10(n+1) / top }
	var b strings.Builder
	p.start(&b, "Histogram of candidate pairs by score", r.Summary.Threshold)
	for power := 0.0; power <= top; power++ {
		y := plotY(power / top)
		fmt.Fprintf(&b, `<line class="line" x1="%d" x2="%d" y1="%.1f" y2="%.1f"/><text class="soft" text-anchor="end" x="%d" y="%.1f">%s</text>`,
			plotLeft, plotRight, y, y, plotLeft-6, y+4, digits(int64(math.Pow(10, power))))
	}
	for _, s := range r.Scores {
		whole := height(float64(s.Pairs))
		matches := whole * s.Matches / max(1, float64(s.Pairs)) // the column is shared out by numbers, not by their logarithms
		left, width := p.x(s.From)+1, p.x(s.From+match.BinBits)-p.x(s.From)-2
		fmt.Fprintf(&b, `<g><title>%s to %s bits: %s pairs, %s expected to match</title>`, wholeBits(s.From), wholeBits(s.From+match.BinBits), digits(s.Pairs), digits(int64(s.Matches+0.5)))
		column(&b, "matches", left, width, 0, matches)
		column(&b, "chance", left, width, matches, whole)
		b.WriteString("</g>")
	}
	b.WriteString("</svg>")
	return template.HTML(b.String()) //nolint:gosec // numbers only
}

func column(b *strings.Builder, class string, left, width, from, to float64) {
	if to > from {
		fmt.Fprintf(b, `<rect class="%s" x="%.1f" width="%.1f" y="%.1f" height="%.1f"/>`, class, left, width, plotY(to), plotY(from)-plotY(to))
	}
}

func curveChart(r match.Report) template.HTML {
	if len(r.Curve) == 0 {
		return "<p>No pair was compared.</p>"
	}
	p := plot{r.Curve[0].Bits, r.Curve[len(r.Curve)-1].Bits}
	var b strings.Builder
	p.start(&b, "Expected precision and recall by threshold", r.Summary.Threshold)
	for _, share := range []float64{0, 0.25, 0.5, 0.75, 1} {
		fmt.Fprintf(&b, `<line class="line" x1="%d" x2="%d" y1="%.1f" y2="%.1f"/><text class="soft" text-anchor="end" x="%d" y="%.1f">%.0f %%</text>`,
			plotLeft, plotRight, plotY(share), plotY(share), plotLeft-6, plotY(share)+4, 100*share)
	}
	line := func(class string, of func(match.CurvePoint) float64) {
		fmt.Fprintf(&b, `<polyline class="%s" points="`, class)
		for _, c := range r.Curve {
			fmt.Fprintf(&b, "%.1f,%.1f ", p.x(c.Bits), plotY(of(c)))
		}
		b.WriteString(`"/>`)
	}
	line("precision", func(c match.CurvePoint) float64 { return c.Precision })
	line("recall", func(c match.CurvePoint) float64 { return c.Recall })
	b.WriteString("</svg>")
	return template.HTML(b.String()) //nolint:gosec // numbers only
}
