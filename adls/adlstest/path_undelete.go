package adlstest

import (
	"fmt"
	"net/url"
	"strings"
)

// undelete brings back what a deletion took.
func (t *T) undelete(path, id string) *Request {
	return t.Blob("PUT", path+"?comp=undelete").H("x-ms-undelete-source", path+"?deletionid="+id)
}

// removed deletes a path on the dfs endpoint and returns the id of the deletion.
func (t *T) removed(path string) string {
	return t.DFS("DELETE", path+"?recursive=true").Want(200).Has("x-ms-deletion-id")
}

func pathUndelete(s *suite) {
	s.of("PathUndelete", HNS, DFS, SoftDelete)
	deleted := func(t *T) string {
		t.File("d/f", "content")
		return t.removed("d/f")
	}

	s.check("brings a deleted file back", func(t *T) {
		id := deleted(t)
		t.undelete("d/f", id).Want(200).Header("x-ms-resource-type", "file")
		t.Content("d/f", "content")
	})
	s.check("brings a deleted directory back with what it held", func(t *T) {
		t.File("d/e/f", "content")
		id := t.removed("d")
		t.undelete("d", id).Want(200).Header("x-ms-resource-type", "directory")
		t.Content("d/e/f", "content")
	})
	s.check("a deletion that never was is not found", func(t *T) {
		deleted(t)
		t.undelete("d/f", "132549163").Fails(404, "")
	})
	s.check("a deletion comes back once", func(t *T) {
		id := deleted(t)
		t.undelete("d/f", id).Want(200)
		t.removed("d/f")
		t.undelete("d/f", id).Fails(404, "")
	})
	s.check("a name that is taken again is refused", func(t *T) {
		id := deleted(t)
		t.File("d/f", "new")
		a := t.undelete("d/f", id).Send()
		t.Equal("status", a.status, 409)
		t.Content("d/f", "new")
	})
	s.check("each deletion of a path comes back by its id", func(t *T) {
		first := deleted(t)
		t.File("d/f", "second")
		second := t.removed("d/f")
		t.True(first != second, "the ids differ")
		t.undelete("d/f", first).Want(200)
		t.Content("d/f", "content")
		t.removed("d/f")
		t.undelete("d/f", second).Want(200)
		t.Content("d/f", "second")
	})
	s.check("after its directory was renamed a path is bound to the old name", func(t *T) {
		id := deleted(t)
		t.DFS("PUT", "moved").H("x-ms-rename-source", "/"+t.Filesystem()+"/d").Want(201)
		a := t.undelete("d/f", id).Send()
		t.True(a.status == 404 || a.status == 409, fmt.Sprintf("it is refused, and not answered %d", a.status))
		t.Dir("d")
		t.undelete("d/f", id).Want(200)
		t.Content("d/f", "content")
	})
	s.check("what was in a deleted directory comes back after it", func(t *T) {
		id := deleted(t)
		directory := t.removed("d")
		a := t.undelete("d/f", id).Send()
		t.True(a.status >= 400 && a.status < 500, fmt.Sprintf("before it is refused, and not answered %d", a.status))
		t.undelete("d", directory).Want(200)
		t.undelete("d/f", id).Want(200)
		t.Content("d/f", "content")
	})
	s.check("owner, list, properties and metadata come back", func(t *T) {
		t.File("f", "content")
		acl := "user::rw-,group::r--,other::---,user:11111111-0000-4000-8000-000000000001:r--"
		t.DFS("PATCH", "f?action=setAccessControl").H("x-ms-acl", acl).Want(200)
		t.DFS("PATCH", "f?action=setProperties").H("x-ms-properties", "Color=Ymx1ZQ==").H("x-ms-content-type", "text/csv").Want(200)
		before := t.DFS("HEAD", "f?action=getAccessControl").Want(200)
		t.undelete("f", t.removed("f")).Want(200)
		after := t.DFS("HEAD", "f?action=getAccessControl").Want(200)
		for _, name := range []string{"x-ms-owner", "x-ms-group", "x-ms-acl", "x-ms-permissions"} {
			t.Equal(name, after.Get(name), before.Get(name))
		}
		t.Head("f").Header("x-ms-meta-Color", "blue").Header("Content-Type", "text/csv")
	})
	s.check("a name with other letters is percent-encoded in the source", func(t *T) {
		name := "d/ä b?.csv"
		escaped := "d/" + url.PathEscape("ä b?.csv")
		t.File(escaped, "content")
		id := t.removed(escaped)
		t.undelete(escaped, id).Want(200)
		t.Content(escaped, "content")
		t.removed(escaped)
		t.Equal("names", t.listBlobs("&showonly=deleted").names(), name)
	})
	s.check("a source may leave the path to the address", func(t *T) {
		id := deleted(t)
		t.Blob("PUT", "d/f?comp=undelete").H("x-ms-undelete-source", "?deletionid="+id).Want(200)
		t.Content("d/f", "content")
	})
	s.check("a source without a deletion is refused", func(t *T) {
		deleted(t)
		t.Blob("PUT", "d/f?comp=undelete").H("x-ms-undelete-source", "d/f").Fails(400, "")
	})
	s.check("what a rename replaces is kept", func(t *T) {
		t.File("a", "new")
		t.File("b", "old")
		t.DFS("PUT", "b").H("x-ms-rename-source", "/"+t.Filesystem()+"/a").Want(201)
		id := t.listBlobs("&showonly=deleted").only(t).DeletionID
		t.removed("b")
		t.undelete("b", id).Want(200)
		t.Content("b", "old")
	})
	s.check("the deletion is told not to be permanent", func(t *T) {
		t.File("f", "x")
		t.DFS("DELETE", "f").Want(200).Header("x-ms-delete-type-permanent", "false")
	})
	s.check("without a signature it is refused", func(t *T) {
		id := deleted(t)
		t.undelete("d/f", id).Unsigned().Fails(401, "NoAuthenticationInformation")
	})
	s.check("a signature needs to write", func(t *T) {
		id := deleted(t)
		t.undelete("d/f", id).With(t.serviceSAS("b", "d/f", "rd")).Fails(403, "AuthorizationPermissionMismatch")
		t.undelete("d/f", id).With(t.serviceSAS("b", "d/f", "w")).Want(200)
	})
	listDeleted(s)
}

