package table

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/engine"
	"github.com/ownlake/ownlake/lake"
)

const (
	// defaultPartBytes is where a table's next file begins. Readers are advised to take files below 1 GB
	// (lake-layout, section 1); the engine checks after each row group or buffer, so files come out a little larger.
	defaultPartBytes = 512 << 20
	// rowGroupRows is a row group: small enough to be built in memory, large enough to compress and to skip.
	rowGroupRows = 122_880
	// progressEvery is how often the engine is asked how far it is.
	progressEvery = 250 * time.Millisecond
)

// writer writes one table's files.
type writer struct {
	commit   *Commit
	session  engine.Session
	table    string
	format   insights.DataFormat
	progress insights.ProgressFunc
}

// localPart is a file in the staging folder.
type localPart struct {
	path  string
	rows  int64
	bytes int64
}

func (w *writer) write(ctx context.Context, query string) ([]insights.Partition, error) {
	dir, err := w.commit.folder.stage.writeDir()
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	stop := w.watch(ctx)
	parts, err := w.copyOut(ctx, query, filepath.Join(dir, "parts"))
	stop()
	if err != nil {
		return nil, err
	}
	return w.store(ctx, parts)
}

// watch tells the engine's progress until stop is called.
func (w *writer) watch(ctx context.Context) (stop func()) {
	if w.progress == nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(progressEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				if share := w.session.Progress(); share >= 0 {
					w.progress(insights.Progress{Step: "writing " + w.table, Done: int64(share), Total: 100, Unit: "%"})
				}
			}
		}
	}()
	return func() { cancel(); <-done }
}

// copyOut runs the query into files of a folder. Row counts are those of what was written.
func (w *writer) copyOut(ctx context.Context, query, dir string) ([]localPart, error) {
	options := fmt.Sprintf("FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE %d, RETURN_STATS true", rowGroupRows)
	if w.format == insights.CSV {
		options = "FORMAT csv, RETURN_FILES true, " + csvWriteOptions
	}
	rows, err := w.session.Query(ctx, fmt.Sprintf("COPY (%s) TO %s (%s, FILE_SIZE_BYTES %d, FILENAME_PATTERN 'part_{i}')",
		query, engine.QuoteText(dir), options, w.commit.folder.partBytes))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	if w.format == insights.CSV {
		return csvParts(rows)
	}
	return parquetParts(rows)
}

// parquetParts reads the result of COPY with RETURN_STATS: a row per file, of which the first columns are name,
// rows and bytes.
func parquetParts(rows *sql.Rows) ([]localPart, error) {
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var parts []localPart
	for rows.Next() {
		var p localPart
		values := []any{&p.path, &p.rows, &p.bytes}
		for range len(columns) - len(values) {
			values = append(values, new(any))
		}
		if err := rows.Scan(values...); err != nil {
			return nil, errs.E(errs.Internal, err)
		}
		parts = append(parts, p)
	}
	return parts, rows.Err()
}

// csvParts reads the result of COPY with RETURN_FILES, one row with the count of rows and the files, and counts
// the rows of each file. A row is a line, as values have no line breaks.
func csvParts(rows *sql.Rows) ([]localPart, error) {
	var total, counted int64
	var files any
	for rows.Next() {
		if err := rows.Scan(&total, &files); err != nil {
			return nil, errs.E(errs.Internal, err)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	var parts []localPart
	list, _ := files.([]any)
	for _, file := range list {
		p := localPart{path: fmt.Sprint(file)}
		var err error
		if p.rows, p.bytes, err = countLines(p.path); err != nil {
			return nil, err
		}
		counted += p.rows
		parts = append(parts, p)
	}
	if counted != total {
		return nil, errs.E(errs.Internal, fmt.Sprintf("the engine wrote %d rows, but its files hold %d lines", total, counted))
	}
	return parts, nil
}

func countLines(path string) (lines, size int64, err error) {
	file, err := os.Open(path) //nolint:gosec // G304: a file that the engine has just written to our folder
	if err != nil {
		return 0, 0, localError(path, err)
	}
	defer func() { _ = file.Close() }()
	buf := make([]byte, 1<<20)
	for {
		n, err := file.Read(buf)
		lines += int64(bytes.Count(buf[:n], []byte{'\n'}))
		size += int64(n)
		if errors.Is(err, io.EOF) {
			return lines, size, nil
		}
		if err != nil {
			return 0, 0, localError(path, err)
		}
	}
}

// store brings the files into the lake.
func (w *writer) store(ctx context.Context, parts []localPart) ([]insights.Partition, error) {
	var total, done int64
	for _, p := range parts {
		total += p.bytes
	}
	n := 0
	list := make([]insights.Partition, 0, len(parts))
	for i, p := range parts {
		path, next, err := w.storePart(ctx, p, n, func(bytes int64) { w.stored(done+bytes, total) })
		if err != nil {
			return nil, err
		}
		n, done = next, done+p.bytes
		list = append(list, insights.Partition{
			Name: fmt.Sprintf("%s_%d", partitionPrefix(w.table), i+1), Path: string(path), Rows: p.rows, Bytes: p.bytes,
		})
	}
	return list, nil
}

// partitionPrefix leaves room for a number in a partition's name, which has 256 characters at most.
func partitionPrefix(table string) string {
	const longest = 240
	if r := []rune(table); len(r) > longest {
		return string(r[:longest])
	}
	return table
}

func (w *writer) stored(done, total int64) {
	if w.progress != nil {
		w.progress(insights.Progress{Step: "storing " + w.table, Done: done, Total: total, Unit: "bytes"})
	}
}

// storePart puts a file under the first free number from n on, and returns the number after it. Numbers are taken if
// the same run wrote the table before, when a task is tried again.
func (w *writer) storePart(ctx context.Context, p localPart, n int, progress func(int64)) (path lake.Path, next int, err error) {
	c := w.commit
	for {
		path = c.folder.tableDir(c.process, w.table).Join(c.partName(n, w.format))
		n++
		if err = w.put(ctx, path, p, progress); !errs.Is(err, errs.Exists) {
			c.note(path) // also after an error: the file may be there all the same
			return path, n, err
		}
	}
}

func (w *writer) put(ctx context.Context, path lake.Path, p localPart, progress func(int64)) error {
	f := w.commit.folder
	o := lake.PutBlobOptions{
		Headers:    lake.ContentHeaders{ContentType: contentType(w.format)},
		Conditions: lake.Conditions{IfNoneMatch: lake.AnyETag},
	}
	if l, ok := f.store.(lake.LocalFiles); ok {
		_, err := l.AdoptFile(ctx, insights.Container, path, p.path, o)
		return err
	}
	file, err := os.Open(p.path)
	if err != nil {
		return localError(p.path, err)
	}
	_, err = f.store.PutBlob(ctx, insights.Container, path, &countingReader{r: file, tell: progress}, o)
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	return f.stage.keep(p.path, string(path)) // the next process will want it
}

func contentType(format insights.DataFormat) string {
	if format == insights.CSV {
		return "text/csv; charset=utf-8"
	}
	return "application/vnd.apache.parquet"
}

// countingReader tells how much was read.
type countingReader struct {
	r    io.Reader
	n    int64
	tell func(int64)
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	c.tell(c.n)
	return n, err
}
