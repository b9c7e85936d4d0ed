package adls

import (
	"net/http"

	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/lake"
)

// blobSetMetadata is Set Blob Metadata.
func (h *handler) blobSetMetadata(w *timedWriter, req *request) error {
	m, err := req.metadata()
	if err != nil {
		return err
	}
	return h.setBlob(w, req, lake.PropertyUpdate{Metadata: &m})
}

// blobSetProperties is Set Blob Properties: all content headers are replaced.
func (h *handler) blobSetProperties(w *timedWriter, req *request) error {
	for _, name := range []string{"X-Ms-Blob-Content-Length", "X-Ms-Blob-Sequence-Number", "X-Ms-Sequence-Number-Action"} {
		if req.Header.Get(name) != "" {
			return notImplemented("page blobs", "leave out the header "+name)
		}
	}
	headers, _, err := wire.ContentHeaders(req.Header, blobContent)
	if err != nil {
		return err
	}
	return h.setBlob(w, req, lake.PropertyUpdate{Headers: &headers})
}

func (h *handler) setBlob(w *timedWriter, req *request, u lake.PropertyUpdate) error {
	c, err := wire.Conditions(req.Header)
	if err != nil {
		return err
	}
	p, err := h.Store.SetProperties(req.Context(), req.fs, req.path, u, c)
	if err != nil {
		return err
	}
	return writeWritten(w, http.StatusOK, p)
}
