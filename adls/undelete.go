package adls

import (
	"net/http"

	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// blobUndelete is Undelete Blob and Path - Undelete. Without a header that names the deletion the last one of the path is
// taken. A path comes back to where it was: the documentation has no other target.
func (h *handler) blobUndelete(w *timedWriter, req *request) error {
	source, id, named, err := wire.UndeleteSource(req.Header)
	if err != nil {
		return err
	}
	if named && source != lake.Root && source != req.path {
		return wire.BadHeader("x-ms-undelete-source", string(source), "the path that the address names")
	}
	p, err := h.Store.Undelete(req.Context(), req.fs, req.path, lake.UndeleteOptions{ID: id, FileOnly: forBlob(req.grant)})
	if errs.CodeOf(err) == lake.CodeResourceTypeMismatch {
		return permissionMismatch()
	}
	if err != nil {
		return err
	}
	wire.Set(w.Header(), "x-ms-resource-type", wire.ResourceType(p))
	return writeEmpty(w, http.StatusOK)
}

// containerRestore is Restore Container.
func (h *handler) containerRestore(w *timedWriter, req *request) error {
	const nameHeader, versionHeader = "x-ms-deleted-container-name", "x-ms-deleted-container-version"
	name, version := req.Header.Get(nameHeader), req.Header.Get(versionHeader)
	switch {
	case name == "":
		return missingHeader(nameHeader)
	case version == "":
		return missingHeader(versionHeader)
	case name != string(req.fs):
		return wire.BadHeader(nameHeader, name, "the container that the address names: a container comes back under its name")
	}
	id, ok := wire.ParseContainerVersion(version)
	if !ok {
		return errs.E(errs.NotFound, lake.CodeFilesystemNotFound, errs.Item(version), "no deletion of the container has this version")
	}
	if _, err := h.Store.UndeleteFilesystem(req.Context(), req.fs, id); err != nil {
		return err
	}
	return writeEmpty(w, http.StatusCreated)
}
