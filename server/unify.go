package server

import (
	"context"
	"log/slog"
	"os"

	"github.com/ownlake/ownlake/insights/engine"
	"github.com/ownlake/ownlake/insights/engine/duckdb"
	"github.com/ownlake/ownlake/insights/match"
)

// ReadTables reads CSV and Parquet files for unification. ragged counts the records whose number of fields was not
// that of the header. Errors are those of [match.ReadFile].
func ReadTables(ctx context.Context, paths []string, memory int64, logger *slog.Logger) (tables []*match.Table, ragged int, err error) {
	for _, path := range paths {
		t, n, err := match.ReadFile(ctx, path, func() (engine.Session, error) {
			dir, err := os.MkdirTemp("", "ownlake-unify-*")
			if err != nil {
				return nil, err
			}
			db, err := duckdb.New(duckdb.Options{Dir: dir, MemoryLimit: memory, Logger: logger})
			if err != nil {
				return nil, err
			}
			s, err := db.Open(ctx, engine.Options{})
			if err != nil {
				return nil, err
			}
			return temporary{s, dir}, nil
		})
		if err != nil {
			return nil, 0, err
		}
		tables, ragged = append(tables, t), ragged+n
	}
	return tables, ragged, nil
}

// temporary removes the session's parent folder with it.
type temporary struct {
	engine.Session
	dir string
}

func (t temporary) Close() error {
	err := t.Session.Close()
	if removed := os.RemoveAll(t.dir); err == nil {
		err = removed
	}
	return err
}
