package accessfile

import (
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/google/uuid"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/lake"
)

// reader reads the parts of a file and collects what is wrong with it. Its methods take nil for what is not there.
type reader struct {
	file, account string
	problems      []problem
}

type problem struct {
	line, column int
	text         string
}

// problem notes what is wrong with a part of the file.
func (r *reader) problem(n ast.Node, format string, args ...any) {
	switch v := n.(type) { // whose own token is the first colon
	case *ast.MappingNode:
		if !v.IsFlowStyle && len(v.Values) > 0 {
			n = v.Values[0].Key
		}
	case *ast.MappingValueNode:
		n = v.Key
	}
	at := n.GetToken().Position
	r.problems = append(r.problems, problem{at.Line, at.Column, fmt.Sprintf(format, args...)})
}

// err is everything that is wrong, in the order of the file.
func (r *reader) err() error {
	if len(r.problems) == 0 {
		return nil
	}
	slices.SortStableFunc(r.problems, func(a, b problem) int {
		if a.line != b.line {
			return a.line - b.line
		}
		return a.column - b.column
	})
	lines := make([]string, 0, len(r.problems))
	for _, p := range r.problems {
		lines = append(lines, fmt.Sprintf("%s:%d:%d: %s", r.file, p.line, p.column, p.text))
	}
	return errs.E(errs.Invalid, strings.Join(lines, "\n"))
}

// document reads the one document of a file, a mapping with these keys.
func (r *reader) document(data []byte, keys ...string) map[string]ast.Node {
	parsed, err := parser.ParseBytes(data, 0)
	if err != nil {
		p := problem{1, 1, err.Error()}
		if syntax, ok := errors.AsType[*yaml.SyntaxError](err); ok {
			p = problem{syntax.Token.Position.Line, syntax.Token.Position.Column, syntax.Message}
		}
		r.problems = append(r.problems, p)
		return nil
	}
	var top map[string]ast.Node
	for i, doc := range parsed.Docs {
		if i > 0 && doc.Body != nil {
			r.problem(doc.Body, "a second document")
			continue
		}
		top = r.fields(doc.Body, keys...)
	}
	return top
}

// fields returns the values of a mapping with these keys, without those that are null. It returns nil for what is no
// mapping.
func (r *reader) fields(n ast.Node, keys ...string) map[string]ast.Node {
	var entries []*ast.MappingValueNode
	switch v := n.(type) {
	case nil, *ast.NullNode, *ast.CommentGroupNode:
		return nil
	case *ast.MappingNode:
		entries = v.Values
	case *ast.MappingValueNode:
		entries = []*ast.MappingValueNode{v}
	default:
		r.problem(n, "keys and values are expected here: %s", strings.Join(keys, ", "))
		return nil
	}
	fields := map[string]ast.Node{}
	for _, e := range entries {
		name := e.Key.GetToken().Value
		if !slices.Contains(keys, name) {
			r.problem(e.Key, "unknown key %q (%s)", name, nearest(name, keys))
		} else if e.Value.Type() != ast.NullType {
			fields[name] = e.Value
		}
	}
	return fields
}

// list reads each item of a list.
func (r *reader) list(n ast.Node, read func(item ast.Node)) {
	switch v := n.(type) {
	case nil:
	case *ast.SequenceNode:
		for _, item := range v.Values {
			read(item)
		}
	default:
		r.problem(n, "a list is expected here")
	}
}

// text reads a value, numbers as they are written.
func (r *reader) text(n ast.Node) string {
	switch v := n.(type) {
	case nil:
		return ""
	case *ast.StringNode:
		return v.Value
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return v.GetToken().Value
	}
	r.problem(n, "a text is expected here")
	return ""
}

func (r *reader) texts(n ast.Node) []string {
	var all []string
	r.list(n, func(item ast.Node) { all = append(all, r.text(item)) })
	return all
}

// needed reads a value that must be there.
func (r *reader) needed(of ast.Node, fields map[string]ast.Node, key string) string {
	n := fields[key]
	if n == nil {
		r.problem(of, "%s is missing", key)
		return ""
	}
	return r.text(n)
}

func (r *reader) neededID(of ast.Node, fields map[string]ast.Node, key string) access.ObjectID {
	if fields[key] == nil {
		r.problem(of, "%s is missing", key)
		return ""
	}
	return r.id(fields[key])
}

// id reads a GUID. It is in lower case.
func (r *reader) id(n ast.Node) access.ObjectID {
	before := len(r.problems)
	text := r.text(n)
	if len(r.problems) > before {
		return ""
	}
	if _, err := uuid.Parse(text); err != nil || len(text) != len(uuid.Nil.String()) {
		r.problem(n, "%q is not an object id such as %s", text, "7c9e6679-7425-40de-944b-e07fc1f90ae7")
		return ""
	}
	return access.ObjectID(strings.ToLower(text))
}

func (r *reader) container(n ast.Node) string {
	name, err := lake.ParseFilesystem(r.text(n))
	if err != nil {
		r.problem(n, "%v", err)
	}
	return string(name)
}

// readRoots reads certificates that verify an issuer's.
func readRoots(file string) (*x509.CertPool, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(data) {
		return nil, fmt.Errorf("%s has no certificate in PEM", file)
	}
	return pool, nil
}

func nearest(name string, names []string) string {
	if near := insights.Nearest(name, names); near != "" {
		return "did you mean " + near + "?"
	}
	return "there are " + strings.Join(names, ", ")
}
