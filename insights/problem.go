package insights

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ownlake/ownlake/errs"
)

// Problem is one thing that is wrong with a definition or a request.
type Problem struct {
	// Path names the value as its JSON or YAML spells it, such as "tables[0].columns[2].type".
	Path    string `json:"path"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"` // such as "did you mean westeurope?"
}

// String prints path, message and hint on one line.
func (p Problem) String() string {
	s := p.Message
	if p.Path != "" {
		s = p.Path + ": " + s
	}
	if p.Hint != "" {
		s += " (" + p.Hint + ")"
	}
	return s
}

// Problems is everything that is wrong, in the order of the text.
type Problems []Problem

// ProblemsError is the cause of an error that reports problems.
type ProblemsError struct{ Problems Problems }

// Error prints each problem on a line.
func (e *ProblemsError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// Err returns nil if there are no problems, and one error of kind Invalid with all of them otherwise;
// errors.As finds a [*ProblemsError] in it.
func (ps Problems) Err(op errs.Op) error {
	if len(ps) == 0 {
		return nil
	}
	return errs.E(op, errs.Invalid, &ProblemsError{ps})
}

// add notes a problem.
func (ps *Problems) add(path, hint, format string, args ...any) {
	*ps = append(*ps, Problem{Path: path, Message: fmt.Sprintf(format, args...), Hint: hint})
}

// under notes the problems of a part, whose paths count from the part.
func (ps *Problems) under(path string, part Problems) {
	for _, p := range part {
		p.Path = joinPath(path, p.Path)
		*ps = append(*ps, p)
	}
}

func joinPath(parent, child string) string {
	switch {
	case parent == "":
		return child
	case child == "":
		return parent
	case child[0] == '[':
		return parent + child
	}
	return parent + "." + child
}

// oneOf notes a value that is not among the valid ones; the empty value is left to the caller.
func oneOf[S ~string](ps *Problems, path string, value S, valid ...S) {
	if value == "" || slices.Contains(valid, value) {
		return
	}
	ps.add(path, suggest(value, valid), "unknown value %q", string(value))
}

// suggest hints at the nearest valid value, or lists all of a short list.
func suggest[S ~string](value S, valid []S) string {
	if near := Nearest(value, valid); near != "" {
		return "did you mean " + string(near) + "?"
	}
	if len(valid) == 0 || len(valid) > 12 {
		return ""
	}
	texts := make([]string, len(valid))
	for i, v := range valid {
		texts[i] = string(v)
	}
	return "use " + strings.Join(texts, ", ")
}
