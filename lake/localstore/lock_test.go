package localstore

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

func TestAFolderWhoseLockCannotBeWrittenIsNotSaidToBeInUse(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, lockName), 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := Open(Options{FS: vfs.Default, Dir: dir, Clock: time.Now, Account: lake.AccountProperties{Name: "acct"}})
	if !errs.Is(err, errs.Unavailable) {
		t.Errorf("Open: %v, of kind %v, want unavailable", err, errs.KindOf(err))
	}
}

func TestAFolderIsOpenedOnceAtATime(t *testing.T) {
	t.Parallel()
	o := Options{FS: vfs.Default, Dir: t.TempDir(), Clock: time.Now, Account: lake.AccountProperties{Name: "acct"}}
	s, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(o); !errs.Is(err, errs.Conflict) {
		t.Errorf("second Open: %v, want a conflict", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
