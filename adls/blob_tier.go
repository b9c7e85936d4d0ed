package adls

import (
	"net/http"

	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/errs"
	"github.com/ownlake/ownlake/lake"
)

// blobSetTier is Set Blob Tier. A blob that comes back from the archive can be read at once, though the answer is the
// service's for one that will take its time.
func (h *handler) blobSetTier(w *timedWriter, req *request) error {
	text := req.Header.Get("X-Ms-Access-Tier")
	if text == "" {
		return missingHeader("x-ms-access-tier")
	}
	tier, err := wire.ParseTier(text)
	if err != nil {
		return err
	}
	p, err := h.properties(req)
	if err != nil {
		return err
	}
	switch {
	case p.IsDirectory:
		return errs.E(errs.Conflict, lake.CodeResourceTypeMismatch, "a directory has no tier")
	case p.Blob == lake.AppendBlob:
		return errs.E(errs.Conflict, lake.CodeInvalidBlobType, "an append blob has no tier")
	}
	if err := h.Store.SetTier(req.Context(), req.fs, req.path, tier); err != nil {
		return err
	}
	if p.Details != nil && p.Details.Tier == lake.Archive && tier != lake.Archive {
		return writeEmpty(w, http.StatusAccepted)
	}
	return writeEmpty(w, http.StatusOK)
}
