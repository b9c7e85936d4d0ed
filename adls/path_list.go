package adls

import (
	"github.com/ownlake/ownlake/adls/wire"
	"github.com/ownlake/ownlake/lake"
)

// pathList is Path - List.
func (h *handler) pathList(w *timedWriter, req *request) error {
	q := req.query
	max, err := pageSize(req, "maxresults")
	if err != nil {
		return err
	}
	dir, err := lake.ParsePath(q["directory"])
	if err != nil {
		return err
	}
	page, err := h.Store.List(req.Context(), req.fs, dir, lake.ListOptions{
		Recursive: wire.ParseBool(q["recursive"]), Continuation: q["continuation"], MaxResults: max,
	})
	if err != nil {
		return err
	}
	list := wire.PathList{Paths: make([]wire.PathItem, len(page.Entries))}
	for i, p := range page.Entries {
		list.Paths[i] = wire.NewPathItem(p)
	}
	wire.Set(w.Header(), "x-ms-continuation", page.Continuation)
	return writeList(w, contentJSON, list.Encode)
}
