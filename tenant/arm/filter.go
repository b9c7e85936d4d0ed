package arm

import (
	"strings"

	"github.com/google/uuid"
)

// filter is the part of OData's $filter that clients of these operations send: comparisons with "eq" and calls, all of
// which must hold.
//
//	filter = [ term { "and" term } ]
//	term   = name "eq" value | function "(" [ value ] ")"
//	value  = "'" text "'" | GUID
type filter struct{ terms []term }

type term struct {
	name  string // as the caller of parseFilter spells it
	call  bool
	value string
}

// maxFilter bounds the text of a filter.
const maxFilter = 2048

// parseFilter reads a filter. The names are those that may be compared; a name that ends in "()" is of a function.
func parseFilter(text string, names ...string) (filter, error) {
	if len(text) > maxFilter {
		return filter{}, invalid(codeInvalidFilter, "The filter is too long.")
	}
	s := scanner{rest: text}
	var f filter
	s.space()
	if s.rest == "" {
		return f, nil
	}
	for {
		t, ok := s.term(names)
		if !ok {
			return filter{}, invalid(codeInvalidFilter, "The filter '%s' is not supported. Supported are, joined by 'and': %s.", text, strings.Join(names, ", "))
		}
		f.terms = append(f.terms, t)
		s.space()
		if s.rest == "" {
			return f, nil
		}
		if !s.word("and") {
			return filter{}, invalid(codeInvalidFilter, "The filter '%s' is not supported: 'and' is expected at '%s'.", text, s.rest)
		}
	}
}

// value returns what a name is compared with or a function called with.
func (f filter) value(name string) (string, bool) {
	for _, t := range f.terms {
		if t.name == name {
			return t.value, true
		}
	}
	return "", false
}

// matches reports whether all comparisons hold, without regard to case.
func (f filter) matches(values map[string]string) bool {
	for _, t := range f.terms {
		if !t.call && !strings.EqualFold(values[t.name], t.value) {
			return false
		}
	}
	return true
}

type scanner struct{ rest string }

func (s *scanner) space() { s.rest = strings.TrimLeft(s.rest, " \t") }

// identifier takes the letters that come next.
func (s *scanner) identifier() string {
	n := 0
	for n < len(s.rest) && (s.rest[n]|0x20 >= 'a' && s.rest[n]|0x20 <= 'z') {
		n++
	}
	word := s.rest[:n]
	s.rest = s.rest[n:]
	return word
}

// word takes a word if it comes next, in any case.
func (s *scanner) word(w string) bool {
	before := s.rest
	s.space()
	if strings.EqualFold(s.identifier(), w) {
		return true
	}
	s.rest = before
	return false
}

func (s *scanner) term(names []string) (term, bool) {
	s.space()
	word := s.identifier()
	for _, name := range names {
		function, call := strings.CutSuffix(name, "()")
		if !strings.EqualFold(word, function) {
			continue
		}
		t := term{name: name, call: call}
		if call {
			var ok bool
			t.value, ok = s.argument()
			return t, ok
		}
		if !s.word("eq") {
			return t, false
		}
		s.space()
		value, ok := s.literal()
		t.value = value
		return t, ok
	}
	return term{}, false
}

func (s *scanner) argument() (string, bool) {
	s.space()
	if !strings.HasPrefix(s.rest, "(") {
		return "", false
	}
	s.rest = s.rest[1:]
	s.space()
	value := ""
	if !strings.HasPrefix(s.rest, ")") {
		var ok bool
		if value, ok = s.literal(); !ok {
			return "", false
		}
		s.space()
	}
	if !strings.HasPrefix(s.rest, ")") {
		return "", false
	}
	s.rest = s.rest[1:]
	return value, true
}

// literal takes a quoted text, in which two quotes stand for one, or a GUID, which clients write with and without
// quotes.
func (s *scanner) literal() (string, bool) {
	if !strings.HasPrefix(s.rest, "'") {
		if len(s.rest) < 36 {
			return "", false
		}
		id, err := uuid.Parse(s.rest[:36])
		s.rest = s.rest[36:]
		return id.String(), err == nil
	}
	var b strings.Builder
	for s.rest = s.rest[1:]; ; {
		text, after, found := strings.Cut(s.rest, "'")
		if !found {
			return "", false
		}
		b.WriteString(text)
		if !strings.HasPrefix(after, "'") {
			s.rest = after
			return b.String(), true
		}
		b.WriteByte('\'')
		s.rest = after[1:]
	}
}
