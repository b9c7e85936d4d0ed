package duckdb

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"

	driver "github.com/duckdb/duckdb-go/v2"
)

// The functions that matching adds to SQL, equal on every engine because text is compared by code point
// (UNI-7; DuckDB's own levenshtein counts bytes). NULL in, NULL out.
//
//	edit_distance(a VARCHAR, b VARCHAR) BIGINT                     Levenshtein distance
//	similarity(a VARCHAR, b VARCHAR) DOUBLE                        (len(longer) - edits) / len(longer); 1 for two empty texts
//	similarity_at_least(a VARCHAR, b VARCHAR, t DOUBLE) BOOLEAN    similarity(a, b) >= t, and quicker
var functions = map[string]driver.ScalarFunc{
	"edit_distance": &pairFunction[int64]{
		result:  driver.TYPE_BIGINT,
		compare: func(d *distance, a, b string, _ float64) int64 { return int64(d.edits(a, b)) },
	},
	"similarity": &pairFunction[float64]{
		result:  driver.TYPE_DOUBLE,
		compare: func(d *distance, a, b string, _ float64) float64 { return d.similarity(a, b) },
	},
	"similarity_at_least": &pairFunction[bool]{
		result:    driver.TYPE_BOOLEAN,
		threshold: true,
		compare:   func(d *distance, a, b string, t float64) bool { return d.similarityAtLeast(a, b, t) },
	},
}

// registerFunctions adds the functions to the database: DuckDB keeps them in its system catalog, so all
// connections see them.
func registerFunctions(conn *sql.Conn) error {
	for name, f := range functions {
		if err := driver.RegisterScalarUDF(conn, name, f); err != nil {
			return err
		}
	}
	return nil
}

// pairFunction compares two texts, with a threshold as the third argument if it asks for one.
type pairFunction[T float64 | int64 | bool] struct {
	result    driver.Type
	threshold bool
	compare   func(d *distance, a, b string, threshold float64) T
}

// Config implements [driver.ScalarFunc].
func (f *pairFunction[T]) Config() driver.ScalarFuncConfig {
	arguments := []driver.TypeInfo{typeInfo(driver.TYPE_VARCHAR), typeInfo(driver.TYPE_VARCHAR)}
	if f.threshold {
		arguments = append(arguments, typeInfo(driver.TYPE_DOUBLE))
	}
	return driver.ScalarFuncConfig{InputTypeInfos: arguments, ResultTypeInfo: typeInfo(f.result)}
}

// typeInfo describes a primitive type. Only nested types can fail.
func typeInfo(t driver.Type) driver.TypeInfo {
	info, err := driver.NewTypeInfo(t)
	if err != nil {
		panic(err)
	}
	return info
}

// Executor implements [driver.ScalarFunc].
func (f *pairFunction[T]) Executor() driver.ScalarFuncExecutor {
	return driver.ScalarFuncExecutor{ChunkContextExecutor: f.run}
}

// run compares the pairs of one chunk. DuckDB hands flat vectors over, and sets the results of rows with a NULL
// argument to NULL afterwards.
func (f *pairFunction[T]) run(_ context.Context, state *driver.ChunkIteratorState) error {
	p, err := f.pairsOf(state)
	if err != nil {
		return err
	}
	var d distance
	if p.results == nil {
		return f.runBoxed(&d, state)
	}
	for i := range p.results {
		a, okA, errA := p.a.GetValueBorrowed(i)
		b, okB, errB := p.b.GetValueBorrowed(i)
		if err := errors.Join(errA, errB); err != nil {
			return err
		}
		if okA && okB {
			p.results[i] = f.compare(&d, a, b, p.threshold(i))
		}
	}
	return nil
}

// pairs are the vectors of one chunk. results is nil where the driver does not give its memory away.
type pairs[T float64 | int64 | bool] struct {
	a, b       driver.VectorView[string]
	thresholds []float64
	results    []T
}

func (p pairs[T]) threshold(i int) float64 {
	if p.thresholds == nil {
		return 0
	}
	return p.thresholds[i]
}

func (f *pairFunction[T]) pairsOf(state *driver.ChunkIteratorState) (pairs[T], error) {
	chunk, p := state.GetInputChunk(), pairs[T]{}
	views := [...]*driver.VectorView[string]{&p.a, &p.b}
	for i, view := range views {
		v, err := chunk.GetVector(i)
		if err != nil {
			return p, err
		}
		if *view, err = driver.GetVectorView[string](v); err != nil {
			return p, err
		}
	}
	n := chunk.GetSize()
	p.results = numbers[T](state.GetResultVector(), n)
	if !f.threshold || p.results == nil {
		return p, nil
	}
	v, err := chunk.GetVector(2)
	if err != nil {
		return p, err
	}
	if p.thresholds = numbers[float64](v, n); p.thresholds == nil {
		p.results = nil
	}
	return p, nil
}

// runBoxed is run through the driver's public interface, which boxes every value.
func (f *pairFunction[T]) runBoxed(d *distance, state *driver.ChunkIteratorState) error {
	for row, err := range state.Rows() {
		if err != nil {
			return err
		}
		a, okA := textAt(row.GetValuePtr(0))
		b, okB := textAt(row.GetValuePtr(1))
		threshold := 0.0
		if f.threshold {
			threshold, _ = (*row.GetValuePtr(2)).(float64)
		}
		if okA && okB {
			if err := row.SetResult(f.compare(d, a, b, threshold)); err != nil {
				return err
			}
		}
	}
	return nil
}

func textAt(v *sqldriver.Value) (string, bool) {
	s, ok := (*v).(string)
	return s, ok
}
