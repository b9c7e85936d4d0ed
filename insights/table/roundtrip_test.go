package table

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/lake"
)

// everyType is a table with a column of each type: ordinary values, extremes, nulls, and text that breaks CSV
// writers.
const everyType = `SELECT * FROM (VALUES
	(1, 'plain', 1::BIGINT, 1.5::DOUBLE, 1.2500::DECIMAL(18,4), true, DATE '2018-01-02', TIME '12:30:00.25', TIMESTAMP '2018-01-02 12:00:00', UUID '7F0C0E8A-52B1-4A55-9C7D-0D5C5B2F1A11', '{"a": [1, null]}'::JSON),
	(2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	(3, '', -9223372036854775808, -1e308, -99999999999999.9999, false, DATE '0001-01-01', TIME '00:00:00', TIMESTAMP '1969-12-31 23:59:59.999999', NULL, '""'),
	(4, 'a "quoted", comma; tab	and back\slash', 9223372036854775807, 5e-324, 99999999999999.9999, true, DATE '9999-12-31', TIME '23:59:59.999999', TIMESTAMP '9999-12-31 23:59:59.999999', NULL, 'null'),
	(5, 'Zoë 日本 🎉 é', 0, 'NaN'::DOUBLE, 0.0001, NULL, DATE '2024-02-29', NULL, TIMESTAMP '2018-01-02 12:00:00.5', NULL, NULL),
	(6, ' NULL ', 0, '-inf'::DOUBLE, -0.0001, NULL, DATE '1582-10-10', NULL, TIMESTAMP '0042-01-02 12:00:00', NULL, NULL),
	(7, '""', 0, 'inf'::DOUBLE, 0, NULL, NULL, NULL, NULL, NULL, NULL),
	(8, 'NULL', 0, 0.1::DOUBLE + 0.2::DOUBLE, 0, NULL, NULL, NULL, NULL, NULL, NULL)
) t("Id", "a b", "i", "d", "dec", "b""q", "dt", "tm", "ts", "g", "j")`

var everyColumn = []insights.Column{
	{Name: "Id", Type: insights.Int64},
	{Name: "a b", Type: insights.String, SemanticType: insights.PersonFullName},
	{Name: "i", Type: insights.Int64},
	{Name: "d", Type: insights.Double},
	{Name: "dec", Type: insights.Decimal, Precision: 18, Scale: 4},
	{Name: `b"q`, Type: insights.Boolean},
	{Name: "dt", Type: insights.Date, Format: "dd.MM.yyyy", SemanticType: insights.PersonBirthDate},
	{Name: "tm", Type: insights.Time},
	{Name: "ts", Type: insights.DateTime},
	{Name: "g", Type: insights.GUID},
	{Name: "j", Type: insights.JSON},
}

