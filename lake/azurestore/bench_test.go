package azurestore_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/lake/azurestore"
)

// benchStore is a store with a filesystem fs1, over HTTP to an embedded lake in memory: the cost measured is
// that of the protocol on both sides.
func benchStore(b *testing.B) *azurestore.Store {
	b.Helper()
	s := open(b, wire.DFS)
	if _, err := s.CreateFilesystem(b.Context(), "fs1", lake.CreateFilesystemOptions{}); err != nil {
		b.Fatal(err)
	}
	return s
}

func BenchmarkPutBlob(b *testing.B) {
	for name, size := range map[string]int{"1KiB": 1 << 10, "64MiB": 64 << 20} {
		b.Run(name, func(b *testing.B) {
			s, data := benchStore(b), make([]byte, size)
			b.SetBytes(int64(size))
			for b.Loop() {
				if _, err := s.PutBlob(b.Context(), "fs1", "a", bytes.NewReader(data), lake.PutBlobOptions{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkRead(b *testing.B) {
	for name, size := range map[string]int{"1KiB": 1 << 10, "64MiB": 64 << 20} {
		b.Run(name, func(b *testing.B) {
			s := benchStore(b)
			if _, err := s.PutBlob(b.Context(), "fs1", "a", bytes.NewReader(make([]byte, size)), lake.PutBlobOptions{}); err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(size))
			for b.Loop() {
				content, err := s.Read(b.Context(), "fs1", "a", lake.ReadOptions{})
				if err != nil {
					b.Fatal(err)
				}
				if _, err := io.Copy(io.Discard, content.Body); err != nil {
					b.Fatal(err)
				}
				if err := content.Body.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkProperties(b *testing.B) {
	s := benchStore(b)
	if _, err := s.Create(b.Context(), "fs1", "a", lake.CreateOptions{}); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := s.Properties(b.Context(), "fs1", "a", lake.Conditions{}); err != nil {
			b.Fatal(err)
		}
	}
}
