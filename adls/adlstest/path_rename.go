package adlstest

func pathRename(s *suite) {
	s.of("PathRename", DFS, HNS)
	rename := func(t *T, from, to string) *Request {
		return t.DFS("PUT", to).H("x-ms-rename-source", "/"+t.Filesystem()+"/"+from)
	}
	gone := func(t *T, path string) { t.DFS("HEAD", path).Fails(404, "PathNotFound") }

	s.check("a file has its new name and no longer its old", func(t *T) {
		t.File("a", "content")
		rename(t, "a", "b").Want(201)
		gone(t, "a")
		t.Content("b", "content")
	})
	s.check("a file moves to another directory", func(t *T) {
		t.File("d/a", "content")
		t.Dir("e")
		rename(t, "d/a", "e/b").Want(201)
		gone(t, "d/a")
		t.Content("e/b", "content")
	})
	s.check("a file moves to another filesystem", func(t *T) {
		t.File("a", "content")
		other := t.NewFilesystem()
		t.at(true, "PUT", other, "b").H("x-ms-rename-source", "/"+t.Filesystem()+"/a").Want(201)
		gone(t, "a")
		t.at(true, "GET", other, "b").Want(200).Text("content")
	})
	s.check("a directory moves with all that it holds", func(t *T) {
		t.File("d/e/f", "content")
		t.File("d/g", "more")
		rename(t, "d", "h").Want(201)
		gone(t, "d")
		gone(t, "d/e/f")
		t.Content("h/e/f", "content")
		t.Content("h/g", "more")
	})
	s.check("a file that is there is replaced", func(t *T) {
		t.File("a", "new")
		t.File("b", "old")
		rename(t, "a", "b").Want(201)
		t.Content("b", "new")
	})
	s.check("If-None-Match * keeps a file that is there", func(t *T) {
		t.File("a", "new")
		t.File("b", "old")
		rename(t, "a", "b").H("If-None-Match", "*").Fails(409, "PathAlreadyExists")
		t.Content("a", "new")
		t.Content("b", "old")
	})
	s.check("If-Match of another version of the target is not met", func(t *T) {
		t.File("a", "new")
		t.File("b", "old")
		rename(t, "a", "b").H("If-Match", `"0x8D000000000000"`).Fails(412, "ConditionNotMet")
		t.Content("b", "old")
	})
	s.check("a missing source is not found", func(t *T) {
		t.Filesystem()
		rename(t, "none", "b").Fails(404, "SourcePathNotFound")
	})
	s.check("a missing source filesystem is not found", func(t *T) {
		t.DFS("PUT", "b").H("x-ms-rename-source", "/"+t.Unused()+"/a").Fails(404, "SourcePathNotFound|FilesystemNotFound")
	})
	s.check("a missing parent of the target is not found", func(t *T) {
		t.File("a", "content")
		rename(t, "a", "none/b").Fails(404, "RenameDestinationParentPathNotFound")
		t.Content("a", "content")
	})
	s.check("a directory is not renamed into itself", func(t *T) {
		t.File("d/f", "content")
		rename(t, "d", "d/e").Fails(409, "InvalidRenameSourcePath")
		t.Content("d/f", "content")
	})
	s.check("a directory is not renamed deep into itself", func(t *T) {
		t.File("d/e/f", "content")
		rename(t, "d", "d/e/g").Fails(409, "InvalidRenameSourcePath")
		t.Content("d/e/f", "content")
	})
	s.check("a directory whose name begins like the source's is not within it", func(t *T) {
		t.File("d/f", "content")
		t.Dir("de")
		rename(t, "d", "de/d").Want(201)
		t.Content("de/d/f", "content")
	})
	s.check("a directory that holds something is not replaced by a file", func(t *T) {
		t.File("a", "content")
		t.File("d/f", "old")
		a := rename(t, "a", "d").Send()
		t.Equal("status", a.status, 409)
		t.Content("d/f", "old")
	})
	s.check("a file is not replaced by a directory", func(t *T) {
		t.File("d/f", "content")
		t.File("a", "old")
		a := rename(t, "d", "a").Send()
		t.Equal("status", a.status, 409)
		t.Content("a", "old")
	})
	s.check("nothing is renamed to below a file", func(t *T) {
		t.File("a", "content")
		t.File("f", "old")
		a := rename(t, "a", "f/b").Send()
		t.True(a.status == 404 || a.status == 409, "the status is 404 or 409")
		t.Content("a", "content")
	})
	s.check("x-ms-source-if-match of another version is not met", func(t *T) {
		t.File("a", "content")
		rename(t, "a", "b").H("x-ms-source-if-match", `"0x8D000000000000"`).Fails(412, "SourceConditionNotMet")
		t.Content("a", "content")
	})
	s.check("x-ms-source-if-match of the version is met", func(t *T) {
		t.File("a", "content")
		rename(t, "a", "b").H("x-ms-source-if-match", t.Status("a").Get("ETag")).Want(201)
	})
	s.check("x-ms-source-if-none-match of the version is not met", func(t *T) {
		t.File("a", "content")
		rename(t, "a", "b").H("x-ms-source-if-none-match", t.Status("a").Get("ETag")).Fails(412, "SourceConditionNotMet")
	})
	s.check("x-ms-source-if-unmodified-since of before is not met", func(t *T) {
		t.File("a", "content")
		rename(t, "a", "b").H("x-ms-source-if-unmodified-since", httpDate(t.Now().AddDate(0, 0, -1))).Fails(412, "SourceConditionNotMet")
	})
	s.check("x-ms-source-if-modified-since of before is met", func(t *T) {
		t.File("a", "content")
		rename(t, "a", "b").H("x-ms-source-if-modified-since", httpDate(t.Now().AddDate(0, 0, -1))).Want(201)
	})
	pathRenameDetails(s)
}

