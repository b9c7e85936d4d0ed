package cdm

import (
	"fmt"
	"strings"
)

// Problem is one reason why a model is refused.
type Problem struct {
	Path string // such as "$.entities[2].attributes[0].dataType"
	Line int    // in the text, from 1; 0 for a model that did not come from one
	Text string // what is wrong, naming the entity, attribute or partition
}

// String returns place and text.
func (p Problem) String() string {
	if p.Line > 0 {
		return fmt.Sprintf("line %d, %s: %s", p.Line, p.Path, p.Text)
	}
	return p.Path + ": " + p.Text
}

// ModelErrors are all reasons why a model is refused, in the order of the file. It is the cause of the errors of
// [Parse] and [Validate].
type ModelErrors []Problem

// Error lists the first problems, one a line.
func (p ModelErrors) Error() string {
	const shown = 10
	lines := make([]string, 0, shown+1)
	for i, x := range p {
		if i == shown {
			lines = append(lines, fmt.Sprintf("and %d more", len(p)-shown))
			break
		}
		lines = append(lines, x.String())
	}
	return strings.Join(lines, "\n")
}

// Warning is something odd that readers let pass, and what becomes of it.
type Warning Problem

// String returns place and text.
func (w Warning) String() string { return Problem(w).String() }
