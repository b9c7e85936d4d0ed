package relation_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/engine"
	"github.com/ownlake/ownlake/odata"
	"github.com/ownlake/ownlake/odata/relation"
)

// benchTables are a million customers in a Parquet file.
type benchTables struct {
	session engine.Session
	file    string
}

func (t benchTables) List(context.Context) ([]insights.Snapshot, error) {
	return []insights.Snapshot{{Process: insights.Merge, Table: "Customer", PrimaryKey: "CustomerId", Run: "r", Columns: []insights.Column{
		{Name: "CustomerId", Type: insights.String}, {Name: "FullName", Type: insights.String}, {Name: "Spent", Type: insights.Double},
	}}}, nil
}

func (t benchTables) Read(_ context.Context, _ insights.Snapshot, use func(engine.Session, string) error) error {
	return use(t.session, "read_parquet("+engine.QuoteText(t.file)+")")
}

// BenchmarkAMillionCustomers measures what clients ask most: one row by its key, the first page of an order, a page in the middle,
// and a search.
func BenchmarkAMillionCustomers(b *testing.B) {
	tables := newTables(b)
	t := benchTables{tables.session, filepath.Join(b.TempDir(), "c.parquet")}
	fill := "COPY (SELECT md5(i::VARCHAR) AS CustomerId, 'Name ' || i AS FullName, (i * 7919 % 100000) / 10 AS Spent FROM range(1000000) t(i) ORDER BY 1) TO " +
		engine.QuoteText(t.file) + " (FORMAT parquet, COMPRESSION zstd)"
	if err := t.session.Exec(b.Context(), fill); err != nil {
		b.Fatal(err)
	}
	s := relation.New(relation.Options{Tables: t, Clock: time.Now})
	m, err := s.Model(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	set := &m.Sets[0]
	key := odata.Order{Expr: &odata.Member{Property: set.Property("CustomerId")}}
	all := []*odata.Property{&set.Properties[0], &set.Properties[1], &set.Properties[2]}
	filter := func(text string) odata.Expr {
		x, err := odata.ParseFilter(set, text)
		if err != nil {
			b.Fatal(err)
		}
		return x
	}
	search, err := odata.ParseSearch(`"name 999999"`)
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name string
		q    odata.Query
		rows int
	}{
		{"key", odata.Query{Filter: filter("CustomerId eq 'c4ca4238a0b923820dcc509a6f75849b'"), Limit: 1}, 1},
		{"first page", odata.Query{Order: []odata.Order{key}, Limit: 1001}, 1001},
		{"middle page", odata.Query{Order: []odata.Order{key}, After: []any{"80000000000000000000000000000000"}, Limit: 1001}, 1001},
		{"filtered order", odata.Query{Filter: filter("Spent gt 9000"), Order: []odata.Order{{Expr: &odata.Member{Property: &set.Properties[2]}, Descending: true}, key}, Limit: 1001}, 1001},
		{"search", odata.Query{Search: search, Order: []odata.Order{key}, Limit: 1001}, 1},
	} {
		b.Run(c.name, func(b *testing.B) {
			c.q.Set, c.q.Select = set, all
			for b.Loop() {
				if r, err := s.Read(b.Context(), c.q); err != nil || len(r.Rows) != c.rows {
					b.Fatalf("%d rows, %v", len(r.Rows), err)
				}
			}
		})
	}
}
