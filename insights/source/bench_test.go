package source_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/ownlake/ownlake/insights"
	"github.com/ownlake/ownlake/insights/engine"
)

// BenchmarkIngest compares ingestion of a file of good rows with what the engine alone needs to turn the same CSV into
// Parquet, types inferred. OWNLAKE_BENCH_CSV names another file.
func BenchmarkIngest(b *testing.B) {
	fx := newFixture(b)
	file := os.Getenv("OWNLAKE_BENCH_CSV")
	if file == "" {
		random := rand.New(rand.NewPCG(1, 2))
		file = fx.write(b, "contacts.csv", "ContactId,FirstName,LastName,Email,Phone,Street,City,PostalCode,BirthDate,ModifiedOn,Points,Amount\n"+many(300_000, func(i int) string {
			return fmt.Sprintf("C%08d,Ann%d,Smith%d,a%d@mail.example,+1 (555) %03d-%04d,%d Hill Street,Oslo,%05d,%d-%02d-%02d,2024-03-%02dT07:%02d:33Z,%d,%d.%02d\n",
				i, i%700, i%9000, i, i%1000, i%10_000, i%300, random.IntN(99999), 1940+i%70, i%12+1, i%28+1, i%28+1, i%60, random.IntN(5000), random.IntN(900), i%100)
		}))
	}
	info, err := os.Stat(file)
	if err != nil {
		b.Fatal(err)
	}
	out := filepath.Join(b.TempDir(), "raw.parquet")
	b.Run("engine alone", func(b *testing.B) {
		b.SetBytes(info.Size())
		for b.Loop() {
			query := "COPY (SELECT * FROM read_csv(" + engine.QuoteText(file) + ", ignore_errors=true)) TO " + engine.QuoteText(out) + " (FORMAT parquet, COMPRESSION zstd)"
			if err := fx.session.Exec(b.Context(), query); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("ingest", func(b *testing.B) {
		b.SetBytes(info.Size())
		for b.Loop() {
			if _, err := fx.ingest(b, insights.SourceTable{Location: file}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
