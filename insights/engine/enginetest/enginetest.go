// Package enginetest holds SQL engines to their contract: the behaviour of sessions (engine.Session) and the
// closed list of SQL functions that the pipeline uses, each with the value it must have.
//
// An engine's own test calls [Run] with a function that opens a session. The package knows no engine.
package enginetest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights/engine"
)

// Open opens a session that the suite closes. It fails the test itself.
type Open func(t testing.TB, o engine.Options) engine.Session

// Run runs the whole suite.
func Run(t *testing.T, open Open) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, engine.Session){
		"every expression has its value":              testExpressions,
		"statements see each other's tables":          testTables,
		"arguments are values":                        testArguments,
		"append keeps nothing when fill fails":        testAppendFails,
		"append stops when cancelled":                 testAppendCancelled,
		"append takes every type and missing values":  testAppendTypes,
		"cancelling interrupts a statement":           testCancel,
		"a passed deadline interrupts a statement":    testDeadline,
		"refused SQL is internal":                     testRefused,
		"files keep their order and content":          testFiles,
		"sessions are apart and gone when closed":     nil, // needs two sessions, see below
		"progress without a statement cannot be told": testNoProgress,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if test == nil {
				testApart(t, open)
				return
			}
			s := open(t, engine.Options{TempDir: t.TempDir()})
			test(t, s)
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func testExpressions(t *testing.T, s engine.Session) {
	t.Helper()
	for _, e := range expressions {
		got, err := value(t.Context(), s, "SELECT cast("+e.sql+" AS VARCHAR)")
		if err != nil {
			t.Errorf("%s: %v", e.sql, err)
		} else if got != e.want {
			t.Errorf("%s = %s, want %s", e.sql, got, e.want)
		}
	}
}

// value returns the only value of a query, "NULL" for none.
func value(ctx context.Context, s engine.Session, query string, args ...any) (string, error) {
	rows, err := s.Query(ctx, query, args...)
	if err != nil {
		return "", err
	}
	defer func() { _ = rows.Close() }()
	var v sql.NullString
	for rows.Next() {
		if err := rows.Scan(&v); err != nil {
			return "", err
		}
	}
	if !v.Valid {
		return "NULL", rows.Err()
	}
	return v.String, rows.Err()
}

func want(t *testing.T, s engine.Session, query, text string) {
	t.Helper()
	got, err := value(t.Context(), s, query)
	if err != nil {
		t.Errorf("%s: %v", query, err)
	} else if got != text {
		t.Errorf("%s = %s, want %s", query, got, text)
	}
}

func exec(t *testing.T, s engine.Session, query string) {
	t.Helper()
	if err := s.Exec(t.Context(), query); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

func testTables(t *testing.T, s engine.Session) {
	t.Helper()
	exec(t, s, "CREATE TABLE n AS SELECT * FROM range(10) t(i)")
	exec(t, s, `CREATE TABLE "odd "" name" (i BIGINT, d DOUBLE)`)
	rows, err := s.Query(t.Context(), "SELECT i FROM n")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	// A statement may run while another one's rows are open.
	exec(t, s, "CREATE VIEW v AS SELECT i + 1 AS i FROM n")
	err = s.Append(t.Context(), `odd " name`, func(add func(...any) error) error {
		for rows.Next() {
			var i int64
			if err := rows.Scan(&i); err != nil {
				return err
			}
			if err := add(i, float64(i)/2); err != nil {
				return err
			}
		}
		return rows.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	want(t, s, `SELECT count(*) || ' ' || sum(d) FROM `+engine.QuoteIdent(`odd " name`), "10 22.5")
	want(t, s, "SELECT max(i) FROM v", "10")
}

func testArguments(t *testing.T, s engine.Session) {
	t.Helper()
	got, err := value(t.Context(), s, "SELECT ? || cast(? AS VARCHAR)", "it's ", int64(5))
	if err != nil || got != "it's 5" {
		t.Errorf("got %q, %v", got, err)
	}
}

func testAppendFails(t *testing.T, s engine.Session) {
	t.Helper()
	exec(t, s, "CREATE TABLE t (i BIGINT)")
	const rows = 300_000 // more than an engine buffers
	wrong := errors.New("no more")
	fill := func(last error) error {
		return s.Append(t.Context(), "t", func(add func(...any) error) error {
			for i := range int64(rows) {
				if err := add(i); err != nil {
					return err
				}
			}
			return last
		})
	}
	if err := fill(wrong); !errors.Is(err, wrong) {
		t.Errorf("got %v, want the error of fill", err)
	}
	want(t, s, "SELECT count(*) FROM t", "0")
	if err := fill(nil); err != nil {
		t.Fatal(err)
	}
	want(t, s, "SELECT count(*) FROM t", "300000")
	tooMany := func(add func(...any) error) error { return add(int64(1), int64(2)) }
	if err := s.Append(t.Context(), "t", tooMany); err == nil {
		t.Error("a row with too many values was taken")
	}
	if err := s.Append(t.Context(), "missing", tooMany); err == nil {
		t.Error("a table that does not exist was appended to")
	}
}

func testAppendCancelled(t *testing.T, s engine.Session) {
	t.Helper()
	exec(t, s, "CREATE TABLE t (i BIGINT)")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	err := s.Append(ctx, "t", func(add func(...any) error) error {
		for i := int64(0); ; i++ {
			if i == 5000 {
				cancel()
			}
			if err := add(i); err != nil {
				return err
			}
		}
	})
	if !errs.Is(err, errs.Canceled) {
		t.Errorf("got %v, want kind canceled", err)
	}
	want(t, s, "SELECT count(*) FROM t", "0")
}

func testAppendTypes(t *testing.T, s engine.Session) {
	t.Helper()
	exec(t, s, "CREATE TABLE t (i BIGINT, d DOUBLE, b BOOLEAN, s VARCHAR, day DATE, moment TIMESTAMP)")
	at := time.Date(2024, 2, 29, 23, 59, 59, 123456000, time.UTC)
	err := s.Append(t.Context(), "t", func(add func(...any) error) error {
		if err := add(int64(-1), 1.5, true, "Zoë", at, at); err != nil {
			return err
		}
		return add(nil, nil, nil, nil, nil, nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	want(t, s, "SELECT concat_ws('|', i, d, b, s, day, moment) FROM t WHERE i IS NOT NULL", "-1|1.5|true|Zoë|2024-02-29|2024-02-29 23:59:59.123456")
	want(t, s, "SELECT count(*) FROM t WHERE coalesce(i::VARCHAR, d::VARCHAR, b::VARCHAR, s, day::VARCHAR, moment::VARCHAR) IS NULL", "1")
}

// slow would run for hours.
const slow = "SELECT count(*) FROM range(4000000) a(i), range(4000000) b(j) WHERE md5((i + j)::VARCHAR) = ''"

func testCancel(t *testing.T, s engine.Session) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	defer time.AfterFunc(50*time.Millisecond, cancel).Stop()
	if err := s.Exec(ctx, slow); !errs.Is(err, errs.Canceled) {
		t.Errorf("got %v, want kind canceled", err)
	}
	want(t, s, "SELECT 1", "1")
}

func testDeadline(t *testing.T, s engine.Session) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := value(ctx, s, slow); !errs.Is(err, errs.Unavailable) {
		t.Errorf("got %v, want kind unavailable", err)
	}
}

func testRefused(t *testing.T, s engine.Session) {
	t.Helper()
	for _, query := range []string{"SELECT nonsense", "SELEC", "CREATE TEMP TABLE t (i INT)", "create or replace temporary view v as 1", "BEGIN"} {
		if err := s.Exec(t.Context(), query); !errs.Is(err, errs.Internal) {
			t.Errorf("%s: got %v (kind %v), want kind internal", query, err, errs.KindOf(err))
		}
		if _, err := value(t.Context(), s, query); !errs.Is(err, errs.Internal) {
			t.Errorf("%s: got %v (kind %v), want kind internal", query, err, errs.KindOf(err))
		}
	}
}

func testFiles(t *testing.T, s engine.Session) {
	t.Helper()
	for _, format := range []string{"csv", "parquet"} {
		file := engine.QuoteText(filepath.Join(s.TempDir(), "n."+format))
		exec(t, s, "COPY (SELECT i, 'line ' || i || ', \"ü\"' AS s FROM range(300000) t(i)) TO "+file+" (FORMAT "+format+")")
		table := "from_" + format
		exec(t, s, "CREATE TABLE "+table+" AS SELECT *, row_number() OVER () - 1 AS n FROM read_"+format+"("+file+")")
		want(t, s, "SELECT count(*) FROM "+table+" WHERE i = n AND s = 'line ' || n || ', \"ü\"'", "300000")
	}
	if err := s.Exec(t.Context(), "SELECT * FROM read_csv('/no/such/file.csv')"); !errs.Is(err, errs.NotFound) {
		t.Errorf("a missing file gives %v (kind %v), want kind not found", err, errs.KindOf(err))
	}
}

func testNoProgress(t *testing.T, s engine.Session) {
	t.Helper()
	if p := s.Progress(); p != -1 {
		t.Errorf("progress is %v, want -1", p)
	}
}

func testApart(t *testing.T, open Open) {
	t.Helper()
	parent := t.TempDir()
	a, b := open(t, engine.Options{TempDir: parent}), open(t, engine.Options{TempDir: parent})
	if a.TempDir() == b.TempDir() || !strings.HasPrefix(a.TempDir(), parent) {
		t.Errorf("two sessions below %s stage in %s and %s", parent, a.TempDir(), b.TempDir())
	}
	exec(t, a, "CREATE TABLE mine AS SELECT 1 AS i")
	exec(t, a, "COPY mine TO "+engine.QuoteText(filepath.Join(a.TempDir(), "mine.csv")))
	if err := b.Exec(t.Context(), "SELECT * FROM mine"); err == nil {
		t.Error("a session sees another one's table")
	}
	if err := errors.Join(a.Close(), a.Close()); err != nil {
		t.Errorf("closing, twice: %v", err)
	}
	if err := b.Exec(t.Context(), fmt.Sprintf("SELECT * FROM '%s/mine.csv'", a.TempDir())); !errs.Is(err, errs.NotFound) {
		t.Errorf("the folder of a closed session is still there: %v", err)
	}
	if err := a.Exec(t.Context(), "SELECT 1"); err == nil {
		t.Error("a closed session runs statements")
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
}
