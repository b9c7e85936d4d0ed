package microsoft_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/sharing"
	"github.com/ownlake/ownlake/sharing/microsoft"
)

// BenchmarkChangeACLs changes the lists of 20,000 files of the embedded lake by the Data Lake protocol over TLS, with a
// token that is judged for every page.
func BenchmarkChangeACLs(b *testing.B) {
	bx := newBox(b)
	l := bx.lakeWithMany(b)
	lists := [2]access.ACL{}
	for i, bits := range []string{"r-x", "rwx"} {
		lists[i] = parse(b, fmt.Sprintf("group:%[1]s:%[2]s,default:group:%[1]s:%[2]s", readerGroup, bits))
	}
	entries, round := 0, 0
	for b.Loop() {
		continuation := ""
		for {
			page, err := l.ChangeACLs(b.Context(), lake.Root, sharing.Modify, lists[round%2], continuation)
			if err != nil {
				b.Fatal(err)
			}
			entries += page.Directories + page.Files
			if continuation = page.Continuation; continuation == "" {
				break
			}
		}
		round++
	}
	b.ReportMetric(float64(entries)/b.Elapsed().Seconds(), "entries/s")
}

// BenchmarkWalk reads the lists of 20,000 files and 40 folders, as a check does.
func BenchmarkWalk(b *testing.B) {
	l := newBox(b).lakeWithMany(b)
	entries := 0
	for b.Loop() {
		if err := l.Walk(b.Context(), lake.Root, func(lake.Path, bool, access.ACL) error { entries++; return nil }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(entries)/b.Elapsed().Seconds(), "entries/s")
}

// lakeWithMany has 20,000 files in 40 folders.
func (b *box) lakeWithMany(tb testing.TB) *microsoft.Lake {
	tb.Helper()
	l := b.lakeWith()
	for i := range 20_000 {
		p := lake.Path(fmt.Sprintf("d%02d/f%05d", i%40, i))
		if _, err := b.store.PutBlob(tb.Context(), sharing.Container, p, strings.NewReader("x"), lake.PutBlobOptions{}); err != nil {
			tb.Fatal(err)
		}
	}
	return l
}

// BenchmarkWalkDirectories reads the lists of 40 folders among 20,000 files, as a setup with groups of its own does.
func BenchmarkWalkDirectories(b *testing.B) {
	l := newBox(b).lakeWithMany(b)
	for b.Loop() {
		if err := l.WalkDirectories(b.Context(), lake.Root, func(lake.Path, bool, access.ACL) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}