var everyContent = [][]string{
	{"1", "plain", "1", "1.5", "1.2500", "true", "2018-01-02", "12:30:00.25", "2018-01-02 12:00:00", "7f0c0e8a-52b1-4a55-9c7d-0d5c5b2f1a11", `{"a": [1, null]}`},
	{"2", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL"},
	{"3", "", "-9223372036854775808", "-1e+308", "-99999999999999.9999", "false", "0001-01-01", "00:00:00", "1969-12-31 23:59:59.999999", "NULL", `""`},
	{"4", "a \"quoted\", comma; tab\tand back\\slash", "9223372036854775807", "5e-324", "99999999999999.9999", "true", "9999-12-31", "23:59:59.999999", "9999-12-31 23:59:59.999999", "NULL", "null"},
	{"5", "Zoë 日本 🎉 é", "0", "nan", "0.0001", "NULL", "2024-02-29", "NULL", "2018-01-02 12:00:00.5", "NULL", "NULL"},
	{"6", " NULL ", "0", "-inf", "-0.0001", "NULL", "1582-10-10", "NULL", "0042-01-02 12:00:00", "NULL", "NULL"},
	{"7", `""`, "0", "inf", "0.0000", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL"},
	{"8", "NULL", "0", "0.30000000000000004", "0.0000", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL"},
}

var everyEngineType = []string{"BIGINT", "VARCHAR", "BIGINT", "DOUBLE", "DECIMAL(18,4)", "BOOLEAN", "DATE", "TIME", "TIMESTAMP", "VARCHAR", "VARCHAR"}

func TestEveryTypeComesBackAsItWasWritten(t *testing.T) {
	t.Parallel()
	for name, open := range ways() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fx := open(t)
			spec := Spec{Table: "Crm_Contacts", Description: "all types", Columns: everyColumn, PrimaryKey: "Id", Fingerprint: "f1"}
			written := fx.publish(t, insights.Ingestion, spec, everyType)
			// A folder that has seen nothing must find it all in the lake.
			got, err := fx.folderOn(fx.store, "").Current(t.Context(), insights.Ingestion, "Crm_Contacts")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(written, got); diff != "" {
				t.Errorf("snapshot (-written +read):\n%s", diff)
			}
			if diff := cmp.Diff(everyColumn, got.Columns); diff != "" || got.Rows() != 8 || got.Fingerprint != "f1" || got.PrimaryKey != "Id" {
				t.Errorf("snapshot %+v, columns (-want +got):\n%s", got, diff)
			}
			if diff := cmp.Diff(everyContent, fx.content(t, got)); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
			files, err := fx.Open(t.Context(), got)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = files.Close() }()
			var types []string
			for _, r := range rows(t, fx.session, "SELECT column_type FROM (DESCRIBE SELECT * FROM "+files.Relation()+")") {
				types = append(types, r[0])
			}
			if diff := cmp.Diff(everyEngineType, types); diff != "" {
				t.Errorf("engine types (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTypesThatAreNotSaidAreTheQuerys(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, insights.Parquet, nil)
	query := `SELECT 1::TINYINT AS a, sum(1) AS b, 1.5::FLOAT AS c, 2.5 AS d, 'x' AS e, now() AS f, TIMESTAMP_S '2020-01-01 00:00:00' AS g,
		[1, 2] AS h, {'x': 1} AS i, 'v'::ENUM('v', 'w') AS j, [1.5] AS k, DATE '2020-01-01' AS l, TIME '12:00:00' AS m, uuid() AS n`
	s := fx.publish(t, insights.Merge, Spec{Table: "T"}, query)
	want := []insights.Column{
		{Name: "a", Type: insights.Int64},
		{Name: "b", Type: insights.Int64},
		{Name: "c", Type: insights.Double},
		{Name: "d", Type: insights.Decimal, Precision: 2, Scale: 1},
		{Name: "e", Type: insights.String},
		{Name: "f", Type: insights.DateTime},
		{Name: "g", Type: insights.DateTime},
		{Name: "h", Type: insights.JSON},
		{Name: "i", Type: insights.JSON},
		{Name: "j", Type: insights.String},
		{Name: "k", Type: insights.JSON},
		{Name: "l", Type: insights.Date},
		{Name: "m", Type: insights.Time},
		{Name: "n", Type: insights.GUID},
	}
	if diff := cmp.Diff(want, s.Columns); diff != "" {
		t.Errorf("columns (-want +got):\n%s", diff)
	}
	if got := fx.content(t, s)[0]; got[7] != "[1,2]" || got[8] != `{"x":1}` || got[6] != "2020-01-01 00:00:00" || got[9] != "v" {
		t.Errorf("row = %q", got)
	}
}

func TestAColumnMayBeConverted(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, insights.Parquet, nil)
	spec := Spec{Table: "T", Columns: []insights.Column{{Name: "n", Type: insights.Int64}, {Name: "D", Type: insights.Decimal}}}
	s := fx.publish(t, insights.Merge, spec, "SELECT '12.34' AS d, '7' AS n, 'left out' AS x")
	if diff := cmp.Diff([][]string{{"7", "12.340000000000000000"}}, fx.content(t, s)); diff != "" {
		t.Error(diff)
	}
	if _, err := fx.Begin(insights.Merge, "r").Write(t.Context(), fx.session, "SELECT 'x' AS n, '' AS d", spec, nil); err == nil {
		t.Error("a text that is no number was written as one")
	}
}

func TestTimesWithoutEndBecomeNull(t *testing.T) {
	t.Parallel()
	for name, open := range ways() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fx := open(t)
			s := fx.publish(t, insights.Ingestion, Spec{Table: "T"}, "SELECT * FROM (VALUES (1, 'infinity'::TIMESTAMP, 'infinity'::DATE), (2, '-infinity', '-infinity')) t(n, ts, d)")
			want := [][]string{{"1", "NULL", "NULL"}, {"2", "NULL", "NULL"}}
			if diff := cmp.Diff(want, fx.content(t, s)); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLineBreaksInCSVValuesBecomeBlanks(t *testing.T) {
	t.Parallel()
	for format, want := range map[insights.DataFormat]string{insights.CSV: "a b c d", insights.Parquet: "a\r\nb\n\nc\rd"} {
		fx := newFixture(t, format, nil)
		s := fx.publish(t, insights.Ingestion, Spec{Table: "T"}, `SELECT 'a' || chr(13) || chr(10) || 'b' || chr(10) || chr(10) || 'c' || chr(13) || 'd' AS x`)
		if got := fx.content(t, s)[0][0]; got != want {
			t.Errorf("%s: %q, want %q", format, got, want)
		}
	}
}

func TestATableWithoutRowsHasItsColumns(t *testing.T) {
	t.Parallel()
	for name, open := range ways() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fx := open(t)
			s := fx.publish(t, insights.Ingestion, Spec{Table: "Empty", Columns: everyColumn}, everyType+" WHERE false")
			if s.Rows() != 0 || len(s.Partitions) != 1 {
				t.Errorf("snapshot = %+v", s)
			}
			for _, x := range []insights.Snapshot{s, {Columns: s.Columns, Format: s.Format}} {
				if got := fx.content(t, x); len(got) != 0 {
					t.Errorf("rows = %q", got)
				}
			}
		})
	}
}

func TestOneColumnOfNullsKeepsItsRows(t *testing.T) {
	t.Parallel()
	for name, open := range ways() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fx := open(t)
			s := fx.publish(t, insights.Ingestion, Spec{Table: "T"}, "SELECT * FROM (VALUES (NULL), ('a'), (''), (NULL)) t(x)")
			want := [][]string{{""}, {"a"}, {"NULL"}, {"NULL"}}
			if diff := cmp.Diff(want, fx.content(t, s)); diff != "" || s.Rows() != 4 {
				t.Errorf("%d rows (-want +got):\n%s", s.Rows(), diff)
			}
		})
	}
}

