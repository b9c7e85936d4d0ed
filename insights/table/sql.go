package table

import (
	"context"
	"fmt"
	"strings"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/engine"
)

// The largest decimal that every engine has, taken where nothing says how large the values are.
const maxPrecision, defaultScale = 38, 18

// resultColumn is a column of a query's result in the engine's own type.
type resultColumn struct{ name, sqlType string }

// describe asks the engine for the columns of a query without running it.
func describe(ctx context.Context, s engine.Session, query string) ([]resultColumn, error) {
	rows, err := s.Query(ctx, "SELECT column_name, column_type FROM (DESCRIBE "+query+"\n)")
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var list []resultColumn
	for rows.Next() {
		var c resultColumn
		if err := rows.Scan(&c.name, &c.sqlType); err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, rows.Err()
}

// resolve completes the columns that a caller asked for by what the query yields: all of them if he named none,
// and types where he gave none. It returns each column with the type it has in the query.
func resolve(asked []insights.Column, result []resultColumn) (columns []insights.Column, sqlTypes []string, err error) {
	byName := map[string]string{}
	for _, r := range result {
		byName[strings.ToLower(r.name)] = r.sqlType
		if asked == nil {
			columns = append(columns, insights.Column{Name: r.name})
		}
	}
	if err := sameName(result, func(r resultColumn) string { return r.name }); err != nil {
		return nil, nil, err
	}
	columns = append(columns, asked...)
	if err := sameName(columns, func(c insights.Column) string { return c.Name }); err != nil {
		return nil, nil, err
	}
	for i := range columns {
		c := &columns[i]
		sqlType, ok := byName[strings.ToLower(c.Name)]
		if !ok {
			return nil, nil, errs.E(errs.Internal, errs.Item(c.Name), "the query does not yield this column")
		}
		if err := complete(c, sqlType); err != nil {
			return nil, nil, err
		}
		sqlTypes = append(sqlTypes, sqlType)
	}
	if len(columns) == 0 {
		return nil, nil, errs.E(errs.Invalid, "a table needs at least one column")
	}
	return columns, sqlTypes, nil
}

// sameName refuses columns that differ in the case of letters only, which SQL engines take for one.
func sameName[T any](list []T, name func(T) string) error {
	seen := map[string]bool{}
	for _, x := range list {
		if folded := strings.ToLower(name(x)); !seen[folded] {
			seen[folded] = true
			continue
		}
		return errs.E(errs.Invalid, errs.Item(name(x)), "two columns have this name, apart from the case of its letters",
			errs.Hint("rename one of them"))
	}
	return nil
}

// complete gives a column the type, and a decimal the digits, that it has in the query.
func complete(c *insights.Column, sqlType string) error {
	if c.Type == "" {
		c.Type = typeOf(sqlType)
	}
	switch c.Type {
	case insights.String, insights.Int64, insights.Double, insights.Boolean, insights.Date, insights.Time,
		insights.DateTime, insights.GUID, insights.JSON:
		c.Precision, c.Scale = 0, 0
		return nil
	case insights.Decimal:
		if c.Precision == 0 {
			if _, err := fmt.Sscanf(sqlType, "DECIMAL(%d,%d)", &c.Precision, &c.Scale); err != nil {
				c.Precision, c.Scale = maxPrecision, defaultScale
			}
		}
		if c.Precision < 1 || c.Precision > maxPrecision || c.Scale < 0 || c.Scale > c.Precision {
			return errs.E(errs.Invalid, errs.Item(c.Name), fmt.Sprintf("decimal(%d,%d) is not a type", c.Precision, c.Scale),
				errs.Hint("use 1 to 38 digits, of which the scale may take all"))
		}
		return nil
	}
	return errs.E(errs.Invalid, errs.Item(c.Name), "a table cannot hold the type "+string(c.Type),
		errs.Hint("use one of string, int64, double, decimal, boolean, date, time, dateTime, guid, json"))
}

// typeOf is the column type for one of the engine's.
func typeOf(sqlType string) insights.DataType {
	switch base, _, _ := strings.Cut(sqlType, "("); base {
	case "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT":
		return insights.Int64
	case "FLOAT", "DOUBLE":
		return insights.Double
	case "DECIMAL":
		if strings.HasSuffix(sqlType, "]") {
			return insights.JSON
		}
		return insights.Decimal
	case "BOOLEAN":
		return insights.Boolean
	case "DATE":
		return insights.Date
	case "TIME":
		return insights.Time
	case "UUID":
		return insights.GUID
	case "JSON":
		return insights.JSON
	}
	switch {
	case strings.HasPrefix(sqlType, "STRUCT"), strings.HasPrefix(sqlType, "MAP"), strings.HasSuffix(sqlType, "]"):
		return insights.JSON
	case strings.HasPrefix(sqlType, "TIMESTAMP"):
		return insights.DateTime
	}
	return insights.String
}

// sqlType is the type in which the engine sees a column (Files.Relation).
func sqlType(c insights.Column) string {
	switch c.Type {
	case insights.Int64:
		return "BIGINT"
	case insights.Double:
		return "DOUBLE"
	case insights.Decimal:
		if c.Precision == 0 {
			return fmt.Sprintf("DECIMAL(%d,%d)", maxPrecision, defaultScale)
		}
		return fmt.Sprintf("DECIMAL(%d,%d)", c.Precision, c.Scale)
	case insights.Boolean:
		return "BOOLEAN"
	case insights.Date:
		return "DATE"
	case insights.Time:
		return "TIME"
	case insights.DateTime:
		return "TIMESTAMP"
	case insights.String, insights.GUID, insights.JSON:
	}
	return "VARCHAR"
}

// writeSelect wraps a query so that its result has the table's columns as files of the format hold them.
func writeSelect(query string, columns []insights.Column, sqlTypes []string, format insights.DataFormat) string {
	list := make([]string, len(columns))
	for i, c := range columns {
		x := "q." + engine.QuoteIdent(c.Name)
		if format == insights.CSV {
			x = csvText(x, c, sqlTypes[i])
		} else {
			x = parquetValue(x, c, sqlTypes[i])
		}
		list[i] = x + " AS " + engine.QuoteIdent(c.Name)
	}
	return "SELECT " + strings.Join(list, ", ") + " FROM (" + query + "\n) AS q"
}

func parquetValue(x string, c insights.Column, from string) string {
	switch c.Type {
	case insights.Date:
		return finiteDate(x)
	case insights.DateTime:
		// Of infinite times epoch_us yields null, as it should (package comment). The number of microseconds is the same in both types; casts would go through the time zone
		// library, at twice the price.
		return "make_timestamptz(epoch_us(" + timestamp(x, from) + "))"
	case insights.Time:
		return "CAST(CAST(" + x + " AS TIME) AS VARCHAR)"
	case insights.GUID:
		return "lower(CAST(" + x + " AS VARCHAR))"
	case insights.JSON:
		return jsonText(x, from)
	default:
		return "CAST(" + x + " AS " + sqlType(c) + ")"
	}
}

// finiteDate yields a DATE, null if it has no end.
func finiteDate(x string) string {
	d := "CAST(" + x + " AS DATE)"
	return "CASE WHEN isfinite(" + d + ") THEN " + d + " END"
}

// timestamp yields a TIMESTAMP in UTC, which is what a session's time zone is.
func timestamp(x, from string) string {
	if from == "TIMESTAMP" || from == "TIMESTAMP WITH TIME ZONE" {
		return x
	}
	return "CAST(" + x + " AS TIMESTAMP)"
}

func jsonText(x, from string) string {
	if typeOf(from) == insights.JSON && from != "JSON" {
		x = "to_json(" + x + ")"
	}
	return "CAST(" + x + " AS VARCHAR)"
}

func csvText(x string, c insights.Column, from string) string {
	switch c.Type {
	case insights.DateTime:
		t := "make_timestamp(epoch_us(" + timestamp(x, from) + "))"
		return "CASE WHEN epoch_us(" + t + ") % 1000000 = 0 THEN strftime(" + t + ", '%Y-%m-%dT%H:%M:%SZ')" +
			" ELSE strftime(" + t + ", '%Y-%m-%dT%H:%M:%S.%fZ') END"
	case insights.Double:
		// Java's spelling, which Spark and the SDKs read, of what is not a number.
		v := "CAST(" + x + " AS DOUBLE)"
		return "CASE WHEN isnan(" + v + ") THEN 'NaN' WHEN isinf(" + v + ") THEN CASE WHEN " + v + " > 0 THEN 'Infinity' ELSE '-Infinity' END" +
			" ELSE CAST(" + v + " AS VARCHAR) END"
	case insights.Date:
		return "CAST(" + finiteDate(x) + " AS VARCHAR)"
	case insights.GUID, insights.Time:
		return parquetValue(x, c, from)
	case insights.JSON:
		return oneLine(jsonText(x, from))
	case insights.String:
		return oneLine("CAST(" + x + " AS VARCHAR)")
	default:
		return "CAST(CAST(" + x + " AS " + sqlType(c) + ") AS VARCHAR)"
	}
}

// oneLine replaces line breaks by a blank. Most values have none, and the search costs little.
func oneLine(x string) string {
	return "CASE WHEN contains(" + x + ", chr(10)) OR contains(" + x + ", chr(13))" +
		` THEN regexp_replace(` + x + `, '[\r\n]+', ' ', 'g') ELSE ` + x + " END"
}

// The options under which DuckDB writes, and reads, CSV by the rules of model.json 1.0.
const (
	csvWriteOptions = `HEADER false, DELIMITER ',', QUOTE '"', ESCAPE '"', FORCE_QUOTE *, NULLSTR ''`
	csvReadOptions  = `auto_detect=false, header=false, delim=',', quote='"', escape='"', new_line='\n', ` +
		`nullstr='', allow_quoted_nulls=false, hive_partitioning=false`
)

// readRelation is the table expression over local files of a format.
func readRelation(format insights.DataFormat, columns []insights.Column, files []string, largest int64) string {
	if len(files) == 0 {
		return emptyRelation(columns)
	}
	if format == insights.CSV {
		return csvRelation(columns, files, largest)
	}
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = parquetRead(c)
	}
	return "(SELECT " + strings.Join(list, ", ") + " FROM read_parquet(" + engine.QuoteTexts(files) + ", hive_partitioning=false))"
}

