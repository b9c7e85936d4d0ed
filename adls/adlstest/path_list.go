package adlstest

import (
	"fmt"
	"slices"
	"strings"
)

// listedPath is an entry of Path List.
type listedPath struct {
	Name          string `json:"name"`
	IsDirectory   string `json:"isDirectory"`
	ContentLength string `json:"contentLength"`
	LastModified  string `json:"lastModified"`
	ETag          string `json:"etag"`
	Owner         string `json:"owner"`
	Group         string `json:"group"`
	Permissions   string `json:"permissions"`
	CreationTime  string `json:"creationTime"`
	ExpiryTime    string `json:"expiryTime"`
}

func (t *T) listPaths(query string) ([]listedPath, *Answer) {
	var l struct{ Paths []listedPath }
	a := t.DFS("GET", "?resource=filesystem&"+query).Want(200).JSON(&l)
	return l.Paths, a
}

func namesOf(paths []listedPath) string {
	var names []string
	for _, p := range paths {
		names = append(names, p.Name)
	}
	return strings.Join(names, " ")
}

func pathList(s *suite) {
	s.of("PathList", DFS)
	names := func(t *T, query string) string {
		paths, _ := t.listPaths(query)
		return namesOf(paths)
	}
	tree := func(t *T) {
		t.File("a", "1")
		t.File("d/b", "22")
		t.File("d/e/c", "333")
		t.File("z", "")
	}

	s.check("recursive lists files and directories by name", func(t *T) {
		tree(t)
		t.Equal("names", names(t, "recursive=true"), "a d d/b d/e d/e/c z")
	})
	s.check("not recursive lists the top only", func(t *T) {
		tree(t)
		t.Equal("names", names(t, "recursive=false"), "a d z")
	})
	s.check("recursive is required", func(t *T) {
		t.DFS("GET", "?resource=filesystem").Fails(400, "MissingRequiredQueryParameter")
	})
	s.check("recursive that is neither is refused", func(t *T) {
		t.DFS("GET", "?resource=filesystem&recursive=perhaps").Fails(400, "InvalidQueryParameterValue")
	})
	s.check("a directory's listing names paths from the root", func(t *T) {
		tree(t)
		t.Equal("names", names(t, "recursive=true&directory=d"), "d/b d/e d/e/c")
		t.Equal("names", names(t, "recursive=false&directory=d"), "d/b d/e")
	})
	s.check("a directory may be named with a slash at its end", func(t *T) {
		tree(t)
		t.Equal("names", names(t, "recursive=false&directory=d/"), "d/b d/e")
	})
	s.check("tells the version and time of the filesystem", func(t *T) {
		fs := t.DFS("HEAD", "?resource=filesystem").Want(200)
		tree(t)
		_, a := t.listPaths("recursive=true")
		a.Header("ETag", fs.Get("ETag")).Header("Last-Modified", fs.Get("Last-Modified"))
		t.True(strings.HasPrefix(a.Get("Content-Type"), "application/json"), "the content type is JSON")
	})
	s.check("a file is no directory to list", func(t *T) {
		tree(t)
		a := t.DFS("GET", "?resource=filesystem&recursive=true&directory=a").Send()
		t.True(a.status == 404 || a.status == 409 || a.status == 400, "the listing is refused")
	})
	s.check("a missing directory is not found", func(t *T) {
		tree(t)
		t.DFS("GET", "?resource=filesystem&recursive=true&directory=none").Fails(404, "PathNotFound")
	})
	s.check("a missing filesystem is not found", func(t *T) {
		t.at(true, "GET", t.Unused(), "?resource=filesystem&recursive=true").Fails(404, "FilesystemNotFound")
	})
	s.check("an empty filesystem has no paths", func(t *T) {
		paths, a := t.listPaths("recursive=true")
		t.Equal("paths", len(paths), 0)
		a.No("x-ms-continuation").Contains(`"paths"`)
	})
	s.check("an entry of a file says its length, version and time", func(t *T) {
		t.File("f", "content")
		status := t.Status("f")
		paths, _ := t.listPaths("recursive=true")
		t.Equal("contentLength", paths[0].ContentLength, "7")
		t.Equal("etag", strings.Trim(paths[0].ETag, `"`), strings.Trim(status.Get("ETag"), `"`))
		t.Equal("lastModified", paths[0].LastModified, status.Get("Last-Modified"))
		t.True(paths[0].IsDirectory != "true", "a file is no directory")
	})
	s.check("an entry of a directory says so in text", func(t *T) {
		t.Dir("d")
		paths, _ := t.listPaths("recursive=true")
		t.Equal("isDirectory", paths[0].IsDirectory, "true")
	})
	s.check("an entry says owner, group and permissions", func(t *T) {
		t.DFS("PUT", "f?resource=file").H("x-ms-permissions", "0740").H("x-ms-umask", "0000").Want(201)
		paths, _ := t.listPaths("recursive=true")
		t.Equal("owner", paths[0].Owner, "$superuser")
		t.Equal("group", paths[0].Group, "$superuser")
		t.Equal("permissions", paths[0].Permissions, "rwxr-----")
	}, HNS)
	s.check("an entry with an access control list has a plus behind its permissions", func(t *T) {
		t.File("f", "")
		t.DFS("PATCH", "f?action=setAccessControl").H("x-ms-acl", "user::rwx,user:"+someone+":r--,group::r--,mask::r--,other::---").Want(200)
		paths, _ := t.listPaths("recursive=true")
		t.Equal("permissions", paths[0].Permissions, "rwxr-----+")
	}, HNS)
	s.check("an entry says when it was made", func(t *T) {
		t.File("f", "")
		paths, _ := t.listPaths("recursive=true")
		t.True(paths[0].CreationTime != "", "creationTime is there")
	})
	s.check("an entry says when it expires", func(t *T) {
		t.DFS("PUT", "f?resource=file").H("x-ms-expiry-option", "RelativeToNow").H("x-ms-expiry-time", "86400000").Want(201)
		paths, _ := t.listPaths("recursive=true")
		t.True(paths[0].ExpiryTime != "" && paths[0].ExpiryTime != "0", "expiryTime is there")
	})
	s.check("pages visit every path once and in order", func(t *T) {
		tree(t)
		for _, size := range []int{1, 2, 3, 5, 6, 7} {
			t.Equal(fmt.Sprintf("names in pages of %d", size), strings.Join(t.pages(fmt.Sprintf("recursive=true&maxResults=%d", size), size), " "), "a d d/b d/e d/e/c z")
		}
	})
	s.check("a page is not longer than asked for", func(t *T) {
		tree(t)
		paths, a := t.listPaths("recursive=true&maxResults=2")
		t.Equal("entries", len(paths), 2)
		a.Has("x-ms-continuation")
	})
	s.check("the next page is right after paths were deleted", func(t *T) {
		tree(t)
		_, a := t.listPaths("recursive=true&maxResults=3")
		t.DFS("DELETE", "d/b").Want(200)
		t.DFS("DELETE", "a").Want(200)
		t.Equal("names", names(t, "recursive=true&continuation="+escape(a.Has("x-ms-continuation"))), "d/e d/e/c z")
	})
	s.check("the next page has paths that were made after the first", func(t *T) {
		tree(t)
		_, a := t.listPaths("recursive=true&maxResults=2")
		t.File("y", "")
		t.Equal("names", names(t, "recursive=true&continuation="+escape(a.Has("x-ms-continuation"))), "d/b d/e d/e/c y z")
	})
	for _, bad := range []string{"0", "-1", "many"} {
		s.check("maxResults "+bad+" is refused", func(t *T) {
			t.DFS("GET", "?resource=filesystem&recursive=true&maxResults="+bad).Fails(400, "InvalidQueryParameterValue|OutOfRangeQueryParameterValue")
		})
	}
	s.check("a continuation that is none is refused", func(t *T) {
		t.DFS("GET", "?resource=filesystem&recursive=true&continuation=***").Fails(400, "")
	})
	s.check("upn=true and upn=false are taken", func(t *T) {
		t.File("f", "")
		t.Equal("names", names(t, "recursive=true&upn=true"), "f")
		t.Equal("names", names(t, "recursive=true&upn=false"), "f")
	})
	s.check("beginFrom begins at a name", func(t *T) {
		for _, f := range []string{"a", "b", "c"} {
			t.File(f, "")
		}
		var l struct{ Paths []listedPath }
		t.DFS("GET", "?resource=filesystem&recursive=false&beginFrom=b").Set("x-ms-version", "2026-02-06").Want(200).JSON(&l)
		t.Equal("names", namesOf(l.Paths), "b c")
	})
	s.check("names are listed decoded", func(t *T) {
		t.File("a%20b%25/%C3%A9", "")
		paths, _ := t.listPaths("recursive=true")
		t.True(slices.ContainsFunc(paths, func(p listedPath) bool { return p.Name == "a b%/é" }), "the name is listed as it is: "+namesOf(paths))
	})
	s.check("directories that come with a path are listed", func(t *T) {
		t.PutBlob("implied/dir/f", "x")
		t.Equal("names", names(t, "recursive=true"), "implied implied/dir implied/dir/f")
	}, HNS)
}

// pages lists to the end, page by page.
func (t *T) pages(query string, size int) []string {
	var seen []string
	continuation := ""
	for range 100 {
		paths, a := t.listPaths(query + continuation)
		t.True(len(paths) <= size, "a page is not longer than asked for")
		for _, p := range paths {
			seen = append(seen, p.Name)
		}
		next := a.Get("x-ms-continuation")
		if next == "" {
			return seen
		}
		continuation = "&continuation=" + escape(next)
	}
	t.Fatalf("the listing does not end")
	return nil
}
