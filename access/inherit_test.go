package access

import "testing"

// The REST reference has an umask of 0027 where the page on lists speaks of a constant 007
// (docs/design/accepted/access-decisions.md).
func TestANewItemGetsItsParentsDefaultsOrThePermissionsLessTheUmask(t *testing.T) {
	t.Parallel()
	plain := mustACL(t, "user::rwx,group::rwx,other::rwx")
	extended := mustACL(t, "user::rwx,group::rwx,other::rwx,default:user::rwx,default:group::r-x,default:group:team:rw-,default:mask::rwx,default:other::r--")
	for _, c := range []struct {
		name        string
		parent      ACL
		isDirectory bool
		permissions Permissions
		umask       Permissions
		want        string
	}{
		{"a directory", plain, true, DefaultDirectoryPermissions, DefaultUmask, "user::rwx,group::r-x,other::---"},
		{"a file", plain, false, DefaultFilePermissions, DefaultUmask, "user::rw-,group::r--,other::---"},
		{"a file under an umask of its own", plain, false, DefaultFilePermissions, Permissions{Other: Write}, "user::rw-,group::rw-,other::r--"},
		{"a file under a default list", extended, false, DefaultFilePermissions, DefaultUmask, "user::rwx,group::r-x,group:team:rw-,mask::rwx,other::r--"},
		{
			"a directory under a default list", extended, true, DefaultDirectoryPermissions, DefaultUmask,
			"user::rwx,group::r-x,group:team:rw-,mask::rwx,other::r--," +
				"default:user::rwx,default:group::r-x,default:group:team:rw-,default:mask::rwx,default:other::r--",
		},
	} {
		if got := c.parent.Inherit(c.isDirectory, c.permissions, c.umask).String(); got != c.want {
			t.Errorf("%s: got %s; want %s", c.name, got, c.want)
		}
	}
}
