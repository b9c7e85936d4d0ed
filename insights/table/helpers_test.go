package table

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/adls"
	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/engine"
	"github.com/ownlake/ownlake/insights/engine/duckdb"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/lake/azurestore"
	"github.com/ownlake/ownlake/lake/localstore"
)

const (
	testEndpoint = "https://acct.dfs.core.windows.net"
	testID       = insights.EnvironmentID("7f0c0e8a-52b1-4a55-9c7d-0d5c5b2f1a11")
)

// clock is a time that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock {
	return &clock{now: time.Date(2026, 11, 24, 5, 50, 0, 123456000, time.UTC)}
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// remote hides that a store has local files, as an account elsewhere has none.
type remote struct{ lake.Store }

// fixture is an environment's folder on an embedded lake, with an engine.
type fixture struct {
	*Folder
	clock   *clock
	session engine.Session
	staging string
	runs    int
}

func newFixture(t *testing.T, format insights.DataFormat, wrap func(lake.Service) lake.Store) *fixture {
	t.Helper()
	c := newClock()
	dir := t.TempDir()
	store, err := localstore.Open(localstore.Options{
		FS: vfs.Default, Dir: filepath.Join(dir, "lake"), Clock: c.Now, Durability: localstore.Process,
		Account: lake.AccountProperties{Name: "acct", Endpoint: testEndpoint, HierarchicalNamespace: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	if _, err := store.CreateFilesystem(t.Context(), insights.Container, lake.CreateFilesystemOptions{}); err != nil {
		t.Fatal(err)
	}
	fx := &fixture{clock: c, session: newSession(t), staging: filepath.Join(dir, "staging")}
	var s lake.Store = store
	if wrap != nil {
		s = wrap(store)
	}
	fx.Folder = fx.folderOn(s, format)
	return fx
}

// folderOn is another folder object over the same environment.
func (fx *fixture) folderOn(s lake.Store, format insights.DataFormat) *Folder {
	return NewFolder(Options{
		Store: s, Environment: insights.Environment{ID: testID, DataFormat: format}, StagingDir: fx.staging, Clock: fx.clock.Now,
	})
}

func newSession(t *testing.T) engine.Session {
	t.Helper()
	e, err := duckdb.New(duckdb.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	s, err := e.Open(t.Context(), engine.Options{MemoryLimit: 256 << 20, Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// nextRun returns run ids in order of time.
func (fx *fixture) nextRun() insights.RunID {
	fx.runs++
	fx.clock.advance(time.Minute)
	return insights.RunID(fmt.Sprintf("%s-%08x", fx.clock.Now().Format("20060102T150405Z"), fx.runs))
}

// publish writes one table and publishes it.
func (fx *fixture) publish(t *testing.T, p insights.Process, spec Spec, query string) insights.Snapshot {
	t.Helper()
	c := fx.Begin(p, fx.nextRun())
	s, err := c.Write(t.Context(), fx.session, query, spec, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Publish(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// rows reads a query's result as text, "NULL" for null.
func rows(t *testing.T, s engine.Session, query string) [][]string {
	t.Helper()
	list, err := queryRows(t.Context(), s, query)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func queryRows(ctx context.Context, s engine.Session, query string) ([][]string, error) {
	r, err := s.Query(ctx, query)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Close() }()
	columns, err := r.Columns()
	if err != nil {
		return nil, err
	}
	var list [][]string
	for r.Next() {
		values := make([]any, len(columns))
		row := make([]string, len(columns))
		for i := range values {
			values[i] = new(any)
		}
		if err := r.Scan(values...); err != nil {
			return nil, err
		}
		for i, v := range values {
			row[i] = "NULL"
			if x, ok := v.(*any); ok && *x != nil {
				row[i] = fmt.Sprint(*x)
			}
		}
		list = append(list, row)
	}
	return list, r.Err()
}

// content reads a snapshot's rows, in the order of its first column, each value as the engine's text of it.
func (fx *fixture) content(t *testing.T, s insights.Snapshot) [][]string {
	t.Helper()
	list, err := contentOf(t.Context(), fx.Folder, fx.session, s)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func contentOf(ctx context.Context, f *Folder, session engine.Session, s insights.Snapshot) ([][]string, error) {
	files, err := f.Open(ctx, s)
	if err != nil {
		return nil, err
	}
	defer func() { _ = files.Close() }()
	return queryRows(ctx, session, "SELECT COLUMNS(*)::VARCHAR FROM "+files.Relation()+" ORDER BY 1")
}

// overHTTP serves a store as an account and reaches it as one, as a customer's own account is.
func overHTTP(t *testing.T, s lake.Service) lake.Store {
	t.Helper()
	key := []byte("a key of the test's own")
	server := httptest.NewServer(adls.New(adls.Options{Store: s, Account: "acct", Key: key, Default: wire.Blob, Clock: time.Now}))
	t.Cleanup(server.Close)
	account, err := azurestore.Open(azurestore.Options{
		Endpoint: server.URL + "/acct", Account: "acct", Key: base64.StdEncoding.EncodeToString(key),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = account.Close() })
	return account
}

// ways are both formats on an embedded lake, on one without local files, and on one over HTTP.
func ways() map[string]func(t *testing.T) *fixture {
	m := map[string]func(t *testing.T) *fixture{}
	for _, format := range []insights.DataFormat{insights.Parquet, insights.CSV} {
		for name, wrap := range map[string]func(*testing.T, lake.Service) lake.Store{
			"embedded":            func(_ *testing.T, s lake.Service) lake.Store { return s },
			"without local files": func(_ *testing.T, s lake.Service) lake.Store { return remote{s} },
			"over HTTP":           overHTTP,
		} {
			m[string(format)+" "+name] = func(t *testing.T) *fixture {
				t.Helper()
				return newFixture(t, format, func(s lake.Service) lake.Store { return wrap(t, s) })
			}
		}
	}
	return m
}
