package project

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/ownlake/ownlake/insights"
)

// decoder fills values from one document, noting every problem instead of stopping at the first.
type decoder struct {
	file      string
	positions map[string]position
	broken    map[string]bool // paths whose value has the wrong shape
	anchors   map[string]ast.Node
	problems  []Problem
}

// kindKey says what a document is.
const kindKey = "kind"

// kind returns what a document is, and the node that says so. If it cannot be told, that is noted.
func (d *decoder) kind(body ast.Node) (string, ast.Node) {
	kinds := []string{kindEnvironment, kindSource, kindUnification}
	mapping, ok := d.resolve(body).(*ast.MappingNode)
	if !ok {
		d.problem(body, "begin with kind: environment, source or unification", "the document is not a list of keys and values")
		return "", body
	}
	for _, entry := range mapping.Values {
		if keyText(entry) != kindKey {
			continue
		}
		kind, _ := scalarText(d.resolve(entry.Value))
		if !slices.Contains(kinds, kind) {
			d.problem(entry.Value, hint(kind, kinds), "unknown kind %q", kind)
			return "", entry.Value
		}
		return kind, entry.Value
	}
	d.problem(body, "write kind: environment, source or unification", "the document does not say what it is")
	return "", body
}

// findAnchors notes the values that aliases of the document stand for.
func (d *decoder) findAnchors(body ast.Node) {
	for _, n := range ast.Filter(ast.AnchorType, body) {
		if anchor, ok := n.(*ast.AnchorNode); ok {
			d.anchors[anchor.Name.String()] = anchor.Value
		}
	}
}

// resolve returns the value behind anchors, aliases and tags. An alias within its own anchor is nil.
func (d *decoder) resolve(n ast.Node) ast.Node {
	for range 10 {
		switch v := n.(type) {
		case *ast.AnchorNode:
			n = v.Value
		case *ast.TagNode:
			n = v.Value
		case *ast.AliasNode:
			n = d.anchors[v.Value.String()]
		case *ast.MappingValueNode:
			// The parser gives a mapping with a single entry by its entry.
			return &ast.MappingNode{BaseNode: v.BaseNode, Start: v.Start, Values: []*ast.MappingValueNode{v}}
		default:
			return n
		}
	}
	return nil
}

// decode fills a struct from a document; into points to it.
func (d *decoder) decode(body ast.Node, path string, into any) {
	d.value(body, path, reflect.ValueOf(into).Elem(), true)
}

// value fills v from a node. top is set for the document itself, which has the key "kind" besides its own.
func (d *decoder) value(n ast.Node, path string, v reflect.Value, top bool) {
	d.note(path, n)
	node := d.resolve(n)
	if node == nil || node.Type() == ast.NullType {
		return // as if the key were not there
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.value(n, path, v.Elem(), top)
	case reflect.Struct:
		d.structure(n, node, path, v, top)
	case reflect.Slice:
		d.list(n, node, path, v)
	case reflect.Bool:
		d.boolean(n, node, path, v)
	case reflect.String:
		d.text(n, node, path, v)
	default:
		panic(fmt.Sprintf("project: no way to read a %s", v.Type()))
	}
}

func (d *decoder) structure(n, node ast.Node, path string, v reflect.Value, top bool) {
	mapping, ok := node.(*ast.MappingNode)
	if !ok {
		d.wrongShape(n, path, "", "%s is %s and must be a list of keys and values", lastName(path), describe(node))
		return
	}
	fields := fieldsOf(v)
	seen := map[string]bool{}
	for _, entry := range mapping.Values {
		name := keyText(entry)
		field, known := fields[name]
		switch {
		case top && name == kindKey && !known:
		case seen[name]:
			d.problem(entry.Key, "keep one of the two", "the key %q is given twice", name)
		case !known:
			d.unknownKey(entry, path, name, slices.Sorted(maps.Keys(fields)))
		default:
			d.value(entry.Value, path+"."+name, field, false)
		}
		seen[name] = true
	}
}

func (d *decoder) unknownKey(entry *ast.MappingValueNode, path, name string, valid []string) {
	if secretKey(name) {
		return // said by [decoder.secrets], with better advice
	}
	d.problem(entry.Key, hint(name, valid), "unknown key %q", name)
	if near := insights.Nearest(name, valid); near != "" {
		// The value that was meant stands here, so that it is not reported as missing too.
		d.note(path+"."+near, entry.Key)
	}
}

