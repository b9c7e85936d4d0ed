package table

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/lake"
)

const day = 24 * time.Hour

func (fx *fixture) vacuum(t *testing.T) int {
	t.Helper()
	n, err := fx.Vacuum(t.Context(), DefaultRetention)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestASupersededFileGoesARetentionAfterItWas(t *testing.T) {
	t.Parallel()
	for name, open := range ways() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fx := open(t)
			first := fx.publish(t, insights.Ingestion, Spec{Table: "T"}, "SELECT 1 AS n")
			fx.clock.advance(60 * day)
			if n := fx.vacuum(t); n != 0 {
				t.Errorf("%d files went, of a table that is current however old", n)
			}
			second := fx.publish(t, insights.Ingestion, Spec{Table: "T"}, "SELECT 2 AS n")
			fx.clock.advance(29 * day)
			third := fx.publish(t, insights.Ingestion, Spec{Table: "T"}, "SELECT 3 AS n")
			fx.clock.advance(12 * time.Hour)
			if n := fx.vacuum(t); n != 0 {
				t.Errorf("%d files went too early", n)
			}
			if got := fx.content(t, first); got[0][0] != "1" {
				t.Errorf("first = %v", got)
			}
			fx.clock.advance(day)
			if n := fx.vacuum(t); n != 1 {
				t.Errorf("%d files went, want the first", n)
			}
			want := []string{second.Partitions[0].Path, third.Partitions[0].Path}
			if diff := cmp.Diff(want, fx.dataFiles(t)); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
		})
	}
}

func TestALeftoverOfAKilledRunGoes(t *testing.T) {
	t.Parallel()
	for name, dropped := range map[string]bool{"table": false, "no table": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fx := newFixture(t, insights.Parquet, nil)
			if !dropped {
				fx.publish(t, insights.Ingestion, Spec{Table: "T"}, "SELECT 1 AS n")
			}
			if _, err := fx.Begin(insights.Ingestion, fx.nextRun()).Write(t.Context(), fx.session, "SELECT 2 AS n", Spec{Table: "T"}, nil); err != nil {
				t.Fatal(err)
			}
			fx.clock.advance(time.Hour)
			if n, err := fx.Vacuum(t.Context(), 0); n != 0 || err != nil {
				t.Errorf("%d files of a run that may be under way went, error %v", n, err)
			}
			fx.clock.advance(30 * day)
			if n := fx.vacuum(t); n != 1 {
				t.Errorf("%d files went, want 1", n)
			}
		})
	}
}

func TestALeftoverGoesThoughItsTableChangesDaily(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, insights.CSV, nil)
	orphan, err := fx.Begin(insights.Ingestion, fx.nextRun()).Write(t.Context(), fx.session, "SELECT 2 AS n", Spec{Table: "T"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 40 {
		fx.publish(t, insights.Ingestion, Spec{Table: "T"}, "SELECT 1 AS n")
		fx.clock.advance(day)
		fx.vacuum(t)
	}
	files := fx.dataFiles(t)
	if slices.Contains(files, orphan.Partitions[0].Path) {
		t.Error("the leftover is still there")
	}
	if len(files) < 30 || len(files) > 31 {
		t.Errorf("%d files; want those of 30 days", len(files))
	}
}

func TestADroppedTablesFilesGo(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, insights.Parquet, nil)
	fx.publish(t, insights.Ingestion, Spec{Table: "T"}, "SELECT 1 AS n")
	fx.publish(t, insights.Ingestion, Spec{Table: "U"}, "SELECT 1 AS n")
	c := fx.Begin(insights.Ingestion, fx.nextRun())
	c.Drop("T")
	if err := c.Publish(t.Context()); err != nil {
		t.Fatal(err)
	}
	fx.clock.advance(29 * day)
	if n := fx.vacuum(t); n != 0 {
		t.Errorf("%d files went too early", n)
	}
	fx.clock.advance(2 * day)
	if n := fx.vacuum(t); n != 1 || len(fx.dataFiles(t)) != 1 {
		t.Errorf("%d files went, %v are left", n, fx.dataFiles(t))
	}
}

func TestVacuumLeadsALogThatAKilledRunLeftAheadBack(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, insights.Parquet, nil)
	s := fx.publish(t, insights.Ingestion, Spec{Table: "T"}, "SELECT 1 AS n")
	c := fx.Begin(insights.Ingestion, fx.nextRun())
	ahead, err := c.Write(t.Context(), fx.session, "SELECT 2 AS n, 3 AS m", Spec{Table: "T"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	d, err := fx.openDelta(t.Context(), insights.Ingestion, "T", s, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.lead(t.Context(), ahead); err != nil {
		t.Fatal(err)
	}
	fx.vacuum(t)
	if got := deltaSnapshot(t, fx.Folder, insights.Ingestion, "T"); got.Partitions[0].Path != ahead.Partitions[0].Path {
		t.Error("a log that a run under way may have written was led back")
	}
	fx.clock.advance(31 * day)
	if n := fx.vacuum(t); n != 1 {
		t.Errorf("%d files went", n)
	}
	got := deltaSnapshot(t, fx.Folder, insights.Ingestion, "T")
	if len(got.Partitions) != 1 || got.Partitions[0].Path != s.Partitions[0].Path || len(got.Columns) != 1 {
		t.Errorf("the log lists %+v", got)
	}
}

func TestVacuumSweepsTheStagingFolder(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, insights.Parquet, func(s lake.Service) lake.Store { return remote{s} })
	fx.clock.mu.Lock()
	fx.clock.now = time.Now()
	fx.clock.mu.Unlock()
	s := fx.publish(t, insights.Ingestion, Spec{Table: "T"}, "SELECT 1 AS n")
	left := filepath.Join(fx.staging, writePrefix+"left")
	others := filepath.Join(fx.staging, "others")
	for _, dir := range []string{left, others} {
		if err := os.MkdirAll(dir, 0o750); err != nil {
			t.Fatal(err)
		}
	}
	held, err := fx.Open(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	copyOf := fx.stage.copyPath(s.Partitions[0].Path)
	fx.vacuum(t)
	exists := func(path string) bool { _, err := os.Stat(path); return err == nil }
	if !exists(left) || !exists(copyOf) {
		t.Error("what may be in use was swept")
	}
	fx.clock.advance(2 * day)
	fx.vacuum(t)
	if exists(left) || !exists(others) || !exists(copyOf) {
		t.Errorf("leftover there: %v, others' folder there: %v, held copy there: %v", exists(left), exists(others), exists(copyOf))
	}
	_ = held.Close()
	fx.vacuum(t)
	if exists(copyOf) {
		t.Error("a copy that nobody used for days was not swept")
	}
	fx.content(t, s)
}

func TestARemoteFileIsDownloadedOnce(t *testing.T) {
	t.Parallel()
	fx, f := faultyFixture(t, insights.Parquet, false)
	s := fx.publish(t, insights.Ingestion, Spec{Table: "T"}, "SELECT 1 AS n")
	if err := os.RemoveAll(fx.staging); err != nil {
		t.Fatal(err)
	}
	f.arm(0, failOnce)
	for range 3 {
		fx.content(t, s)
	}
	if f.calls != 1 {
		t.Errorf("%d calls for three reads of one file", f.calls)
	}
	entries, err := filepath.Glob(filepath.Join(fx.staging, writePrefix+"*"))
	if err != nil || len(entries) != 0 {
		t.Errorf("left in the staging folder: %v, error %v", entries, err)
	}
}
