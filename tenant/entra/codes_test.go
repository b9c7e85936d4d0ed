package entra

import (
	"strconv"
	"testing"
	"time"
)

func TestManyPagesKeepNobodyOut(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	c := newCodes(func() time.Time { return now })
	first := put(c, c.pages, signIn{state: "first"}, codeLife)
	for i := range 3 * maxPending {
		key := put(c, c.pages, signIn{state: strconv.Itoa(i)}, codeLife)
		if len(c.pages) > maxPending {
			t.Fatalf("%d pages wait", len(c.pages))
		}
		if i%1000 == 0 {
			if in, ok := take(c, c.pages, key); !ok || in.state != strconv.Itoa(i) {
				t.Errorf("the page that was opened last is gone: %+v", in)
			}
		}
	}
	_, early := take(c, c.pages, first)
	put(c, c.pages, signIn{state: "in its place"}, codeLife) // expired pages are looked for where there is no room
	now = now.Add(codeLife)
	last := put(c, c.pages, signIn{state: "last"}, codeLife)
	if len(c.pages) != 1 {
		t.Errorf("%d pages wait after all but one have expired (the first was there: %t)", len(c.pages), early)
	}
	if _, ok := take(c, c.pages, last); !ok {
		t.Error("the last page is gone")
	}
	if _, ok := take(c, c.pages, last); ok {
		t.Error("a page is taken twice")
	}
}
