package duckdb

import (
	sqldriver "database/sql/driver"
	"reflect"
	"unsafe"

	driver "github.com/duckdb/duckdb-go/v2"
	"github.com/duckdb/duckdb-go/v2/mapping"
)

// The driver hides the handle that tells a statement's progress. It is a private field, reached here and only
// here. TestTheDriverFieldIsWhereWeReachIt fails when a new driver moves it; a program then runs without progress.

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

// fieldOf returns a pointer to a private field of the struct that ptr points to, or nil if there is no such
// field of type T.
func fieldOf[T any](ptr reflect.Value, name string) *T {
	field, ok := ptr.Type().Elem().FieldByName(name)
	if !ok || field.Type != reflect.TypeFor[T]() {
		return nil
	}
	return (*T)(unsafe.Add(ptr.UnsafePointer(), field.Offset))
}
