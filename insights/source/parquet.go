package source

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/engine"
	"github.com/ownlake/ownlake/lake"
)

// parquetTable is a table of Parquet files as the engine sees them: a relation with their columns and the place of each
// row.
type parquetTable struct {
	in       input
	session  engine.Session
	paths    []string
	columns  []parquetColumn
	key      string
	chosen   bool
	relation string
	releases []func()
}

// parquetColumn is a column with the engine's type of what the files hold.
type parquetColumn struct {
	insights.Column
	stored string
}

// fileColumn is where a row's file is told. The number of the row is in the engine's file_row_number.
const fileColumn = "ownlake file"

// openParquet makes the files readable by the engine and reads their schema. The caller closes the table.
func (r *Reader) openParquet(ctx context.Context, s engine.Session, in input) (*parquetTable, error) {
	t := &parquetTable{in: in, session: s}
	err := t.open(ctx)
	if err != nil {
		t.close()
		return nil, err
	}
	return t, nil
}

func (t *parquetTable) open(ctx context.Context) error {
	for i, f := range t.in.files {
		if err := checkParquet(ctx, f); err != nil {
			return err
		}
		p, release, err := f.localCopy(ctx, filepath.Join(t.session.TempDir(), fmt.Sprintf("source-%d.parquet", i)))
		if err != nil {
			return err
		}
		t.releases = append(t.releases, release)
		t.paths = append(t.paths, p)
	}
	t.relation = "read_parquet(" + engine.QuoteTexts(t.paths) + ", union_by_name=true, hive_partitioning=false, filename=" +
		engine.QuoteText(fileColumn) + ", file_row_number=true)"
	if err := t.describe(ctx); err != nil {
		return unreadable(t.in, err)
	}
	return t.declare()
}

// close lets go of the files.
func (t *parquetTable) close() {
	for _, release := range t.releases {
		release()
	}
}

// unreadable says that the engine cannot read what claims to be Parquet.
func unreadable(in input, err error) error {
	if errs.Is(err, errs.Internal) {
		return errs.E(errs.Invalid, errs.Item(in.files[0].name), errs.Hint("see whether the files are whole Parquet files with the same columns"), err)
	}
	return err
}

// checkParquet looks for the marks at both ends of a Parquet file.
func checkParquet(ctx context.Context, f file) error {
	head, err := f.head(ctx, 4)
	if err != nil {
		return err
	}
	tail, err := f.piece(ctx, max(0, f.size-4), 4)
	if err != nil {
		return err
	}
	switch {
	case f.size == 0:
		return errs.E(errs.Invalid, errs.Item(f.name), "the file is empty")
	case string(head) == "PARE" || string(tail) == "PARE":
		return errs.E(errs.Invalid, errs.Item(f.name), "the Parquet file is encrypted", errs.Hint("write it without encryption"))
	case string(head) != "PAR1":
		return errs.E(errs.Invalid, errs.Item(f.name), "the file is not Parquet", errs.Hint("declare format: csv if it is text"))
	case string(tail) != "PAR1" || f.size < 12:
		return errs.E(errs.Invalid, errs.Item(f.name), "the Parquet file is cut off", errs.Hint("copy or export it again"))
	}
	return nil
}

// localCopy returns a local path of the file: its own, the lake's, or a copy.
func (f file) localCopy(ctx context.Context, to string) (p string, release func(), err error) {
	if f.local != "" {
		return f.local, func() {}, nil
	}
	if l, ok := f.store.(lake.LocalFiles); ok {
		p, release, err := l.LocalFile(ctx, f.filesystem, f.path)
		if err == nil {
			return p, release, nil
		}
	}
	r, err := f.open(ctx, 0, 0)
	if err != nil {
		return "", nil, err
	}
	defer func() { _ = r.Close() }()
	w, err := os.Create(to) //nolint:gosec // below the session's own folder
	if err != nil {
		return "", nil, stagingError(err)
	}
	_, err = io.Copy(w, r)
	if err = errors.Join(err, w.Close()); err != nil {
		return "", nil, errs.E(errs.Item(f.name), stagingError(err))
	}
	return to, func() { _ = os.Remove(to) }, nil
}

func (t *parquetTable) describe(ctx context.Context) error {
	rows, err := t.session.Query(ctx, "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM "+t.relation+")")
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var c parquetColumn
		if err := rows.Scan(&c.Name, &c.stored); err != nil {
			return errs.E(errs.Internal, err)
		}
		if c.Name != fileColumn && c.Name != "file_row_number" {
			t.columns = append(t.columns, c)
		}
	}
	return rows.Err()
}

