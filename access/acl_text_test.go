package access_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
)

func TestParseACLPrintsInTheServicesOrder(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, text, want string }{
		{"base entries", "user::rwx,group::r-x,other::---", "user::rwx,group::r-x,other::---"},
		{"order of types", "other::--x,mask::r--,group::r-x,user::rwx", "user::rwx,group::r-x,mask::r--,other::--x"},
		{"named by id after the owning one", "user:b:r--,user:a:-w-,user::rwx", "user::rwx,user:a:-w-,user:b:r--"},
		{"default half last", "default:user::rwx,user::r--", "user::r--,default:user::rwx"},
		{"default named and mask", "default:mask::r-x,default:group:g:rwx", "default:group:g:rwx,default:mask::r-x"},
		{"superuser as an id", "user:$superuser:rwx", "user:$superuser:rwx"},
		{"principal name as an id", "user:ann@contoso.example:rwx", "user:ann@contoso.example:rwx"},
		{"spaces around entries", "user::rwx, group::r-x", "user::rwx,group::r-x"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			acl, err := access.ParseACL(tc.text)
			if err != nil {
				t.Fatal(err)
			}
			if got := acl.String(); got != tc.want {
				t.Errorf("ParseACL(%q) = %q, want %q", tc.text, got, tc.want)
			}
		})
	}
}

func TestParseACLRefuses(t *testing.T) {
	t.Parallel()
	many := make([]string, 65)
	for i := range many {
		many[i] = "user:u" + strings.Repeat("x", i) + ":r--"
	}
	for _, tc := range []struct{ name, text string }{
		{"nothing", ""},
		{"an empty entry", "user::rwx,,other::---"},
		{"an unknown type", "owner::rwx"},
		{"too few fields", "user:rwx"},
		{"too many fields", "user::rwx:more"},
		{"default alone", "default:"},
		{"default twice", "default:default:user::rwx"},
		{"short permissions", "user::rw"},
		{"long permissions", "user::rwxr"},
		{"permissions out of order", "user::xwr"},
		{"octal permissions", "user::7"},
		{"upper case", "user::RWX"},
		{"a sticky bit", "other::r-t"},
		{"a mask with an id", "mask:a:rwx"},
		{"other with an id", "other:a:rwx"},
		{"the same principal twice", "user:a:rwx,user:a:r--"},
		{"the owning user twice", "user::rwx,user::r--"},
		{"a space in an id", "user:a b:rwx"},
		{"a control character in an id", "user:a\x00:rwx"},
		{"more entries than any list has", strings.Join(many, ",")},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, err := access.ParseACL(tc.text)
			if !errs.Is(err, errs.Invalid) || errs.CodeOf(err) != access.CodeInvalidACL {
				t.Errorf("ParseACL(%q): %v, want an invalid list", tc.text, err)
			}
		})
	}
}

func TestParseSubjects(t *testing.T) {
	t.Parallel()
	got, err := access.ParseSubjects("user:a,default:group:b,mask:,group:c:rwx")
	if err != nil {
		t.Fatal(err)
	}
	want := access.ACL{
		{Type: access.User, ID: "a"},
		{Default: true, Type: access.Group, ID: "b"},
		{Type: access.Mask},
		{Type: access.Group, ID: "c"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("subjects (-want +got):\n%s", diff)
	}
	for _, text := range []string{"", "user", "user:a:b:c", "nobody:a"} {
		if _, err := access.ParseSubjects(text); !errs.Is(err, errs.Invalid) {
			t.Errorf("ParseSubjects(%q): %v, want invalid", text, err)
		}
	}
}

func FuzzParseACL(f *testing.F) {
	for _, s := range []string{
		"user::rwx,group::r-x,other::---", "default:user:a:r-x,mask::rwx", "user::rwx,user::rwx", ":::", "default:default:a", "user:\xff:rwx",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		acl, err := access.ParseACL(s)
		if err != nil {
			if !errs.Is(err, errs.Invalid) {
				t.Fatalf("ParseACL(%q) fails with kind %v", s, errs.KindOf(err))
			}
			return
		}
		text := acl.String()
		again, err := access.ParseACL(text)
		if err != nil {
			t.Fatalf("ParseACL(%q) refuses its own output %q: %v", s, text, err)
		}
		if got := again.String(); got != text {
			t.Errorf("printing %q again gives %q", text, got)
		}
		complete := acl.Complete()
		if got := complete.Complete().String(); got != complete.String() {
			t.Errorf("completing %q twice gives %q", complete, got)
		}
	})
}
