package duckdb

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"net/url"
	"regexp"
	"strings"
	"sync"

	driver "github.com/duckdb/duckdb-go/v2"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights/engine"
)

// session is one database in memory with a fixed set of connections.
type session struct {
	folder *folder
	db     *sql.DB

	mu      sync.Mutex // guards handles and closed: a handle is dead once its connection is closed
	handles []handle
	closed  bool
}

// connector opens connections, prepares them and notes their handles for Progress.
type connector struct {
	*driver.Connector
	session *session
}

// Connect implements [sqldriver.Connector].
func (c *connector) Connect(ctx context.Context) (sqldriver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	c.session.mu.Lock()
	defer c.session.mu.Unlock()
	if h, ok := handleOf(conn); ok {
		c.session.handles = append(c.session.handles, h)
	}
	return conn, nil
}

// perConnection are settings that DuckDB keeps per connection. Progress is measured and never printed.
var perConnection = []string{
	"SET TimeZone = 'UTC'",
	"SET enable_progress_bar = true",
	"SET enable_progress_bar_print = false",
	"SET progress_bar_time = 0",
}

func (s *session) open(ctx context.Context, settings url.Values) error {
	inner, err := driver.NewConnector("?"+settings.Encode(), func(conn sqldriver.ExecerContext) error {
		for _, q := range perConnection {
			if _, err := conn.ExecContext(ctx, q, nil); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.db = sql.OpenDB(&connector{Connector: inner, session: s})
	s.db.SetMaxOpenConns(connections)
	s.db.SetMaxIdleConns(connections)
	conns := make([]*sql.Conn, 0, connections)
	defer func() {
		for _, c := range conns {
			_ = c.Close() // gives the connection back to the pool
		}
	}()
	for range connections {
		c, err := s.db.Conn(ctx)
		if err != nil {
			return err
		}
		conns = append(conns, c)
	}
	_, err = conns[0].ExecContext(ctx, "SET lock_configuration = true")
	return err
}

// perConnectionSQL matches statements whose effect would stay on one connection of the session.
var perConnectionSQL = regexp.MustCompile(`(?i)^\s*(create\s+(or\s+replace\s+)?temp|begin\b|start\s+transaction)`)

func (s *session) check(query string) error {
	if m := perConnectionSQL.FindString(query); m != "" {
		return errs.E(errs.Internal, errs.Item(strings.TrimSpace(m)), "a session's statements do not share a connection",
			errs.Hint("use a plain table, as the database is the session's own, and one statement for what must be atomic"))
	}
	return nil
}

// Exec implements [engine.Session].
func (s *session) Exec(ctx context.Context, query string, args ...any) error {
	const op errs.Op = "duckdb.Exec"
	if err := s.check(query); err != nil {
		return errs.E(op, err)
	}
	if _, err := s.db.ExecContext(ctx, query, args...); err != nil {
		return errs.E(op, asError(ctx, err))
	}
	return nil
}

// Query implements [engine.Session]. DuckDB computes the whole result before it returns, spilling if it must,
// so errors of the statement show here and not while rows are read.
func (s *session) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	const op errs.Op = "duckdb.Query"
	if err := s.check(query); err != nil {
		return nil, errs.E(op, err)
	}
	rows, err := s.db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, errs.E(op, asError(ctx, err))
	}
	return rows, nil
}

// Append implements [engine.Session]. The table may be quoted.
func (s *session) Append(ctx context.Context, table string, fill func(add func(values ...any) error) error) error {
	const op errs.Op = "duckdb.Append"
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return errs.E(op, errs.Item(table), asError(ctx, err))
	}
	defer func() { _ = conn.Close() }()
	// The transaction must not see the context: database/sql would roll back under the appender's feet.
	tx, err := conn.BeginTx(context.WithoutCancel(ctx), nil)
	if err != nil {
		return errs.E(op, errs.Item(table), asError(ctx, err))
	}
	if err := conn.Raw(func(c any) error { return appendRows(ctx, c, unquote(table), fill) }); err != nil {
		return errs.E(op, errs.Item(table), errors.Join(asError(ctx, err), tx.Rollback()))
	}
	if err := tx.Commit(); err != nil {
		return errs.E(op, errs.Item(table), asError(ctx, err))
	}
	return nil
}

func unquote(table string) string {
	if len(table) >= 2 && table[0] == '"' && table[len(table)-1] == '"' {
		return strings.ReplaceAll(table[1:len(table)-1], `""`, `"`)
	}
	return table
}

// rowsPerCheck is how many appended rows may pass before a cancelled context is noticed.
const rowsPerCheck = 1024

func appendRows(ctx context.Context, conn any, table string, fill func(add func(values ...any) error) error) error {
	dc, ok := conn.(sqldriver.Conn)
	if !ok {
		return errs.E(errs.Internal, "the driver's connection is of another type")
	}
	a, err := driver.NewAppenderFromConn(dc, "", table)
	if err != nil {
		return err
	}
	rows, values := 0, []sqldriver.Value(nil)
	err = fill(func(row ...any) error {
		if rows++; rows%rowsPerCheck == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		values = values[:0]
		for _, v := range row {
			values = append(values, v)
		}
		return a.AppendRow(values...)
	})
	if err != nil {
		// Cleared, so that closing does not write what is to be discarded.
		return errors.Join(err, a.Clear(), a.Close())
	}
	return a.CloseWithCancel(ctx)
}

// Progress implements [engine.Session].
func (s *session) Progress() float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return -1
	}
	share := -1.0
	for _, h := range s.handles {
		share = max(share, h.progress())
	}
	return share
}

// TempDir implements [engine.Session].
func (s *session) TempDir() string { return s.folder.path }

// Close implements [engine.Session]. Closing twice is harmless.
func (s *session) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed, s.handles = true, nil
	s.mu.Unlock()
	var err error
	if s.db != nil {
		err = s.db.Close()
	}
	if e := s.folder.remove(); err == nil {
		err = e
	}
	if err != nil {
		return errs.E(errs.Op("duckdb.Close"), errs.Unavailable, errs.Item(s.folder.path), err)
	}
	return nil
}

var _ engine.Session = (*session)(nil)
