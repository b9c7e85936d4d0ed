package table

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/lake"
)

// TestACommitThatFailsAnywhereLeavesTheFormerState fails each call of a commit in turn, in several ways. Whatever
// happens, readers of model.json and of the Delta logs see the former tables or the new ones, whole, and the
// next commit completes.
func TestACommitThatFailsAnywhereLeavesTheFormerState(t *testing.T) {
	t.Parallel()
	for _, format := range []insights.DataFormat{insights.Parquet, insights.CSV} {
		for _, embedded := range []bool{true, false} {
			for name, how := range faults {
				t.Run(fmt.Sprintf("%s/embedded=%v/%s", format, embedded, name), func(t *testing.T) {
					t.Parallel()
					fx, f := faultyFixture(t, format, embedded)
					former := commitABC(t, fx, 0)
					k, fired := 1, true
					for ; fired; k++ {
						former, fired = failAt(t, fx, f, former, k, how)
					}
					if k < 8 {
						t.Errorf("a commit made %d calls only; the fault was not tried everywhere", k)
					}
				})
			}
		}
	}
}

// failAt runs one commit of which the k-th call fails on the tables A, B and C, checks, and makes the next commit.
// It reports whether the fault happened.
func failAt(t *testing.T, fx *fixture, f *faulty, former tables, k int, how fault) (next tables, fired bool) {
	t.Helper()
	f.arm(k, how)
	failed := fx.folderOn(fx.store, fx.env.DataFormat) // knows nothing yet, as in a new process
	ours, err := commitAB(t.Context(), failed, fx, k+1000, f.aborting)
	fired = f.fired()
	f.arm(0, how)

	fresh := fx.folderOn(fx.store, fx.env.DataFormat)
	got := state(t, fresh, fx)
	switch {
	case err == nil && !cmp.Equal(got, ours):
		t.Fatalf("k=%d: Publish succeeded, but the state is\n%s", k, cmp.Diff(ours, got))
	case err != nil && !cmp.Equal(got, former) && (how == failOnce || how == outage || !cmp.Equal(got, ours)):
		t.Fatalf("k=%d: after error %v the state is\n%s", k, err, cmp.Diff(former, got))
	}
	checkDelta(t, fx, fresh, former, ours)
	next = commitABC(t, fx, k+2000)
	if got := state(t, fx.Folder, fx); !cmp.Equal(got, next) {
		t.Fatalf("k=%d: after the next commit the state is\n%s", k, cmp.Diff(next, got))
	}
	checkDelta(t, fx, fresh, next, next)
	return next, fired
}

// tables are rows by table.
type tables map[string][][]string

// commitABC publishes A, B and C with rows that name n.
func commitABC(t *testing.T, fx *fixture, n int) tables {
	t.Helper()
	c := fx.Begin(insights.Ingestion, fx.nextRun())
	want := tables{}
	for _, name := range []string{"A", "B", "C"} {
		if _, err := c.Write(t.Context(), fx.session, fmt.Sprintf("SELECT '%s%d' AS v, %d AS n", name, n, n), Spec{Table: name}, nil); err != nil {
			t.Fatal(err)
		}
		want[name] = [][]string{{fmt.Sprint(name, n), strconv.Itoa(n)}}
	}
	if err := c.Publish(t.Context()); err != nil {
		t.Fatal(err)
	}
	return want
}

// commitAB writes A with one more column and B, drops C, and aborts if that fails.
func commitAB(ctx context.Context, f *Folder, fx *fixture, n int, aborting func()) (tables, error) {
	c := f.Begin(insights.Ingestion, fx.nextRun())
	_, err := c.Write(ctx, fx.session, fmt.Sprintf("SELECT 'A%d' AS v, %d AS n, true AS more", n, n), Spec{Table: "A"}, nil)
	if err == nil {
		_, err = c.Write(ctx, fx.session, fmt.Sprintf("SELECT 'B%d' AS v, %d AS n", n, n), Spec{Table: "B"}, nil)
	}
	c.Drop("C")
	if err == nil {
		err = c.Publish(ctx)
	}
	aborting()
	c.Abort(ctx)
	return tables{"A": {{fmt.Sprint("A", n), strconv.Itoa(n), "true"}}, "B": {{fmt.Sprint("B", n), strconv.Itoa(n)}}}, err
}

