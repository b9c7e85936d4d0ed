package odata

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// options are the query options of a request to a set.
type options struct {
	query    Query
	top      int64 // -1 is none
	expand   []expansion
	selected []string // as it was asked for; nil is everything
	format   string
}

// expansion is one item of $expand.
type expansion struct {
	navigation *Navigation
	options    *options
}

// maxExpand bounds how deep expansions nest.
const maxExpand = 3

// known are the system query options that are served.
var known = []string{"$filter", "$search", "$select", "$expand", "$orderby", "$top", "$skip", "$count", "$skiptoken", "$format"}

// parseOptions reads the options of a request.
func parseOptions(m *Model, set *EntitySet, values url.Values) (*options, error) {
	given := map[string]string{}
	for name, list := range values {
		if !strings.HasPrefix(name, "$") {
			continue // others are the client's own affair (U 5.2)
		}
		if !slices.Contains(known, name) {
			return nil, unimplemented("the query option %s is not served", name)
		}
		if len(list) > 1 {
			return nil, invalid("the query option %s is there twice", name)
		}
		given[name] = list[0]
	}
	return readOptions(m, set, given, 0)
}

func readOptions(m *Model, set *EntitySet, given map[string]string, depth int) (*options, error) {
	o := &options{query: Query{Set: set}, top: -1, format: given["$format"]}
	readers := []struct {
		name string
		read func(string) error
	}{
		{"$filter", func(s string) (err error) { o.query.Filter, err = ParseFilter(set, s); return err }},
		{"$search", func(s string) (err error) { o.query.Search, err = ParseSearch(s); return err }},
		{"$select", o.readSelect},
		{"$expand", func(s string) error { return o.readExpand(m, s, depth) }},
		{"$orderby", func(s string) (err error) { o.query.Order, err = parseOrder(set, s); return err }},
		{"$top", func(s string) (err error) { o.top, err = whole("$top", s); return err }},
		{"$skip", func(s string) (err error) { o.query.Skip, err = whole("$skip", s); return err }},
		{"$count", func(s string) (err error) { o.query.Count, err = boolean(s); return err }},
	}
	for _, r := range readers {
		if s, ok := given[r.name]; ok {
			if err := r.read(s); err != nil {
				return nil, err
			}
		}
	}
	o.complete()
	if s, ok := given["$skiptoken"]; ok {
		return o, o.readToken(s)
	}
	return o, nil
}

func whole(name, s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 || n > math.MaxInt32 {
		return 0, invalid("%s is not a whole number: %q", name, shorten(s, 20))
	}
	return n, nil
}

func boolean(s string) (bool, error) {
	if s != "true" && s != "false" {
		return false, invalid("$count is true or false, not %q", shorten(s, 20))
	}
	return s == "true", nil
}

func (o *options) readSelect(s string) error {
	o.selected = []string{}
	for name := range strings.SplitSeq(s, ",") {
		name = strings.TrimSpace(name)
		set := o.query.Set
		switch {
		case name == "*":
			o.selected = nil
			o.query.Select = nil
			return nil
		case set.Navigation(name) != nil:
			continue // its link, which metadata leaves out
		case set.Property(name) == nil:
			return invalid("$select: %s has no property %q", set.Name, shorten(name, maxIdentifier))
		case !slices.Contains(o.selected, name):
			o.selected = append(o.selected, name)
			o.query.Select = append(o.query.Select, set.Property(name))
		}
	}
	return nil
}

// readExpand reads navigation properties, with their own options in parentheses, separated by semicolons (U 5.1.3).
func (o *options) readExpand(m *Model, s string, depth int) error {
	if depth == maxExpand {
		return unimplemented("$expand nests deeper than %d", maxExpand)
	}
	items, err := split(s, ',')
	if err != nil {
		return err
	}
	for _, item := range items {
		name, inner, hasOptions := strings.Cut(item, "(")
		n := o.query.Set.Navigation(name)
		switch {
		case name == "*" || strings.ContainsAny(name, "/$"):
			return unimplemented("$expand=%s is not served", shorten(name, maxIdentifier))
		case n == nil:
			return invalid("$expand: %s has no navigation property %q", o.query.Set.Name, shorten(name, maxIdentifier))
		case slices.ContainsFunc(o.expand, func(x expansion) bool { return x.navigation == n }):
			return invalid("$expand: %s is there twice", name)
		}
		given := map[string]string{}
		if hasOptions {
			if given, err = expandOptions(strings.TrimSuffix(inner, ")")); err != nil {
				return err
			}
		}
		nested, err := readOptions(m, m.Set(n.Target), given, depth+1)
		if err != nil {
			return err
		}
		o.expand = append(o.expand, expansion{n, nested})
	}
	return nil
}

