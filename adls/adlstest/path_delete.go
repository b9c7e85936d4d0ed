package adlstest

func pathDelete(s *suite) {
	s.of("PathDelete", DFS)
	gone := func(t *T, path string) { t.DFS("HEAD", path).Fails(404, "PathNotFound") }

	s.check("a file is gone", func(t *T) {
		t.File("f", "x")
		t.DFS("DELETE", "f").Want(200).Text("")
		gone(t, "f")
	})
	s.check("an empty directory is deleted without recursive=true", func(t *T) {
		t.Dir("d")
		t.DFS("DELETE", "d?recursive=false").Want(200)
		gone(t, "d")
	})
	s.check("a directory that holds something is kept without recursive=true", func(t *T) {
		t.File("d/f", "x")
		t.DFS("DELETE", "d?recursive=false").Fails(409, "DirectoryNotEmpty")
		t.Content("d/f", "x")
	})
	s.check("recursive=true deletes a directory with all that it holds", func(t *T) {
		t.File("d/e/f", "x")
		t.File("d/g", "x")
		t.File("h", "x")
		t.DFS("DELETE", "d?recursive=true").Want(200)
		gone(t, "d")
		gone(t, "d/e/f")
		t.Content("h", "x")
	})
	s.check("the directory of a deleted file stays", func(t *T) {
		t.File("d/f", "x")
		t.DFS("DELETE", "d/f").Want(200)
		t.Status("d").Header("x-ms-resource-type", "directory")
	}, HNS)
	s.check("paginated=true is taken, and says how to go on", func(t *T) {
		t.File("d/e/f", "x")
		continuation := ""
		for i := 0; ; i++ {
			t.True(i < 10, "the deletion ends")
			next := t.DFS("DELETE", "d?recursive=true&paginated=true"+continuation).Want(200).Get("x-ms-continuation")
			if next == "" {
				break
			}
			continuation = "&continuation=" + escape(next)
		}
		gone(t, "d/e/f")
		gone(t, "d")
	})
	s.check("the root is not deleted", func(t *T) {
		t.File("f", "x")
		a := t.DFS("DELETE", "/?recursive=true").Send()
		t.True(a.status >= 400 && a.status < 500, "the deletion is refused")
		t.Content("f", "x")
	}, HNS)
	s.check("a missing path is not found", func(t *T) {
		t.DFS("DELETE", "none").Fails(404, "PathNotFound")
	})
	s.check("a missing filesystem is not found", func(t *T) {
		t.at(true, "DELETE", t.Unused(), "f").Fails(404, "FilesystemNotFound")
	})
	s.check("what was deleted may be made again", func(t *T) {
		t.File("f", "old")
		t.DFS("DELETE", "f").Want(200)
		t.File("f", "new")
		t.Content("f", "new")
	})
	s.check("If-Match of another version is not met", func(t *T) {
		t.File("f", "x")
		t.DFS("DELETE", "f").H("If-Match", `"0x8D000000000000"`).Fails(412, "ConditionNotMet")
		t.Content("f", "x")
	})
	s.check("If-Unmodified-Since of before is not met", func(t *T) {
		t.File("f", "x")
		t.DFS("DELETE", "f").H("If-Unmodified-Since", httpDate(t.Now().AddDate(0, 0, -1))).Fails(412, "ConditionNotMet")
	})
	s.check("If-Match of the version is met", func(t *T) {
		t.File("f", "x")
		t.DFS("DELETE", "f").H("If-Match", t.Status("f").Get("ETag")).Want(200)
	})
	s.check("a leased file is deleted with the lease only", func(t *T) {
		t.File("f", "x")
		id := t.DFS("POST", "f").H("x-ms-lease-action", "acquire").H("x-ms-lease-duration", "-1").H("x-ms-proposed-lease-id", newID()).Want(201).Has("x-ms-lease-id")
		t.DFS("DELETE", "f").Fails(412, "LeaseIdMissing")
		t.DFS("DELETE", "f").H("x-ms-lease-id", id).Want(200)
	})
	s.check("the answer names the deletion", func(t *T) {
		t.File("f", "x")
		t.DFS("DELETE", "f").Want(200).Has("x-ms-deletion-id")
	}, SoftDelete, HNS)
}