func listDeleted(s *suite) {
	s.check("deleted paths are listed where they are asked for", func(t *T) {
		t.File("d/f", "content")
		id := t.removed("d/f")
		t.Blob("GET", "?restype=container&comp=list&showonly=deleted&prefix=d/").Want(200).
			Contains("<Name>d/f</Name>").Contains("<DeletionId>" + id + "</DeletionId>").Contains("<Deleted>true</Deleted>")
		paths, _ := t.listPaths("recursive=true")
		t.Equal("names that are listed", namesOf(paths), "d")
	})
	s.check("an entry says when it was deleted, for how long it is kept and what it was", func(t *T) {
		t.Dir("d")
		t.removed("d")
		t.File("f", "content")
		t.removed("f")
		l := t.listBlobs("&showonly=deleted")
		t.Equal("names", l.names(), "d f")
		for i, kind := range []string{"directory", "file"} {
			b := l.Blobs.Blobs[i]
			t.Equal("ResourceType", b.property("ResourceType"), kind)
			t.True(b.property("DeletedTime") != "" && b.property("RemainingRetentionDays") != "", "time and days left are there")
		}
		t.Equal("Content-Length", l.Blobs.Blobs[1].property("Content-Length"), "7")
	})
	several := func(t *T) {
		for _, p := range []string{"a", "d/e/f", "d/g", "z", "z"} {
			t.File(p, "x")
			t.removed(p)
		}
	}
	s.check("deleted paths come in pages", func(t *T) {
		several(t)
		for _, size := range []int{1, 2, 3} {
			var names []string
			marker := ""
			for range 10 {
				l := t.listBlobs(fmt.Sprintf("&showonly=deleted&maxresults=%d&marker=%s", size, marker))
				names = append(names, l.names())
				if marker = url.QueryEscape(l.NextMarker); marker == "" {
					break
				}
			}
			t.Equal("names", strings.Join(names, " "), "a d/e/f d/g z z")
		}
	})
	s.check("with a delimiter one level of deleted paths is listed", func(t *T) {
		several(t)
		l := t.listBlobs("&showonly=deleted&delimiter=/")
		t.Equal("names", l.names(), "a z z")
		t.Equal("prefixes", l.prefixes(), "d/")
		l = t.listBlobs("&showonly=deleted&delimiter=/&prefix=d/")
		t.Equal("names", l.names(), "d/g")
		t.Equal("prefixes", l.prefixes(), "d/e/")
	})
	s.check("showonly=deleted with include=deleted is refused", func(t *T) {
		t.Blob("GET", "?restype=container&comp=list&showonly=deleted&include=deleted").Fails(400, "")
	})
	s.check("among the others deleted paths come in pages, too", func(t *T) {
		several(t)
		t.File("b", "x")
		t.File("z", "x")
		for _, size := range []int{1, 2, 3, 100} {
			count := map[string]int{}
			marker := ""
			for range 20 {
				l := t.listBlobs(fmt.Sprintf("&include=deleted&maxresults=%d&marker=%s", size, marker))
				for _, b := range l.Blobs.Blobs {
					count[b.Name+" "+b.Deleted]++
				}
				if marker = url.QueryEscape(l.NextMarker); marker == "" {
					break
				}
			}
			t.Equal("entries", fmt.Sprint(count), "map[a true:1 b :1 d :1 d/e :1 d/e/f true:1 d/g true:1 z :1 z true:2]")
		}
	})
}
