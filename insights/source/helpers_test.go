package source_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/engine"
	"github.com/ownlake/ownlake/insights/engine/duckdb"
	"github.com/ownlake/ownlake/insights/source"
	"github.com/ownlake/ownlake/insights/table"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/lake/localstore"
)

var now = time.Date(2026, 11, 24, 5, 50, 0, 0, time.UTC)

const environment = insights.EnvironmentID("7f0c0e8a-52b1-4a55-9c7d-0d5c5b2f1a11")

// fixture is a lake with an environment's folder, an engine's session, a reader, and a folder for source files.
type fixture struct {
	store   lake.Store
	folder  *table.Folder
	session engine.Session
	reader  *source.Reader
	dir     string
	runs    int
}

// lakes knows one account.
type lakes struct {
	endpoint string
	store    lake.Store
}

func (l lakes) Lake(_ context.Context, endpoint, _ string) (lake.Store, error) {
	if endpoint != l.endpoint {
		return nil, errs.E(errs.NotFound, errs.Item(endpoint), "no key is known for this account")
	}
	return l.store, nil
}

const endpoint = "https://acct.dfs.core.windows.net"

func newFixture(tb testing.TB) *fixture {
	tb.Helper()
	dir := tb.TempDir()
	clock := func() time.Time { return now }
	store, err := localstore.Open(localstore.Options{
		FS: vfs.Default, Dir: filepath.Join(dir, "lake"), Clock: clock, Durability: localstore.Process,
		Account: lake.AccountProperties{Name: "acct", Endpoint: endpoint, HierarchicalNamespace: true},
	})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = store.Close() })
	if _, err := store.CreateFilesystem(tb.Context(), insights.Container, lake.CreateFilesystemOptions{}); err != nil {
		tb.Fatal(err)
	}
	e, err := duckdb.New(duckdb.Options{Dir: filepath.Join(dir, "engine")})
	if err != nil {
		tb.Fatal(err)
	}
	session, err := e.Open(tb.Context(), engine.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = session.Close() })
	fx := &fixture{store: store, session: session, dir: filepath.Join(dir, "files")}
	fx.folder = table.NewFolder(table.Options{
		Store: store, StagingDir: filepath.Join(dir, "staging"), Clock: clock,
		Environment: insights.Environment{ID: environment, DataFormat: insights.Parquet},
	})
	fx.reader = source.NewReader(source.Options{Clock: clock, Lakes: lakes{endpoint, store}})
	if err := os.MkdirAll(fx.dir, 0o700); err != nil {
		tb.Fatal(err)
	}
	return fx
}

// write makes a source file and returns its path.
func (fx *fixture) write(tb testing.TB, name, text string) string {
	tb.Helper()
	p := filepath.Join(fx.dir, name)
	if err := os.MkdirAll(filepath.Dir(p), 0o700); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
	return p
}

func (fx *fixture) request(t insights.SourceTable) source.Request {
	fx.runs++
	if t.Name == "" {
		t.Name = "T"
	}
	return source.Request{
		Session: fx.session, Folder: fx.folder, Run: insights.RunID(fmt.Sprintf("20261124T055000Z-%08d", fx.runs)),
		Source: insights.DataSource{Name: "S"}, Table: t,
	}
}

// ingest ingests a table and checks that the counts add up and are those of the published tables.
func (fx *fixture) ingest(tb testing.TB, t insights.SourceTable) (insights.TaskResult, error) {
	tb.Helper()
	q := fx.request(t)
	res, err := fx.reader.Ingest(tb.Context(), q)
	if err != nil {
		return res, err
	}
	if res.RowsIn != res.RowsOut+res.Corrupt {
		tb.Errorf("%d rows in, %d out, %d corrupt", res.RowsIn, res.RowsOut, res.Corrupt)
	}
	name := insights.IngestedTable(q.Source.Name, q.Table.Name)
	if good := fx.snapshot(tb, name); good.Rows() != res.RowsOut {
		tb.Errorf("%d rows published, %d reported", good.Rows(), res.RowsOut)
	}
	if bad := fx.snapshot(tb, insights.CorruptTable(name)); bad.Rows() != res.Corrupt {
		tb.Errorf("%d corrupt rows published, %d reported", bad.Rows(), res.Corrupt)
	}
	return res, nil
}

func (fx *fixture) snapshot(tb testing.TB, name string) insights.Snapshot {
	tb.Helper()
	s, err := fx.folder.Current(tb.Context(), insights.Ingestion, name)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// rows returns a published table's rows as lines of values between bars, in the order of the columns given.
func (fx *fixture) rows(tb testing.TB, name, columns, order string) []string {
	tb.Helper()
	files, err := fx.folder.Open(tb.Context(), fx.snapshot(tb, name))
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = files.Close() }()
	var casts []string
	for c := range strings.SplitSeq(columns, ",") {
		casts = append(casts, "coalesce(CAST("+engine.QuoteIdent(c)+" AS VARCHAR), '∅')")
	}
	rows, err := fx.session.Query(tb.Context(), "SELECT "+strings.Join(casts, "||'|'||")+" FROM "+files.Relation()+" ORDER BY "+order)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	return scanTexts(tb, rows)
}

func scanTexts(tb testing.TB, rows *sql.Rows) []string {
	tb.Helper()
	var list []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			tb.Fatal(err)
		}
		list = append(list, s)
	}
	if err := rows.Err(); err != nil {
		tb.Fatal(err)
	}
	return list
}

// types describes a published table's columns.
func (fx *fixture) types(tb testing.TB, name string) string {
	tb.Helper()
	var list []string
	for _, c := range fx.snapshot(tb, name).Columns {
		list = append(list, c.Name+" "+string(c.Type))
	}
	return strings.Join(list, ", ")
}
