package source_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
)

// utf16Text encodes a text, little end first unless big is set.
func utf16Text(s string, big bool) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		if big {
			b = append(b, byte(u>>8), byte(u))
		} else {
			b = append(b, byte(u), byte(u>>8))
		}
	}
	return string(b)
}

// many makes n rows by a function of their number.
func many(n int, row func(i int) string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(row(i))
	}
	return b.String()
}

// far is a file whose tail lies where no sample looks: 60,000 rows with a column of padding before it.
func far(header string, row func(i int) string, tail string) string {
	padding := strings.Repeat("p", 60)
	return header + ",pad\n" + many(60_000, func(i int) string { return row(i) + "," + padding + "\n" }) + tail
}

func wide(n int, cell func(i int) string) string {
	cells := make([]string, n)
	for i := range cells {
		cells[i] = cell(i)
	}
	return strings.Join(cells, ",") + "\n"
}

// TestHardInputs holds ingestion to what it says of files that are not as they should be: which rows come out, which
// are corrupt and why.
func TestHardInputs(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 1<<20)
	tests := []struct {
		name, text string
		table      insights.SourceTable
		columns    string // shown of rows
		rows       []string
		corrupt    []string // line|column|value|reason
		warning    string   // one that must be among the warnings
	}{
		{
			name: "plain", text: "id,name\n1,Ann\n2,\"Bob, jr.\"\n", columns: "id,name",
			rows: []string{"1|Ann", "2|Bob, jr."}, warning: "id was chosen as the primary key",
		},
		{
			name: "an unclosed quote does not swallow the rows after it", text: "id,name,city\n1,\"Ann,Rome\n2,Bob,Oslo\n3,\"Cid\",Bonn\n4,Dan,Kiel\n",
			columns: "id,name,city", rows: []string{"2|Bob|Oslo", "3|Cid|Bonn", "4|Dan|Kiel"},
			corrupt: []string{"2|name|∅|text follows a closing quote"}, warning: "1 of 4 rows do not fit",
		},
		{
			name: "an unclosed quote that nothing closes", text: "id,name\n1,Ann\n2,\"Bob\n3,Cid\n", columns: "id,name", rows: []string{"1|Ann", "3|Cid"},
			corrupt: []string{"3|name|∅|a quote is opened and never closed"},
		},
		{
			name: "too few and too many columns", text: "id,name\n1\n2,Bob\n3,Cid,x\n4,Dan\n", columns: "id,name", rows: []string{"2|Bob", "4|Dan"},
			corrupt: []string{"2|∅|∅|too few columns: 1 instead of 2", "4|∅|∅|too many columns: 3 instead of 2"},
		},
		{
			name: "quotes within unquoted values are text", text: "id,name\n1,5\" pipe\n2,a \"b\" c\n", columns: "id,name", rows: []string{"1|5\" pipe", "2|a \"b\" c"},
		},
		{
			name: "line breaks within quotes", text: "id,note\n1,\"a\nb\r\nc\"\n2,d\n3,\"e\n", columns: "id,note", rows: []string{"1|a\nb\r\nc", "2|d"},
			corrupt: []string{"6|note|∅|a quote is opened and never closed"},
		},
		{
			name: "a field of 1 MB", text: "id,note\n1," + long + "\n2,\"" + long + "\n" + long + "\"\n", columns: "id", rows: []string{"1", "2"},
		},
		{
			name: "lone CRs end lines", text: "id,name\r1,Ann\r2,Bob\r", columns: "id,name", rows: []string{"1|Ann", "2|Bob"},
		},
		{
			name: "mixed line ends", text: "id,name\r\n1,Ann\n2,Bob\r\n3,Ci\rd\n", columns: "id,name", rows: []string{"1|Ann", "2|Bob", "3|Ci\rd"},
		},
		{
			name: "NUL bytes", text: "id,name\n1,An\x00n\n2,Bob\n", columns: "id,name", rows: []string{"2|Bob"},
			corrupt: []string{"2|∅|∅|the record holds a NUL byte"},
		},
		{
			name: "a byte order mark", text: "\xef\xbb\xbfid,name\n1,Zoë\n", columns: "id,name", rows: []string{"1|Zoë"},
		},
		{
			name: "UTF-16 with a byte order mark", text: "\xff\xfe" + utf16Text("id,name\n1,Zoë\n2,😀\n", false), columns: "id,name", rows: []string{"1|Zoë", "2|😀"},
		},
		{
			name: "UTF-16 big end first without one", text: utf16Text("id,name\n1,Zoe\n2,Ann\n", true), columns: "id,name", rows: []string{"1|Zoe", "2|Ann"},
		},
		{
			name: "Windows-1252, found and said", text: "id,name\n1,Zo\xeb\n2,\x80 5\n", columns: "id,name", rows: []string{"1|Zoë", "2|€ 5"},
			warning: "is not UTF-8 and is read as Windows-1252",
		},
		{
			name: "Latin-1, declared", text: "id,name\n1,Zo\xeb\n", table: insights.SourceTable{CSV: insights.CSVOptions{Encoding: "latin-1"}},
			columns: "id,name", rows: []string{"1|Zoë"},
		},
		{
			name: "Windows-1252 letters far behind the sample", text: "id,name\n" + many(120_000, func(i int) string { return fmt.Sprintf("%d,Ann %d of a long name\n", i, i) }) + "900000,Zo\xeb\n",
			columns: "id,name", rows: []string{"900000|Zoë"}, warning: "is not UTF-8 and is read as Windows-1252",
		},
		{
			name: "a few wrong bytes among many letters", text: "id,name\n" + many(50, func(i int) string { return fmt.Sprintf("%d,Zoë\n", i) }) + "77,Zo\xeb\n", columns: "id,name",
			rows: slices.Repeat([]string{"*|Zoë"}, 50), corrupt: []string{"52|∅|∅|the record holds bytes that are not UTF-8"},
		},
		{
			name: "doubled and missing column names", text: "id,name,Name,,name\n1,a,b,c,d\n", columns: "id,name,Name_2,column4,name_3", rows: []string{"1|a|b|c|d"},
			warning: "the name Name occurs again and is called Name_2",
		},
		{
			name: "empty lines", text: "\nid,name\n\n1,Ann\n\r\n2,Bob\n\n", columns: "id,name", rows: []string{"1|Ann", "2|Bob"},
		},
		{
			name: "semicolons, single quotes, no line end at the end", text: "id;'name'\n1;'Ann; jr.'\n2;'O''Neill'", columns: "id,name", rows: []string{"1|Ann; jr.", "2|O'Neill"},
		},
		{
			name: "tabs", text: "id\tname\n1\tAnn, jr.\n", columns: "id,name", rows: []string{"1|Ann, jr."},
		},
		{
			name: "no header, found", text: "1,Ann,2020-01-01\n2,Bob,2020-01-02\n", columns: "column1,column2,column3", rows: []string{"1|Ann|2020-01-01", "2|Bob|2020-01-02"},
		},
		{
			name: "no header, declared with names", text: "x,Ann\ny,Bob\n", columns: "code,name", rows: []string{"x|Ann", "y|Bob"},
			table: insights.SourceTable{CSV: insights.CSVOptions{Header: new(bool)}, Columns: []insights.Column{{Name: "code"}, {Name: "name"}}},
		},
		{
			name: "2,000 columns", text: wide(2000, func(i int) string { return fmt.Sprintf("c%d", i) }) + wide(2000, strconv.Itoa),
			columns: "c0,c1999", rows: []string{"0|1999"},
		},
		{
			name: "rows without a key", text: "id,name\n" + many(30, func(i int) string { return fmt.Sprintf("K%d,Ann\n", i) }) + ",Bob\n\" \",Cid\n",
			table: insights.SourceTable{PrimaryKey: "ID"}, columns: "name", rows: slices.Repeat([]string{"Ann"}, 30),
			corrupt: []string{"32|id|∅|id is missing, and is the primary key", "33|id|∅|id is missing, and is the primary key"},
		},
		{
			name: "repeated keys: the first stays", text: "id,name\n" + many(30, func(i int) string { return fmt.Sprintf("K%d,Ann\n", i) }) + "K3,Bob\n\"K3\",Cid\n",
			table: insights.SourceTable{PrimaryKey: "id"}, columns: "name", rows: slices.Repeat([]string{"Ann"}, 30),
			corrupt: []string{"32|id|K3|the primary key is repeated; it stands first in line 5", "33|id|K3|the primary key is repeated; it stands first in line 5"},
		},
		{
			name: "values that do not fit declared types", text: "id,n,d,b\n1,5,2020-02-30,yes\n2,x,2020-02-29,no\n3,7,2020-02-28,maybe\n4,,,\n",
			table:   insights.SourceTable{Columns: []insights.Column{{Name: "n", Type: insights.Int64}, {Name: "d", Type: insights.Date}, {Name: "b", Type: insights.Boolean}}},
			columns: "id,n,d,b", rows: []string{"4|∅|∅|∅"},
			corrupt: []string{"2|d|2020-02-30|d is not a date yyyy-MM-dd", "3|n|x|n is not a whole number of 64 bits", "4|b|maybe|b is not true or false"},
		},
		{
			name: "all reasons of a row", text: "id,n,d\n1,x,y\n2,1,2020-01-01\n", columns: "id", rows: []string{"2"},
			table:   insights.SourceTable{Columns: []insights.Column{{Name: "n", Type: insights.Int64}, {Name: "d", Type: insights.Date}}},
			corrupt: []string{"2|n|x|n is not a whole number of 64 bits; d is not a date yyyy-MM-dd (y)"},
		},
		{
			name: "a bad date among many", text: "id,d\n" + many(100, func(i int) string { return fmt.Sprintf("%d,%d.03.2020\n", i, i%28+1) }) + "900,31.02.2020\n901,soon\n",
			columns: "d", rows: slices.Repeat([]string{"*"}, 100), corrupt: []string{"102|d|31.02.2020|d is not a date dd.MM.yyyy", "103|d|soon|d is not a date dd.MM.yyyy"},
		},
		{
			name: "ambiguous dates stay text", text: "id,d\n1,01/02/2020\n2,03/04/2020\n", columns: "id,d", rows: []string{"1|01/02/2020", "2|03/04/2020"},
			warning: "d: every date can be read as dd/MM/yyyy or as MM/dd/yyyy",
		},
		{
			name: "ambiguous dates with a declared format", text: "id,d\n1,01/02/2020\n2,03/04/2020\n", columns: "id,d", rows: []string{"1|2020-01-02", "2|2020-03-04"},
			table: insights.SourceTable{Columns: []insights.Column{{Name: "d", Format: "MM/dd/yyyy"}}},
		},
		{
			name: "ambiguous dates with a format for all", text: "id,d\n1,01/02/2020\n2,03/04/2020\n", columns: "id,d", rows: []string{"1|2020-02-01", "2|2020-04-03"},
			table: insights.SourceTable{CSV: insights.CSVOptions{DateFormat: "dd/MM/yyyy"}},
		},
		{
			name: "a day above 12 far behind the sample decides", text: far("id,d", func(i int) string { return fmt.Sprintf("%d,%02d/%02d/2020", i, i%12+1, i%11+1) }, "900000,31/12/2020,\n"),
			columns: "id,d", rows: []string{"900000|2020-12-31"},
		},
		{
			name: "leading zeros keep a column text", text: "id,v\n1,007\n2,12\n", columns: "id,v", rows: []string{"1|007", "2|12"},
		},
		{
			name: "a leading zero far behind the sample too", text: far("id,v", func(i int) string { return fmt.Sprintf("%d,%d", i, 1+i%7) }, "900000,007,\n"),
			columns: "id,v", rows: []string{"900000|007"}, warning: "v: some values have leading zeros",
		},
		{
			name: "words far behind the sample make a column text", text: far("id,v", func(i int) string { return fmt.Sprintf("%d,%d", i, 1+i%7) }, many(1000, func(i int) string { return fmt.Sprintf("9%06d,w,\n", i) })),
			columns: "id,v", rows: []string{"9000999|w"}, warning: "v: 1000 of 61000 values are not a whole number of 64 bits, so the column is text",
		},
		{
			name: "a few words among numbers", text: "id,v\n" + many(50, func(i int) string { return fmt.Sprintf("%d,%d\n", i, 1+i%7) }) + "77,w\n", columns: "v",
			rows: append(slices.Repeat([]string{"*"}, 50), "w"), warning: `v: most values are numbers, but not "w"`,
		},
		{
			name: "a single word far behind the sample is corrupt", text: far("id,v", func(i int) string { return fmt.Sprintf("%d,%d", i, 1+i%7) }, "900000,w,\n"),
			columns: "id,v", rows: []string{"59999|3"}, corrupt: []string{"60002|v|w|v is not a whole number of 64 bits"},
		},
		{
			name: "the key of the sample is repeated behind it, so another one is taken", columns: "a,b", rows: []string{"9|y2999"},
			text:    far("a,b", func(i int) string { return fmt.Sprintf("%d,x%d", i, i) }, many(3000, func(i int) string { return fmt.Sprintf("%d,y%d,\n", i%10, i) })),
			warning: "b was chosen as the primary key",
		},
		{
			name: "times with zones are UTC", text: "id,at\n1,2020-01-01T00:30:00+01:00\n2,2020-01-01 00:30:00\n", columns: "id,at", rows: []string{"1|2019-12-31 23:30:00", "2|2020-01-01 00:30:00"},
		},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			fx := newFixture(t)
			tc.table.Location = fx.write(t, "t.csv", tc.text)
			res, err := fx.ingest(t, tc.table)
			if err != nil {
				t.Fatal(err)
			}
			fx.expect(t, tc.columns, tc.rows)
			corrupt := fx.rows(t, "S_T_corrupt", "Line,Column,Value,Reason", "Line")
			if diff := cmp.Diff(tc.corrupt, corrupt); diff != "" {
				t.Errorf("corrupt rows (-want +got):\n%s", diff)
			}
			if tc.warning != "" && !slices.ContainsFunc(res.Warnings, func(w string) bool { return strings.Contains(w, tc.warning) }) {
				t.Errorf("no warning %q in %q", tc.warning, res.Warnings)
			}
		})
	}
}

