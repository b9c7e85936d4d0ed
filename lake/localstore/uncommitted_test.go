package localstore_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/lake/localstore"
)

func TestBlobsThatWereBegunAreFoundUntilTheyAreCommitted(t *testing.T) {
	t.Parallel()
	s := openStore(t, localstore.Options{FS: vfs.NewMem(), Dir: "/lake"})
	ctx := t.Context()
	if _, err := s.CreateFilesystem(ctx, "fs1", lake.CreateFilesystemOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, p := range []lake.Path{"a", "a-b", "d/1", "d/2", "da", "z"} {
		for i := range 3 {
			if err := s.PutBlock(ctx, "fs1", p, lake.BlockID(fmt.Sprint("block", i)), strings.NewReader("x"), lake.PutBlockOptions{}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := s.PutBlockList(ctx, "fs1", "z", []lake.BlockRef{{ID: "block0"}}, lake.PutBlobOptions{}); err != nil {
		t.Fatal(err)
	}
	// A file that is there and has blocks of its next version is no such blob.
	if err := s.PutBlock(ctx, "fs1", "z", "block9", strings.NewReader("x"), lake.PutBlockOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		prefix, after string
		limit         int
		want          []lake.Path
	}{
		{"", "", 9, []lake.Path{"a", "a-b", "d/1", "d/2", "da"}},
		{"", "", 2, []lake.Path{"a", "a-b"}},
		{"", "a-b", 9, []lake.Path{"d/1", "d/2", "da"}},
		{"", "b", 9, []lake.Path{"d/1", "d/2", "da"}},
		{"d", "", 9, []lake.Path{"d/1", "d/2", "da"}},
		{"d/", "", 9, []lake.Path{"d/1", "d/2"}},
		{"d/", "d/1", 9, []lake.Path{"d/2"}},
		{"d/", "a", 9, []lake.Path{"d/1", "d/2"}},
		{"d/", "z", 9, nil},
		{"none", "", 9, nil},
	} {
		got, err := s.UncommittedBlobs(ctx, "fs1", c.prefix, c.after, c.limit)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("prefix %q after %q, at most %d (-want +got):\n%s", c.prefix, c.after, c.limit, diff)
		}
	}
	if _, err := s.UncommittedBlobs(ctx, "none", "", "", 9); err == nil {
		t.Error("a missing filesystem is no error")
	}
}
