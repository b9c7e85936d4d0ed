package match

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/ownlake/ownlake/sample"
)

// BenchmarkLookup looks records of a sample up in an index of it, each changed in two values: a letter swapped in one,
// another left out. OWNLAKE_BENCH_RECORDS says of how many records, 100,000 if it says nothing. Beside the time it
// reports the 99th percentile, how often the record's customer came first, and what the index costs.
func BenchmarkLookup(b *testing.B) {
	records := 100_000
	if text := os.Getenv("OWNLAKE_BENCH_RECORDS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			b.Fatal(err)
		}
		records = n
	}
	tables := sampleTables(b, records)
	result, err := Run(b.Context(), tables, Options{Skip: sampleKeys})
	if err != nil {
		b.Fatal(err)
	}
	path := filepath.Join(b.TempDir(), "records.index")
	file, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	start := time.Now()
	if err := result.WriteIndex(file, result.IDs(func(_, row int) string { return strconv.Itoa(row) })); err != nil {
		b.Fatal(err)
	}
	written := time.Since(start)
	if err := file.Close(); err != nil {
		b.Fatal(err)
	}
	queries, want := changedRecords(tables, result)
	before := heap()
	start = time.Now()
	x, err := OpenIndex(path)
	if err != nil {
		b.Fatal(err)
	}
	opened := time.Since(start)
	size := heap() - before
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("changed record", func(b *testing.B) {
		lookUp(b, x, queries, want)
		b.ReportMetric(written.Seconds(), "s-written")
		b.ReportMetric(opened.Seconds(), "s-opened")
		b.ReportMetric(float64(info.Size())/1e6, "MB-file")
		b.ReportMetric(float64(size)/1e6, "MB-heap")
	})
	b.Run("common name", func(b *testing.B) {
		lookUp(b, x, []map[string]string{{"FirstName": "John", "LastName": "Smith"}}, []string{""})
	})
}

// lookUp reports how long lookups take, and how often the wanted customer is the likeliest.
func lookUp(b *testing.B, x *Index, queries []map[string]string, want []string) {
	b.Helper()
	var times []time.Duration
	first, compared := 0, 0
	for b.Loop() {
		at := len(times) % len(queries)
		start := time.Now()
		list, err := x.Find(b.Context(), queries[at], 5)
		if err != nil {
			b.Fatal(err)
		}
		times = append(times, time.Since(start))
		compared += list.Compared
		if len(list.Customers) > 0 && list.Customers[0].Customer == want[at] {
			first++
		}
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(compared)/float64(len(times)), "compared")
	b.ReportMetric(100*float64(first)/float64(len(times)), "%first")
}

// sampleKeys are columns that identify records.
var sampleKeys = []string{"ContactId", "customer_no", "MEMBER_ID"}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func sampleTables(b *testing.B, records int) (tables []*Table) {
	b.Helper()
	dir := b.TempDir()
	if _, err := sample.Generate(b.Context(), sample.Options{Customers: max(1, records/3), Seed: 1, Dir: dir}); err != nil {
		b.Fatal(err)
	}
	for _, name := range []string{"crm/contacts.csv", "shop/customers.csv", "loyalty/members.csv"} {
		t, _, err := ReadFile(b.Context(), filepath.Join(dir, name), nil)
		if err != nil {
			b.Fatal(err)
		}
		tables = append(tables, t)
	}
	return tables
}

// changedRecords are some hundred records with two changes, and the ids of their customers.
func changedRecords(tables []*Table, result *Result) (queries []map[string]string, want []string) {
	r := rand.New(rand.NewPCG(1, 2))
	ids := result.IDs(func(_, row int) string { return strconv.Itoa(row) })
	for range 500 {
		table := r.IntN(len(tables))
		t := tables[table]
		row := r.IntN(t.Rows)
		record := map[string]string{}
		var filled []string
		for i := range t.Columns {
			if v := t.Columns[i].Value(row); v != "" && !slices.Contains(sampleKeys, t.Columns[i].Name) {
				record[t.Columns[i].Name] = v
				filled = append(filled, t.Columns[i].Name)
			}
		}
		delete(record, filled[r.IntN(len(filled))])
		for _, name := range filled {
			if v := record[name]; len(v) > 3 {
				at := 1 + r.IntN(len(v)-2)
				record[name] = v[:at] + v[at+1:at+2] + v[at:at+1] + v[at+2:]
				break
			}
		}
		queries = append(queries, record)
		want = append(want, ids(result.Clusters[result.records.first[table]+row]))
	}
	return queries, want
}
