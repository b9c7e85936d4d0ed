package lake

import (
	"strings"

	"github.com/ownlake/ownlake/errs"
)

// TagExpression is a condition on index tags, as in x-ms-if-tags and Find Blobs by Tags: comparisons such as
// "name" = 'value' with =, <>, <, <=, > and >= (byte by byte), joined by AND and OR, of which AND binds stronger.
// @container compares with the container's name. A tag that a blob does not have fulfils <> alone.
type TagExpression struct {
	any [][]tagComparison // one of these, each of which is all of its comparisons
}

type tagComparison struct {
	name, operator, value string
}

// containerName stands for the container's name among the tags.
const containerName = "@container"

// ParseTagExpression reads an expression. The error is Invalid with code InvalidQueryParameterValue and says where the
// expression cannot be read on.
func ParseTagExpression(text string) (*TagExpression, error) {
	p := &tagParser{rest: text}
	x := &TagExpression{any: [][]tagComparison{nil}}
	for {
		c, ok := p.comparison()
		if !ok {
			return nil, errs.E(errs.Op("lake.ParseTagExpression"), errs.Invalid, CodeInvalidTagExpression, errs.Item(text),
				`the expression cannot be read from "`+p.rest+`" on`, errs.Hint(`write "name" = 'value', joined by AND`))
		}
		last := len(x.any) - 1
		x.any[last] = append(x.any[last], c)
		switch {
		case p.done():
			return x, nil
		case p.word("OR"):
			x.any = append(x.any, nil)
		case !p.word("AND"):
			p.broken = true
		}
	}
}

// Match reports whether the tags of a blob in a container fulfil the expression.
func (x *TagExpression) Match(container Filesystem, tags Tags) bool {
	for _, all := range x.any {
		matches := true
		for _, c := range all {
			value, has := tags[c.name]
			if c.name == containerName {
				value, has = string(container), true
			}
			matches = matches && c.match(value, has)
		}
		if matches {
			return true
		}
	}
	return false
}

// Names returns the names of the tags that the expression compares.
func (x *TagExpression) Names() []string {
	var names []string
	for _, all := range x.any {
		for _, c := range all {
			if c.name != containerName {
				names = append(names, c.name)
			}
		}
	}
	return names
}

func (c tagComparison) match(value string, has bool) bool {
	order := strings.Compare(value, c.value)
	switch c.operator {
	case "<>":
		return !has || order != 0
	case "=":
		return has && order == 0
	case "<":
		return has && order < 0
	case "<=":
		return has && order <= 0
	case ">":
		return has && order > 0
	}
	return has && order >= 0
}

type tagParser struct {
	rest   string
	broken bool
}

func (p *tagParser) space() { p.rest = strings.TrimLeft(p.rest, " \t\r\n") }

func (p *tagParser) done() bool {
	p.space()
	return p.rest == ""
}

// word takes a keyword, in any case.
func (p *tagParser) word(w string) bool {
	p.space()
	if len(p.rest) <= len(w) || !strings.EqualFold(p.rest[:len(w)], w) || !strings.ContainsRune(" \t\r\n\"@", rune(p.rest[len(w)])) {
		return false
	}
	p.rest = p.rest[len(w):]
	return true
}

func (p *tagParser) comparison() (c tagComparison, ok bool) {
	if p.broken {
		return c, false
	}
	p.space()
	if rest, found := strings.CutPrefix(p.rest, containerName); found {
		c.name, p.rest = containerName, rest
	} else if c.name, ok = p.quoted('"'); !ok {
		return c, false
	}
	p.space()
	for _, o := range []string{"<>", "<=", ">=", "=", "<", ">"} {
		if rest, found := strings.CutPrefix(p.rest, o); found {
			c.operator, p.rest = o, rest
			break
		}
	}
	if c.operator == "" {
		return c, false
	}
	p.space()
	c.value, ok = p.quoted('\'')
	return c, ok
}

func (p *tagParser) quoted(quote byte) (string, bool) {
	if p.rest == "" || p.rest[0] != quote {
		return "", false
	}
	end := strings.IndexByte(p.rest[1:], quote)
	if end < 0 {
		return "", false
	}
	text := p.rest[1 : 1+end]
	p.rest = p.rest[end+2:]
	return text, true
}

// Limits on tags (Set Blob Tags).
const (
	MaxTags          = 10
	maxTagNameLength = 128
	maxTagLength     = 256
)

// Validate reports whether the tags keep the service's limits. The error is Invalid.
func (t Tags) Validate() error {
	const op errs.Op = "lake.Tags.Validate"
	if len(t) > MaxTags {
		return errs.E(op, errs.Invalid, CodeTagsTooLarge, "a blob has at most 10 tags")
	}
	for name, value := range t {
		switch {
		case name == "" || len(name) > maxTagNameLength || !tagText(name):
			return errs.E(op, errs.Invalid, CodeInvalidTags, errs.Item(name), "not a name of a tag",
				errs.Hint("use 1 to 128 letters, digits, spaces and + - . / : = _"))
		case len(value) > maxTagLength || !tagText(value):
			return errs.E(op, errs.Invalid, CodeInvalidTags, errs.Item(name), "the value is not one of a tag",
				errs.Hint("use up to 256 letters, digits, spaces and + - . / : = _"))
		}
	}
	return nil
}

func tagText(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		return !letter && !strings.ContainsRune(" +-./:=_", r)
	})
}
