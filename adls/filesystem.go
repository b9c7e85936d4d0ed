package adls

import (
	"net/http"
	"strconv"

	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/lake"
)

// metadata reads the metadata that a request carries in its endpoint's way.
func (req *request) metadata() (lake.Metadata, error) {
	if req.endpoint == wire.DFS {
		return wire.ParseProperties(req.Header.Get("X-Ms-Properties"))
	}
	return wire.MetaHeaders(req.Request, req.sent)
}

// filesystemCreate is Create Filesystem and Create Container.
func (h *handler) filesystemCreate(w *timedWriter, req *request) error {
	public, err := h.publicAccess(req)
	if err != nil {
		return err
	}
	m, err := req.metadata()
	if err != nil {
		return err
	}
	encryption, err := encryptionPolicy(req.Header)
	if err != nil {
		return err
	}
	p, err := h.Store.CreateFilesystem(req.Context(), req.fs, lake.CreateFilesystemOptions{
		Encryption: encryption, Metadata: m, PublicAccess: public, Creator: req.creator,
	})
	if err != nil {
		return err
	}
	setFilesystemVersion(w.Header(), p)
	wire.Set(w.Header(), "x-ms-namespace-enabled", "true")
	return writeEmpty(w, http.StatusCreated)
}

// filesystemDelete is Delete Filesystem and Delete Container.
func (h *handler) filesystemDelete(w *timedWriter, req *request) error {
	c, err := wire.Conditions(req.Header)
	if err != nil {
		return err
	}
	if err := h.Store.DeleteFilesystem(req.Context(), req.fs, c); err != nil {
		return ofContainer(err)
	}
	return writeEmpty(w, http.StatusAccepted)
}

// filesystemGetProperties is Get Filesystem Properties and Get Container Properties.
func (h *handler) filesystemGetProperties(w *timedWriter, req *request) error {
	p, err := h.Store.FilesystemProperties(req.Context(), req.fs)
	if err != nil {
		return err
	}
	if err := h.checkContainerLease(req); err != nil {
		return err
	}
	header := w.Header()
	setFilesystemVersion(header, p)
	wire.Set(header, "x-ms-namespace-enabled", "true")
	wire.SetLeaseHeaders(header, p.Lease)
	wire.Set(header, publicAccessHeader, string(p.PublicAccess))
	wire.Set(header, "x-ms-has-immutability-policy", "false")
	wire.Set(header, "x-ms-has-legal-hold", "false")
	wire.SetEncryptionHeaders(header, p.Encryption)
	if req.endpoint == wire.DFS {
		wire.Set(header, "x-ms-properties", wire.FormatProperties(p.Metadata))
	} else {
		wire.SetMetaHeaders(header, p.Metadata)
	}
	return writeEmpty(w, http.StatusOK)
}

// filesystemSetProperties is Set Filesystem Properties and Set Container Metadata: both replace all metadata.
func (h *handler) filesystemSetProperties(w *timedWriter, req *request) error {
	c, err := wire.Conditions(req.Header)
	if err != nil {
		return err
	}
	m, err := req.metadata()
	if err != nil {
		return err
	}
	p, err := h.Store.SetFilesystemMetadata(req.Context(), req.fs, m, c)
	if err != nil {
		return ofContainer(err)
	}
	setFilesystemVersion(w.Header(), p)
	return writeEmpty(w, http.StatusOK)
}

// filesystemList is List Filesystems.
func (h *handler) filesystemList(w *timedWriter, req *request) error {
	max, err := pageSize(req, "maxresults")
	if err != nil {
		return err
	}
	page, err := h.Store.ListFilesystems(req.Context(), lake.ListFilesystemsOptions{
		Prefix: req.query["prefix"], Continuation: req.query["continuation"], MaxResults: max,
	})
	if err != nil {
		return err
	}
	list := wire.FilesystemList{Filesystems: make([]wire.FilesystemItem, len(page.Filesystems))}
	for i, p := range page.Filesystems {
		list.Filesystems[i] = wire.NewFilesystemItem(p)
	}
	wire.Set(w.Header(), "x-ms-continuation", page.Continuation)
	return writeJSON(w, list)
}

func setFilesystemVersion(h http.Header, p lake.FilesystemProperties) {
	wire.Set(h, "ETag", wire.FormatETag(p.ETag))
	wire.Set(h, "Last-Modified", wire.FormatDate(p.LastModified))
}

// maxPage is the largest page of any listing; larger wishes get it.
const maxPage = 5000

// pageSize reads how many entries a page may have; 5,000 if the request does not say.
func pageSize(req *request, name string) (int, error) {
	v := req.query[name]
	if v == "" {
		return maxPage, nil
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 {
		return 0, wire.BadQuery(name, v, "a number from 1")
	}
	return min(n, maxPage), nil
}