func state(t *testing.T, f *Folder, fx *fixture) tables {
	t.Helper()
	list, err := f.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := tables{}
	for _, s := range list {
		if got[s.Table], err = contentOf(t.Context(), f, fx.session, s); err != nil {
			t.Fatalf("table %s of model.json cannot be read: %v", s.Table, err)
		}
	}
	return got
}

// checkDelta reads the Delta logs from their beginning, as a reader would, and checks that each lists whole files of
// one of the two states.
func checkDelta(t *testing.T, fx *fixture, f *Folder, former, next tables) {
	t.Helper()
	if f.env.DataFormat != insights.Parquet {
		return
	}
	for _, name := range []string{"A", "B", "C"} {
		s := deltaSnapshot(t, f, insights.Ingestion, name)
		var got [][]string
		if len(s.Partitions) > 0 {
			files, err := f.Open(t.Context(), s)
			if err != nil {
				t.Fatalf("files of the Delta log of %s: %v", name, err)
			}
			got = rows(t, fx.session, "SELECT COLUMNS(*)::VARCHAR FROM "+files.Relation())
			_ = files.Close()
		}
		if !cmp.Equal(got, former[name]) && !cmp.Equal(got, next[name]) {
			t.Fatalf("the Delta log of %s lists %v; want %v or %v", name, got, former[name], next[name])
		}
	}
}

// deltaSnapshot is a table as its Delta log alone has it.
func deltaSnapshot(t *testing.T, f *Folder, p insights.Process, table string) insights.Snapshot {
	t.Helper()
	d, err := f.openDelta(t.Context(), p, table, insights.Snapshot{}, noDeltaVersion)
	if err != nil {
		t.Fatal(err)
	}
	s := insights.Snapshot{Process: p, Table: table, Format: insights.Parquet, Columns: schemaColumns(t, d.schema)}
	for name, size := range d.files {
		s.Partitions = append(s.Partitions, insights.Partition{Name: name, Path: string(f.tableDir(p, table).Join(name)), Bytes: size})
	}
	slices.SortFunc(s.Partitions, func(a, b insights.Partition) int { return len(a.Path) - len(b.Path) })
	return s
}

func TestAbortDeletesWhatWasWritten(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, insights.Parquet, nil)
	c := fx.Begin(insights.Ingestion, "r1")
	if _, err := c.Write(t.Context(), fx.session, "SELECT 1 AS x", Spec{Table: "T"}, nil); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c.Abort(ctx)
	if got := fx.dataFiles(t); len(got) != 0 {
		t.Errorf("files left: %v", got)
	}
	if err := c.Publish(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := fx.Find(t.Context(), "T"); !errs.Is(err, errs.NotFound) {
		t.Errorf("Find after Abort and Publish: %v", err)
	}
}

func TestAbortAfterPublishDoesNothing(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, insights.Parquet, nil)
	c := fx.Begin(insights.Ingestion, "r1")
	s, err := c.Write(t.Context(), fx.session, "SELECT 1 AS x", Spec{Table: "T"}, nil)
	if err = errors.Join(err, c.Publish(t.Context())); err != nil {
		t.Fatal(err)
	}
	c.Abort(t.Context())
	fx.content(t, s)
}

func TestACancelledWriteLeavesNothing(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, insights.Parquet, nil)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	c := fx.Begin(insights.Ingestion, "r1")
	_, err := c.Write(ctx, fx.session, "SELECT sum(a.range * b.range % 7) AS x FROM range(1000000) a, range(100000) b", Spec{Table: "T"}, nil)
	if !errs.Is(err, errs.Canceled) && !errs.Is(err, errs.Unavailable) {
		t.Errorf("error = %v", err)
	}
	c.Abort(ctx)
	if got := fx.dataFiles(t); len(got) != 0 {
		t.Errorf("files left: %v", got)
	}
}

// dataFiles are the paths of all files of the environment but model.json and logs.
func (fx *fixture) dataFiles(t *testing.T) []string {
	t.Helper()
	page, err := fx.store.List(t.Context(), insights.Container, lake.Root, lake.ListOptions{Recursive: true})
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range page.Entries {
		if ok := len(e.Path.Base()) > 5 && e.Path.Base()[:5] == "part-"; ok && !e.IsDirectory {
			list = append(list, string(e.Path))
		}
	}
	return list
}
