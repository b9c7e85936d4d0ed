package localstore_test

import (
	"fmt"
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
