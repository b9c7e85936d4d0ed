package cdm

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// maxDepth bounds the nesting of a file, so that hostile input cannot exhaust the stack. model.json needs 8.
const maxDepth = 100

// node is a JSON value with its place in the text, so that errors can name line and path.
type node struct {
	start, end int // in the text
	path       string
	value      any // string, json.Number, bool, nil, []member or []node
}

type member struct {
	name string
	node node
}

// reader turns text into nodes.
type reader struct {
	text []byte
	dec  *json.Decoder
}

// syntaxError is malformed JSON.
type syntaxError struct {
	offset int
	text   string
}

func (e *syntaxError) Error() string { return e.text }

// readJSON reads the one value that the text holds.
func readJSON(text []byte) (node, error) {
	r := &reader{text: text, dec: json.NewDecoder(bytes.NewReader(text))}
	r.dec.UseNumber()
	n, err := r.read("$", 0)
	if err != nil {
		return node{}, r.describe(err)
	}
	if _, err := r.dec.Token(); !errors.Is(err, io.EOF) {
		return node{}, &syntaxError{n.end, "there is text after the end of the object"}
	}
	return n, nil
}

func (r *reader) describe(err error) error {
	if known, ok := errors.AsType[*syntaxError](err); ok {
		return known
	}
	at := int(r.dec.InputOffset())
	if s, ok := errors.AsType[*json.SyntaxError](err); ok {
		at = max(int(s.Offset)-1, at)
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &syntaxError{len(r.text), "the file ends too early"}
	}
	return &syntaxError{at, err.Error()}
}

func (r *reader) read(path string, depth int) (node, error) {
	start := r.next()
	t, err := r.dec.Token()
	if err != nil {
		return node{}, err
	}
	if depth > maxDepth {
		return node{}, &syntaxError{start, fmt.Sprintf("values are nested more than %d deep", maxDepth)}
	}
	n := node{start: start, path: path, value: t}
	switch t {
	case json.Delim('{'):
		n.value, err = r.members(path, depth)
	case json.Delim('['):
		n.value, err = r.items(path, depth)
	}
	n.end = int(r.dec.InputOffset())
	return n, err
}

// next is where the next token begins: after blanks and the separators that the decoder skips silently.
func (r *reader) next() int {
	i := int(r.dec.InputOffset())
	for i < len(r.text) && bytes.IndexByte([]byte(" \t\r\n,:"), r.text[i]) >= 0 {
		i++
	}
	return i
}

// members reads up to the closing brace. Of a repeated name the last value counts, as in the SDK.
func (r *reader) members(path string, depth int) ([]member, error) {
	list := []member{}
	index := map[string]int{}
	for r.dec.More() {
		t, err := r.dec.Token()
		if err != nil {
			return nil, err
		}
		name, ok := t.(string)
		if !ok {
			return nil, &syntaxError{int(r.dec.InputOffset()), "a property's name must be a string"}
		}
		n, err := r.read(path+"."+name, depth+1)
		if err != nil {
			return nil, err
		}
		if i, seen := index[name]; seen {
			list[i].node = n
			continue
		}
		index[name] = len(list)
		list = append(list, member{name, n})
	}
	_, err := r.dec.Token()
	return list, err
}

func (r *reader) items(path string, depth int) ([]node, error) {
	list := []node{}
	for r.dec.More() {
		n, err := r.read(fmt.Sprintf("%s[%d]", path, len(list)), depth+1)
		if err != nil {
			return nil, err
		}
		list = append(list, n)
	}
	_, err := r.dec.Token()
	return list, err
}
