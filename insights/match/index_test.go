package match

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/ownlake/ownlake/errs"
)

// indexOf writes and opens the index of a run.
func indexOf(tb testing.TB, result *Result) *Index {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "records.index")
	if err := os.WriteFile(path, indexBytes(tb, result), 0o600); err != nil {
		tb.Fatal(err)
	}
	x, err := OpenIndex(path)
	if err != nil {
		tb.Fatal(err)
	}
	return x
}

func indexBytes(tb testing.TB, result *Result) []byte {
	tb.Helper()
	var b bytes.Buffer
	if err := result.WriteIndex(&b, func(c uint32) string { return fmt.Sprintf("customer %d", c) }); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// manyHouseholds are couples with two records each, more than are compared with every new record.
func manyHouseholds() *Table { return newTable("people", personColumns, households(2600)) }

func recordOf(t *Table, row int) map[string]string {
	record := map[string]string{}
	for i := range t.Columns {
		record[t.Columns[i].Name] = t.Columns[i].Value(row)
	}
	return record
}

// TestLookupsWeighAsTheRunDid asks for records that the run knew: an index must give the probabilities of the run.
func TestLookupsWeighAsTheRunDid(t *testing.T) {
	t.Parallel()
	table := manyHouseholds()
	result := runOne(t, table)
	x := indexOf(t, result)
	for row := 0; row < table.Rows; row += 97 {
		list, err := x.Find(t.Context(), recordOf(table, row), 3)
		if err != nil {
			t.Fatal(err)
		}
		if len(list.Customers) == 0 || list.Customers[0].Customer != fmt.Sprintf("customer %d", result.Clusters[row]) || !list.Customers[0].Match {
			t.Fatalf("record %d: %+v, want customer %d", row, list, result.Clusters[row])
		}
		if list.Compared > 200 {
			t.Errorf("record %d: compared with %d of %d records", row, list.Compared, table.Rows)
		}
		for _, f := range list.Customers {
			var other int
			if _, err := fmt.Sscanf(f.Record, "people:%d", &other); err != nil {
				t.Fatal(err)
			}
			want := result.Explain(uint32(row), uint32(other-1))
			if got := f.Explanation; math.Abs(got.Probability-want.Probability) > 1e-9 || got.Against != want.Against || len(got.Steps) != len(want.Steps) {
				t.Fatalf("record %d and %s: %+v, and in the run %+v", row, f.Record, got, want)
			}
			for i, s := range f.Explanation.Steps {
				if s != want.Steps[i] {
					t.Errorf("record %d and %s: %+v, and in the run %+v", row, f.Record, s, want.Steps[i])
				}
			}
		}
	}
}

func TestLookupsWeighThingsAsTheRunDid(t *testing.T) {
	t.Parallel()
	var rows [][]string
	makes := []string{"Lumina", "Corvus", "Altair", "Nimbus", "Quanta"}
	things := []string{"wireless headphones", "digital camera with zoom", "travel tripod", "colour laser printer", "portable speaker"}
	for i := range 5000 {
		title := fmt.Sprintf("%s %s %s-%d%s series", makes[i%5], things[i/5%5], strings.ToUpper(makes[i%5][:2]), 100+i, []string{"", " black", " silver"}[i%3])
		rows = append(rows, []string{title, makes[i%5], fmt.Sprintf("%d.99", 20+i%300)})
		if i%4 == 0 {
			rows = append(rows, []string{strings.Replace(title, " series", "", 1), makes[i%5], fmt.Sprintf("%d.99", 20+i%300)})
		}
	}
	table := newTable("products", []string{"title", "brand", "price"}, rows)
	result := runOne(t, table)
	x := indexOf(t, result)
	for row := 0; row < table.Rows; row += 211 {
		list, err := x.Find(t.Context(), recordOf(table, row), 2)
		if err != nil {
			t.Fatal(err)
		}
		if len(list.Customers) == 0 || list.Customers[0].Customer != fmt.Sprintf("customer %d", result.Clusters[row]) {
			t.Fatalf("%v: %+v", rows[row], list)
		}
		for _, f := range list.Customers {
			var other int
			if _, err := fmt.Sscanf(f.Record, "products:%d", &other); err != nil {
				t.Fatal(err)
			}
			if want := result.Explain(uint32(row), uint32(other-1)); math.Abs(f.Explanation.Probability-want.Probability) > 1e-9 {
				t.Fatalf("record %d and %s: %+v, and in the run %+v", row, f.Record, f.Explanation, want)
			}
		}
	}
}

func TestLookupsUnderstandOtherColumnsAndSpellings(t *testing.T) {
	t.Parallel()
	table := manyHouseholds()
	rows := households(2600)
	x := indexOf(t, runOne(t, table))
	p := rows[400]
	born := p[4][8:] + "." + p[4][5:7] + "." + p[4][:4]
	list, err := x.Find(t.Context(), map[string]string{"name": strings.ToUpper(p[1]) + ", " + p[0], "E-Mail": strings.ToUpper(p[2]), "Geburtsdatum": born, "shoe size": "43"}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if len(list.Customers) != 1 || !list.Customers[0].Match || !strings.HasPrefix(list.Customers[0].Record, "people:40") {
		t.Errorf("%+v", list)
	}
	if len(list.Unknown) != 1 || list.Unknown[0] != "shoe size" {
		t.Errorf("unknown: %v", list.Unknown)
	}
	for name, record := range map[string]map[string]string{"nothing": {}, "unknown": {"shoe size": "43"}, "placeholders": {"email": "test@test.com", "phone": "n/a"}} {
		if _, err := x.Find(t.Context(), record, 3); !errs.Is(err, errs.Invalid) {
			t.Errorf("%s: %v, want Invalid", name, err)
		}
	}
	list, err = x.Find(t.Context(), map[string]string{"first_name": "Zyx", "last_name": "Wvut", "email": "zyx@wvut.example"}, 3)
	if err != nil || len(list.Customers) > 0 && list.Customers[0].Match {
		t.Errorf("a stranger: %+v, %v", list, err)
	}
}

// TestLookupsSayThatAValueIsTooCommon asks by a name that more records have than are compared.
func TestLookupsSayThatAValueIsTooCommon(t *testing.T) {
	t.Parallel()
	rows := households(1200)
	for i := range mostCompared + 500 {
		p := person(i)
		p[0], p[1], p[2] = "Maria", "Garcia", ""
		rows = append(rows, p)
	}
	x := indexOf(t, runOne(t, newTable("people", personColumns, rows)))
	list, err := x.Find(t.Context(), map[string]string{"first_name": "Maria", "last_name": "Garcia"}, 3)
	if err != nil {
		t.Fatal(err)
	}
	if list.Compared != mostCompared || len(list.Common) == 0 || list.Common[0] != "names in either order" {
		t.Errorf("compared %d, common: %v", list.Compared, list.Common)
	}
}

func TestLookupsRunBesideEachOther(t *testing.T) {
	t.Parallel()
	table := manyHouseholds()
	x := indexOf(t, runOne(t, table))
	want, err := x.Find(t.Context(), recordOf(table, 10), 3)
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for row := range 40 {
				list, err := x.Find(t.Context(), recordOf(table, row), 3)
				if err != nil {
					t.Error(err)
					return
				}
				if row == 10 && list.Customers[0].Explanation.Probability != want.Customers[0].Explanation.Probability {
					t.Errorf("%+v, alone %+v", list.Customers[0], want.Customers[0])
				}
			}
		})
	}
	wait.Wait()
}

