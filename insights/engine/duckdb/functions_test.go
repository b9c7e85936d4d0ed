package duckdb_test

import (
	"testing"

	"github.com/ownlake/ownlake/insights/engine"
)

func TestFunctionsHoldOverManyChunks(t *testing.T) {
	t.Parallel()
	s := open(t, engine.Options{})
	exec(t, s, `CREATE TABLE pairs AS SELECT md5(i::VARCHAR) AS a, md5((i % 1000)::VARCHAR) AS b FROM range(50000) t(i)`)
	for query, want := range map[string]string{
		// DuckDB's own distance is right for ASCII, so it is the judge here.
		"SELECT count(*) FROM pairs WHERE edit_distance(a, b) <> levenshtein(a, b)":                                     "0",
		"SELECT count(*) FROM pairs WHERE similarity(a, b) <> (32 - levenshtein(a, b)) / 32":                            "0",
		"SELECT count(*) FROM pairs WHERE similarity_at_least(a, b, 0.3) <> (similarity(a, b) >= 0.3)":                  "0",
		"SELECT count(*) FROM pairs WHERE similarity_at_least(a, b, CASE WHEN length(a) > 0 THEN 0.9 END)":              "1000",
		"SELECT count(similarity(CASE WHEN a < '8' THEN a END, b)) = count(*) FILTER (a < '8') FROM pairs":              "true",
		"SELECT count(*) FROM pairs WHERE similarity(CASE WHEN a < '8' THEN a END, b) IS NULL AND a < '8'":              "0",
		"SELECT count(*) FROM (SELECT DISTINCT a FROM pairs ORDER BY a LIMIT 3) x WHERE similarity_at_least(a, a, 1.0)": "3",
	} {
		if got := value(t, s, query); got != want {
			t.Errorf("%s = %s, want %s", query, got, want)
		}
	}
}

// BenchmarkPairs compares 500,000 pairs of names on one thread. DuckDB's levenshtein counts bytes, so it is only
// right for ASCII and is here for the comparison of speed.
func BenchmarkPairs(b *testing.B) {
	s := open(b, engine.Options{Threads: 1})
	const rows = 500_000
	for _, q := range []string{
		`CREATE TABLE ascii AS SELECT md5(i::VARCHAR)[:6 + i % 14] AS a, md5((i // 2)::VARCHAR)[:6 + i % 13] AS b FROM range(500000) t(i)`,
		`CREATE TABLE accented AS SELECT translate(a, 'aeiou', 'äéïöü') AS a, translate(b, 'aeiou', 'äéïöü') AS b FROM ascii`,
	} {
		if err := s.Exec(b.Context(), q); err != nil {
			b.Fatal(err)
		}
	}
	for _, table := range []string{"ascii", "accented"} {
		for _, f := range []string{"levenshtein(a, b) > 3", "edit_distance(a, b) > 3", "similarity(a, b) >= 0.8", "similarity_at_least(a, b, 0.8)"} {
			b.Run(table+"/"+f, func(b *testing.B) {
				for b.Loop() {
					if err := s.Exec(b.Context(), "SELECT count(*) FROM "+table+" WHERE "+f); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mpairs/s")
			})
		}
	}
}
