package adlstest

import (
	"fmt"
	"strings"
)

// recursiveChange is the body of Path Set Access Control Recursive.
type recursiveChange struct {
	DirectoriesSuccessful int `json:"directoriesSuccessful"`
	FilesSuccessful       int `json:"filesSuccessful"`
	FailureCount          int `json:"failureCount"`
	FailedEntries         []struct {
		Name         string `json:"name"`
		Type         string `json:"type"`
		ErrorMessage string `json:"errorMessage"`
	} `json:"failedEntries"`
}

func pathSetAccessControlRecursive(s *suite) {
	s.of("PathSetAccessControlRecursive", DFS, HNS)
	const acl = "user::rwx,user:" + someone + ":r-x,group::r-x,mask::r-x,other::---"
	request := func(t *T, path, mode, acl string) *Request {
		return t.DFS("PATCH", path+"?action=setAccessControlRecursive&mode="+mode).H("x-ms-acl", acl)
	}
	change := func(t *T, path, mode, acl string) recursiveChange {
		var c recursiveChange
		request(t, path, mode, acl).Want(200).JSON(&c)
		return c
	}
	aclOf := func(t *T, path string) string {
		return t.DFS("HEAD", path+"?action=getAccessControl").Want(200).Get("x-ms-acl")
	}
	tree := func(t *T) {
		t.File("d/a", "")
		t.File("d/e/b", "")
		t.File("d/e/c", "")
	}

	s.check("set counts the directories and files it changed", func(t *T) {
		tree(t)
		c := change(t, "d", "set", acl)
		t.Equal("directories", c.DirectoriesSuccessful, 2)
		t.Equal("files", c.FilesSuccessful, 3)
		t.Equal("failures", c.FailureCount, 0)
	})
	s.check("set reaches everything below", func(t *T) {
		tree(t)
		change(t, "d", "set", acl)
		for _, p := range []string{"d", "d/a", "d/e", "d/e/b", "d/e/c"} {
			t.Equal("list of "+p, aclOf(t, p), acl)
		}
	})
	s.check("set leaves what is not below", func(t *T) {
		tree(t)
		t.File("de/f", "")
		before := aclOf(t, "de/f")
		change(t, "d", "set", acl)
		t.Equal("list", aclOf(t, "de/f"), before)
	})
	s.check("modify adds an entry and keeps the others", func(t *T) {
		tree(t)
		change(t, "d", "set", acl)
		change(t, "d", "modify", "user:"+another+":rw-")
		got := aclOf(t, "d/e/b")
		t.True(strings.Contains(got, "user:"+someone+":r-x") && strings.Contains(got, "user:"+another+":rw-"), "both entries are there: "+got)
	})
	s.check("modify changes an entry that is there", func(t *T) {
		tree(t)
		change(t, "d", "set", acl)
		change(t, "d", "modify", "user:"+someone+":---")
		got := aclOf(t, "d/a")
		t.True(strings.Contains(got, "user:"+someone+":---"), "the entry is changed: "+got)
	})
	s.check("remove takes an entry away", func(t *T) {
		tree(t)
		change(t, "d", "set", acl)
		change(t, "d", "remove", "user:"+someone)
		got := aclOf(t, "d/e/c")
		t.True(!strings.Contains(got, someone), "the entry is gone: "+got)
	})
	s.check("default entries go to directories only", func(t *T) {
		tree(t)
		change(t, "d", "modify", "default:user:"+someone+":r-x")
		t.True(strings.Contains(aclOf(t, "d/e"), "default:user:"+someone+":r-x"), "a directory has the entry")
		t.True(!strings.Contains(aclOf(t, "d/a"), "default:"), "a file has not")
	})
	s.check("batches continue until all is changed", func(t *T) {
		tree(t)
		var directories, files int
		continuation := ""
		for batch := 0; ; batch++ {
			t.True(batch < 10, "the batches end")
			var c recursiveChange
			a := t.DFS("PATCH", "d?action=setAccessControlRecursive&mode=set&maxRecords=2"+continuation).H("x-ms-acl", acl).Want(200).JSON(&c)
			t.True(c.DirectoriesSuccessful+c.FilesSuccessful <= 2, "a batch is not larger than asked for")
			directories += c.DirectoriesSuccessful
			files += c.FilesSuccessful
			next := a.Get("x-ms-continuation")
			if next == "" {
				break
			}
			continuation = "&continuation=" + escape(next)
		}
		t.Equal("directories and files", fmt.Sprint(directories, files), "2 3")
		t.Equal("list", aclOf(t, "d/e/c"), acl)
	})
	s.check("a file alone may be changed", func(t *T) {
		tree(t)
		c := change(t, "d/a", "set", acl)
		t.Equal("directories and files", fmt.Sprint(c.DirectoriesSuccessful, c.FilesSuccessful), "0 1")
		t.Equal("list", aclOf(t, "d/a"), acl)
	})
	s.check("forceFlag=true is taken", func(t *T) {
		tree(t)
		var c recursiveChange
		t.DFS("PATCH", "d?action=setAccessControlRecursive&mode=set&forceFlag=true").H("x-ms-acl", acl).Want(200).JSON(&c)
		t.Equal("files", c.FilesSuccessful, 3)
	})
	s.check("a list is required", func(t *T) {
		tree(t)
		t.DFS("PATCH", "d?action=setAccessControlRecursive&mode=set").Fails(400, "")
	})
	s.check("a mode is required", func(t *T) {
		tree(t)
		t.DFS("PATCH", "d?action=setAccessControlRecursive").H("x-ms-acl", acl).Fails(400, "MissingRequiredQueryParameter|InvalidQueryParameterValue")
	})
	s.check("an unknown mode is refused", func(t *T) {
		tree(t)
		request(t, "d", "replace", acl).Fails(400, "InvalidQueryParameterValue")
	})
	s.check("a list that is none is refused", func(t *T) {
		tree(t)
		request(t, "d", "set", "user::rwz").Fails(400, "")
	})
	s.check("maxRecords 0 is refused", func(t *T) {
		tree(t)
		t.DFS("PATCH", "d?action=setAccessControlRecursive&mode=set&maxRecords=0").H("x-ms-acl", acl).Fails(400, "InvalidQueryParameterValue|OutOfRangeQueryParameterValue")
	})
	s.check("a missing path is not found", func(t *T) {
		t.Filesystem()
		request(t, "none", "set", acl).Fails(404, "PathNotFound")
	})
}
