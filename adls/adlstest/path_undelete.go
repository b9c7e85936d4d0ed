package adlstest

func pathUndelete(s *suite) {
	s.of("PathUndelete", HNS, DFS, SoftDelete)
	deleted := func(t *T) string {
		t.File("d/f", "content")
		return t.DFS("DELETE", "d/f").Want(200).Has("x-ms-deletion-id")
	}

	s.check("brings a deleted file back", func(t *T) {
		id := deleted(t)
		t.Blob("PUT", "d/f?comp=undelete").H("x-ms-undelete-source", "d/f?deletionid="+id).Want(200).Header("x-ms-resource-type", "file")
		t.Content("d/f", "content")
	})
	s.check("brings a deleted directory back with what it held", func(t *T) {
		t.File("d/e/f", "content")
		id := t.DFS("DELETE", "d?recursive=true").Want(200).Has("x-ms-deletion-id")
		t.Blob("PUT", "d?comp=undelete").H("x-ms-undelete-source", "d?deletionid="+id).Want(200).Header("x-ms-resource-type", "directory")
		t.Content("d/e/f", "content")
	})
	s.check("a deletion that never was is not found", func(t *T) {
		deleted(t)
		t.Blob("PUT", "d/f?comp=undelete").H("x-ms-undelete-source", "d/f?deletionid=132549163").Fails(404, "")
	})
	s.check("a name that is taken again is refused", func(t *T) {
		id := deleted(t)
		t.File("d/f", "new")
		a := t.Blob("PUT", "d/f?comp=undelete").H("x-ms-undelete-source", "d/f?deletionid="+id).Send()
		t.Equal("status", a.status, 409)
		t.Content("d/f", "new")
	})
	s.check("deleted paths are listed where they are asked for", func(t *T) {
		deleted(t)
		t.Blob("GET", "?restype=container&comp=list&showonly=deleted&prefix=d/").Want(200).
			Contains("<Name>d/f</Name>").Contains("<DeletionId>")
		paths, _ := t.listPaths("recursive=true")
		t.Equal("names that are listed", namesOf(paths), "d")
	})
}
