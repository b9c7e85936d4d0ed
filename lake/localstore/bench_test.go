package localstore_test

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/lake/localstore"
)

// benchStore is a store on disk with the filesystem "one".
func benchStore(b *testing.B, d localstore.Durability) *localstore.Store {
	b.Helper()
	s := openStore(b, localstore.Options{FS: vfs.Default, Dir: b.TempDir(), Durability: d})
	if _, err := s.CreateFilesystem(b.Context(), "one", lake.CreateFilesystemOptions{}); err != nil {
		b.Fatal(err)
	}
	return s
}

// BenchmarkCreateFlush1KiB writes small files as a client of the dfs endpoint does: create, append, flush.
func BenchmarkCreateFlush1KiB(b *testing.B) {
	content := bytes.Repeat([]byte("x"), 1<<10)
	for name, d := range map[string]localstore.Durability{"full": localstore.Full, "process": localstore.Process} {
		for _, writers := range []int{2, 32} {
			b.Run(fmt.Sprintf("%s/%dwriters", name, writers), func(b *testing.B) {
				s := benchStore(b, d)
				var n atomic.Int64
				b.SetParallelism(max(writers/runtime.GOMAXPROCS(0), 1))
				b.ResetTimer()
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						i := n.Add(1)
						p := lake.Path(fmt.Sprintf("d%d/f%d", i%100, i))
						if _, err := s.Create(b.Context(), "one", p, lake.CreateOptions{}); err != nil {
							b.Error(err)
						}
						if err := s.Append(b.Context(), "one", p, 0, bytes.NewReader(content), lake.AppendOptions{}); err != nil {
							b.Error(err)
						}
						if _, err := s.Flush(b.Context(), "one", p, 1<<10, lake.FlushOptions{}); err != nil {
							b.Error(err)
						}
					}
				})
			})
		}
	}
}

// fillDirectory puts files of 1 KiB into a directory.
func fillDirectory(b *testing.B, s *localstore.Store, dir lake.Path, files int) {
	b.Helper()
	content := bytes.Repeat([]byte("x"), 1<<10)
	for i := range files {
		p := dir.Join(fmt.Sprintf("part-%05d", i))
		if _, err := s.PutBlob(b.Context(), "one", p, bytes.NewReader(content), lake.PutBlobOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRenameDirectory renames directories of different sizes; the time must not depend on the size.
func BenchmarkRenameDirectory(b *testing.B) {
	for _, files := range []int{10, 10_000} {
		b.Run(fmt.Sprintf("%dfiles", files), func(b *testing.B) {
			s := benchStore(b, localstore.Process)
			fillDirectory(b, s, "a/d", files)
			from, to := lake.Path("a/d"), lake.Path("a/e")
			b.ResetTimer()
			for range b.N {
				_, err := s.Rename(b.Context(), lake.Location{Filesystem: "one", Path: from}, lake.Location{Filesystem: "one", Path: to}, lake.RenameOptions{})
				if err != nil {
					b.Fatal(err)
				}
				from, to = to, from
			}
		})
	}
}

// BenchmarkList lists 10,000 files in pages of 5,000.
func BenchmarkList(b *testing.B) {
	s := benchStore(b, localstore.Process)
	for d := range 10 {
		fillDirectory(b, s, lake.Path(fmt.Sprintf("a/d%d", d)), 1000)
	}
	b.ResetTimer()
	for range b.N {
		n := 0
		o := lake.ListOptions{Recursive: true}
		for more := true; more; more = o.Continuation != "" {
			page, err := s.List(b.Context(), "one", "a", o)
			if err != nil {
				b.Fatal(err)
			}
			n += len(page.Entries)
			o.Continuation = page.Continuation
		}
		if n != 10_010 {
			b.Fatalf("listed %d entries", n)
		}
	}
	b.ReportMetric(10_010*float64(b.N)/b.Elapsed().Seconds(), "entries/s")
}

func read(b *testing.B, s *localstore.Store, p lake.Path, o lake.ReadOptions) {
	b.Helper()
	c, err := s.Read(b.Context(), "one", p, o)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, c.Body); err != nil {
		b.Fatal(err)
	}
	if err := c.Body.Close(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkRead1KiB reads small files, and small ranges of a large one.
func BenchmarkRead1KiB(b *testing.B) {
	s := benchStore(b, localstore.Process)
	fillDirectory(b, s, "a/b/c", 1000)
	const size = 64 << 20
	if _, err := s.PutBlob(b.Context(), "one", "large", bytes.NewReader(make([]byte, size)), lake.PutBlobOptions{}); err != nil {
		b.Fatal(err)
	}
	b.Run("file", func(b *testing.B) {
		b.ReportAllocs()
		for i := range b.N {
			read(b, s, lake.Path(fmt.Sprintf("a/b/c/part-%05d", i%1000)), lake.ReadOptions{})
		}
	})
	b.Run("range", func(b *testing.B) {
		b.ReportAllocs()
		for i := range b.N {
			read(b, s, "large", lake.ReadOptions{Offset: int64(i) * 99_991 % (size - 1024), Count: 1024})
		}
	})
}

// BenchmarkReadLarge reads 64 MiB, with every byte checked.
func BenchmarkReadLarge(b *testing.B) {
	s := benchStore(b, localstore.Process)
	const size = 64 << 20
	if _, err := s.PutBlob(b.Context(), "one", "large", bytes.NewReader(make([]byte, size)), lake.PutBlobOptions{}); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(size)
	for b.Loop() {
		read(b, s, "large", lake.ReadOptions{})
	}
}

// BenchmarkPutBlob8MiB writes large content durably.
func BenchmarkPutBlob8MiB(b *testing.B) {
	s := benchStore(b, localstore.Full)
	content := make([]byte, 8<<20)
	b.SetBytes(int64(len(content)))
	for b.Loop() {
		if _, err := s.PutBlob(b.Context(), "one", "large", bytes.NewReader(content), lake.PutBlobOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}
