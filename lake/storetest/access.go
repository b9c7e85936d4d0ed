package storetest

import (
	"fmt"
	"strings"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

const (
	alice  access.ObjectID = "11111111-0000-4000-8000-000000000001"
	people access.ObjectID = "22222222-0000-4000-8000-000000000002"
)

func (e *env) acl(p lake.Path) string {
	e.Helper()
	a, err := e.store.AccessControl(e.Context(), e.fs, p, lake.Conditions{})
	e.ok(err)
	return a.ACL.String()
}

func (e *env) setACL(p lake.Path, text string) error {
	e.Helper()
	acl, err := access.ParseACL(text)
	e.ok(err)
	_, err = e.store.SetAccessControl(e.Context(), e.fs, p, lake.AccessControlUpdate{ACL: acl}, lake.Conditions{})
	return err
}

var accessCases = []testCase{
	{"begins as the permissions say", func(e *env) {
		e.write("d/f", "")
		e.same("root", e.acl(lake.Root), "user::rwx,group::r-x,other::---")
		e.same("directory", e.acl("d"), "user::rwx,group::r-x,other::---")
		e.same("file", e.acl("d/f"), "user::rw-,group::r--,other::---")
	}},
	{"takes a list and computes its mask", func(e *env) {
		e.mkdir("d")
		e.ok(e.setACL("d", "user::rwx,group::r-x,user:"+string(alice)+":rw-,other::---"))
		e.same("list", e.acl("d"), "user::rwx,user:"+string(alice)+":rw-,group::r-x,mask::rwx,other::---")
		e.same("permissions", e.stat("d").Permissions, "rwxrwx---+")
		got, err := e.store.AccessControl(e.Context(), e.fs, "d", lake.Conditions{})
		e.ok(err)
		e.same("owner", got.Properties.Owner, access.Superuser)
		e.same("permissions beside the list", got.Properties.Permissions, "rwxrwx---+")
	}},
	{"changes by permissions, which move the mask where there is one", func(e *env) {
		e.mkdir("d")
		_, err := e.store.SetAccessControl(e.Context(), e.fs, "d", lake.AccessControlUpdate{Permissions: "0751"}, lake.Conditions{})
		e.ok(err)
		e.same("plain", e.acl("d"), "user::rwx,group::r-x,other::--x")
		e.ok(e.setACL("d", "user::rwx,group:"+string(people)+":rwx,group::r-x,other::---"))
		_, err = e.store.SetAccessControl(e.Context(), e.fs, "d", lake.AccessControlUpdate{Permissions: "rwxr-----"}, lake.Conditions{})
		e.ok(err)
		e.same("with a mask", e.acl("d"), "user::rwx,group::r-x,group:"+string(people)+":rwx,mask::r--,other::---")
	}},
	{"is inherited from a default list", func(e *env) {
		e.mkdir("d")
		e.ok(e.setACL("d", "user::rwx,group::r-x,other::---,default:user::rwx,default:group::r-x,default:other::--x,default:group:"+string(people)+":r-x"))
		_, err := e.store.Create(e.Context(), e.fs, "d/sub", lake.CreateOptions{IsDirectory: true, Permissions: "0700", Umask: "0077"})
		e.ok(err)
		half := "user::rwx,group::r-x,group:" + string(people) + ":r-x,mask::r-x,other::--x"
		defaults := "default:user::rwx,default:group::r-x,default:group:" + string(people) + ":r-x,default:mask::r-x,default:other::--x"
		e.same("directory", e.acl("d/sub"), half+","+defaults)
		e.put("d/sub/f", "x")
		e.same("file", e.acl("d/sub/f"), half)
		e.write("d/x/y/z", "")
		e.same("parent made on the way", e.acl("d/x/y"), half+","+defaults)
	}},
	{"stays when a blob is put over a file", func(e *env) {
		e.put("f", "x")
		e.ok(e.setACL("f", "user::rw-,group::r--,other::---,user:"+string(alice)+":r--"))
		want := e.acl("f")
		e.put("f", "y")
		e.same("list", e.acl("f"), want)
	}},
	{"refuses lists that are not whole", func(e *env) {
		e.mkdir("d")
		e.write("f", "")
		e.fails(e.setACL("d", "user::rwx,group::r-x"), errs.Invalid, lake.CodeInvalidACL)
		e.fails(e.setACL("f", "user::rwx,group::r-x,other::---,default:user::rwx,default:group::r-x,default:other::---"), errs.Invalid, lake.CodeInvalidACL)
		many := []string{"user::rwx,group::r-x,other::---"}
		for i := range 30 {
			many = append(many, fmt.Sprintf("user:11111111-0000-4000-8000-0000000001%02d:r--", i))
		}
		e.fails(e.setACL("d", strings.Join(many, ",")), errs.Invalid, lake.CodeInvalidACL)
		e.same("list", e.acl("d"), "user::rwx,group::r-x,other::---")
		_, err := e.store.SetAccessControl(e.Context(), e.fs, "d", lake.AccessControlUpdate{Permissions: "8888"}, lake.Conditions{})
		e.fails(err, errs.Invalid, lake.CodeInvalidPermission)
	}},
	{"changes owner and group", func(e *env) {
		before := e.write("f", "")
		_, err := e.store.SetAccessControl(e.Context(), e.fs, "f", lake.AccessControlUpdate{Owner: alice, Group: people}, lake.Conditions{IfMatch: before.ETag})
		e.ok(err)
		e.same("owner", e.stat("f").Owner, alice)
		e.same("group", e.stat("f").Group, people)
		e.same("list", e.acl("f"), "user::rw-,group::r--,other::---")
	}},
	{"holds to its conditions and needs a path", func(e *env) {
		e.write("f", "")
		_, err := e.store.SetAccessControl(e.Context(), e.fs, "f", lake.AccessControlUpdate{Permissions: "0777"}, lake.Conditions{IfMatch: "0x8D0000000000001"})
		e.fails(err, errs.Precondition, lake.CodeConditionNotMet)
		_, err = e.store.AccessControl(e.Context(), e.fs, "none", lake.Conditions{})
		e.fails(err, errs.NotFound, lake.CodePathNotFound)
		_, err = e.store.SetAccessControl(e.Context(), e.fs, "none", lake.AccessControlUpdate{Permissions: "0777"}, lake.Conditions{})
		e.fails(err, errs.NotFound, lake.CodePathNotFound)
	}},
	{"keeps the sticky bit of a directory", func(e *env) {
		e.mkdir("d")
		_, err := e.store.SetAccessControl(e.Context(), e.fs, "d", lake.AccessControlUpdate{Permissions: "1777"}, lake.Conditions{})
		e.ok(err)
		e.same("permissions", e.stat("d").Permissions, "rwxrwxrwt")
		e.ok(e.setACL("d", "user::rwx,group::rwx,other::---"))
		e.same("permissions after a list", e.stat("d").Permissions, "rwxrwx--T")
	}},
	{"of the root can be set, and is inherited", func(e *env) {
		e.ok(e.setACL(lake.Root, "user::rwx,group::r-x,other::---,default:user:"+string(alice)+":r-x"))
		e.same("root", e.acl(lake.Root), "user::rwx,group::r-x,other::---,default:user::rwx,default:user:"+string(alice)+":r-x,default:group::r-x,default:mask::r-x,default:other::---")
		e.write("f", "")
		e.same("file", e.acl("f"), "user::rwx,user:"+string(alice)+":r-x,group::r-x,mask::r-x,other::---")
	}},
}
