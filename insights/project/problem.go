package project

import (
	"cmp"
	"fmt"
	"strings"
)

// Problem is one thing that is wrong with a project's files.
type Problem struct {
	File         string // as the person would open it
	Line, Column int    // from 1; 0: the file as a whole
	Message      string
	Hint         string
}

// String prints "file:line:column: message (hint)".
func (p Problem) String() string {
	s := p.File
	if p.Line > 0 {
		s = fmt.Sprintf("%s:%d:%d", s, p.Line, p.Column)
	}
	s += ": " + p.Message
	if p.Hint != "" {
		s += " (" + p.Hint + ")"
	}
	return s
}

// ProblemsError is the cause of the error of a project that is wrong. Problems are in the order of the files.
type ProblemsError struct{ Problems []Problem }

// Error prints one problem per line.
func (e *ProblemsError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

func compareProblems(a, b Problem) int {
	return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
}
