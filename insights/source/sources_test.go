package source_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/engine"
	"github.com/ownlake/ownlake/lake"
)

func TestFoldersAndGlobsAreReadByColumnName(t *testing.T) {
	t.Parallel()
	fx := newFixture(t)
	fx.write(t, "in/a.csv", "id,name\n1,Ann\n2,Bob\n")
	fx.write(t, "in/b.csv", "name,city,id\nCid,Rome,3\nDan,Oslo,2\n")
	fx.write(t, "in/empty.csv", "")
	fx.write(t, "in/.hidden.csv", "x\n")
	fx.write(t, "in/readme.md", "x\n")
	fx.write(t, "in/deeper/c.csv", "id,name\n9,Zed\n")
	for _, where := range []string{fx.dir + "/in", fx.dir + "/in/*.csv"} {
		res, err := fx.ingest(t, insights.SourceTable{Location: where, PrimaryKey: "id"})
		if where == fx.dir+"/in/*.csv" {
			// A glob takes what it matches, and the key is now repeated in more than a tenth of the rows.
			if !errs.Is(err, errs.Invalid) {
				t.Errorf("%s: got %v", where, err)
			}
			continue
		}
		if !errs.Is(err, errs.Invalid) || !strings.Contains(err.Error(), "b.csv, line 3: the primary key is repeated; it stands first in a.csv, line 3 (2)") {
			t.Fatalf("%s: got %v %v", where, res, err)
		}
	}
	fx.write(t, "in/b.csv", "name,city,id\nCid,Rome,3\nDan,Oslo,4\n")
	res, err := fx.ingest(t, insights.SourceTable{Location: fx.dir + "/in", PrimaryKey: "id"})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"1|Ann|∅", "2|Bob|∅", "3|Cid|Rome", "4|Dan|Oslo"}
	if diff := cmp.Diff(want, fx.rows(t, "S_T", "id,name,city", "id")); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	for _, w := range []string{"empty.csv is empty", "b.csv has columns that a.csv has not: city"} {
		if !slices.Contains(res.Warnings, w) {
			t.Errorf("no warning %q in %q", w, res.Warnings)
		}
	}
}

