package recordfile_test

import (
	"path/filepath"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/sharing"
	"github.com/ownlake/ownlake/sharing/recordfile"
)

func TestARecordIsKeptAndRemoved(t *testing.T) {
	t.Parallel()
	f := recordfile.File{FS: vfs.Default, Name: filepath.Join(t.TempDir(), "share.json")}
	if _, err := f.Load(); !errs.Is(err, errs.NotFound) {
		t.Errorf("no file: %v", err)
	}
	want := &sharing.Record{Account: "/subscriptions/s", Path: "a/b", Changes: []sharing.Change{{Kind: sharing.MadeGroup, Name: "g"}}}
	if err := f.Save(want); err != nil {
		t.Fatal(err)
	}
	got, err := f.Load()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-saved +loaded):\n%s", diff)
	}
	if err := f.Remove(); err != nil {
		t.Fatal(err)
	}
	if err := f.Remove(); err != nil {
		t.Errorf("removed twice: %v", err)
	}
	f.Name = filepath.Join(t.TempDir(), "none", "share.json")
	if err := f.Save(want); !errs.Is(err, errs.Unavailable) {
		t.Errorf("a folder that is not there: %v", err)
	}
}

func TestWhatIsNoRecordIsRefused(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{"torn": `{"version": 1, "acc`, "newer": `{"version": 2}`, "with unknown fields": `{"version": 1, "more": 1}`} {
		fs := vfs.NewMem()
		file, err := fs.Create("/share.json", vfs.WriteCategoryUnspecified)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if err := file.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := (recordfile.File{FS: fs, Name: "/share.json"}).Load(); !errs.Is(err, errs.Invalid) {
			t.Errorf("a record that is %s: %v, want it refused", name, err)
		}
	}
}

// TestAfterAPowerCutTheRecordIsTheLastOneSaved keeps only what was synced.
func TestAfterAPowerCutTheRecordIsTheLastOneSaved(t *testing.T) {
	t.Parallel()
	fs := vfs.NewCrashableMem()
	f := recordfile.File{FS: fs, Name: "share.json"}
	for _, name := range []string{"one", "two"} {
		if err := f.Save(&sharing.Record{Changes: []sharing.Change{{Kind: sharing.MadeGroup, Name: name}}}); err != nil {
			t.Fatal(err)
		}
		after := recordfile.File{FS: fs.CrashClone(vfs.CrashCloneCfg{}), Name: f.Name}
		got, err := after.Load()
		if err != nil || got.Changes[0].Name != name {
			t.Errorf("after %q: %+v, %v", name, got, err)
		}
	}
	if err := f.Remove(); err != nil {
		t.Fatal(err)
	}
	if _, err := (recordfile.File{FS: fs.CrashClone(vfs.CrashCloneCfg{}), Name: f.Name}).Load(); !errs.Is(err, errs.NotFound) {
		t.Errorf("after it was removed: %v", err)
	}
}
