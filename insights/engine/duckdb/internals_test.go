package duckdb

import (
	"context"
	"testing"

	driver "github.com/duckdb/duckdb-go/v2"

	"github.com/ownlake/ownlake/insights/engine"
)

func TestDriverFieldsAreWhereWeReachThem(t *testing.T) {
	t.Parallel()
	e, err := New(Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	opened, err := e.Open(t.Context(), engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = opened.Close() }()
	s, ok := opened.(*session)
	if !ok || len(s.handles) != connections {
		t.Fatalf("%d of %d connections gave their handle", len(s.handles), connections)
	}
	if p := s.Progress(); p != -1 {
		t.Errorf("progress without a statement is %v", p)
	}
	// The threshold function needs a number in and a boolean out.
	function, ok := functions["similarity_at_least"].(*pairFunction[bool])
	if !ok {
		t.Fatal("similarity_at_least is not a function of pairs")
	}
	probe := &probeFunction{pairFunction: *function}
	conn, err := s.db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := driver.RegisterScalarUDF(conn, "probe", probe); err != nil {
		t.Fatal(err)
	}
	if err := s.Exec(t.Context(), "SELECT probe('a', 'b', 0.5)"); err != nil {
		t.Fatal(err)
	}
	if !probe.reached {
		t.Error("the memory of the vectors cannot be reached")
	}
}

// probeFunction notes whether the vectors' memory can be reached.
type probeFunction struct {
	pairFunction[bool]
	reached bool
}

func (f *probeFunction) Executor() driver.ScalarFuncExecutor {
	return driver.ScalarFuncExecutor{ChunkContextExecutor: func(_ context.Context, state *driver.ChunkIteratorState) error {
		p, err := f.pairsOf(state)
		f.reached = p.results != nil && p.thresholds != nil
		return err
	}}
}
