package source

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
)

// column is what a plan decides of a column.
type column struct {
	name     string
	semantic insights.SemanticType
	kind     kind
	declared bool           // the type is declared, so values that do not fit are wrong and not the type
	either   [2]*dateFormat // day first, month first: both read every value seen; nil if the format is clear
	note     string         // what a person must decide
}

// inference decides columns by their values.
type inference struct {
	now        time.Time
	candidates []candidate // date formats, the first of equals wins
}

func newInference(csv insights.CSVOptions, monthFirst bool, now time.Time) (*inference, error) {
	in := &inference{now: now, candidates: []candidate{{}}} // ISO 8601
	for _, pattern := range []string{csv.DateFormat, csv.TimestampFormat} {
		if pattern == "" {
			continue
		}
		f, err := parseFormat(pattern, now)
		if err != nil {
			return nil, err
		}
		in.candidates = append(in.candidates, candidate{format: f})
	}
	if len(in.candidates) > 1 {
		return in, nil // what is declared is all that is tried
	}
	for _, c := range knownFormats(now) {
		if monthFirst && c.twin != nil {
			if strings.HasPrefix(c.format.pattern, "dd") {
				continue
			}
			c.twin = nil
		}
		in.candidates = append(in.candidates, c)
	}
	return in, nil
}

// column decides one column. declared is what its definition says, values are those of a sample, missing ones left
// out.
func (in *inference) column(name string, declared insights.Column, values [][]byte) (column, error) {
	c := column{name: name, semantic: declared.SemanticType, declared: declared.Type != "", kind: kind{of: declared.Type}}
	switch declared.Type {
	case "":
		return in.infer(c, declared.Format, values)
	case insights.Date, insights.DateTime:
		return in.declaredDate(c, declared.Format, values)
	case insights.Decimal:
		c.kind.precision, c.kind.scale = declared.Precision, declared.Scale
		if declared.Precision == 0 {
			c.kind.precision, c.kind.scale = 38, 18
		}
	case insights.String, insights.Int64, insights.Double, insights.Boolean, insights.Time, insights.GUID, insights.JSON:
	default:
		return c, errs.E(errs.Invalid, errs.Item(name), "a column cannot have the type "+string(declared.Type),
			errs.Hint("use one of string, int64, double, decimal, boolean, date, time, dateTime, guid, json"))
	}
	return c, nil
}

// declaredDate finds the format of a column that is declared to hold dates.
func (in *inference) declaredDate(c column, pattern string, values [][]byte) (column, error) {
	if pattern != "" {
		f, err := parseFormat(pattern, in.now)
		if err != nil {
			return c, errs.E(errs.Item(c.name), err)
		}
		c.kind.date = f
		return c, nil
	}
	best := in.bestFormat(values)
	if best.ambiguous() {
		return c, errs.E(errs.Invalid, errs.Item(c.name), "the dates can be read day first or month first: "+best.note(),
			errs.Hint("declare the column's format: "+best.format.pattern+" or "+best.twin.pattern))
	}
	if best.fits*2 >= len(values) {
		c.kind.date = best.format
	}
	return c, nil
}

// infer finds the type of a column that declares none. A declared format makes it a date.
func (in *inference) infer(c column, pattern string, values [][]byte) (column, error) {
	c.kind.of = insights.String
	if pattern != "" {
		f, err := parseFormat(pattern, in.now)
		if err != nil {
			return c, errs.E(errs.Item(c.name), err)
		}
		c.kind, c.declared = kind{of: insights.Date, date: f}, true
		if f.hasTime {
			c.kind.of = insights.DateTime
		}
		return c, nil
	}
	if len(values) == 0 {
		return c, nil
	}
	of, note := plainType(c.name, values)
	if of != "" {
		c.kind.of = of
		return c, nil
	}
	if c = in.inferDate(c, values); c.kind.of == insights.String && c.note == "" {
		c.note = note
	}
	return c, nil
}

