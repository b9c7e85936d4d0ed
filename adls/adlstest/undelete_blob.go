package adlstest

func undeleteBlob(s *suite) {
	s.of("UndeleteBlob", SoftDelete)
	s.check("brings a deleted blob back", func(t *T) {
		t.PutBlob("b", "content", "x-ms-meta-a", "1")
		t.Blob("DELETE", "b").Want(202)
		t.Blob("PUT", "b?comp=undelete").Want(200)
		t.Content("b", "content")
		t.Head("b").Header("x-ms-meta-a", "1")
	})
	s.check("a blob that is there stays as it is", func(t *T) {
		t.PutBlob("b", "content")
		t.Blob("PUT", "b?comp=undelete").Want(200)
		t.Content("b", "content")
	})
	s.check("a blob that never was is not found", func(t *T) {
		t.Blob("PUT", "none?comp=undelete").Fails(404, "BlobNotFound")
	})
}
