package duckdb

import (
	"testing"

	"github.com/ownlake/ownlake/insights/engine"
)

func TestTheDriverFieldIsWhereWeReachIt(t *testing.T) {
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
}
