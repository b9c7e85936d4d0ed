package graph

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ownlake/ownlake/errs"
)

// filter is the query option "$filter" (OData 4.01 URL conventions, section 5.1.1). Of its grammar this is taken:
//
//	expr    = and { "or" and }
//	and     = not { "and" not }
//	not     = [ "not" ] term
//	term    = "(" expr ")" | path ( "eq" | "ne" ) value | path "in" "(" value { "," value } ")"
//	        | ( "startswith" | "endswith" ) "(" path "," string ")"
//	        | path "/any(" name ":" name ( "eq" value | ... ) ")"
//	path    = name { "/" name }
//	value   = string | "true" | "false" | "null" | number | GUID
//
// Names and texts compare without regard to case, as in Graph's directory.
type filter func(item map[string]any) bool

const (
	maxFilter      = 4096
	maxFilterDepth = 20
)

// parseFilter reads a filter. The error is Invalid with Graph's code for it.
func parseFilter(text string) (filter, error) {
	if len(text) > maxFilter {
		return nil, invalidFilter("the filter is too long")
	}
	p := &filterParser{rest: text}
	f, err := p.or(0)
	if err != nil {
		return nil, err
	}
	if p.skip(); p.rest != "" {
		return nil, invalidFilter("unexpected text '" + shown(p.rest) + "'")
	}
	return f, nil
}

func invalidFilter(why string) error {
	return errs.E(errs.Invalid, codeBadRequest, "Invalid filter clause: "+why)
}

type filterParser struct {
	rest string
	// variable stands for the item inside any(...), if it is not empty.
	variable string
}

func (p *filterParser) skip() { p.rest = strings.TrimLeft(p.rest, " \t\r\n") }

// accept takes a sign.
func (p *filterParser) accept(sign string) bool {
	p.skip()
	rest, ok := strings.CutPrefix(p.rest, sign)
	if ok {
		p.rest = rest
	}
	return ok
}

func (p *filterParser) expect(sign string) error {
	if !p.accept(sign) {
		return invalidFilter(fmt.Sprintf("'%s' is expected before '%s'", sign, shown(p.rest)))
	}
	return nil
}

// word returns the next name without taking it.
func (p *filterParser) word() string {
	p.skip()
	end := strings.IndexFunc(p.rest, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' && r != '.' && r != '-' && r != '@'
	})
	if end < 0 {
		end = len(p.rest)
	}
	return p.rest[:end]
}

// keyword takes a word in any case.
func (p *filterParser) keyword(word string) bool {
	w := p.word()
	if !strings.EqualFold(w, word) {
		return false
	}
	p.rest = p.rest[len(w):]
	return true
}

func (p *filterParser) or(depth int) (filter, error) {
	if depth > maxFilterDepth {
		return nil, invalidFilter("it is nested too deeply")
	}
	left, err := p.and(depth)
	for err == nil && p.keyword("or") {
		var right filter
		a := left
		if right, err = p.and(depth); err == nil {
			left = func(item map[string]any) bool { return a(item) || right(item) }
		}
	}
	return left, err
}

func (p *filterParser) and(depth int) (filter, error) {
	left, err := p.not(depth)
	for err == nil && p.keyword("and") {
		var right filter
		a := left
		if right, err = p.not(depth); err == nil {
			left = func(item map[string]any) bool { return a(item) && right(item) }
		}
	}
	return left, err
}

func (p *filterParser) not(depth int) (filter, error) {
	if strings.EqualFold(p.word(), "not") {
		p.keyword("not")
		if depth++; depth > maxFilterDepth {
			return nil, invalidFilter("it is nested too deeply")
		}
		f, err := p.not(depth)
		if err != nil {
			return nil, err
		}
		return func(item map[string]any) bool { return !f(item) }, nil
	}
	return p.term(depth)
}

func (p *filterParser) term(depth int) (filter, error) {
	if p.accept("(") {
		f, err := p.or(depth + 1)
		if err != nil {
			return nil, err
		}
		return f, p.expect(")")
	}
	switch strings.ToLower(p.word()) {
	case "startswith":
		return p.call(strings.HasPrefix)
	case "endswith":
		return p.call(strings.HasSuffix)
	}
	path, err := p.path()
	if err != nil {
		return nil, err
	}
	if last := path[len(path)-1]; strings.EqualFold(last, "any") && len(path) > 1 && p.accept("(") {
		return p.anyOf(path[:len(path)-1], depth)
	}
	return p.comparison(path)
}

