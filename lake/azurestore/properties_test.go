package azurestore

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/lake"
)

func TestMetadataSurvivesTheHeaderInItsCase(t *testing.T) {
	t.Parallel()
	for _, m := range []lake.Metadata{{}, {"a": ""}, {"CamelCase": "x=y,z", "lower": "ünïcode", "UPPER": "a b"}} {
		if diff := cmp.Diff(m, parseProperties(formatProperties(m))); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	}
}

func TestTheMarkOfDirectoriesIsNoMetadata(t *testing.T) {
	t.Parallel()
	if got := parseProperties("hdi_isfolder=dHJ1ZQ==,a=MQ=="); len(got) != 1 || got["a"] != "1" {
		t.Errorf("got %v, want a alone", got)
	}
}

func TestTimesOfListingsAreReadInBothForms(t *testing.T) {
	t.Parallel()
	want := time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)
	for _, s := range []string{"Tue, 03 Feb 2026 04:05:06 GMT", "134145651060000000"} {
		if got := listedTime(s); !got.Equal(want) {
			t.Errorf("listedTime(%q) = %v, want %v", s, got, want)
		}
	}
	if got := listedTime(""); !got.IsZero() {
		t.Errorf("no time is read as %v", got)
	}
}

func TestAListingStartsAtTheDeepestDirectoryOfItsPrefix(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		dir, prefix string
		recursive   bool
		root        lake.Path
		possible    bool
	}{
		{"", "", true, "", true},
		{"a", "", true, "a", true},
		{"a", "a", true, "a", true},
		{"a", "a/", true, "a", true},
		{"a", "a/b", true, "a", true},
		{"a", "a/b/", true, "a/b", true},
		{"a", "a/b/c-", true, "a/b", true},
		{"a", "a/b/c-", false, "a/b", false},
		{"a", "b", true, "a", false},
		{"a", "ab", true, "a", false},
		{"", "in/2026", true, "in", true},
		{"", "in", false, "", true},
	} {
		root, possible := listRoot(lake.Path(c.dir), lake.ListOptions{Prefix: c.prefix, Recursive: c.recursive})
		if possible != c.possible || possible && root != c.root {
			t.Errorf("listRoot(%q, %q, recursive %v) = %q, %v; want %q, %v", c.dir, c.prefix, c.recursive, root, possible, c.root, c.possible)
		}
	}
}