func TestFilesOfALakeAreRead(t *testing.T) {
	t.Parallel()
	fx := newFixture(t)
	if _, err := fx.store.CreateFilesystem(t.Context(), "crm", lake.CreateFilesystemOptions{}); err != nil {
		t.Fatal(err)
	}
	put := func(p lake.Path, text []byte) {
		if _, err := fx.store.PutBlob(t.Context(), "crm", p, bytes.NewReader(text), lake.PutBlobOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	put("in/a b.csv", []byte("id,name\n1,Ann\n"))
	put("in/c.csv", []byte("id,name\n2,Bob\n3,\"Cid\n"))
	put("in/deep/d.csv", []byte("id,name\n4,Dan\n"))
	parquet := filepath.Join(fx.dir, "p.parquet")
	if err := fx.session.Exec(t.Context(), "COPY (SELECT 7 AS id, 'Pia' AS name) TO "+engine.QuoteText(parquet)); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(parquet)
	if err != nil {
		t.Fatal(err)
	}
	put("p/p.parquet", text)
	for where, want := range map[string][]string{
		endpoint + "/crm/in":                             {"1|Ann", "2|Bob"},
		endpoint + "/crm/in/a%20b.csv":                   {"1|Ann"},
		endpoint + "/crm/in/*/*.csv":                     {"4|Dan"},
		"abfss://crm@acct.dfs.core.windows.net/in/c.csv": {"2|Bob"},
		"https://acct.blob.core.windows.net/crm/p":       {"7|Pia"},
	} {
		if _, err := fx.ingest(t, insights.SourceTable{Location: where}); err != nil {
			t.Errorf("%s: %v", where, err)
			continue
		}
		if diff := cmp.Diff(want, fx.rows(t, "S_T", "id,name", "id")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", where, diff)
		}
	}
	for where, want := range map[string]errs.Kind{
		endpoint + "/crm/nowhere":                       errs.NotFound,
		endpoint + "/nowhere/in":                        errs.NotFound,
		endpoint + "/crm/in/*.parquet":                  errs.NotFound,
		"https://other.dfs.core.windows.net/crm/in":     errs.NotFound,
		"https://example.com/crm/in":                    errs.Invalid,
		"s3://crm/in":                                   errs.Invalid,
		"abfss://acct.dfs.core.windows.net/in":          errs.Invalid,
		endpoint + "/crm/in?sv=1&sig=secret":            errs.Invalid,
		"http://127.0.0.1:10000/devstoreaccount1/crm/x": errs.NotFound,
		endpoint + "/C/in":                              errs.Invalid,
		"  ":                                            errs.Invalid,
	} {
		if _, err := fx.ingest(t, insights.SourceTable{Location: where}); !errs.Is(err, want) {
			t.Errorf("%s: got %v (kind %v), want kind %v", where, err, errs.KindOf(err), want)
		}
	}
}

func TestFingerprintChangesWithFilesAndDefinition(t *testing.T) {
	t.Parallel()
	fx := newFixture(t)
	t1 := insights.SourceTable{Name: "T", Location: fx.write(t, "t.csv", "id,name\n1,Ann\n")}
	print := func(table insights.SourceTable) string {
		f, err := fx.reader.Fingerprint(t.Context(), insights.DataSource{Name: "S"}, table)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	first := print(t1)
	if again := print(t1); again != first {
		t.Error("the fingerprint of the same files and definition changed")
	}
	if _, err := fx.ingest(t, t1); err != nil {
		t.Fatal(err)
	}
	if got := fx.snapshot(t, "S_T").Fingerprint; got != first {
		t.Errorf("the table carries the fingerprint %s, want %s", got, first)
	}
	t2 := t1
	t2.PrimaryKey = "name"
	if print(t2) == first {
		t.Error("another definition has the same fingerprint")
	}
	fx.write(t, "t.csv", "id,name\n1,Ann\n2,Bob\n")
	if print(t1) == first {
		t.Error("other content has the same fingerprint")
	}
}

const modelJSON = `{
  "name": "Crm", "version": "1.0",
  "entities": [
    {"$type": "LocalEntity", "name": "Contact",
     "annotations": [{"name": "c360:PrimaryKey", "value": "ContactId"}, {"name": "ci:CustomDateFormat", "value": "dd.MM.yyyy"}],
     "attributes": [
       {"name": "ContactId", "dataType": "guid"}, {"name": "Name", "dataType": "string", "annotations": [{"name": "ci:semanticType", "value": "Person.FullName"}]},
       {"name": "Birth", "dataType": "date"}, {"name": "Created", "dataType": "dateTimeOffset"}, {"name": "Score", "dataType": "decimal"}],
     "partitions": [
       {"name": "p1", "location": "https://other.dfs.core.windows.net/old/place/Crm/Contact/p%201.csv"},
       {"name": "p2", "location": "https://other.dfs.core.windows.net/old/place/Crm/Contact/p2.csv"}]},
    {"$type": "LocalEntity", "name": "Order",
     "attributes": [{"name": "OrderId", "dataType": "int64"}, {"name": "Placed", "dataType": "date"}],
     "partitions": [{"name": "o", "location": "https://other.dfs.core.windows.net/old/place/Crm/Order/o.csv",
       "fileFormatSettings": {"$type": "CsvFormatSettings", "columnHeaders": true, "delimiter": ";"}}]},
    {"$type": "LocalEntity", "name": "Nothing", "attributes": [{"name": "a", "dataType": "string"}]},
    {"$type": "ReferenceEntity", "name": "Elsewhere", "source": "X", "modelId": "m"}
  ],
  "referenceModels": [{"id": "m", "location": "https://other.dfs.core.windows.net/x/model.json"}]
}`

func TestCDMFoldersAreReadWithTheTypesOfTheirModel(t *testing.T) {
	t.Parallel()
	fx := newFixture(t)
	fx.write(t, "Crm/model.json", modelJSON)
	fx.write(t, "Crm/Contact/p 1.csv", "FD7A5D0F-7471-4D9C-BEE9-6FC0DA31A757,\"Ann\nB.\",31.12.1999,2020-01-01T00:30:00+01:00,12.50\n")
	fx.write(t, "Crm/Contact/p2.csv", "aa7a5d0f-7471-4d9c-bee9-6fc0da31a757,Bob,1999-12-31,,\nbb7a5d0f-7471-4d9c-bee9-6fc0da31a757,Cid,01.02.2000,,x\ncc7a5d0f-7471-4d9c-bee9-6fc0da31a757,,,,0.000000000000000001\n")
	fx.write(t, "Crm/Order/o.csv", "OrderId;Placed\n1;03/04/2020\n2;2020-03-05\n")
	ds := insights.DataSource{Name: "S", Folder: filepath.Join(fx.dir, "Crm")}
	tables, err := fx.reader.Tables(t.Context(), ds)
	if err != nil {
		t.Fatal(err)
	}
	if len(tables) != 3 || tables[0].Name != "Contact" || tables[0].PrimaryKey != "ContactId" || tables[0].Columns[2].Format != "dd.MM.yyyy" || len(tables[1].Columns) != 2 {
		t.Fatalf("tables: %+v", tables)
	}
	ingest := func(table insights.SourceTable) error {
		q := fx.request(table)
		q.Source = ds
		res, err := fx.reader.Ingest(t.Context(), q)
		if err == nil && res.RowsIn != res.RowsOut+res.Corrupt {
			t.Errorf("%d rows in, %d out, %d corrupt", res.RowsIn, res.RowsOut, res.Corrupt)
		}
		return err
	}
	if err := ingest(tables[0]); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"cc7a5d0f-7471-4d9c-bee9-6fc0da31a757|∅|∅|∅|0.000000000000000001",
		"fd7a5d0f-7471-4d9c-bee9-6fc0da31a757|Ann\nB.|1999-12-31|2019-12-31 23:30:00|12.500000000000000000",
	}
	if diff := cmp.Diff(want, fx.rows(t, "S_Contact", "ContactId,Name,Birth,Created,Score", "1")); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	wantCorrupt := []string{"Contact/p2.csv|1|Birth|1999-12-31|Birth is not a date dd.MM.yyyy", "Contact/p2.csv|2|Score|x|Score is not a decimal of 38 digits, 18 after the point"}
	if diff := cmp.Diff(wantCorrupt, fx.rows(t, "S_Contact_corrupt", "File,Line,Column,Value,Reason", `"File", "Line"`)); diff != "" {
		t.Errorf("corrupt rows (-want +got):\n%s", diff)
	}
	if got := fx.types(t, "S_Contact"); got != "ContactId guid, Name string, Birth date, Created dateTime, Score decimal" {
		t.Errorf("types: %s", got)
	}
	if s := fx.snapshot(t, "S_Contact"); s.Columns[1].SemanticType != insights.PersonFullName || s.PrimaryKey != "ContactId" {
		t.Errorf("snapshot: %+v", s)
	}
	// Without a format, dates with slashes are en-US in a CDM folder; but one that is not reads all the same.
	err = ingest(tables[1])
	if err != nil {
		t.Fatal(err)
	}
	if got := fx.rows(t, "S_Order", "OrderId,Placed", "1"); !slices.Contains(got, "1|2020-03-04") && !slices.Contains(got, "2|2020-03-05") {
		t.Errorf("orders: %q", got)
	}
	if err := ingest(tables[2]); !errs.Is(err, errs.Invalid) {
		t.Errorf("an entity without files: %v", err)
	}
	ds.Tables = []insights.SourceTable{{Name: "Contakt"}}
	if _, err := fx.reader.Tables(t.Context(), ds); !errs.Is(err, errs.NotFound) || !strings.Contains(string(errs.HintOf(err)), "Contact") {
		t.Errorf("an unknown entity: %v", err)
	}
	ds.Folder = fx.dir
	if _, err := fx.reader.Tables(t.Context(), ds); !errs.Is(err, errs.NotFound) {
		t.Errorf("a folder without model.json: %v", err)
	}
}

func TestParquetIsReadWithItsTypes(t *testing.T) {
	t.Parallel()
	fx := newFixture(t)
	at := func(name string) string { return engine.QuoteText(filepath.Join(fx.dir, name)) }
	for _, q := range []string{
		`COPY (SELECT 'K' || i AS id, i AS n, i / 4 AS d, CAST(i AS DECIMAL(9, 2)) AS m, DATE '2020-01-01' + CAST(i AS INTEGER) AS day, TIMESTAMPTZ '2020-01-01 00:00:00+01' AS at,
			i % 2 = 0 AS b, uuid() AS g, {'a': i} AS s, CAST(i AS VARCHAR) AS t, CAST(i AS UBIGINT) AS u FROM range(50) r(i)) TO ` + at("a.parquet"),
		`COPY (SELECT id, CAST(x AS UBIGINT) AS u FROM (VALUES ('K3', 1), ('K50', 18446744073709551615), (NULL, 2), (' ', 3), ('K51', 4), ('K51', 5)) v(id, x)) TO ` + at("b.parquet"),
	} {
		if err := fx.session.Exec(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	res, err := fx.ingest(t, insights.SourceTable{Location: fx.dir, PrimaryKey: "ID"})
	if err != nil {
		t.Fatal(err)
	}
	if res.RowsIn != 56 || res.Corrupt != 5 {
		t.Errorf("%+v", res)
	}
	if got := fx.types(t, "S_T"); got != "id string, n int64, d double, m decimal, day date, at dateTime, b boolean, g guid, s json, t string, u int64" {
		t.Errorf("types: %s", got)
	}
	if got := fx.rows(t, "S_T", "id,n,d,m,day,at,b,s,t,u", "id")[4]; got != `K12|12|3.0|12.00|2020-01-13|2019-12-31 23:00:00|true|{"a":12}|12|12` {
		t.Errorf("row: %s", got)
	}
	want := []string{
		"b.parquet|1|id|K3|the primary key is repeated; it stands first in a.parquet, row 4", "b.parquet|2|u|18446744073709551615|u is not a whole number of 64 bits",
		"b.parquet|3|id|∅|id is missing, and is the primary key", "b.parquet|4|id|∅|id is missing, and is the primary key",
		"b.parquet|6|id|K51|the primary key is repeated; it stands first in b.parquet, row 5",
	}
	if diff := cmp.Diff(want, fx.rows(t, "S_T_corrupt", "File,Line,Column,Value,Reason", `"File", "Line"`)); diff != "" {
		t.Errorf("corrupt rows (-want +got):\n%s", diff)
	}
	_, err = fx.ingest(t, insights.SourceTable{
		Location: filepath.Join(fx.dir, "a.parquet"), Columns: []insights.Column{{Name: "t", Type: insights.Int64}, {Name: "n", Type: insights.String}, {Name: "d", Type: insights.Decimal, Precision: 4, Scale: 2}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := fx.types(t, "S_T"); !strings.Contains(got, "n string, d decimal,") || !strings.Contains(got, "t int64") {
		t.Errorf("declared types: %s", got)
	}
	if got := fx.snapshot(t, "S_T").PrimaryKey; got != "id" {
		t.Errorf("the key %s was chosen", got)
	}
}

func TestInspectionSaysWhatIngestionWouldDo(t *testing.T) {
	t.Parallel()
	fx := newFixture(t)
	p := fx.write(t, "contacts.csv", "contact_id;first_name;e_mail;dob;joined;points\n"+many(30, func(i int) string {
		return fmt.Sprintf("%03d;Ann;a%d@x.example;%d.12.1990;%02d/%02d/2020;%d\n", i, i, i%28+1, i%12+1, i%12+1, i*10)
	}))
	got, err := fx.reader.Inspect(t.Context(), fx.session, insights.DataSource{Name: "S"}, insights.SourceTable{Name: "Contacts", Location: p})
	if err != nil {
		t.Fatal(err)
	}
	header := true
	want := insights.TableInspection{
		Source: "S", Table: "Contacts", Format: insights.CSV, Files: []insights.InspectedFile{{Name: "contacts.csv", Bytes: got.Files[0].Bytes}},
		CSV: insights.CSVOptions{Delimiter: ";", Quote: `"`, Encoding: "utf-8", Header: &header},
		Columns: []insights.InspectedColumn{
			{Column: insights.Column{Name: "contact_id", Type: insights.String}},
			{Column: insights.Column{Name: "first_name", Type: insights.String, SemanticType: insights.PersonFirstName}},
			{Column: insights.Column{Name: "e_mail", Type: insights.String, SemanticType: insights.IdentityEmail}},
			{Column: insights.Column{Name: "dob", Type: insights.Date, Format: "dd.MM.yyyy", SemanticType: insights.PersonBirthDate}},
			{Column: insights.Column{Name: "joined", Type: insights.String}, Note: "every date can be read as dd/MM/yyyy or as MM/dd/yyyy (such as 01/01/2020); the column stays text until its format is declared"},
			{Column: insights.Column{Name: "points", Type: insights.Int64}},
		},
		PrimaryKeys: []string{"contact_id", "e_mail", "points"},
	}
	sample := got.Sample
	got.Sample = nil
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("inspection (-want +got):\n%s", diff)
	}
	if len(sample) != 10 || fmt.Sprint(sample[1]) != "[001 Ann a1@x.example 1990-12-02 02/02/2020 10]" {
		t.Errorf("sample: %v", sample)
	}
	empty := fx.write(t, "h.csv", "id,name\n")
	got, err = fx.reader.Inspect(t.Context(), fx.session, insights.DataSource{Name: "S"}, insights.SourceTable{Name: "T", Location: empty})
	if err != nil || len(got.Columns) != 2 || len(got.Warnings) != 1 {
		t.Errorf("a header alone: %+v, %v", got, err)
	}
}

func TestCancelledIngestionPublishesNothing(t *testing.T) {
	t.Parallel()
	fx := newFixture(t)
	q := fx.request(insights.SourceTable{Location: fx.write(t, "t.csv", far("id,v", func(i int) string { return fmt.Sprintf("%d,%d", i, i) }, ""))})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var last insights.Progress
	q.Progress = func(p insights.Progress) {
		last = p
		cancel()
	}
	if _, err := fx.reader.Ingest(ctx, q); !errs.Is(err, errs.Canceled) {
		t.Errorf("got %v (kind %v), want kind canceled", err, errs.KindOf(err))
	}
	if last.Unit != "bytes" || last.Done <= 0 || last.Done > last.Total {
		t.Errorf("progress: %+v", last)
	}
	if _, err := fx.folder.Current(t.Context(), insights.Ingestion, "S_T"); !errs.Is(err, errs.NotFound) {
		t.Errorf("something was published: %v", err)
	}
	left, err := os.ReadDir(fx.session.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range left {
		if strings.HasPrefix(e.Name(), "ingest-") {
			t.Errorf("%s was left behind", e.Name())
		}
	}
}

// TestCountsAddUp ingests random text that resembles CSV: whatever it is, rows in = rows out + corrupt rows (checked by
// ingest), every line of text is in some row, and good rows have their values.
func TestCountsAddUp(t *testing.T) {
	t.Parallel()
	fx := newFixture(t)
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 1))
	pieces := []string{"a", "b", "1", "02", ",", ",", ",", "\n", "\n", "\"", "\"", "\"\"", "\r\n", "é", "\xff", "\x00", " ", "2020-01-01", "x,y\n", "\"q\",r\n"}
	for round := range 40 {
		var b strings.Builder
		b.WriteString("k,v\n")
		for i := range 1 + random.IntN(40) {
			fmt.Fprintf(&b, "K%d,v%d\n", i, i)
			for range random.IntN(6) {
				b.WriteString(pieces[random.IntN(len(pieces))])
			}
		}
		p := fx.write(t, "r.csv", b.String())
		res, err := fx.ingest(t, insights.SourceTable{Location: p, PrimaryKey: "k", CSV: insights.CSVOptions{Delimiter: ",", Quote: `"`}})
		if errs.Is(err, errs.Invalid) {
			continue // mostly too many repeated keys
		}
		if err != nil {
			t.Fatalf("seed %d, round %d, %q: %v", seed, round, b.String(), err)
		}
		if res.RowsIn == 0 || strings.Count(b.String(), "\n") < int(res.RowsIn) {
			t.Errorf("seed %d, round %d: %d rows of %q", seed, round, res.RowsIn, b.String())
		}
	}
}