// expect compares the rows of S_T. Of many rows the last one in the order of text is enough, and * stands for any value.
func (fx *fixture) expect(t *testing.T, columns string, want []string) {
	t.Helper()
	got := fx.rows(t, "S_T", columns, "1")
	if len(got) > 10_000 {
		if last := got[len(got)-1]; last != want[0] && !slices.Contains(got, want[0]) {
			t.Errorf("row %q is not among %d rows, the last being %q", want[0], len(got), last)
		}
		return
	}
	slices.Sort(got)
	if len(got) != len(want) {
		t.Errorf("got rows %q, want %q", got, want)
		return
	}
	for i, w := range want {
		if rest, any := strings.CutPrefix(w, "*"); any && strings.HasSuffix(got[i], rest) {
			continue
		}
		if got[i] != w {
			t.Errorf("row %q, want %q", got[i], w)
		}
	}
}

// TestRefusedInputs holds errors to naming what is wrong and what to do, and to changing nothing.
func TestRefusedInputs(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, file, text string
		table            insights.SourceTable
		kind             errs.Kind
		message, hint    string
	}{
		{name: "missing file", kind: errs.NotFound, message: "no such file", hint: "location"},
		{name: "empty file", file: "e.csv", kind: errs.Invalid, message: "e.csv: the file is empty", hint: "export"},
		{name: "blank file", file: "e.csv", text: "\n\r\n  \n", kind: errs.Invalid, message: "the file is empty", hint: "export"},
		{name: "header only", file: "h.csv", text: "id,name\n", kind: errs.Invalid, message: "h.csv: the file has a header and no rows", hint: "export"},
		{name: "an Excel workbook", file: "w.csv", text: "PK\x03\x04rest", kind: errs.Invalid, message: "Excel", hint: "save the sheet as CSV"},
		{name: "gzip", file: "w.csv", text: "\x1f\x8brest", kind: errs.Invalid, message: "gzip", hint: "unpack"},
		{name: "every row is broken", file: "b.csv", text: "a,b,c\n1,2\n3,4\n", kind: errs.Invalid, message: "no row is sound: too few columns: 2 instead of 3", hint: "delimiter"},
		{
			name: "no value fits the declared type", file: "b.csv", text: "id,n\n1,x\n2,y\n", kind: errs.Invalid, message: "none of 2 rows fits: b.csv, line 2: n is not a whole number", hint: "declared types",
			table: insights.SourceTable{Columns: []insights.Column{{Name: "n", Type: insights.Int64}}},
		},
		{
			name: "a repeated key", file: "d.csv", text: "id,code\n" + many(20, func(i int) string { return fmt.Sprintf("K%d,C%d\n", i/2, i) }), table: insights.SourceTable{PrimaryKey: "id"},
			kind: errs.Invalid, message: "of 20 rows 0 have no value and 10 repeat one; d.csv, line 3: the primary key is repeated; it stands first in line 2 (K0)", hint: "a better column is code",
		},
		{name: "no column can be the key", file: "d.csv", text: "a,b\n1,x\n1,x\n2,y\n2,y\n", kind: errs.Invalid, message: "none can be the primary key", hint: "declare primaryKey"},
		{
			name: "a key of the wrong type", file: "d.csv", text: "id,d\n1,2020-01-01\n2,2020-01-02\n", table: insights.SourceTable{PrimaryKey: "d"},
			kind: errs.Invalid, message: "d: a primary key is a string, a whole number or a GUID", hint: "another column",
		},
		{name: "an unknown key", file: "d.csv", text: "contact,b\n1,2\n", table: insights.SourceTable{PrimaryKey: "contakt"}, kind: errs.Invalid, message: "no such column", hint: "did you mean contact?"},
		{name: "an unknown column", file: "d.csv", text: "contact,b\n1,2\n", table: insights.SourceTable{Columns: []insights.Column{{Name: "zzzz"}}}, kind: errs.Invalid, message: "no such column", hint: "contact, b"},
		{name: "an unknown encoding", file: "d.csv", text: "a\n1\n", table: insights.SourceTable{CSV: insights.CSVOptions{Encoding: "ebcdic"}}, kind: errs.Invalid, message: "ebcdic", hint: "utf-8"},
		{name: "a long delimiter", file: "d.csv", text: "a\n1\n", table: insights.SourceTable{CSV: insights.CSVOptions{Delimiter: "||"}}, kind: errs.Invalid, message: "not one character", hint: "single"},
		{
			name: "a wrong date pattern", file: "d.csv", text: "id,d\n1,2\n", table: insights.SourceTable{Columns: []insights.Column{{Name: "d", Format: "dd.mm.yyyy"}}},
			kind: errs.Invalid, message: "d: dd.mm.yyyy: not a date format: it needs a year, a month and a day", hint: "Java",
		},
		{
			name: "a declared date that can be read both ways", file: "d.csv", text: "id,d\n1,01/02/2020\n", table: insights.SourceTable{Columns: []insights.Column{{Name: "d", Type: insights.Date}}},
			kind: errs.Invalid, message: "d: the dates can be read day first or month first: such as 01/02/2020", hint: "dd/MM/yyyy or MM/dd/yyyy",
		},
		{name: "an unknown type", file: "d.csv", text: "id,d\n1,2\n", table: insights.SourceTable{Columns: []insights.Column{{Name: "d", Type: "integer"}}}, kind: errs.Invalid, message: "integer", hint: "int64"},
		{name: "text that claims to be Parquet", file: "p.parquet", text: "id,name\n1,2\n", kind: errs.Invalid, message: "the file is not Parquet", hint: "format: csv"},
		{name: "cut off Parquet", file: "p.parquet", text: "PAR1 and no end", kind: errs.Invalid, message: "cut off", hint: "copy"},
		{name: "damaged Parquet", file: "p.parquet", text: "PAR1" + strings.Repeat("\x00", 50) + "PAR1", kind: errs.Invalid, message: "p.parquet", hint: "whole"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			fx := newFixture(t)
			tc.table.Location = fx.dir + "/missing.csv"
			if tc.file != "" {
				tc.table.Location = fx.write(t, tc.file, tc.text)
			}
			_, err := fx.ingest(t, tc.table)
			if !errs.Is(err, tc.kind) || !strings.Contains(fmt.Sprint(err), tc.message) || !strings.Contains(string(errs.HintOf(err)), tc.hint) {
				t.Errorf("got %v (kind %v, hint %q)\nwant kind %v, message %q, hint %q", err, errs.KindOf(err), errs.HintOf(err), tc.kind, tc.message, tc.hint)
			}
			if _, err := fx.folder.Current(t.Context(), insights.Ingestion, "S_T"); !errs.Is(err, errs.NotFound) {
				t.Errorf("something was published: %v", err)
			}
		})
	}
}
