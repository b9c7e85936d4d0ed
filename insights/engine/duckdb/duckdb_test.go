package duckdb_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights/engine"
	"github.com/ownlake/ownlake/insights/engine/duckdb"
	"github.com/ownlake/ownlake/insights/engine/enginetest"
)

func open(tb testing.TB, o engine.Options) engine.Session {
	tb.Helper()
	e, err := duckdb.New(duckdb.Options{Dir: tb.TempDir(), Threads: 2})
	if err != nil {
		tb.Fatal(err)
	}
	s, err := e.Open(tb.Context(), o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

func exec(t *testing.T, s engine.Session, query string, args ...any) {
	t.Helper()
	if err := s.Exec(t.Context(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// value returns the only value of a query as text.
func value(t *testing.T, s engine.Session, query string) string {
	t.Helper()
	rows, err := s.Query(t.Context(), query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer func() { _ = rows.Close() }()
	var v any
	for rows.Next() {
		if err := rows.Scan(&v); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return fmt.Sprint(v)
}

func TestEngineKeepsItsContract(t *testing.T) {
	t.Parallel()
	enginetest.Run(t, open)
}

func TestSessionsAreLockedDown(t *testing.T) {
	t.Parallel()
	s := open(t, engine.Options{MemoryLimit: 512 << 20, Threads: 1})
	settings := map[string]string{
		"autoinstall_known_extensions": "false",
		"autoload_known_extensions":    "false",
		"allow_community_extensions":   "false",
		"lock_configuration":           "true",
		"memory_limit":                 "512.0 MiB",
		"threads":                      "1",
		"TimeZone":                     "UTC",
		"temp_directory":               filepath.Join(s.TempDir(), "spill"),
	}
	for name, want := range settings {
		if got := value(t, s, "SELECT current_setting("+engine.QuoteText(name)+")"); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	for _, q := range []string{"SET memory_limit = '8GB'", "INSTALL httpfs", "LOAD httpfs", "SELECT * FROM 'https://127.0.0.1:1/x.csv'"} {
		if err := s.Exec(t.Context(), q); err == nil {
			t.Errorf("%s was allowed", q)
		}
	}
}

func TestProgressOfARunningStatement(t *testing.T) {
	t.Parallel()
	s := open(t, engine.Options{})
	exec(t, s, "CREATE TABLE n AS SELECT * FROM range(2000000) t(i)")
	done := make(chan error)
	go func() { done <- s.Exec(t.Context(), "SELECT max(md5(md5(md5(i::VARCHAR)))) FROM n") }()
	ticks := time.NewTicker(time.Millisecond)
	defer ticks.Stop()
	seen := 0
	for {
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			if seen == 0 {
				t.Error("progress was never between 0 and 100")
			}
			return
		case <-ticks.C:
			if p := s.Progress(); p > 0 && p <= 100 {
				seen++
			}
		}
	}
}

func TestMemoryExhaustedIsUnavailable(t *testing.T) {
	t.Parallel()
	s := open(t, engine.Options{MemoryLimit: 64 << 20})
	err := s.Exec(t.Context(), "SELECT list(i || repeat('x', 100)) FROM range(5000000) t(i)")
	if !errs.Is(err, errs.Unavailable) || errs.HintOf(err) == "" {
		t.Errorf("got %v (kind %v), want unavailable with a hint", err, errs.KindOf(err))
	}
}

func TestSpillsAndStaysWithinMemory(t *testing.T) {
	t.Parallel()
	s := open(t, engine.Options{MemoryLimit: 128 << 20})
	exec(t, s, "CREATE TABLE big AS SELECT i, md5(i::VARCHAR) AS k, repeat('x', 50) || i AS v FROM range(2000000) t(i)")
	if got := value(t, s, "SELECT count(*) FROM (SELECT k, row_number() OVER (PARTITION BY k ORDER BY v) AS n FROM big) WHERE n = 1"); got != "2000000" {
		t.Errorf("counted %s", got)
	}
}

func TestCloseRemovesTheFolder(t *testing.T) {
	t.Parallel()
	parent := filepath.Join(t.TempDir(), "made", "for", "it")
	s := open(t, engine.Options{TempDir: parent})
	if err := os.WriteFile(filepath.Join(s.TempDir(), "staged.csv"), []byte("a\n1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := value(t, s, "SELECT a FROM "+engine.QuoteText(filepath.Join(s.TempDir(), "staged.csv"))); got != "1" {
		t.Errorf("read %s", got)
	}
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
	if left := names(t, parent); len(left) != 0 {
		t.Errorf("left %v", left)
	}
	if p := s.Progress(); p != -1 {
		t.Errorf("progress of a closed session is %v", p)
	}
	if err := s.Exec(t.Context(), "SELECT 1"); err == nil {
		t.Error("a closed session runs statements")
	}
}

func TestLeftoversAreRemovedAndLiveSessionsKept(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	e, err := duckdb.New(duckdb.Options{Dir: parent})
	if err != nil {
		t.Fatal(err)
	}
	live, err := e.Open(t.Context(), engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = live.Close() }()
	dead := filepath.Join(parent, "session-0123456789abcdef")
	if err := errors.Join(os.MkdirAll(filepath.Join(dead, "spill"), 0o700), os.WriteFile(dead+".lock", nil, 0o600),
		os.Mkdir(filepath.Join(parent, "other"), 0o700)); err != nil {
		t.Fatal(err)
	}
	if _, err := duckdb.New(duckdb.Options{Dir: parent}); err != nil {
		t.Fatal(err)
	}
	base := filepath.Base(live.TempDir())
	if diff := cmp.Diff([]string{"other", base, base + ".lock"}, names(t, parent)); diff != "" {
		t.Errorf("left (-want +got):\n%s", diff)
	}
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}