// plainType is the type that the values have without any format, or "" and what speaks against numbers where most
// values are.
func plainType(name string, values [][]byte) (of insights.DataType, note string) {
	var ints, doubles, booleans, guids int
	digits, zeros := 0, false
	for _, v := range values {
		ints += count(isInt(v))
		guids += count(isGUID(v))
		booleans += count(isTrueOrFalse(v))
		if isDouble(v) {
			doubles++
			digits = max(digits, significant(v))
		}
		zeros = zeros || leadingZero(v)
	}
	switch n := len(values); {
	case nearlyAll(guids, n):
		return insights.GUID, ""
	case nearlyAll(booleans, n):
		return insights.Boolean, ""
	case zeros || isCode(name):
		return "", ""
	case nearlyAll(ints, n):
		return insights.Int64, ""
	case nearlyAll(doubles, n) && digits <= maxDigits:
		return insights.Double, ""
	case doubles*10 >= n*9:
		return "", notNumbers(values, doubles)
	}
	return "", ""
}

// maxDigits are the digits that a double gives back unchanged.
const maxDigits = 15

func notNumbers(values [][]byte, numbers int) string {
	if numbers == len(values) {
		return "some numbers have more digits than a double keeps, so the column is text; declare it as decimal if they are amounts"
	}
	i := slices.IndexFunc(values, func(v []byte) bool { return !isDouble(v) })
	return fmt.Sprintf("most values are numbers, but not %q and others like it, so the column is text; declare its type to move them to the corrupt rows", cut(values[i], 40))
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

func significant(v []byte) int {
	n := 0
	for _, c := range v {
		if c == 'e' || c == 'E' {
			break
		}
		n += count(isDigit(c) && (n > 0 || c != '0'))
	}
	return n
}

// nearlyAll is the rule for numbers, booleans and GUIDs: one of a thousand may not fit.
func nearlyAll(fits, n int) bool { return n > 0 && (n-fits)*1000 <= n }

// mostDates is the rule for dates: one of fifty may not fit, and one at all.
func mostDates(fits, n int) bool {
	return fits > 0 && ((n-fits)*50 <= n || n-fits == 1 && n >= 5)
}

// inferDate makes the column a date if its values are.
func (in *inference) inferDate(c column, values [][]byte) column {
	best := in.bestFormat(values)
	switch {
	case best.fits == 0:
	case !mostDates(best.fits, len(values)):
		if best.fits*2 >= len(values) {
			c.note = fmt.Sprintf("%d of %d values are dates %s, too few to make it a column of dates; declare its type to move the others to the corrupt rows",
				best.fits, len(values), best.pattern())
		}
	case best.ambiguous():
		c.either = [2]*dateFormat{best.format, best.twin}
		c.note = ambiguity(best.format, best.twin, best.note())
	case best.mixed():
		c.note = fmt.Sprintf("some dates are only right as %s, others only as %s; the column stays text", best.format.pattern, best.twin.pattern)
	default:
		c.kind = kind{of: best.of(), date: best.format}
	}
	return c
}

func ambiguity(a, b *dateFormat, example string) string {
	return fmt.Sprintf("every date can be read as %s or as %s (%s); the column stays text until its format is declared", a.pattern, b.pattern, example)
}

// formatFit is how well a date format reads a column's values.
type formatFit struct {
	format *dateFormat // nil: ISO 8601
	twin   *dateFormat // the same with day and month exchanged, if both orders are in use
	fits   int         // values that format reads
	only   int         // of these, those that twin does not read
	other  int         // values that only twin reads
	timed  bool        // some value has a time of day
	sample string
}

// ambiguous says that nothing tells day from month. mixed says that both orders occur, and neither by accident.
func (b formatFit) ambiguous() bool {
	return b.twin != nil && b.only == 0 && b.other == 0 && b.fits > 0
}

func (b formatFit) mixed() bool { return b.twin != nil && b.other*100 > b.only }

func (b formatFit) of() insights.DataType {
	if b.timed {
		return insights.DateTime
	}
	return insights.Date
}

func (b formatFit) pattern() string {
	if b.format == nil {
		return "yyyy-MM-dd"
	}
	return b.format.pattern
}

func (b formatFit) note() string { return "such as " + b.sample }

// trials is how many values decide which formats are worth counting.
const trials = 100

// bestFormat finds the candidate that reads most values. Fits is 0 if none reads half of the first ones.
func (in *inference) bestFormat(values [][]byte) formatFit {
	var best formatFit
	first := values[:min(trials, len(values))]
	for _, f := range in.candidates {
		if in.fit(f, first).fits*2 < len(first) {
			continue
		}
		if fit := in.fit(f, values); fit.fits > best.fits {
			best = fit
		}
	}
	return best
}

// candidate is a format to try, nil for ISO 8601, with its twin: day and month exchanged.
type candidate struct{ format, twin *dateFormat }

func (in *inference) fit(c candidate, values [][]byte) formatFit {
	fit := formatFit{format: c.format, twin: c.twin}
	for _, v := range values {
		var ok, timed bool
		if c.format == nil {
			_, timed, ok = parseISO(v)
		} else {
			_, ok = c.format.parse(v)
			timed = c.format.hasTime
		}
		twin := false
		if c.twin != nil {
			_, twin = c.twin.parse(v)
		}
		fit.fits += count(ok)
		fit.only += count(ok && !twin)
		fit.other += count(twin && !ok)
		fit.timed = fit.timed || ok && timed
		if ok && fit.sample == "" {
			fit.sample = string(v)
		}
	}
	return fit
}

// The formats that are recognised beside ISO 8601: a date, alone or with a time. Dates with points are written day
// first everywhere; with slashes and hyphens both orders are in use, so each has its twin.
var (
	datePatterns = [][2]string{
		{"dd/MM/yyyy", "MM/dd/yyyy"},
		{"MM/dd/yyyy", "dd/MM/yyyy"},
		{"dd-MM-yyyy", "MM-dd-yyyy"},
		{"MM-dd-yyyy", "dd-MM-yyyy"},
		{"dd.MM.yyyy"},
		{"yyyy/MM/dd"},
		{"yyyy.MM.dd"},
		{"d MMM yyyy"},
		{"d-MMM-yyyy"},
		{"d. MMM yyyy"},
		{"MMM d, yyyy"},
		{"MMM d yyyy"},
		{"EEE, d MMM yyyy"},
	}
	timePatterns = []string{"", " HH:mm:ss", " HH:mm", " h:mm:ss a", " h:mm a", "'T'HH:mm:ss", ", HH:mm", " HH:mm:ss.S", " HH:mm:ss Z"}
)

func knownFormats(now time.Time) []candidate {
	compile := func(pattern string) *dateFormat {
		f, err := parseFormat(pattern, now)
		if err != nil {
			panic(err) // the patterns are ours
		}
		return f
	}
	var list []candidate
	for _, date := range datePatterns {
		for _, clock := range timePatterns {
			c := candidate{format: compile(date[0] + clock)}
			if date[1] != "" {
				c.twin = compile(date[1] + clock)
			}
			list = append(list, c)
		}
	}
	return list
}

// codeWords mark columns whose digits name something and measure nothing.
var codeWords = map[string]bool{
	"id": true, "ids": true, "key": true, "no": true, "nr": true, "num": true, "number": true, "nummer": true, "code": true,
	"guid": true, "uuid": true, "zip": true, "zipcode": true, "plz": true, "postcode": true, "postal": true, "postalcode": true,
	"phone": true, "mobile": true, "telephone": true, "tel": true, "fax": true, "cell": true, "ssn": true, "iban": true,
	"barcode": true, "ean": true, "sku": true, "account": true, "acct": true,
}

// isCode reports whether a column's name ends in a word for identifiers, or has one for phones or postal codes.
func isCode(name string) bool {
	words := nameWords(name)
	for i, w := range words {
		w = strings.TrimRight(w, "0123456789")
		if codeWords[w] && (i == len(words)-1 || w == "phone" || w == "zip" || w == "postal" || w == "telephone" || w == "mobile") {
			return true
		}
	}
	return false
}

// nameWords splits a column's name at symbols and at changes from small letters to capitals, in lower case.
func nameWords(name string) []string {
	var words []string
	var word strings.Builder
	flush := func() {
		if word.Len() > 0 {
			words = append(words, strings.ToLower(word.String()))
			word.Reset()
		}
	}
	small := false
	for _, r := range name {
		upper := r >= 'A' && r <= 'Z'
		switch r {
		case '_', '-', ' ', '.', '/':
			flush()
		default:
			if upper && small {
				flush()
			}
			word.WriteRune(r)
		}
		small = r >= 'a' && r <= 'z' || isDigit(byte(min(r, math.MaxUint8)))
	}
	flush()
	return words
}
