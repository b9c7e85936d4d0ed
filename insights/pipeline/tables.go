package pipeline

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/engine"
)

// Tables reads the tables of environments.
type Tables struct{ p *Pipeline }

// Tables returns the service that reads tables.
func (p *Pipeline) Tables() Tables { return Tables{p} }

// defaultRows is how many rows are shown where nobody says.
const defaultRows = 100

// List returns the current snapshot of every table of the environment.
func (t Tables) List(ctx context.Context, env insights.EnvironmentID) ([]insights.Snapshot, error) {
	const op errs.Op = "pipeline.Tables.List"
	_, folder, err := t.p.folder(ctx, env)
	if err != nil {
		return nil, errs.E(op, err)
	}
	tables, err := folder.List(ctx)
	return tables, errs.Wrap(op, err)
}

// Rows returns the first rows of a table, in no particular order; NotFound if there is no such table.
func (t Tables) Rows(ctx context.Context, env insights.EnvironmentID, name string, o insights.RowsOptions) (insights.Rows, error) {
	limit := o.Limit
	if limit == 0 {
		limit = defaultRows
	}
	var out insights.Rows
	err := t.read(ctx, env, name, func(s engine.Session, snapshot insights.Snapshot, relation string) error {
		out = insights.Rows{Snapshot: snapshot, Columns: snapshot.Columns, Rows: [][]any{}}
		query := fmt.Sprintf("SELECT %s FROM %s LIMIT %d", jsonColumns(snapshot.Columns), relation, limit)
		rows, err := s.Query(ctx, query)
		if err != nil {
			return err
		}
		defer func() { _ = rows.Close() }()
		for rows.Next() {
			row := make([]any, len(snapshot.Columns))
			into := make([]any, len(row))
			for i := range row {
				into[i] = &row[i]
			}
			if err := rows.Scan(into...); err != nil {
				return errs.E(errs.Internal, err)
			}
			out.Rows = append(out.Rows, row)
		}
		return rows.Err()
	})
	return out, errs.Wrap(errs.Op("pipeline.Tables.Rows"), err)
}

// Export writes the table as one file: CSV with a header, UTF-8, or Parquet. An error before the first byte
// leaves w untouched.
func (t Tables) Export(ctx context.Context, env insights.EnvironmentID, name string, format insights.DataFormat, w io.Writer) error {
	const op errs.Op = "pipeline.Tables.Export"
	var options string
	switch format {
	case insights.CSV:
		options = "(FORMAT csv, HEADER true)"
	case insights.Parquet:
		options = "(FORMAT parquet, COMPRESSION zstd)"
	default:
		return errs.E(op, errs.Invalid, errs.Item(format), "not a data format", errs.Hint("use csv or parquet"))
	}
	return errs.Wrap(op, t.read(ctx, env, name, func(s engine.Session, snapshot insights.Snapshot, relation string) error {
		columns := "*"
		if format == insights.CSV {
			columns = jsonColumns(snapshot.Columns)
		}
		file := filepath.Join(s.TempDir(), "export."+string(format))
		copyTo := fmt.Sprintf("COPY (SELECT %s FROM %s) TO %s %s", columns, relation, engine.QuoteText(file), options)
		if err := s.Exec(ctx, copyTo); err != nil {
			return err
		}
		f, err := os.Open(file) //nolint:gosec // G304: a name of our own in the session's folder
		if err != nil {
			return errs.E(errs.Internal, err)
		}
		defer func() { _ = f.Close() }()
		_, err = io.Copy(w, f)
		return errs.Wrap("write", err)
	}))
}

// read opens a session on the table's files.
func (t Tables) read(ctx context.Context, env insights.EnvironmentID, name string,
	f func(s engine.Session, snapshot insights.Snapshot, relation string) error,
) error {
	_, folder, err := t.p.folder(ctx, env)
	if err != nil {
		return err
	}
	snapshot, err := folder.Find(ctx, name)
	if err != nil {
		return err
	}
	files, err := folder.Open(ctx, snapshot)
	if err != nil {
		return err
	}
	defer func() { _ = files.Close() }()
	return t.p.withSession(ctx, env, func(s engine.Session) error {
		return f(s, snapshot, files.Relation())
	})
}

// jsonColumns selects columns as JSON values: ISO 8601 texts for dates and times, texts for what JSON numbers
// cannot hold exactly.
func jsonColumns(columns []insights.Column) string {
	list := make([]string, len(columns))
	for i, c := range columns {
		name := engine.QuoteIdent(c.Name)
		switch c.Type {
		case insights.DateTime:
			list[i] = fmt.Sprintf("strftime(%s, '%%Y-%%m-%%dT%%H:%%M:%%SZ') AS %s", name, name)
		case insights.Date, insights.Time, insights.Decimal, insights.GUID, insights.JSON:
			list[i] = fmt.Sprintf("CAST(%s AS VARCHAR) AS %s", name, name)
		case insights.String, insights.Int64, insights.Double, insights.Boolean:
			list[i] = name
		default:
			list[i] = name
		}
	}
	return strings.Join(list, ", ")
}
