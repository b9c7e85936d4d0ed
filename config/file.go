package config

import (
	"errors"
	"fmt"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// readFile sets what the file says and returns what is wrong with it.
func (c *Config) readFile(file string, data []byte) (problems []string) {
	parsed, err := parser.ParseBytes(data, 0)
	if err != nil {
		return []string{syntaxProblem(file, err)}
	}
	for _, doc := range parsed.Docs {
		if doc.Body != nil {
			problems = append(problems, c.readNode(file, "", doc.Body)...)
		}
	}
	return problems
}

func syntaxProblem(file string, err error) string {
	if syntax, ok := errors.AsType[*yaml.SyntaxError](err); ok {
		return fmt.Sprintf("%s: %s", at(file, syntax.Token.Position.Line, syntax.Token.Position.Column), syntax.Message)
	}
	return fmt.Sprintf("%s: %v", file, err)
}

// readNode walks down mappings until a key with a value is found.
func (c *Config) readNode(file, path string, n ast.Node) (problems []string) {
	switch v := n.(type) {
	case *ast.MappingNode:
		for _, entry := range v.Values {
			problems = append(problems, c.readNode(file, path, entry)...)
		}
	case *ast.MappingValueNode:
		name := v.Key.String()
		if path != "" {
			name = path + "." + name
		}
		if isGroup(name) {
			return c.readNode(file, name, v.Value)
		}
		return c.readValue(file, name, v)
	case *ast.NullNode, *ast.CommentGroupNode:
	default:
		position := n.GetToken().Position
		return []string{fmt.Sprintf("%s: a list of keys and values is expected here", at(file, position.Line, position.Column))}
	}
	return problems
}

// isGroup reports whether keys lie below the name.
func isGroup(name string) bool {
	for _, k := range keys() {
		if len(k.name) > len(name) && k.name[:len(name)+1] == name+"." {
			return true
		}
	}
	return false
}

func (c *Config) readValue(file, name string, entry *ast.MappingValueNode) []string {
	position := entry.Key.GetToken().Position
	for _, k := range keys() {
		if k.name != name {
			continue
		}
		scalar, ok := entry.Value.(ast.ScalarNode)
		if !ok {
			return []string{fmt.Sprintf("%s: %s takes one value", at(file, position.Line, position.Column), name)}
		}
		value := entry.Value.GetToken().Position
		if err := k.set(c, fmt.Sprint(scalar.GetValue())); err != nil {
			return []string{fmt.Sprintf("%s: %s: %v", at(file, value.Line, value.Column), name, err)}
		}
		c.origins[name] = fmt.Sprintf("%s:%d", file, position.Line)
		return nil
	}
	return []string{fmt.Sprintf("%s: unknown key %q (%s)", at(file, position.Line, position.Column), name, nearest(name))}
}

func at(file string, line, column int) string { return fmt.Sprintf("%s:%d:%d", file, line, column) }
