package localstore_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
	"github.com/ownlake/ownlake/lake/localstore"
)

// listsLake is a lake with files and directories whose lists are changed, and what tells a path's list.
func listsLake(t *testing.T, paths ...lake.Path) (*localstore.Store, func(lake.Path) string) {
	t.Helper()
	s := openStore(t, localstore.Options{FS: vfs.NewMem(), Dir: "/lake"})
	if _, err := s.CreateFilesystem(t.Context(), "one", lake.CreateFilesystemOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, p := range paths {
		if _, err := s.Create(t.Context(), "one", p, lake.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	return s, func(p lake.Path) string {
		t.Helper()
		ac, err := s.AccessControl(t.Context(), "one", p, lake.Conditions{})
		if err != nil {
			t.Fatal(err)
		}
		return ac.ACL.String()
	}
}

func parseACL(t *testing.T, text string) access.ACL {
	t.Helper()
	list, err := access.ParseACL(text)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func codes(outcomes []error) []string {
	list := make([]string, len(outcomes))
	for i, err := range outcomes {
		list[i] = string(errs.CodeOf(err))
	}
	return list
}

func TestManyListsChangeEachFromWhatItIs(t *testing.T) {
	t.Parallel()
	var paths []lake.Path
	for i := range 1300 { // several batches
		paths = append(paths, lake.Path(fmt.Sprintf("d%d/f%04d", i%3, i)))
	}
	s, list := listsLake(t, paths...)
	own := parseACL(t, "user::r--,group::---,other::---")
	if _, err := s.SetAccessControl(t.Context(), "one", paths[700], lake.AccessControlUpdate{ACL: own}, lake.Conditions{}); err != nil {
		t.Fatal(err)
	}
	reader := parseACL(t, "user:u:r--")
	outcomes, err := s.ChangeAccessControl(t.Context(), "one", append(paths, "d0", lake.Root), func(ac lake.AccessControl) (access.ACL, error) {
		return ac.ACL.Modify(reader), nil
	}, false)
	if err != nil || len(outcomes) != len(paths)+2 {
		t.Fatalf("%d outcomes and %v", len(outcomes), err)
	}
	for i, p := range paths {
		want := "user::rw-,user:u:r--,group::r--,mask::r--,other::---"
		if i == 700 {
			want = "user::r--,user:u:r--,group::---,mask::r--,other::---"
		}
		if got := list(p); outcomes[i] != nil || got != want {
			t.Fatalf("%s: %v, %q, want %q", p, outcomes[i], got, want)
		}
	}
	for _, p := range []lake.Path{"d0", lake.Root} {
		if got, want := list(p), "user::rwx,user:u:r--,group::r-x,mask::r-x,other::---"; got != want {
			t.Errorf("%q: %q, want %q", p, got, want)
		}
	}
	if got, want := list("d1"), "user::rwx,group::r-x,other::---"; got != want {
		t.Errorf("a directory that was not named: %q, want %q", got, want)
	}
}

func TestListsThatCannotChangeEndTheCallUnlessItGoesOn(t *testing.T) {
	t.Parallel()
	const before = "user::rw-,group::r--,other::---"
	withDefault := parseACL(t, "user::rwx,group::rwx,other::---,default:user::rwx,default:group::rwx,default:other::---")
	plain := parseACL(t, "user::rwx,group::rwx,other::---")
	change := func(ac lake.AccessControl) (access.ACL, error) {
		if ac.Properties.Path == "b" {
			return withDefault, nil // no list for a file
		}
		return plain, nil
	}
	for name, tc := range map[string]struct {
		goOn    bool
		want    []string
		changed map[lake.Path]string
	}{
		"ends": {false, []string{"", "PathNotFound", "InvalidAcl"}, map[lake.Path]string{"a": plain.String(), "b": before, "c": before}},
		"goes on": {
			true,
			[]string{"", "PathNotFound", "InvalidAcl", "", "PathNotFound"},
			map[lake.Path]string{"a": plain.String(), "b": before, "c": plain.String()},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, list := listsLake(t, "a", "b", "c")
			outcomes, err := s.ChangeAccessControl(t.Context(), "one", []lake.Path{"a", "none", "b", "c", "a/below/a/file"}, change, tc.goOn)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, codes(outcomes)); diff != "" {
				t.Errorf("outcomes (-want +got):\n%s", diff)
			}
			for p, want := range tc.changed {
				if got := list(p); got != want {
					t.Errorf("%s: %q, want %q", p, got, want)
				}
			}
		})
	}
	s, _ := listsLake(t)
	if _, err := s.ChangeAccessControl(t.Context(), "two", []lake.Path{"a"}, change, true); errs.CodeOf(err) != lake.CodeFilesystemNotFound {
		t.Errorf("a filesystem that is missing: %v", err)
	}
}

func TestWhatIsMadeBelongsToItsCreator(t *testing.T) {
	t.Parallel()
	const alice, bob = access.ObjectID("a11ce000-0000-4000-8000-000000000001"), access.ObjectID("b0b00000-0000-4000-8000-000000000002")
	s := openStore(t, localstore.Options{FS: vfs.NewMem(), Dir: "/lake"})
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	owner := func(p lake.Path, want access.ObjectID) {
		t.Helper()
		got, err := s.Properties(t.Context(), "one", p, lake.Conditions{})
		must(err)
		if got.Owner != want {
			t.Errorf("%q belongs to %s, want %s", p, got.Owner, want)
		}
	}
	_, err := s.CreateFilesystem(t.Context(), "one", lake.CreateFilesystemOptions{Creator: alice})
	must(err)
	owner(lake.Root, alice)
	_, err = s.Create(t.Context(), "one", "a/b/f", lake.CreateOptions{Creator: bob})
	must(err)
	owner("a", bob)
	owner("a/b", bob)
	owner("a/b/f", bob)
	_, err = s.PutBlob(t.Context(), "one", "p/q", strings.NewReader("x"), lake.PutBlobOptions{Creator: alice})
	must(err)
	owner("p", alice)
	owner("p/q", alice)

	// Overwriting takes neither the file nor its list from its owner.
	before, err := s.AccessControl(t.Context(), "one", "a/b/f", lake.Conditions{})
	must(err)
	_, err = s.Create(t.Context(), "one", "a/b/f", lake.CreateOptions{Creator: alice, Permissions: "0777", Umask: "0000"})
	must(err)
	owner("a/b/f", bob)
	after, err := s.AccessControl(t.Context(), "one", "a/b/f", lake.Conditions{})
	must(err)
	if diff := cmp.Diff(before.ACL, after.ACL); diff != "" {
		t.Errorf("who overwrote a file changed its list (-before +after):\n%s", diff)
	}
	_, err = s.Create(t.Context(), "one", "a/b/f", lake.CreateOptions{Creator: bob, Permissions: "0600"})
	must(err)
	after, err = s.AccessControl(t.Context(), "one", "a/b/f", lake.Conditions{})
	must(err)
	if got := after.Properties.Permissions; got != "rw-------" {
		t.Errorf("the owner's permissions became %s", got)
	}
}

func TestDecisionsSeeOneMomentOfTheTree(t *testing.T) {
	t.Parallel()
	s, _ := listsLake(t, "a/b/c/f", "a/g", "a/z/y/f")
	items, done := s.AccessItems(t.Context(), "one")
	defer done()
	item := func(path string) (access.Item, bool) {
		t.Helper()
		got, found, err := items.Item(path)
		if err != nil {
			t.Fatal(err)
		}
		return got, found
	}
	if got, found := item(""); !found || !got.IsDirectory {
		t.Error("the root directory is not there")
	}
	if err := s.Delete(t.Context(), "one", "a/z", lake.DeleteOptions{Recursive: true}); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{"a", "a/b", "a/b/c", "a/b/c/f", "a/z/y/f"} {
		if got, found := item(p); !found || got.Path != p {
			t.Errorf("%q: found %v as %q", p, found, got.Path)
		}
	}
	for _, p := range []string{"a/b/c/f/none", "b", "a/b/d/e"} {
		if _, found := item(p); found {
			t.Errorf("%q is there", p)
		}
	}
	var below []string
	for dir, err := range items.Directories("a") {
		if err != nil {
			t.Fatal(err)
		}
		below = append(below, dir.Path)
	}
	if diff := cmp.Diff([]string{"a/b", "a/b/c", "a/z", "a/z/y"}, below); diff != "" {
		t.Errorf("directories below a (-want +got):\n%s", diff)
	}

	none, done := s.AccessItems(t.Context(), "nowhere")
	defer done()
	if _, found, err := none.Item(""); found || err != nil {
		t.Errorf("a filesystem that is not there: found %v, %v", found, err)
	}
}
