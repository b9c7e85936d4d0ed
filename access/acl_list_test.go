package access_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
)

func parse(t *testing.T, text string) access.ACL {
	t.Helper()
	acl, err := access.ParseACL(text)
	if err != nil {
		t.Fatal(err)
	}
	return acl
}

func TestComplete(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, text, want string }{
		{"no mask without named entries", "user::rwx,group::r-x,other::---", "user::rwx,group::r-x,other::---"},
		{"the mask is the union of named and group entries", "user::rwx,user:a:-w-,group::r--,other::rwx", "user::rwx,user:a:-w-,group::r--,mask::rw-,other::rwx"},
		{"a mask that is given stays", "user::rwx,user:a:rwx,group::r--,mask::r--,other::---", "user::rwx,user:a:rwx,group::r--,mask::r--,other::---"},
		{
			"default base entries come from the access half", "user::rwx,group::r-x,other::--x,default:group:g:r-x",
			"user::rwx,group::r-x,other::--x,default:user::rwx,default:group::r-x,default:group:g:r-x,default:mask::r-x,default:other::--x",
		},
		{
			"each half has a mask of its own", "user::rwx,group::---,group:g:rwx,other::---,default:user::rwx,default:group::---,default:user:u:r--,default:other::---",
			"user::rwx,group::---,group:g:rwx,mask::rwx,other::---,default:user::rwx,default:user:u:r--,default:group::---,default:mask::r--,default:other::---",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got := parse(t, tc.text).Complete().String(); got != tc.want {
				t.Errorf("Complete(%q) =\n%q, want\n%q", tc.text, got, tc.want)
			}
		})
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	entries := func(n int, prefix string) string {
		list := make([]string, n)
		for i := range list {
			list[i] = fmt.Sprintf("%suser:u%d:r--", prefix, i)
		}
		return strings.Join(list, ",")
	}
	const base, defaults = "user::rwx,group::r-x,other::---", "default:user::rwx,default:group::r-x,default:other::---"
	for _, tc := range []struct {
		name, text string
		directory  bool
		ok         bool
	}{
		{"base entries of a file", base, false, true},
		{"both halves of a directory", base + "," + defaults, true, true},
		{"no user::", "group::r-x,other::---", true, false},
		{"no group::", "user::rwx,other::---", true, false},
		{"no other::", "user::rwx,group::r-x", true, false},
		{"named entries do not stand for the base", "user:a:rwx,group:b:rwx,other::---", true, false},
		{"a default half without its base", base + ",default:user:a:rwx", true, false},
		{"a default half of a file", base + "," + defaults, false, false},
		{"32 access entries", base + ",mask::r-x," + entries(28, ""), true, true},
		{"33 access entries", base + ",mask::r-x," + entries(29, ""), true, false},
		{"32 and 32 entries", base + ",mask::r-x," + entries(28, "") + "," + defaults + ",default:mask::r-x," + entries(28, "default:"), true, true},
		{"33 default entries", base + "," + defaults + ",default:mask::r-x," + entries(29, "default:"), true, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			err := parse(t, tc.text).Validate(tc.directory)
			if tc.ok && err != nil {
				t.Errorf("Validate: %v", err)
			}
			if !tc.ok && (!errs.Is(err, errs.Invalid) || errs.CodeOf(err) != access.CodeInvalidACL) {
				t.Errorf("Validate: %v, want an invalid list", err)
			}
		})
	}
	if err := (access.ACL{{Type: access.User}, {Type: access.User}, {Type: access.Group}, {Type: access.Other}}).Validate(true); !errs.Is(err, errs.Invalid) {
		t.Errorf("a principal twice: %v, want invalid", err)
	}
}

func TestModifyAndRemove(t *testing.T) {
	t.Parallel()
	const base = "user::rwx,group::r-x,other::---"
	modify := func(a, b access.ACL) access.ACL { return a.Modify(b) }
	remove := func(a, b access.ACL) access.ACL { return a.Remove(b) }
	for _, tc := range []struct {
		name, list, change string
		f                  func(a, b access.ACL) access.ACL
		want               string
	}{
		{"a new entry, and the mask it needs", base, "group:g:rwx", modify, "user::rwx,group::r-x,group:g:rwx,mask::rwx,other::---"},
		{"an entry that exists", base + ",user:u:rwx,mask::rwx", "user:u:r--", modify, "user::rwx,user:u:r--,group::r-x,mask::r-x,other::---"},
		{"the mask itself", base + ",user:u:rwx,mask::rwx", "mask::r--", modify, "user::rwx,user:u:rwx,group::r-x,mask::r--,other::---"},
		{"a default entry on a list without any", base, "default:group:g:r-x", modify, base + ",default:user::rwx,default:group::r-x,default:group:g:r-x,default:mask::r-x,default:other::---"},
		{"removing a named entry and so the mask", base + ",user:u:rwx,mask::rwx", "user:u:---", remove, base},
		{"removing one of two", base + ",user:u:rwx,user:v:r--,mask::rwx", "user:u:---", remove, "user::rwx,user:v:r--,group::r-x,mask::r-x,other::---"},
		{"a base entry stays", base, "group::---", remove, base},
		{"removing what is not there", base, "user:u:---", remove, base},
		{"the whole default half", base + ",default:user::rwx,default:group::r-x,default:other::---,default:mask::r-x", "default:user::---,default:group::---,default:other::---", remove, base},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			list, change := parse(t, tc.list), parse(t, tc.change)
			before := list.String()
			if got := tc.f(list, change).String(); got != tc.want {
				t.Errorf("%q with %q =\n%q, want\n%q", tc.list, tc.change, got, tc.want)
			}
			if list.String() != before {
				t.Errorf("the list that was changed from is now %q", list)
			}
		})
	}
}
