package adlstest

import "strings"

func pathSetAccessControl(s *suite) {
	s.of("PathSetAccessControl", DFS, HNS)
	set := func(t *T, path string) *Request { return t.DFS("PATCH", path+"?action=setAccessControl") }
	get := func(t *T, path string) *Answer { return t.DFS("HEAD", path+"?action=getAccessControl").Want(200) }

	s.check("a list is kept", func(t *T) {
		t.File("f", "")
		acl := "user::rwx,user:" + someone + ":r-x,group::r--,group:" + another + ":rw-,mask::rwx,other::--x"
		set(t, "f").H("x-ms-acl", acl).Want(200).Have("ETag", "Last-Modified")
		get(t, "f").Header("x-ms-acl", acl)
	})
	s.check("a list may be out of order", func(t *T) {
		t.File("f", "")
		set(t, "f").H("x-ms-acl", "other::---,mask::r--,group::r--,user:"+someone+":r--,user::rw-").Want(200)
		get(t, "f").Header("x-ms-acl", "user::rw-,user:"+someone+":r--,group::r--,mask::r--,other::---")
	})
	s.check("a mask is computed where entries need one", func(t *T) {
		t.File("f", "")
		set(t, "f").H("x-ms-acl", "user::rwx,user:"+someone+":r-x,group::-w-,other::---").Want(200)
		acl := get(t, "f").Get("x-ms-acl")
		t.True(strings.Contains(acl, "mask::rwx"), "the mask is the union of the entries it bounds: "+acl)
	})
	s.check("permissions in octal digits are kept", func(t *T) {
		t.File("f", "")
		set(t, "f").H("x-ms-permissions", "0754").Want(200)
		get(t, "f").Header("x-ms-permissions", "rwxr-xr--").Header("x-ms-acl", "user::rwx,group::r-x,other::r--")
	})
	s.check("permissions in letters are kept", func(t *T) {
		t.File("f", "")
		set(t, "f").H("x-ms-permissions", "rwxr-x--x").Want(200)
		get(t, "f").Header("x-ms-permissions", "rwxr-x--x")
	})
	s.check("the umask does not bound them", func(t *T) {
		t.Dir("d")
		set(t, "d").H("x-ms-permissions", "0777").Want(200)
		get(t, "d").Header("x-ms-permissions", "rwxrwxrwx")
	})
	s.check("the sticky bit is set on a directory and taken away", func(t *T) {
		t.Dir("d")
		set(t, "d").H("x-ms-permissions", "1750").Want(200)
		get(t, "d").Header("x-ms-permissions", "rwxr-x--T")
		set(t, "d").H("x-ms-permissions", "0750").Want(200)
		get(t, "d").Header("x-ms-permissions", "rwxr-x---")
	})
	s.check("owner and group are kept", func(t *T) {
		t.File("f", "")
		set(t, "f").H("x-ms-owner", someone).H("x-ms-group", another).Want(200)
		get(t, "f").Header("x-ms-owner", someone).Header("x-ms-group", another).Header("x-ms-permissions", "rw-r-----")
	})
	s.check("default entries of a directory are kept", func(t *T) {
		t.Dir("d")
		acl := "user::rwx,group::r-x,other::---,default:user::rwx,default:user:" + someone + ":r-x,default:group::r-x,default:mask::r-x,default:other::---"
		set(t, "d").H("x-ms-acl", acl).Want(200)
		get(t, "d").Header("x-ms-acl", acl)
	})
	s.check("default entries of a file are refused", func(t *T) {
		t.File("f", "")
		set(t, "f").H("x-ms-acl", "user::rwx,group::r-x,other::---,default:user::rwx,default:group::r-x,default:other::---").Fails(400, "")
	})
	s.check("permissions and a list together are refused", func(t *T) {
		t.File("f", "")
		set(t, "f").H("x-ms-permissions", "0750").H("x-ms-acl", "user::rwx,group::r-x,other::---").Fails(400, "")
	})
	s.check("nothing to set is refused", func(t *T) {
		t.File("f", "")
		set(t, "f").Fails(400, "")
	})
	for _, bad := range []struct{ what, acl string }{
		{"without the owner's entry", "group::r-x,other::---"},
		{"without the group's entry", "user::rwx,other::---"},
		{"without the others' entry", "user::rwx,group::r-x"},
		{"with an unknown kind of entry", "user::rwx,robot::r-x,group::r-x,other::---"},
		{"with unknown letters", "user::rwz,group::r-x,other::---"},
		{"with an entry twice", "user::rwx,user::r--,group::r-x,other::---"},
	} {
		s.check("a list "+bad.what+" is refused", func(t *T) {
			t.File("f", "")
			set(t, "f").H("x-ms-acl", bad.acl).Fails(400, "")
			get(t, "f").Header("x-ms-acl", "user::rw-,group::r--,other::---")
		})
	}
	s.check("32 entries are taken and 33 refused", func(t *T) {
		t.File("f", "")
		// owner, group, mask and others are four of them.
		entries := []string{"user::rwx", "group::r-x", "mask::rwx", "other::---"}
		for range 28 {
			entries = append(entries, "user:"+newID()+":r--")
		}
		acl := strings.Join(entries, ",")
		set(t, "f").H("x-ms-acl", acl).Want(200)
		set(t, "f").H("x-ms-acl", acl+",user:"+newID()+":r--").Fails(400, "")
	})
	s.check("permissions that are none are refused", func(t *T) {
		t.File("f", "")
		set(t, "f").H("x-ms-permissions", "7777777").Fails(400, "")
	})
	s.check("a missing path is not found", func(t *T) {
		set(t, "none").H("x-ms-permissions", "0750").Fails(404, "PathNotFound")
	})
	s.check("If-Match of another version is not met", func(t *T) {
		t.File("f", "")
		set(t, "f").H("x-ms-permissions", "0777").H("If-Match", `"0x8D000000000000"`).Fails(412, "ConditionNotMet")
		get(t, "f").Header("x-ms-permissions", "rw-r-----")
	})
	s.check("the root takes a list", func(t *T) {
		t.DFS("PATCH", "/?action=setAccessControl").H("x-ms-acl", "user::rwx,user:"+someone+":--x,group::r-x,mask::r-x,other::---").Want(200)
		acl := t.DFS("HEAD", "/?action=getAccessControl").Want(200).Get("x-ms-acl")
		t.True(strings.Contains(acl, "user:"+someone+":--x"), "the entry is there: "+acl)
	})
}
