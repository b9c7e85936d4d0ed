package report

import (
	"fmt"
	"html"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights/match"
)

// The waterfall's measures, in pixels.
const (
	pictureWidth = 980
	rowHeight    = 40
	headHeight   = 76
	footHeight   = 46
	chartLeft    = 380
	chartRight   = 930
)

// Waterfall writes an explanation as an SVG picture: a bar for what each comparison weighs, one after the other from the
// odds before anything is compared to those of the pair. names are those of the two records.
func Waterfall(w io.Writer, e match.Explanation, names [2]string) error {
	if _, err := io.WriteString(w, waterfall(e, names, "<style>"+waterfallStyle+"</style>")); err != nil {
		return errs.E(errs.Op("report.Waterfall"), errs.Unavailable, err)
	}
	return nil
}

// bar is a line of the picture.
type bar struct {
	name, detail string
	from, to     float64
	class        string
	label        string
	tip          string
}

// waterfall draws; style is left to the page around it where there is one.
func waterfall(e match.Explanation, names [2]string, style string) string {
	bars, missing := barsOf(e)
	scale := scaleOf(bars, e.Threshold)
	height := headHeight + rowHeight*len(bars) + footHeight
	if missing != "" {
		height += 20
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" class="waterfall" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-label=%s>`,
		pictureWidth, height, pictureWidth, height, attribute(names[0]+" and "+names[1]+": "+e.Verdict))
	b.WriteString(style)
	fmt.Fprintf(&b, `<rect class="ground" width="%d" height="%d" rx="8"/>`, pictureWidth, height)
	text(&b, 20, 26, "title", shorten(names[0], 40)+" and "+shorten(names[1], 40))
	text(&b, 20, 46, "verdict", shorten(e.Verdict, 90))
	scale.grid(&b, headHeight, headHeight+rowHeight*len(bars))
	for i, x := range bars {
		x.draw(&b, scale, headHeight+rowHeight*i, i+1 < len(bars))
	}
	scale.threshold(&b, headHeight, headHeight+rowHeight*len(bars))
	y := headHeight + rowHeight*len(bars) + 34
	text(&b, 20, y, "foot", fmt.Sprintf("Weights are bits: one more makes it twice as likely that they are one. Weighed against being %s.", e.Against))
	if missing != "" {
		text(&b, 20, y+20, "foot", shorten("Not compared, as one has none: "+missing, 150))
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// barsOf are the lines of an explanation, and what was not compared.
func barsOf(e match.Explanation) (bars []bar, missing string) {
	at := e.Prior
	bars = append(bars, bar{name: "before anything is compared", detail: "how rare matches are among all pairs", to: at, class: "prior", label: signed(at)})
	var without []string
	for _, s := range e.Steps {
		if s.Weight == 0 && (s.First == "" || s.Second == "") {
			without = append(without, s.Comparison)
			continue
		}
		x := bar{name: s.Comparison + ": " + s.Level, from: at, to: at + s.Weight, class: "for", label: signed(s.Weight)}
		x.detail = s.First
		if s.Second != s.First {
			x.detail = s.First + " ↔ " + s.Second
		}
		if s.Held > 0 {
			x.detail += fmt.Sprintf(" (in %d records)", s.Held)
		}
		if s.Weight < 0 {
			x.class = "against"
		}
		x.tip = x.name + ", " + x.detail + ", " + x.label + " bits"
		at = x.to
		bars = append(bars, x)
	}
	bars = append(bars, bar{name: "together", detail: "probability " + percent(e.Probability), to: at, class: "sum", label: signed(at)})
	return bars, strings.Join(without, ", ")
}

func (x *bar) draw(b *strings.Builder, s scale, top int, onward bool) {
	left, right := s.x(min(x.from, x.to)), s.x(max(x.from, x.to))
	text(b, 20, top+17, "name", shorten(x.name, 54))
	text(b, 20, top+33, "detail", shorten(x.detail, 58))
	fmt.Fprintf(b, `<rect class="%s" x="%.1f" y="%d" width="%.1f" height="22" rx="3"><title>%s</title></rect>`,
		x.class, left, top+9, max(2, right-left), html.EscapeString(x.tip))
	if onward {
		fmt.Fprintf(b, `<line class="step" x1="%.1f" x2="%.1f" y1="%d" y2="%d"/>`, s.x(x.to), s.x(x.to), top+31, top+9+rowHeight)
	}
	if right+48 < pictureWidth {
		text(b, int(right)+6, top+24, "weight", x.label)
		return
	}
	fmt.Fprintf(b, `<text class="weight" text-anchor="end" x="%.1f" y="%d">%s</text>`, left-6, top+24, x.label)
}

// scale maps bits to pixels.
type scale struct {
	low, high float64
	limit     float64 // the bits from which on a pair is joined
}

func scaleOf(bars []bar, threshold float64) scale {
	s := scale{limit: math.Log2(threshold / (1 - threshold))}
	if math.IsInf(s.limit, 0) || math.IsNaN(s.limit) {
		s.limit = 0
	}
	s.low, s.high = min(0, s.limit), max(0, s.limit)
	for _, x := range bars {
		s.low, s.high = min(s.low, x.from, x.to), max(s.high, x.from, x.to)
	}
	s.low, s.high = s.low-1, s.high+1
	return s
}

func (s scale) x(bits float64) float64 {
	return chartLeft + (bits-s.low)/(s.high-s.low)*(chartRight-chartLeft)
}

func (s scale) grid(b *strings.Builder, top, bottom int) {
	step := 5.0
	for (s.high-s.low)/step > 11 {
		step *= 2
	}
	for v := math.Ceil(s.low/step) * step; v <= s.high; v += step {
		class := "grid"
		if v == 0 {
			class = "zero"
		}
		fmt.Fprintf(b, `<line class="%s" x1="%.1f" x2="%.1f" y1="%d" y2="%d"/>`, class, s.x(v), s.x(v), top, bottom)
		fmt.Fprintf(b, `<text class="tick" text-anchor="middle" x="%.1f" y="%d">%s</text>`, s.x(v), bottom+14, wholeBits(v))
	}
}

func (s scale) threshold(b *strings.Builder, top, bottom int) {
	x := s.x(s.limit)
	fmt.Fprintf(b, `<line class="limit" x1="%.1f" x2="%.1f" y1="%d" y2="%d"><title>pairs are joined from here on</title></line>`, x, x, top-2, bottom)
	fmt.Fprintf(b, `<text class="limittext" text-anchor="middle" x="%.1f" y="%d">joined from here →</text>`, x, top-6)
}

func text(b *strings.Builder, x, y int, class, s string) {
	fmt.Fprintf(b, `<text class="%s" x="%d" y="%d">%s</text>`, class, x, y, html.EscapeString(s))
}

func attribute(s string) string { return `"` + html.EscapeString(s) + `"` }

func signed(v float64) string {
	s := strconv.FormatFloat(math.Abs(v), 'f', 1, 64)
	if v < 0 && s != "0.0" {
		return "−" + s
	}
	return "+" + s
}

func wholeBits(v float64) string {
	if v == 0 {
		return "0"
	}
	return strings.TrimSuffix(signed(v), ".0")
}

// percent leaves no doubt that something is not certain.
func percent(p float64) string {
	switch {
	case p > 0.9999:
		return "above 99.99 %"
	case p < 0.0001:
		return "below 0.01 %"
	}
	return strconv.FormatFloat(100*p, 'f', 2, 64) + " %"
}

func shorten(s string, most int) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

const waterfallStyle = `
.waterfall{--ground:#fff;--ink:#1b1a19;--soft:#605e5c;--line:#e1dfdd;--zero:#8a8886;--for:#107c41;--against:#c4314b;--prior:#8a8886;--sum:#0f6cbd;--limit:#8f4e00;
font-family:"Segoe UI",system-ui,-apple-system,sans-serif;font-size:13px;max-width:100%;height:auto}
@media (prefers-color-scheme:dark){.waterfall{--ground:#1f1f1f;--ink:#f5f5f5;--soft:#bdbdbd;--line:#3d3d3d;--zero:#8a8886;--for:#4cc38a;--against:#f1707b;--prior:#8a8886;--sum:#62abf5;--limit:#f2b661}}
.waterfall .ground{fill:var(--ground)}
.waterfall text{fill:var(--ink)}
.waterfall .title{font-size:16px;font-weight:600}
.waterfall .verdict,.waterfall .foot,.waterfall .detail,.waterfall .tick{fill:var(--soft)}
.waterfall .detail,.waterfall .tick,.waterfall .foot{font-size:12px}
.waterfall .weight{font-variant-numeric:tabular-nums}
.waterfall .for{fill:var(--for)}.waterfall .against{fill:var(--against)}.waterfall .prior{fill:var(--prior)}.waterfall .sum{fill:var(--sum)}
.waterfall .grid{stroke:var(--line)}.waterfall .zero{stroke:var(--zero)}.waterfall .step{stroke:var(--zero);stroke-dasharray:2 3}
.waterfall .limit{stroke:var(--limit);stroke-width:1.5;stroke-dasharray:6 4}.waterfall .limittext{fill:var(--limit);font-size:12px}
`
