package odata

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxDepth bounds how deep expressions nest, and maxList how long lists are.
const (
	maxDepth = 64
	maxList  = 10_000
)

// parser reads expressions over the properties of a set.
type parser struct {
	set    *EntitySet
	tokens []token
	at     int
	depth  int
}

// ParseFilter reads the text of a $filter over a set. Errors are Invalid, with [CodeNotImplemented] for what is right and not
// served.
func ParseFilter(set *EntitySet, source string) (Expr, error) {
	p, err := newParser(set, source)
	if err != nil {
		return nil, err
	}
	x, err := p.expression(0)
	switch {
	case err != nil:
		return nil, err
	case p.peek().kind != end:
		return nil, p.unexpected()
	case !x.Type().fits(Boolean):
		return nil, invalid("the filter is not true or false")
	}
	return x, nil
}

func newParser(set *EntitySet, source string) (*parser, error) {
	tokens, err := lex(source)
	return &parser{set: set, tokens: tokens}, err
}

func (p *parser) peek() token { return p.tokens[p.at] }

func (p *parser) next() token {
	t := p.tokens[p.at]
	if t.kind != end {
		p.at++
	}
	return t
}

// take takes a token if it is of the kind.
func (p *parser) take(k kind) bool {
	if p.peek().kind != k {
		return false
	}
	p.next()
	return true
}

func (p *parser) unexpected() error {
	t := p.peek()
	if t.kind == end {
		return invalid("the expression ends too early")
	}
	return invalid("position %d: %q is not expected here", t.at+1, t.value)
}

// levels are the operators of two operands, those that bind least first (U 5.1.1.16).
var levels = []map[string]Operator{
	{"or": Or},
	{"and": And},
	{"eq": Eq, "ne": Ne},
	{"gt": Gt, "ge": Ge, "lt": Lt, "le": Le},
	{"add": Add, "sub": Sub},
	{"mul": Mul, "div": Div, "divby": DivBy, "mod": Mod},
}

// inLevel is the level at which the operator in stands: that of gt.
const inLevel = 3

func (p *parser) expression(level int) (Expr, error) {
	if level == len(levels) {
		return p.unary()
	}
	if p.depth++; p.depth > maxDepth*len(levels) {
		return nil, invalid("the expression nests too deep")
	}
	defer func() { p.depth-- }()
	left, err := p.expression(level + 1)
	for err == nil {
		t := p.peek()
		op, ok := levels[level][t.value]
		switch {
		case t.kind == word && ok:
			p.next()
			var right Expr
			if right, err = p.expression(level + 1); err == nil {
				left, err = binary(op, left, right)
			}
		case t.kind == word && level == inLevel && t.value == "in":
			p.next()
			left, err = p.in(left)
		case t.kind == word && level == inLevel && (t.value == "has"):
			return nil, unimplemented("the operator has is of enumerations, of which there are none")
		default:
			return left, nil
		}
	}
	return nil, err
}

func (p *parser) in(of Expr) (Expr, error) {
	if !p.take(open) {
		return nil, p.unexpected()
	}
	x := &In{}
	for {
		item, err := p.primary()
		if err != nil {
			return nil, err
		}
		l, isLiteral := item.(*Literal)
		if !isLiteral {
			return nil, unimplemented("in takes a list of values")
		}
		left, right, ok := comparable2(of, l)
		if !ok || len(x.List) == maxList {
			return nil, invalid("values of %s and %s cannot be compared, or the list is too long", of.Type(), l.Kind)
		}
		if c, isCast := right.(*Call); isCast { // a date for a moment
			day, _ := l.Value.(string)
			l = &Literal{c.kind, day + "T00:00:00Z"}
		}
		x.Of, x.List = left, append(x.List, l)
		if p.take(closed) {
			return x, nil
		}
		if !p.take(comma) {
			return nil, p.unexpected()
		}
	}
}

func (p *parser) unary() (Expr, error) {
	t := p.peek()
	isNot := t.kind == word && t.value == "not"
	if !isNot && t.kind != minus {
		return p.primary()
	}
	if p.depth++; p.depth > maxDepth*len(levels) {
		return nil, invalid("the expression nests too deep")
	}
	defer func() { p.depth-- }()
	p.next()
	of, err := p.unary()
	switch {
	case err != nil:
		return nil, err
	case isNot && !of.Type().fits(Boolean):
		return nil, invalid("the operand of not is not true or false")
	case isNot:
		return &Unary{Not, of}, nil
	case of.Type() != Any && !of.Type().isNumber():
		return nil, invalid("the operand of - is not a number")
	}
	return &Unary{Negative, of}, nil
}

func (p *parser) primary() (Expr, error) {
	t := p.next()
	switch t.kind {
	case open:
		x, err := p.expression(0)
		if err == nil && !p.take(closed) {
			err = p.unexpected()
		}
		return x, err
	case word:
		if p.peek().kind == open {
			return p.call(t)
		}
		return p.name(t)
	default:
		l, err := literal(t)
		if err == nil && l == nil {
			if t.kind != end {
				p.at--
			}
			return nil, p.unexpected()
		}
		return l, err
	}
}

