package adls

import (
	"net/http"
	"strconv"

	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/lake"
)

// setPathHeaders writes the properties of a path. Metadata goes in its endpoint's way; where the request
// named no endpoint, in both. Directories are told apart on the blob endpoint by the metadata hdi_isfolder.
func (req *request) setPathHeaders(h http.Header, p lake.Properties) {
	p = req.shown(p)
	wire.SetSystemHeaders(h, p)
	wire.SetContentHeaders(h, p)
	if req.grant != nil {
		for name := range req.grant.ResponseHeaders {
			wire.Set(h, name, req.grant.ResponseHeaders.Get(name))
		}
	}
	if req.endpoint == wire.DFS || req.guessed {
		wire.Set(h, "x-ms-properties", wire.FormatProperties(p.Metadata))
	}
	if req.endpoint == wire.Blob || req.guessed {
		wire.SetMetaHeaders(h, p.Metadata)
		if p.IsDirectory {
			wire.Set(h, wire.MetaPrefix+"hdi_isfolder", "true")
		}
	}
}

// properties describes the request's path, if the request's conditions hold.
func (h *handler) properties(req *request) (lake.Properties, error) {
	c, err := wire.Conditions(req.Header)
	if err != nil {
		return lake.Properties{}, err
	}
	id, err := snapshot(req.query)
	if err != nil {
		return lake.Properties{}, err
	}
	if id != "" {
		return h.Store.SnapshotProperties(req.Context(), req.fs, req.path, id, c)
	}
	return h.Store.Properties(req.Context(), req.fs, req.path, c)
}

// pathGetProperties is Path - Get Properties. With action=getStatus it leaves out what users attached.
func (h *handler) pathGetProperties(w *timedWriter, req *request) error {
	p, err := h.properties(req)
	if err != nil {
		return err
	}
	if req.query["action"] == "getStatus" {
		p.Metadata = nil
	}
	p.Owner = h.named(req, p.Owner)
	return writeProperties(w, req, p)
}

// blobGetProperties is Get Blob Properties and Get Blob Metadata.
func (h *handler) blobGetProperties(w *timedWriter, req *request) error {
	p, err := h.properties(req)
	if err != nil {
		return err
	}
	if req.query["comp"] == "metadata" {
		wire.SetVersionHeaders(w.Header(), p)
		wire.SetMetaHeaders(w.Header(), req.shown(p).Metadata)
		return writeEmpty(w, http.StatusOK)
	}
	return writeProperties(w, req, p)
}

func writeProperties(w *timedWriter, req *request, p lake.Properties) error {
	req.setPathHeaders(w.Header(), p)
	wire.Set(w.Header(), "Content-Length", strconv.FormatInt(p.Size, 10))
	w.WriteHeader(http.StatusOK)
	return nil
}

// pathSetProperties is Path - Update with action=setProperties. Content headers that the request does not
// name stay; metadata is replaced as a whole, and removed where the request has none.
func (h *handler) pathSetProperties(w *timedWriter, req *request) error {
	c, err := wire.Conditions(req.Header)
	if err != nil {
		return err
	}
	m, err := req.metadata()
	if err != nil {
		return err
	}
	headers, err := h.changedHeaders(req, req.path)
	if err != nil {
		return err
	}
	p, err := h.Store.SetProperties(req.Context(), req.fs, req.path, lake.PropertyUpdate{Headers: headers, Metadata: &m}, c)
	if err != nil {
		return err
	}
	return writeVersion(w, http.StatusOK, p)
}
