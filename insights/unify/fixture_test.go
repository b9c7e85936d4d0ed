package unify

import (
	"database/sql"
	"encoding/csv"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
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
	minutes atomic.Int64 // what the clock shows, since began; the store reads it from a goroutine of its own
}

var began = time.Date(2026, 11, 24, 5, 50, 0, 0, time.UTC)

func (fx *fixture) clock() time.Time {
	return began.Add(time.Duration(fx.minutes.Load()) * time.Minute)
}

func newFixture(tb testing.TB) *fixture {
	tb.Helper()
	fx := &fixture{}
	dir := tb.TempDir()
	store, err := localstore.Open(localstore.Options{
		FS: vfs.Default, Dir: filepath.Join(dir, "lake"), Clock: fx.clock, Durability: localstore.Process,
		Account: lake.AccountProperties{Name: "acct", Endpoint: "https://acct.dfs.core.windows.net", HierarchicalNamespace: true},
	})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = store.Close() })
	if _, err := store.CreateFilesystem(tb.Context(), insights.Container, lake.CreateFilesystemOptions{}); err != nil {
		tb.Fatal(err)
	}
	fx.Folder = table.NewFolder(table.Options{
		Store: store, Environment: insights.Environment{ID: "7f0c0e8a-52b1-4a55-9c7d-0d5c5b2f1a11", DataFormat: insights.Parquet},
		StagingDir: filepath.Join(dir, "staging"), Clock: fx.clock,
	})
	e, err := duckdb.New(duckdb.Options{Dir: tb.TempDir()})
	if err != nil {
		tb.Fatal(err)
	}
	if fx.session, err = e.Open(tb.Context(), engine.Options{MemoryLimit: 3 << 30, Threads: 2}); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = fx.session.Close() })
	return fx
}

func (fx *fixture) run() insights.RunID {
	fx.minutes.Add(1)
	return insights.RunID(fx.clock().Format("20060102T150405Z") + "-0000abcd")
}

// ingest writes an ingested table.
func (fx *fixture) ingest(tb testing.TB, name, key, query string) {
	tb.Helper()
	c := fx.Begin(insights.Ingestion, fx.run())
	if _, err := c.Write(tb.Context(), fx.session, query, table.Spec{Table: name, PrimaryKey: key}, nil); err != nil {
		tb.Fatal(err)
	}
	if err := c.Publish(tb.Context()); err != nil {
		tb.Fatal(err)
	}
}

// ingestCSV ingests text, of which the first column is the key. Types are inferred.
func (fx *fixture) ingestCSV(tb testing.TB, name, path string) {
	tb.Helper()
	source := "read_csv(" + engine.QuoteText(path) + ", header = true)"
	var key string
	rows, err := fx.session.Query(tb.Context(), "SELECT column_name FROM (DESCRIBE SELECT * FROM "+source+") LIMIT 1")
	if err != nil {
		tb.Fatal(err)
	}
	if err := scanAll(rows, func() {}, &key); err != nil {
		tb.Fatal(err)
	}
	fx.ingest(tb, name, key, "SELECT * FROM "+source)
}

func (fx *fixture) request(u insights.Unification) Request {
	return Request{Session: fx.session, Folder: fx.Folder, Run: fx.run(), Unification: u, Fingerprint: "f"}
}

// unify runs Match and Merge and returns their warnings.
func (fx *fixture) unify(tb testing.TB, u insights.Unification) []string {
	tb.Helper()
	matched, err := Match(tb.Context(), fx.request(u))
	if err != nil {
		tb.Fatal(err)
	}
	merged, err := Merge(tb.Context(), fx.request(u))
	if err != nil {
		tb.Fatal(err)
	}
	return append(matched.Warnings, merged.Warnings...)
}

// text is a table as CSV, in the order of its rows.
func (fx *fixture) text(tb testing.TB, p insights.Process, name string, without ...string) string {
	tb.Helper()
	s, err := fx.Current(tb.Context(), p, name)
	if err != nil {
		tb.Fatal(err)
	}
	files, err := fx.Open(tb.Context(), s)
	if err != nil {
		tb.Fatal(err)
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
	rows, err := fx.session.Query(tb.Context(), fmt.Sprintf("SELECT %s FROM %s", strings.Join(terms, ", "), files.Relation()))
	if err != nil {
		tb.Fatal(err)
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
		tb.Fatal(err)
	}
	w.Flush()
	return b.String()
}