// literal reads a value. It returns nil for a token that is none.
func literal(t token) (*Literal, error) {
	switch t.kind {
	case text:
		return &Literal{String, t.value}, nil
	case guid:
		return &Literal{GUID, strings.ToLower(t.value)}, nil
	case number:
		n, err := strconv.ParseInt(t.value, 10, 64)
		if err != nil {
			return &Literal{Decimal, t.value}, checkDigits(t.value)
		}
		return &Literal{Int64, n}, nil
	case fraction:
		return &Literal{Decimal, t.value}, checkDigits(t.value)
	case scientific:
		return double(t.value)
	case date:
		_, err := time.Parse(time.DateOnly, t.value)
		return &Literal{Date, t.value}, wrongTime(t, err)
	case moment:
		at, err := parseMoment(t.value)
		return &Literal{DateTimeOffset, at}, wrongTime(t, err)
	case clock:
		at, err := parseClock(t.value)
		return &Literal{TimeOfDay, at}, wrongTime(t, err)
	default:
		return nil, nil //nolint:nilnil // no value is no error
	}
}

// maxDigits is how many digits of a decimal count.
const maxDigits = 38

func checkDigits(s string) error {
	if len(strings.Trim(s, "-.")) > maxDigits {
		return invalid("the number %s has too many digits", shorten(s, maxDigits))
	}
	return nil
}

func double(s string) (*Literal, error) {
	switch s {
	case "INF":
		return &Literal{Double, math.Inf(1)}, nil
	case "-INF":
		return &Literal{Double, math.Inf(-1)}, nil
	case "NaN":
		return &Literal{Double, math.NaN()}, nil
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return nil, invalid("the number %s is too large", s)
	}
	return &Literal{Double, f}, nil
}

func wrongTime(t token, err error) error {
	if err != nil {
		return invalid("position %d: %s is no date or time", t.at+1, t.value)
	}
	return nil
}

// momentForm is how moments are written: as [time.RFC3339Nano], to the microsecond.
const momentForm = "2006-01-02T15:04:05.999999Z07:00"

func parseMoment(s string) (string, error) {
	form := time.RFC3339Nano
	if !strings.Contains(s[len("2006-01-02T15:04"):], ":") || s[len("2006-01-02T15:04")] != ':' {
		form = "2006-01-02T15:04Z07:00" // seconds can be left out
	}
	at, err := time.Parse(form, s)
	return at.UTC().Format(momentForm), err
}

func parseClock(s string) (string, error) {
	form := "15:04:05"
	if len(s) == len("15:04") {
		form = "15:04"
	}
	at, err := time.Parse(form, s)
	return at.Format("15:04:05.999999"), err
}

// name reads what stands for itself: null, true, false, or a property.
func (p *parser) name(t token) (Expr, error) {
	switch t.value {
	case "null":
		return &Literal{}, nil
	case "true", "false":
		return &Literal{Boolean, t.value == "true"}, nil
	}
	if property := p.set.Property(strings.TrimPrefix(t.value, "$it/")); property != nil {
		return &Member{property}, nil
	}
	if strings.ContainsAny(t.value, "/@$") {
		return nil, unimplemented("position %d: paths and parameters such as %s are not served in expressions", t.at+1, t.value)
	}
	return nil, invalid("position %d: %s has no property %s", t.at+1, p.set.Name, t.value)
}

func (p *parser) call(name token) (Expr, error) {
	if strings.Contains(name.value, "/") {
		return nil, unimplemented("position %d: %s: lambda operators and paths are not served", name.at+1, name.value)
	}
	p.next() // the parenthesis
	if name.value == castFunction {
		return p.cast()
	}
	if _, ok := signatures[functionNamed(name.value)]; !ok {
		return nil, unimplemented("position %d: the function %s is not served", name.at+1, name.value)
	}
	var args []Expr
	for !p.take(closed) {
		if len(args) > 0 && !p.take(comma) {
			return nil, p.unexpected()
		}
		arg, err := p.expression(0)
		if err != nil {
			return nil, err
		}
		args = append(args, arg)
	}
	return call(name.value, args)
}

func (p *parser) cast() (Expr, error) {
	of, err := p.expression(0)
	if err != nil {
		return nil, err
	}
	if !p.take(comma) || p.peek().kind != word {
		return nil, p.unexpected()
	}
	to := p.next()
	if !p.take(closed) {
		return nil, p.unexpected()
	}
	return cast(of, to.value)
}

// Order is one item of $orderby.
type Order struct {
	Expr       Expr
	Descending bool
}

// parseOrder reads $orderby.
func parseOrder(set *EntitySet, source string) ([]Order, error) {
	p, err := newParser(set, source)
	if err != nil {
		return nil, err
	}
	var list []Order
	for {
		x, err := p.expression(0)
		if err != nil {
			return nil, err
		}
		o := Order{Expr: x}
		if t := p.peek(); t.kind == word && slices.Contains([]string{"asc", "desc"}, t.value) {
			p.next()
			o.Descending = t.value == "desc"
		}
		list = append(list, o)
		if p.take(end) || p.peek().kind == end {
			return list, nil
		}
		if !p.take(comma) {
			return nil, p.unexpected()
		}
	}
}
