package odata

import (
	"context"
)

// Source has tables.
type Source interface {
	// Model is what there is. A source that its caller may not read at all is Permission.
	Model(ctx context.Context) (*Model, error)
	// Read answers a query over a set of the model.
	Read(ctx context.Context, q Query) (Result, error)
}

// Query asks for rows of a set. All its conditions hold together.
type Query struct {
	Set    *EntitySet
	Filter Expr   // nil is all
	Search Search // nil is all
	// Select are the properties to yield, one at least.
	Select []*Property
	// Order is how rows are sorted. It ends with the key, so that no two rows are equal in it, or is empty where the
	// order does not matter. Null comes before all values, and after them where it is descending (U 5.1.5).
	Order []Order
	// After, if not nil, are the values of Order of a row. The rows after it are asked for.
	After []any
	Skip  int64
	Limit int64 // 0 yields no rows
	// Count asks how many rows there are, whatever After, Skip and Limit are.
	Count bool
}

// Result is an answer. Values are nil, string, int64, float64 or bool: numbers of Decimal and the values of Date, TimeOfDay,
// DateTimeOffset and GUID are strings as [Literal] has them.
type Result struct {
	Rows  []Row
	Count int64
}

// Row has the values of what was selected, and of what it was ordered by.
type Row struct{ Values, Order []any }
