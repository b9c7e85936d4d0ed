package localstore_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/lake/localstore"
)

// TestADirectoryThatWasRenamedIsNotFoundUnderItsOldName looks paths up all the while, so that every directory is known
// that can be.
func TestADirectoryThatWasRenamedIsNotFoundUnderItsOldName(t *testing.T) {
	t.Parallel()
	s := openStore(t, localstore.Options{FS: vfs.NewMem(), Dir: "/lake"})
	if _, err := s.CreateFilesystem(t.Context(), "one", lake.CreateFilesystemOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Create(t.Context(), "one", "a/d/f", lake.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	var done atomic.Bool
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for i := 0; !done.Load(); i++ {
				for _, dir := range []lake.Path{"a", "b"} {
					_, err := s.Properties(t.Context(), "one", dir+"/d/f", lake.Conditions{})
					if err != nil && !errs.Is(err, errs.NotFound) {
						t.Error(err)
					}
				}
			}
		})
	}
	from, to := lake.Path("a"), lake.Path("b")
	for i := range 500 {
		_, err := s.Rename(t.Context(), lake.Location{Filesystem: "one", Path: from}, lake.Location{Filesystem: "one", Path: to}, lake.RenameOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Properties(t.Context(), "one", from+"/d/f", lake.Conditions{}); !errs.Is(err, errs.NotFound) {
			t.Fatalf("rename %d: the old name: %v", i, err)
		}
		if _, err := s.Properties(t.Context(), "one", to+"/d/f", lake.Conditions{}); err != nil {
			t.Fatalf("rename %d: the new name: %v", i, err)
		}
		// A file made through a stale directory would be in the tree that was renamed.
		probe := from.Join("d", fmt.Sprintf("g%d", i))
		if _, err := s.Create(t.Context(), "one", probe, lake.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Properties(t.Context(), "one", to.Join("d", probe.Base()), lake.Conditions{}); !errs.Is(err, errs.NotFound) {
			t.Fatalf("rename %d: a file of the old name was made under the new one: %v", i, err)
		}
		if err := s.Delete(t.Context(), "one", from, lake.DeleteOptions{Recursive: true}); err != nil {
			t.Fatal(err)
		}
		from, to = to, from
	}
	done.Store(true)
	readers.Wait()
}

func TestWhatIsNewInADirectoryInheritsItsPresentList(t *testing.T) {
	t.Parallel()
	s, list := listsLake(t, "top", "d/e/first")
	for i, perms := range []string{"r--", "rw-", "rwx", "---"} {
		for _, dir := range []lake.Path{lake.Root, "d/e"} {
			acl := parseACL(t, "user::rwx,group::r-x,other::---,default:user::rwx,default:group::"+perms+",default:other::---")
			if _, err := s.SetAccessControl(t.Context(), "one", dir, lake.AccessControlUpdate{ACL: acl}, lake.Conditions{}); err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"put", "created"} { // the second finds the directory known
				p := dir.Join(fmt.Sprintf("%s%d", name, i))
				if _, err := s.Create(t.Context(), "one", p, lake.CreateOptions{Permissions: "0777", Umask: "0000"}); err != nil {
					t.Fatal(err)
				}
				want := acl.Inherit(false, access.Permissions{Owner: 7, Group: 7, Other: 7}, access.Permissions{}).String()
				if got := list(p); got != want {
					t.Errorf("%s: %q, want %q", p, got, want)
				}
			}
		}
	}
}

func TestAFilesystemThatWasDeletedAndMadeAnewIsEmpty(t *testing.T) {
	t.Parallel()
	s, _ := listsLake(t, "d/f", "g")
	for _, p := range []lake.Path{"d/f", "g"} {
		if _, err := s.Properties(t.Context(), "one", p, lake.Conditions{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.DeleteFilesystem(t.Context(), "one", lake.Conditions{}); err != nil {
		t.Fatal(err)
	}
	for _, p := range []lake.Path{"d/f", "g"} {
		if _, err := s.Properties(t.Context(), "one", p, lake.Conditions{}); errs.CodeOf(err) != lake.CodeFilesystemNotFound {
			t.Errorf("%s in a filesystem that is gone: %v", p, err)
		}
	}
	if _, err := s.CreateFilesystem(t.Context(), "one", lake.CreateFilesystemOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, p := range []lake.Path{"d/f", "g"} {
		if _, err := s.Properties(t.Context(), "one", p, lake.Conditions{}); errs.CodeOf(err) != lake.CodePathNotFound {
			t.Errorf("%s in a filesystem that is new: %v", p, err)
		}
	}
}