func pathRenameDetails(s *suite) {
	rename := func(t *T, from, to string) *Request {
		return t.DFS("PUT", to).H("x-ms-rename-source", "/"+t.Filesystem()+"/"+from)
	}
	acquire := func(t *T, path string) string {
		return t.DFS("POST", path).H("x-ms-lease-action", "acquire").H("x-ms-lease-duration", "-1").H("x-ms-proposed-lease-id", newID()).Want(201).Has("x-ms-lease-id")
	}

	s.check("content type, properties and permissions move along", func(t *T) {
		t.DFS("PUT", "a?resource=file").H("x-ms-content-type", "text/csv").H("x-ms-properties", "p="+b64("1")).H("x-ms-permissions", "0640").H("x-ms-umask", "0000").Want(201)
		rename(t, "a", "b").Want(201)
		t.Status("b").Header("Content-Type", "text/csv").Header("x-ms-properties", "p="+b64("1")).Header("x-ms-permissions", "rw-r-----")
	})
	s.check("the source's name is escaped", func(t *T) {
		t.File("a%20%25%C3%A9", "content")
		rename(t, "a%20%25%C3%A9", "b").Want(201)
		t.Content("b", "content")
	})
	s.check("a renamed file keeps what was appended and not flushed apart", func(t *T) {
		t.File("a", "content")
		rename(t, "a", "b").Want(201)
		t.Append("b", 7, "!")
		t.Flush("b", 8)
		t.Content("b", "content!")
	})
	s.check("mode=posix and mode=legacy are taken", func(t *T) {
		t.File("a", "content")
		t.DFS("PUT", "b?mode=posix").H("x-ms-rename-source", "/"+t.Filesystem()+"/a").Want(201)
		t.DFS("PUT", "c?mode=legacy").H("x-ms-rename-source", "/"+t.Filesystem()+"/b").Want(201)
		t.Content("c", "content")
	})
	s.check("a source that is no path is refused", func(t *T) {
		t.DFS("PUT", "b").H("x-ms-rename-source", "nonsense").Fails(400, "InvalidSourceUri|InvalidRenameSourcePath|InvalidHeaderValue|InvalidInput|InvalidUri")
	})
	s.check("a leased source is renamed with its lease only", func(t *T) {
		t.File("a", "content")
		id := acquire(t, "a")
		rename(t, "a", "b").Fails(412, "LeaseIdMissing|SourceLeaseIdMissing")
		rename(t, "a", "b").H("x-ms-source-lease-id", id).Want(201)
		t.Content("b", "content")
	})
	s.check("a leased target is replaced with its lease only", func(t *T) {
		t.File("a", "new")
		t.File("b", "old")
		id := acquire(t, "b")
		rename(t, "a", "b").Fails(412, "LeaseIdMissing")
		t.Content("b", "old")
		rename(t, "a", "b").H("x-ms-lease-id", id).Want(201)
		t.Content("b", "new")
	})
	s.check("a name that is free again may be taken", func(t *T) {
		t.File("a", "1")
		rename(t, "a", "b").Want(201)
		t.File("a", "2")
		t.Content("a", "2")
		t.Content("b", "1")
	})
	s.check("a listing shows the new name only", func(t *T) {
		t.File("d/f", "1")
		rename(t, "d", "e").Want(201)
		paths, _ := t.listPaths("recursive=true")
		t.Equal("names", namesOf(paths), "e e/f")
	})
	s.check("a signature in the source is taken", func(t *T) {
		t.File("a", "content")
		sas := t.serviceSAS("c", "", "racwdlmeop")
		t.DFS("PUT", "b").H("x-ms-rename-source", "/"+t.Filesystem()+"/a?"+sas).With(sas).Want(201)
		t.Content("b", "content")
	})
}
