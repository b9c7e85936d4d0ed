package adls

import (
	"net/http"
	"strconv"

	"github.com/ownlake/ownlake/access"
	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/lake"
)

// deleteUses is what Path - Delete and Delete Blob do.
func deleteUses(req *request) []access.Operation {
	if wire.ParseBool(req.query["recursive"]) {
		return uses(access.DeleteRecursive)
	}
	return uses(access.DeleteFile)
}

// pathDelete is Path - Delete and Delete Blob. A directory goes at once, so the answer never asks to continue.
// Delete Blob takes only files and empty directories.
func (h *handler) pathDelete(w *timedWriter, req *request) error {
	c, err := wire.Conditions(req.Header)
	if err != nil {
		return err
	}
	done, snapshots, err := h.snapshotDelete(req, c)
	if err != nil {
		return err
	}
	if done {
		wire.Set(w.Header(), "x-ms-delete-type-permanent", "true")
		return writeEmpty(w, http.StatusAccepted)
	}
	id, err := h.Store.DeletePath(req.Context(), req.fs, req.path, lake.DeleteOptions{
		Snapshots: snapshots,
		Recursive: wire.ParseBool(req.query["recursive"]) && !forBlob(req.grant), Conditions: c,
	})
	if err != nil {
		return err
	}
	if id != "" {
		wire.Set(w.Header(), "x-ms-deletion-id", string(id))
	}
	wire.Set(w.Header(), "x-ms-delete-type-permanent", strconv.FormatBool(id == ""))
	if req.endpoint == wire.DFS {
		return writeEmpty(w, http.StatusOK)
	}
	return writeEmpty(w, http.StatusAccepted)
}