// TestDamagedIndexesAreRefused cuts the file, and turns each of many bytes.
func TestDamagedIndexesAreRefused(t *testing.T) {
	t.Parallel()
	whole := indexBytes(t, runOne(t, newTable("people", personColumns, households(60))))
	read := func(b []byte) error {
		_, err := readIndex(bytes.NewReader(b), int64(len(b)))
		return err
	}
	if err := read(whole); err != nil {
		t.Fatal(err)
	}
	for n := range 300 {
		cut := whole[:len(whole)*n/300]
		if err := read(cut); !errs.Is(err, errs.Corrupt) && !errs.Is(err, errs.Invalid) {
			t.Fatalf("cut to %d bytes: %v", len(cut), err)
		}
	}
	for at := 0; at < len(whole); at += 1 + len(whole)/3000 {
		b := bytes.Clone(whole)
		b[at] ^= 0x41
		if err := read(b); !errs.Is(err, errs.Corrupt) && !errs.Is(err, errs.Invalid) {
			t.Fatalf("byte %d turned: %v", at, err)
		}
	}
	if err := read(append(bytes.Clone(whole), 0)); !errs.Is(err, errs.Corrupt) {
		t.Errorf("a byte more: %v", err)
	}
	if _, err := OpenIndex(filepath.Join(t.TempDir(), "none")); !errs.Is(err, errs.NotFound) {
		t.Errorf("no file: %v", err)
	}
}

// FuzzIndexIsRefusedOrRead lets nothing in a file make reading it fail otherwise than by an error.
func FuzzIndexIsRefusedOrRead(f *testing.F) {
	result, err := Run(f.Context(), []*Table{newTable("people", personColumns, households(12))}, Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(indexBytes(f, result))
	f.Add([]byte(indexMagic))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) >= 4 { // a right checksum, so that the parts are looked at
			sum := crc32.Checksum(b[:len(b)-4], castagnoli)
			byteOrder.PutUint32(b[len(b)-4:], sum)
		}
		x, err := readIndex(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		if _, err := x.Find(t.Context(), map[string]string{"first_name": "Anna", "email": "a@b.example"}, 3); err != nil && !errs.Is(err, errs.Invalid) {
			t.Fatal(err)
		}
	})
}
