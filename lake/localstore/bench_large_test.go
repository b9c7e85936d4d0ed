package localstore_test

import (
	"bytes"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/lake/localstore"
)

// writePlain writes a file as a program would that has nothing else to do: one write after the other, then one sync.
func writePlain(b *testing.B, name string, chunk []byte, chunks int) time.Duration {
	b.Helper()
	start := time.Now()
	f, err := os.Create(name)
	if err != nil {
		b.Fatal(err)
	}
	for range chunks {
		if _, err := f.Write(chunk); err != nil {
			b.Fatal(err)
		}
	}
	if err := f.Sync(); err != nil {
		b.Fatal(err)
	}
	took := time.Since(start)
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	if err := os.Remove(name); err != nil {
		b.Fatal(err)
	}
	return took
}

// BenchmarkUploadLarge appends 256 MiB in parts of 8 MiB, four at a time, and flushes, in turn with a plain file that
// is written and synced. The metric of_plain_file is how fast that is beside the plain file.
func BenchmarkUploadLarge(b *testing.B) {
	const parts = 32
	chunk := bytes.Repeat([]byte("0123456789abcdef"), 512<<10)
	s := benchStore(b, localstore.Full)
	plain := filepath.Join(b.TempDir(), "plain")
	b.SetBytes(int64(len(chunk) * parts))
	var own, peer time.Duration
	for b.Loop() {
		start := time.Now()
		if _, err := s.Create(b.Context(), "one", "large", lake.CreateOptions{}); err != nil {
			b.Fatal(err)
		}
		var appends sync.WaitGroup
		for w := range 4 {
			appends.Go(func() {
				for i := w; i < parts; i += 4 {
					if err := s.Append(b.Context(), "one", "large", int64(i*len(chunk)), bytes.NewReader(chunk), lake.AppendOptions{}); err != nil {
						b.Error(err)
					}
				}
			})
		}
		appends.Wait()
		if _, err := s.Flush(b.Context(), "one", "large", int64(parts*len(chunk)), lake.FlushOptions{}); err != nil {
			b.Fatal(err)
		}
		own += time.Since(start)
		b.StopTimer()
		if err := s.Delete(b.Context(), "one", "large", lake.DeleteOptions{}); err != nil {
			b.Fatal(err)
		}
		peer += writePlain(b, plain, chunk, parts)
		b.StartTimer()
	}
	b.ReportMetric(float64(peer)/float64(own), "of_plain_file")
}
