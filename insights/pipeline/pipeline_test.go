package pipeline_test

import (
	"context"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/examples"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/catalog"
	"github.com/ownlake/ownlake/insights/engine"
	"github.com/ownlake/ownlake/insights/engine/duckdb"
	"github.com/ownlake/ownlake/insights/pipeline"
	"github.com/ownlake/ownlake/insights/project"
	"github.com/ownlake/ownlake/insights/source"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/lake/localstore"
	"github.com/ownlake/ownlake/sample"
)

// fixture is the example project over a small sample, in an environment on a lake.
type fixture struct {
	catalog  *catalog.Catalog
	pipeline *pipeline.Pipeline
	project  string // the project's folder
	env      insights.EnvironmentID
}

const customers = 150

// newProject copies the example and generates its data.
func newProject(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "contoso")
	example, err := fs.Sub(examples.Contoso, "contoso")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(dir, example); err != nil {
		t.Fatal(err)
	}
	if _, err := sample.Generate(t.Context(), sample.Options{Customers: customers, Seed: 3, Dir: filepath.Join(dir, "data")}); err != nil {
		t.Fatal(err)
	}
	return dir
}

// openLake opens a lake on local disk, as the server does.
func openLake(t *testing.T) lake.Store {
	t.Helper()
	store, err := localstore.Open(localstore.Options{
		FS: vfs.Default, Dir: filepath.Join(t.TempDir(), "lake"), Clock: time.Now,
		Account: lake.AccountProperties{Name: "acct", Region: "westeurope", HierarchicalNamespace: true, Endpoint: "https://acct.dfs.core.windows.net"},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return store
}

// newPipeline opens a catalog and a pipeline on a lake.
func newPipeline(t *testing.T, store lake.Store) *fixture {
	t.Helper()
	logger := slog.New(slog.DiscardHandler)
	c, err := catalog.Open(t.Context(), catalog.Options{
		Managed: store, FS: vfs.NewMem(), Dir: "connections", Clock: time.Now, Logger: logger,
		Connect: func(context.Context, catalog.Connection) (lake.Store, error) {
			return nil, errs.E(errs.Unavailable, "no other account in this test")
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	db, err := duckdb.New(duckdb.Options{Dir: filepath.Join(t.TempDir(), "engine")})
	if err != nil {
		t.Fatal(err)
	}
	p := pipeline.New(pipeline.Options{
		Catalog: c, Engine: db, Bounds: pipeline.Bounds{Session: engine.Options{MemoryLimit: 512 << 20}},
		Reader:     source.NewReader(source.Options{Lakes: c, Clock: time.Now, Logger: logger}),
		StagingDir: filepath.Join(t.TempDir(), "staging"), Clock: time.Now, Logger: logger,
	})
	t.Cleanup(func() { _ = p.Close(); _ = c.Close() })
	return &fixture{catalog: c, pipeline: p}
}

// newFixture creates the example's environment and declares its sources and rules.
func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := newPipeline(t, openLake(t))
	f.declare(t, newProject(t), insights.Parquet)
	return f
}

func (f *fixture) declare(t *testing.T, dir string, format insights.DataFormat) {
	t.Helper()
	f.project = dir
	p, err := project.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	request := *p.Environment
	request.DataFormat = format
	env, _, err := f.catalog.Create(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.catalog.Apply(t.Context(), env.ID, p.Definitions); err != nil {
		t.Fatal(err)
	}
	f.env = env.ID
}

// run executes the pipeline to its end.
func (f *fixture) run(t *testing.T) insights.Run {
	t.Helper()
	run, err := f.pipeline.Start(t.Context(), f.env, insights.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return f.wait(t, run)
}

func (f *fixture) wait(t *testing.T, run insights.Run) insights.Run {
	t.Helper()
	for tick := time.Tick(5 * time.Millisecond); !run.Status.Done(); <-tick {
		var err error
		if run, err = f.pipeline.Get(t.Context(), f.env, run.ID); err != nil {
			t.Fatal(err)
		}
	}
	return run
}

// rows returns the number of rows of every current table, read from the files themselves.
func (f *fixture) rows(t *testing.T) map[string]int64 {
	t.Helper()
	tables, err := f.pipeline.Tables().List(t.Context(), f.env)
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int64{}
	for _, s := range tables {
		var text strings.Builder
		if err := f.pipeline.Tables().Export(t.Context(), f.env, s.Table, insights.CSV, &text); err != nil {
			t.Fatalf("table %s cannot be read: %v", s.Table, err)
		}
		rows, err := f.pipeline.Tables().Rows(t.Context(), f.env, s.Table, insights.RowsOptions{Limit: 1 << 20})
		if err != nil {
			t.Fatal(err)
		}
		if got := int64(len(rows.Rows)); got != s.Rows() {
			t.Errorf("table %s has %d rows, model.json says %d", s.Table, got, s.Rows())
		}
		counts[s.Table] = s.Rows()
	}
	return counts
}

func statuses(run insights.Run) map[string]insights.Status {
	m := map[string]insights.Status{}
	for _, t := range run.Tasks {
		m[t.Table] = t.Status
	}
	return m
}

func succeeded(s insights.Status) bool {
	return s == insights.StatusSuccessful || s == insights.StatusWithWarnings
}

func TestARunUnifiesTheExample(t *testing.T) {
	t.Parallel()
	for _, format := range []insights.DataFormat{insights.Parquet, insights.CSV} {
		t.Run(string(format), func(t *testing.T) {
			t.Parallel()
			f := newPipeline(t, openLake(t))
			f.declare(t, newProject(t), format)
			run := f.run(t)
			if !succeeded(run.Status) {
				t.Fatalf("run ended as %s: %+v", run.Status, run.Tasks)
			}
			for _, task := range run.Tasks {
				if task.Process == insights.Ingestion && (task.RowsIn == 0 || task.RowsIn != task.RowsOut+task.Corrupt) {
					t.Errorf("%s: %d rows in, %d out, %d corrupt", task.Table, task.RowsIn, task.RowsOut, task.Corrupt)
				}
			}
			counts := f.rows(t)
			if n := counts[insights.CustomerTable]; n < customers*9/10 || n > customers*13/10 {
				t.Errorf("%d customers out of %d people", n, customers)
			}
			for _, table := range []string{insights.ConflationMatchPairs, insights.DeduplicationTable("CRM_Contacts"), "Shop_Orders"} {
				if counts[table] == 0 {
					t.Errorf("table %s is missing or empty: %v", table, counts)
				}
			}
		})
	}
}

func TestARunDoesOnlyWhatIsDue(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.run(t)
	before := f.rows(t)

	for table, status := range statuses(f.run(t)) {
		if status != insights.StatusSkipped {
			t.Errorf("nothing changed, but %s was %s", table, status)
		}
	}

	orders := filepath.Join(f.project, "data", "shop", "orders.csv")
	appendLine(t, orders, "\"999999999\";\"1\";\"01/02/2024\";\"1.00\";\"Mug\";\"app\"\n")
	got := statuses(f.run(t))
	for table, status := range got {
		if want := table == "Shop_Orders"; succeeded(status) != want {
			t.Errorf("orders changed: %s was %s", table, status)
		}
	}
	if after := f.rows(t); after["Shop_Orders"] != before["Shop_Orders"]+1 {
		t.Errorf("orders: %d rows, want one more than %d", after["Shop_Orders"], before["Shop_Orders"])
	}
}

func TestAMissingFileFailsItsTaskAndKeepsTheFormerTables(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.run(t)
	before := f.rows(t)
	if err := os.Remove(filepath.Join(f.project, "data", "crm", "contacts.csv")); err != nil {
		t.Fatal(err)
	}
	appendLine(t, filepath.Join(f.project, "data", "shop", "customers.csv"), "\"7\";\"Ada\";\"\";\"\";\"\";\"\";\"\";\"\";\"\";\"\";\"\";\"no\"\n")

	run := f.run(t)
	got := statuses(run)
	if run.Status != insights.StatusFailed || got["CRM_Contacts"] != insights.StatusFailed {
		t.Errorf("run %s, CRM_Contacts %s; want both Failed", run.Status, got["CRM_Contacts"])
	}
	if !succeeded(got["Shop_Customers"]) {
		t.Errorf("Shop_Customers does not depend on the missing file, but was %s", got["Shop_Customers"])
	}
	for _, table := range []string{insights.ConflationMatchPairs, insights.CustomerTable} {
		if got[table] != insights.StatusSkipped {
			t.Errorf("%s was %s, want Skipped", table, got[table])
		}
	}
	after := f.rows(t)
	if after["CRM_Contacts"] != before["CRM_Contacts"] || after[insights.CustomerTable] != before[insights.CustomerTable] {
		t.Errorf("former tables changed: %v, before %v", after, before)
	}
}

func TestARemovedSourceTakesItsTablesAlong(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.run(t)
	d, err := f.catalog.Definitions(t.Context(), f.env)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range d.Sources {
		if s.Name == "Shop" {
			d.Sources[i].Tables = s.Tables[:1]
		}
	}
	if _, err := f.catalog.Apply(t.Context(), f.env, d); err != nil {
		t.Fatal(err)
	}
	f.run(t)
	counts := f.rows(t)
	if _, there := counts["Shop_Orders"]; there {
		t.Errorf("Shop_Orders is no longer declared, but there: %v", counts)
	}
	if counts["Shop_Customers"] == 0 || counts[insights.CustomerTable] == 0 {
		t.Errorf("other tables are gone: %v", counts)
	}
}

func TestOneRunAtATime(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	run, err := f.pipeline.Start(t.Context(), f.env, insights.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.pipeline.Start(t.Context(), f.env, insights.RunOptions{}); !errs.Is(err, errs.Conflict) {
		t.Errorf("second run: %v, want a Conflict", err)
	}
	f.wait(t, run)
	if second := f.run(t); second.ID == run.ID {
		t.Error("two runs share an id")
	}
}

func TestACancelledRunEndsAsCanceledAndCanBeRepeated(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	run, err := f.pipeline.Start(t.Context(), f.env, insights.RunOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.pipeline.Cancel(t.Context(), f.env, run.ID); err != nil {
		t.Fatal(err)
	}
	run = f.wait(t, run)
	if run.Status != insights.StatusCanceled {
		t.Fatalf("cancelled run ended as %s", run.Status)
	}
	if again := f.run(t); !succeeded(again.Status) {
		t.Errorf("the run after ended as %s: %+v", again.Status, again.Tasks)
	}
	if err := f.pipeline.Cancel(t.Context(), f.env, run.ID); err != nil {
		t.Errorf("cancelling a run that is done: %v", err)
	}
	if err := f.pipeline.Cancel(t.Context(), f.env, "20200101T000000Z-00000000"); !errs.Is(err, errs.NotFound) {
		t.Errorf("cancelling a run that never was: %v, want NotFound", err)
	}
}

func TestARunOfAStoppedServerShowsAsFailed(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	run := insights.Run{
		ID: "20261124T055000Z-00000000", Environment: f.env, Status: insights.StatusRefreshing, StartedAt: time.Now(),
		Tasks: []insights.Task{{Process: insights.Ingestion, Table: "CRM_Contacts", Status: insights.StatusRefreshing}},
	}
	if err := f.catalog.SaveRun(t.Context(), run); err != nil {
		t.Fatal(err)
	}
	runs, err := f.pipeline.List(t.Context(), f.env, 0)
	if err != nil || len(runs) != 1 {
		t.Fatalf("%d runs, %v", len(runs), err)
	}
	if runs[0].Status != insights.StatusFailed || runs[0].Tasks[0].Status != insights.StatusFailed {
		t.Errorf("run %s, task %s; want both Failed", runs[0].Status, runs[0].Tasks[0].Status)
	}
}

func appendLine(t *testing.T, name, line string) {
	t.Helper()
	f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(line); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
