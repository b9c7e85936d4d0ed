package source

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"log/slog"
	"time"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/engine"
	"github.com/ownlake/ownlake/insights/table"
)

// version changes when the same files and definition would give another table.
const version = 1

// Options are what a reader needs.
type Options struct {
	Lakes  Lakes            // nil: only local files can be read
	Clock  func() time.Time // places two-digit years
	Logger *slog.Logger     // nil discards
}

// Reader reads data sources. It is safe for concurrent use.
type Reader struct{ o Options }

// NewReader returns a reader.
func NewReader(o Options) *Reader {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Reader{o}
}

// Request asks to ingest one table.
type Request struct {
	Session  engine.Session
	Folder   *table.Folder
	Run      insights.RunID
	Source   insights.DataSource
	Table    insights.SourceTable
	Progress insights.ProgressFunc // nil: nobody listens
}

// Tables returns the tables of a data source: those it lists, or those of its CDM folder, completed by what the
// folder's model.json says of them.
func (r *Reader) Tables(ctx context.Context, ds insights.DataSource) ([]insights.SourceTable, error) {
	if ds.Folder == "" {
		return ds.Tables, nil
	}
	m, err := r.readModel(ctx, ds.Folder)
	if err != nil {
		return nil, errs.E(errs.Op("source.Tables"), errs.Item(ds.Name), err)
	}
	return m.tables(ds)
}

// Fingerprint is a hash of a table's definition and of its files' names, sizes and versions: what is ingested is the
// same as long as it is the same.
func (r *Reader) Fingerprint(ctx context.Context, ds insights.DataSource, t insights.SourceTable) (string, error) {
	in, err := r.input(ctx, ds, t)
	if err != nil {
		return "", errs.E(errs.Op("source.Fingerprint"), tableItem(ds, t), err)
	}
	return in.fingerprint()
}

// Ingest reads a table's files and publishes the tables "<DataSource>_<Table>" and "<DataSource>_<Table>_corrupt"
// in one step. A session serves one call at a time. Files that cannot be read as the definition says are Invalid, with file, line and what to do;
// then nothing changes.
func (r *Reader) Ingest(ctx context.Context, q Request) (insights.TaskResult, error) {
	const op errs.Op = "source.Ingest"
	if q.Progress == nil {
		q.Progress = func(insights.Progress) {}
	}
	in, err := r.input(ctx, q.Source, q.Table)
	if err != nil {
		return insights.TaskResult{}, errs.E(op, tableItem(q.Source, q.Table), err)
	}
	format, err := in.format(ctx)
	if err != nil {
		return insights.TaskResult{}, errs.E(op, tableItem(q.Source, q.Table), err)
	}
	ingest := r.ingestCSV
	if format == insights.Parquet {
		ingest = r.ingestParquet
	}
	result, err := ingest(ctx, q, in)
	if err != nil {
		return insights.TaskResult{}, errs.E(op, tableItem(q.Source, q.Table), err)
	}
	return result, nil
}

func tableItem(ds insights.DataSource, t insights.SourceTable) errs.Item {
	return errs.Item(insights.IngestedTable(ds.Name, t.Name))
}

// input finds a table's files and what a model says of them.
func (r *Reader) input(ctx context.Context, ds insights.DataSource, t insights.SourceTable) (input, error) {
	if ds.Folder != "" && t.Location == "" {
		m, err := r.readModel(ctx, ds.Folder)
		if err != nil {
			return input{}, err
		}
		return m.input(ctx, r, t)
	}
	endings := dataEndings
	switch t.Format {
	case insights.Parquet:
		endings = []string{".parquet"}
	case insights.CSV:
		endings = []string{".csv", ".tsv", ".txt"}
	}
	files, err := r.list(ctx, t.Location, endings)
	return input{table: t, files: files, quoting: true}, err
}

// format is that of all files, as declared, by their endings or by the first one's first bytes.
func (in input) format(ctx context.Context) (insights.DataFormat, error) {
	head, err := in.files[0].head(ctx, 4)
	if err != nil {
		return "", err
	}
	format := formatOf(in.table.Format, in.files[0].name, head)
	for _, f := range in.files[1:] {
		if in.table.Format == "" && formatOf("", f.name, nil) != format {
			return "", errs.E(errs.Invalid, errs.Item(f.name), "the folder holds CSV and Parquet files",
				errs.Hint("declare format: csv or format: parquet, or name a glob such as *.csv"))
		}
	}
	return format, nil
}

func (in input) fingerprint() (string, error) {
	type seen struct {
		Name, Version string
		Size          int64
	}
	files := make([]seen, len(in.files))
	for i, f := range in.files {
		files[i] = seen{f.name, f.version, f.size}
	}
	text, err := json.Marshal([]any{version, in.table, in.columns, in.quoting, files})
	if err != nil {
		return "", errs.E(errs.Internal, err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

func (in input) size() (n int64) {
	for _, f := range in.files {
		n += f.size
	}
	return n
}
