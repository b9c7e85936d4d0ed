package odata

// Expr is a typed expression of $filter or $orderby: *Literal, *Member, *Binary, *Unary, *Call or *In.
type Expr interface {
	// Type is the type of its value.
	Type() Type
}

// Literal is a value. Value is nil for null, and else a string, int64, float64 or bool. Numbers of Decimal and the values
// of Date, TimeOfDay, DateTimeOffset (in UTC, with Z) and GUID (in lower case) are strings.
type Literal struct {
	Kind  Type
	Value any
}

// Member is the value of a property.
type Member struct{ Property *Property }

// Operator is an operator of two operands, or of one.
type Operator string

// The operators (U 5.1.1.1 and 5.1.1.2).
const (
	Eq       Operator = "eq"
	Ne       Operator = "ne"
	Gt       Operator = "gt"
	Ge       Operator = "ge"
	Lt       Operator = "lt"
	Le       Operator = "le"
	And      Operator = "and"
	Or       Operator = "or"
	Not      Operator = "not"
	Add      Operator = "add"
	Sub      Operator = "sub"
	Mul      Operator = "mul"
	Div      Operator = "div"   // of whole numbers it is whole
	DivBy    Operator = "divby" // it never is
	Mod      Operator = "mod"
	Negative Operator = "-"
)

// Binary is an operator with two operands, whose types fit: those of a comparison are the same, or both numbers.
type Binary struct {
	Operator    Operator
	Left, Right Expr
	kind        Type
}

// Unary is Not or Negative.
type Unary struct {
	Operator Operator
	Of       Expr
}

// Call is a function's.
type Call struct {
	Function Function
	Args     []Expr
	kind     Type
}

// In is whether a value is one of a list.
type In struct {
	Of   Expr
	List []*Literal
}

// Type implements [Expr].
func (l *Literal) Type() Type { return l.Kind }

// Type implements [Expr].
func (m *Member) Type() Type { return m.Property.Type }

// Type implements [Expr].
func (b *Binary) Type() Type { return b.kind }

// Type implements [Expr].
func (u *Unary) Type() Type {
	if u.Operator == Not {
		return Boolean
	}
	return u.Of.Type()
}

// Type implements [Expr].
func (c *Call) Type() Type { return c.kind }

// Type implements [Expr].
func (*In) Type() Type { return Boolean }

// binary makes an operation of operands whose types fit, or fails.
func binary(op Operator, left, right Expr) (Expr, error) {
	b := &Binary{Operator: op, Left: left, Right: right, kind: Boolean}
	l, r := left.Type(), right.Type()
	switch op {
	case And, Or:
		if !l.fits(Boolean) || !r.fits(Boolean) {
			return nil, invalid("the operands of %s are not true or false", op)
		}
	case Add, Sub, Mul, Div, DivBy, Mod:
		if l != Any && !l.isNumber() || r != Any && !r.isNumber() {
			return nil, invalid("the operands of %s are not numbers", op)
		}
		b.kind = wider(l, r)
		if op == DivBy && b.kind == Int64 {
			b.kind = Double
		}
	default:
		var ok bool
		if b.Left, b.Right, ok = comparable2(left, right); !ok {
			return nil, invalid("values of %s and %s cannot be compared", l, r)
		}
	}
	return b, nil
}

// fits reports whether a value of the type can stand where another is asked for.
func (t Type) fits(wanted Type) bool { return t == Any || t == wanted }

// wider is the type of a calculation.
func wider(l, r Type) Type {
	switch {
	case l == Double || r == Double:
		return Double
	case l == Decimal || r == Decimal:
		return Decimal
	}
	return Int64
}

// comparable2 makes both sides of a comparison of one type. Clients write dates where the time is asked for and quoted
// GUIDs, which have one meaning alone.
func comparable2(left, right Expr) (l, r Expr, ok bool) {
	a, b := left.Type(), right.Type()
	switch {
	case a == b, a == Any, b == Any, a.isNumber() && b.isNumber():
		return left, right, true
	case a == GUID && b == String, a == String && b == GUID:
		return left, right, true // both are texts
	case a == DateTimeOffset && b == Date:
		return left, &Call{Function: castFunction, Args: []Expr{right}, kind: DateTimeOffset}, true
	case a == Date && b == DateTimeOffset:
		return &Call{Function: castFunction, Args: []Expr{left}, kind: DateTimeOffset}, right, true
	}
	return nil, nil, false
}