// declare takes over what the definition says of the columns.
func (t *parquetTable) declare() error {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = c.Name
	}
	for _, list := range [][]insights.Column{t.in.columns, t.in.table.Columns} {
		for _, d := range list {
			i := 0
			for i < len(names) && !sameName(names[i], d.Name) {
				i++
			}
			if i == len(names) {
				return unknownColumn(d.Name, names)
			}
			if d.Format != "" && t.columns[i].stored == "VARCHAR" {
				return errs.E(errs.Invalid, errs.Item(d.Name), "formats of dates are for CSV; in Parquet a date is a date",
					errs.Hint("leave the format out and declare the column as string"))
			}
			d.Name, d.Format = names[i], ""
			t.columns[i].Column = d
		}
	}
	if t.key = t.in.table.PrimaryKey; t.key != "" && t.index(t.key) < 0 {
		return unknownColumn(t.key, names)
	}
	return nil
}

func (t *parquetTable) index(name string) int {
	for i, c := range t.columns {
		if sameName(c.Name, name) {
			return i
		}
	}
	return -1
}

// expression yields the column's value in its type, and a condition under which the value does not fit, "" if every
// one does.
func (c parquetColumn) expression() (value, misfit string) {
	x := engine.QuoteIdent(c.Name)
	k := kind{of: c.Type, precision: c.Precision, scale: c.Scale}
	if k.of == insights.Decimal && k.precision == 0 {
		k.precision, k.scale = 38, 18
	}
	target := k.sqlType()
	switch {
	case c.Type == "" && (c.stored == "UBIGINT" || c.stored == "HUGEINT" || c.stored == "UHUGEINT"):
		target = "BIGINT"
	case c.Type == "" || target == c.stored || target == "VARCHAR":
		return x, ""
	}
	value = "try_cast(" + x + " AS " + target + ")"
	return value, x + " IS NOT NULL AND " + value + " IS NULL"
}

// inspectParquet describes the columns and shows the first rows.
func (r *Reader) inspectParquet(ctx context.Context, s engine.Session, in input, found *insights.TableInspection) error {
	t, err := r.openParquet(ctx, s, in)
	if err != nil {
		return err
	}
	defer t.close()
	rows, err := t.sample(ctx)
	if err != nil {
		return err
	}
	columns := t.plainColumns()
	found.PrimaryKeys = suggestKeys(in.table.Name, columns, rows)
	for i, c := range t.columns {
		c.Type = columns[i].kind.of
		found.Columns = append(found.Columns, insights.InspectedColumn{Column: c.Column})
	}
	for _, row := range rows[:min(shownRows, len(rows))] {
		values := make([]any, len(row))
		for i, v := range row {
			values[i] = columns[i].kind.show(v)
		}
		found.Sample = append(found.Sample, values)
	}
	suggestMeanings(found, rows)
	return nil
}

// plainColumns are the columns with the types that the table will have.
func (t *parquetTable) plainColumns() []column {
	list := make([]column, len(t.columns))
	for i, c := range t.columns {
		list[i] = column{name: c.Name, kind: kind{of: c.Type, precision: c.Precision, scale: c.Scale}}
		if c.Type == "" {
			list[i].kind.of = storedType(c.stored)
		}
	}
	return list
}

// storedType is the column type for what the files hold.
func storedType(stored string) insights.DataType {
	switch base, _, _ := strings.Cut(stored, "("); {
	case strings.HasSuffix(base, "INT") || base == "INTEGER" || base == "UINTEGER":
		return insights.Int64
	case base == "FLOAT" || base == "DOUBLE":
		return insights.Double
	case base == "DECIMAL" && !strings.HasSuffix(stored, "]"):
		return insights.Decimal
	case base == "BOOLEAN":
		return insights.Boolean
	case base == "DATE":
		return insights.Date
	case base == "TIME":
		return insights.Time
	case base == "UUID":
		return insights.GUID
	case strings.HasPrefix(base, "TIMESTAMP"):
		return insights.DateTime
	case base == "STRUCT" || base == "MAP" || strings.HasSuffix(stored, "]") || base == "JSON":
		return insights.JSON
	}
	return insights.String
}

// sample reads the first rows as text.
func (t *parquetTable) sample(ctx context.Context) ([][][]byte, error) {
	list := make([]string, len(t.columns))
	for i, c := range t.columns {
		list[i] = "CAST(" + engine.QuoteIdent(c.Name) + " AS VARCHAR)"
	}
	rows, err := t.session.Query(ctx, fmt.Sprintf("SELECT %s FROM %s LIMIT %d", strings.Join(list, ", "), t.relation, sampledRows))
	if err != nil {
		return nil, unreadable(t.in, err)
	}
	defer func() { _ = rows.Close() }()
	var out [][][]byte
	texts, into := make([]sql.NullString, len(list)), make([]any, len(list))
	for i := range texts {
		into[i] = &texts[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return nil, errs.E(errs.Internal, err)
		}
		row := make([][]byte, len(list))
		for i, v := range texts {
			if v.Valid {
				row[i] = []byte(v.String)
			}
		}
		out = append(out, row)
	}
	return out, rows.Err()
}
