package localstore

import (
	"math/rand/v2"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/google/go-cmp/cmp"
)

// TestSumsOfStagedBytesAreThoseOfTheBytes writes pieces of all sizes in all orders, also over each other.
func TestSumsOfStagedBytesAreThoseOfTheBytes(t *testing.T) {
	t.Parallel()
	s := openDir(t, t.TempDir())
	for seed := range uint64(200) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		content := make([]byte, 1+rnd.IntN(5*sumChunk))
		for i := range content {
			content[i] = byte(rnd.Uint32())
		}
		f, err := vfs.NewMem().Create("f", vfs.WriteCategoryUnspecified)
		if err != nil {
			t.Fatal(err)
		}
		st := &staging{bytes: spool{file: f}}
		write := func(from, to int) {
			if err := st.write(s, content[from:to], int64(from)); err != nil {
				t.Fatal(err)
			}
		}
		for range rnd.IntN(5) { // what an append that failed, or one that is written over, leaves
			from := rnd.IntN(len(content)) / sumChunk * sumChunk
			write(from, min(len(content), from+1+rnd.IntN(2*sumChunk)))
		}
		var starts []int
		step := []int{sumChunk, 2 * sumChunk, 1000, sumChunk / 2, sumChunk + 1}[rnd.IntN(5)]
		for at := 0; at < len(content); at += step {
			starts = append(starts, at)
		}
		if rnd.IntN(2) == 0 {
			rnd.Shuffle(len(starts), func(i, j int) { starts[i], starts[j] = starts[j], starts[i] })
		}
		for _, at := range starts {
			write(at, min(at+step, len(content)))
		}
		var want sums
		want.write(content)
		got, err := st.sums.all(&st.bytes, int64(len(content)))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want.all(), got); diff != "" {
			t.Fatalf("seed %d, %d bytes in steps of %d (-want +got):\n%s", seed, len(content), step, diff)
		}
	}
}

func TestSumsAreKeptWhereAppendsRunSideBySide(t *testing.T) {
	t.Parallel()
	var kept stagedSums
	for _, chunk := range []int64{3, 0, 2, 1} {
		for half := range int64(2) {
			kept.write(make([]byte, sumChunk/2), chunk*sumChunk+half*sumChunk/2)
		}
	}
	for i, c := range kept {
		if c.upTo != sumChunk {
			t.Errorf("chunk %d: the sum covers %d bytes, want all", i, c.upTo)
		}
	}
}
