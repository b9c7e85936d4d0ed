package localstore

import (
	"fmt"
	"math"
	"testing"
)

func TestETagsAreHexadecimalWithoutLeadingZeros(t *testing.T) {
	t.Parallel()
	for _, v := range []uint64{0, 1, 9, 10, 15, 16, 0xfff, 0x1000, 0x8DCF1F2A3B4C5D6, 1 << 63, math.MaxUint64} {
		if got, want := string(formatETag(v)), fmt.Sprintf("0x%X", v); got != want {
			t.Errorf("formatETag(%d) = %q, want %q", v, got, want)
		}
	}
}
