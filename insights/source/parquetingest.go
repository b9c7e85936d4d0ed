package source

import (
	"context"
	"fmt"
	"strings"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/engine"
)

// Tables of the session for rows that do not fit.
const corruptStage, repeatedStage = "source_corrupt", "source_repeated"

// ingestParquet lets the engine find the rows that do not fit, by their place, and writes the others.
func (r *Reader) ingestParquet(ctx context.Context, q Request, in input) (insights.TaskResult, error) {
	var none insights.TaskResult
	fingerprint, err := in.fingerprint()
	if err != nil {
		return none, err
	}
	t, err := r.openParquet(ctx, q.Session, in)
	if err != nil {
		return none, err
	}
	defer t.close()
	if err := t.chooseKey(ctx); err != nil {
		return none, err
	}
	rows, err := t.number(ctx, "SELECT coalesce(sum(num_rows), 0)::BIGINT FROM parquet_file_metadata("+engine.QuoteTexts(t.paths)+")")
	if err != nil {
		return none, unreadable(in, err)
	}
	if rows == 0 {
		return none, errs.E(errs.Invalid, errs.Item(in.files[0].name), "the files have no rows", errs.Hint("export them again, or take the table out of the data source"))
	}
	corrupt, err := t.findCorrupt(ctx, rows)
	if err != nil {
		return none, err
	}
	l := loader{Request: q, fingerprint: fingerprint, key: t.key}
	columns, query := t.load(corrupt > 0)
	if err := l.publish(ctx, columns, query, rows-corrupt, "SELECT * EXCLUDE (path) FROM "+corruptStage, corrupt); err != nil {
		return none, err
	}
	var warnings []string
	if t.chosen {
		warnings = append(warnings, t.key+" was chosen as the primary key, as it is unique; declare primaryKey to fix it")
	}
	if corrupt > 0 {
		warnings = append(warnings, fmt.Sprintf("%d of %d rows do not fit and are in the corrupt rows", corrupt, rows))
	}
	return insights.TaskResult{RowsIn: rows, RowsOut: rows - corrupt, Corrupt: corrupt, Warnings: warnings}, nil
}

func (t *parquetTable) chooseKey(ctx context.Context) error {
	columns := t.plainColumns()
	if t.key == "" {
		rows, err := t.sample(ctx)
		if err != nil {
			return err
		}
		keys := suggestKeys(t.in.table.Name, columns, rows)
		if len(keys) == 0 {
			return noKey(t.in.table.Name)
		}
		t.key, t.chosen = keys[0], true
	}
	i := t.index(t.key)
	t.key = t.columns[i].Name
	return checkKeyType(columns[i])
}

func (t *parquetTable) number(ctx context.Context, query string) (n int64, err error) {
	rows, err := t.session.Query(ctx, query)
	if err != nil {
		return 0, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := rows.Scan(&n); err != nil {
			return 0, errs.E(errs.Internal, err)
		}
	}
	return n, rows.Err()
}

// findCorrupt fills the corrupt stage and returns how many rows are in it: first those whose values do not fit or
// whose key is missing, then those that repeat the key of a row that stays.
func (t *parquetTable) findCorrupt(ctx context.Context, rows int64) (int64, error) {
	place := "file_index AS file_index, " + engine.QuoteIdent(fileColumn) + " AS path, file_row_number + 1 AS line"
	source := "(SELECT *, list_position(" + engine.QuoteTexts(t.paths) + ", " + engine.QuoteIdent(fileColumn) + ") AS file_index FROM " + t.relation + ")"
	key, _ := t.columns[t.index(t.key)].expression()
	for _, query := range []string{
		"CREATE OR REPLACE TABLE " + corruptStage + ` ("File" VARCHAR, "Line" BIGINT, "Column" VARCHAR, "Value" VARCHAR, "Reason" VARCHAR, "Record" VARCHAR, path VARCHAR)`,
		"INSERT INTO " + corruptStage + " SELECT " + t.fileName("path") + ", line, bad.name, bad.value, bad.reason, record, path FROM (SELECT " + place + ", " +
			t.firstMisfit() + " AS bad, " + t.record() + " AS record FROM " + source + ") WHERE bad IS NOT NULL",
	} {
		if err := t.session.Exec(ctx, query); err != nil {
			return 0, err
		}
	}
	misfits, err := t.number(ctx, "SELECT count(*) FROM "+corruptStage)
	if err != nil {
		return 0, err
	}
	sound := source
	if misfits > 0 {
		sound = "(SELECT * FROM " + source + " WHERE " + t.notCorrupt() + ")"
	}
	// Only rows with a key that occurs twice are numbered, as they are few.
	query := "CREATE OR REPLACE TABLE " + repeatedStage + " AS SELECT * FROM (SELECT " + place + ", " + key + " AS k, " + t.record() + " AS record, " +
		"row_number() OVER (PARTITION BY " + key + " ORDER BY file_index, file_row_number) AS nth, " +
		"first_value(" + engine.QuoteIdent(fileColumn) + ") OVER (PARTITION BY " + key + " ORDER BY file_index, file_row_number) AS first_path, " +
		"first_value(file_row_number + 1) OVER (PARTITION BY " + key + " ORDER BY file_index, file_row_number) AS first_line FROM " + sound +
		" WHERE " + key + " IN (SELECT " + key + " FROM " + sound + " GROUP BY 1 HAVING count(*) > 1)) WHERE nth > 1"
	if err := t.session.Exec(ctx, query); err != nil {
		return 0, err
	}
	err = t.session.Exec(ctx, "INSERT INTO "+corruptStage+" SELECT "+t.fileName("path")+", line, "+engine.QuoteText(t.key)+", CAST(k AS VARCHAR), "+
		"'the primary key is repeated; it stands first in ' || "+t.fileName("first_path")+" || ', row ' || first_line, record, path FROM "+repeatedStage)
	if err != nil {
		return 0, err
	}
	return t.judgeKey(ctx, rows)
}

