package microsoft_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/sharing"
)

// BenchmarkChangeACLs changes the lists of 20,000 files of the embedded lake by the Data Lake protocol over TLS, with a
// token that is judged for every page.
func BenchmarkChangeACLs(b *testing.B) {
	const files = 20_000
	bx := newBox(b)
	l := bx.lakeWith()
	for i := range files {
		p := lake.Path(fmt.Sprintf("d%02d/f%05d", i%40, i))
		if _, err := bx.store.PutBlob(b.Context(), sharing.Container, p, strings.NewReader("x"), lake.PutBlobOptions{}); err != nil {
			b.Fatal(err)
		}
	}
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
