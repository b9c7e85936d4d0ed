package adlstest

func restoreContainer(s *suite) {
	s.of("RestoreContainer", ContainerSoftDelete)
	restore := func(t *T, version string) *Request {
		return t.Blob("PUT", "?restype=container&comp=undelete").H("x-ms-deleted-container-name", t.Filesystem()).H("x-ms-deleted-container-version", version)
	}
	// deleted deletes the case's container, and returns the version by which it is listed.
	deleted := func(t *T) string {
		t.PutBlob("d/b", "content")
		t.Blob("DELETE", "?restype=container").Want(202)
		return t.deletedContainer().Version
	}

	s.check("brings a deleted container back with its blobs", func(t *T) {
		t.Blob("PUT", "?restype=container&comp=metadata").H("x-ms-meta-Color", "blue").Want(200)
		version := deleted(t)
		t.Blob("GET", "d/b").Fails(404, "ContainerNotFound")
		restore(t, version).Want(201).Text("")
		t.Content("d/b", "content")
		t.Blob("GET", "?restype=container").Want(200).Header("x-ms-meta-Color", "blue")
	})
	s.check("a version that never was is not found", func(t *T) {
		deleted(t)
		restore(t, "01D69540C360196E").Fails(404, "")
	})
	s.check("a name that is taken again is refused", func(t *T) {
		version := deleted(t)
		t.Blob("PUT", "?restype=container").Want(201)
		a := restore(t, version).Send()
		t.Equal("status", a.status, 409)
	})
	s.check("without a version it is refused", func(t *T) {
		deleted(t)
		t.Blob("PUT", "?restype=container&comp=undelete").H("x-ms-deleted-container-name", t.Filesystem()).Fails(400, "")
	})
	s.check("a deleted container says when it was deleted and for how long it is kept", func(t *T) {
		deleted(t)
		c := t.deletedContainer()
		t.Equal("Deleted", c.Deleted, "true")
		t.True(c.Properties.DeletedTime != "" && c.Properties.RemainingDays != "", "time and days left are there")
		a := t.BlobService("GET", "?comp=list&prefix="+t.Filesystem()).Want(200)
		a.Lacks("<Container>")
	})
	s.check("without a signature it is refused", func(t *T) {
		version := deleted(t)
		restore(t, version).Unsigned().Fails(401, "NoAuthenticationInformation")
	})
}

// deletedContainer is the entry of the case's container after it was deleted.
func (t *T) deletedContainer() listedContainer {
	var l containerListing
	t.BlobService("GET", "?comp=list&include=deleted,metadata&prefix="+t.Filesystem()).Want(200).XML(&l)
	t.Equal("containers listed", len(l.Containers), 1)
	return l.Containers[0]
}