// parquetRead is the reverse of parquetValue. Naming a column alone lets the engine read only what is asked for.
func parquetRead(c insights.Column) string {
	x := engine.QuoteIdent(c.Name)
	switch c.Type {
	case insights.DateTime:
		return "make_timestamp(epoch_us(" + x + ")) AS " + x
	case insights.Time:
		return "CAST(" + x + " AS TIME) AS " + x
	default:
		return x
	}
}

// DuckDB refuses lines above 2 MB unless told, and sizes its buffers by the limit it is told. No line is longer
// than the largest file.
const minLineLimit, maxLineLimit = 2 << 20, 64 << 20

func csvRelation(columns []insights.Column, files []string, largest int64) string {
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = engine.QuoteText(c.Name) + ": " + engine.QuoteText(sqlType(c))
	}
	limit := min(max(largest, minLineLimit), maxLineLimit)
	return fmt.Sprintf("read_csv(%s, columns={%s}, max_line_size=%d, buffer_size=%d, %s)",
		engine.QuoteTexts(files), strings.Join(list, ", "), limit, 2*limit, csvReadOptions)
}

func emptyRelation(columns []insights.Column) string {
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = "CAST(NULL AS " + sqlType(c) + ") AS " + engine.QuoteIdent(c.Name)
	}
	return "(SELECT " + strings.Join(list, ", ") + " WHERE false)"
}
