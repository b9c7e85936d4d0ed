package localstore_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/lake/localstore"
)

func TestSmoke(t *testing.T) {
	t.Parallel()
	s, err := localstore.Open(localstore.Options{FS: vfs.NewMem(), Dir: "/data/lake", Clock: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err = s.CreateFilesystem(ctx, "fs1", lake.CreateFilesystemOptions{})
	must(err)
	_, err = s.Create(ctx, "fs1", "a/b/c.csv", lake.CreateOptions{})
	must(err)
	must(s.Append(ctx, "fs1", "a/b/c.csv", 0, strings.NewReader("hello"), lake.AppendOptions{}))
	p, err := s.Flush(ctx, "fs1", "a/b/c.csv", 5, lake.FlushOptions{})
	must(err)
	t.Log(p)
	big := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	must(s.Append(ctx, "fs1", "a/b/c.csv", 5, bytes.NewReader(big), lake.AppendOptions{}))
	_, err = s.Flush(ctx, "fs1", "a/b/c.csv", 5+int64(len(big)), lake.FlushOptions{})
	must(err)
	c, err := s.Read(ctx, "fs1", "a/b/c.csv", lake.ReadOptions{Offset: 2})
	must(err)
	b, err := io.ReadAll(c.Body)
	must(err)
	must(c.Body.Close())
	if want := "llo" + string(big); string(b) != want {
		t.Fatal("content", len(b), len(want))
	}
	_, err = s.PutBlob(ctx, "fs1", "x/y", bytes.NewReader(big), lake.PutBlobOptions{})
	must(err)
	_, err = s.Rename(ctx, lake.Location{"fs1", "a"}, lake.Location{"fs1", "x/z"}, lake.RenameOptions{})
	must(err)
	for i := range 3 {
		must(s.PutBlock(ctx, "fs1", "blk", lake.BlockID(fmt.Sprint(i)), bytes.NewReader(big)))
	}
	_, err = s.PutBlockList(ctx, "fs1", "blk", []lake.BlockRef{{ID: "2"}, {ID: "0"}}, lake.PutBlobOptions{})
	must(err)
	bl, err := s.BlockList(ctx, "fs1", "blk")
	must(err)
	t.Log(bl.Committed, bl.Uncommitted)
	name, release, err := s.LocalFile(ctx, "fs1", "blk")
	must(err)
	t.Log(name)
	release()
	token := ""
	for {
		page, err := s.List(ctx, "fs1", "", lake.ListOptions{Recursive: true, MaxResults: 2, Continuation: token})
		must(err)
		for _, e := range page.Entries {
			t.Log(e.Path, e.IsDirectory, e.Size, e.ETag, e.Permissions)
		}
		if token = page.Continuation; token == "" {
			break
		}
	}
	must(s.Delete(ctx, "fs1", "x", lake.DeleteOptions{Recursive: true}))
	must(s.Close())
}
