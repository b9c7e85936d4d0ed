package match

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights/engine"
)

// ReadFile reads a CSV or Parquet file, which its ending tells apart. session is asked for only to read Parquet, which
// the engine writes as CSV to its own folder first. Errors are NotFound, Unavailable, and Invalid for content that is
// no table.
func ReadFile(ctx context.Context, path string, session func() (engine.Session, error)) (t *Table, ragged int, err error) {
	const op errs.Op = "match.ReadFile"
	name := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	if err := checkFile(path); err != nil {
		return nil, 0, errs.E(op, errs.Item(path), err)
	}
	if strings.EqualFold(filepath.Ext(path), ".parquet") {
		t, err := readParquet(ctx, name, path, session)
		if err != nil {
			return nil, 0, errs.E(op, errs.Item(path), err)
		}
		return t, 0, nil
	}
	t, ragged, err = readCSVFile(ctx, name, path)
	if err != nil {
		return nil, 0, errs.E(op, err)
	}
	return t, ragged, nil
}

func readCSVFile(ctx context.Context, name, path string) (t *Table, ragged int, err error) {
	f, err := os.Open(path) //nolint:gosec // the user names the file, or it is in the engine's own folder
	if err != nil {
		return nil, 0, errs.E(errs.Unavailable, errs.Item(path), err)
	}
	defer func() { _ = f.Close() }() // it only read
	size := int64(0)
	if info, err := f.Stat(); err == nil {
		size = info.Size()
	}
	return readCSV(ctx, name, f, size)
}

func checkFile(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return errs.E(errs.NotFound, errs.Hint("check the path"), "no such file")
	case err != nil:
		return errs.E(errs.Unavailable, err)
	case info.IsDir():
		return errs.E(errs.Invalid, errs.Hint("name the files in it"), "this is a folder")
	}
	return nil
}

func readParquet(ctx context.Context, name, path string, open func() (engine.Session, error)) (*Table, error) {
	session, err := open()
	if err != nil {
		return nil, err
	}
	defer func() { _ = session.Close() }() // it only read
	t, err := ReadQuery(ctx, session, name, "SELECT * FROM read_parquet("+engine.QuoteText(path)+")")
	if err != nil && !errs.Is(err, errs.Canceled) && !errs.Is(err, errs.Unavailable) {
		return nil, errs.E(errs.Invalid, "the file is not readable as Parquet", errs.Hint("check that it is complete"), err)
	}
	return t, err
}

// ReadQuery reads the rows of a query, in its order. The engine writes them as CSV to the session's folder first, which
// is the fastest way out of it. The query needs a column that is never empty if it has but one.
func ReadQuery(ctx context.Context, session engine.Session, name, query string) (*Table, error) {
	staged := filepath.Join(session.TempDir(), "match.csv")
	if err := session.Exec(ctx, "COPY ("+query+") TO "+engine.QuoteText(staged)+" (FORMAT csv, HEADER true, DELIMITER ',')"); err != nil {
		return nil, err
	}
	t, _, err := readCSVFile(ctx, name, staged)
	return t, errors.Join(err, os.Remove(staged))
}

// KeyColumn finds the column that identifies records: the first, of those whose header says so and then of all, that
// has a different value in each. ok is false if there is none.
func (t *Table) KeyColumn() (c *Column, ok bool) {
	unique := func(c Column) bool { return len(c.Values) == t.Rows+1 && t.Rows > 0 && c.distinct() == t.Rows }
	named := func(c Column) bool {
		words := headerWords(c.Name)
		return unique(c) && (slices.Contains(words, "id") || slices.Contains(words, "key") || isIDHeader(c.Name))
	}
	for _, test := range []func(Column) bool{named, unique} {
		if i := slices.IndexFunc(t.Columns, test); i >= 0 {
			return &t.Columns[i], true
		}
	}
	return nil, false
}
