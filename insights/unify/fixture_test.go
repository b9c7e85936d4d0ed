package unify

import (
	"database/sql"
	"encoding/csv"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/engine"
	"github.com/ownlake/ownlake/insights/engine/duckdb"
	"github.com/ownlake/ownlake/insights/table"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/lake/localstore"
)

// fixture is an environment's folder on an embedded lake, with an engine.
type fixture struct {
	*table.Folder
	session engine.Session
	now     time.Time
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	fx := &fixture{now: time.Date(2026, 11, 24, 5, 50, 0, 0, time.UTC)}
	clock := func() time.Time { return fx.now }
	dir := t.TempDir()
	store, err := localstore.Open(localstore.Options{
		FS: vfs.Default, Dir: filepath.Join(dir, "lake"), Clock: clock, Durability: localstore.Process,
		Account: lake.AccountProperties{Name: "acct", Endpoint: "https://acct.dfs.core.windows.net", HierarchicalNamespace: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	if _, err := store.CreateFilesystem(t.Context(), insights.Container, lake.CreateFilesystemOptions{}); err != nil {
		t.Fatal(err)
	}
	fx.Folder = table.NewFolder(table.Options{
		Store: store, Environment: insights.Environment{ID: "7f0c0e8a-52b1-4a55-9c7d-0d5c5b2f1a11", DataFormat: insights.Parquet},
		StagingDir: filepath.Join(dir, "staging"), Clock: clock,
	})
	e, err := duckdb.New(duckdb.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if fx.session, err = e.Open(t.Context(), engine.Options{MemoryLimit: 3 << 30, Threads: 2}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = fx.session.Close() })
	return fx
}

func (fx *fixture) run() insights.RunID {
	fx.now = fx.now.Add(time.Minute)
	return insights.RunID(fx.now.Format("20060102T150405Z") + "-0000abcd")
}

// ingest writes an ingested table.
func (fx *fixture) ingest(t testing.TB, name, key, query string) {
	t.Helper()
	c := fx.Begin(insights.Ingestion, fx.run())
	if _, err := c.Write(t.Context(), fx.session, query, table.Spec{Table: name, PrimaryKey: key}, nil); err != nil {
		t.Fatal(err)
	}
	if err := c.Publish(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// ingestCSV ingests text, of which the first column is the key. Types are inferred.
func (fx *fixture) ingestCSV(t testing.TB, name, path string) {
	t.Helper()
	source := "read_csv(" + engine.QuoteText(path) + ", header = true)"
	var key string
	rows, err := fx.session.Query(t.Context(), "SELECT column_name FROM (DESCRIBE SELECT * FROM "+source+") LIMIT 1")
	if err != nil {
		t.Fatal(err)
	}
	if err := scanAll(rows, func() {}, &key); err != nil {
		t.Fatal(err)
	}
	fx.ingest(t, name, key, "SELECT * FROM "+source)
}

func (fx *fixture) request(u insights.Unification) Request {
	return Request{Session: fx.session, Folder: fx.Folder, Run: fx.run(), Unification: u, Fingerprint: "f"}
}

// unify runs Match and Merge and returns their warnings.
func (fx *fixture) unify(t testing.TB, u insights.Unification) []string {
	t.Helper()
	matched, err := Match(t.Context(), fx.request(u))
	if err != nil {
		t.Fatal(err)
	}
	merged, err := Merge(t.Context(), fx.request(u))
	if err != nil {
		t.Fatal(err)
	}
	return append(matched.Warnings, merged.Warnings...)
}

// text is a table as CSV, in the order of its rows.
func (fx *fixture) text(t testing.TB, p insights.Process, name string, without ...string) string {
	t.Helper()
	s, err := fx.Current(t.Context(), p, name)
	if err != nil {
		t.Fatal(err)
	}
	files, err := fx.Open(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = files.Close() }()
	var header, terms []string
	for _, c := range s.Columns {
		if strings.Contains(" "+strings.Join(without, " ")+" ", " "+c.Name+" ") {
			continue
		}
		header = append(header, c.Name)
		terms = append(terms, "CAST("+engine.QuoteIdent(c.Name)+" AS VARCHAR)")
	}
	rows, err := fx.session.Query(t.Context(), fmt.Sprintf("SELECT %s FROM %s", strings.Join(terms, ", "), files.Relation()))
	if err != nil {
		t.Fatal(err)
	}
	values, dest := make([]sql.NullString, len(header)), make([]any, len(header))
	for i := range values {
		dest[i] = &values[i]
	}
	var b strings.Builder
	w := csv.NewWriter(&b)
	_ = w.Write(header)
	row := make([]string, len(header))
	if err := scanAll(rows, func() {
		for i, v := range values {
			row[i] = v.String
		}
		_ = w.Write(row)
	}, dest...); err != nil {
		t.Fatal(err)
	}
	w.Flush()
	return b.String()
}
