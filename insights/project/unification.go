package project

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
)

// LoadUnification reads a file of one document of the kind unification, which may leave out its kind. tables are what
// there is to unify; those that the document does not name follow those that it does. The error is NotFound if there is no
// such file, and Invalid with a [*ProblemsError] that lists everything that is wrong.
func LoadUnification(file string, tables []string) (insights.Unification, error) {
	const op errs.Op = "project.LoadUnification"
	var u insights.Unification
	data, err := os.ReadFile(file) //nolint:gosec // G304: the person names the file
	if errors.Is(err, fs.ErrNotExist) {
		return u, errs.E(op, errs.NotFound, errs.Item(file), "no such file", errs.Hint("check the path"))
	}
	if err != nil {
		return u, errs.E(op, errs.Unavailable, errs.Item(file), err)
	}
	r := newReader(filepath.Dir(file))
	r.unificationFile(file, data, &u)
	for _, name := range tables {
		if !slices.ContainsFunc(u.Tables, func(t insights.UnifyTable) bool { return t.Table == name }) {
			u.Tables = append(u.Tables, insights.UnifyTable{Table: name})
		}
	}
	found := u.Problems()
	for i, t := range u.Tables {
		if t.Table != "" && !slices.Contains(tables, t.Table) {
			found = append(found, insights.Problem{
				Path: fmt.Sprintf("tables[%d].table", i), Message: fmt.Sprintf("no file gives the table %q", t.Table), Hint: hint(t.Table, tables),
			})
		}
	}
	for i := range found {
		found[i].Path = kindUnification + "." + found[i].Path
	}
	r.check(found)
	if len(r.problems) > 0 {
		slices.SortStableFunc(r.problems, compareProblems)
		return u, errs.E(op, errs.Invalid, &ProblemsError{r.problems})
	}
	return u, nil
}

// unificationFile decodes the only document of a file.
func (r *reader) unificationFile(file string, data []byte, u *insights.Unification) {
	parsed, err := parser.ParseBytes(data, 0)
	if err != nil {
		r.syntaxError(file, err)
		return
	}
	for _, doc := range parsed.Docs {
		if doc.Body == nil || doc.Body.Type() == ast.CommentType || doc.Body.Type() == ast.NullType {
			continue
		}
		d := &decoder{file: file, positions: r.positions, broken: r.broken, anchors: map[string]ast.Node{}}
		if r.documents++; r.documents > 1 {
			d.problem(doc.Body, "keep one", "the file has a second document")
		} else {
			d.findAnchors(doc.Body)
			d.decode(doc.Body, kindUnification, u)
			d.onlyKind(doc.Body, kindUnification)
		}
		r.problems = append(r.problems, d.problems...)
	}
}

// onlyKind refuses a document that says that it is something else.
func (d *decoder) onlyKind(body ast.Node, want string) {
	mapping, ok := d.resolve(body).(*ast.MappingNode)
	if !ok {
		return // said already
	}
	for _, entry := range mapping.Values {
		if kind, _ := scalarText(d.resolve(entry.Value)); keyText(entry) == kindKey && kind != want {
			d.problem(entry.Value, "write "+want+", or leave it out", "a document of the kind %q cannot be read here", kind)
		}
	}
}
