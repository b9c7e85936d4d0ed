package localstore

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// replaceByLink moves what lies at a name elsewhere and puts a link to it in its place.
func replaceByLink(t *testing.T, name string) (target string) {
	t.Helper()
	target = filepath.Join(t.TempDir(), "elsewhere")
	if err := os.Rename(name, target); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, name); err != nil {
		t.Skipf("the system makes no symbolic links: %v", err)
	}
	return target
}

// TestALinkInTheFolderIsRefusedWhenItIsOpened replaces each part of a lake's folder by a link to it.
func TestALinkInTheFolderIsRefusedWhenItIsOpened(t *testing.T) {
	t.Parallel()
	for _, part := range []string{contentDir, namesDir, formatName, reserveName, lockName} {
		dir := checkedLake(t)
		target := replaceByLink(t, filepath.Join(dir, part))
		before := tree(t, target)
		_, err := Open(Options{FS: vfs.Default, Dir: dir, Clock: time.Now})
		if !errs.Is(err, errs.Corrupt) || errs.HintOf(err) == "" {
			t.Errorf("%s is a link: %v (kind %v), want corrupt with a hint", part, err, errs.KindOf(err))
		}
		if _, err := Check(t.Context(), CheckOptions{FS: vfs.Default, Dir: dir, Clock: time.Now, Repair: true}); !errs.Is(err, errs.Corrupt) {
			t.Errorf("check of a folder whose %s is a link: %v", part, err)
		}
		if after := tree(t, target); len(after) != len(before) {
			t.Errorf("%s: %d files lie behind the link, there were %d", part, len(after), len(before))
		}
	}
	// The folder itself may be one.
	dir := checkedLake(t)
	replaceByLink(t, dir)
	closeStore(t, openDir(t, dir))
}

// TestALinkInPlaceOfAContentFileIsNotFollowed lets a link take a content file's place while the lake is open.
func TestALinkInPlaceOfAContentFileIsNotFollowed(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "lake")
	s := openDir(t, dir)
	content := bulk(50_000, 1)
	run(t, s, filesystemStep, put("f", content), put("g", content))
	e, _ := nodeAt(t, s.db, "f")
	target := replaceByLink(t, s.contents.name(e.node.extents[0].content))
	if got, err := readAll(t.Context(), s, "f", lake.ReadOptions{}); !errs.Is(err, errs.Corrupt) || len(got) > 0 {
		t.Errorf("reading through a link: %d bytes, %v", len(got), err)
	}
	run(t, s, put("f", bulk(60_000, 2))) // removes what lies in the former content's place
	if b, err := os.ReadFile(target); err != nil || !bytes.Equal(b, content) {
		t.Errorf("behind the link are %d bytes, %v; want them untouched", len(b), err)
	}
	if got, err := readAll(t.Context(), s, "f", lake.ReadOptions{}); err != nil || !bytes.Equal(got, bulk(60_000, 2)) {
		t.Errorf("the file that was written anew: %d bytes, %v", len(got), err)
	}
	if err := checkFiles(t.Context(), s); err != nil {
		t.Error(err)
	}
	closeStore(t, s)
	if r := check(t, dir, false); len(r.Findings) > 0 {
		t.Errorf("check: %s", findings(r))
	}
}

// TestALinkInPlaceOfAContentFolderIsNotFollowed lets a link to a folder take the place of one with content.
func TestALinkInPlaceOfAContentFolderIsNotFollowed(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "lake")
	s, err := Open(Options{FS: vfs.Default, Dir: dir, Clock: stepClock(), Durability: Process})
	if err != nil {
		t.Fatal(err)
	}
	run(t, s, filesystemStep, put("f", bulk(50_000, 1)), put("kept", bulk(50_000, 2)))
	e, _ := nodeAt(t, s.db, "f")
	target := replaceByLink(t, s.contents.shard(e.node.extents[0].content))
	before := tree(t, target)
	if _, err := readAll(t.Context(), s, "f", lake.ReadOptions{}); !errs.Is(err, errs.Corrupt) {
		t.Errorf("reading through a link: %v", err)
	}
	run(t, s, remove("f"))
	for i := range 300 { // content goes to each of 256 folders in turn
		err := put("new", bulk(20_000, byte(i))).run(t.Context(), s)
		if err != nil && !errs.Is(err, errs.Corrupt) {
			t.Fatalf("writing beside a link: %v", err)
		}
	}
	if got, err := readAll(t.Context(), s, "kept", lake.ReadOptions{}); err != nil || !bytes.Equal(got, bulk(50_000, 2)) {
		t.Errorf("the other file: %d bytes, %v", len(got), err)
	}
	closeStore(t, s)
	r := check(t, dir, true)
	if r.Damage() != 0 || r.Aside == "" {
		t.Errorf("the repair left damage: %s", findings(r))
	}
	if r := check(t, dir, false); len(r.Findings) > 0 {
		t.Errorf("after the repair: %s", findings(r))
	}
	after := tree(t, target)
	if len(after) != len(before) {
		t.Errorf("%d files lie behind the link, there were %d", len(after), len(before))
	}
	for name, b := range before {
		if after[name] != b {
			t.Errorf("%s, behind the link, was changed", name)
		}
	}
}
