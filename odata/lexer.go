package odata

import (
	"regexp"
	"strings"
)

// kind is what a token is.
type kind int

const (
	end kind = iota
	word
	text       // quoted; its value is without quotes
	number     // whole
	fraction   // with a point
	scientific // with an exponent, or NaN and INF
	guid
	date
	moment
	clock
	comma
	open
	closed
	minus
	colon // of lambda operators, which are not served
)

type token struct {
	kind  kind
	value string
	at    int
}

// patterns are tried in this order: a GUID and a date begin as numbers do.
var patterns = []struct {
	kind kind
	re   *regexp.Regexp
}{
	{guid, regexp.MustCompile(`^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}\b`)},
	{moment, regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,12})?)?(Z|[+-][0-9]{2}:[0-9]{2})`)},
	{date, regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}\b`)},
	{clock, regexp.MustCompile(`^[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,12})?)?`)},
	{scientific, regexp.MustCompile(`^-?([0-9]+(\.[0-9]+)?[eE][+-]?[0-9]+|INF\b)|^NaN\b`)},
	{fraction, regexp.MustCompile(`^-?[0-9]+\.[0-9]+`)},
	{number, regexp.MustCompile(`^-?[0-9]+`)},
	{word, regexp.MustCompile(`^[$@]?[\pL\p{Nl}_][\pL\p{Nl}\p{Nd}\p{Mn}\p{Mc}_]*([./][\pL\p{Nl}_][\pL\p{Nl}\p{Nd}\p{Mn}\p{Mc}_]*)*`)},
	{text, regexp.MustCompile(`^'(?:[^']|'')*'`)},
	{comma, regexp.MustCompile(`^,`)},
	{open, regexp.MustCompile(`^\(`)},
	{closed, regexp.MustCompile(`^\)`)},
	{minus, regexp.MustCompile(`^-`)},
	{colon, regexp.MustCompile(`^:`)},
}

// lex cuts an expression into tokens. The last one is the end.
func lex(source string) ([]token, error) {
	var list []token
	for at := 0; ; {
		at += len(source[at:]) - len(strings.TrimLeft(source[at:], " \t"))
		if at == len(source) {
			return append(list, token{kind: end, at: at}), nil
		}
		t, size := match(source[at:])
		if size == 0 {
			return nil, invalid("position %d: %q is not understood", at+1, shorten(source[at:], 20))
		}
		t.at = at
		list = append(list, t)
		at += size
	}
}

func match(source string) (token, int) {
	for _, p := range patterns {
		found := p.re.FindString(source)
		if found == "" {
			continue
		}
		t := token{kind: p.kind, value: found}
		if p.kind == text {
			t.value = strings.ReplaceAll(found[1:len(found)-1], "''", "'")
		}
		return t, len(found)
	}
	return token{}, 0
}
