package access_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
)

func TestParsePermissions(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ text, symbolic, octal string }{
		{"0750", "rwxr-x---", "0750"},
		{"640", "rw-r-----", "0640"},
		{"0000", "---------", "0000"},
		{"0007", "------rwx", "0007"},
		{"1777", "rwxrwxrwt", "1777"},
		{"1770", "rwxrwx--T", "1770"},
		{"rwxr-x---", "rwxr-x---", "0750"},
		{"rwxr-x---+", "rwxr-x---", "0750"},
		{"rwxrwxrwt", "rwxrwxrwt", "1777"},
		{"rwxrwx--T", "rwxrwx--T", "1770"},
	} {
		p, err := access.ParsePermissions(tc.text)
		if err != nil {
			t.Errorf("ParsePermissions(%q): %v", tc.text, err)
			continue
		}
		if p.String() != tc.symbolic || p.Octal() != tc.octal {
			t.Errorf("ParsePermissions(%q) = %s, %s, want %s, %s", tc.text, p, p.Octal(), tc.symbolic, tc.octal)
		}
	}
	for _, text := range []string{"", "75", "07500", "0758", "2750", "4755", "-750", "+750", "rwx", "rwxr-x--", "rwxr-x--s", "xwrr-x---", "rwxr-x----", "RWXR-X---"} {
		if p, err := access.ParsePermissions(text); !errs.Is(err, errs.Invalid) || errs.CodeOf(err) != access.CodeInvalidPermission {
			t.Errorf("ParsePermissions(%q) = %v, %v, want invalid", text, p, err)
		}
	}
}

func TestPermissionsOfAListShowTheMaskAsTheGroup(t *testing.T) {
	t.Parallel()
	if got := parse(t, "user::rwx,group::r-x,other::--x").Permissions().String(); got != "rwxr-x--x" {
		t.Errorf("without a mask: %s", got)
	}
	if got := parse(t, "user::rwx,group::r-x,user:u:rwx,mask::-w-,other::--x").Permissions().String(); got != "rwx-w---x" {
		t.Errorf("with a mask: %s", got)
	}
}

func TestChmod(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, list, permissions, want string }{
		{"sets the three entries", "user::rwx,group::r-x,other::---", "0641", "user::rw-,group::r--,other::--x"},
		{
			"gives the group's bits to the mask", "user::rwx,user:u:rwx,group::r-x,mask::rwx,other::---", "0640",
			"user::rw-,user:u:rwx,group::r-x,mask::r--,other::---",
		},
		{
			"leaves the default half", "user::rwx,group::r-x,other::---,default:user::rwx,default:group::rwx,default:other::rwx", "0000",
			"user::---,group::---,other::---,default:user::rwx,default:group::rwx,default:other::rwx",
		},
	} {
		p, err := access.ParsePermissions(tc.permissions)
		if err != nil {
			t.Fatal(err)
		}
		if got := parse(t, tc.list).Chmod(p).String(); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}

func TestInherit(t *testing.T) {
	t.Parallel()
	const plain = "user::rwx,group::r-x,other::---"
	const defaults = "default:user::rwx,default:user:u:r-x,default:group::r--,default:mask::r-x,default:other::--x"
	const half = "user::rwx,user:u:r-x,group::r--,mask::r-x,other::--x"
	for _, tc := range []struct {
		name, parent string
		directory    bool
		p, umask     access.Permissions
		want         string
	}{
		// Reference BYOL section 5: the umask is 0027, which gives 750 and 640 as a fresh root has.
		{"directory by default", plain, true, access.DefaultDirectoryPermissions, access.DefaultUmask, "user::rwx,group::r-x,other::---"},
		{"file by default", plain, false, access.DefaultFilePermissions, access.DefaultUmask, "user::rw-,group::r--,other::---"},
		{"file with another umask", plain, false, access.Permissions{Owner: 7, Group: 7, Other: 7}, access.Permissions{Group: 2, Other: 2}, "user::rwx,group::r-x,other::r-x"},
		{"file below a default list", plain + "," + defaults, false, access.Permissions{}, access.Permissions{Owner: 7, Group: 7, Other: 7}, half},
		{"directory below a default list", plain + "," + defaults, true, access.Permissions{}, access.DefaultUmask, half + "," + defaults},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got := parse(t, tc.parent).Inherit(tc.directory, tc.p, tc.umask).String(); got != tc.want {
				t.Errorf("Inherit = %q, want %q", got, tc.want)
			}
		})
	}
}

func TestWithoutUmaskKeepsTheStickyBit(t *testing.T) {
	t.Parallel()
	got := access.Permissions{Owner: 7, Group: 7, Other: 7, Sticky: true}.Without(access.DefaultUmask)
	if diff := cmp.Diff(access.Permissions{Owner: 7, Group: 5, Sticky: true}, got); diff != "" {
		t.Errorf("Without (-want +got):\n%s", diff)
	}
}
