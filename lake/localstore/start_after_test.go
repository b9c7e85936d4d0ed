package localstore_test

import (
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/lake/localstore"
)

func TestListingStartsAfterANameThatNeedNotExist(t *testing.T) {
	t.Parallel()
	s, err := localstore.Open(localstore.Options{FS: vfs.NewMem(), Dir: "/lake", Clock: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if _, err := s.CreateFilesystem(t.Context(), "fs1", lake.CreateFilesystemOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, p := range []lake.Path{"a/x", "a-b", "a.c", "b", "d/a", "d/b/c", "d/b-"} {
		if _, err := s.Create(t.Context(), "fs1", p, lake.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		dir           lake.Path
		after, prefix string
		want          []lake.Path
	}{
		{"", "", "", []lake.Path{"a", "a-b", "a.c", "b", "d"}},
		{"", "a", "", []lake.Path{"a-b", "a.c", "b", "d"}},
		{"", "a/x", "", []lake.Path{"b", "d"}},
		{"", "a-", "a", []lake.Path{"a-b", "a.c"}},
		{"", "z", "", nil},
		{"d", "d/a", "", []lake.Path{"d/b", "d/b-"}},
		{"d", "d/b/c", "", nil},
		{"d", "c", "", []lake.Path{"d/a", "d/b", "d/b-"}},
		{"d", "e", "", nil},
		{"d", "d", "d/b", []lake.Path{"d/b", "d/b-"}},
	} {
		var got []lake.Path
		o := lake.ListOptions{StartAfter: tt.after, Prefix: tt.prefix, MaxResults: 1}
		for more := true; more; more = o.Continuation != "" {
			page, err := s.List(t.Context(), "fs1", tt.dir, o)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range page.Entries {
				got = append(got, e.Path)
			}
			o.Continuation, o.StartAfter = page.Continuation, ""
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%q after %q with prefix %q (-want +got):\n%s", tt.dir, tt.after, tt.prefix, diff)
		}
	}
}
