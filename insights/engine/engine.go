// Package engine is the contract of the SQL engine that the pipeline runs on.
//
// An [Engine] opens sessions; a [Session] is one isolated database with a memory limit, which spills to its
// temporary folder. The text is SQL in DuckDB's dialect, limited to functions that insights/engine/enginetest
// covers, so that a second engine can be held against it (reference engines, section 5). Engines read local
// files only; insights/table brings lake files to them. The package knows no engine in particular.
package engine

import (
	"context"
	"database/sql"
	"strings"
)

// Engine opens sessions.
type Engine interface {
	// Open starts a session. The caller closes it.
	Open(ctx context.Context, o Options) (Session, error)
}

// Options bound a session. Zero values take the engine's defaults.
type Options struct {
	MemoryLimit int64  // bytes
	Threads     int    // 0: all processors
	TempDir     string // where to spill and to stage files; made if missing, emptied by Close
}

// Session is one database. Its methods are safe for concurrent use, statements may run in turn, also while rows
// of another are open. Statements do not share a connection: temporary tables and transactions are refused, as
// the database is the session's own anyway. Cancelling the
// context interrupts a statement with kind Canceled. Running out of memory or disk is Unavailable; SQL that
// the engine refuses is Internal, as people do not write it.
type Session interface {
	Exec(ctx context.Context, query string, args ...any) error
	// Query returns rows that the caller closes.
	Query(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	// Append bulk-loads rows into an existing table: fill calls add once per row with values in the order of
	// the table's columns. The table's name is plain, not SQL. If fill fails, nothing is kept.
	Append(ctx context.Context, table string, fill func(add func(values ...any) error) error) error
	// Progress is the share of the running statement that is done, 0 to 100, or -1 if it cannot be told.
	Progress() float64
	// TempDir is a folder of the session's own for staging files.
	TempDir() string
	// Close ends the session and removes its folder.
	Close() error
}

// QuoteIdent quotes an identifier.
func QuoteIdent(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// QuoteText quotes a text literal.
func QuoteText(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// QuoteTexts renders a list literal of texts, such as a list of files.
func QuoteTexts(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = QuoteText(s)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}