func expandOptions(s string) (map[string]string, error) {
	given := map[string]string{}
	items, err := split(s, ';')
	if err != nil {
		return nil, err
	}
	for _, item := range items {
		name, value, _ := strings.Cut(item, "=")
		if !slices.Contains(known[:8], name) { // all but the token and the format
			return nil, unimplemented("the option %s of $expand is not served", shorten(name, maxIdentifier))
		}
		given[name] = value
	}
	return given, nil
}

// split cuts at separators outside of quotes and parentheses.
func split(s string, separator rune) ([]string, error) {
	var list []string
	depth, start, quoted := 0, 0, false
	for i, r := range s {
		switch {
		case r == '\'':
			quoted = !quoted
		case quoted:
		case r == '(':
			depth++
		case r == ')':
			depth--
		case r == separator && depth == 0:
			list, start = append(list, strings.TrimSpace(s[start:i])), i+1
		}
	}
	if depth != 0 || quoted {
		return nil, invalid("$expand: a parenthesis or a quote is not closed")
	}
	return append(list, strings.TrimSpace(s[start:])), nil
}

// complete selects everything where nothing is, and ends the order with the key. What an expansion needs is selected as
// well, after what was asked for.
func (o *options) complete() {
	set := o.query.Set
	if len(o.query.Select) == 0 {
		for i := range set.Properties {
			o.query.Select = append(o.query.Select, &set.Properties[i])
		}
		o.selected = nil
	}
	key := set.Property(set.Key)
	o.query.Order = append(o.query.Order, Order{Expr: &Member{key}})
	for _, x := range o.expand {
		if from := set.Property(x.navigation.From); !slices.Contains(o.query.Select, from) {
			o.query.Select = append(o.query.Select, from)
		}
	}
}

// yields is how many of the selected properties were asked for.
func (o *options) yields() int {
	if o.selected == nil {
		return len(o.query.Set.Properties)
	}
	return len(o.selected)
}

// skipToken is where a page ends: the values that its last row is ordered by.
func skipToken(order []any) (string, error) {
	values := make([]any, len(order))
	for i, v := range order {
		values[i] = rendered(v, Any) // JSON has no numbers for those that are none
	}
	text, err := json.Marshal(values)
	return base64.RawURLEncoding.EncodeToString(text), err
}

func (o *options) readToken(s string) error {
	wrong := invalid("$skiptoken is not one of a link that this service gave")
	text, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return wrong
	}
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.UseNumber()
	var values []any
	if d.Decode(&values) != nil || len(values) != len(o.query.Order) {
		return wrong
	}
	for i, v := range values {
		var ok bool
		if values[i], ok = tokenValue(v, o.query.Order[i].Expr.Type()); !ok {
			return wrong
		}
	}
	o.query.After = values
	return nil
}

// tokenValue brings a value of JSON back to what it was.
func tokenValue(v any, t Type) (any, bool) {
	switch v := v.(type) {
	case nil:
		return nil, true
	case bool:
		return v, t == Boolean
	case json.Number:
		if t == Int64 {
			n, err := v.Int64()
			return n, err == nil
		}
		f, err := v.Float64()
		return f, t == Double && err == nil
	case string:
		if t == Double { // those that JSON has no number for
			l, err := double(v)
			if err != nil {
				return nil, false
			}
			return l.Value, true
		}
		l, err := parseText(v, t)
		return l, err == nil
	}
	return nil, false
}

// parseText checks a value that is kept as a text.
func parseText(s string, t Type) (string, error) {
	if t == String {
		return s, nil
	}
	if p, size := match(s); size == len(s) {
		l, err := literal(p)
		if err != nil {
			return "", err
		}
		if l != nil && (l.Kind == t || t == Decimal && l.Kind == Int64) {
			return s, nil
		}
	}
	return "", invalid("%q is not a value of %s", shorten(s, 40), t)
}
