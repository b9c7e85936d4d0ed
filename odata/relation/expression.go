package relation

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights/engine"
	"github.com/ownlake/ownlake/odata"
)

// renderer renders expressions over a relation.
type renderer struct {
	columns  map[string]string // of properties
	now      time.Time
	foldCase bool // texts are compared without regard to case
	args     []any
	// strict is set below a not: there, comparisons must be false and not null where an operand is null (U 5.1.1.1).
	strict bool
}

func (r *renderer) arg(v any) string {
	r.args = append(r.args, v)
	return "?"
}

func (r *renderer) column(p *odata.Property) string { return engine.QuoteIdent(r.columns[p.Name]) }

// sqlTypes are the types that the engine has for those of the protocol.
var sqlTypes = map[odata.Type]string{
	odata.String: "VARCHAR", odata.GUID: "VARCHAR", odata.Int64: "BIGINT", odata.Double: "DOUBLE", odata.Decimal: "DECIMAL(38, 18)",
	odata.Boolean: "BOOLEAN", odata.Date: "DATE", odata.TimeOfDay: "TIME", odata.DateTimeOffset: "TIMESTAMP",
}

func (r *renderer) expression(x odata.Expr) (string, error) {
	switch x := x.(type) {
	case *odata.Literal:
		return r.literal(x.Kind, x.Value), nil
	case *odata.Member:
		return r.column(x.Property), nil
	case *odata.Unary:
		return r.unary(x)
	case *odata.Binary:
		return r.binary(x)
	case *odata.In:
		return r.in(x)
	case *odata.Call:
		return r.call(x)
	}
	return "", errs.E(errs.Internal, "an expression of an unknown kind")
}

// literal is a placeholder of the value's type, which the engine would else guess.
func (r *renderer) literal(t odata.Type, value any) string {
	if value == nil {
		return "NULL"
	}
	text, isText := value.(string)
	if !isText {
		return "CAST(" + r.arg(value) + " AS " + sqlTypes[t] + ")"
	}
	switch t {
	case odata.Decimal:
		_, digits, _ := strings.Cut(text, ".")
		return "CAST(" + r.arg(text) + " AS DECIMAL(38, " + strconv.Itoa(len(digits)) + "))"
	case odata.DateTimeOffset:
		return "CAST(" + r.arg(strings.TrimSuffix(strings.Replace(text, "T", " ", 1), "Z")) + " AS TIMESTAMP)"
	default:
		return "CAST(" + r.arg(text) + " AS " + sqlTypes[t] + ")"
	}
}

func (r *renderer) unary(x *odata.Unary) (string, error) {
	if x.Operator == odata.Negative {
		of, err := r.expression(x.Of)
		return "TRY(-" + of + ")", err
	}
	former := r.strict
	r.strict = true
	of, err := r.expression(x.Of)
	r.strict = former
	return "(NOT " + of + ")", err
}

var binaries = map[odata.Operator]string{
	odata.Eq: "=", odata.Ne: "<>", odata.Gt: ">", odata.Ge: ">=", odata.Lt: "<", odata.Le: "<=", odata.And: "AND", odata.Or: "OR",
	odata.Add: "+", odata.Sub: "-", odata.Mul: "*", odata.Div: "/", odata.DivBy: "/", odata.Mod: "%",
}

func (r *renderer) binary(x *odata.Binary) (string, error) {
	left, right, err := r.operands(x)
	if err != nil {
		return "", err
	}
	op := binaries[x.Operator]
	if x.Operator == odata.Div && x.Type() == odata.Int64 {
		op = "//"
	}
	text := "(" + left + " " + op + " " + right + ")"
	switch x.Operator {
	case odata.And, odata.Or:
		return text, nil
	case odata.Eq, odata.Ne:
		return r.equality(x, left, right), nil
	case odata.Gt, odata.Ge, odata.Lt, odata.Le:
		return r.twoValued(text), nil
	default:
		return "TRY" + text, nil // what is too large is null
	}
}

func (r *renderer) operands(x *odata.Binary) (left, right string, err error) {
	if left, err = r.expression(x.Left); err != nil {
		return "", "", err
	}
	if right, err = r.expression(x.Right); err != nil {
		return "", "", err
	}
	if r.folds(x.Left, x.Right) && x.Type() == odata.Boolean {
		left, right = "lower("+left+")", "lower("+right+")"
	}
	return left, right, nil
}

// folds reports whether a comparison is one of texts without regard to case.
func (r *renderer) folds(list ...odata.Expr) bool {
	return r.foldCase && !slices.ContainsFunc(list, func(x odata.Expr) bool { return x.Type() != odata.String })
}

// equality is that of the protocol, where null is equal to null and to nothing else. Plain equality lets the engine skip what
// cannot be equal, so it is used where it says the same.
func (r *renderer) equality(x *odata.Binary, left, right string) string {
	isNot := ""
	if x.Operator == odata.Ne {
		isNot = "NOT "
	}
	switch {
	case isNull(x.Right):
		return "(" + left + " IS " + isNot + "NULL)"
	case isNull(x.Left):
		return "(" + right + " IS " + isNot + "NULL)"
	case x.Operator == odata.Ne:
		return "(" + left + " IS DISTINCT FROM " + right + ")"
	case isLiteral(x.Left) || isLiteral(x.Right):
		return r.twoValued("(" + left + " = " + right + ")")
	}
	return "(" + left + " IS NOT DISTINCT FROM " + right + ")"
}

func isLiteral(x odata.Expr) bool {
	_, ok := x.(*odata.Literal)
	return ok
}

func isNull(x odata.Expr) bool {
	l, ok := x.(*odata.Literal)
	return ok && l.Value == nil
}

func (r *renderer) twoValued(text string) string {
	if r.strict {
		return "coalesce(" + text + ", false)"
	}
	return text
}

func (r *renderer) in(x *odata.In) (string, error) {
	of, err := r.expression(x.Of)
	if err != nil {
		return "", err
	}
	fold := r.folds(x.Of)
	if fold {
		of = "lower(" + of + ")"
	}
	var list []string
	orNull := ""
	for _, l := range x.List {
		if l.Value == nil {
			orNull = " OR " + of + " IS NULL"
			continue
		}
		item := r.literal(l.Kind, l.Value)
		if fold {
			item = "lower(" + item + ")"
		}
		list = append(list, item)
	}
	if len(list) == 0 {
		return "(" + of + " IS NULL)", nil
	}
	return "(" + r.twoValued("("+of+" IN ("+strings.Join(list, ", ")+"))") + orNull + ")", nil
}

// search renders a $search over texts that were joined to one.
func (r *renderer) search(s odata.Search, all string) string {
	switch s := s.(type) {
	case *odata.SearchTerm:
		return "contains(" + all + ", " + r.literal(odata.String, s.Text) + ")"
	case *odata.SearchNot:
		return "(NOT " + r.search(s.Of, all) + ")"
	case *odata.SearchBoth:
		op := " AND "
		if s.Or {
			op = " OR "
		}
		return "(" + r.search(s.Left, all) + op + r.search(s.Right, all) + ")"
	}
	return "false"
}
