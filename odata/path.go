package odata

import (
	"net/url"
	"strings"
)

// resource is what a path names (U 4).
type resource struct {
	set      *EntitySet
	key      *Literal // nil is the whole set
	property *Property
	follow   *Navigation // of the row with the key
	raw      bool        // $value
	count    bool        // $count
}

// parsePath reads the path below the service's root, as it was escaped.
func parsePath(m *Model, escaped string) (resource, error) {
	var r resource
	segments := strings.Split(escaped, "/")
	for i, s := range segments {
		name, err := url.PathUnescape(s)
		if err != nil {
			return r, invalid("the path is not escaped as it must be")
		}
		if i == 0 {
			err = r.first(m, name)
		} else {
			err = r.more(m, name)
		}
		if err != nil {
			return r, err
		}
	}
	return r, nil
}

func (r *resource) first(m *Model, segment string) error {
	name, key, hasKey := strings.Cut(segment, "(")
	if r.set = m.Set(name); r.set == nil {
		return notFound("there is no resource %q", shorten(name, maxIdentifier))
	}
	if !hasKey || key == ")" {
		return nil
	}
	var err error
	r.key, err = parseKey(r.set, strings.TrimSuffix(key, ")"))
	return err
}

func (r *resource) more(m *Model, segment string) error {
	end := r.count || r.raw
	switch {
	case segment == "$count" && !end && r.property == nil && (r.key == nil || r.follow != nil && r.follow.Many):
		r.count = true
		return nil
	case segment == "$value" && !end && r.property != nil:
		r.raw = true
		return nil
	case end || r.key == nil || r.property != nil || r.follow != nil:
		return notFound("there is no resource %q here", shorten(segment, maxIdentifier))
	}
	if r.property = r.set.Property(segment); r.property != nil {
		return nil
	}
	if r.follow = r.set.Navigation(segment); r.follow != nil && m.Set(r.follow.Target) != nil {
		return nil
	}
	return notFound("%s has no property %q", r.set.Name, shorten(segment, maxIdentifier))
}

// parseKey reads the value in parentheses, with the key's name before it or not.
func parseKey(set *EntitySet, s string) (*Literal, error) {
	name, value, named := strings.Cut(s, "=")
	if !named || strings.HasPrefix(s, "'") {
		value = s
	} else if name != set.Key {
		return nil, invalid("the key of %s is %s, not %q", set.Name, set.Key, shorten(name, maxIdentifier))
	}
	wanted := set.Property(set.Key).Type
	tokens, err := lex(value)
	if err != nil {
		return nil, err
	}
	var l *Literal
	if len(tokens) == 2 {
		l, err = literal(tokens[0])
	}
	switch {
	case err != nil:
		return nil, err
	case l == nil:
		return nil, invalid("the key in %s(…) is not a value", set.Name)
	case wanted == String && l.Kind == GUID, wanted == GUID && l.Kind == String:
	case l.Kind != wanted:
		return nil, invalid("the key of %s is of %s, not of %s", set.Name, wanted, l.Kind)
	}
	return l, nil
}