// judgeKey refuses a key that costs too many rows.
func (t *parquetTable) judgeKey(ctx context.Context, rows int64) (int64, error) {
	corrupt, err := t.number(ctx, "SELECT count(*) FROM "+corruptStage)
	if err != nil {
		return 0, err
	}
	lost, err := t.number(ctx, "SELECT count(*) FROM "+corruptStage+` WHERE "Column" = `+engine.QuoteText(t.key)+` AND contains("Reason", 'primary key')`)
	if err != nil {
		return 0, err
	}
	if lost*keyLimit > rows {
		return 0, errs.E(errs.Invalid, errs.Item(t.key), fmt.Sprintf("the column is no primary key: %d of %d rows have no value or repeat one", lost, rows),
			errs.Hint("choose a column that is filled and unique"))
	}
	if corrupt == rows {
		return 0, errs.E(errs.Invalid, fmt.Sprintf("none of %d rows fits the declared types", rows), errs.Hint("check the declared types"))
	}
	return corrupt, nil
}

// firstMisfit yields a struct that names the first value of a row that does not fit, or NULL.
func (t *parquetTable) firstMisfit() string {
	var b strings.Builder
	b.WriteString("CASE")
	when := func(condition, name, value, reason string) {
		fmt.Fprintf(&b, " WHEN %s THEN {'name': %s, 'value': %s, 'reason': %s}", condition, engine.QuoteText(name), value, engine.QuoteText(reason))
	}
	for i, c := range t.columns {
		if _, misfit := c.expression(); misfit != "" {
			k := t.plainColumns()[i].kind
			when(misfit, c.Name, "CAST("+engine.QuoteIdent(c.Name)+" AS VARCHAR)", c.Name+" is not "+k.describe())
		}
	}
	key, _ := t.columns[t.index(t.key)].expression()
	missing := "(" + key + ") IS NULL"
	if t.columns[t.index(t.key)].stored == "VARCHAR" {
		missing += " OR trim(" + engine.QuoteIdent(t.key) + ") = ''"
	}
	when(missing, t.key, "CAST(NULL AS VARCHAR)", t.key+" is missing, and is the primary key")
	b.WriteString(" END")
	return b.String()
}

// record yields a row as JSON.
func (t *parquetTable) record() string {
	list := make([]string, len(t.columns))
	for i, c := range t.columns {
		list[i] = engine.QuoteText(c.Name) + ": " + engine.QuoteIdent(c.Name)
	}
	return "CAST(to_json({" + strings.Join(list, ", ") + "}) AS VARCHAR)"
}

// fileName yields the name by which people know a file.
func (t *parquetTable) fileName(path string) string {
	if len(t.paths) == 1 {
		return engine.QuoteText(t.in.files[0].name)
	}
	var b strings.Builder
	b.WriteString("CASE " + path)
	for i, p := range t.paths {
		b.WriteString(" WHEN " + engine.QuoteText(p) + " THEN " + engine.QuoteText(t.in.files[i].name))
	}
	b.WriteString(" END")
	return b.String()
}

func (t *parquetTable) notCorrupt() string {
	return "NOT EXISTS (SELECT 1 FROM " + corruptStage + " AS c WHERE c.path = " + engine.QuoteIdent(fileColumn) + ` AND c."Line" = file_row_number + 1)`
}

// load returns the table's columns and the query for the rows that fit.
func (t *parquetTable) load(someCorrupt bool) ([]insights.Column, string) {
	columns, list := make([]insights.Column, len(t.columns)), make([]string, len(t.columns))
	for i, c := range t.columns {
		value, _ := c.expression()
		columns[i] = c.Column
		list[i] = value + " AS " + engine.QuoteIdent(c.Name)
	}
	query := "SELECT " + strings.Join(list, ", ") + " FROM " + t.relation
	if someCorrupt {
		query += " WHERE " + t.notCorrupt()
	}
	return columns, query
}