func TestAFieldOfMegabytesIsReadBack(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, insights.CSV, nil)
	s := fx.publish(t, insights.Ingestion, Spec{Table: "T"}, "SELECT 1 AS a, repeat('ä', 3000000) AS b UNION ALL SELECT 2, 'x'")
	if got := fx.content(t, s); len(got) != 2 || len(got[0][1]) != 6000000 {
		t.Errorf("%d rows, first value of %d bytes", len(got), len(got[0][1]))
	}
}

func TestTablesMayHaveAnyNameThatModelJSONAllows(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, insights.Parquet, nil)
	for i, name := range []string{"a/b", "a%2Fb", `a\b`, "über 100 %", "日本 #1?", "_delta_log", "'", "x'; DROP TABLE t"} {
		want := strconv.Itoa(i)
		fx.publish(t, insights.Ingestion, Spec{Table: name}, "SELECT "+want+" AS n")
		s, err := fx.folderOn(fx.store, insights.Parquet).Find(t.Context(), name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := fx.content(t, s); got[0][0] != want {
			t.Errorf("%s: %v, want %s", name, got, want)
		}
	}
}

func TestWhatModelJSONCannotSayIsRefusedBeforeTheWork(t *testing.T) {
	t.Parallel()
	fx := newFixture(t, insights.Parquet, nil)
	for name, c := range map[string]struct {
		spec  Spec
		query string
		says  string
	}{
		"a dot in the name":  {Spec{Table: "a.b"}, "SELECT 1 AS x", `"."`},
		"no name":            {Spec{}, "SELECT 1 AS x", "no name"},
		"a long name":        {Spec{Table: strings.Repeat("ä", 200)}, "SELECT 1 AS x", "too long"},
		"no such key":        {Spec{Table: "T", PrimaryKey: "Id"}, "SELECT 1 AS x", "primary key"},
		"two columns":        {Spec{Table: "T"}, `SELECT 1 AS x, 2 AS "X"`, "two columns"},
		"an unknown type":    {Spec{Table: "T", Columns: []insights.Column{{Name: "x", Type: "money"}}}, "SELECT 1 AS x", "money"},
		"an absurd decimal":  {Spec{Table: "T", Columns: []insights.Column{{Name: "x", Type: insights.Decimal, Precision: 5, Scale: 6}}}, "SELECT 1 AS x", "decimal(5,6)"},
		"a blank about it":   {Spec{Table: "T", Columns: []insights.Column{{Name: " x"}}}, `SELECT 1 AS " x"`, "blank"},
		"no columns at all":  {Spec{Table: "T", Columns: []insights.Column{}}, "SELECT 1 AS x", "at least one column"},
		"a long description": {Spec{Table: "T", Description: strings.Repeat("x", 4001)}, "SELECT 1 AS x", "4001"},
	} {
		_, err := fx.Begin(insights.Ingestion, "r1").Write(t.Context(), fx.session, c.query, c.spec, nil)
		if !errs.Is(err, errs.Invalid) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: error %v; want Invalid with %q", name, err, c.says)
		}
	}
	page, err := fx.store.List(t.Context(), insights.Container, lake.Root, lake.ListOptions{Recursive: true})
	if err != nil || len(page.Entries) != 0 {
		t.Errorf("the lake holds %v, error %v", page.Entries, err)
	}
}
