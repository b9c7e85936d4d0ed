package odata

import (
	"regexp"
	"strings"
)

// Search is what a $search looks for: *SearchTerm, *SearchNot or *SearchBoth.
type Search interface{ search() }

// SearchTerm is a word or a phrase that must be in a row, without regard to case.
type SearchTerm struct{ Text string }

// SearchNot is what must not be.
type SearchNot struct{ Of Search }

// SearchBoth is two of which both must be, or with Or one.
type SearchBoth struct {
	Or          bool
	Left, Right Search
}

func (*SearchTerm) search() {}
func (*SearchNot) search()  {}
func (*SearchBoth) search() {}

var searchToken = regexp.MustCompile(`^\s*("(?:[^"\\]|\\.)*"|[()]|[^\s()"]+)`)

// ParseSearch reads the text of a $search (U 5.1.7): words and quoted phrases with AND, OR, NOT and parentheses, in which
// words side by side are joined by AND.
func ParseSearch(source string) (Search, error) {
	p := &searchParser{}
	for rest := strings.TrimSpace(source); rest != ""; rest = strings.TrimSpace(rest) {
		found := searchToken.FindString(rest)
		if found == "" {
			return nil, invalid("$search: a quote is not closed")
		}
		p.tokens = append(p.tokens, strings.TrimSpace(found))
		rest = rest[len(found):]
	}
	s, err := p.or(0)
	if err == nil && p.peek() != "" {
		err = invalid("$search: %s is not expected here", p.peek())
	}
	return s, err
}

type searchParser struct {
	tokens []string
	at     int
}

// peek is the next token, or "".
func (p *searchParser) peek() string {
	if p.at == len(p.tokens) {
		return ""
	}
	return p.tokens[p.at]
}

func (p *searchParser) or(depth int) (Search, error) {
	left, err := p.and(depth)
	for err == nil && p.peek() == "OR" {
		p.at++
		var right Search
		right, err = p.and(depth)
		left = &SearchBoth{true, left, right}
	}
	return left, err
}

func (p *searchParser) and(depth int) (Search, error) {
	left, err := p.term(depth)
	for err == nil && p.peek() != "" && p.peek() != ")" && p.peek() != "OR" {
		if p.peek() == "AND" {
			p.at++
		}
		var right Search
		right, err = p.term(depth)
		left = &SearchBoth{false, left, right}
	}
	return left, err
}

func (p *searchParser) term(depth int) (Search, error) {
	t := p.peek()
	if depth > maxDepth {
		return nil, invalid("$search nests too deep")
	}
	switch t {
	case "", ")", "AND", "OR":
		return nil, invalid("$search: a word is missing")
	case "NOT":
		p.at++
		of, err := p.term(depth + 1)
		return &SearchNot{of}, err
	case "(":
		p.at++
		of, err := p.or(depth + 1)
		if err == nil && p.peek() != ")" {
			err = invalid("$search: a parenthesis is not closed")
		}
		p.at++
		return of, err
	}
	p.at++
	if quoted, ok := strings.CutPrefix(t, `"`); ok {
		t = unescape.ReplaceAllString(strings.TrimSuffix(quoted, `"`), "$1")
	}
	if t == "" {
		return nil, invalid("$search: a phrase is empty")
	}
	return &SearchTerm{strings.ToLower(t)}, nil
}

var unescape = regexp.MustCompile(`\\(.)`)
