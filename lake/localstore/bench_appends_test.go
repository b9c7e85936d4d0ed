package localstore_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/lake/localstore"
)

// BenchmarkManyAppends appends 1 KiB to one file, not waiting for the disk: 100,000 times by append and flush, and as often as an append
// blob takes blocks. The metrics are how long the first, the middle and the last hundredth of them took, and how fast the
// file that they made is read.
func BenchmarkManyAppends(b *testing.B) {
	content := bytes.Repeat([]byte("x"), 1<<10)
	b.Run("AppendFlush", func(b *testing.B) {
		manyAppends(b, 100_000, nil, func(s *localstore.Store, i int64) error {
			if err := s.Append(b.Context(), "one", "f", i<<10, bytes.NewReader(content), lake.AppendOptions{}); err != nil {
				return err
			}
			_, err := s.Flush(b.Context(), "one", "f", (i+1)<<10, lake.FlushOptions{})
			return err
		})
	})
	b.Run("AppendBlock", func(b *testing.B) {
		manyAppends(b, lake.MaxAppendBlocks, &lake.BlobDetails{Append: &lake.AppendState{}}, func(s *localstore.Store, _ int64) error {
			_, _, err := s.AppendBlock(b.Context(), "one", "f", bytes.NewReader(content), lake.AppendBlockOptions{})
			return err
		})
	})
}

func manyAppends(b *testing.B, n int64, d *lake.BlobDetails, add func(s *localstore.Store, i int64) error) {
	b.Helper()
	for b.Loop() {
		s := benchStore(b, localstore.Process)
		if _, err := s.PutBlob(b.Context(), "one", "f", bytes.NewReader(nil), lake.PutBlobOptions{Details: d}); err != nil {
			b.Fatal(err)
		}
		var took [100]time.Duration
		for i := range n {
			start := time.Now()
			if err := add(s, i); err != nil {
				b.Fatal(err)
			}
			took[i*100/n] += time.Since(start)
		}
		each := func(hundredth int) float64 { return float64(took[hundredth].Microseconds()) * 100 / float64(n) }
		b.ReportMetric(each(0), "µs/first")
		b.ReportMetric(each(50), "µs/middle")
		b.ReportMetric(each(99), "µs/last")
		start := time.Now()
		read(b, s, "f", lake.ReadOptions{})
		b.ReportMetric(float64(n)/1024/time.Since(start).Seconds(), "MiB/s_read")
	}
}
