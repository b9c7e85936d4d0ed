package pipeline_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/engine/duckdb"
	"github.com/ownlake/ownlake/insights/pipeline"
	"github.com/ownlake/ownlake/insights/source"
)

// endings is a catalog whose runs cannot write down how they ended before somebody says what happens.
type endings struct {
	pipeline.Catalog
	saving chan insights.Run
	answer chan error
}

func (e *endings) SaveRun(ctx context.Context, run insights.Run) error {
	if !run.Status.Done() {
		return e.Catalog.SaveRun(ctx, run)
	}
	e.saving <- run
	if err := <-e.answer; err != nil {
		return err
	}
	return e.Catalog.SaveRun(ctx, run)
}

func newEndings(t *testing.T) (*fixture, *endings) {
	t.Helper()
	f := newFixture(t)
	e := &endings{Catalog: f.catalog, saving: make(chan insights.Run), answer: make(chan error)}
	db, err := duckdb.New(duckdb.Options{Dir: filepath.Join(t.TempDir(), "engine")})
	if err != nil {
		t.Fatal(err)
	}
	logger := slog.New(slog.DiscardHandler)
	f.pipeline = pipeline.New(pipeline.Options{
		Catalog: e, Engine: db, StagingDir: filepath.Join(t.TempDir(), "staging"), Clock: time.Now, Logger: logger,
		Reader: source.NewReader(source.Options{Lakes: f.catalog, Clock: time.Now, Logger: logger}),
	})
	t.Cleanup(func() { _ = f.pipeline.Close() })
	return f, e
}

func TestARunThatIsSeenAsDoneLetsTheNextOneStart(t *testing.T) {
	t.Parallel()
	f, e := newEndings(t)
	run, err := f.pipeline.Start(t.Context(), f.env, insights.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	<-e.saving
	if now, err := f.pipeline.Get(t.Context(), f.env, run.ID); err != nil || now.Status.Done() {
		t.Errorf("before its end is saved the run is %s (%v), want it going", now.Status, err)
	}
	if _, err := f.pipeline.Start(t.Context(), f.env, insights.RunOptions{}); !errs.Is(err, errs.Conflict) {
		t.Errorf("a second run meanwhile: %v, want a conflict", err)
	}
	e.answer <- nil
	f.wait(t, run)
	if _, err := f.pipeline.Start(t.Context(), f.env, insights.RunOptions{}); err != nil {
		t.Errorf("a run after one that is done: %v", err)
	}
	<-e.saving
	e.answer <- nil
}

func TestHowARunEndedIsKnownEvenIfItCouldNotBeSaved(t *testing.T) {
	t.Parallel()
	f, e := newEndings(t)
	run, err := f.pipeline.Start(t.Context(), f.env, insights.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	<-e.saving
	e.answer <- errs.E(errs.Unavailable, "the disk is full")
	if ended := f.wait(t, run); ended.Status == insights.StatusFailed {
		t.Errorf("the run is %s, want how it ended: %+v", ended.Status, ended.Tasks)
	}
	runs, err := f.pipeline.List(t.Context(), f.env, 1)
	if err != nil || len(runs) != 1 || runs[0].ID != run.ID || runs[0].Status == insights.StatusFailed {
		t.Errorf("the list has %+v (%v), want how the run ended", runs, err)
	}
}