// call reads startswith(path, 'text') and its like.
func (p *filterParser) call(test func(s, part string) bool) (filter, error) {
	p.rest = p.rest[len(p.word()):]
	if err := p.expect("("); err != nil {
		return nil, err
	}
	path, err := p.path()
	if err == nil {
		err = p.expect(",")
	}
	if err != nil {
		return nil, err
	}
	value, err := p.value()
	if err != nil {
		return nil, err
	}
	text, ok := value.(string)
	if !ok {
		return nil, invalidFilter("a text is expected")
	}
	part := strings.ToLower(text)
	return func(item map[string]any) bool {
		s, ok := property(item, path).(string)
		return ok && test(strings.ToLower(s), part)
	}, p.expect(")")
}

// anyOf reads what follows "path/any(".
func (p *filterParser) anyOf(path []string, depth int) (filter, error) {
	variable := p.word()
	p.rest = p.rest[len(variable):]
	if variable == "" || p.variable != "" {
		return nil, invalidFilter("any() needs a name, and no any() in it")
	}
	if err := p.expect(":"); err != nil {
		return nil, err
	}
	p.variable = variable
	defer func() { p.variable = "" }()
	f, err := p.or(depth + 1)
	if err != nil {
		return nil, err
	}
	return func(item map[string]any) bool {
		for _, element := range elements(property(item, path)) {
			if f(map[string]any{strings.ToLower(variable): element}) {
				return true
			}
		}
		return false
	}, p.expect(")")
}

func elements(list any) []any {
	switch l := list.(type) {
	case []any:
		return l
	case []string:
		all := make([]any, len(l))
		for i, s := range l {
			all[i] = s
		}
		return all
	}
	return nil
}

func (p *filterParser) comparison(path []string) (filter, error) {
	switch {
	case p.keyword("eq"):
		v, err := p.value()
		return func(item map[string]any) bool { return equal(property(item, path), v) }, err
	case p.keyword("ne"):
		v, err := p.value()
		return func(item map[string]any) bool { return !equal(property(item, path), v) }, err
	case p.keyword("in"):
		return p.in(path)
	}
	return nil, invalidFilter("'eq', 'ne' or 'in' is expected before '" + shown(p.rest) + "'")
}

func (p *filterParser) in(path []string) (filter, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	var values []any
	for {
		v, err := p.value()
		if err != nil {
			return nil, err
		}
		values = append(values, v)
		if !p.accept(",") {
			break
		}
	}
	return func(item map[string]any) bool {
		got := property(item, path)
		for _, v := range values {
			if equal(got, v) {
				return true
			}
		}
		return false
	}, p.expect(")")
}

func (p *filterParser) path() ([]string, error) {
	var path []string
	for {
		name := p.word()
		if name == "" {
			return nil, invalidFilter("a property is expected before '" + shown(p.rest) + "'")
		}
		p.rest = p.rest[len(name):]
		path = append(path, name)
		if rest, ok := strings.CutPrefix(p.rest, "/"); ok {
			p.rest = rest
			continue
		}
		return path, nil
	}
}

// value reads a text in quotes, where two quotes stand for one, or a word.
func (p *filterParser) value() (any, error) {
	if p.accept("'") {
		var b strings.Builder
		for {
			i := strings.IndexByte(p.rest, '\'')
			if i < 0 {
				return nil, invalidFilter("a text has no end")
			}
			b.WriteString(p.rest[:i])
			p.rest = p.rest[i+1:]
			if !strings.HasPrefix(p.rest, "'") {
				break
			}
			b.WriteByte('\'')
			p.rest = p.rest[1:]
		}
		if text := b.String(); utf8.ValidString(text) {
			return text, nil
		}
		return nil, invalidFilter("a text is not UTF-8")
	}
	word := p.word()
	p.rest = p.rest[len(word):]
	switch strings.ToLower(word) {
	case "":
		return nil, invalidFilter("a value is expected before '" + shown(p.rest) + "'")
	case "true":
		return true, nil
	case "false":
		return false, nil
	case "null":
		return nil, nil //nolint:nilnil // null is a value
	}
	return word, nil
}

// property finds what a path leads to, or nil.
func property(item map[string]any, path []string) any {
	var at any = item
	for _, name := range path {
		m, ok := at.(map[string]any)
		if !ok {
			return nil
		}
		at = member(m, name)
	}
	return at
}

// member finds a property in any case, soonest in the case that nearly all clients write.
func member(m map[string]any, name string) any {
	if value, ok := m[name]; ok {
		return value
	}
	for key, value := range m {
		if strings.EqualFold(key, name) {
			return value
		}
	}
	return nil
}

func equal(got, want any) bool {
	if text, ok := got.(string); ok {
		w, ok := want.(string)
		return ok && strings.EqualFold(text, w)
	}
	switch got.(type) {
	case nil, bool:
		return got == want
	}
	return false
}
