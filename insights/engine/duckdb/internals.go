package duckdb

import (
	sqldriver "database/sql/driver"
	"reflect"
	"unsafe"

	driver "github.com/duckdb/duckdb-go/v2"
	"github.com/duckdb/duckdb-go/v2/mapping"
)

// The driver hides two things that DuckDB offers: the handle that tells a statement's progress, and the memory
// of numeric vectors. Both are private fields, reached here and only here. TestDriverFieldsAreWhereWeReachThem
// fails when a new driver moves them; a program then runs without progress and with boxed values.

// handle is DuckDB's own connection.
type handle struct{ conn mapping.Connection }

// handleOf returns the connection inside a driver's connection, or false if it is not where it was.
func handleOf(conn sqldriver.Conn) (handle, bool) {
	c, ok := conn.(*driver.Conn)
	if !ok {
		return handle{}, false
	}
	p := fieldOf[mapping.Connection](reflect.ValueOf(c), "conn")
	if p == nil {
		return handle{}, false
	}
	return handle{*p}, true
}

// progress is the share of the connection's running statement that is done, 0 to 100, or -1.
func (h handle) progress() float64 {
	p := mapping.QueryProgress(h.conn)
	percentage, _, _ := mapping.QueryProgressTypeMembers(&p)
	return percentage
}

// numbers returns the memory of a vector of n numbers or booleans, or nil if it cannot be reached. T must be
// the vector's type.
func numbers[T float64 | int64 | bool](v driver.Vector, n int) []T {
	inner := reflect.ValueOf(v).FieldByName("v")
	if !inner.IsValid() || inner.Kind() != reflect.Pointer || inner.IsNil() {
		return nil
	}
	p := fieldOf[unsafe.Pointer](inner, "dataPtr")
	if p == nil || *p == nil {
		return nil
	}
	return unsafe.Slice((*T)(*p), n) //nolint:gosec // DuckDB allocates every vector for its chunk's rows
}

// fieldOf returns a pointer to a private field of the struct that ptr points to, or nil if there is no such
// field of type T.
func fieldOf[T any](ptr reflect.Value, name string) *T {
	field, ok := ptr.Type().Elem().FieldByName(name)
	if !ok || field.Type != reflect.TypeFor[T]() {
		return nil
	}
	return (*T)(unsafe.Add(ptr.UnsafePointer(), field.Offset))
}
