package source

import (
	"context"
	"encoding/json"
	"strconv"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/engine"
	"github.com/ownlake/ownlake/insights/unify"
)

// Inspect looks at a table's files without ingesting them: format, columns with types, formats and what they seem to
// mean, candidates for the primary key, and the first rows. What it finds is what Ingest starts from. The session is
// used for Parquet files only.
func (r *Reader) Inspect(ctx context.Context, s engine.Session, ds insights.DataSource, t insights.SourceTable) (insights.TableInspection, error) {
	found, err := r.inspect(ctx, s, ds, t)
	if err != nil {
		return insights.TableInspection{}, errs.E(errs.Op("source.Inspect"), tableItem(ds, t), err)
	}
	found.Source, found.Table = ds.Name, t.Name
	return found, nil
}

func (r *Reader) inspect(ctx context.Context, s engine.Session, ds insights.DataSource, t insights.SourceTable) (insights.TableInspection, error) {
	var found insights.TableInspection
	in, err := r.input(ctx, ds, t)
	if err != nil {
		return found, err
	}
	if found.Format, err = in.format(ctx); err != nil {
		return found, err
	}
	for _, f := range in.files {
		found.Files = append(found.Files, insights.InspectedFile{Name: f.name, Bytes: f.size})
	}
	if found.Format == insights.Parquet {
		err = r.inspectParquet(ctx, s, in, &found)
	} else {
		err = r.inspectCSV(ctx, in, &found)
	}
	return found, err
}

// shownRows is how many rows an inspection shows, and suggestRows how many it judges meaning by.
const shownRows, suggestRows = 10, 300

func (r *Reader) inspectCSV(ctx context.Context, in input, found *insights.TableInspection) error {
	p, err := makePlan(ctx, in, r.o.Clock())
	if err != nil {
		return err
	}
	found.CSV = p.options()
	found.PrimaryKeys = suggestKeys(p.table.Name, p.columns, p.rows)
	found.Warnings = p.warnings
	if len(p.rows) == 0 {
		found.Warnings = append(found.Warnings, p.noRows().Error())
	}
	for _, c := range p.columns {
		shown := insights.InspectedColumn{Note: c.note, Column: insights.Column{
			Name: c.name, Type: c.kind.of, SemanticType: c.semantic, Precision: c.kind.precision, Scale: c.kind.scale,
		}}
		if c.kind.date != nil {
			shown.Format = c.kind.date.pattern
		}
		found.Columns = append(found.Columns, shown)
	}
	for _, row := range p.rows[:min(shownRows, len(p.rows))] {
		values := make([]any, len(row))
		for i, v := range row {
			values[i] = p.columns[i].kind.show(v)
		}
		found.Sample = append(found.Sample, values)
	}
	suggestMeanings(found, p.rows)
	return nil
}

// options are the CSV options as found.
func (p *plan) options() insights.CSVOptions {
	o := p.table.CSV
	o.Delimiter, o.Encoding, o.Header = string(rune(p.dialect.delimiter)), string(p.encoding), &p.header
	if o.Quote = ""; p.dialect.quote != 0 {
		o.Quote = string(rune(p.dialect.quote))
	}
	return o
}

// show makes a JSON value of a field: as it will be read, or as it stands if it does not fit.
func (k kind) show(raw []byte) any {
	out, ok := k.read(nil, raw)
	switch {
	case !ok:
		return string(raw)
	case len(out) == 0:
		return nil
	}
	switch k.of {
	case insights.Int64:
		return json.Number(out)
	case insights.Double:
		if f, err := strconv.ParseFloat(string(out), 64); err == nil {
			return f
		}
	case insights.Boolean:
		return string(out) == "true"
	default:
	}
	return string(out)
}

// suggestMeanings adds semantic types where none is declared.
func suggestMeanings(found *insights.TableInspection, rows [][][]byte) {
	snapshot := insights.Snapshot{Table: found.Table}
	at := map[string]int{}
	for i, c := range found.Columns {
		snapshot.Columns = append(snapshot.Columns, c.Column)
		at[c.Name] = i
	}
	if len(found.PrimaryKeys) > 0 {
		snapshot.PrimaryKey = found.PrimaryKeys[0]
	}
	sample := func(column string) []string {
		if found.Columns[at[column]].Note != "" {
			return nil // what is not what it seems would mislead: dates that stay text look like phone numbers
		}
		var values []string
		for _, row := range rows[:min(suggestRows, len(rows))] {
			values = append(values, string(row[at[column]]))
		}
		return values
	}
	for _, f := range unify.Suggest(snapshot, sample) {
		found.Columns[at[f.Column]].SemanticType = f.SemanticType
	}
}