// fieldsOf returns the fields of a struct by their keys.
func fieldsOf(v reflect.Value) map[string]reflect.Value {
	fields := map[string]reflect.Value{}
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
		if name != "" && name != "-" {
			fields[name] = v.Field(i)
		}
	}
	return fields
}

func (d *decoder) list(n, node ast.Node, path string, v reflect.Value) {
	sequence, ok := node.(*ast.SequenceNode)
	if !ok {
		d.wrongShape(n, path, "begin each element on a line of its own with a dash", "%s is %s and must be a list", lastName(path), describe(node))
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(sequence.Values), len(sequence.Values)))
	for i, element := range sequence.Values {
		d.value(element, fmt.Sprintf("%s[%d]", path, i), v.Index(i), false)
	}
}

func (d *decoder) boolean(n, node ast.Node, path string, v reflect.Value) {
	b, ok := node.(*ast.BoolNode)
	if !ok {
		d.wrongShape(n, path, "", "%s is %s and must be true or false", lastName(path), describe(node))
		return
	}
	v.SetBool(b.Value)
}

func (d *decoder) text(n, node ast.Node, path string, v reflect.Value) {
	text, ok := scalarText(node)
	if !ok {
		d.wrongShape(n, path, `put text that looks like something else in quotes: "…"`, "%s is %s and must be a text", lastName(path), describe(node))
		return
	}
	v.SetString(text)
}

// wrongShape notes a value of another kind than the key takes. Nothing else is said about it or what it lacks.
func (d *decoder) wrongShape(n ast.Node, path, hint, format string, args ...any) {
	d.broken[path] = true
	d.problem(n, hint, format, args...)
}

// secretKeys are what people call keys and tokens.
var secretKeys = []string{
	"key", "accountkey", "sharedkey", "accesskey", "storagekey", "secret", "clientsecret", "password", "token", "sas",
	"sastoken", "connectionstring",
}

func secretKey(name string) bool {
	plain := strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(name))
	return slices.Contains(secretKeys, plain)
}

// secrets refuses keys written into the project, anywhere in the document.
func (d *decoder) secrets(body ast.Node) {
	for _, n := range ast.Filter(ast.MappingValueType, body) {
		entry, ok := n.(*ast.MappingValueNode)
		if ok && secretKey(keyText(entry)) {
			d.problem(entry.Key, "name a file with keyFile, or an environment variable with keyEnv", "%q: secrets do not belong into a project's files", keyText(entry))
		}
	}
}

// note remembers where a value stands.
func (d *decoder) note(path string, n ast.Node) {
	if at := nodePosition(n); at.line > 0 {
		at.file = d.file
		d.positions[path] = at
	}
}

func nodePosition(n ast.Node) position {
	switch v := n.(type) {
	case nil:
		return position{}
	case *ast.MappingValueNode:
		n = v.Key
	case *ast.MappingNode:
		if len(v.Values) > 0 && !v.IsFlowStyle {
			n = v.Values[0].Key
		}
	}
	token := n.GetToken()
	if token == nil || token.Position == nil {
		return position{}
	}
	return position{line: token.Position.Line, column: token.Position.Column}
}

func (d *decoder) problem(n ast.Node, hint, format string, args ...any) {
	at := nodePosition(n)
	d.problems = append(d.problems, Problem{
		File: d.file, Line: at.line, Column: at.column, Message: fmt.Sprintf(format, args...), Hint: hint,
	})
}

func keyText(entry *ast.MappingValueNode) string {
	if text, ok := scalarText(entry.Key); ok {
		return text
	}
	return entry.Key.GetToken().Value
}

// scalarText returns a scalar as it was written: 02134 stays 02134.
func scalarText(n ast.Node) (string, bool) {
	switch v := n.(type) {
	case *ast.StringNode:
		return v.Value, true
	case *ast.LiteralNode:
		return v.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode:
		return n.GetToken().Value, true
	}
	return "", false
}

func describe(n ast.Node) string {
	switch n.(type) {
	case *ast.MappingNode:
		return "a list of keys and values"
	case *ast.SequenceNode:
		return "a list"
	case *ast.BoolNode:
		return "true or false"
	case *ast.IntegerNode, *ast.FloatNode:
		return "a number"
	}
	return "a text"
}

// lastName cuts a path down to what a person recognises: "location", "tables[1]".
func lastName(path string) string {
	return path[strings.LastIndexByte(path, '.')+1:]
}

// hint suggests the nearest valid name, or lists the valid ones.
func hint(name string, valid []string) string {
	if near := insights.Nearest(name, valid); near != "" {
		return "did you mean " + near + "?"
	}
	return "valid are " + strings.Join(valid, ", ")
}
